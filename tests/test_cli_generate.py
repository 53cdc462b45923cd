"""`layerscope generate`: what it writes, and what it refuses in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from explorer.cli import main
from tests.test_cli import layerscope, refused

pytestmark = pytest.mark.slow  # processes of their own

LM = """
import torch
from torch import nn
class LM(nn.Module):
    def __init__(self, ahead: bool = False):
        super().__init__()
        self.table, self.head, self.ahead = nn.Embedding(40, 8), nn.Linear(8, 40), ahead
    def forward(self, ids):
        x = self.table(ids)
        return self.head(x.mean(1, keepdim=True).expand_as(x) if self.ahead else x.cumsum(1))
def example_inputs(): return torch.arange(6)[None]
"""


def test_a_text_is_the_same_for_the_same_seed() -> None:
    words = ("generate", "char-gpt", "--tokens", "12", "--temperature", "0.8", "--top-k", "20")
    first = layerscope(*words).stdout
    assert first.startswith("The value of the ")
    assert first == layerscope(*words, "--seed", "0").stdout
    assert first != layerscope(*words, "--seed", "1").stdout


def test_every_token_comes_with_its_probabilities() -> None:
    words = ("generate", "char-gpt", "--prompt", "def f", "--tokens", "5", "--temperature", "0")
    told = json.loads(layerscope(*words, "--json").stdout)
    assert told["prompt"] == "def f"
    assert told["ended"] is False
    assert len(told["tokens"]) == 5
    assert all(one["drawn_at"] == 1 for one in told["tokens"])  # the likeliest is sure
    assert all(0 < one["model_says"] < 1 for one in told["tokens"])
    shown = "".join(one["name"] for one in told["tokens"])
    assert told["text"] == shown.replace("␣", " ").replace("⏎", "\n")


def test_a_file_of_ones_own_writes_numbers(tmp_path: Path) -> None:
    file = tmp_path / "lm.py"
    file.write_text(LM)
    words = ("generate", file, "--trust", "--tokens", "4", "--json")
    told = json.loads(layerscope(*words).stdout)
    assert told["text"].split() == [str(one["id"]) for one in told["tokens"]]
    said = refused("generate", file, "--trust", "--arg", "ahead=True")
    assert "does not write: what it says at a token depends on those after it" in said
    said = refused("generate", file, "--trust", "--prompt", "hello")
    assert "this one reads none" in said


def test_what_is_refused() -> None:
    assert "does not write" in refused("generate", "digits-cnn")
    assert "The vocabulary has no “é”" in refused("generate", "char-gpt", "--prompt", "é")
    assert "no text to read" in refused("generate", "char-gpt", "--prompt", "")


def test_numbers_that_make_no_sense_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ("--top-p", "0"), ("--top-p", "nan"), ("--temperature", "-1"), ("--temperature", "warm"),
        ("--top-k", "-3"), ("--tokens", "0"), ("--seed", "-1"), ("--seed", "9999999999"),
    ):  # fmt: skip
        with pytest.raises(SystemExit) as ended:
            main(["generate", "char-gpt", *words])
        assert ended.value.code == 2
        assert f"error: argument {words[0]}: " in capsys.readouterr().err


def test_a_picture_of_a_token(tmp_path: Path) -> None:
    out = tmp_path / "token.png"
    words = ("shot", "char-gpt", "--generate", "3", "--size", "900x600", "-o", out)
    layerscope(*words, "--token", "2")
    assert QImage(str(out)).width() == 900
    assert "no token 4: 3 were drawn" in refused(*words, "--token", "4")
    assert "does not write" in refused("shot", "digits-cnn", "--generate", "2", "-o", out)
