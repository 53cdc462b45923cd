"""Any loop over time keeps the promises of a layout: no box on another, no wire through one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.graph import Recording
from explorer.picture import layered
from explorer.picture.layout import Layout
from tests.picture.promises import all_is_drawn, keeps_its_promises, names_stand_free, rooms
from tests.picture.test_unrolling import SHAPE, step
from tests.recordings import Builder

FORMS = ("getitem", "kept", "squeezed", "unbind", "chunk", "split")
ONE: Any = {"B": 1, "T": 1, "C": 4}


def cut(b: Builder, x: int, form: str, order: Iterable[int]) -> Iterator[int]:
    """The steps of a sequence in an order, as models cut them."""
    steps = sorted(order)
    shape = SHAPE if form == "unbind" else ONE
    whole = form in ("unbind", "chunk", "split")
    parts = b.ops(form, [x], [shape for _ in steps], "1, 1") if whole else []
    for t in order:
        if form == "getitem":
            yield b.op("getitem", [x], f"[:, {t}]", **SHAPE)
        elif whole:
            yield parts[t] if form == "unbind" else b.op("squeeze", [parts[t]], "1", **SHAPE)
        else:
            part = b.op("getitem", [x], f"[:, {t}:{t + 1}]", **ONE)
            yield part if form == "kept" else b.op("squeeze", [part], "1", **SHAPE)


@st.composite
def recurrences(drawn: st.DrawFn) -> tuple[Recording, frozenset[int]]:
    """A loop over a sequence: cut in any way, any ops in each step, any states between, some cells
    open."""
    b = Builder("Any")
    steps, layers = drawn(st.integers(2, 5)), drawn(st.integers(1, 3))
    x, memory = b.input("x", B=1, T=steps, C=4), b.input("memory", **SHAPE)
    states = [b.op("zeros", [], **SHAPE) for _ in range(drawn(st.integers(1, 3)))]
    plan = [
        (
            drawn(st.sampled_from(("linear", "add", "cat", "cell", "softmax"))),
            drawn(st.lists(st.integers(0, 30), min_size=1, max_size=3)),
        )
        for _ in range(layers * 2)
    ]
    backwards, form = drawn(st.booleans()), drawn(st.sampled_from(FORMS))
    ahead, late = drawn(st.booleans()), drawn(st.booleans())
    keep, tail = drawn(st.integers(0, 9)), drawn(st.booleans())
    order = range(steps)[:: -1 if backwards else 1]
    slices = cut(b, x, form, order)
    parts = [*slices] if ahead else slices
    older = states[0]
    given = []
    for n, part in enumerate(parts):
        if late and n == 0:  # the first step makes its state itself
            states[0] = b.op("zeros", [], **SHAPE)
        known = [part, *states, memory, older]
        y = b.add(b.linear("in", part, 4), b.linear("state", states[0], 4))
        older = states[0]
        for k, (op, reads) in enumerate(plan):
            inputs = [y, *(known[i % len(known)] for i in reads)]
            if op == "linear":
                y = b.linear(f"fc{k}", inputs[-1], 4)
            elif op == "cell":
                with b.module(f"cell{k}", "Cell"):
                    y = b.op("tanh", [b.op("cat", inputs, **SHAPE)], **SHAPE)
            else:
                y = b.op(op, inputs[: 1 if op == "softmax" else 2], **SHAPE)
            known.append(y)
        states = [y, *(known[-1 - i % len(known)] for i in range(1, len(states)))]
        given.append(known[keep % len(known)])
    last = b.op("stack", given, **SHAPE) if tail else b.op("cat", [*states, older], **SHAPE)
    recording = b.finish([last, states[0]])
    opened = drawn(st.sets(st.integers(1, max(1, len(recording.calls) - 1))))
    return recording, frozenset({0, *opened})


@st.composite
def uneven(drawn: st.DrawFn) -> tuple[Recording, frozenset[int]]:
    """Loops one after the other, whose steps differ: skips over time, heads, several states, and
    values that come in and go out half way."""
    b = Builder("Uneven")
    shape: Any = {"B": 1, "T": 6, "C": 4}
    steps = drawn(st.integers(2, 5))
    source = b.input("x", **shape)
    given: list[int] = []
    for k in range(drawn(st.integers(1, 3))):
        memory = b.op("relu", [source], **shape)
        states = [b.op("zeros", [], **SHAPE) for _ in range(drawn(st.integers(1, 2)))]
        layers, skip = drawn(st.integers(1, 2)), drawn(st.integers(0, 3))
        feeds, reads, heads = (drawn(st.booleans()) for _ in range(3))
        late, odd, leaves = (drawn(st.integers(0, 3)) for _ in range(3))
        older, out = list[int](), list[int]()
        order = range(steps)[:: -1 if drawn(st.booleans()) else 1]
        for n, t in enumerate(order):
            y = b.op("getitem", [source], f"[:, {t}]", **SHAPE)
            if reads:
                y = b.add(y, b.op("matmul", [memory, states[0]], **SHAPE))
            if n == odd:
                y = b.op("relu", [y], **SHAPE)
            for layer in range(layers):
                y = step(b, f"cell{k}.{layer}", y, states[0])
            states = [y, *(b.op("mul", [y, one], **SHAPE) for one in states[1:])]
            older.append(y)
            if late and n >= late:
                y = b.linear(f"norm{k}", y, 4)
            if skip and n >= skip:
                y = b.add(y, older[n - skip])
                states[0] = y if feeds else states[0]
            if n == leaves:
                given.append(y)
            out.append(b.linear(f"head{k}", y, 4) if heads else y)
        given.append(b.add(out[-1], states[-1]))
        source = b.op("stack", out, **shape) if drawn(st.booleans()) else source
    recording = b.finish([b.op("cat", given, **SHAPE), source])
    opened = drawn(st.sets(st.integers(1, max(1, len(recording.calls) - 1))))
    return recording, frozenset({0, *opened})


@settings(deadline=None, max_examples=200)
@given(st.one_of(recurrences(), uneven()))
def test_any_loop_keeps_the_promises(made: tuple[Recording, frozenset[int]]) -> None:
    recording, opened = made
    scene = Layout(recording).scene(opened)
    keeps_its_promises(scene)
    for room in rooms(scene):
        all_is_drawn(room)
        names_stand_free(room)


@settings(deadline=None, max_examples=30)
@given(recurrences())
def test_a_loop_is_always_drawn_the_same(made: tuple[Recording, frozenset[int]]) -> None:
    recording, opened = made
    first = Layout(recording).scene(opened).text()
    layered.arrange.cache_clear()
    assert Layout(recording).scene(opened).text() == first
