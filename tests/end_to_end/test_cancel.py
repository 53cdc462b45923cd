"""Giving up what hangs: code that hears it, and code that does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.app import Headless
from explorer.core.sources import PythonFile, PythonModel
from explorer.core.values import TensorsInput, TensorSpec
from explorer.session import intents as i
from explorer.session.state import AppState

pytestmark = pytest.mark.slow  # processes and windows of their own

NET = """
import sys
import time
from torch import nn

class Net(nn.Module):
    def __init__(self, slow: int = 0):
        super().__init__()
        if slow:
            time.sleep(1000)
        self.inner = nn.Linear(4, 4)

    def forward(self, x):
        while len(x) == 7:
            x = x + 1
        if len(x) == 8:
            time.sleep(1000)
        if len(x) == 9:
            sys.exit(3)
        return self.inner(x)
"""


def rows(count: int) -> TensorsInput:
    return TensorsInput((TensorSpec("x", (count, 4)),))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Headless]:
    """A session with the model above open on three rows."""
    file = tmp_path / "net.py"
    file.write_text(NET)
    headless = Headless("cpu")
    headless.take(i.OpenPath(str(file)))
    headless.until(lambda s: s.found is not None, patience=120)
    headless.take(i.OpenOwn(model(headless.state, {})))
    settle(headless)
    yield headless
    headless.close()


def model(state: AppState, arguments: dict[str, str]) -> PythonModel:
    found = state.found
    assert isinstance(found, PythonFile)
    return PythonModel(found.path, found.digest, "Net", arguments, rows(3))


def settle(app: Headless) -> AppState:
    app.until(lambda s: s.settled, patience=120)
    return app.state


def asked(app: Headless) -> None:
    """Wait until the engine has begun with what was asked."""
    time.sleep(0.5)
    app.take(i.Cancel())


def test_what_hangs_is_given_up_and_everything_else_comes_back(app: Headless) -> None:
    before = app.state.recording
    assert before is not None
    assert before.input == rows(3)
    first = app.pid

    app.take(i.EditInput(rows(7)))  # turns in Python, and hears it
    asked(app)
    state = settle(app)
    assert (app.pid, state.recording) == (first, before)
    assert state.banner is not None
    assert state.banner.kind == "cancelled"

    app.take(i.EditInput(rows(8)))  # stays in C, and does not
    asked(app)
    app.until(lambda s: s.engine.restarts > 0, patience=10)
    state = settle(app)
    assert app.pid != first
    assert state.recording is not None
    assert state.recording.input == rows(3)

    second = app.pid
    own = state.own
    assert isinstance(own, PythonModel)
    app.take(i.OpenOwn(PythonModel(own.path, own.digest, "Net", {"slow": "1"}, rows(3))))
    asked(app)
    app.until(lambda s: s.engine.status == "starting", patience=10)
    state = settle(app)
    assert app.pid != second
    assert (state.own, state.wanted) == (own, None)
    assert state.recording is not None
    assert state.recording.input == rows(3)


def test_a_model_cannot_end_the_engine(app: Headless) -> None:
    engine = app.pid
    app.take(i.EditInput(rows(9)))
    state = settle(app)
    assert state.banner is not None
    assert "sys.exit" in state.banner.text.format(**state.banner.values)
    assert (app.pid, state.engine.status) == (engine, "ready")
    app.take(i.EditInput(rows(2)))
    state = settle(app)
    assert state.recording is not None
    assert state.recording.input == rows(2)


@pytest.mark.parametrize("count", [7, 8])  # one hears it, one does not
def test_another_model_can_be_opened_while_one_hangs(
    app: Headless, tmp_path: Path, count: int
) -> None:
    other = tmp_path / "other.py"
    other.write_text(NET.replace("Net", "Other"))
    app.take(i.EditInput(rows(count)))
    time.sleep(0.5)
    app.take(i.OpenPath(str(other)))
    app.until(lambda s: s.found is not None, patience=60)
    found = app.state.found
    assert isinstance(found, PythonFile)
    app.take(i.OpenOwn(PythonModel(found.path, found.digest, "Other", {}, rows(2))))
    state = settle(app)
    assert state.title == "Other"
    assert state.recording is not None
    assert state.recording.input == rows(2)
