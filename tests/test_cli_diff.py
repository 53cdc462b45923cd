"""`layerscope diff` and `shot --beside` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from explorer.gui.map.differences import sign_color
from explorer.gui.theme import THEMES
from tests.test_cli import layerscope, refused

pytestmark = pytest.mark.slow  # processes and windows of their own

MODEL = """
from torch import nn, ones

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), {act}, nn.Linear(8, 2))

    def forward(self, x):
        y = self.body(x)
        return {result}

def example_inputs():
    return ones(1, 4)
"""


def written(folder: Path, name: str, act: str, result: str = "y") -> Path:
    path = folder / name
    path.write_text(MODEL.format(act=act, result=result))
    return path


def test_what_differs_in_lines_and_as_json(tmp_path: Path) -> None:
    old = written(tmp_path, "old.py", "nn.ReLU()")
    new = written(tmp_path, "new.py", "nn.GELU()", "y.softmax(-1)")
    done = layerscope("diff", old, new, "--trust", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    first, second, last = done.stdout.splitlines()
    assert first.startswith("~ body.1")
    assert "class ReLU → GELU" in first
    assert second == "+ softmax#0"
    assert last == "1 added, 1 changed"
    done = layerscope("diff", new, old, "--trust", "--json", "--device", "cpu")
    said = json.loads(done.stdout)
    assert (said["added"], said["removed"], said["changed"]) == (0, 1, 1)
    assert said["differences"][0]["before"]["class"] == "GELU"
    assert said["differences"][1]["after"] is None


SETTINGS = """
from torch import nn

class Net(nn.Module):
    def __init__(self, d: int):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=2, dilation=d)

    def forward(self, x):
        return self.conv(x)

class Other(Net):
    def forward(self, x):
        return self.conv(x).relu()
"""


def test_two_of_one_file_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(SETTINGS)
    diff = ("diff", file, file, "--trust", "--device", "cpu", "--class", "Net")
    arguments = ("--arg", "before.d=1", "--arg", "after.d=2")
    done = layerscope(
        *diff, *arguments, "--input", "before.x=1,1,6,6", "--input", "after.x=2,1,6,6"
    )
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert "dilation 2" in first
    assert last == "1 changed; sizes of the input, and what follows from them: 1 → 2"
    done = layerscope(*diff, "--class", "after.Other", "--arg", "d=2", "--input", "x=1,1,6,6")
    assert done.stdout.splitlines()[0].startswith("+ relu#0"), done.stderr


def test_what_cannot_be_compared_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert "no-such-preset" in refused("diff", "spirals-mlp", "no-such-preset")
    old = written(tmp_path, "old.py", "nn.ReLU()")
    assert "--trust" in refused("diff", "spirals-mlp", old)
    assert "--trust" in refused("diff", "spirals-mlp", "digits-cnn", "--trust")
    out = tmp_path / "x.png"
    shot = ("shot", "spirals-mlp", "-o", out)
    assert "--beside" in refused(*shot, "--beside", "digits-cnn", "--view", "train")
    assert "nothing" in refused(*shot, "--beside", "nothing")
    assert not out.exists()


def test_a_picture_of_two(tmp_path: Path) -> None:
    out = tmp_path / "two.png"
    shot = ("shot", "spirals-mlp", "--beside", "first-network", "--size", "900x600", "-o", out)
    done = layerscope(*shot, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert out.read_bytes().startswith(b"\x89PNG")


LONG = """
from torch import nn, ones

class Net(nn.Module):
    def forward(self, x):
        for _ in range({count}):
            x = x.relu()
        return x

def example_inputs():
    return ones(1, 4)
"""


def test_large_ones_are_compared_before_there_is_a_picture(tmp_path: Path) -> None:
    files = tmp_path / "old.py", tmp_path / "new.py"
    for file, count in zip(files, (450, 451), strict=True):
        file.write_text(LONG.format(count=count))
    old, new = files
    done = layerscope("diff", old, new, "--trust", "--device", "cpu")
    assert done.stdout.splitlines()[-1] == "1 added", done.stderr
    out = tmp_path / "two.png"
    shot = ("shot", new, "--beside", old, "--trust", "--size", "900x600", "-o", out)
    done = layerscope(*shot, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    picture, added = QImage(str(out)), sign_color(THEMES["dark"], "added")
    bar = [picture.pixelColor(x, y) for x in range(220, 680) for y in range(50, 78)]
    assert any(close(color, added) for color in bar)


def close(one: QColor, other: QColor) -> bool:
    apart = one.red() - other.red(), one.green() - other.green(), one.blue() - other.blue()
    return max(map(abs, apart)) < 24
