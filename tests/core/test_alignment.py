"""Aligning two lists: what is equal, what is alike, and in order."""

from __future__ import annotations

import time
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.alignment import Row, align


def row(text: str, places: bool = False) -> Row:
    """A letter a thing: one of a kind is the same letter, equal is the same in size too."""
    whole = np.array([ord(c) for c in text], dtype=np.int64)
    kind = np.array([ord(c.lower()) for c in text], dtype=np.int64)
    place = np.arange(len(text)) if places else np.full(len(text), -1)
    none = np.full(len(text), -1)
    return Row(whole, kind, place, none, none)


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


def test_what_is_known_to_belong_together_does() -> None:
    one, other = row("aaab"), row("abbb")
    known = Row(one.whole, one.kind, one.place, one.op, np.array([-1, -1, 7, -1]))
    its = Row(other.whole, other.kind, other.place, other.op, np.array([-1, 7, -1, -1]))
    assert (2, 1) in align(known, its)
    alone = Row(one.whole, one.kind, one.place, one.op, np.array([7, -1, -1, -1]))
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


def test_long_lists_take_time_in_proportion() -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        pairs = align(row("abcdef" * count), row("abcxdef" * count))
        assert len(pairs) == 6 * count
        return time.process_time() - began

    seconds(50)
    short, long = min(seconds(1000) for _ in range(2)), seconds(4000)
    assert long < 9 * short  # 16 times as many pairs
