"""What is beside a node, the way down to it, and which boxes and wires a cone lights."""

from __future__ import annotations

import numpy as np

from explorer.core import flow
from explorer.core.flow import Span
from explorer.core.graph import Recording
from explorer.picture.cones import lit
from explorer.picture.layout import Layout
from explorer.picture.scene import Room, Scene
from explorer.picture.walking import beside, node_title, trail
from tests import recordings


def at(recording: Recording, name: str, number: int = 0) -> int:
    return [e.index for e in recording.events if name in e.id][number]


def scene(recording: Recording, opened: set[int] | None = None) -> Scene:
    all_calls = set(range(len(recording.calls)))
    return Layout(recording).scene(frozenset(all_calls if opened is None else opened))


def walk(recording: Recording, made: Scene, begin: int, right: bool) -> list[str]:
    """The ids of what is met on the way to one side."""
    found = []
    event = beside(made, begin, right)
    while event is not None:
        found.append(recording.events[event].id)
        event = beside(made, event, right)
        assert len(found) < 20, "one goes round in circles"
    return found


def test_parallel_layers_are_beside_one_another() -> None:
    gpt = recordings.gpt(layers=1)
    made = scene(gpt)
    wanted = [f"blocks.0.attn.{name}/linear#0" for name in ("query", "key", "value")]
    lefts = {e.id: made.node_of(e.index).box.x for e in gpt.events if e.id in wanted}  # type: ignore[union-attr]
    wanted.sort(key=lambda name: lefts[name])
    assert walk(gpt, made, at(gpt, wanted[0]), right=True) == wanted[1:]
    assert walk(gpt, made, at(gpt, wanted[2]), right=False) == wanted[1::-1]


def test_at_the_end_of_a_row_nothing_is_beside() -> None:
    chain = recordings.chain()
    made = scene(chain)
    for event in range(3):
        assert beside(made, event, True) is None
        assert beside(made, event, False) is None


def test_open_boxes_are_entered_and_left_sideways() -> None:
    b = recordings.Builder("Two")
    x = b.input("x", B=1, C=4)
    paths = []
    for name in ("left", "right"):
        with b.module(name, "Path"):
            paths.append(b.op("tanh", [b.op("relu", [x], B=1, C=4)], B=1, C=4))
    two = b.finish([b.op("cat", paths, B=1, C=8)])
    made = scene(two)
    first, second = at(two, "left/relu"), at(two, "right/relu")
    if made.node_of(first).box.x > made.node_of(second).box.x:  # type: ignore[union-attr]
        first, second = second, first
    assert beside(made, first, True) == second
    assert beside(made, second, False) == first
    assert beside(made, first + 1, True) == second + 1, "at the same height"
    assert beside(made, second, True) is None
    closed = scene(two, {0})
    assert beside(closed, two.calls[1].last, first < second) == two.calls[2].last


def test_the_trail_ends_with_the_node() -> None:
    gpt = recordings.gpt()
    opened = frozenset(range(len(gpt.calls)))
    softmax = at(gpt, "blocks.1.attn/softmax")
    assert [crumb.title for crumb in trail(gpt, opened, softmax)] == [
        "GPT", "blocks.1", "attn", "softmax",
    ]  # fmt: skip
    query = trail(gpt, opened, at(gpt, "blocks.1.attn.query"))
    assert [crumb.title for crumb in query] == ["GPT", "blocks.1", "attn", "query"]
    assert gpt.calls[query[-1].call].module == "blocks.1.attn.query"
    closed = trail(gpt, frozenset({0}), softmax)
    assert [crumb.title for crumb in closed] == ["GPT", "blocks.1"]
    assert trail(gpt, opened, at(gpt, "/add"))[-1].title == "add", "not its sign alone"


def test_a_node_is_called_as_it_is_drawn() -> None:
    shared = recordings.shared()
    second = next(c for c in shared.calls if (c.module, c.number) == ("cell", 1))
    assert node_title(shared, Span(second.first, second.last)) == "cell#1"
    assert node_title(shared, Span(second.last, second.last)) == "tanh"


def names(recording: Recording, room: Room, found: np.ndarray) -> set[str]:
    return {box.title for box, bright in zip(room.boxes, found, strict=True) if bright}


def test_boxes_and_wires_of_a_cone() -> None:
    skip = recordings.skip()
    made = scene(skip)
    cone = flow.sources(skip, Span(at(skip, "act/"), at(skip, "act/")))
    found = lit(made.root, cone)
    assert names(skip, made.root, found.boxes) == {"x", "before", "fc1", "act"}
    wires = {(w.writer, w.reader) for n, w in enumerate(made.root.wires) if found.wires[n]}
    assert wires == {(-1, 0), (0, 1), (1, 2)}, "not the residual way"


def test_what_depends_on_a_node_reaches_the_output() -> None:
    skip = recordings.skip()
    made = scene(skip)
    cone = flow.readers(skip, Span(at(skip, "fc2/"), at(skip, "fc2/")))
    found = lit(made.root, cone)
    bright = [box for box, on in zip(made.root.boxes, found.boxes, strict=True) if on]
    assert {box.item.kind for box in bright} == {"call", "event", "output"}
    sources = lit(made.root, flow.sources(skip, Span(4, 4)))
    dark = [box for box, on in zip(made.root.boxes, sources.boxes, strict=True) if not on]
    assert [box.item.kind for box in dark] == ["output"]


def test_wires_through_borders_are_lit_on_both_sides() -> None:
    nested = recordings.nested()
    made = scene(nested)
    act = at(nested, "act/")
    cone = flow.sources(nested, Span(act, act))
    for placed in [made.whole, made.whole.within(made.root.rooms[0][0])]:
        found = lit(placed.room, cone)
        entering = [n for n, wire in enumerate(placed.room.wires) if wire.writer == -1]
        fc1 = at(nested, "fc1/")
        for n in entering:
            wire = placed.room.wires[n]
            assert found.wires[n] == (wire.first <= fc1 <= wire.last)
    leaving = [
        n for n, wire in enumerate(placed.room.wires) if not wire.arrow and wire.writer > act
    ]
    assert not lit(placed.room, cone).wires[leaving].any()


def test_a_closed_module_is_lit_by_what_is_in_it() -> None:
    gpt = recordings.gpt(layers=3)
    made = scene(gpt, {0})
    inside = at(gpt, "blocks.1.attn/softmax")
    found = lit(made.root, flow.sources(gpt, Span(inside, inside)))
    assert {"blocks.0", "blocks.1"} <= names(gpt, made.root, found.boxes)
    assert not {"blocks.2", "ln_f"} & names(gpt, made.root, found.boxes)
