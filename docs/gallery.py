"""Makes docs/gallery.md and its pictures anew: ``python docs/gallery.py``.

It needs what ``pip install layerscope[hf]`` installs, and no network. The pictures are of shapes,
so the weights of MiniLM are not needed either: without ``--minilm FOLDER`` they are random.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "assets" / "gallery"
MODELS = "docs/gallery_models.py"
LARGEST = 300_000  # bytes of a picture
MINILM = {
    "architectures": ["BertModel"], "model_type": "bert", "hidden_size": 384,
    "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536,
    "vocab_size": 30522, "max_position_embeddings": 512,
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """``name`` of the file, ``title`` and ``says`` around it, ``model`` with what it is fed, and
    ``look``: what of it is shown, and how."""

    name: str
    title: str
    says: str
    model: str
    look: str


GALLERY = (
    Picture(
        "char-gpt", "A block of a GPT",
        "Every op between two residual additions, with the shapes that it makes.",
        "char-gpt", "--open all --view blocks.0",
    ),
    Picture(
        "digits-cnn", "A small convolutional network",
        "All of it, with its name and its input above.",
        "digits-cnn", "--open all --title --theme light",
    ),
    Picture(
        "spirals-figure", "An MLP as neurons",
        "A figure in place of the graph: weights as lines, and in every neuron its numbers, before"
        " its activation and after it.",
        "spirals-mlp", "--figure",
    ),
    Picture(
        "digits-figure", "A CNN as volumes",
        "Each shows the mean of its channels on its side, and on it what a kernel looks at.",
        "digits-cnn", "--figure --theme light --scale 0.9",
    ),
    Picture(
        "minilm", "A layer of MiniLM",
        "A Hugging Face folder. Attention is one fused op, which the window opens.",
        'all-MiniLM-L6-v2 --text "A cat sat on the mat."',
        "--open all --view encoder.layer.0 --theme light --scale 0.8",
    ),
    Picture(
        "seq2seq", "Encoder and decoder",
        "`nn.Transformer`: what the encoder returns goes to every layer of the decoder.",
        f'{MODELS} --class Seq2Seq --trust --input "source=1,12:int64<1000" '
        '--input "target=1,9:int64<1000"',
        "--open 2",
    ),
    Picture(
        "lstm", "An LSTM, four steps of it",
        "A loop over cells: time goes from left to right, with the states h and c on their way,"
        " from h₀ and c₀ on.",
        f"{MODELS} --class LSTM --trust --input x=1,4,32", "--open all --theme light --scale 0.65",
    ),
    Picture(
        "resnet-50", "ResNet-50",
        "Equal blocks in a row are one node, when they are five or more: `Bottleneck ×5`.",
        f"{MODELS} --class ResNet50 --trust --input x=1,3,224,224",
        "--open 1 --title",
    ),
)  # fmt: skip


def main() -> int:
    """Make the pictures and the page; 1 if one cannot be made or is too large."""
    asked = argparse.ArgumentParser(description="Make docs/gallery.md and its pictures anew.")
    asked.add_argument("--minilm", metavar="FOLDER", help="all-MiniLM-L6-v2, with its weights")
    folder = asked.parse_args().minilm
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        for picture in GALLERY:
            said = shlex.split(f"{picture.model} {picture.look}")
            if picture.name == "minilm":
                said = [*_minilm(folder, Path(made)), *shlex.split(picture.look)]
            out = PICTURES / f"{picture.name}.png"
            command = [sys.executable, "-m", "explorer", "graph", *said, "-o", str(out)]
            if subprocess.run(command, cwd=ROOT).returncode:
                return 1
            if out.stat().st_size > LARGEST:
                print(f"{out} is larger than {LARGEST} bytes: give it a smaller --scale")
                return 1
    (ROOT / "docs" / "gallery.md").write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """The text of docs/gallery.md."""
    parts = [
        "# Gallery\n\nGraphs and figures of recorded passes, as `layerscope graph` writes them."
        " The endings `.svg` and `.pdf` give the same as drawings in which text stays text, `.json`"
        " and `.dot` a graph [as data](graph-format.md).\n\nThis page and its pictures are made by"
        " `python docs/gallery.py`.\n"
    ]
    for one in GALLERY:
        command = f"layerscope graph {one.model} {one.look} -o {one.name}.png"
        parts.append(
            f"\n## {one.title}\n\n{one.says}\n\n```sh\n{command}\n```\n\n"
            f"![{one.title}](../assets/gallery/{one.name}.png)\n"
        )
    return "".join(parts)


def _minilm(folder: str | None, made: Path) -> list[str]:
    """The model and what it is fed: from its folder, or the same shape with random weights."""
    if folder is not None:
        return [str(Path(folder).resolve()), "--text", "A cat sat on the mat."]
    (made / "config.json").write_text(json.dumps(MINILM))
    return [str(made), "--random", "--input", "input_ids=1,9:int64<30522"]


if __name__ == "__main__":
    sys.exit(main())
