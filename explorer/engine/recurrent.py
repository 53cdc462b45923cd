"""Recurrent layers over time: their states and gates at every step, as an opened op has them.

A fused network is not opened for that, which takes its time where there are many steps: the same
textbook's way of it runs again with a listener that keeps what its parts give (`Tape.overheard`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.core.problem import Problem, phrase
from explorer.core.recurrent import (
    BANDS,
    GATES,
    Band,
    CellNumbers,
    CellView,
    Recurrent,
    RecurrentView,
    Track,
)
from explorer.engine.differences import last_place
from explorer.engine.recording import Shown
from explorer.engine.values import blocks, plain, strongest

_KEPT = 1 << 28  # bytes of tracks that are remembered, and always the last one
_LAYER = re.compile(r"l\d+(_reverse)?")
_STEP = re.compile(r"t = (\d+)")
_PARTS = frozenset("ifgorzn")  # of a step


@dataclass(frozen=True)
class Unrolled:
    """One sample of a track: of each band the numbers (units, length), and of the states those
    ``before`` the first step (units,). There are ``steps`` positions and ``samples`` in the batch.
    ``place`` finds ``h`` of a step in the first result of a fused network, from its first unit on.
    In the coarsest of their types the next number after 1 is ``last`` away.
    """

    bands: dict[str, Tensor]
    before: dict[str, Tensor]
    steps: int
    samples: int
    place: Callable[[int], tuple[int, ...]] = lambda step: ()
    last: float = 0.0

    @property
    def length(self) -> int:
        """The steps that this sample has."""
        return max((band.shape[1] for band in self.bands.values()), default=0)

    def unit(self, unit: int) -> dict[str, Tensor]:
        """Of each band that has it the numbers of a unit, (length,)."""
        return {name: band[unit] for name, band in self.bands.items() if unit < len(band)}

    @cached_property
    def peaks(self) -> dict[str, float]:
        """Of each band how far from 0 its finite numbers reach."""
        return {name: _peak(band) for name, band in self.bands.items()}

    @cached_property
    def changing(self) -> dict[str, Tensor]:
        """Of each band its units, those first that change most; bands of one width have one order,
        that of the cell state, or else of the hidden one."""
        found: dict[int, Tensor] = {}
        first = (name for name in "ch" if name in self.bands)
        for band in (self.bands[name] for name in (*first, *self.bands)):
            if len(band) not in found:
                changes = band.float().diff().abs().sum(1).nan_to_num(math.inf)
                found[len(band)] = changes.argsort(descending=True, stable=True)
        return {name: found[len(band)] for name, band in self.bands.items()}

    @property
    def bytes(self) -> int:
        """The memory that it takes."""
        return sum(band.numel() * band.element_size() for band in self.bands.values())


class Tracks:
    """Answers about tracks, and remembers the last ones: to move about in one costs little."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, Track, int], Unrolled] = {}

    def look(self, view: RecurrentView, shown: Shown) -> Recurrent:
        """Answer a view of a pass. Raises Problem where there is no such track."""
        found = self._unrolled(view.tape, view.track, view.sample, shown)
        widest = max(map(len, found.bands.values()))
        units, steps = view.units or range(widest), view.steps or range(found.steps)
        block = (_block(len(units), view.size[0]), _block(len(steps), view.size[1]))
        time = slice(max(0, steps.start), max(0, steps.stop))
        bands, openness = [], []
        for name, whole in found.bands.items():
            total = len(whole)
            first, last = (math.floor(end * total / widest) for end in (units.start, units.stop))
            rows = slice(max(0, first), max(last, first + 1))
            if view.order == "place":
                part, those = whole[rows, time], np.arange(total)[rows]
            else:
                order = found.changing[name][rows]
                part, those = whole[order, time], order.cpu().numpy()
            bands.append(
                Band(
                    name=name, data=_reduced(part, block, strongest), block=block,
                    first=(first, time.start), total=total, units=those, peak=found.peaks[name],
                )
            )  # fmt: skip
            if name in GATES:
                mean = whole[:, time].float().mean(0)
                openness.append(_reduced(mean, block[1:], _means))
        return Recurrent(
            view=view, bands=tuple(bands), steps=found.steps, length=found.length,
            openness=np.stack(openness) if openness else np.zeros((0, 0), np.float32),
            samples=found.samples,
        )  # fmt: skip

    def cell(self, view: CellView, shown: Shown, base: Shown | None = None) -> CellNumbers:
        """Answer a view of one unit at one step of a pass, and of the ``base`` that it was made of.
        Raises Problem where there is no such cell."""
        found = self._unrolled(view.tape, view.track, view.sample, shown)
        step, unit = view.step, view.unit
        if not 0 <= step < found.length or unit < 0:
            raise Problem("engine", phrase("There is no step {step} here."), step=step)
        earlier = step + 1 if view.track.backwards else step - 1
        inside = 0 <= earlier < found.length

        bands = found.unit(unit)
        clean: dict[str, Tensor] = {}
        if base is not None:
            clean = self._unrolled(view.base, view.track, view.sample, base).unit(unit)
        states = {
            name: bands[name][earlier] if inside else found.before[name][unit]
            for name in ("h", "c")
            if name in bands and (inside or name in found.before)
        }
        place = found.place(step)
        return CellNumbers(
            view=view,
            now={name: float(band[step]) for name, band in bands.items()},
            before={name: float(state) for name, state in states.items()},
            index=(*place[:-1], place[-1] + unit) if place and "h" in bands else (),
            clean={name: float(band[step]) for name, band in clean.items()},
            last=found.last,
        )

    def _unrolled(self, tape: int, track: Track, sample: int, shown: Shown) -> Unrolled:
        key = (tape, track, sample)
        found = self._known.pop(key, None) or unrolled(shown, track, sample)
        self._known[key] = found  # the newest is last
        while len(self._known) > 1 and sum(one.bytes for one in self._known.values()) > _KEPT:
            del self._known[next(iter(self._known))]
        return found


def unrolled(shown: Shown, track: Track, sample: int) -> Unrolled:
    """All of a sample of a track. Raises Problem where it has no steps, or no such sample."""
    made = _fused(shown, track, sample) if track.network >= 0 else _stepped(shown, track, sample)
    if not made.length:
        raise Problem("engine", phrase("There is no sample {sample} here."), sample=sample)
    return made


def _stepped(shown: Shown, track: Track, sample: int) -> Unrolled:
    """A track of which the recording has the values, all but those inside of fused cells."""
    values = dict(track.values)
    steps: list[dict[str, Tensor]] = []
    samples = 1
    for step in range(max(map(len, values.values()), default=len(track.cells))):
        heard: dict[str, Tensor] = {}
        if track.cells and track.cells[step] >= 0:
            tape, event = shown.origins[track.cells[step]]
            ear = _Ear(track.at, None)
            tape.overheard(event, ear)
            heard = ear.steps.get(0, ear.gates)  # of a network, or of a cell
        for name, refs in values.items():
            if refs[step] >= 0:
                heard[name] = shown.value(refs[step])
        rows = {name: _rows(one) for name, one in heard.items()}
        samples = max(samples, *(len(one) for one in rows.values()))
        steps.append({name: one[sample] for name, one in rows.items() if sample < len(one)})
    before = {name: _rows(shown.value(ref)) for name, ref in track.given}
    return Unrolled(
        bands=_stacked(steps, track),
        before={name: rows[sample] for name, rows in before.items() if sample < len(rows)},
        steps=len(steps), samples=samples, last=_last(steps),
    )  # fmt: skip


def _fused(shown: Shown, track: Track, sample: int) -> Unrolled:
    """A layer and direction of a fused network."""
    tape, event = shown.origins[track.network]
    ear = _Ear(track.at, sample)
    tape.overheard(event, ear)
    steps = [ear.steps[time] for time in sorted(ear.steps)]
    step = tape.script.steps[event]
    output, last = (tape.value(ref) for ref in step.results[:2])
    batch_first = output.dim() == 3 and bool(step.kwargs.get("batch_first", step.args[-1]))
    directions = max(1, output.shape[-1] // last.shape[-1])
    layers = last.shape[0] // directions

    def place(at: int) -> tuple[int, ...]:
        if track.at // directions != layers - 1:
            return ()
        begin = (track.at % directions) * last.shape[-1]
        if output.dim() == 2:  # packed: all sequences that have the step, one after the other
            return sum(ear.counts[time] for time in range(at)) + sample, begin
        return (sample, at, begin) if batch_first else (at, sample, begin)

    return Unrolled(
        bands=_stacked(steps, track), before=ear.before, steps=len(steps),
        samples=last.shape[1], place=place, last=_last(steps),
    )  # fmt: skip


@dataclass
class _Ear:
    """Keeps what the parts of layer and direction ``at`` give: of one ``sample`` at every time, or
    all that there is of a cell (None)."""

    at: int
    sample: int | None
    steps: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)  # the sequences that have each time
    before: dict[str, Tensor] = field(default_factory=dict)
    gates: dict[str, Tensor] = field(default_factory=dict)
    _layer: int = -1
    _depth: int = 0

    def __call__(self, name: str, formula: str, function: Callable[..., Any], *args: Any) -> Any:
        if not self._depth and _LAYER.fullmatch(name):
            self._layer += 1
        self._depth += 1
        result = function(*args)
        self._depth -= 1
        time = _STEP.fullmatch(name)
        if not self._depth and name in ("h₀", "c₀") and isinstance(result, tuple):
            self._keep(self.before, name[0], result[self.at])
        elif max(self._layer, 0) == self.at and time is not None:
            number = int(time[1])
            self.counts[number] = len(result[0])
            here = self.steps[number] = {}
            for letter, state in zip("hc", result, strict=False):
                self._keep(here, letter, state)
            here |= self.gates
            self.gates = {}
        elif max(self._layer, 0) == self.at and name in _PARTS:
            self._keep(self.gates, name, result)
        return result

    def _keep(self, where: dict[str, Tensor], name: str, states: Tensor) -> None:
        """The row of the sample: a copy, so that the others can go."""
        if self.sample is None:
            where[name] = states
        elif self.sample < len(states):
            where[name] = states[self.sample].clone()


def _rows(tensor: Tensor) -> Tensor:
    """A state or a gate as (samples, units)."""
    return tensor.reshape(-1, tensor.shape[-1] if tensor.dim() else 1)


def _stacked(steps: Sequence[Mapping[str, Tensor]], track: Track) -> dict[str, Tensor]:
    """Of each band the steps that there are, (units, length), as real numbers."""
    names = [*BANDS[track.kind], *(name for name, _ in track.values)]
    there = [step for step in steps if step]
    return {
        name: plain(torch.stack([step[name] for step in there])).T.contiguous()
        for name in dict.fromkeys(names)
        if there and all(name in step for step in there)
    }


def _last(steps: Sequence[Mapping[str, Tensor]]) -> float:
    return last_place(*(one.dtype for step in steps for one in step.values()))


def _peak(band: Tensor) -> float:
    return float(torch.where(band.isfinite(), band.abs(), 0).amax())


def _means(tensor: Tensor, block: tuple[int, ...]) -> Tensor:
    return blocks(tensor, block, torch.mean)


def _reduced(
    tensor: Tensor, block: tuple[int, ...], reduce: Callable[[Tensor, tuple[int, ...]], Tensor]
) -> np.ndarray:
    """By blocks, if there is anything."""
    if tensor.numel():
        tensor = reduce(tensor, block)
    return np.asarray(tensor.float().cpu().numpy())


def _block(count: int, room: int) -> int:
    return max(1, math.ceil(count / max(1, room)))
