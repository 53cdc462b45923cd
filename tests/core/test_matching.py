"""What differs between two passes, told in as few words as it can be."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from explorer.core.comparison import Comparison, Part
from explorer.core.graph import Recording
from explorer.core.matching import compare
from tests import recordings
from tests.recordings import Builder

Layers = list[tuple[str, int]]


def name(recording: Recording, part: Part | None) -> str:
    if part is None:
        return ""
    return recording.events[part.first].id if part.call < 0 else recording.calls[part.call].module


def told(before: Recording, after: Recording) -> list[str]:
    """``+ blocks.2``, ``- ln``, ``~ fc1 settings parameters``, ``~ fc1 → fc2 class``."""
    lines = []
    for one in compare(before, after).differences:
        sign = {"added": "+", "removed": "-", "changed": "~"}[one.sort]
        old, new = name(before, one.before), name(after, one.after)
        names = old or new if not (old and new) or old == new else f"{old} → {new}"
        lines.append(" ".join([sign, names, *one.what]))
    return lines


def stack(layers: Layers, prefix: str = "", kind: str = "Net") -> Recording:
    """Blocks of a class and width in a row, perhaps in a model that is wrapped."""
    b = Builder("Wrapper" if prefix else kind)
    x = b.input("x", B=1, C=4)

    def blocks(x: int) -> int:
        for n, (sort, width) in enumerate(layers):
            with b.module(f"blocks.{n}", sort):
                y = b.linear("fc1", x, width)
                y = b.activation("act", y, "GELU" if sort == "Gated" else "ReLU")
                y = b.linear("fc2", y, 4)
                x = b.add(x, y)
        return b.linear("head", x, 3)

    if not prefix:
        return b.finish([blocks(x)])
    with b.module(prefix, kind):
        x = blocks(x)
    return b.finish([x])


PLAIN: Layers = [("Block", 8)] * 6


def test_a_pass_and_itself_are_the_same() -> None:
    for made in (recordings.gpt(), recordings.cnn(), recordings.shared(), recordings.nested()):
        other = replace(made, tape=2)
        found = compare(made, other)
        assert not found.differences
        assert (found.before.events == np.arange(len(made.events))).all()
        assert (found.before.calls == np.arange(len(made.calls))).all()
        assert found.tapes == (1, 2)


def test_another_input_is_no_difference() -> None:
    found = compare(recordings.gpt("The cat"), recordings.gpt("The cat sat on"))
    assert not found.differences
    assert found.resized == ((7, 14),)


def test_another_width_is_one_where_it_is_and_shapes_follow() -> None:
    one, other = stack(PLAIN), stack([*PLAIN[:2], ("Block", 16), *PLAIN[3:]])
    assert told(one, other) == [
        "~ blocks.2.fc1 settings shape parameters",
        "~ blocks.2.act shape",
        "~ blocks.2.fc2 settings parameters",
    ]


@pytest.mark.parametrize("at", [0, 3, 6])
def test_a_block_put_into_a_stack(at: int) -> None:
    other = [*PLAIN[:at], ("Gated", 8), *PLAIN[at:]]
    assert told(stack(PLAIN), stack(other)) == [f"+ blocks.{at}"]
    assert told(stack(other), stack(PLAIN)) == [f"- blocks.{at}"]


def test_a_block_in_the_place_of_another() -> None:
    other = [*PLAIN[:3], ("Gated", 8), *PLAIN[4:]]
    assert told(stack(PLAIN), stack(other)) == [
        "~ blocks.3 class",
        "~ blocks.3.act class",
    ]


def test_an_equal_block_more_is_the_last() -> None:
    assert told(stack(PLAIN), stack([*PLAIN, ("Block", 8)])) == ["+ blocks.6"]


def test_a_block_put_into_a_stack_that_is_fed_another_length() -> None:
    one, other = recordings.gpt("The cat", layers=6), recordings.gpt("The dog sat", layers=7)
    assert told(one, other) == ["+ blocks.6"]


def test_a_wrapper_is_looked_into() -> None:
    assert told(stack(PLAIN), stack(PLAIN, "model")) == []
    assert told(stack(PLAIN, "model"), stack(PLAIN)) == []
    assert told(stack(PLAIN, "model"), stack(PLAIN, "net")) == []
    more = [*PLAIN[:2], ("Gated", 8), *PLAIN[2:]]
    assert told(stack(PLAIN), stack(more, "model")) == ["+ model.blocks.2"]


def test_a_model_of_another_class_with_the_same_in_it_is_looked_into() -> None:
    assert told(stack(PLAIN), stack(PLAIN, "inner", "Other")) == []


def test_a_shell_around_a_module_is_added_and_what_is_in_it_is_not() -> None:
    def net(shell: bool) -> Recording:
        b = Builder("Net")
        x = b.linear("before", b.input("x", B=1, C=4), 4)
        with b.module("body", "Shell" if shell else "Body"):
            if shell:
                with b.module("wrapped", "Body"):
                    x = b.linear("fc2", b.activation("act", b.linear("fc1", x, 4)), 4)
            else:
                x = b.linear("fc2", b.activation("act", b.linear("fc1", x, 4)), 4)
        return b.finish([x])

    assert told(net(False), net(True)) == ["+ body"]
    assert told(net(True), net(False)) == ["- body"]


def test_a_plain_net_and_a_residual_one() -> None:
    def net(residual: bool) -> Recording:
        b = Builder("Net")
        x = b.input("x", B=1, C=4)
        for n in range(3):
            y = b.activation(f"act{n}", b.linear(f"fc{n}", x, 4))
            x = b.add(x, y) if residual else y
        return b.finish([x])

    assert told(net(False), net(True)) == ["+ add#0", "+ add#1", "+ add#2"]


def test_wires_that_go_elsewhere() -> None:
    def net(swapped: bool) -> Recording:
        b = Builder("Net")
        x = b.input("x", B=1, C=4)
        one, other = b.linear("one", x, 4), b.linear("other", x, 4)
        y = b.activation("act", one if swapped else other)
        return b.finish([b.op("sub", [y, other], B=1, C=4)])

    assert told(net(False), net(True)) == ["~ act inputs"]


def test_modules_are_known_by_name_wherever_they_run() -> None:
    def net(pre: bool) -> Recording:
        b = Builder("Net")
        x = b.input("x", B=1, C=4)
        if pre:
            x = b.linear("fc", b.layer_norm("ln", x), 4)
        else:
            x = b.layer_norm("ln", b.linear("fc", x, 4))
        return b.finish([x])

    found = compare(net(True), net(False))
    assert found.before.events.tolist() == [1, 0]
    assert [one.what for one in found.differences] == [("inputs", "outputs")] * 2


def test_a_layer_takes_the_place_of_another_of_its_family_only() -> None:
    def net(*layers: str) -> Recording:
        b = Builder("Net")
        x = b.input("x", B=1, C=4)
        with b.module("layers", "Sequential"):
            for n, kind in enumerate(layers):
                norm = kind == "LayerNorm"
                x = b.layer_norm(str(n), x) if norm else b.activation(str(n), x, kind)
        return b.finish([x])

    assert told(net("ReLU", "Tanh"), net("GELU", "Tanh")) == ["~ layers.0 class"]
    assert told(net("ReLU", "Tanh"), net("LayerNorm", "Tanh")) == ["+ layers.0", "- layers.0"]


def test_a_layer_and_its_function_are_the_same_op() -> None:
    def net(module: bool) -> Recording:
        b = Builder("Net")
        x = b.linear("fc", b.input("x", B=1, C=4), 4)
        x = b.activation("act", x) if module else b.op("relu", [x], B=1, C=4)
        return b.finish([b.linear("head", x, 4)])

    assert told(net(True), net(False)) == ["~ act → relu#0 class"]
    assert told(net(False), net(True)) == ["~ relu#0 → act class"]


def test_settings_types_and_tied_weights() -> None:
    def net(detail: str, dtype: str, tied: bool) -> Recording:
        b = Builder("Net")
        x = b.embedding("tokens", b.input("ids", "int64", B=1, T=3), 5, 4)
        x = b.op("softmax", [x], detail, dtype, B=1, T=3, C=4)
        with b.module("head", "Linear", "4 → 5"):
            if tied:
                weight = next(n for n, v in enumerate(b.values) if v.name == "tokens.weight")
            else:
                weight = b.parameter("weight", _out=5, _in=4)
            x = b.op("linear", [x, weight], "4 → 5", B=1, T=3, V=5)
        return b.finish([x])

    plain = net("dim=-1", "float32", False)
    assert told(plain, net("dim=1", "float32", False)) == ["~ softmax#0 settings"]
    assert told(plain, net("dim=-1", "int64", False)) == ["~ softmax#0 dtype"]
    assert told(plain, net("dim=-1", "float32", True)) == ["~ head parameters"]


def test_a_size_that_grows_with_the_parameters_is_no_consequence_of_the_input() -> None:
    def net(size: int) -> Recording:
        b = Builder("Net")
        x = b.linear("fc", b.input("x", B=1, C=size), size)
        return b.finish([b.op("relu", [x], B=1, C=size)])

    assert told(net(4), net(8)) == ["~ fc settings shape parameters", "~ relu#0 shape"]


def test_where_what_is_not_there_would_be() -> None:
    before, after = stack(PLAIN), stack([*PLAIN[:3], *PLAIN[4:]])
    (one,) = compare(stack([*PLAIN[:3], ("Gated", 8), *PLAIN[3:]]), before).differences
    assert one.places == (12, 11)  # after the last op of the third block
    assert one.homes == (0, 0)
    inside = compare(before, after).marks["after"].inside
    assert dict(inside[0]) == {"removed": 1}
    assert list(inside) == [0]


def test_what_differs_in_a_module_is_counted_in_those_around_it() -> None:
    before, after = recordings.gpt(), recordings.gpt(heads=8)
    found = compare(before, after)
    inside = found.marks["before"].inside
    attn = next(c.index for c in before.calls if c.module == "blocks.0.attn")
    block = before.calls[attn].parent
    count = inside[attn]["changed"]
    assert inside[block]["changed"] == count > 4
    assert inside[0]["changed"] == 4 * count == len(found.differences)


def test_a_cursor_without_counterpart_stands_at_the_nearest_before_it() -> None:
    other = [*PLAIN[:3], ("Gated", 8), *PLAIN[3:]]
    after = compare(stack(PLAIN), stack(other)).after
    assert after.follow(11) == (11, True)
    assert [after.follow(n) for n in range(12, 16)] == [(11, False)] * 4
    assert after.follow(16) == (12, True)


def test_nothing_in_common() -> None:
    found = compare(recordings.chain(), recordings.mlp((2, 4, 2)))
    assert found.before.follow(2)[1] is False
    assert found.counts == {"added": 1, "removed": 3, "changed": 0}
    empty = Builder("Empty")
    nothing = empty.finish([empty.input("x", B=1)])
    assert [one.sort for one in compare(nothing, recordings.chain()).differences] == ["added"] * 3


@given(
    st.lists(st.sampled_from([("Block", 8), ("Block", 16), ("Gated", 8)]), max_size=7),
    st.lists(st.sampled_from([("Block", 8), ("Block", 16), ("Gated", 8)]), max_size=7),
    st.booleans(),
)
def test_the_other_way_round_what_was_added_is_removed(
    one: Layers, other: Layers, wrapped: bool
) -> None:
    before, after = stack(one), stack(other, "model" if wrapped else "")
    there, back = compare(before, after), compare(after, before)
    _is_sound(there, before, after)
    for sort, its in (("added", "removed"), ("removed", "added"), ("changed", "changed")):
        assert there.counts[sort] == back.counts[its]  # type: ignore[index]
    shared = min(len(one), len(other))
    assert (there.before.events >= 0).sum() > shared


def _is_sound(found: Comparison, before: Recording, after: Recording) -> None:
    """Counterparts are mutual, and everything without one is told."""
    for mine, its in ((found.before, found.after), (found.after, found.before)):
        for which in ("calls", "events"):
            forth, back = getattr(mine, which), getattr(its, which)
            known = np.flatnonzero(forth >= 0)
            assert (back[forth[known]] == known).all()
    for recording, side, part in ((before, found.before, 1), (after, found.after, 2)):
        missing = set(np.flatnonzero(side.events < 0).tolist())
        parts = [one[part] for one in found.differences if one.sort != "changed"]
        covered = {
            n for p in parts if isinstance(p, Part) for n in range(p.first, p.last + 1)
        }  # fmt: skip
        assert missing <= covered <= set(range(len(recording.events)))


def test_another_pass_of_one_model_is_compared_at_once() -> None:
    one = recordings.gpt(layers=100)
    other = replace(one, tape=2, events=tuple(replace(e, seconds=1.0) for e in one.events))
    changed = replace(other, events=(replace(one.events[0], given=7), *other.events[1:]))

    def seconds(after: Recording, differences: int) -> float:
        began = time.process_time()
        assert len(compare(one, after).differences) == differences
        return time.process_time() - began

    assert min(seconds(other, 0) for _ in range(3)) < 0.3 * min(
        seconds(changed, 1) for _ in range(3)
    )


def test_many_ops_take_time_in_proportion() -> None:
    def seconds(layers: int) -> float:
        one, other = recordings.gpt(layers=layers), recordings.gpt("ab", layers=layers + 1)
        began = time.process_time()
        assert told(one, other) == [f"+ blocks.{layers}"]
        return time.process_time() - began

    short = min(seconds(60) for _ in range(2))
    assert seconds(480) < 8 * 2.5 * short
