"""Opening a Hugging Face folder and recording a pass, against what a script does, on one thread.

The folder has the shape of all-MiniLM-L6-v2 (6 layers, 12 heads, 384 wide, 30,522 words) with
random weights and a WordPiece tokenizer. The script loads model and tokenizer with
``from_pretrained`` and runs the same text. Everything is imported before.
"""

from __future__ import annotations

import random
import statistics
import string
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from explorer.core.sources import HuggingFaceModel
from explorer.core.values import TextInput
from explorer.engine.device import keep_freed_memory
from explorer.engine.record import record
from explorer.engine.sources import open_own
from explorer.engine.subject import Subject

_ROUNDS = 15
_TEXT = "The quick brown fox jumps over the lazy dog because it is late."
_WORDS = 30522
_CPU = torch.device("cpu")
_GOAL = 1.5


def run() -> list[dict[str, Any]]:
    """Medians in milliseconds and their ratio."""
    keep_freed_memory()  # as the engine does
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            _save(Path(folder))
            recorded, shown, other = _medians(
                lambda: _record(folder), lambda: _show(folder), lambda: _script(folder)
            )
    finally:
        torch.set_num_threads(before)
    return [
        _row("open a MiniLM folder and record / from_pretrained + forward", recorded, other),
        _row("… until there is all that the window draws", shown, other),
    ]


def _row(name: str, ours: float, other: float) -> dict[str, Any]:
    ratio = ours / other
    return {
        "name": name, "ours": f"{ours:.0f} ms", "other": f"{other:.0f} ms",
        "ratio": round(ratio, 3), "goal": _GOAL, "held": ratio <= _GOAL,
    }  # fmt: skip


def _save(folder: Path) -> None:
    from transformers import BertConfig, BertModel, BertTokenizer

    config = BertConfig(
        vocab_size=_WORDS, hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
        intermediate_size=1536, architectures=["BertModel"],
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    generator = random.Random(0)
    words = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.ascii_lowercase])
    words |= dict.fromkeys(_TEXT.lower().rstrip(".").split())
    while len(words) < _WORDS:
        words["".join(generator.choices(string.ascii_lowercase, k=generator.randint(2, 9)))] = None
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)


def _record(folder: str) -> object:
    """Open it, and record one pass."""
    opened = open_own(HuggingFaceModel(folder, "BertModel"), _CPU)
    args, kwargs = opened.feed.arguments(TextInput(_TEXT))
    with torch.no_grad():
        return record(opened.model, *args, **kwargs)


def _show(folder: str) -> object:
    """As the engine does it: events, axis names and attention maps are found too."""
    opened = open_own(HuggingFaceModel(folder, "BertModel"), _CPU)
    subject = Subject(*opened)
    return subject.describe(), subject.record(TextInput(_TEXT))


def _script(folder: str) -> object:
    """What a person would write."""
    from transformers import AutoTokenizer, BertModel

    model = BertModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    with torch.no_grad():
        return model(**tokenizer(_TEXT, return_tensors="pt"))


def _medians(*works: Callable[[], object]) -> list[float]:
    """Milliseconds of each, taken in turn so that a busy moment hits all."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range(_ROUNDS + 2):
        for taken, work in zip(times, works, strict=True):
            began = time.perf_counter()
            work()
            if turn >= 2:  # the first load what they import
                taken.append(time.perf_counter() - began)
    return [statistics.median(taken) * 1e3 for taken in times]


if __name__ == "__main__":
    for row in run():
        print(row)
