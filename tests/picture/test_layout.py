"""The layout keeps its promises for any program: nothing overlaps, nothing crosses a stranger."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.graph import Recording
from explorer.picture.layered import arrange
from explorer.picture.layout import Layout
from explorer.picture.scene import Box, Scene
from tests import recordings
from tests.recordings import Builder


def draw(recording: Recording, opened: set[int] | None = None) -> Scene:
    calls = frozenset(range(len(recording.calls)) if opened is None else opened)
    return Layout(recording).scene(calls)


@st.composite
def programs(drawn: st.DrawFn) -> tuple[Recording, frozenset[int]]:
    """Any nesting of modules, any ops on any earlier values; some of the calls open."""
    b = Builder("Any")
    known = [b.input("x", B=1, C=4)]
    budget = drawn(st.integers(1, 24))

    def body(depth: int) -> None:
        nonlocal budget
        for _ in range(drawn(st.integers(1, 5))):
            if budget <= 0:
                return
            if depth < 3 and drawn(st.integers(0, 3)) == 0:
                with b.module(f"m{len(b.calls)}", "Module"):
                    body(depth + 1)
                continue
            budget -= 1
            op = drawn(st.sampled_from(("add", "matmul", "relu", "view", "arange", "split")))
            count = {"add": 2, "matmul": 2, "arange": 0}.get(op, 1)
            near = st.integers(max(0, len(known) - 5), len(known) - 1)
            inputs = [known[drawn(near)] for _ in range(count)]
            outputs = 3 if op == "split" else 1
            known.extend(b.ops(op, inputs, [{"B": 1, "C": 4}] * outputs))

    body(0)
    recording = b.finish([known[-1]])
    opened = drawn(st.sets(st.integers(0, len(recording.calls) - 1)))
    return recording, closure(recording, opened)


def closure(recording: Recording, opened: set[int]) -> frozenset[int]:
    """Open calls stand in open calls."""
    kept = {0}
    for call in recording.calls[1:]:
        if call.index in opened and call.parent in kept:
            kept.add(call.index)
    return frozenset(kept)


def contains(outer: Box, inner: Box) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def overlap(a: Box, b: Box) -> bool:
    return (
        a.x < b.x + b.width and b.x < a.x + a.width
        and a.y < b.y + b.height and b.y < a.y + a.height
    )  # fmt: skip


def crosses(points: tuple[tuple[float, float], ...], box: Box) -> bool:
    """Whether an orthogonal line enters the inside of a box."""
    left, right = box.x + 0.5, box.x + box.width - 0.5
    top, bottom = box.y + 0.5, box.y + box.height - 0.5
    for (ax, ay), (bx, by) in pairwise(points):
        if (
            max(ax, bx) > left
            and min(ax, bx) < right
            and max(ay, by) > top
            and min(ay, by) < bottom
        ):
            return True
    return False


def check(made: Scene) -> None:
    for i, box in enumerate(made.boxes):
        if box.parent >= 0:
            assert contains(made.boxes[box.parent], box), (box, made.boxes[box.parent])
        for other in made.boxes[:i]:
            if other.parent == box.parent:
                assert not overlap(box, other), (box, other)
    for wire in made.wires:
        for (ax, ay), (bx, by) in pairwise(wire.points):
            assert ax == pytest.approx(bx) or ay == pytest.approx(by)  # only right angles
        for box in made.boxes:
            # Inside one box a wire may meet nothing; what lies deeper lies in what it meets.
            if box.parent == wire.parent:
                assert not crosses(wire.points, box), (wire, box)


@settings(deadline=None, max_examples=150)
@given(programs())
def test_nothing_overlaps_and_no_wire_crosses_a_box(
    program: tuple[Recording, frozenset[int]],
) -> None:
    recording, opened = program
    check(Layout(recording).scene(opened))


@settings(deadline=None, max_examples=30)
@given(programs())
def test_the_same_program_is_always_drawn_the_same(
    program: tuple[Recording, frozenset[int]],
) -> None:
    recording, opened = program
    first = Layout(recording).scene(opened).text()
    arrange.cache_clear()
    assert Layout(recording).scene(opened).text() == first


@settings(deadline=None, max_examples=60)
@given(programs(), st.data())
def test_opening_and_closing_ends_where_opening_at_once_does(
    program: tuple[Recording, frozenset[int]], data: st.DataObject
) -> None:
    recording, opened = program
    calls = st.sets(st.integers(0, len(recording.calls) - 1))
    made = Layout(recording)
    for _ in range(3):
        made.scene(frozenset(data.draw(calls)))
    assert made.scene(opened) == Layout(recording).scene(opened)


def test_opening_a_block_keeps_all_that_is_not_around_it() -> None:
    recording = recordings.gpt()
    blocks = [call.index for call in recording.calls if call.kind == "Block"]
    made = Layout(recording)
    before = made.scene(frozenset({0, blocks[0], blocks[2]}))
    after = made.scene(frozenset({0, blocks[0], blocks[1], blocks[2]}))
    rooms = {room.call: room for _, room in before.root.rooms}
    again = {room.call: room for _, room in after.root.rooms}
    assert list(again) == blocks[:3]
    assert all(again[block] is rooms[block] for block in rooms)
    assert made.scene(frozenset({0, blocks[0], blocks[1], blocks[2]})).root is after.root


@settings(deadline=None, max_examples=60)
@given(programs())
def test_every_event_is_shown_exactly_once(program: tuple[Recording, frozenset[int]]) -> None:
    recording, opened = program
    made = Layout(recording).scene(opened)
    shown: list[int] = []
    for box in made.boxes:
        if box.kind not in ("open", "source", "sink"):
            shown += range(box.first, box.last + 1)
    assert sorted(shown) == list(range(len(recording.events)))


@pytest.mark.parametrize("model", ["gpt", "mlp", "cnn"])
@pytest.mark.parametrize("opened", [{0}, None])
def test_models_keep_the_promises_too(model: str, opened: set[int] | None) -> None:
    check(draw(getattr(recordings, model)(), opened))


def test_a_chain_is_straight() -> None:
    made = draw(recordings.mlp())
    assert all(len(wire.points) == 2 for wire in made.wires)
    assert len({wire.points[0][0] for wire in made.wires}) == 1


def test_the_stream_of_a_transformer_does_not_drift() -> None:
    made = draw(recordings.gpt(layers=6))
    adds = [box for box in made.boxes if box.kind == "circle" and box.depth == 1]
    norms = [box for box in made.boxes if box.title in ("ln1", "ln2", "ln_f")]
    middles = {box.x + box.width / 2 for box in adds + norms}
    assert len(adds) == 12
    assert len(middles) == 1


def test_a_residual_path_runs_beside_the_chain_into_the_sum() -> None:
    made = draw(recordings.nested())
    residuals = [wire for wire in made.wires if wire.residual]
    assert len(residuals) == 2
    for wire in residuals:
        (ax, ay), (bx, by) = wire.points[-2:]
        assert ay == by  # it enters the circle from its side
        assert ax > bx
    chain = [wire for wire in made.wires if not wire.residual]
    assert all(len(wire.points) == 2 for wire in chain)


def test_a_sum_of_neighbours_is_no_residual() -> None:
    made = draw(recordings.gpt(), {0})  # token + position embedding
    assert not any(wire.residual for wire in made.wires)


def test_equal_blocks_share_one_layout() -> None:
    arrange.cache_clear()
    draw(recordings.gpt(layers=8))
    assert arrange.cache_info().misses == 4  # the model, a block, its attention, its feed-forward
    assert arrange.cache_info().hits == 0  # and is not asked for again


def test_opening_a_block_leaves_the_others_as_they_are() -> None:
    recording = recordings.gpt()
    blocks = [call.index for call in recording.calls if call.kind == "Block"]
    before = {box.item: box for box in draw(recording, {0, blocks[2]}).boxes}
    after = {box.item: box for box in draw(recording, {0, blocks[0], blocks[2]}).boxes}
    inside = [item for item, box in before.items() if box.depth == 1]
    assert inside
    shifts = {(after[item].x - before[item].x, after[item].y - before[item].y) for item in inside}
    assert len(shifts) == 1


def test_a_shared_module_is_drawn_once_for_each_call() -> None:
    made = draw(recordings.shared())
    assert [box.title for box in made.boxes if box.kind == "open"] == ["cell", "cell#1", "cell#2"]


def residuals(b: recordings.Builder, out: int) -> int:
    return sum(wire.residual for wire in draw(b.finish([out])).wires)


def test_what_is_added_to_something_else_is_no_residual() -> None:
    """``mean + deviation · noise`` of a VAE: the noise has the mean's shape and no more of it."""
    b = recordings.Builder("Vae")
    x = b.input("x", B=1, C=4)
    mean, deviation = b.linear("mu", x, 4), b.linear("sd", x, 4)
    noise = b.op("randn_like", [mean], B=1, C=4)
    scaled = b.op("mul", [noise, b.op("exp", [deviation], B=1, C=4)], B=1, C=4)
    out = b.op("add", [mean, scaled], B=1, C=4)
    assert residuals(b, b.linear("d", out, 8)) == 0


def test_a_skip_is_known_through_another_shape() -> None:
    b = recordings.Builder("Reshaped")
    x = b.linear("before", b.input("x", B=1, C=4), 4)
    flat = b.op("flatten", [x], B=1, C=4)
    y = b.linear("fc2", b.activation("act", b.linear("fc1", x, 4)), 4)
    assert residuals(b, b.op("add", [y, flat], B=1, C=4)) == 1
