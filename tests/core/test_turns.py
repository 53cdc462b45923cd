"""Threads beside a window give way to it as long as one of them works."""

from __future__ import annotations

import sys

import pytest

from explorer.core.turns import short_turns


def test_turns_are_short_until_the_last_one_ends() -> None:
    usual = sys.getswitchinterval()
    one, other = short_turns(), short_turns()
    one.__enter__()
    short = sys.getswitchinterval()
    assert short < usual
    other.__enter__()
    one.__exit__(None, None, None)
    assert sys.getswitchinterval() == short
    other.__exit__(None, None, None)
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_turns_are_as_before_after_an_error() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError), short_turns():
        _ = 1 / 0
    assert sys.getswitchinterval() == pytest.approx(usual)
