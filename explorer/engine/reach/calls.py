"""A call of an op with other tensors in place of its own: the arguments, and the memory that it
writes into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from explorer.engine.device import is_out_of_memory
from explorer.engine.explain.asking import refs_in
from explorer.engine.nesting import filled
from explorer.engine.script import Ref, Script, Step

Leaves = Mapping[int, Tensor]


class NoRule(Exception):
    """This call is none that an exact rule is for: a coarser answer takes its place."""


@contextmanager
def asked() -> Iterator[None]:
    """What PyTorch or a function of the model's raises when it is called on other numbers means
    that there is no rule: no derivative, no such kernel, a class of its own. Full memory does
    not."""
    try:
        yield
    except Exception as error:
        if isinstance(error, NoRule) or is_out_of_memory(error):
            raise
        raise NoRule(str(error)) from error


class Arguments(dict[str, Any]):
    """Those of a call by name; of a name that there is not there is no rule."""

    def __missing__(self, name: str) -> Any:
        raise NoRule(f"no argument {name}")


class Call:
    """A step, and how its arguments are got at."""

    def __init__(
        self, script: Script, number: int, step: Step, value: Callable[[int], Tensor]
    ) -> None:
        self.script, self.number, self.step = script, number, step
        self.value = value

    @property
    def op(self) -> str:
        """What it is called, in place or not."""
        return self.script.op(self.number).strip("_")

    def device(self, own: int) -> str:
        """Where a value is."""
        return self.script.values[own].device

    def shape(self, own: int) -> tuple[int, ...]:
        """The shape of a value."""
        return self.script.values[own].shape

    @cached_property
    def out(self) -> tuple[int, ...]:
        """The shape of what it gives first."""
        return self.shape(self.step.writes[0])

    def bind(self, *names: str) -> Arguments:
        """The arguments by name, those by place under ``names``."""
        known = Arguments(zip(names, self.step.args, strict=False))
        known.update(self.step.kwargs)
        if names and names[0] not in known and "self" in known:
            known[names[0]] = known["self"]
        if "axis" in known:
            known.setdefault("dim", known["axis"])
        return known

    def leaf(self, given: Any, leaves: Leaves) -> Tensor | None:
        """What stands for an argument, None if it is no tensor or has none."""
        return leaves.get(given.index) if isinstance(given, Ref) else None

    def leaf_or_zero(self, given: Any, leaves: Leaves) -> Tensor:
        """What stands for a tensor."""
        if not isinstance(given, Ref):
            raise NoRule("an argument that is no tensor")
        known = leaves.get(given.index)
        if known is None:
            known = torch.zeros(self.shape(given.index), device=self.device(given.index))
        return known

    def tensor(self, given: Any) -> Tensor:
        """A tensor among the arguments, as it was."""
        if not isinstance(given, Ref):
            raise NoRule("an argument that is no tensor")
        return self.value(given.index).detach()

    def refs(self) -> list[Ref]:
        """Every tensor among the arguments, but what it only writes to."""
        kwargs = {name: one for name, one in self.step.kwargs.items() if name != "out"}
        return refs_in((self.step.args, kwargs))

    def run(self, swap: Callable[[Ref], Any]) -> Any:
        """Call the function itself on other tensors; none of what it adds is subtracted."""
        args, kwargs = filled((self.step.args, self.step.kwargs), Ref, swap)
        kwargs.pop("out", None)
        for name in ("alpha", "beta"):
            if isinstance(kwargs.get(name), int | float):
                kwargs[name] = abs(kwargs[name])
        with asked():
            return self.step.func(*args, **kwargs)


class Board:
    """The memory that a step writes into, made of other numbers: those of its arguments last."""

    def __init__(self, step: Step, number: Callable[[int], Tensor]) -> None:
        self._number = number
        self._step = step
        self.outs = {ref.index for ref in refs_in(step.kwargs.get("out"))}
        self._views: dict[int, Tensor] = {}
        self._bases: dict[int, Tensor] = {}
        places = step.places
        keys = [place.key for place in places.values()]
        self._shared = {own for own, place in places.items() if keys.count(place.key) > 1}
        for own in sorted(self._shared, key=lambda own: own in step.reads):
            place = places[own]
            if place.conjugate or place.negative:
                raise NoRule("memory that is read in another way")
            if place.key not in self._bases:
                together = [one for one in places.values() if one.key == place.key]
                if len({one.dtype for one in together}) > 1:
                    raise NoRule("memory of two types")
                size = max(one.span[1] for one in together) // place.dtype.itemsize
                like = number(own)
                self._bases[place.key] = torch.zeros(size, dtype=like.dtype, device=like.device)
            if own not in step.covered:
                _write(self._seen(own), number(own))

    def placed(self, own: int) -> Tensor:
        """The tensor of a value in that memory; written to, it is what became of it."""
        if own not in self._shared:
            return self._number(own)
        if own not in self._views:
            self._views[own] = self._seen(own)
        return self._views[own]

    def _seen(self, own: int) -> Tensor:
        place = self._step.places[own]
        return self._bases[place.key].as_strided(place.size, place.stride, place.offset)


def _write(target: Tensor, given: Tensor) -> None:
    """Copy into a tensor, which may be expanded: every element once."""
    for axis, stride in enumerate(target.stride()):
        if stride == 0 and target.shape[axis] > 1:
            target, given = target.narrow(axis, 0, 1), given.narrow(axis, 0, 1)
    target.copy_(given)


def gradients(
    ends: Sequence[tuple[Tensor, Tensor]], leaves: Sequence[Tensor]
) -> tuple[Tensor | None, ...]:
    """Those of some leaves, where those of the ends are given with them. Raises `NoRule`."""
    with asked():
        if any(one.is_complex() for one, _ in ends):
            given = [one.to(end.dtype) for end, one in ends]
            made = torch.autograd.grad([one for one, _ in ends], leaves, given, allow_unused=True)
        else:  # as numbers: with gradients that are given PyTorch imports sympy, for a second
            numbers = [(end * one.to(end.dtype)).sum() for end, one in ends]
            made = torch.autograd.grad(numbers, leaves, allow_unused=True)
        return tuple(None if one is None else _in_memory(one) for one in made)


def _in_memory(gradient: Tensor) -> Tensor:
    """With all of its numbers: some are sparse, and some only said to be 0."""
    dense = gradient.to_dense() if gradient.is_sparse else gradient
    return dense.clone() if dense._is_zerotensor() else dense
