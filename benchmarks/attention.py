"""All attention of a model at once: from the key that asks for it to the painted maps.

The model is a GPT of 12 layers with 12 heads each that reads 512 characters: 38 M weights, which
are reduced where they are. The time is of the window's event loop with a real engine beside it,
drawn offscreen.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.window import gpt, wait, window
from explorer.core.values import TextInput
from explorer.gui.panes.attention import AttentionPane
from explorer.session import intents

LAYERS, HEADS, TOKENS, TURNS = 12, 12, 512, 9
GOAL = 100.0  # milliseconds


def overview() -> tuple[float, int]:
    """Median seconds from choosing the overview to all of its maps painted, and their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "preset.toml").write_text(gpt(TOKENS, LAYERS, HEADS), encoding="utf-8")
        with window(folder) as (app, joined, _):
            session = joined.session
            session.take(intents.EditInput(TextInput(_text(0))))
            wait(app, lambda: session.state.settled)
            recording = session.state.recording
            assert recording is not None
            pane = joined.desk.inspector.panes["attention"]
            assert isinstance(pane, AttentionPane)
            first = recording.attention[0]
            assert recording.values[first.value].shape == (1, HEADS, TOKENS, TOKENS)
            session.take(intents.StepTo(first.event, reveal=True))
            session.take(intents.ChoosePane("attention"))
            wait(app, lambda: session.state.settled and pane.up_to_date)
            times, read = [], 0
            for turn in range(TURNS):  # of another text each time: nothing is known of it
                session.take(intents.EditInput(TextInput(_text(turn))))
                wait(app, lambda: session.state.settled and pane.up_to_date)
                started = time.perf_counter()
                pane.turn(-1)
                assert session.state.attention.show == "model"
                wait(app, lambda: pane.up_to_date)
                pane.repaint()
                times.append(time.perf_counter() - started)
                read = session.state.readings["attention/model/0"].data.size
                assert 0 < read <= LAYERS * HEADS * pane.model.overview.side**2
                pane.turn(1)
            return statistics.median(times), read


def _text(turn: int) -> str:
    return f"{turn}" + "The value of the " * 30 + "!"


def run() -> list[dict[str, Any]]:
    seconds, read = overview()
    took = seconds * 1e3
    return [
        {
            "name": f"all {LAYERS}×{HEADS} maps of {TOKENS} tokens to painted, {read:,} numbers",
            "ours": f"{took:.0f} ms",
            "other": f"{GOAL:.0f} ms",
            "ratio": round(took / GOAL, 2),
            "goal": "≤ 1",
            "held": took <= GOAL,
        }
    ]


if __name__ == "__main__":
    print(run())
