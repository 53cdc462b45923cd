"""Trial passes print nothing, and keep no other thread from it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import sys
import threading
from pathlib import Path

import pytest
import torch

from explorer.core.sources import PythonModel
from explorer.engine.quiet import printing_nothing
from explorer.engine.sources import open_own
from explorer.engine.subject import Subject

NET = """
import sys
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        print("built")
        self.first = nn.Linear(6, 4)

    def forward(self, x):
        print("forward", end="!", flush=True)
        sys.stdout.writelines(["ran", "\\n"])
        return self.first(x).relu()
"""


def test_a_model_prints_once_for_each_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.py"
    file.write_text(NET)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    subject = Subject(*open_own(PythonModel(str(file), digest, "Net", {}), torch.device("cpu")))
    assert capsys.readouterr().out == "built\n"  # many shapes were tried
    recording = subject.record(subject.feed.sample)
    named = subject.name(recording.tape)
    assert named.values[0].axes[0] == "B"  # the names took further passes
    assert capsys.readouterr().out == "forward!ran\n"


def test_other_threads_go_on_printing() -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        with printing_nothing():
            print("mine")
            other = threading.Thread(target=print, args=("theirs",))
            other.start()
            other.join()
        print("again")
    assert said.getvalue() == "theirs\nagain\n"


def test_a_stream_that_was_put_there_meanwhile_stays() -> None:
    before, other = sys.stdout, io.StringIO()
    try:
        with printing_nothing():
            kept = sys.stdout
            sys.stdout = other
        assert sys.stdout is other
        sys.stdout = kept  # as whoever redirects puts back what there was
        with contextlib.redirect_stdout(other):
            pass
        print("heard", file=kept)
    finally:
        sys.stdout = before


def test_it_is_quiet_only_inside_also_after_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        print("inside")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), printing_nothing():
        fails()
    print("after")
    assert capsys.readouterr().out == "after\n"
