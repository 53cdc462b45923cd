"""Numbers follow the size of an input only where they stand for a size."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from explorer.core.graph import Recording
from explorer.core.matching import compare
from tests.recordings import Builder


def net(size: int, op: str, detail: str, given: int = 0, kept: bool = False) -> Recording:
    """One op of a detail, of an input or a buffer, for an input of ``size`` rows."""
    b = Builder("Net")
    x = b.input("x", B=size, C=16)
    y = b.buffer("table", _r=64, _c=64) if kept else x
    y = b.op(op, [y], detail, B=size, C=16)
    made = b.finish([b.add(x, y)])
    first, *rest = made.events
    return replace(made, events=(replace(first, given=given), *rest))


def changes(one: Recording, other: Recording) -> list[tuple[str, ...]]:
    assert compare(one, other).resized == ((2, 4),)
    return [found.what for found in compare(one, other).differences]


@pytest.mark.parametrize(
    ("op", "one", "other"),
    [
        ("conv2d", "3 → 4, 3×3, padding 2", "3 → 4, 3×3, padding 4"),
        ("leaky_relu", "negative_slope=0.2", "negative_slope=0.4"),
        ("mul", "2", "4"),
        ("getitem", "[:, 2]", "[:, 4]"),
        ("getitem", "[:, :2]", "[:, :4]"),
        ("getitem", "[2:]", "[4:]"),
        ("getitem", "[::2]", "[::4]"),
        ("permute", "2, 0", "4, 0"),
        ("repeat", "2, 1", "4, 1"),
        ("zeros", "2, 8", "4, 16"),
        ("chunk", "2", "4"),
    ],
)
def test_settings_do_not(op: str, one: str, other: str) -> None:
    assert changes(net(2, op, one), net(4, op, other)) == [("settings",)]


@pytest.mark.parametrize(
    ("op", "one", "other", "kept"),
    [
        ("view", "2, 16", "4, 16", False),
        ("reshape", "32", "64", False),
        ("expand", "2, -1", "4, -1", False),
        ("zeros", "(2, 8)", "(4, 8)", False),
        ("arange", "2", "4", False),
        ("getitem", "[:2]", "[:4]", False),
        ("getitem", "[:2, :2]", "[:4, :4]", True),
        ("getitem", "[:, 0:2]", "[:, 0:4]", True),
    ],
)
def test_sizes_do(op: str, one: str, other: str, kept: bool) -> None:
    assert changes(net(2, op, one, 1, kept), net(4, op, other, 2, kept)) == []


def test_what_a_text_does_not_say_is_told_for_another_size_too() -> None:
    assert changes(net(2, "conv2d", "1×1", 1), net(4, "conv2d", "1×1", 2)) == [("settings",)]


def test_sizes_may_be_given_one_by_one_or_together() -> None:
    assert changes(net(2, "view", "-1, 16", 1), net(4, "view", "-1, 16", 2)) == []
