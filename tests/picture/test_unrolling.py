"""Loops over time: which are found, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from explorer.core.graph import Recording
from explorer.picture.inside import Item, insides
from explorer.picture.layout import Layout
from explorer.picture.scene import Box, Room, Scene
from explorer.picture.unrolling import Loop, Unrolling
from explorer.picture.walking import Way, walked
from tests import recordings
from tests.picture.promises import all_is_drawn, keeps_its_promises
from tests.picture.test_scene import GOLDEN
from tests.recordings import Builder

SHAPE: Any = {"B": 1, "C": 4}


def loops(recording: Recording, call: int = 0) -> tuple[Loop, ...]:
    return Unrolling(recording).loops(insides(recording)[call])


def draw(recording: Recording, opened: set[int] | None = None) -> Scene:
    return Layout(recording).scene(frozenset({0} if opened is None else opened))


def cells(room: Room, name: str) -> list[Box]:
    """The boxes of a module, as it was called."""
    found = [box for box in room.boxes if box.title.partition("#")[0] == name]
    return sorted(found, key=lambda box: box.first)


@pytest.mark.parametrize("case", ["recurrent", "recurrent_open", "recurrent_backwards"])
def test_scene_is_as_agreed(case: str) -> None:
    """To accept a new look on purpose, delete the file and run once."""
    recording = recordings.recurrent(backwards=case.endswith("backwards"))
    opened = {0, 1} if case.endswith("open") else {0}
    text = draw(recording, opened).text() + "\n"
    file: Path = GOLDEN / f"{case}.txt"
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file} did not exist and was written: look at it, then run again")
    assert text == file.read_text(encoding="utf-8")


def test_time_goes_from_left_to_right_and_layers_from_above_to_below() -> None:
    room = draw(recordings.recurrent(steps=5, layers=3)).root
    rows = [cells(room, f"cells.{k}") for k in range(3)]
    for row in rows:
        assert len({box.y for box in row}) == 1
        assert [box.x for box in row] == sorted(box.x for box in row)
    for above, below in pairwise(rows):
        for one, other in zip(above, below, strict=True):
            assert one.x == other.x
            assert one.y + one.height < other.y
    gaps = {b.x - a.x for a, b in pairwise(rows[0])}
    assert len(gaps) == 1


def test_states_are_level_arrows_from_each_cell_to_the_next() -> None:
    recording = recordings.recurrent(steps=4, layers=2)
    room = draw(recording).root
    for k in range(2):
        row = cells(room, f"cells.{k}")
        for one, other in pairwise(row):
            states = [
                wire
                for wire in room.wires
                if one.first <= wire.writer <= one.last and wire.reader == other.first
            ]
            assert [wire.points for wire in states] == [
                ((one.x + one.width, one.y + 21), (other.x, one.y + 21))
            ]


def test_what_runs_backwards_is_drawn_from_right_to_left() -> None:
    recording = recordings.recurrent(steps=4, layers=1, backwards=True)
    room = draw(recording).root
    row = cells(room, "cells.0")
    assert [box.x for box in row] == sorted((box.x for box in row), reverse=True)
    assert loops(recording)[0].times == (0, 1, 2, 3)
    state = next(w for w in room.wires if w.writer == row[0].last and w.reader == row[1].first)
    assert state.points[0][0] > state.points[-1][0]
    times = {name.text: name.x for wire in room.wires for name in wire.names if "t" in name.text}
    assert sorted(times, key=times.__getitem__) == ["t = 0 ←", "t = 1 ←", "t = 2 ←", "t = 3 ←"]
    (axis,) = room.axes
    assert axis.backwards
    assert [time for _, time in axis.marks] == [0, 1, 2, 3]


def test_what_the_first_step_is_given_comes_in_before_it() -> None:
    room = draw(recordings.recurrent(steps=3, layers=2)).root
    zeros = [box for box in room.boxes if box.title == "zeros"]
    for k, box in enumerate(sorted(zeros, key=lambda box: box.first)):
        first = cells(room, f"cells.{k}")[0]
        wire = next(w for w in room.wires if w.writer == box.first)
        assert wire.points[-1] == (first.x, first.y + 21)


# ---------------------------------------------------------------------- what is no loop


def stacked(blocks: int) -> Recording:
    """Equal blocks of a Transformer, each with its own weights: depth."""
    return recordings.gpt(layers=blocks)


def shared_depth(count: int = 6) -> Recording:
    """One block over and over, as in ALBERT: it reads no sequence step by step."""
    b = Builder("Shared")
    x = b.input("x", **SHAPE)
    for _ in range(count):
        with b.module("block", "Block"):
            x = b.op("tanh", [b.linear("fc", x, 4)], **SHAPE)
    return b.finish([x])


def slices_alone(count: int = 6) -> Recording:
    """One head over every slice: no step reads another."""
    b = Builder("Heads")
    parts = b.ops("unbind", [b.input("x", **SHAPE)], [SHAPE] * count)
    return b.finish([b.op("stack", [b.linear("head", part, 4) for part in parts], **SHAPE)])


def other_weights(count: int = 6) -> Recording:
    """A chain along a sequence, of which every step has weights of its own."""
    b = Builder("Own")
    parts, h = b.ops("unbind", [b.input("x", **SHAPE)], [SHAPE] * count), b.op("zeros", [], **SHAPE)
    for t, part in enumerate(parts):
        h = b.add(b.linear(f"x.{t}", part, 4), b.linear(f"h.{t}", h, 4))
    return b.finish([h])


def out_of_order() -> Recording:
    """The slices are not read one after the other."""
    b = Builder("Shuffled")
    parts, h = b.ops("unbind", [b.input("x", **SHAPE)], [SHAPE] * 4), b.op("zeros", [], **SHAPE)
    for t in (2, 0, 3, 1):
        h = b.add(b.linear("x", parts[t], 4), h)
    return b.finish([h])


def mixed_depth(count: int = 6) -> Recording:
    """One block over and over, whose results are stacked to be mixed."""
    b = Builder("Mixed")
    x, given = b.input("x", **SHAPE), []
    for _ in range(count):
        with b.module("block", "Block"):
            x = b.op("tanh", [b.linear("fc", x, 4)], **SHAPE)
        given.append(x)
    return b.finish([b.op("stack", given, **SHAPE)])


def channels() -> Recording:
    """One convolution over groups of channels, each added to the result before, as in Res2Net."""
    b = Builder("Channels")
    groups = b.ops("chunk", [b.input("x", B=1, C=16)], [SHAPE] * 4)
    h, given = groups[0], [groups[0]]
    for part in groups[1:]:
        h = b.linear("conv", b.add(h, part), 4)
        given.append(h)
    return b.finish([b.op("cat", given, B=1, C=16)])


def scaled_depth(count: int = 5) -> Recording:
    """One block over and over, whose result is scaled by a number of its own each time."""
    b = Builder("Scaled")
    x, scales = b.input("x", **SHAPE), b.input("scales", N=count)
    for t in range(count):
        part = b.op("getitem", [scales], f"[{t}]", **SHAPE)
        x = b.op("mul", [b.linear("fc", x, 4), part], **SHAPE)
    return b.finish([x])


@pytest.mark.parametrize(
    "make",
    [
        lambda: stacked(12),
        shared_depth,
        mixed_depth,
        channels,
        scaled_depth,
        slices_alone,
        other_weights,
        out_of_order,
    ],
    ids=["blocks", "ALBERT", "mixed", "Res2Net", "scaled", "heads", "weights", "order"],
)
def test_depth_is_no_time(make: Callable[[], Recording]) -> None:
    recording = make()
    assert all(not loops(recording, call) for call in insides(recording))


def test_slices_of_a_split_are_steps() -> None:
    b = Builder("Split")
    parts, h = b.ops("unbind", [b.input("x", **SHAPE)], [SHAPE] * 5), b.op("zeros", [], **SHAPE)
    for part in parts:
        h = b.add(b.linear("x", part, 4), h)
    (loop,) = loops(b.finish([h]))
    assert loop.times == (0, 1, 2, 3, 4)
    assert Item("event", 0) not in loop.columns


def test_a_decoder_that_reads_its_own_answers_is_a_loop() -> None:
    b = Builder("Decoder")
    x, h = b.input("x", **SHAPE), b.op("zeros", [], **SHAPE)
    given: list[int] = []
    for _ in range(4):
        h = b.op("tanh", [b.add(b.linear("x", x, 4), b.linear("h", h, 4))], **SHAPE)
        given.append(b.linear("out", h, 4))
        x = b.op("softmax", [given[-1]], **SHAPE)
    recording = b.finish([b.op("stack", given, **SHAPE)])
    (loop,) = loops(recording)
    assert loop.times == (0, 1, 2, 3)
    made = draw(recording, set(range(99)))
    keeps_its_promises(made)
    out = cells(made.root, "out")
    assert [box.x for box in out] == sorted(box.x for box in out)
    assert len({box.y for box in out}) == 1


# ---------------------------------------------------------------------- steps that differ


def titles(recording: Recording, loop: Loop) -> list[set[str]]:
    """The items of each column, by module or op and how many of it ran before."""
    found: list[set[str]] = [set() for _ in loop.times]
    for item, column in loop.columns.items():
        if item.kind == "event":
            found[column].add(recording.events[item.at].id)
        else:
            call = recording.calls[item.at]
            found[column].add(f"{call.module}#{call.number}")
    return found


def step(b: Builder, name: str, part: int, h: int) -> int:
    """One call of a cell."""
    with b.module(name, "Cell"):
        return b.op("tanh", [b.add(b.linear("x", part, 4), b.linear("h", h, 4))], **SHAPE)


def test_steps_that_differ_keep_what_is_theirs() -> None:
    b = Builder("Late")
    x, h, given = b.input("x", **SHAPE), b.op("zeros", [], **SHAPE), []
    for t in range(4):
        h = step(b, "cell", b.op("getitem", [x], f"[:, {t}]", **SHAPE), h)
        if t:
            h = b.linear("norm", h, 4)
        given.append(b.linear("head", h, 4))
    recording = b.finish([b.op("stack", given, **SHAPE)])
    (loop,) = loops(recording)
    assert loop.times == (0, 1, 2, 3)
    first, *others = titles(recording, loop)
    assert first == {"getitem#0", "cell#0", "head#0"}
    for t, items in enumerate(others, 1):
        assert items == {f"getitem#{t}", f"cell#{t}", f"norm#{t - 1}", f"head#{t}"}


def test_a_first_state_made_of_the_first_slice_belongs_to_the_first_step() -> None:
    b = Builder("Projected")
    x = b.input("x", **SHAPE)
    h = b.linear("first", b.op("getitem", [x], "[:, 0]", **SHAPE), 4)
    given = [b.linear("head", h, 4)]
    for t in range(1, 5):
        h = step(b, "cell", b.op("getitem", [x], f"[:, {t}]", **SHAPE), h)
        given.append(b.linear("head", h, 4))
    recording = b.finish([b.op("stack", given, **SHAPE)])
    (loop,) = loops(recording)
    assert loop.times == (0, 1, 2, 3, 4)
    for t, items in enumerate(titles(recording, loop)):
        assert items == {f"getitem#{t}", f"head#{t}", f"cell#{t - 1}" if t else "first#0"}


def test_steps_that_differ_are_drawn_side_by_side() -> None:
    b = Builder("Differ")  # as many ops in each, but circles where the other has none
    given: list[int] = []
    x, h = b.input("x", **SHAPE), b.op("zeros", [], **SHAPE)
    for t in range(2):
        y = b.op("getitem", [x], f"[:, {t}]", **SHAPE)
        if t == 0:
            y = b.op("relu", [y], **SHAPE)
        y = h = step(b, "cell", b.op("mul", [y, y], **SHAPE), h)
        given.append(b.add(y, given[0]) if t else y)
    made = draw(b.finish([b.op("stack", given, **SHAPE)]))
    keeps_its_promises(made)
    one, other = cells(made.root, "cell")
    assert one.x + one.width < other.x
    names = [name.text for wire in made.root.wires for name in wire.names]
    assert sorted(name for name in names if name.startswith("t")) == ["t = 0", "t = 1"]


def skipping(steps: int, far: int) -> Recording:
    """What a step gives is added again some steps later; the first steps are given zeros."""
    b = Builder("Skip")
    x, older = b.input("x", **SHAPE), [b.op("zeros", [], **SHAPE)] * far
    for t in range(steps):
        y = step(b, "cell", b.op("getitem", [x], f"[:, {t}]", **SHAPE), older[-1])
        older.append(b.add(y, older[-far]))
    return b.finish([b.op("stack", older[far:], **SHAPE)])


def test_what_several_first_steps_are_given_is_drawn_whole() -> None:
    made = draw(skipping(6, 3))
    keeps_its_promises(made)
    all_is_drawn(made.root)
    row = cells(made.root, "cell")
    assert [box.x for box in row] == sorted({box.x for box in row})


@pytest.mark.parametrize("far", [2, 3])
def test_skips_over_time_share_lanes(far: int) -> None:
    made = draw(skipping(24, far))
    few = draw(skipping(12, far))
    keeps_its_promises(made)
    assert made.root.height == few.root.height
    row = cells(made.root, "cell")
    assert [box.x for box in row] == sorted({box.x for box in row})


def test_loops_in_a_loop_are_all_laid_out_or_none() -> None:
    b = Builder("Sentences")
    x, text = b.input("x", **SHAPE), b.op("zeros", [], **SHAPE)
    for sentence in range(3):
        h = b.op("zeros", [], **SHAPE)
        for word in range(4):
            part = b.op("getitem", [x], f"[:, {sentence}, {word}]", **SHAPE)
            h = step(b, "word", part, h)
        text = step(b, "sentence", h, text)
    recording = b.finish([text])
    assert [loop.times for loop in loops(recording)] == [(0, 1, 2, 3)] * 3
    keeps_its_promises(draw(recording))
    b = Builder("Sentences")
    x, text = b.input("x", **SHAPE), b.op("zeros", [], **SHAPE)
    for sentence, words in enumerate((4, 1, 4)):  # a single word is no loop: none is then
        h = b.op("zeros", [], **SHAPE)
        for word in range(words):
            part = b.op("getitem", [x], f"[:, {sentence}, {word}]", **SHAPE)
            h = step(b, "word", part, h)
        text = step(b, "sentence", h, text)
    assert [loop.times for loop in loops(b.finish([text]))] == [(0, 1, 2)]  # of the sentences


# ---------------------------------------------------------------------- folding


def opened_rnn(steps: int) -> Recording:
    """What a fused network opens into: a part for each step."""
    b = Builder("RNN")
    parts = b.ops("unbind", [b.input("x", **SHAPE)], [SHAPE] * steps)
    h, given = b.op("zeros", [], **SHAPE), []
    for part in parts:
        with b.module("rnn", "step"):
            h = b.op("tanh", [b.add(part, h)], **SHAPE)
        given.append(h)
    made = b.finish([b.op("stack", given, **SHAPE)])
    calls = [
        call if not call.index else replace(call, kind=f"t = {call.number}", number=0, opened="rnn")
        for call in made.calls
    ]
    return replace(made, calls=tuple(calls))


def test_few_steps_stand_side_by_side_and_fold_when_asked_to() -> None:
    recording = opened_rnn(8)
    made = Layout(recording)
    room = made.scene(frozenset({0})).root
    steps = [box for box in room.boxes if box.title.startswith("t = ")]
    assert [box.title for box in steps] == [f"t = {t}" for t in range(8)]
    assert len({box.y for box in steps}) == 1
    run = made.folding.run_of(3)
    assert len(run) == 8
    folded = made.scene(frozenset({0}), frozenset(run))
    keeps_its_promises(folded)
    (fold,) = [box for box in folded.root.boxes if box.count > 1]
    assert (fold.title, fold.subtitle, fold.kind) == ("×8", "t = 0 … t = 7", "closed")


def test_many_steps_fold_and_unfold_from_left_to_right() -> None:
    recording = opened_rnn(100)
    made = Layout(recording)
    whole = made.scene(frozenset({0}))
    keeps_its_promises(whole)
    assert [box.count for box in whole.root.boxes if box.count > 1] == [100]
    room = made.scene(frozenset({0}), frozenset(made.folding.run_of(1))).root
    steps = [box for box in room.boxes if box.title.startswith("t = ")]
    assert len(steps) == 100
    assert [box.x for box in steps] == sorted(box.x for box in steps)
    assert len({box.y for box in steps}) == 1
    one = made.scene(frozenset({0, 51}))
    keeps_its_promises(one)
    beside = sorted(
        (box.x, box.count) for box in one.root.boxes if box.count > 1 or box.kind == "open"
    )
    assert [count for _, count in beside] == [50, 1, 49]


# ---------------------------------------------------------------------- walking


def test_keys_lead_right_through_time_and_down_through_layers() -> None:
    recording = recordings.recurrent(steps=3, layers=2)
    made = draw(recording)
    upper, lower = cells(made.root, "cells.0"), cells(made.root, "cells.1")

    def go(box: Box, way: Way) -> int | None:
        return walked(made, recording, box.last, way)

    assert go(upper[0], "right") == upper[1].last
    assert go(upper[1], "left") == upper[0].last
    below = go(upper[0], "down")
    assert below is not None
    assert lower[0].first <= below <= lower[0].last
    assert go(lower[1], "up") == upper[1].last
    stack = next(e.index for e in recording.events if e.op == "stack")
    assert go(lower[0], "down") == stack
    assert go(lower[2], "down") == stack


def test_down_leads_to_the_same_step_of_the_layer_below() -> None:
    b = Builder("Layers")
    given = b.ops("unbind", [b.input("x", **SHAPE)], [SHAPE] * 3)
    for layer in range(2):
        with b.module(f"l{layer}", "Layer"):
            h, made = b.op("zeros", [], **SHAPE), []
            for part in given:
                h = step(b, "cell", part, h)
                made.append(h)
            joined = b.op("stack", made, B=1, T=3, C=4)
            given = b.ops("unbind", [joined], [SHAPE] * 3) if layer == 0 else made
    recording = b.finish([joined])
    scene = draw(recording, {0, *(c.index for c in recording.calls if c.kind == "Layer")})
    upper, lower = ([c for c in recording.calls if c.module == f"l{k}.cell"] for k in range(2))
    for one, other in zip(upper, lower, strict=True):
        below = walked(scene, recording, one.last, "down")
        assert below is not None
        assert other.first <= below <= other.last
