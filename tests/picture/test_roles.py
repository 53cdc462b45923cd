"""What the ops of attention are called in the textbook, and when nothing can be said."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from explorer.core.graph import Attention, Recording
from explorer.picture.copies import Copies
from explorer.picture.layout import Layout
from explorer.picture.roles import attention_roles
from tests import recordings

SHAPE: dict[str, Any] = {"B": 1, "heads": 2, "T": 3, "hs": 4}
SQUARE: dict[str, Any] = {"B": 1, "heads": 2, "T": 3, "T'": 3}


def named(recording: Recording) -> dict[str, str]:
    roles = attention_roles(recording, Copies(recording))
    return {recording.events[e].id: role for e, role in roles.items()}


def test_every_block_of_a_gpt_is_named() -> None:
    recording = recordings.gpt(layers=2)
    found = named(recording)
    one = {
        "query/linear#0": "Q", "key/linear#0": "K", "value/linear#0": "V", "matmul#0": "QKᵀ",
        "div#0": "√d", "matmul#1": "A·V", "reshape#0": "Concat", "proj/linear#0": "Wᴼ",
    }  # fmt: skip
    expected = {}
    for block in range(2):
        for name, role in one.items():
            within = f"blocks.{block}.attn"
            expected[f"{within}.{name}" if "linear" in name else f"{within}/{name}"] = role
    assert found == expected


def test_a_closed_module_has_no_role_of_an_op_in_it() -> None:
    b = recordings.Builder("Model")
    x = b.input("x", B=1, T=3, C=8)
    with b.module("attn", "Attention"):
        y = b.linear("qkv", x, 24)  # the first op of the module
        parts = b.ops("chunk", [y], [{"B": 1, "T": 3, "C": 8}] * 3, "3, dim=-1")
        y = b.op("scaled_dot_product_attention", [Head.heads(b, one) for one in parts], **SHAPE)
        b.attention.append(Attention(len(b.events) - 1, y, True))
    recording = b.finish([y])
    assert named(recording) == {"attn.qkv/linear#0": "QKV"}
    assert {box.role for box in Layout(recording).scene(frozenset({0})).boxes} == {""}
    assert "QKV" in {box.role for box in Layout(recording).scene(frozenset({0, 1})).boxes}


def test_boxes_bear_their_role_and_are_wide_enough() -> None:
    recording = recordings.gpt()
    made = Layout(recording).scene(frozenset(range(99)))
    bare = Layout(structs.replace(recording, attention=()))
    plain = {box.item: box for box in bare.scene(frozenset(range(99))).boxes}
    reshape = next(box for box in made.boxes if box.role == "Concat")
    assert reshape.title == "reshape"
    assert reshape.width > plain[reshape.item].width
    assert {box.role for box in plain.values()} == {""}
    closed = Layout(recording).scene(frozenset({0}))
    assert {box.role for box in closed.boxes} == {""}


class Head:
    """Attention written by hand, of which one thing is otherwise."""

    def __init__(self, **other: object) -> None:
        self.b = recordings.Builder("Model")
        self.other = other

    def recording(self) -> Recording:
        b, other = self.b, self.other
        x = b.input("x", B=1, T=3, C=8)
        with b.module("attn", "Attention"):
            q, k, v = (self.heads(b, b.linear(name, x, 8)) for name in ("q", "k", "v"))
            if other.get("same"):
                k = v = q
            kt = b.op("transpose", [k], "-2, -1", B=1, heads=2, hs=4, T=3)
            product = str(other.get("product", "matmul"))
            keys = b.parameter("keys", hs=4, T=3) if other.get("learned") == "keys" else kt
            scores = b.op(product, [q, keys], **SQUARE)
            scores = b.op("mul", [scores], str(other.get("scale", "0.5")), **SQUARE)
            if other.get("bias"):
                scores = b.op("add", [scores, b.buffer("bias", T=3, U=3)], **SQUARE)
            if other.get("both"):
                relative = b.op(
                    "matmul", [q, b.op("tanh", [kt], B=1, heads=2, hs=4, T=3)], **SQUARE
                )
                scores = b.op("add", [scores, relative], **SQUARE)
            if other.get("turned"):
                scores = b.op("transpose", [scores], "-2, -1", **SQUARE)
            if other.get("odd"):
                scores = b.op("erfinv", [scores], **SQUARE)
            weights = b.op("softmax", [scores], "dim=-1", **SQUARE)
            b.attention.append(Attention(len(b.events) - 1, weights, False))
            y = b.op("dropout", [weights], **SQUARE)
            y = b.op(
                "matmul", [y, b.parameter("memory", T=3, hs=4) if other.get("learned") else v],
                **SHAPE,
            )  # fmt: skip
            y = b.op("transpose", [y], "1, 2", B=1, T=3, heads=2, hs=4)
            y = b.op("reshape", [y], "1, 3, 8", B=1, T=3, C=8)
            if not other.get("no_output"):
                y = b.linear("out", y, 8)
        return b.finish([b.linear("head", y, 2)])

    @staticmethod
    def heads(b: recordings.Builder, x: int) -> int:
        x = b.op("view", [x], "1, 3, 2, 4", B=1, T=3, heads=2, hs=4)
        return b.op("transpose", [x], "1, 2", **SHAPE)


ALL = {
    "attn.q/linear#0": "Q", "attn.k/linear#0": "K", "attn.v/linear#0": "V",
    "attn/matmul#0": "QKᵀ", "attn/mul#0": "√d", "attn/matmul#1": "A·V",
    "attn/reshape#0": "Concat", "attn.out/linear#0": "Wᴼ",
}  # fmt: skip


def without(*roles: str) -> dict[str, str]:
    return {event: role for event, role in ALL.items() if role not in roles}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, ALL),
        ({"bias": True}, ALL),
        ({"scale": "0.51"}, without("√d")),  # not the root of 4
        ({"scale": "w"}, without("√d")),
        ({"odd": True}, {}),  # scores that nobody knows
        ({"both": True}, {}),  # two kinds of scores
        ({"turned": True}, {}),  # what looks like queries is asked
        ({"learned": "keys"}, {}),  # a softmax that weighs what was learned
        ({"learned": "values"}, {}),
        ({"no_output": True}, without("Concat", "Wᴼ")),  # the head is no part of the block
        ({"same": True}, {**without("Q", "K", "V"), "attn.q/linear#0": "QKV"}),
    ],
)
def test_only_what_is_certain_is_named(other: dict[str, object], expected: dict[str, str]) -> None:
    assert named(Head(**other).recording()) == expected


def test_of_einsum_the_order_of_its_inputs_is_not_known() -> None:
    found = named(Head(product="einsum").recording())
    assert found["attn/einsum#0"] == "QKᵀ"
    assert not {"Q", "K", "V"} & set(found.values())


def test_fused_attention_has_projections_too() -> None:
    b = recordings.Builder("Model")
    x = b.input("x", B=1, T=3, C=8)
    with b.module("attn", "Attention"):
        all_three = b.linear("qkv", x, 24)
        parts = b.ops("chunk", [all_three], [{"B": 1, "T": 3, "C": 8}] * 3, "3, dim=-1")
        given = [Head.heads(b, part) for part in parts]
        y = b.op("scaled_dot_product_attention", given, **SHAPE)
        b.attention.append(Attention(len(b.events) - 1, y, True))
        y = b.op("transpose", [y], "1, 2", B=1, T=3, heads=2, hs=4)
        y = b.linear("out", b.op("flatten", [y], "2", B=1, T=3, C=8), 8)
    assert named(b.finish([y])) == {
        "attn.qkv/linear#0": "QKV", "attn/flatten#0": "Concat", "attn.out/linear#0": "Wᴼ",
    }  # fmt: skip


def test_without_attention_there_are_no_roles() -> None:
    assert named(recordings.cnn()) == {}


def test_queries_keys_and_values_come_into_opened_attention_in_this_order() -> None:
    b = recordings.Builder("Model")
    x = b.input("x", B=1, heads=2, T=3, hs=4)
    q, k, v = (b.op(name, [x], **SHAPE) for name in ("relu", "tanh", "sigmoid"))
    with b.module("attention", "Attention"):
        turned = b.op("transpose", [k], "-2, -1", B=1, heads=2, hs=4, T=3)  # keys are read first
        scores = b.op("matmul", [q, turned], **SQUARE)
        past = b.op("invert", [b.op("tril", [b.op("ones", [], T=3, T_=3)], T=3, T_=3)], T=3, T_=3)
        scores = b.op("masked_fill", [scores, past], **SQUARE)
        weights = b.op("softmax", [scores], "dim=-1", **SQUARE)
        b.attention.append(Attention(len(b.events) - 1, weights, True))
        y = b.op("matmul", [weights, v], **SHAPE)
    made = Layout(b.finish([y])).scene(frozenset({0, 1}))
    room = dict(made.root.rooms).popitem()[1]
    enter = {wire.value: wire.points[0][0] for wire in room.wires if wire.points[0][1] == 0}
    assert sorted(enter, key=enter.__getitem__) == [q, k, v]
    middle = {box.title: box.x + box.width / 2 for box in room.boxes}
    assert middle["mask"] == middle["softmax"], "scores go straight on, and the mask comes beside"
    product = next(box for box in room.boxes if box.role == "QKᵀ")
    assert product.x + product.width / 2 == middle["mask"]
