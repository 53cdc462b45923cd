"""Which values are a position of a sequence, and that loops over all of them are seen as time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from explorer.core.graph import Recording
from explorer.picture.inside import Item, insides
from explorer.picture.layout import Layout
from explorer.picture.slices import Slices
from explorer.picture.unrolling import Loop, Unrolling
from tests.picture.promises import all_is_drawn, keeps_its_promises
from tests.recordings import Builder

T = 4
SEQUENCE: Any = {"B": 2, "T": T, "C": 8}
ONE: Any = {"B": 2, "T": 1, "C": 8}
SHAPE: Any = {"B": 2, "C": 8}

Cut = Callable[[Builder, int], Iterator[int]]


def squeezed(b: Builder, parts: Iterator[int] | list[int]) -> Iterator[int]:
    return (b.op("squeeze", [part], "1", **SHAPE) for part in parts)


def kept(b: Builder, x: int) -> Iterator[int]:
    return (b.op("getitem", [x], f"[:, {t}:{t + 1}]", **ONE) for t in range(T))


def whole(b: Builder, x: int) -> Iterator[int]:
    parts = b.ops("tensor_split", [x], [ONE] * T, f"{T}, 1")
    return (b.op("getitem", [part], "[:, 0]", **SHAPE) for part in parts)


CUTS: dict[str, Cut] = {
    "x[:, t]": lambda b, x: (b.op("getitem", [x], f"[:, {t}]", **SHAPE) for t in range(T)),
    "x[..., t, :]": lambda b, x: (b.op("getitem", [x], f"[…, {t}, :]", **SHAPE) for t in range(T)),
    "x[:, t:t+1]": kept,
    "x[:, t:t+1, :]": lambda b, x: (
        b.op("getitem", [x], f"[:, {t}:{t + 1}, :]", **ONE) for t in range(T)
    ),
    "x[:, t:t+1].squeeze(1)": lambda b, x: squeezed(b, kept(b, x)),
    "[x[:, t:t+1] for t in …]": lambda b, x: iter([*kept(b, x)]),
    "[x[:, t:t+1].squeeze(1) for t in …]": lambda b, x: iter([*squeezed(b, kept(b, x))]),
    "x[:, [t]]": lambda b, x: (b.op("getitem", [x], f"[:, [{t}]]", **ONE) for t in range(T)),
    "x.transpose(0, 1)[t]": lambda b, x: (
        b.op("getitem", [b.op("transpose", [x], "0, 1", T=T, B=2, C=8)], f"[{t}]", **SHAPE)
        for t in range(T)
    ),
    "x.flip(1)[:, t]": lambda b, x: (
        b.op("getitem", [b.op("flip", [x], "1", **SEQUENCE)], f"[:, {t}]", **SHAPE)
        for t in range(T)
    ),
    "x.unbind(1)[t]": lambda b, x: (b.ops("unbind", [x], [SHAPE] * T, "1")[t] for t in range(T)),
    "x.unbind(1)": lambda b, x: iter(b.ops("unbind", [x], [SHAPE] * T, "1")),
    "x.chunk(T, 1)": lambda b, x: squeezed(b, b.ops("chunk", [x], [ONE] * T, f"{T}, 1")),
    "x.split(1, dim=1)": lambda b, x: iter(b.ops("split", [x], [ONE] * T, "1, dim=1")),
    "[part.squeeze(1) for part in x.split(1, 1)]": lambda b, x: iter(
        [*squeezed(b, b.ops("split", [x], [ONE] * T, "1, 1"))]
    ),
    "part[:, 0] for part in x.tensor_split(T, 1)": whole,
    "x.select(1, t)": lambda b, x: (b.op("select", [x], f"1, {t}", **SHAPE) for t in range(T)),
    "x.narrow(1, t, 1)": lambda b, x: (b.op("narrow", [x], f"1, {t}, 1", **ONE) for t in range(T)),
}


def looped(cut: Cut, backwards: bool = False, prepared: bool = False, last: str = "") -> Recording:
    """``h = tanh(W x + U h)`` over a sequence, with zeros before the loop or ``prepared`` in its
    first step; ``last`` runs after it: the op of the steps once more, or their head."""
    b = Builder("Loop")
    x = b.input("x", **SEQUENCE)
    h = -1 if prepared else b.op("zeros", [], "2, 8", **SHAPE)
    given = []
    parts = cut(b, x)
    for part in [*parts][::-1] if backwards else parts:
        y = b.linear("w", part, 8)
        if h < 0:
            h = b.op("zeros", [], "2, 8", **SHAPE)
        h = b.op("tanh", [b.add(y, b.linear("u", h, 8))], **SHAPE)
        given.append(b.linear("head", h, 8))
    if last == "add":
        return b.finish([b.add(given[-1], h)])
    if last == "head":
        return b.finish([b.linear("head", h, 8)])
    return b.finish([b.op("stack", given, "1", **SEQUENCE)])


def loops(recording: Recording) -> tuple[Loop, ...]:
    return Unrolling(recording).loops(insides(recording)[0])


def steps(recording: Recording, loop: Loop) -> list[list[str]]:
    """The items of each step, as modules or ops."""
    found: list[list[str]] = [[] for _ in loop.times]
    for item, column in loop.columns.items():
        event = item.kind == "event"
        found[column].append(
            recording.events[item.at].op if event else recording.calls[item.at].module
        )
    return found


@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("form", CUTS)
def test_every_way_to_cut_a_sequence_is_time(form: str, backwards: bool) -> None:
    recording = looped(CUTS[form], backwards)
    (loop,) = loops(recording)
    assert loop.times == (0, 1, 2, 3)
    heads = [item for item in loop.columns if item.kind == "call"]
    first = min(heads, key=lambda item: recording.calls[item.at].first)
    assert loop.columns[first] == (3 if backwards else 0)
    first_step, *others = steps(recording, loop)
    assert first_step[-4:] == ["u", "add", "tanh", "head"]
    assert [first_step] * 3 == others
    made = Layout(recording).scene(frozenset({0}))
    keeps_its_promises(made)
    all_is_drawn(made.root)
    times = {
        name.text: name.x for wire in made.root.wires for name in wire.names if "=" in name.text
    }
    way = " ←" if backwards else ""
    assert sorted(times, key=times.__getitem__) == [f"t = {t}{way}" for t in range(T)]
    (axis,) = made.root.axes
    assert axis.backwards == backwards


def test_what_the_first_step_makes_for_itself_alone_is_given_to_the_loop() -> None:
    recording = looped(CUTS["x[:, t:t+1]"], prepared=True)
    (loop,) = loops(recording)
    assert [len(step) for step in steps(recording, loop)] == [6] * 4
    room = Layout(recording).scene(frozenset({0})).root
    zeros = next(box for box in room.boxes if box.title == "zeros 2, 8")
    assert zeros.y + zeros.height < min(box.y for box in room.boxes if box.title == "index")
    assert recording.events[zeros.first].outputs[0] in loop.states


@pytest.mark.parametrize("last", ["add", "head"])
def test_time_ends_with_the_last_step(last: str) -> None:
    """Not with an op after it that the steps have, too."""
    recording = looped(CUTS["x[:, t]"], last=last)
    (loop,) = loops(recording)
    assert [len(step) for step in steps(recording, loop)] == [6] * 4
    end = recording.events[-1]
    assert Item("event", end.index) not in loop.columns
    assert Item("call", end.call) not in loop.columns


@pytest.mark.parametrize(
    "form", ["[:, 0:2]", "[:, :1]", "[:, 1:]", "[:, ids]", "[::1]", "[:, None]"]
)
def test_what_is_not_one_position_is_none(form: str) -> None:
    b = Builder("Window")
    x = b.input("x", **SEQUENCE)
    part = b.op("getitem", [x], form, B=2, T=2, C=8)
    assert Slices(b.finish([part])).of(part) == {}


def test_longer_parts_are_no_positions() -> None:
    b = Builder("Groups")
    parts = b.ops("chunk", [b.input("x", **SEQUENCE)], [{"B": 2, "T": 2, "C": 8}] * 2, "2, 1")
    assert [Slices(b.finish(parts)).of(part) for part in parts] == [{}, {}]


def test_a_position_stays_one_in_another_shape() -> None:
    b = Builder("Shapes")
    part = b.op("getitem", [b.input("x", **SEQUENCE)], "[:, 2:3]", **ONE)
    flat = b.op("view", [b.op("transpose", [part], "0, 1", T=1, B=2, C=8)], "2, 8", **SHAPE)
    sharp = b.op("relu", [flat], **SHAPE)
    found = Slices(b.finish([sharp]))
    assert list(found.of(part).values()) == [2]
    assert found.of(flat) == found.of(part)
    assert found.of(sharp) == {}
