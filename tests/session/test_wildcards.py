"""Wildcards: what they find, and how long that takes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from time import perf_counter

import pytest

from explorer.session.finding import Texts
from explorer.session.query import parse


@pytest.mark.parametrize(
    "wild", ["*", "?", "a*b", "*a*", "a?*b", "a*?b", "a**b*", "*b", "b*", "(*+", "a*a*b", "??a"]
)
@pytest.mark.parametrize("field", ["", "op:"])
def test_wildcards_find_what_the_shell_would_line_by_line(wild: str, field: str) -> None:
    texts = ["ab\nba", "aXb", "AxxB\n", "aab\nb", "b(a)+", "abab", "xa", "", "a\nb"]
    term = parse(field + wild).terms[0]
    wanted = wild if field else f"*{wild}*"
    each = [any(fnmatchcase(t.lower(), wanted) for t in text.split("\n")) for text in texts]
    assert Texts(texts).holding(term).tolist() == each
    assert [term.fits(text.split("\n")) for text in texts] == each


@pytest.mark.parametrize("wild", ["i*i*i*z", "i*i*i*i*i*z", "i*" * 2500 + "z"])
def test_wildcards_take_no_longer_than_a_name_is(wild: str) -> None:
    word, op, shape = parse(f"{wild} op:{wild} shape:{wild}").terms
    names = ["i" * 300] * 20
    began = perf_counter()
    for term in (word, op):
        assert not Texts(names).holding(term).any()
        assert not term.fits(names)
    assert not shape.fits_shape((1,), ("i" * 300,))
    assert perf_counter() - began < 1  # three stars were half a minute
