"""Equal blocks are laid out once, and what is made of that is what each would be by itself."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from explorer.core.graph import Attention, Recording
from explorer.core.presets import load_preset
from explorer.engine.build import build
from explorer.engine.live import LiveFeed
from explorer.engine.models.gpt import Block
from explorer.engine.subject import Subject
from explorer.picture import layout
from explorer.picture.copies import Copies, Insides
from explorer.picture.inside import insides
from explorer.picture.layout import Layout
from explorer.picture.roles import attention_roles
from explorer.picture.scene import Room, Scene
from tests import recordings
from tests.recordings import Builder


class Nothing(Copies):
    """Finds no equal calls."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording)
        self.part(lambda block: block.call)


def separately(recording: Recording) -> Layout:
    """A layout in which every block is laid out by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "Copies", Nothing)
        return Layout(recording)


def is_the_same(made: Scene, other: Scene) -> None:
    """Boxes, wires, and what is found of them by place and by event."""
    rooms, others = [*made.rooms()], [*other.rooms()]
    assert len(rooms) == len(others)
    for room, its in zip(rooms, others, strict=True):
        assert room.boxes == its.boxes
        assert room.wires == its.wires
        assert (room.frames == its.frames).all()
        for event in {box.first for box in room.boxes}:
            assert room.boxes_after(event).tolist() == its.boxes_after(event).tolist()
            assert room.wires_after(event).tolist() == its.wires_after(event).tolist()
            assert room.node_of(event) == its.node_of(event)
    assert made == other
    assert made.text() == other.text()


@st.composite
def stacks(drawn: st.DrawFn) -> Recording:
    """Blocks below each other, all made by one plan, some of which differ in something."""
    b = Builder("Stack")
    sizes: dict[str, Any] = {"B": 1, "C": 4}
    known = [b.input("x", **sizes), b.input("mask", **sizes)]
    known.append(b.op("relu", known[:1], **sizes))
    plan = drawn(st.lists(_STEP, min_size=2, max_size=9))
    gives = drawn(st.lists(st.integers(0, 30), min_size=1, max_size=3, unique=True))
    x = known[-1]
    for number in range(drawn(st.integers(2, 12))):
        given = [x, *known[:2]]
        name = drawn(st.sampled_from(("blocks", "blocks", "blocks", "a_much_longer_name")))
        with b.module(f"{name}.{number}", "Block"):
            made = _block(b, plan, given, drawn(_CHANGE))
        x = made[gives[0] % len(made)]
        known += [made[n % len(made)] for n in gives[1:]]  # some of it is read after the next
        if drawn(st.integers(0, 5)) == 0:
            x = b.op("tanh", [x], **sizes)
    return b.finish([x, *known[-2:]])


_STEP = st.tuples(
    st.sampled_from(
        ("add", "add", "matmul", "relu", "view", "linear", "softmax", "enter", "leave")
    ),
    st.integers(0, 6),
    st.integers(0, 6),
)
_CHANGE = st.one_of(
    st.just(("", 0)),
    st.just(("", 0)),
    st.tuples(
        st.sampled_from(("op", "detail", "shape", "input", "module", "map")), st.integers(0, 8)
    ),
)


def _block(
    b: Builder, plan: list[tuple[str, int, int]], given: list[int], change: tuple[str, int]
) -> list[int]:
    """The steps of a plan with one ``change``: what it is, and at which step. Returns the results,
    the last one first."""
    known, entered = [*given], []
    for at, (op, one, other) in enumerate(plan):
        changed = change[0] if change[1] == at else ""
        if op == "in":
            entered.append(b.module("other" if changed == "module" else f"m{at}", "Module"))
            entered[-1].__enter__()
        elif op == "out" and entered:
            entered.pop().__exit__(None, None, None)
        elif op == "linear":
            known.append(b.linear(f"l{at}", known[-1 - one % len(known)], 4))
        elif op != "out":
            inputs = [known[-1 - one % len(known)]]
            if op in ("add", "matmul"):
                inputs.append(known[-1 - (other + (changed == "input")) % len(known)])
            sizes: dict[str, Any] = {"B": 1, "C": 5 if changed == "shape" else 4}
            detail = "dim=-1" if changed == "detail" else ""
            known.append(b.op("tanh" if changed == "op" else op, inputs, detail, **sizes))
            if op == "softmax" and changed != "map":
                b.attention.append(Attention(len(b.events) - 1, known[-1], True))
    while entered:
        entered.pop().__exit__(None, None, None)
    return [*known[len(given) :], *given[:1]][::-1]


@settings(deadline=None, max_examples=150)
@given(stacks(), st.data())
def test_equal_blocks_are_laid_out_as_each_would_be(
    recording: Recording, data: st.DataObject
) -> None:
    made = Layout(recording)
    some = st.sets(st.integers(0, len(recording.calls) - 1))
    every = frozenset(range(len(recording.calls)))
    for _ in range(3):
        opened = data.draw(st.one_of(st.just(every), some.map(lambda few: every - few), some))
        unfolded = data.draw(st.one_of(st.just(frozenset[int]()), some))
        opened, unfolded = frozenset(opened), frozenset(unfolded)
        alone = separately(recording)
        is_the_same(made.scene(opened, unfolded), alone.scene(opened, unfolded))
        assert made.work(opened, unfolded) == 0


@settings(deadline=None, max_examples=80)
@given(stacks())
def test_what_is_in_a_copy_is_what_is_found_there(recording: Recording) -> None:
    """Also its roles in attention."""
    copies = Copies(recording)
    shared, found = Insides(recording, copies), insides(recording)
    for call, inside in found.items():
        assert call in shared
        made = shared[call]
        assert made == inside
        for one, other in zip(
            (made.items, made.tops, made.bottoms, made.nets),
            (inside.items, inside.tops, inside.bottoms, inside.nets),
            strict=True,
        ):
            assert [*one] == [*other]  # type: ignore[misc]
    assert all((call in found) == (call in shared) for call in range(len(recording.calls)))
    assert attention_roles(recording, copies) == attention_roles(recording, Nothing(recording))


def with_copies(scene: Scene) -> list[Room]:
    return [room for room in scene.rooms() if room.like is not None]


def test_blocks_of_a_gpt_are_copies_with_numbers_of_their_own() -> None:
    recording = recordings.gpt(layers=12)
    every = frozenset(range(len(recording.calls)))
    made = Layout(recording).scene(every)
    copied = with_copies(made)
    blocks = [call.index for call in recording.calls if call.kind == "Block"]
    # the titles of 10 and 11 are wider, so one of them is laid out for itself
    assert [room.call for room in copied if room.call in blocks] == blocks[1:10] + blocks[11:]
    assert len(copied) == 3 * 10
    is_the_same(made, separately(recording).scene(every))
    for room in copied:
        call = recording.calls[room.call]
        ran = [box.first for box in room.boxes] + [box.last for box in room.boxes]
        assert (min(ran), max(ran)) == (call.first, call.last)
        for wire in room.wires:
            assert wire.writer == recording.values[wire.value].writer


def test_a_block_that_is_open_otherwise_is_laid_out_by_itself() -> None:
    recording = recordings.gpt(layers=9)
    every = frozenset(range(len(recording.calls)))
    inner = [call.index for call in recording.calls if call.kind == "FeedForward"]
    opened = every - {inner[4], inner[6]}
    made, alone = Layout(recording), separately(recording)
    made.scene(every)
    is_the_same(made.scene(opened), alone.scene(opened))
    is_the_same(made.scene(every), alone.scene(every))
    folded = every - {call.index for call in recording.calls if call.kind == "Block"}
    is_the_same(made.scene(folded), alone.scene(folded))
    shown = frozenset((inner[0], inner[3] - 1))
    is_the_same(made.scene(folded, shown), alone.scene(folded, shown))


class Masked(nn.Module):
    """Adds a mask, as attention does, and keeps what it was given."""

    def __init__(self, kept: bool) -> None:
        super().__init__()
        self.scores, self.out, self.act = nn.Linear(4, 4), nn.Linear(4, 4), nn.ReLU()
        self.kept = kept

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, 4), (B, 4) → (B, 4)."""
        y = self.act(self.out(self.act(self.scores(x) + mask)))
        return x + y if self.kept else y


class Stack(nn.Module):
    """Blocks that read the same mask, some without a residual way; the mask may be made here."""

    def __init__(self, *kept: bool, shared: bool = False) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(map(Masked, kept))
        if shared:
            for block in self.blocks[3:]:
                block.out = self.blocks[0].out

    def forward(self, x: Tensor) -> Tensor:
        """(B, 4) → (B, 4)."""
        mask = (x > 0).float().view(1, 4)
        for block in self.blocks:
            x = block(x, mask)
        return x


def recorded(model: nn.Module, *given: Tensor) -> Recording:
    feed = LiveFeed(given, {})
    return Subject(model, feed, "live", {}).record(feed.sample)


@pytest.mark.parametrize("shared", [False, True])
def test_residual_ways_are_seen_where_blocks_read_more_than_one_value(shared: bool) -> None:
    recording = recorded(Stack(True, True, False, *[True] * 5, shared=shared), torch.ones(1, 4))
    every = frozenset(range(len(recording.calls)))
    made = Layout(recording).scene(every)
    is_the_same(made, separately(recording).scene(every))
    assert bool(with_copies(made)) != shared  # what runs again may be a loop
    assert sum(wire.residual for wire in made.wires) >= 7


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("char-gpt", (1, 12)), ("digits-cnn", (1, 1, 8, 8)), ("spirals-mlp", (1, 2)),
        ("first-network", (1, 10)),
    ],
)  # fmt: skip
def test_presets_look_as_if_each_block_were_laid_out(name: str, shape: tuple[int, ...]) -> None:
    model = build(load_preset(name).preset.model)
    given = torch.zeros(shape, dtype=torch.long if name == "char-gpt" else torch.float32)
    recording = recorded(model, given)
    every = frozenset(range(len(recording.calls)))
    some = frozenset(call for call in every if call % 5)
    made, alone = Layout(recording), separately(recording)
    for opened in (frozenset({0}), every, some, every):
        is_the_same(made.scene(opened), alone.scene(opened))
    assert len(with_copies(made.scene(every))) == {"char-gpt": 9}.get(name, 0)


def test_equal_stages_of_equal_blocks_share_in_whatever_is_open() -> None:
    """What is in a copy is equal to what is in the original, block by block."""

    def block() -> nn.Module:
        return nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4), nn.ReLU()))

    stages = [nn.Sequential(*(block() for _ in range(6))) for _ in range(3)]
    recording = recorded(nn.Sequential(*stages), torch.ones(1, 4))
    every = frozenset(range(len(recording.calls)))
    last = next(call for call in recording.calls if call.module == "2")
    inner = [c.index for c in recording.calls if c.parent == last.index]
    made, alone = Layout(recording), separately(recording)
    for closed in (set[int](), {inner[2]}, set(inner), {last.index}, {inner[2] + 2}, set()):
        is_the_same(made.scene(every - closed), alone.scene(every - closed))
    folded = every - set(inner)
    is_the_same(made.scene(folded, frozenset(inner[1:2])), alone.scene(folded, frozenset(inner)))
    fresh = Layout(recording).scene(every - {inner[2] + 2})
    again = {room.call for room in with_copies(fresh)}
    assert again >= {*inner} - {inner[0], inner[2]}


def test_roles_are_known_in_equal_blocks_of_equal_stages() -> None:
    stages = [nn.Sequential(*(Block(8, 2, 8) for _ in range(3))) for _ in range(3)]
    recording = recorded(nn.Sequential(*stages), torch.ones(1, 8, 8))
    found = attention_roles(recording, Copies(recording))
    assert found == attention_roles(recording, Nothing(recording))
    assert [*found.values()].count("A·V") == 9
    every = frozenset(range(len(recording.calls)))
    is_the_same(Layout(recording).scene(every), separately(recording).scene(every))
