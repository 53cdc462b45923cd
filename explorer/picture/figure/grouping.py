"""Which stages of a figure are drawn as one: those of a block, and equal blocks in a row, ×N."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import groupby
from typing import NamedTuple

from explorer.core.graph import Recording, ancestry
from explorer.picture.caption import elided
from explorer.picture.figure.equals import Equals, Span
from explorer.picture.figure.stream import Stage, Stream

MOST = 28  # stages that a figure shows one by one; VGG-19 has 26
_LEAST = 6  # of as few groups as this a figure would tell nothing …
_LONGEST = 150  # … so it is rather as long as this


class Group(NamedTuple):
    """Stages ``first … last`` (both included) drawn as one; ``times`` equal blocks in a row are
    one, too. ``lines`` say what it is; ``kind`` is the class of a block, ``""`` of one stage."""

    first: int
    last: int
    times: int
    lines: tuple[str, ...]
    kind: str = ""


def groups_of(recording: Recording, stream: Stream) -> tuple[Group, ...]:
    """Every stage by itself where these are few, else the innermost blocks that are few enough, but
    not too few; equal ones in a row are one of them."""
    single = tuple(Group(n, n, 1, stage.lines) for n, stage in enumerate(stream.stages))
    if len(single) <= MOST:
        return single
    chains = [_chain(recording, stage) for stage in stream.stages]
    deepest = max(len(chain) for chain in chains)
    found = [_folded(recording, stream, single)]
    for depth in range(deepest, 0, -1):
        if len(found[-1]) <= MOST:
            break
        found.append(_folded(recording, stream, _blocks(recording, stream, chains, depth)))
    if len(found) > 1 and len(found[-1]) <= _LEAST and len(found[-2]) <= _LONGEST:
        return found[-2]
    return found[-1]


def _chain(recording: Recording, stage: Stage) -> list[int]:
    """The calls around a stage's layer, without the model."""
    if not stage.events:
        return []
    layer = recording.values[stage.begun].writer
    return ancestry(recording, recording.events[layer].call)[1:]


def _blocks(
    recording: Recording, stream: Stream, chains: list[list[int]], depth: int
) -> list[Group]:
    """The stages in each call so deep in the hierarchy, as one group."""

    def block(n: int) -> tuple[int, int]:
        chain = chains[n]
        return (chain[depth - 1], -1) if len(chain) >= depth else (-1, n)

    made = []
    for (call, _), numbers in groupby(range(len(stream.stages)), key=block):
        stages = list(numbers)
        if len(stages) == 1:
            made.append(Group(stages[0], stages[0], 1, stream.stages[stages[0]].lines))
        else:
            what = recording.calls[call]
            lines = (elided(what.kind, 18), elided(what.module, 18))
            made.append(Group(stages[0], stages[-1], 1, lines, what.kind))
    return made


def _folded(recording: Recording, stream: Stream, groups: Sequence[Group]) -> tuple[Group, ...]:
    """Equal groups in a row as one of them, ×N."""
    equals = Equals(recording)
    rows: list[list[Group]] = []
    fed: Hashable = None  # in which way the last of a row is, by the one before it
    before: Span | None = None
    for group in groups:
        span = _span(stream, group)
        way = equals.fed(before, span) if before is not None and span is not None else None
        same_kind = rows and rows[-1][-1].kind == group.kind
        if way is not None and same_kind and (len(rows[-1]) == 1 or way == fed):
            rows[-1].append(group)
        else:
            rows.append([group])
        fed, before = way, span
    made: list[Group] = []
    for row in rows:
        first, last, count = row[0], row[-1], len(row)
        lines = first.lines
        if count > 1 and first.kind:
            lines = (first.lines[0], elided(f"{first.lines[1]} … {_end(last.lines[1])}", 24))
        made.append(Group(first.first, last.last, count, lines, first.kind))
    return tuple(made)


def _span(stream: Stream, group: Group) -> Span | None:
    """The first and the last event of a group, None of the input."""
    events = [n for stage in stream.stages[group.first : group.last + 1] for n in stage.events]
    return (min(events), max(events)) if events else None


def _end(path: str) -> str:
    """What tells the last of several paths from the first."""
    return path.rpartition(".")[2]
