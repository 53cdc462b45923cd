"""`layerscope graph` as a user runs it: every format, and what cannot be done in one sentence."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.test_cli import layerscope, refused

MODEL = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.body(x)

def example_inputs():
    return torch.ones(1, 4)
"""


def written(out: Path, *words: object) -> bytes:
    done = layerscope("graph", *words, "-o", out, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out)
    return out.read_bytes()


def test_an_svg_in_chinese_with_a_title(tmp_path: Path) -> None:
    svg = written(tmp_path / "a.svg", "digits-cnn", "--open", "all", "--title", "--lang", "zh")
    text = "".join(ET.fromstring(svg).itertext())
    for said in ("手写数字", "features", "Conv2d", "输出"):
        assert said in text


def test_a_pdf(tmp_path: Path) -> None:
    assert written(tmp_path / "a.pdf", "first-network").startswith(b"%PDF-")


def test_a_png_at_a_scale_and_into_a_size(tmp_path: Path) -> None:
    def size(data: bytes) -> tuple[int, int]:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")

    once = size(written(tmp_path / "a.png", "first-network"))
    thrice = size(written(tmp_path / "b.png", "first-network", "--scale", 3))
    assert thrice == pytest.approx((3 * once[0], 3 * once[1]), abs=2)
    fitted = size(written(tmp_path / "c.png", "first-network", "--size", "500x400"))
    assert fitted[1] == 400
    assert fitted[0] <= 500


def test_json_by_levels(tmp_path: Path) -> None:
    def opened(level: str) -> set[str]:
        data = json.loads(written(tmp_path / f"{level}.json", "char-gpt", "--open", level))
        return {call["module"] for call in data["calls"] if call["open"]}

    none, one = opened("0"), opened("1")
    assert none == {""}
    assert "blocks.0" in one
    assert "blocks.0.attn" not in one
    assert "blocks.0.attn" in opened("all")


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_graphviz_takes_the_dot(tmp_path: Path) -> None:
    dot = written(tmp_path / "a.dot", "char-gpt", "--open", "1")
    done = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, check=True)
    assert not done.stderr
    assert b"blocks.3" in done.stdout


def test_a_module_alone(tmp_path: Path) -> None:
    svg = written(tmp_path / "a.svg", "char-gpt", "--view", "blocks.1.attn").decode()
    assert "softmax" in svg
    assert "lm_head" not in svg


def test_a_model_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(MODEL)
    out = tmp_path / "a.svg"
    assert "--trust" in refused("graph", file, "-o", out)
    assert not out.exists()
    assert b"body" in written(out, file, "--trust")


@pytest.mark.parametrize(
    ("name", "words", "says"),
    [
        ("a.gif", (), ".svg, .pdf, .png, .json, .dot"),
        ("a", (), ".svg, .pdf, .png, .json, .dot"),
        ("gone/a.svg", (), "there is no folder"),
        ("a.svg", ("--open", "two"), "--open two is not a level"),
        ("a.svg", ("--open", "-1"), "--open"),
        ("a.svg", ("--open", "²"), "is not a level"),
        ("a.png", ("--scale", "nan"), "--scale nan"),
        ("a.png", ("--scale", "90"), "the largest scale that works is "),
        ("a.svg", ("--view", "layer"), "the nearest are layers"),
        ("a.svg", ("--trust",), "--trust"),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, name: str, words: tuple[str, ...], says: str) -> None:
    said = layerscope("graph", "first-network", *words, "-o", tmp_path / name)
    assert said.returncode == 2
    assert says in said.stderr
    assert "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    out.write_bytes(b"old")
    refused("graph", "first-network", "--scale", "90", "-o", out)
    assert out.read_bytes() == b"old"


def test_the_gallery_has_its_pictures() -> None:
    page = Path(__file__).parents[1] / "docs" / "gallery.md"
    pictures = re.findall(r"!\[.+\]\((.+)\)", page.read_text(encoding="utf-8"))
    assert len(pictures) == 6
    assert all((page.parent / one).stat().st_size <= 300_000 for one in pictures)
