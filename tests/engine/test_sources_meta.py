"""Models on the meta device, opened from a file: their map is there, and numbers are not."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from explorer.core.graph import Recording
from explorer.core.problem import Problem
from explorer.core.sources import PythonModel
from explorer.core.values import View
from explorer.engine.sources import put_weights
from explorer.engine.sources.running import open_python
from explorer.engine.subject import Subject
from explorer.session import intents
from explorer.session.state import AppState
from explorer.session.update import update

MODEL = """
import torch
from torch import nn


def net() -> nn.Module:
    with torch.device("{device}"):
        return nn.Sequential(nn.Embedding(300, 8), nn.Linear(8, 300))

"""
EXAMPLE = """
def example_inputs():
    return torch.zeros(1, 4, dtype=torch.long, device="{device}")
"""


def opened(folder: Path, source: str) -> tuple[Subject, Recording]:
    file = folder / "net.py"
    file.write_text(source)
    own = PythonModel(str(file), sha256(file.read_bytes()).hexdigest(), "net", {})
    found = open_python(own, torch.device("cpu"))
    subject = Subject(found.model, found.feed, found.weights, found.axes)
    return subject, subject.record(found.feed.sample)


@pytest.mark.parametrize(
    "example", ["", EXAMPLE.format(device="meta"), EXAMPLE.format(device="cpu")]
)
def test_a_model_without_numbers_has_a_map(example: str, tmp_path: Path) -> None:
    subject, recording = opened(tmp_path, MODEL.format(device="meta") + example)
    assert recording.failure is None
    assert [event.op for event in recording.events] == ["embedding", "linear"]
    result = recording.values[recording.outputs[0]]
    assert (result.shape[-1], result.device) == (300, "meta")
    assert all(tensor.is_meta for tensor in subject.model.parameters())


def test_a_pane_asks_for_no_numbers_where_there_are_none(tmp_path: Path) -> None:
    subject, recording = opened(tmp_path, MODEL.format(device="meta"))
    shown = AppState(page="model", model=subject.describe(), recording=recording)
    ask = intents.Look(
        "values", View(recording.tape, recording.outputs[0], (1, 2), (0, 0, 0), (9, 9))
    )
    state, asked = update(shown, ask)
    assert asked == []
    assert state.banner is None


def test_its_map_opens_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(MODEL.format(device="meta") + EXAMPLE.format(device="meta"))
    done = subprocess.run(
        [sys.executable, "-m", "explorer", "trace", "net.py", "--trust"],
        capture_output=True, text=True, timeout=240, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1×4×300" in done.stdout


def test_what_is_on_the_meta_device_stays_there_beside_what_has_numbers(tmp_path: Path) -> None:
    source = """
import torch
from torch import nn


class net(nn.Module):
    def __init__(self):
        super().__init__()
        self.used = nn.Linear(2, 3)
        self.spare = nn.Linear(2, 3, device="meta")

    def forward(self, x):
        return self.used(x)


def example_inputs():
    return torch.ones(1, 2)
"""
    subject, recording = opened(tmp_path, source)
    assert recording.failure is None
    assert subject.value(recording.tape, recording.outputs[0]).isfinite().all()
    assert subject.model.get_parameter("spare.weight").is_meta


def test_an_example_without_numbers_suits_no_model_with_numbers(tmp_path: Path) -> None:
    source = MODEL.format(device="cpu") + EXAMPLE.format(device="meta")
    with pytest.raises(Problem, match="on the meta device, which has no numbers"):
        opened(tmp_path, source)


def test_no_weights_can_be_put_where_there_are_no_numbers(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    save_file({"weight": torch.ones(3, 2), "bias": torch.ones(3)}, str(file))
    with pytest.raises(Problem, match="is on the meta device, so it cannot take"):
        put_weights(torch.nn.Linear(2, 3, device="meta"), str(file))
