"""One's own model in the window, with real keys and a real engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from explorer.session import intents
from tests.end_to_end.test_window import App, app  # noqa: F401 (a fixture)

pytestmark = pytest.mark.slow  # processes and windows of their own

SOURCE = '''
import torch
from torch import nn


class Net(nn.Module):
    """Two layers, or two that do not fit, or a loop without an end."""

    def __init__(self, width: int, wrong: bool = False, endless: bool = False):
        super().__init__()
        self.first = nn.Linear(4, width)
        self.last = nn.Linear(width + wrong, 2)
        self.endless = endless

    def forward(self, x):
        x = torch.relu(self.first(x))
        while self.endless:
            x = x + 1
        return self.last(x)


def example_inputs():
    return torch.ones(3, 4)
'''


def ask(app: App, file: Path) -> None:  # noqa: F811
    app.joined.session.take(intents.OpenPath(str(file)))
    app.until(lambda s: s.found is not None)
    app.bot.waitUntil(app.desk.sheet.isVisible)


def test_a_python_file_is_allowed_opened_mended_and_given_up(app: App, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "net.py"
    file.write_text(SOURCE)
    ask(app, file)
    for key in (Qt.Key.Key_5, Qt.Key.Key_Return):
        app.press(key)
    app.until(lambda s: s.recording is not None)
    recording = app.state.recording
    assert recording is not None
    assert [event.op for event in recording.events] == ["linear", "relu", "linear"]
    assert recording.values[recording.outputs[0]].shape == (3, 2)
    assert app.window.windowTitle() == "Net – Layerscope"

    # allowed before: no warning; the arguments of the last time; now they do not fit
    ask(app, file)
    assert app.desk.sheet.open.text() == "Open"
    for key in (Qt.Key.Key_Tab,) * 3:
        app.press(key)
    app.press(Qt.Key.Key_Space)
    app.press(Qt.Key.Key_Return)
    app.until(lambda s: s.recording is not None and s.recording.failure is not None)
    assert app.state.recording is not None
    assert len(app.state.recording.events) == 2
    assert app.state.cursor == 1

    # a pass that does not end is given up by Escape, and the window goes on
    ask(app, file)
    for key in (Qt.Key.Key_Tab,) * 4:
        app.press(key)
    app.press(Qt.Key.Key_Space)
    app.press(Qt.Key.Key_Return)
    app.until(lambda s: s.own is not None and "RecordPass" in s.tickets)
    app.bot.waitUntil(app.desk.busy.isVisible, timeout=10_000)
    app.press(Qt.Key.Key_Escape)
    app.until(lambda s: not s.tickets and s.engine.status == "ready")
    assert not app.desk.busy.isVisible()
    assert app.state.model is not None
