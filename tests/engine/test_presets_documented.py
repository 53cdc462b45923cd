"""docs/presets.md speaks of every key, and its example is a valid preset."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from explorer.core import spec

PAGE = (Path(__file__).parents[2] / "docs" / "presets.md").read_text(encoding="utf-8")
SPECS = [
    spec.MLPSpec, spec.CNNSpec, spec.GPTSpec, spec.PointsData, spec.DigitsData, spec.TableData,
    spec.TextData, spec.InputSpec, spec.TrainSpec, spec.Weights,
]  # fmt: skip


@pytest.mark.parametrize("kind", SPECS)
def test_every_key_is_documented(kind: type[BaseModel]) -> None:
    missing = [name for name in kind.model_fields if f"`{name}" not in PAGE]
    assert missing == []


def test_every_section_is_documented() -> None:
    for name in spec.Preset.model_fields:
        assert f"[{name}]" in PAGE or f"{name} =" in PAGE


def test_the_example_is_a_preset() -> None:
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    spec.Preset.model_validate(tomllib.loads(found[1]))
