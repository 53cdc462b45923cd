"""Scenes as text: what is drawn for the smallest cases, line by line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import structs

from explorer.core.graph import named_shape
from explorer.picture.caption import SUBTITLE, letters
from explorer.picture.layout import Layout
from explorer.picture.scene import Box, Region, Room, Wire
from tests import recordings

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("case", ["chain", "skip", "branches", "nested", "shared"])
def test_scene_is_as_agreed(case: str) -> None:
    """To accept a new look on purpose, delete the file and run once."""
    recording = getattr(recordings, case)()
    text = Layout(recording).scene(frozenset(range(99))).text() + "\n"
    file = GOLDEN / f"{case}.txt"
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file} did not exist and was written: look at it, then run again")
    assert text == file.read_text(encoding="utf-8")


def test_labels_name_axes_where_they_are_certain() -> None:
    recording = recordings.gpt()
    made = Layout(recording).scene(frozenset(range(99)))
    softmax = next(e for e in recording.events if e.op == "softmax")
    wire = next(w for w in made.wires if w.writer == softmax.index)
    assert wire.shape == "B 1 × heads 4 × T 18 × T 18"


@pytest.mark.parametrize("case", ["gpt", "cnn", "skip", "branches", "nested"])
def test_what_is_written_beside_a_wire_has_its_room(case: str) -> None:
    """Also where another wire passes, as a residual one does."""
    recording = getattr(recordings, case)()
    made = Layout(recording).scene(frozenset(range(99)))
    count = 0
    for room in made.rooms():
        there: list[tuple[Wire, Region]] = []
        for wire in room.wires:
            if wire.label is not None:
                x, y, free = wire.label
                wide = letters(wire.shape) * SUBTITLE
                assert free >= wide, wire
                there.append((wire, Region(x, y, x + wide, y + 14.0)))
        for n, (wire, where) in enumerate(there):
            met = [other for other in room.wires if other.value != wire.value]
            assert not any(_meets(other, where) for other in met), wire
            assert not any(_overlap(where, _region(box)) for box in room.boxes), wire
            assert not any(_overlap(where, other) for _, other in there[:n]), wire
        count += len(there)
    assert count >= 3


def _region(box: Box) -> Region:
    return Region(box.x, box.y, box.x + box.width, box.y + box.height)


def _overlap(one: Region, other: Region) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


def _meets(wire: Wire, where: Region) -> bool:
    return any(
        min(ax, bx) < where.right and max(ax, bx) > where.left
        and min(ay, by) < where.bottom and max(ay, by) > where.top
        for (ax, ay), (bx, by) in pairwise(wire.points)
    )  # fmt: skip


def test_one_notation_of_shapes_is_on_the_map() -> None:
    recording = recordings.gpt()
    made = Layout(recording).scene(frozenset(range(99)))
    shapes = {named_shape(value) for value in recording.values}
    assert {wire.shape for wire in made.wires} <= shapes
    told = [box.subtitle for box in made.boxes if box.kind in ("source", "sink")]
    told += [box.subtitle for box in made.boxes if box.title in ("scores", "matmul")]
    assert len(told) > 4
    assert set(told) <= shapes


def test_boxes_say_what_they_are() -> None:
    recording = recordings.gpt()
    made = Layout(recording).scene(frozenset({0}))
    said = {box.title: box for box in made.boxes}
    assert said["token_embedding"].kind == "leaf"
    assert said["token_embedding"].family == "embedding"
    assert said["token_embedding"].parameters == 96 * 128
    assert said["blocks.0"].kind == "closed"
    assert said["blocks.0"].subtitle == "Block"
    assert said["+"].kind == "circle"
    assert said["tokens"].kind == "source"
    assert said["tokens"].subtitle == "B 1 × T 18"
    assert made.boxes[-1].kind == "sink"


def test_layers_of_a_sequential_are_named_by_what_they_are() -> None:
    recording = recordings.cnn()
    made = Layout(recording).scene(frozenset(range(99)))
    said = {box.title: box.subtitle for box in made.boxes}
    assert said["0 · Conv2d"] == "1 → 12, 3×3"
    assert said["2 · MaxPool2d"] == "2×2"
    assert "1 · ReLU" in said


def test_a_closed_box_stands_for_all_its_events() -> None:
    recording = recordings.gpt()
    made = Layout(recording).scene(frozenset({0}))
    block = next(box for box in made.boxes if box.title == "blocks.1")
    call = recording.calls[block.call]
    assert (block.first, block.last) == (call.first, call.last)


def test_outputs_say_which_they_are() -> None:
    b = recordings.Builder("Heads")
    x = b.input("x", B=1, C=4)
    made = b.finish([b.op("relu", [x], B=1, C=4), b.op("tanh", [x], B=1, C=4)])
    named = structs.replace(made, output_names=(".logits", ".hidden_states_of_all"))
    sinks = [s for s in Layout(named).scene(frozenset({0})).boxes if s.kind == "sink"]
    assert [sink.title for sink in sinks] == [".logits", ".hidden_states_of_all"]
    assert sinks[1].width > sinks[0].width
    plain = Layout(made).scene(frozenset({0})).boxes
    assert [box.title for box in plain if box.kind == "sink"] == ["", ""]


def hundred_blocks() -> Room:
    """A hundred closed blocks below each other: the fold that they make, opened."""
    recording = recordings.gpt(layers=100)
    every = frozenset(range(len(recording.calls)))
    ((_, room),) = Layout(recording).scene(frozenset({0}), every).root.rooms
    return room


def test_of_boxes_too_small_to_be_told_apart_one_is_enough() -> None:
    room = hundred_blocks()
    whole = Region(0.0, 0.0, room.width, room.height)
    every = room.boxes_in(whole)
    tall = max(box.height for box in room.boxes)
    assert room.boxes_in(whole, tall / 8) == every
    unit = 20 * tall
    some = room.boxes_in(whole, unit)
    assert len(some) < len(every) / 4
    squares = {(room.boxes[at].x // unit, room.boxes[at].y // unit) for at in every}
    assert {(room.boxes[at].x // unit, room.boxes[at].y // unit) for at in some} == squares
    wide = [at for at in every if room.boxes[at].width >= 118.0]
    assert wide
    assert set(wide) <= set(room.boxes_in(whole, 118.0))


def test_wires_too_short_to_be_seen_are_left_out() -> None:
    room = hundred_blocks()
    whole = Region(0.0, 0.0, room.width, room.height)
    every = room.wires_in(whole)
    for least in (50.0, 150.0):
        kept = room.wires_in(whole, least)
        for at in set(every) - set(kept):
            xs, ys = zip(*room.wires[at].drawn, strict=True)
            assert max(xs) - min(xs) + max(ys) - min(ys) <= least
    assert len(kept) < len(every)
