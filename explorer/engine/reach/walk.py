"""Walking a pass from one cell: backwards to all that it depends on, forwards to all that depends
on it.

Every event is taken by itself, computed again from its recorded inputs, so no more is held than
the answer and what one event needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from explorer.core.problem import Problem, phrase
from explorer.engine.attention import AttentionMap
from explorer.engine.carrying import Carry
from explorer.engine.reach.calls import Call, NoRule, gradients
from explorer.engine.reach.field import OUTSIDE, Field
from explorer.engine.reach.slopes import pulled, pushed
from explorer.engine.reach.stand_ins import Rule, rule_of, spread, whole
from explorer.engine.script import Script
from explorer.engine.textbook import textbook
from explorer.engine.values import has_own_rules

Get = Callable[[int], Tensor]


class Walked(Protocol):
    """What a walk needs to know of a `Tape`."""

    given: dict[int, int]
    replaced: dict[int, Carry]  # how what was put in the place of values hangs on these

    @property
    def script(self) -> Script:
        """Its steps."""

    @property
    def outputs(self) -> tuple[int, ...]:
        """What it gave."""

    def value(self, ref: int, /) -> Tensor:
        """A value as it was then."""

    def opens(self, event: int, /) -> bool:
        """Whether an event has an inside."""

    def inside(self, event: int, /) -> Walked | None:
        """That, as a tape of its own."""

    def attention(self) -> list[AttentionMap]:
        """Its attention maps."""


class Node(NamedTuple):
    """An ``event`` of a tape, the values of which are called ``refs[own]`` on the walk. Some of
    these, by what they are called there, were replaced when they had been made."""

    tape: Walked
    event: int
    refs: Sequence[int]
    replaced: Mapping[int, Carry]


@dataclass(frozen=True)
class Trace:
    """What is known of a value on the walk: which of its cells take part, and their slopes.

    Backwards a slope is the gradient of the number that was chosen; forwards it is that of the
    value with respect to that number, times that number. Of a value of whole numbers it is what
    the rows that it chose have in all. None where there is no derivative.
    """

    mask: Tensor
    slope: Tensor | None = None

    def joined(self, other: Trace) -> Trace:
        """With what came another way, too."""
        slopes = [one for one in (self.slope, other.slope) if one is not None]
        slope = sum(slopes[1:], slopes[0]) if slopes else None
        return Trace(self.mask | other.mask, slope)

    def carried(self, carry: Carry | None, forth: bool) -> Trace:
        """On the other side of what was put in the place of a value."""
        if carry is None:
            return self
        slope = None if self.slope is None else carry(self.slope, forth)
        return Trace(carry(self.mask, forth), slope)


Traces = dict[int, Trace]
Peek = Callable[[Walked, int, Walked, Traces], None]


def seed(tensor: Tensor, index: tuple[int, ...], forwards: bool = False) -> Trace:
    """One cell, to begin with. Raises Problem for a value that has no plain cells."""
    if not _is_plain(tensor):
        raise Problem(
            "model",
            phrase("This value is no plain tensor, and its cells cannot be followed."),
            phrase("Choose a cell of what is made from it, or of what it is made from."),
        )
    mask = torch.zeros(tensor.shape, dtype=torch.bool, device=tensor.device)
    mask[index] = True
    if not tensor.is_floating_point():
        return Trace(mask, mask.float() if forwards and not tensor.is_complex() else None)
    slope = mask.to(_wide(tensor.dtype))
    return Trace(mask, slope * tensor.to(slope.dtype) if forwards else slope)


def backwards(nodes: Sequence[Node], traces: Traces, peek: Peek | None = None) -> None:
    """Add all that ``traces`` depend on. ``peek(tape, event, inside, traces)`` sees the inside of
    fused events, in refs of the tape that they open to."""
    for tape, index, refs, replaced in reversed(nodes):
        step = tape.script.steps[index]
        out = {
            own: traces[refs[own]].carried(replaced.get(refs[own]), False)
            for own in step.writes
            if refs[own] in traces
        }
        if not out:
            continue
        for own, trace in _back(tape, index, out, peek).items():
            _put(traces, refs[own], trace)


def forwards(nodes: Sequence[Node], traces: Traces, peek: Peek | None = None) -> None:
    """Add all that depends on ``traces``."""
    for tape, index, refs, replaced in nodes:
        step = tape.script.steps[index]
        given = {own: traces[refs[own]] for own in step.needs if refs[own] in traces}
        if not given:
            continue
        for own, made in _forth(tape, index, given, peek).items():
            trace = made.carried(replaced.get(refs[own]), True)
            if bool(trace.mask.any()):
                _put(traces, refs[own], trace)


def field_of(
    ref: int, index: tuple[int, ...], traces: Traces, value: Get, forwards: bool = False
) -> Field:
    """The traces as strengths. ``value`` gives values by their ref on the walk."""
    cells = {}
    for own, trace in traces.items():
        if bool(trace.mask.any()):
            times = value(own)
            if not _is_plain(times):  # where its cells lie, but not what is in them
                trace = Trace(trace.mask)
            cells[own] = strength(trace, None if forwards else times)
    return Field(ref, index, cells)


def strength(trace: Trace, value: Tensor | None) -> Tensor:
    """|slope × ``value``| where a cell takes part, −1 elsewhere; of whole numbers |slope|."""
    if trace.slope is None:
        size = torch.zeros(trace.mask.shape, device=trace.mask.device)
    elif value is None or not value.is_floating_point():
        size = trace.slope.abs().float()
    else:
        size = (trace.slope * value.detach().to(trace.slope.dtype)).abs_().float()
    # 0 · ∞ is what is hidden by a mask: it counts nothing
    return size.nan_to_num_(0.0, posinf=torch.inf).masked_fill_(~trace.mask, OUTSIDE)


def handed(traces: Traces, names: Iterable[tuple[int, int]]) -> Traces:
    """Traces under other names, as (here, there): what has several here is one there."""
    found: Traces = {}
    for here, there in names:
        if here in traces:
            _put(found, there, traces[here])
    return found


def _put(traces: Traces, ref: int, trace: Trace) -> None:
    known = traces.get(ref)
    traces[ref] = trace if known is None else known.joined(trace)


def _is_plain(tensor: Tensor) -> bool:
    """Whether the cells of a tensor can be read one by one."""
    return (
        not (tensor.is_nested or tensor.is_meta)
        and tensor.layout is torch.strided
        and not has_own_rules(tensor)
    )


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.float32 if dtype.itemsize < 4 else dtype


# ---------------------------------------------------------------- one event


def _back(tape: Walked, index: int, out: Traces, peek: Peek | None) -> Traces:
    script, step = tape.script, tape.script.steps[index]
    inside = _inside(tape, index)
    wanted = [own for own in dict.fromkeys(step.needs) if _moves(tape, own)]
    if inside is not None:
        traces = handed(out, zip(step.results, inside.outputs, strict=False))
        backwards(nodes_of(inside), traces, peek)
        if peek is not None:
            peek(tape, index, inside, traces)
        known = handed(traces, inside.given.items())
        return {own: trace for own, trace in known.items() if own in wanted}
    if not wanted:
        return {}
    call = Call(script, index, step, tape.value)
    slopes = {own: one.slope for own, one in out.items() if one.slope is not None}
    found = pulled(call, wanted, slopes) if slopes else {}
    masks = _pulled_masks(call, wanted, {own: one.mask for own, one in out.items()})
    return {own: Trace(mask, found.get(own)) for own, mask in masks.items()}


def _forth(tape: Walked, index: int, given: Traces, peek: Peek | None) -> Traces:
    script, step = tape.script, tape.script.steps[index]
    inside = _inside(tape, index)
    if inside is not None:
        traces = {ref: given[theirs] for ref, theirs in inside.given.items() if theirs in given}
        forwards(nodes_of(inside), traces, peek)
        if peek is not None:
            peek(tape, index, inside, traces)
        return handed(traces, zip(inside.outputs, step.results, strict=False))
    call = Call(script, index, step, tape.value)
    masks = _pushed_masks(call, {own: one.mask for own, one in given.items()})
    slopes = {own: one.slope for own, one in given.items() if one.slope is not None}
    found = pushed(call, slopes) if slopes else {}
    return {own: Trace(mask, found.get(own)) for own, mask in masks.items()}


def _inside(tape: Walked, index: int) -> Walked | None:
    """The steps of a fused op, or of a function that is known by its parts alone."""
    step, op = tape.script.steps[index], tape.script.op(index)
    if textbook(step.func) is None and (rule_of(step, op) is not None or not tape.opens(index)):
        return None
    return tape.inside(index) if tape.opens(index) else None


def nodes_of(tape: Walked) -> list[Node]:
    """All events of a tape, under its own refs."""
    refs = range(len(tape.script.values))
    return [Node(tape, index, refs, tape.replaced) for index in range(len(tape.script.steps))]


def _moves(tape: Walked, ref: int) -> bool:
    """Whether a value is one of the pass, and not the model's own."""
    return tape.script.values[ref].kind in ("activation", "input")


def _pulled_masks(call: Call, wanted: Iterable[int], masks: dict[int, Tensor]) -> dict[int, Tensor]:
    """Which cells of the ``wanted`` inputs may change a cell of ``masks``."""
    shapes = {own: call.script.values[own].shape for own in wanted}
    for rule in _rules(call):
        try:
            return _pulled_by(call, rule, shapes, masks)
        except NoRule:
            continue
    return {}


def _pulled_by(
    call: Call, rule: Rule, shapes: dict[int, tuple[int, ...]], masks: dict[int, Tensor]
) -> dict[int, Tensor]:
    with torch.inference_mode(False), torch.enable_grad():
        leaves = {
            own: torch.zeros(shape, device=call.device(own), requires_grad=True)
            for own, shape in shapes.items()
        }
        made = spread(call, rule, leaves)
        ends = [(one, masks[own]) for own, one in made.items() if own in masks]
        ends = [(one, mask.to(one.device)) for one, mask in ends if one.requires_grad]
        found = gradients(ends, list(leaves.values())) if ends else ()
    return {
        own: slope != 0
        for own, slope in zip(leaves, found, strict=False)
        if slope is not None and bool((slope != 0).any())
    }


def _pushed_masks(call: Call, masks: dict[int, Tensor]) -> dict[int, Tensor]:
    """Which cells of what an event writes may change with a cell of ``masks``."""
    leaves = {own: mask.float() for own, mask in masks.items()}
    nothing = {own: torch.zeros_like(leaf) for own, leaf in leaves.items()}
    for rule in _rules(call):
        try:
            with torch.inference_mode(False), torch.no_grad():
                made, none = (spread(call, rule, each) for each in (leaves, nothing))
        except NoRule:
            continue
        return {own: one != none[own] for own, one in made.items()}
    return {}


def _rules(call: Call) -> list[Rule]:
    own = rule_of(call.step, call.script.op(call.number))
    return [whole] if own is None else [own, whole]
