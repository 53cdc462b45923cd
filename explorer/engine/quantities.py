"""What the events of a pass cost and give, beyond what a recording says: FLOPs, the size of the
activations and of their gradients. Large tensors are reduced where they are; only numbers travel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from explorer.core.graph import Event
from explorer.core.problem import Problem, phrase
from explorer.core.quantities import Amounts, Fault
from explorer.engine.backward import Backward, run_backward
from explorer.engine.feeds import Given
from explorer.engine.naming import follows_autograd
from explorer.engine.nesting import filled, substituted, tensors
from explorer.engine.record import record
from explorer.engine.replay import as_then, random_state, set_random_state
from explorer.engine.script import Ref, Script, Step
from explorer.engine.tape import Tape
from explorer.engine.textbook import textbook

Origin = tuple[Tape, int]  # a tape, and the index of an event on it
_MOMENT = 0.05  # seconds after which an answer is given with what there is
_TOLERANCE = 1e-3  # by which a second pass may differ: with gradients other kernels run

LARGEST = phrase("‖∂z/∂y‖, z: the largest logit of the prediction")
SUM = phrase("‖∂s/∂y‖, s: the sum of the output")
SUM_OF = phrase("‖∂s/∂y‖, s: the sum of {output}")
LOSS = phrase("‖∂L/∂y‖, L: cross-entropy of this sample")
NEXT_LOSS = phrase("‖∂L/∂y‖, L: cross-entropy of each next token")


class Target(NamedTuple):
    """The number whose gradients are of interest, and what it is: a phrase, in which there may be
    a place for the name of the ``output``."""

    scalar: Tensor
    note: str
    output: str = ""


# ---------------------------------------------------------------- FLOPs


def flops(origins: Sequence[Origin], start: int) -> Amounts:
    """FLOPs of each event by `torch.utils.flop_counter`: 2 for every multiply-add of matrix
    products, convolutions and attention. An event without any of those is not counted.

    The ops run once more on tensors that have the recorded shapes but no numbers.
    """
    known: dict[tuple[Any, ...], int] = {}

    def count(tape: Tape, index: int) -> tuple[float, int]:
        step = tape.script.steps[index]
        key = _signature(tape.script, step)
        if key not in known:
            known[key] = _counted(tape.script, step)
        return float(known[key]), int(known[key] > 0)

    return _each(origins, start, count)


def _signature(script: Script, step: Step) -> tuple[Any, ...]:
    """What the count depends on: function, shapes, and all other arguments."""

    def said(ref: Ref) -> str:
        value = script.values[ref.index]
        return f"{value.shape}{value.dtype}"

    return step.func, repr(filled((step.args, step.kwargs), Ref, said))


def _counted(script: Script, step: Step) -> int:
    """FLOPs of one step, 0 if nothing in it is counted.

    On tensors without numbers PyTorch takes its fused ops apart, so those count, too; a few it
    does not know there, and their textbook expansions stand for them. Where whole numbers decide
    about shapes, such as the batch sizes of a packed sequence, these are there.
    """
    if not step.reads or follows_autograd(step.func):
        return 0
    ways = [(step.func, False), (textbook(step.func), False), (step.func, True)]
    for function, whole in ways:
        if function is None:
            continue
        try:
            like = partial(_hollow, script, whole=whole)
            args, kwargs = filled((step.args, step.kwargs), Ref, like)
            counter = FlopCounterMode(display=False)
            with as_then(step, args, kwargs), counter:
                function(*args, **kwargs)
        except (RuntimeError, NotImplementedError, TypeError, ValueError):
            continue  # its shapes depend on numbers, or it has no rule for tensors without
        if counter.get_total_flops():
            return int(counter.get_total_flops())
    return 0


def _hollow(script: Script, ref: Ref, whole: bool) -> Tensor:
    """A tensor like a value, without numbers, in the same order in memory where that is known;
    itself if it has ``whole`` numbers on the CPU and they are wanted."""
    value, tensor = script.values[ref.index], script.tensors[ref.index]
    if whole and tensor is not None and tensor.dtype == torch.int64 and tensor.is_cpu:
        return tensor
    dtype = getattr(torch, value.dtype)
    if tensor is None or tensor.layout is not torch.strided or tensor.is_nested:
        return torch.empty(value.shape, dtype=dtype, device="meta")
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=dtype, device="meta")


# ---------------------------------------------------------------- activations


def activations(origins: Sequence[Origin], start: int) -> Amounts:
    """Mean |x| over the finite numbers that each event made, of all of its floating-point results;
    NaN if there is one among them, or nothing finite."""

    def sums(tensor: Tensor) -> Tensor:
        size = tensor.abs()
        finite = size != torch.inf
        kept = torch.where(finite, size, 0)  # a mask's −∞ is no activation; NaN comes through
        return torch.stack([kept.sum(dtype=_exact(size)), finite.sum(dtype=_exact(size))])

    found = _reduced(origins, start, sums)
    totals, finite = np.zeros((2, len(found.counts)))
    for (event, _), (total, count) in zip(found.places, found.numbers, strict=True):
        totals[event] += total
        finite[event] += count
    counts = np.where(found.counts > 0, np.maximum(finite.astype(np.int64), 1), 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(counts > 0, totals / finite, 0.0)
    return Amounts(means, counts)


def faults(
    origins: Sequence[Origin], outputs: Sequence[Sequence[int]], start: int, quantity: Fault
) -> Amounts:
    """How many of the numbers that each event made are ``nan``, ``infinite`` or ``zeros``, or the
    ``peak``: the largest size, of an infinity too. Of all of its floating-point results, and of
    each of the ``outputs`` of an event by itself."""

    def largest(tensor: Tensor) -> Tensor:
        return tensor.abs().nan_to_num(0.0, torch.inf).max().to(_exact(tensor.abs())).reshape(1)

    def count(tensor: Tensor) -> Tensor:
        size = tensor.abs()
        of = {"nan": size.isnan, "infinite": size.isinf, "zeros": lambda: size == 0}[quantity]
        return of().sum(dtype=_exact(size)).reshape(1)

    found = _reduced(origins, start, largest if quantity == "peak" else count)
    values = np.zeros(len(found.counts))
    for (event, _), (number,) in zip(found.places, found.numbers, strict=True):
        values[event] = max(values[event], number) if quantity == "peak" else values[event] + number
    return Amounts(
        values, found.counts,
        at=np.array([outputs[start + event][n] for event, n in found.places], np.int64),
        each=np.array([number for (number,) in found.numbers]),
    )  # fmt: skip


def _exact(tensor: Tensor) -> torch.dtype:
    return torch.float32 if tensor.device.type == "mps" else torch.float64


class _Reduced(NamedTuple):
    """What a reduction gave of each floating-point value that events made: its ``numbers``, and its
    ``places``, the event and which of what that made. ``counts`` (N,) is how many numbers each
    event made."""

    places: list[tuple[int, int]]
    numbers: list[np.ndarray]
    counts: np.ndarray


def _reduced(origins: Sequence[Origin], start: int, reduce: Callable[[Tensor], Tensor]) -> _Reduced:
    """Reduce what events made from ``start`` on, as many as take a moment. Tensors are reduced on
    their devices, and all answers fetched at once. Raises Problem if nothing has numbers."""
    made = (tape.script.values[ref] for tape, n in origins for ref in tape.script.steps[n].writes)
    if start == 0 and all(value.device == "meta" for value in made) and origins:
        raise Problem("model", phrase("These values have no numbers: they are on the meta device."))
    parts: list[Tensor] = []
    places: list[tuple[int, int]] = []
    events = 0

    def note(tape: Tape, index: int) -> tuple[float, int]:
        nonlocal events
        count = 0
        for n, ref in enumerate(tape.script.steps[index].writes):
            if tape.script.values[ref].device == "meta":
                continue
            tensor = _plain(tape.value(ref).detach())
            if tensor is not None and tensor.numel():
                parts.append(reduce(tensor))
                places.append((events, n))
                count += tensor.numel()
        events += 1
        return 0.0, count

    counts = _each(origins, start, note).counts
    return _Reduced(places, list(_fetched(parts)) if parts else [], counts)


def _plain(tensor: Tensor) -> Tensor | None:
    """The numbers of an activation in a plain tensor, None if they are whole numbers or flags."""
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if not (tensor.is_floating_point() or tensor.is_complex()):
        return None
    if tensor.is_nested:
        return torch.cat([part.reshape(-1) for part in tensor.unbind()])
    return tensor if tensor.layout is torch.strided else tensor.to_dense()


def _fetched(found: list[Tensor]) -> Iterator[np.ndarray]:
    """Small tensors of equal shape, in order, with one copy from each device."""
    devices = {tensor.device for tensor in found}
    copies = {
        device: iter(torch.stack([t for t in found if t.device == device]).double().cpu().numpy())
        if device.type != "mps"
        else iter(torch.stack([t for t in found if t.device == device]).cpu().double().numpy())
        for device in devices
    }
    return (next(copies[tensor.device]) for tensor in found)


# ---------------------------------------------------------------- gradients


def run_again(model: nn.Module, given: Given, tape: Tape) -> Tape:
    """The pass of a tape once more, with autograd following it; ``.grad`` of nothing changes.

    Raises Problem if the model gives something else by now.
    """
    args, kwargs = given
    if not any(parameter.requires_grad for parameter in model.parameters()):
        args, kwargs = substituted(given, _followed)  # frozen; then from the input on
    drawn = next((step.rng for step in tape.script.steps if step.rng is not None), None)
    now = random_state()
    try:
        if drawn is not None:
            set_random_state(drawn[0])
        with torch.inference_mode(False), torch.enable_grad(), plain_recurrence(model):
            again = record(model, *args, **kwargs)
    finally:
        set_random_state(now)
    pairs = zip(tensors(tape.output), tensors(again.output), strict=False)
    if not all(_alike(one, other) for one, other in pairs):
        if _same_weights(tape, again):
            raise Problem(
                "model",
                phrase(
                    "The model gives something else each time it runs, because it keeps something "
                    "from pass to pass or draws numbers of its own: so no second pass has the "
                    "gradients of this one."
                ),
            )
        raise Problem(
            "model",
            phrase("The model has other weights by now than in this pass."),
            phrase("Run it again."),
        )
    return again


def _same_weights(tape: Tape, again: Tape) -> bool:
    """Whether two passes were made with the same parameters."""
    now = {value.name: ref for ref, value in enumerate(again.values) if value.kind == "parameter"}
    then = {value.name: ref for ref, value in enumerate(tape.values) if value.kind == "parameter"}
    return now.keys() == then.keys() and all(
        torch.equal(tape.value(then[name]), again.value(now[name])) for name in now
    )


def plain_recurrence(model: nn.Module) -> AbstractContextManager[None]:
    """cuDNN's recurrent kernels have gradients only in training mode; PyTorch's own always do."""
    if torch.cuda.is_available() and any(isinstance(m, nn.RNNBase) for m in model.modules()):
        return torch.backends.cudnn.flags(enabled=False)
    return nullcontext()


def gradients(origins: Sequence[Origin], again: Tape, target: Target) -> Amounts:
    """The norm of the gradient of a target for what each event gave, over all of its results.

    ``again`` is the same pass with gradients. An event that ran there in another way (PyTorch
    leaves its fast path) has the gradient of what its module gave.
    """
    found = _backward(again, target).gradients
    squares: list[Tensor] = []
    owners: list[int] = []
    for n, same in enumerate(_counterparts(origins, again)):
        for ref in again.script.steps[same].writes if same >= 0 else ():
            gradient = _plain(found[ref]) if ref in found else None
            if gradient is not None and gradient.numel():
                squares.append(gradient.abs().to(_exact(gradient)).square().sum())
                owners.append(n)
    values = np.zeros(len(origins))
    counts = np.zeros(len(origins), np.int64)
    for owner, square in zip(owners, _fetched(squares) if squares else (), strict=True):
        values[owner] += float(square)
        counts[owner] = 1
    return Amounts(np.sqrt(values), counts, target.note, target.output)


def gradient_faults(
    origins: Sequence[Origin], outputs: Sequence[Sequence[int]], again: Tape, target: Target
) -> Amounts:
    """The largest size among the gradients that each event makes going back, and among those for
    each of its ``outputs``: see `Amounts`. ``again`` as in `gradients`."""

    def largest(tensor: Tensor) -> Tensor:
        plain = _plain(tensor)
        if plain is None or not plain.numel():
            return torch.zeros((), dtype=torch.float32, device=tensor.device)
        size = plain.abs()
        return size.max().to(_exact(size))  # NaN, if there is one

    back = _backward(again, target, largest)
    same = _counterparts(origins, again)
    owner = {event: n for n, event in enumerate(same) if event >= 0}
    makers = [(owner[event], size) for event, size in back.made if event in owner]
    values, counts = np.zeros(len(origins)), np.zeros(len(origins), np.int64)
    for (n, _), size in zip(makers, _sizes([size for _, size in makers]), strict=True):
        values[n] = np.maximum(values[n], size)
        counts[n] += 1
    places = [
        (outputs[n][at], back.gradients[ref])
        for n, event in enumerate(same) if event >= 0
        for at, ref in enumerate(again.script.steps[event].writes)
        if ref in back.gradients and at < len(outputs[n])
    ]  # fmt: skip
    return Amounts(
        values, counts, target.note, target.output,
        at=np.array([value for value, _ in places], np.int64),
        each=_sizes([largest(gradient) for _, gradient in places]),
    )  # fmt: skip


def _sizes(found: list[Tensor]) -> np.ndarray:
    return np.array([float(size) for size in _fetched(found)]) if found else np.empty(0)


def _backward(
    again: Tape, target: Target, reduce: Callable[[Tensor], Tensor] | None = None
) -> Backward:
    if not target.scalar.requires_grad:
        raise _no_way_back()
    with plain_recurrence(again.model):
        return run_backward(again.script, target.scalar, None, reduce)


def _counterparts(origins: Sequence[Origin], again: Tape) -> list[int]:
    """The events of the same pass with gradients, -1 where there is none."""
    there = {event.id: event.index for event in again.events}
    lasts = {(call.module, call.number): call.last for call in again.calls}
    found = []
    for tape, index in origins:
        event = tape.events[index]
        same = there.get(event.id, -1) if tape.model is again.model else -1
        found.append(same if same >= 0 else _stands_for(tape, event, lasts))
    return found


def of_output(tape: Tape, prediction: int) -> Target:
    """One number of a pass, and what it is: the largest logit of the value ``prediction``, or of a
    pass without one (-1) the sum of the first output that has gradients."""
    if prediction >= 0:
        return Target(largest_logit(live(tape, prediction)), LARGEST)
    found = [ref for ref in tape.outputs if live(tape, ref).requires_grad]
    ref = next((ref for ref in found if live(tape, ref).is_floating_point()), -1)
    if ref < 0 and found:
        raise Problem(
            "model",
            phrase(
                "The output has complex numbers, and gradients lead back from real numbers only."
            ),
        )
    if ref < 0:
        raise _no_way_back()
    scalar = live(tape, ref).sum()
    if len(tape.outputs) == 1:
        return Target(scalar, SUM)
    name = tape.output_names[tape.outputs.index(ref)]
    return Target(scalar, SUM_OF, f"output{name}")


def live(tape: Tape, ref: int) -> Tensor:
    """An output as the model returned it, in autograd's graph."""
    return dict(zip(tape.outputs, tensors(tape.output), strict=False))[ref]


def largest_logit(logits: Tensor) -> Tensor:
    """The largest logit (of each sample) at the last position, as one number."""
    while logits.dim() > 2:
        logits = logits[:, -1]
    return logits.amax(-1).sum()


def next_token_loss(logits: Tensor, tokens: Tensor) -> Tensor:
    """Cross-entropy of logits (B, T, V) where the next of the tokens (B, T) is known."""
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())


def _stands_for(tape: Tape, event: Event, lasts: dict[tuple[str, int], int]) -> int:
    """For an event that is all of a module call: the last event of that call, -1 if there is
    none."""
    call = tape.calls[event.call]
    if call.first != call.last:
        return -1
    return lasts.get((call.module, call.number), -1)


def _no_way_back() -> Problem:
    return Problem(
        "model",
        phrase(
            "No gradient leads back from the output: it has whole numbers, or the model computes "
            "without gradients."
        ),
    )


def _followed(tensor: Tensor) -> Tensor:
    copied = tensor.detach().clone()
    return copied.requires_grad_() if copied.is_floating_point() else copied


def _alike(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape or one.is_meta:
        return one.shape == other.shape
    if not (one.is_floating_point() or one.is_complex()):
        return bool(torch.equal(one, other))
    within = max(_TOLERANCE, 16 * torch.finfo(one.dtype).eps)
    close = torch.isclose(one, other, within, within, equal_nan=True)
    return bool(close.all())


def _each(
    origins: Sequence[Origin], start: int, measure: Callable[[Tape, int], tuple[float, int]]
) -> Amounts:
    """Measure events from ``start`` on for a moment, at least one."""
    found = []
    until = time.perf_counter() + _MOMENT
    for tape, index in origins[start:]:
        found.append(measure(tape, index))
        if time.perf_counter() > until:
            break
    values, counts = zip(*found, strict=True) if found else ((), ())
    return Amounts(np.array(values, np.float64), np.array(counts, np.int64))
