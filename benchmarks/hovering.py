"""Pointing at one number among 16 million: from the mouse's move to the lit cells it came from.

The model is a GPT of one layer and one head that reads 4,096 characters; a part of its attention
is in view, so near that a cell is one number. The time is of the
window's event loop with a real engine beside it, drawn offscreen.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.window import gpt, wait, window
from explorer.core.values import TextInput
from explorer.gui.panes.values import ValuesPane
from explorer.picture.plane import fitted
from explorer.session import intents
from explorer.session.session import Session

TOKENS, TURNS = 4096, 15
GOAL = 16.0  # milliseconds
NEAR = ((3000.0, 3050.0), (1000.0, 1060.0))  # rows and columns in view: single numbers
NONE = Qt.MouseButton.NoButton


def run() -> list[dict[str, Any]]:
    """A row for each op of attention that gives so many numbers."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "preset.toml").write_text(gpt(TOKENS, 1, 1), encoding="utf-8")
        with window(folder) as (app, joined, _):
            session = joined.session
            text = ("The value of the name is " * TOKENS)[:TOKENS]
            session.take(intents.EditInput(TextInput(text)))
            wait(app, lambda: session.state.settled)
            recording = session.state.recording
            assert recording is not None
            session.take(intents.ChoosePane("values"))
            pane = joined.desk.inspector.panes["values"]
            assert isinstance(pane, ValuesPane)
            for event in recording.events:
                shape = recording.values[event.outputs[0]].shape if event.outputs else ()
                if event.op in ("matmul", "div", "masked_fill", "softmax") and shape[-2:] == (
                    TOKENS, TOKENS,
                ):  # fmt: skip
                    session.take(intents.StepTo(event.index, reveal=True))
                    what = recording.values[event.outputs[0]]
                    near = replace(fitted(session.state.plane, what), seen=NEAR)
                    session.take(intents.ShowPlane(near))
                    wait(app, lambda: session.state.settled and pane.up_to_date)
                    assert pane.map.extents == NEAR
                    took = statistics.median(_hovers(app, joined.session, pane)) * 1e3
                    rows.append(_row(f"point at one of {TOKENS}×{TOKENS} of a {event.op}", took))
    return rows


def _hovers(app: QApplication, session: Session, pane: ValuesPane) -> list[float]:
    """Seconds from a move of the mouse, out of another cell, to the lit cells painted."""
    times = []
    field = pane.map.field()
    for turn in range(TURNS):
        before = session.state.derivation.hint
        across = (turn + 1) / (TURNS + 1)
        place = QPointF(field.left() + across * field.width(), field.top() + 0.9 * field.height())
        began = time.perf_counter()
        _move(pane.map, place)
        while session.state.derivation.hint in (None, before):
            app.processEvents()
        app.processEvents()  # what is to be painted is
        times.append(time.perf_counter() - began)
        wait(app, lambda: session.state.settled)
    return times[1:]


def _move(widget: QWidget, place: QPointF) -> None:
    no = Qt.KeyboardModifier.NoModifier
    kind, on_screen = QEvent.Type.MouseMove, widget.mapToGlobal(place)
    QApplication.sendEvent(widget, QMouseEvent(kind, place, on_screen, NONE, NONE, no))


def _row(name: str, took: float) -> dict[str, Any]:
    return {
        "name": name, "ours": f"{took:.1f} ms", "other": f"{GOAL:.0f} ms",
        "ratio": round(took / GOAL, 2), "goal": "≤ 1", "held": took <= GOAL,
    }  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(row)
