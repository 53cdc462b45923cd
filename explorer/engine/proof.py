"""Proving a tape: every event is computed again, and every input of it is seen to count.

The idea of replaying and then perturbing each parent is TorchLens' (`validate_forward_pass`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.masked import MaskedTensor

from explorer.engine.closed import Closed
from explorer.engine.naming import UNSET, follows_autograd
from explorer.engine.replay import perform
from explorer.engine.script import Ref, Script, Step
from explorer.engine.values import has_own_rules

Get = Callable[[int], Tensor]

# Ops of which an input may give no more than its shape, dtype or device.
_BY_SHAPE = (
    "_like", "new_", "expand_as", "view_as", "reshape_as", "type_as", "broadcast_tensors", "to",
    "zero_", "fill_", "empty", "normal_", "uniform_", "random_", "bernoulli_", "exponential_",
    "constant_", "ones_", "zeros_", "eye_", "copy_", "set", "setitem_", "resize",
)  # fmt: skip
_TRIES = 4


@dataclass
class Proof:
    """What `Tape.check` found. It is true if every event was computed again bit for bit.

    ``wrong`` are sentences about events that were not; ``unmoved`` are (event, input) pairs where
    none of the few other values tried changed what the event wrote: the input is masked, selected
    away or multiplied by zero, a bound was too far (``x < 50``), or the tape is wrong about it.
    ``skipped`` are sentences about values of tensor classes that PyTorch cannot compare, and about
    `torch.jit` modules of which the state that they had could not be kept; they are left out. So
    are cells that depend on what was in memory that nobody had set (`torch.empty`) and that was
    overwritten since: those may be others every time the model runs.
    """

    events: int = 0
    wrong: list[str] = field(default_factory=list)
    unmoved: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.wrong

    def __iter__(self) -> Iterator[str]:
        return iter(self.wrong)


def prove(script: Script, value: Get, given: Collection[int] = ()) -> Proof:
    """Compute every step again from the values of the pass, and perturb its inputs one by one.

    Values that were ``given`` in place of what a step wrote count as given.
    """
    found = Proof(events=len(script.steps))
    generator = torch.Generator().manual_seed(0)
    names = [one.name for one in script.values]
    other: dict[int, Tensor] = {}  # what values would be had memory that nobody set held otherwise
    for event, step in zip(script.events(), script.steps, strict=True):
        if follows_autograd(step.func):
            continue
        if isinstance(step.func, Closed) and step.func.why:
            found.skipped.append(f"{event.id}: its state could not be kept: {step.func.why}")
            continue
        try:
            again = perform(step, value)
        except Exception as error:
            found.wrong.append(f"{event.id}: cannot be computed again: {error}")
            continue
        if event.op in UNSET:
            present = [ref for ref in step.writes if script.tensors[ref] is not None]
            if any(map(script.overwritten, present)):
                other |= perform(step, value, unset=_unlikely)
            continue
        others = {} if other.keys().isdisjoint(step.needs) else _others(step, value, other, again)
        for ref in step.writes:
            if ref in given:
                continue
            try:
                equal = ref in again and same(again[ref], value(ref))
                if ref in others and not same(again[ref], others[ref]):
                    other[ref] = others[ref]
                    equal = equal or _same_but(again[ref], value(ref), others[ref])
            except (TypeError, RuntimeError, AssertionError) as error:  # a class with its own rules
                found.skipped.append(f"{event.id}: {names[ref]} cannot be compared: {error}")
                continue
            if not equal:
                found.wrong.append(f"{event.id}: computed again, {names[ref]} differs")
        put = event.op == "data" and step.changed  # ``x.data = y``, which forgets x
        if put or event.op.startswith(_BY_SHAPE) or event.op.endswith(_BY_SHAPE):
            continue
        if all(tensor.numel() == 0 for tensor in again.values()):
            continue
        out = {r.index for r in _refs(step.kwargs.get("out"))}
        for ref in dict.fromkeys(step.reads):
            if ref not in out and not _moves(step, ref, value, again, generator):
                found.unmoved.append((event.id, names[ref]))
    return found


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are equal bit for bit, NaN beside NaN included."""
    if one.is_nested and other.is_nested:
        if one.layout != other.layout or len(one.unbind()) != len(other.unbind()):
            return False
        return all(map(same, one.unbind(), other.unbind()))
    if isinstance(one, MaskedTensor) and isinstance(other, MaskedTensor):
        return same(one.get_mask(), other.get_mask()) and same(one.get_data(), other.get_data())
    if one.shape != other.shape or one.dtype != other.dtype or one.layout != other.layout:
        return False
    if one.device.type == "meta":
        return True
    if one.layout is not torch.strided:
        one, other = one.to_dense(), other.to_dense()
    if one.is_quantized:
        one, other = one.dequantize(), other.dequantize()
    if torch.equal(one, other):
        return True
    if not (one.is_floating_point() or one.is_complex()):
        return False
    return bool(((one == other) | (one.isnan() & other.isnan())).all())


def _others(
    step: Step, value: Get, other: Mapping[int, Tensor], again: Mapping[int, Tensor]
) -> dict[int, Tensor]:
    """What a step writes where some values are ``other``; nobody knows if it cannot take them."""
    try:
        return perform(step, lambda ref: other[ref] if ref in other else value(ref))
    except (RuntimeError, IndexError, ValueError, TypeError):
        return {ref: _unlikely(tensor.clone()) for ref, tensor in again.items()}


def _unlikely(tensor: Tensor) -> Tensor:
    """Fill with what is hardly met by chance."""
    if tensor.is_floating_point() or tensor.is_complex():
        return tensor.fill_(math.nan)
    return tensor.fill_(True if tensor.dtype is torch.bool else torch.iinfo(tensor.dtype).max)


def _same_but(one: Tensor, wanted: Tensor, other: Tensor) -> bool:
    """Whether two tensors are equal bit for bit in all cells in which ``other`` is as the first."""
    if one.shape != other.shape:
        return True
    if one.shape != wanted.shape or one.dtype != wanted.dtype or one.layout != wanted.layout:
        return False
    certain = (one == other) | (one.isnan() & other.isnan())
    return same(one[certain], wanted[certain])


def _refs(thing: object) -> list[Ref]:
    """The refs in an ``out=`` argument: one, or several."""
    if isinstance(thing, Ref):
        return [thing]
    return [ref for one in thing for ref in _refs(one)] if isinstance(thing, list | tuple) else []


def _moves(
    step: Step, ref: int, value: Get, was: dict[int, Tensor], generator: torch.Generator
) -> bool:
    """Whether some other value of an input changes what the step writes."""
    now = value(ref)
    if now.numel() == 0 or now.device.type == "meta":
        return True
    if now.layout is not torch.strided or now.is_nested or now.is_quantized:
        return True
    if has_own_rules(now):
        return True
    for turn in range(_TRIES):
        other = _other(now, turn, generator)

        def get(index: int, other: Tensor = other) -> Tensor:
            return other if index == ref else value(index)

        try:
            made = perform(step, get, (ref,))
            if any(not same(tensor, made[key]) for key, tensor in was.items()):
                return True
        except (RuntimeError, IndexError, ValueError, TypeError):
            return True  # it minds: an index out of range, a length that does not fit
    return False


def _other(value: Tensor, turn: int, generator: torch.Generator) -> Tensor:
    """Another tensor of the same kind: further away with every turn."""
    if value.dtype is torch.bool:
        noise = torch.rand(value.shape, generator=generator).to(value.device) < 0.5
        return ~value if turn == 0 else noise
    if value.is_complex() or value.is_floating_point():
        noise = torch.randn(value.shape, generator=generator).to(value.device)
        scale = (1.0, 10.0, 1000.0, 1e-3)[turn]
        return (noise * scale).to(value.dtype)
    if turn % 2 == 0:
        return value.flip(tuple(range(value.dim()))).clone() if turn == 0 else value + 1
    return torch.zeros_like(value) if turn == 1 else value - 1
