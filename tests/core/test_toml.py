"""Plain data written as TOML, as the standard library reads it back."""

from __future__ import annotations

import math
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.presets import shipped_presets
from explorer.core.toml import toml

text = st.text(st.characters(exclude_categories=["Cs"]))
plain = text | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.booleans()
names = st.from_regex(r"[a-z_]{1,6}", fullmatch=True)
flat = st.dictionaries(names, plain | st.lists(plain, max_size=3), max_size=4)


@given(st.dictionaries(names, flat | plain | st.lists(flat, min_size=1, max_size=3), max_size=4))
def test_it_is_read_back_as_it_was(data: dict[str, Any]) -> None:
    assert tomllib.loads(toml(data)) == data


def test_tables_lie_in_tables_and_nothing_is_left_out() -> None:
    data = {"a": {"b": {"c": 1}, "d": [{"e": {"f": "x"}}, {"g": 2}]}, "h": None, "i": math.inf}
    assert tomllib.loads(toml(data)) == {
        "a": {"b": {"c": 1}, "d": [{"e": {"f": "x"}}, {"g": 2}]}, "i": math.inf,
    }  # fmt: skip


@pytest.mark.parametrize("shipped", shipped_presets()[0], ids=lambda one: one.name)
def test_a_shipped_preset_is_the_same_one_when_it_is_written(shipped: Any) -> None:
    told = tomllib.loads(toml(shipped.preset.model_dump(mode="json")))
    assert type(shipped.preset).model_validate(told) == shipped.preset
