"""Equal blocks in a row fold to one node, and only equal ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from explorer.core.graph import Recording
from explorer.picture.layout import Layout
from explorer.picture.scene import Box, Scene
from tests import recordings
from tests.picture.test_layout import check

GOLDEN = Path(__file__).parent / "golden"
MODEL = frozenset({0})


def blocks(recording: Recording, kind: str = "Block") -> list[int]:
    return [call.index for call in recording.calls if call.kind == kind]


def folds(made: Scene) -> list[Box]:
    return [box for box in made.boxes if box.item.kind == "fold"]


Step = Callable[[recordings.Builder, int, int], int]


def feed(builder: recordings.Builder, name: int, x: int, width: int = 8, last: int = 4) -> int:
    """A block of two layers."""
    with builder.module(str(name), "Feed"):
        y = builder.activation("act", builder.linear("up", x, width))
        return builder.linear("down", y, last)


def chained(step: Step, count: int = 6) -> Recording:
    b = recordings.Builder("Chain")
    x = b.input("x", B=1, C=4)
    for n in range(count):
        x = step(b, n, x)
    return b.finish([x])


def test_twelve_equal_blocks_are_one_node() -> None:
    recording = recordings.gpt(layers=12)
    made = Layout(recording).scene(MODEL)
    (fold,) = folds(made)
    assert (fold.title, fold.subtitle, fold.kind) == ("Block ×12", "0 … 11", "closed")
    calls = [recording.calls[call] for call in blocks(recording)]
    assert (fold.first, fold.last) == (calls[0].first, calls[-1].last)
    assert fold.parameters == sum(call.parameters for call in calls)
    assert not [box for box in made.boxes if box.call in blocks(recording)]
    check(made)


def test_a_few_are_not_folded() -> None:
    assert not folds(Layout(recordings.gpt(layers=4)).scene(MODEL))
    assert folds(Layout(recordings.gpt(layers=5)).scene(MODEL))


def test_it_opens_to_all() -> None:
    recording = recordings.gpt(layers=12)
    layout = Layout(recording)
    closed = layout.scene(MODEL)
    made = layout.scene(MODEL, frozenset(blocks(recording)))
    (fold,) = folds(made)
    assert (fold.title, fold.subtitle, fold.kind) == ("Block ×12", " · 0 … 11", "open")
    inside = [box for box in made.boxes if box.call in blocks(recording)]
    assert [box.title for box in inside] == [f"blocks.{n}" for n in range(12)]
    assert {made.boxes[box.parent] for box in inside} == {fold}
    check(made)
    assert layout.scene(MODEL) == closed


def test_it_opens_to_one() -> None:
    recording = recordings.gpt(layers=12)
    third = blocks(recording)[3]
    made = Layout(recording).scene(MODEL | {third})
    assert [(fold.title, fold.subtitle) for fold in folds(made)] == [
        ("Block ×3", "0 … 2"),
        ("Block ×8", "4 … 11"),
    ]
    (opened,) = [box for box in made.boxes if box.call == third]
    assert opened.kind == "open"
    check(made)


def test_one_block_beside_an_open_one_stands_by_itself() -> None:
    recording = recordings.gpt(layers=6)
    second = blocks(recording)[1]
    made = Layout(recording).scene(MODEL | {second})
    assert [fold.subtitle for fold in folds(made)] == ["2 … 5"]
    assert [box.kind for box in made.boxes if box.title == "blocks.0"] == ["closed"]


def test_all_open_folds_nothing() -> None:
    recording = recordings.gpt(layers=6)
    made = Layout(recording).scene(frozenset(range(len(recording.calls))))
    assert not folds(made)


def test_every_event_and_block_is_found_in_the_fold() -> None:
    recording = recordings.gpt(layers=6)
    every = blocks(recording)
    layout = Layout(recording)
    made = layout.scene(MODEL)
    for call in every:
        node, spot = made.node_of(recording.calls[call].first), made.box_of(call, (0,))
        assert node is not None
        assert spot is not None
        assert node.box == spot.box == folds(made)[0]
    norm = next(c.index for c in recording.calls if c.parent == every[2])
    assert made.box_of(norm, (0, every[2])) is None  # it is not to be seen
    made = layout.scene(MODEL | {every[2]}, frozenset(every))
    spot = made.box_of(norm, (0, every[2]))
    assert spot is not None
    assert spot.box.call == norm


def other_shape(b: recordings.Builder, n: int, x: int) -> int:
    return feed(b, n, x, width=16 if n == 3 else 8)


def other_kind(b: recordings.Builder, n: int, x: int) -> int:
    with b.module(str(n), "Feed"):
        y = b.activation("act", b.linear("up", x, 8), "GELU" if n == 3 else "ReLU")
        return b.linear("down", y, 4)


def other_wiring(b: recordings.Builder, n: int, x: int) -> int:
    with b.module(str(n), "Feed"):
        y = b.activation("act", x)
        return b.add(y, x if n == 3 else y)


def other_detail(b: recordings.Builder, n: int, x: int) -> int:
    with b.module(str(n), "Feed"):
        y = b.op("softmax", [x], "dim=0" if n == 3 else "dim=-1", B=1, C=4)
        return b.op("relu", [y], B=1, C=4)


def other_arguments(b: recordings.Builder, n: int, x: int) -> int:
    with b.module(str(n), "Feed"):  # of which the op's words say nothing
        y = b.op("group_norm", [x], B=1, C=4)
        b.events[-1] = structs.replace(b.events[-1], given=n == 3)
        return b.op("relu", [y], B=1, C=4)


def other_part(b: recordings.Builder, n: int, x: int) -> int:
    with b.module(str(n), "Gate"):
        one, other = b.ops("chunk", [x], [{"B": 1, "C": 4}] * 2, "2")
        gate = b.op("sigmoid", [one if n == 3 else other], B=1, C=4)
        return b.op("mul", [gate, other], B=1, C=4)


def other_dtype(b: recordings.Builder, n: int, x: int) -> int:
    with b.module(str(n), "Feed"):
        y = b.op("relu", [x], dtype="int64" if n == 3 else "float32", B=1, C=4)
        return b.op("relu", [y], B=1, C=4)


def other_parameter(b: recordings.Builder, n: int, x: int) -> int:
    with b.module(str(n), "Feed"):
        weights = [b.parameter(name, _n=4) for name in ("weight", "bias")]
        y = b.op("mul", [x, weights[n == 3]], B=1, C=4)
        return b.op("add", [y, *weights], B=1, C=4)


def other_depth(b: recordings.Builder, n: int, x: int) -> int:
    with b.module(str(n), "Feed"):
        y = b.op("tanh", [x], B=1, C=4)
        if n == 3:
            return b.op("relu", [y], B=1, C=4)
        return b.activation("act", y)


def an_op_between(b: recordings.Builder, n: int, x: int) -> int:
    y = feed(b, n, x)
    return b.op("relu", [y], B=1, C=4) if n == 2 else y


@pytest.mark.parametrize(
    "step",
    [
        other_shape, other_kind, other_wiring, other_detail, other_arguments, other_part,
        other_dtype, other_parameter, other_depth, an_op_between,
    ],
)  # fmt: skip
def test_what_differs_is_not_folded(step: Step) -> None:
    made = Layout(chained(step)).scene(MODEL)
    assert not folds(made)  # three before it and two or three after it are too few
    longer = Layout(chained(step, 12)).scene(MODEL)
    assert [fold.count for fold in folds(longer)] in ([8], [9])
    check(longer)


@pytest.mark.parametrize("period", [2, 3])
def test_blocks_that_read_different_masks_in_turn_are_not_equal(period: int) -> None:
    """As those of Gemma 2, where every other layer looks at a window only."""
    b = recordings.Builder("Decoder")
    x = b.input("x", B=1, C=4)
    masks = [b.op("where", [x], B=1, C=4) for _ in range(period)]
    for n in range(12):
        with b.module(str(n), "Masked"):
            x = b.add(b.linear("fc", x, 4), masks[n % period])
    made = Layout(b.finish([x])).scene(MODEL)
    assert not folds(made)


def test_blocks_fed_by_another_result_than_the_others_are_not_equal() -> None:
    b = recordings.Builder("Chain")
    x = b.input("x", B=1, C=4)
    for n in range(12):
        with b.module(str(n), "Two"):
            y = b.op("tanh", [x], B=1, C=4)
            z = b.op("relu", [y], B=1, C=4)
        x = y if n == 5 else z
    made = Layout(b.finish([x])).scene(MODEL)
    assert [fold.count for fold in folds(made)] == [6, 6]


def test_side_by_side_is_not_in_a_row() -> None:
    b = recordings.Builder("Heads")
    x = b.input("x", B=1, C=4)
    made = b.finish([b.op("cat", [feed(b, n, x) for n in range(8)], B=1, C=32)])
    assert not folds(Layout(made).scene(MODEL))


def test_what_every_block_gives_comes_out_of_the_fold() -> None:
    b = recordings.Builder("Encoder")
    x = b.input("x", B=1, C=4)
    mask = b.input("mask", B=1, C=4)
    every = []
    for n in range(6):
        with b.module(str(n), "Masked"):
            x = b.add(b.linear("fc", x, 4), mask)
        every.append(x)
    recording = b.finish([b.op("stack", every, B=1, N=6, C=4)])
    layout = Layout(recording)
    closed = layout.scene(MODEL)
    (fold,) = folds(closed)
    stack = len(recording.events) - 1
    assert sum(wire.reader == stack != wire.writer for wire in closed.wires) == 6
    # the input and the mask come in once
    assert sum(wire.reader == fold.first and wire.writer < 0 for wire in closed.wires) == 2
    check(closed)
    check(layout.scene(MODEL, frozenset(blocks(recording, "Masked"))))


def test_a_module_called_again_and_again_counts_its_parameters_once() -> None:
    recording = chained(lambda b, n, x: feed(b, 0, x))
    (fold,) = folds(Layout(recording).scene(MODEL))
    assert (fold.title, fold.subtitle) == ("Feed ×6", "0 … 0#5")
    assert fold.parameters == recording.calls[0].parameters


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_whatever_is_open_nothing_overlaps(data: st.DataObject) -> None:
    recording = recordings.gpt(layers=7)
    every = blocks(recording)
    layout = Layout(recording)
    for _ in range(3):
        opened = data.draw(st.frozensets(st.sampled_from(every), max_size=3))
        unfolded = frozenset(every) if data.draw(st.booleans()) else frozenset[int]()
        made = layout.scene(MODEL | opened, unfolded)
        check(made)
        assert made == Layout(recording).scene(MODEL | opened, unfolded)
        shown = [(box.first, box.last) for box in made.boxes if box.kind != "open"]
        seen = sorted(e for first, last in shown for e in range(max(first, 0), last + 1))
        assert set(seen) == set(range(len(recording.events)))  # every event is somewhere


@pytest.mark.parametrize("case", ["folded", "unfolded", "split"])
def test_scene_is_as_agreed(case: str) -> None:
    """To accept a new look on purpose, delete the file and run once."""
    recording = chained(feed, 5)
    every = blocks(recording, "Feed")
    opened = MODEL | {every[2]} if case == "split" else MODEL
    unfolded = frozenset(every) if case == "unfolded" else frozenset[int]()
    text = Layout(recording).scene(opened, unfolded).text() + "\n"
    file = GOLDEN / f"{case}.txt"
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file} did not exist and was written: look at it, then run again")
    assert text == file.read_text(encoding="utf-8")
