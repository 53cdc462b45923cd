from __future__ import annotations

from pathlib import Path

import pytest

from explorer.core.presets import load_preset, shipped_presets
from explorer.core.problem import Problem
from explorer.core.spec import GPTSpec, Preset

GOOD = """
title = {en = "Two moons", zh = "双月"}
summary = {en = "a small one", zh = "小"}
model = {family = "mlp", sizes = [2, 4, 2]}
data = {kind = "points", shape = "moons"}
input = {values = [0.5, 0.5]}
"""


def write(folder: Path, text: str) -> Path:
    (folder / "preset.toml").write_text(text, encoding="utf-8")
    return folder


def problem_of(folder: Path | str) -> str:
    with pytest.raises(Problem) as caught:
        load_preset(folder)
    assert caught.value.kind == "preset"
    return str(caught.value)


def test_the_four_presets_are_shipped_with_weights() -> None:
    found, problems = shipped_presets()
    assert not problems
    assert [p.name for p in found] == ["first-network", "spirals-mlp", "digits-cnn", "char-gpt"]
    assert all(p.weights is not None and p.preset.weights is not None for p in found)


def test_a_folder_and_its_file_are_the_same_preset(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    assert load_preset(tmp_path) == load_preset(tmp_path / "preset.toml")
    assert load_preset(tmp_path).weights is None


def test_an_unknown_name_lists_the_known_ones() -> None:
    said = problem_of("char-gtp")
    assert "“char-gtp”" in said
    assert "char-gpt" in said


def test_all_mistakes_at_once_with_file_and_key_path(tmp_path: Path) -> None:
    text = GOOD.replace("sizes = [2, 4, 2]", "sizes = [2, -4, 2], activation = 'relux'")
    text = text.replace('shape = "moons"', 'shape = "moon", noise = 9').replace(', zh = "小"', "")
    said = problem_of(write(tmp_path, text + "\n[train]\nbatch_size = 0\nlr = 1\n"))
    assert str(tmp_path / "preset.toml") in said
    for part in ("model.sizes.1", "-4", "model.activation", "'relux'", "'tanh'", "data.shape",
                 "data.noise", "summary.zh", "train.batch_size", "train.lr"):  # fmt: skip
        assert part in said, part
    assert "7 mistake(s)" in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("sizes = [2, 4, 2]", "sizes = [3, 4, 2]"), "starts with 3, but the data has 2 features"),
        (("values = [0.5, 0.5]", "values = [1]"), "has 1 numbers, but the model takes 2"),
        (("values = [0.5, 0.5]", "text = 'hi'"), "does not read text"),
        (("values = [0.5, 0.5]", "values = [1, 2], sample = 3"), "exactly one of"),
        (('{kind = "points", shape = "moons"}', '{kind = "digits"}'), "cannot learn from digits"),
        (("title =", "titel ="), "titel"),
    ],
)
def test_parts_that_do_not_belong_together(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    assert says in problem_of(write(tmp_path, GOOD.replace(*change)))


def test_heads_that_do_not_divide_the_width_are_told_what_would() -> None:
    with pytest.raises(ValueError, match="100 is not divisible by 6 heads: 96 or 102 would do"):
        GPTSpec(family="gpt", vocabulary=9, context=8, layers=1, heads=6, width=100)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    said = problem_of(write(tmp_path, "title = {en = \n"))
    assert "not valid TOML" in said
    assert "line" in said


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "preset.toml").write_bytes(b"\xff\xfe\x00title")
    assert "preset.toml" in problem_of(tmp_path)


def test_a_preset_survives_the_way_to_the_engine() -> None:
    for one in shipped_presets()[0]:
        assert Preset.model_validate(one.preset.model_dump(mode="json")) == one.preset
