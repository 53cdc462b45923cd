from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from explorer.core.change import Change, Entry
from explorer.core.changes_file import read_changes
from explorer.core.presets import load_preset, shipped_presets
from explorer.core.problem import Problem
from explorer.core.spec import GPTSpec, Preset, TextData

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


def test_a_single_table_where_many_are_meant_is_told_how_to_mend(tmp_path: Path) -> None:
    text = GOOD + '\n[change]\nvalue = "x"\nkind = "zero"\n'
    said = problem_of(write(tmp_path, text))
    assert "change: is a list of tables; write [[change]] over each" in said


def test_a_mark_of_the_byte_order_is_no_mistake(tmp_path: Path) -> None:
    """Notepad writes one."""
    assert (
        load_preset(write(tmp_path, "\ufeff" + GOOD)).preset
        == load_preset(write(tmp_path, GOOD)).preset
    )
    file = tmp_path / "changes.toml"
    file.write_text('\ufeff[[change]]\nvalue = "x"\nkind = "zero"\n', encoding="utf-8")
    assert read_changes(str(file)) == (Entry(Change("x", "zero")),)


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


DIGITS = """
title = {en = "Digits", zh = "数字"}
summary = {en = "a small one", zh = "小"}
model = {family = "cnn", image = [8, 8], channels = [4], classes = 10}
data = {kind = "digits"}
input = {sample = 0}
"""
TEXT = """
title = {en = "Text", zh = "文本"}
summary = {en = "a small one", zh = "小"}
model = {family = "gpt", vocabulary = 3, context = 8, layers = 1, heads = 1, width = 4}
data = {kind = "text", vocabulary = "abc"}
input = {text = "cab"}
"""


@pytest.mark.parametrize("pixels", [63, 65])
def test_an_image_has_as_many_pixels_as_the_model_reads(tmp_path: Path, pixels: int) -> None:
    load_preset(write(tmp_path, DIGITS.replace("sample = 0", f"values = {[0.5] * 64}")))
    said = problem_of(write(tmp_path, DIGITS.replace("sample = 0", f"values = {[0.5] * pixels}")))
    assert f"• input.values: input.values has {pixels} pixels, 8×8 = 64 are needed" in said


def test_a_gpt_has_a_row_for_every_character(tmp_path: Path) -> None:
    load_preset(write(tmp_path, TEXT))
    said = problem_of(write(tmp_path, TEXT.replace("vocabulary = 3", "vocabulary = 4")))
    wanted = "model.vocabulary is 4, but data.vocabulary has 3 characters"
    assert f"• model.vocabulary: {wanted}" in said


@pytest.mark.parametrize("given", ["values = [1, 2]", "sample = 0"])
def test_a_gpt_is_given_text(tmp_path: Path, given: str) -> None:
    said = problem_of(write(tmp_path, TEXT.replace('text = "cab"', given)))
    assert "• input: a gpt reads text: give input.text" in said


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


BROKEN = """
order = "two"
colour = "red"
summary = {en = ""}
data = {kind = "dots"}
[model]
family = "mlp"
sizes = [2, -8, 3]
activation = "swish"
[train]
lr = 1
batch_size = 0
"""

MANY = """
title = {en = "Two moons", zh = "双月"}
summary = {en = "a small one"}
order = 1000000000000000000000000
data = {kind = "table", table = "iris", features = 5}
input = {text = "hi"}
[model]
family = "cnn"
image = [8, 4]
in_channels = 2
channels = [4, 4, 4]
classes = 3
kernel = 2
"""


def test_mistakes_between_parts_come_with_all_others(tmp_path: Path) -> None:
    said = problem_of(write(tmp_path, MANY))
    for part in ("summary.zh", "order", "model.image", "model.kernel", "data.features"):
        assert f"• {part}: " in said, part
    text = MANY.replace("[4, 4, 4]", "[4, 4]").replace("kernel = 2", "kernel = 3")
    text = text.replace('"table", table = "iris", features = 5', '"digits"')
    said = problem_of(write(tmp_path, text))
    for part in ("summary.zh", "order", "model.image", "model.in_channels", "model.classes",
                 "input.text"):  # fmt: skip
        assert f"• {part}: " in said, part
    assert "6 mistake(s)" in said


@pytest.mark.parametrize(
    ("data", "width", "classes"),
    [
        ('kind = "points", shape = "xor"', 2, 2),
        ('kind = "table", table = "breast_cancer", features = 30', 30, 2),
        ('kind = "table", table = "iris", features = 4', 4, 3),
        ('kind = "table", table = "wine", features = 13', 13, 3),
    ],
)
def test_the_last_size_is_the_number_of_classes(
    tmp_path: Path, data: str, width: int, classes: int
) -> None:
    text = GOOD.replace('kind = "points", shape = "moons"', data).replace(
        "values = [0.5, 0.5]", "sample = 0"
    )
    load_preset(write(tmp_path, text.replace("[2, 4, 2]", f"[{width}, 4, {classes}]")))
    said = problem_of(write(tmp_path, text.replace("[2, 4, 2]", f"[{width}, 4, 7]")))
    assert f"model.sizes.2: model.sizes ends with 7, but the data has {classes} classes" in said


def test_no_more_features_than_columns(tmp_path: Path) -> None:
    text = GOOD.replace(
        'kind = "points", shape = "moons"', 'kind = "table", table = "iris", features = 5'
    )
    assert "data.features: 5 are wanted, but iris has 4 columns" in problem_of(
        write(tmp_path, text)
    )


def test_a_vocabulary_names_each_character_once() -> None:
    with pytest.raises(ValueError, match="some characters twice: 'ab'"):
        TextData(kind="text", vocabulary="abcba")


def test_mistakes_are_in_our_words_and_in_the_order_of_the_file(tmp_path: Path) -> None:
    said = problem_of(write(tmp_path, BROKEN)).split("\n")[1:-1]
    assert said == [
        "  • order: must be a whole number, not 'two'",
        "  • colour: is not a key of a preset; remove it",
        "  • summary.en: must have 1 character or more, not ''",
        "  • summary.zh: is missing; add zh = …",
        "  • data.kind: must be one of 'points', 'digits', 'table', 'text', not 'dots'",
        "  • model.sizes.1: must be greater than 0, not -8",
        "  • model.activation: must be 'relu', 'tanh', 'sigmoid' or 'gelu', not 'swish'",
        "  • train.lr: is not a key of [train]; remove it",
        "  • train.batch_size: must be greater than 0, not 0",
        "  • title: is missing; add title = …",
        "  • input: is missing; add input = …",
    ]
    said = problem_of(write(tmp_path, "[model]\nsizes = [2, 2]\n")).split("\n")[1:-1]
    assert said[0] == "  • model.family: is missing; add family = …"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("steps = 1_000_000_001", "train.steps"),
        ("seed = 4_294_967_296", "train.seed"),
        ("seed = 1000000000000000000000000", "train.seed"),
    ],
)
def test_numbers_have_bounds(tmp_path: Path, line: str, where: str) -> None:
    assert f"{where}: " in problem_of(write(tmp_path, f"{GOOD}[train]\n{line}\n"))


def test_weights_that_are_a_folder(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "weights.safetensors").mkdir()
    with pytest.raises(Problem, match="is not a file"):
        load_preset(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_folder_whose_name_is_not_utf8(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff\xfe")
    folder.mkdir()
    said = problem_of(write(folder, GOOD))
    assert "not valid UTF-8" in said
    said.encode()


def test_a_name_that_is_too_long_for_a_file() -> None:
    assert "There is no preset" in problem_of("a" * 5000)


def test_a_preset_bears_changes(tmp_path: Path) -> None:
    text = GOOD + '[[change]]\nvalue = "fc1/linear#0"\ncells = ":, 1"\nkind = "zero"\non = false\n'
    (entry,) = (one.entry for one in load_preset(write(tmp_path, text)).preset.change)
    assert entry == Entry(Change("fc1/linear#0", "zero", ":, 1"), on=False)


def test_mistakes_in_changes_come_with_all_others(tmp_path: Path) -> None:
    text = GOOD.replace("sizes = [2, 4, 2]", "sizes = [2, -4, 2]")
    text += '[[change]]\nvalue = "x"\nkind = "half"\ncell = "1"\n'
    text += '[[change]]\nkind = "zero"\ncells = "1, b"\namount = "much"\n'
    said = problem_of(write(tmp_path, text))
    assert f"{tmp_path / 'preset.toml'} has 6 mistake(s)" in said
    for part in ("model.sizes.1", "change.0.kind: must be 'zero'", "change.0.cell: is not a key",
                 "change.1.value: is missing", "change.1.cells: [1, b] is no index: “b”",
                 "change.1.amount: must be a number, not 'much'"):  # fmt: skip
        assert part in said, part
