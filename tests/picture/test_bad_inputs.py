"""Whatever a program does, its picture keeps the promises, and comes soon."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from explorer.core.graph import Recording
from explorer.picture import bypass
from explorer.picture.bypass import plan
from explorer.picture.caption import letters
from explorer.picture.grid import Flat, Net
from explorer.picture.layered import arrange
from explorer.picture.layout import Layout
from explorer.picture.scene import Scene
from tests.picture.promises import all_is_drawn, keeps_its_promises, rooms
from tests.recordings import Builder

SHAPE: dict[str, Any] = {"B": 1, "C": 4}
NAMES = st.text(
    st.sampled_from("abcWi_.0נשמהمرحبا层注意力レイヤー층é\u0301·"), min_size=1, max_size=300
)


def draw(recording: Recording) -> Scene:
    return Layout(recording).scene(frozenset(range(len(recording.calls))))


@st.composite
def programs(drawn: st.DrawFn) -> Recording:
    """Modules of any name, called again while others are, within themselves too; ops that read
    and make any number of values."""
    b = Builder("Any")
    known = [b.input("x", **SHAPE)]
    names = drawn(st.lists(NAMES, min_size=1, max_size=3))
    budget = drawn(st.integers(0, 30))

    def body(depth: int) -> None:
        nonlocal budget
        for _ in range(drawn(st.integers(1, 6))):
            if budget <= 0:
                return
            budget -= 1
            if depth < 3 and drawn(st.integers(0, 2)) == 0:
                with b.module(drawn(st.sampled_from(names)), "Module"):
                    body(depth + 1)
                continue
            op = drawn(st.sampled_from(("add", "cat", "relu", "unbind", "rand", "softmax")))
            one = st.integers(0, len(known) - 1)
            few = {"add": 2, "cat": 7, "rand": 0}.get(op, 1)
            inputs = [known[drawn(one)] for _ in range(few)]
            known.extend(b.ops(op, inputs, [SHAPE] * (7 if op == "unbind" else 1)))

    body(0)
    return b.finish(drawn(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True)))


@settings(deadline=None, max_examples=80)
@given(programs())
def test_any_program_is_drawn(recording: Recording) -> None:
    made = draw(recording)
    keeps_its_promises(made)
    for room in rooms(made):
        if room.wires:
            all_is_drawn(room)


@contextmanager
def lanes_at_once() -> Iterator[None]:
    """As if every graph were large: what waits takes a lane."""
    arrange.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"_MANY": 2, "_LONG": 1, "_FAR": 2, "_CROWDED": (0, 0)}.items():
            patch.setattr(bypass, name, value)
        yield
    arrange.cache_clear()


@settings(deadline=None, max_examples=150)
@given(programs())
def test_lanes_keep_the_promises_too(recording: Recording) -> None:
    with lanes_at_once():
        made = draw(recording)
    keeps_its_promises(made)
    for room in rooms(made):
        if room.wires:
            all_is_drawn(room)


def unrolled(steps: int, shared: bool = True) -> Recording:
    """A recurrent cell over the steps of a sequence, and its outputs stacked; if it is not
    ``shared``, another cell at each step: that is depth."""
    b = Builder("Unrolled")
    x, h, kept = b.input("x", **SHAPE), b.op("zeros", [], **SHAPE), []
    for t in range(steps):
        step = b.op("getitem", [x], **SHAPE)
        with b.module("cell" if shared else f"cells.{t}", "Cell"):
            h = b.op("tanh", [b.add(b.linear("input", step, 4), b.linear("state", h, 4))], **SHAPE)
        kept.append(h)
    return b.finish([b.op("stack", kept, **SHAPE)])


def both_ways(steps: int) -> Recording:
    """Two chains through a sequence, of which one goes backwards, joined step by step."""
    b = Builder("BothWays")
    parts = b.ops("unbind", [b.input("x", **SHAPE)], [SHAPE] * steps)
    chains = []
    for order in (parts, parts[::-1]):
        h, chain = b.op("zeros", [], **SHAPE), []
        for part in order:
            h = b.op("cell", [part, h], **SHAPE)
            chain.append(h)
        chains.append(chain)
    pairs = zip(chains[0], chains[1][::-1], strict=True)
    return b.finish([b.op("stack", [b.op("cat", [*pair], **SHAPE) for pair in pairs], **SHAPE)])


def siblings(count: int, of: Callable[[Builder, int, int], int]) -> Recording:
    """A module with very many children."""
    b = Builder("Wide")
    x = b.input("x", **SHAPE)
    made = x
    with b.module("all", "ModuleList"):
        for n in range(count):
            made = of(b, x, made if n else x)
    return b.finish([made])


def residuals(depth: int) -> Recording:
    """A residual path around a residual path around …"""
    b = Builder("Nested")

    def body(x: int, left: int) -> int:
        with b.module("inner", "Inner"):
            y = body(x, left - 1) if left else x
            return b.add(x, b.linear("fc", y, 4))

    return b.finish([body(b.input("x", **SHAPE), depth)])


def unconnected(count: int) -> Recording:
    b = Builder("Parts")
    for n in range(count):
        with b.module(f"part{n}", "Part"):
            last = b.op("relu", [b.op("rand", [], **SHAPE)], **SHAPE)
    return b.finish([last])


def gathered(count: int) -> Recording:
    """One op that reads hundreds of values, of one op with as many outputs and of chains."""
    b = Builder("Gathered")
    parts = b.ops("chunk", [b.input("x", **SHAPE)], [SHAPE] * count)
    some = [b.op("relu", [part], **SHAPE) if n % 3 else part for n, part in enumerate(parts)]
    return b.finish([b.op("cat", some, **SHAPE)])


def skips(depth: int) -> Recording:
    """A U-Net: what is made on the way down is read on the way up, the first last."""
    b = Builder("UNet")
    x, kept = b.input("x", **SHAPE), []
    for _ in range(depth):
        x = b.op("conv2d", [x], **SHAPE)
        kept.append(x)
    for skip in reversed(kept):
        x = b.op("cat", [b.op("conv2d", [x], **SHAPE), skip], **SHAPE)
    return b.finish([x])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: unrolled(300), id="unrolled"),
        pytest.param(lambda: unrolled(300, shared=False), id="deep"),
        pytest.param(lambda: both_ways(150), id="both ways"),
        pytest.param(lambda: siblings(5000, lambda b, x, y: b.linear("fc", y, 4)), id="chain"),
        pytest.param(lambda: siblings(5000, lambda b, x, y: b.linear("fc", x, 4)), id="row"),
        pytest.param(lambda: siblings(5000, lambda b, x, y: b.op("rand", [], **SHAPE)), id="loose"),
        pytest.param(lambda: siblings(1000, lambda b, x, y: b.add(x, y)), id="all read one"),
        pytest.param(lambda: residuals(60), id="residuals"),
        pytest.param(lambda: unconnected(300), id="unconnected"),
        pytest.param(lambda: gathered(500), id="gathered"),
        pytest.param(lambda: skips(400), id="skips"),
    ],
)
def test_large_graphs_are_drawn_soon(make: Callable[[], Recording]) -> None:
    recording = make()
    arrange.cache_clear()
    began = time.process_time()
    made = draw(recording)
    took = time.process_time() - began
    assert took < 2e-3 * len(recording.events) + 1.0  # quadratic ways take many times that
    keeps_its_promises(made)


def test_what_waits_for_one_reader_shares_a_lane() -> None:
    made = draw(unrolled(40, shared=False))
    last = made.root.wires[-1].writer
    stacked = [wire for wire in made.root.wires if wire.reader == last > wire.writer]
    assert len(stacked) == 40
    boxes = made.root.boxes
    left, right = min(b.x for b in boxes), max(b.x + b.width for b in boxes)
    lanes = {x for wire in stacked for x, _ in wire.points if not left < x < right}
    assert len(lanes) == 1
    assert sum(wire.pointed for wire in stacked) < 4  # one arrow for those on the lane
    starts = {wire.points[0] for wire in stacked}
    assert len(starts) == 40  # each begins at its own cell


def test_the_steps_of_a_sequence_stand_beside_what_reads_them() -> None:
    boxes = draw(unrolled(40, shared=False)).root.boxes
    cells = [box for box in boxes if box.kind == "open"]
    steps = [box for box in boxes if box.kind == "slim"][1:41]
    for step, before in zip(steps[2:], cells[1:], strict=False):
        assert abs(step.y - before.y) < 60


def test_a_chain_of_open_boxes_is_no_staircase() -> None:
    made = draw(unrolled(40, shared=False))
    assert made.width < 4 * max(box.width for box in made.root.boxes)


def test_few_long_wires_take_no_lane() -> None:
    assert not plan(Flat(((9.0, 9.0),) * 9, (Net(0, None, ((1, None), (8, None))),)), [*range(9)])


def test_a_model_without_ops_is_drawn() -> None:
    b = Builder("Identity")
    through = b.finish([b.input("x", **SHAPE)])
    keeps_its_promises(draw(through))
    assert [box.kind for box in draw(through).boxes] == ["source", "sink"]
    nothing = structs.replace(through, values=(), outputs=())
    assert draw(nothing).boxes == ()


@pytest.mark.parametrize("name", ["w" * 300, "层" * 300, "שכבה" * 75, "é" * 150])
def test_a_long_name_makes_no_wide_node(name: str) -> None:
    b = Builder("Named")
    x = b.input(name, **SHAPE)
    with b.module(name, name):
        x = b.linear(name, x, 4)
        x = b.op(name, [b.op("relu", [x], name, **SHAPE)], name, **SHAPE)
    made = structs.replace(b.finish([x]), output_names=(name,))
    for box in draw(made).boxes:
        assert box.width < (900 if box.kind == "open" else 420), box
    told = [box.title for box in draw(made).boxes if box.item.kind in ("call", "input")]
    assert all(title[0] == name[0] and title[-1] == name[-1] and "…" in title for title in told)


def test_wide_letters_get_the_room_they_need() -> None:
    b = Builder("Named")
    x = b.linear("注意力机制输出投影层", b.linear("attention!", b.input("x", **SHAPE), 4), 4)
    widths = {box.title: box.width for box in draw(b.finish([x])).boxes}
    assert widths["注意力机制输出投影层"] >= widths["attention!"] + 8  # 10 letters, of 13 each
    assert letters("注意力") > 5
    assert letters("e\u0301") == 1
