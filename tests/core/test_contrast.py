"""What a difference is called, and how it was and is."""

from __future__ import annotations

import pytest

from explorer.core.contrast import Changed, Contrast, contrast
from explorer.core.graph import Recording
from explorer.core.matching import compare
from tests import recordings
from tests.recordings import Builder


def told(before: Recording, after: Recording) -> list[Contrast]:
    return [contrast(before, after, one) for one in compare(before, after).differences]


def block(width: int = 256, detail: str = "3 → 8, 3×3, stride 1", act: str = "ReLU") -> Recording:
    b = Builder("Net")
    x = b.input("x", B=2, C=64)
    with b.module("mlp", "Mlp"):
        y = b.linear("fc1", x, width)
        y = b.activation("act", y, act)
        y = b.linear("fc2", y, 64)
    x = b.add(x, y)
    return b.finish([b.op("conv2d", [x], detail, B=2, C=8)])


def test_of_another_width_each_layer_says_which_side_of_it() -> None:
    first, act, second = told(block(256), block(128))
    assert (first.name, first.changes[0]) == ("mlp.fc1", Changed("width", "256", "128"))
    assert Changed("shape", "B 2 × C 256", "B 2 × C 128") in first.changes
    assert [one.what for one in act.changes] == ["shape"]
    assert (second.name, second.changes[0]) == ("mlp.fc2", Changed("input width", "256", "128"))
    assert Changed("parameters", "64 × 256, 64", "64 × 128, 64") in second.changes


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3 → 8, 3×3, stride 1", "3 → 8, 3×3, stride 2", ("settings", "stride 1", "stride 2")),
        ("3 → 8, 3×3", "3 → 8, 3×3, groups 2", ("settings", "none", "groups 2")),
        ("3 → 8, 3×3", "4 → 16, 3×3", ("settings", "3 → 8", "4 → 16")),
        ("3 → 8, 3×3", "3 → 16, 3×3", ("width", "8", "16")),
        ("", "dim=1", ("settings", "none", "dim=1")),
        ("a, b", "b, a", ("settings", "a, b", "b, a")),
        ("[:, 0:9]", "[:, 1:9]", ("settings", "[:, 0:9]", "[:, 1:9]")),
    ],
)
def test_of_settings_only_those_that_differ_are_told(
    old: str, new: str, said: tuple[str, str, str]
) -> None:
    (one,) = told(block(detail=old), block(detail=new))
    assert (one.name, one.changes[0]) == ("conv2d#0", said)


def test_a_class_is_told_by_name() -> None:
    (one,) = told(block(act="ReLU"), block(act="GELU"))
    assert one.name == "mlp.act"
    assert one.changes[0] == ("class", "ReLU", "GELU")


def test_what_is_on_one_side_alone_says_what_it_is() -> None:
    short, long = recordings.gpt(layers=2), recordings.gpt(layers=3)
    ops = sum(event.id.startswith("blocks.2") for event in long.events)
    assert told(short, long) == told(long, short) == [Contrast("blocks.2", "Block", ops, ())]
