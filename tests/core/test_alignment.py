"""Aligning two lists: what is equal, what is alike, and in order."""

from __future__ import annotations

import time
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.alignment import Row, align
from explorer.core.anchors import common_runs


def row(text: str, places: bool = False) -> Row:
    """A letter a thing: one of a kind is the same letter, equal is the same in size too."""
    whole = np.array([ord(c) for c in text], dtype=np.int64)
    kind = np.array([ord(c.lower()) for c in text], dtype=np.int64)
    place = np.arange(len(text)) if places else np.full(len(text), -1)
    none = np.full(len(text), -1)
    family = np.array([c.isalpha() for c in text], dtype=np.int64)
    return Row(whole, kind, family, place, none, none)


def aligned(one: str, other: str, places: bool = False) -> list[str]:
    return [f"{one[n]}{other[m]}" for n, m in align(row(one, places), row(other, places))]


def test_what_is_put_in_moves_what_comes_after() -> None:
    pairs = align(row("ffffgff"), row("ffff" + "x" + "gff"))
    assert pairs == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (5, 6), (6, 7)]


def test_of_one_that_is_another_the_neighbours_stay() -> None:
    assert align(row("ffffff"), row("ffFfff")) == [(n, n) for n in range(6)]


def test_equal_is_worth_more_than_alike() -> None:
    assert aligned("aB", "abB") == ["aa", "BB"]


def test_other_things_are_paired_only_where_they_have_one_place() -> None:
    assert aligned("abc", "axc") == ["aa", "cc"]
    assert aligned("abc", "axc", places=True) == ["aa", "bx", "cc"]
    assert aligned("abc", "a1c", places=True) == ["aa", "cc"]  # it is of another family


def test_what_is_known_to_belong_together_does() -> None:
    one, other = row("aaab"), row("abbb")
    known = replace(one, pair=np.array([-1, -1, 7, -1]))
    its = replace(other, pair=np.array([-1, 7, -1, -1]))
    assert (2, 1) in align(known, its)
    alone = replace(one, pair=np.array([7, -1, -1, -1]))
    assert all(n != 0 for n, _ in align(alone, other))  # it belongs to one that is not there


@given(st.text("abC", max_size=40), st.text("abC", max_size=40))
def test_pairs_ascend_and_are_of_a_kind(one: str, other: str) -> None:
    pairs = align(row(one), row(other))
    assert pairs == sorted(set(pairs))
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))
    assert all(one[n].lower() == other[m].lower() for n, m in pairs)


@given(st.text("ab", max_size=60), st.text("ab", max_size=60))
def test_as_many_are_paired_as_difflib_pairs(one: str, other: str) -> None:
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    assert len(align(row(one), row(other))) >= sum(block.size for block in blocks)


@pytest.mark.parametrize("period", [0, 6, 1])
def test_much_put_in_at_the_front_moves_all_that_comes_after(period: int) -> None:
    draw = Random(0)
    text = "".join(draw.choice("bcdef") for _ in range(3000))
    text = ("abcdef"[:period] * 3000)[:3000] if period else text
    pairs = align(row(f"x{text}y"), row("z" + "g" * 600 + text + "z"))
    assert pairs == [(n + 1, n + 601) for n in range(3000)]


def test_long_lists_that_differ_all_over_stay_together() -> None:
    draw = Random(0)
    text = "".join(draw.choice("abcde") for _ in range(20_000))
    other = "".join("g" if draw.random() < 0.05 else letter for letter in text)
    same = sum(a == b for a, b in zip(text, other, strict=True))
    assert len(align(row(f"x{text}"), row("y" + "h" * 500 + other))) >= same


@given(st.text("abc", min_size=1, max_size=30), st.text("abc", min_size=1, max_size=30))
def test_common_runs_are_equal_and_ascend(one: str, other: str) -> None:
    runs = common_runs(*(np.array([ord(c) for c in text]) for text in (one, other)))
    a = b = 0
    for n, m, length in runs:
        assert n >= a
        assert m >= b
        assert length > 0
        assert one[n : n + length] == other[m : m + length]
        a, b = n + length, m + length


def test_long_lists_take_time_in_proportion() -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        pairs = align(row("abcdef" * count), row("abcxdef" * count))
        assert len(pairs) == 6 * count
        return time.process_time() - began

    seconds(50)
    short, long = min(seconds(1000) for _ in range(2)), seconds(4000)
    assert long < 9 * short  # 16 times as many pairs
