"""`layerscope graph` as a user runs it: every format, and what cannot be done in one sentence."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtGui import QImage
from safetensors.torch import load_file

from tests.test_cli import layerscope, refused

pytestmark = pytest.mark.slow  # processes and windows of their own

SVG = "{http://www.w3.org/2000/svg}"
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


def test_a_png_into_a_size(tmp_path: Path) -> None:
    data = written(tmp_path / "a.png", "first-network", "--size", "500x400")
    wide, high = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert high == 400
    assert wide <= 500


def test_json_by_levels(tmp_path: Path) -> None:
    def opened(level: str) -> set[str]:
        data = json.loads(written(tmp_path / f"{level}.json", "char-gpt", "--open", level))
        return {call["module"] for call in data["calls"] if call["open"]}

    one = opened("1")
    assert "blocks.0" in one
    assert "blocks.0.attn" not in one
    assert opened("0") == {""}


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_graphviz_takes_the_dot(tmp_path: Path) -> None:
    dot = written(tmp_path / "a.dot", "char-gpt", "--open", "1")
    done = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, check=True)
    assert not done.stderr
    assert b"blocks.3" in done.stdout


def test_a_module_alone(tmp_path: Path) -> None:
    svg = written(
        tmp_path / "a.svg", "char-gpt", "--open", "all", "--view", "blocks.1.attn"
    ).decode()
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
        ("a.json", ("--figure",), "The figure cannot be written as"),
        ("a.dot", ("--figure",), "must end in .svg, .pdf, .png."),
        ("a.svg", ("--figure", "--open", "all"), "a figure is always whole"),
        ("a.svg", ("--figure", "--view", "layers"), "a figure is always whole"),
        ("a.png", ("--figure", "--scale", "90"), "the largest scale that works is "),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, name: str, words: tuple[str, ...], says: str) -> None:
    said = layerscope("graph", "first-network", *words, "-o", tmp_path / name)
    assert said.returncode == 2
    assert says in said.stderr
    assert "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []


SPIRALS = Path(__file__).parents[1] / "presets" / "spirals-mlp" / "weights.safetensors"


def test_a_figure_has_the_numbers_that_torch_computes(tmp_path: Path) -> None:
    weights = load_file(SPIRALS)
    x = torch.tensor([0.4, 0.2])
    expected = x.tolist()
    for n in (0, 2, 4):
        x = weights[f"layers.{n}.weight"] @ x + weights[f"layers.{n}.bias"]
        expected += x.tolist()
        if n < 4:
            x = x.tanh()
            expected += x.tolist()
    svg = written(tmp_path / "a.svg", "spirals-mlp", "--figure")
    texts = ["".join(node.itertext()).strip() for node in ET.fromstring(svg).iter(f"{SVG}text")]
    numbers = [float(t.replace("−", "-")) for t in texts if re.fullmatch(r"−?\d\.\d\d", t)]
    assert len(numbers) == len(expected) == 2 + 8 * 4 + 2
    assert np.allclose(sorted(numbers), sorted(expected), atol=0.0051)
    assert b'font-family="' in svg


def test_a_figure_of_volumes_shows_what_they_hold(tmp_path: Path) -> None:
    svg = written(tmp_path / "a.svg", "digits-cnn", "--figure", "--theme", "print", "--lang", "zh")
    root = ET.fromstring(svg)
    texts = {"".join(node.itertext()).strip() for node in root.iter(f"{SVG}text")}
    assert {"conv 3×3", "max pool 2×2", "C 16 × H 8 × W 8", "+ 96", "9"} <= texts
    assert len(list(root.iter(f"{SVG}image"))) == 5  # the input, and what four volumes hold
    assert b'"#ffffff"' in svg


def test_a_figure_is_a_pdf_and_a_png_of_the_same_size(tmp_path: Path) -> None:
    root = ET.fromstring(written(tmp_path / "a.svg", "first-network", "--figure", "--title"))
    wide, high = (int(root.get(side, "")) for side in ("width", "height"))
    assert "First network" in "".join(root.itertext())
    pdf = written(tmp_path / "a.pdf", "first-network", "--figure", "--title")
    pages = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)", pdf)
    assert len(pages) == 1
    assert [float(side) for side in pages[0]] == pytest.approx([wide * 0.75, high * 0.75], abs=1)
    png = written(tmp_path / "a.png", "first-network", "--figure", "--title", "--scale", "2.5")
    found = [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)]
    assert found == pytest.approx([wide * 2.5, high * 2.5], abs=2)


def test_a_figure_of_a_model_of_ones_own(tmp_path: Path) -> None:
    file, out = tmp_path / "net.py", tmp_path / "a.svg"
    file.write_text(MODEL)
    texts = "".join(ET.fromstring(written(out, file, "--trust", "--figure")).itertext())
    assert texts.count("1.00") >= 4  # what it was given
    assert "ReLU" in texts


def test_a_model_without_a_figure_is_told_why(tmp_path: Path) -> None:
    out = tmp_path / "a.svg"
    said = refused("graph", "char-gpt", "--figure", "-o", out)
    assert "A figure shows MLPs and CNNs; this model also has embedding, in " in said
    assert "Leave --figure out to get its graph." in said
    assert not out.exists()


def test_a_pass_that_stops_has_no_figure_and_says_where_it_stopped(tmp_path: Path) -> None:
    file, out = tmp_path / "net.py", tmp_path / "a.svg"
    file.write_text(MODEL.replace("torch.ones(1, 4)", "torch.ones(1, 5)"))
    said = refused("graph", file, "--trust", "--figure", "-o", out)
    assert "body.0" in said
    assert not out.exists()


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_model_that_returns_a_constant_is_no_blank_picture(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / "net.py"
    file.write_text("""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(2))

    def forward(self, x):
        return self.w


def example_inputs():
    return torch.ones(2, 4)
""")
    out = tmp_path / f"net.{suffix}"
    made = written(out, file, "--trust")
    if suffix == "svg":
        assert re.findall(r">([^<]+)</text>", made.decode()) == [
            "x  2×4  float32", "This pass ran no op.",
        ]  # fmt: skip
    else:
        image = QImage(str(out))
        colors = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
        assert len(colors) > 10
