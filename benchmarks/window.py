"""The window while it works: a step or a choice to a large value painted, and training with plots
live.

Times are of this process's event loop with a real engine beside it, drawn offscreen.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from explorer.app import Joined
from explorer.core.values import TextInput
from explorer.gui.panes.values import ValuesPane
from explorer.gui.window import Window, make_application
from explorer.session import intents
from explorer.session.arrangement import Arrangement
from explorer.session.process import engine_command, spawn
from explorer.session.state import AppState

PRESET = """
title = {{en = "Wide", zh = "宽"}}
summary = {{en = "for a measurement", zh = "用于测量"}}
model = {{family = "mlp", sizes = [2, {side}, {side}, 2]}}
data = {{kind = "points", shape = "moons"}}
input = {{values = [0.5, 0.5]}}
"""
SHIPPED = Path(__file__).resolve().parents[1] / "presets" / "char-gpt" / "preset.toml"
GPT = """
title = {{en = "Many heads", zh = "多头"}}
summary = {{en = "for a measurement", zh = "用于测量"}}
model = {{family = "gpt", vocabulary = 96, context = {tokens}, layers = {layers}, heads = {heads},
         width = {width}}}
data = {{kind = "text", text = "pydoc_data.topics", vocabulary = {vocabulary}}}
input = {{text = "The value of the "}}
"""
TURNS, TRAIN_SECONDS = 7, 8.0
TURNS_OF_A_KEY = 11
STEPPED_TO = ("div", "masked_fill", "softmax")


def gpt(tokens: int, layers: int, heads: int) -> str:
    """A ``preset.toml`` of one that reads so many characters."""
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    vocabulary = json.dumps(shipped["data"]["vocabulary"])
    return GPT.format(
        tokens=tokens, layers=layers, heads=heads, width=16 * heads, vocabulary=vocabulary
    ).replace(",\n         width", ", width")


@contextmanager
def window(preset: str) -> Iterator[tuple[QApplication, Joined, Window]]:
    app = make_application("dark")
    shown = Window("dark")
    shown.resize(1920, 1080)
    shown.show()
    with tempfile.TemporaryDirectory() as run:
        joined = Joined(shown, spawn(engine_command("cpu")), "cpu", preset,
                        AppState(run=run))  # fmt: skip
        try:
            wait(app, lambda: joined.session.state.recording is not None)
            wait(app, lambda: joined.session.state.settled)
            yield app, joined, shown
        finally:
            joined.close()
            shown.close()


def wait(app: QApplication, holds: Callable[[], bool], patience: float = 120.0) -> None:
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get there")
        app.processEvents()
        time.sleep(0.0002)


def choosing(side: int) -> float:
    """Median seconds from choosing a (side, side) weight to its painted heatmap."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "preset.toml").write_text(PRESET.format(side=side), encoding="utf-8")
        with window(folder) as (app, joined, _):
            session = joined.session
            recording = session.state.recording
            assert recording is not None
            index = next(i for i, v in enumerate(recording.values) if v.shape == (side, side))
            event = next(e for e in recording.events if index in e.inputs)
            session.take(intents.ChoosePane("values"))
            session.take(intents.StepTo(event.index, reveal=True))
            wait(app, lambda: session.state.settled)
            painted = _Painted(joined, index)
            times = []
            for _turn in range(TURNS_OF_A_KEY):
                session.take(intents.SelectOutput(None))
                _rest(app, joined)
                times.append(painted.after(lambda: session.take(intents.SelectOutput(index))))
            return statistics.median(times)


def stepping(tokens: int, pause: float) -> dict[str, float]:
    """Median seconds from the key that steps to the painted heatmap of what an op of attention
    gave, (1, 1, tokens, tokens), by op; so many seconds after the step before. Nobody has looked at
    any of the numbers yet: each turn walks through another pass."""
    found: dict[str, list[float]] = {op: [] for op in STEPPED_TO}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "preset.toml").write_text(gpt(tokens, 1, 1), encoding="utf-8")
        with window(folder) as (app, joined, shown):
            session = joined.session
            session.take(intents.ChoosePane("values"))
            for turn in range(TURNS_OF_A_KEY):
                text = (f"The value of name {turn} is " * tokens)[:tokens]
                session.take(intents.EditInput(TextInput(text)))
                wait(app, lambda: session.state.settled)
                recording = session.state.recording
                assert recording is not None
                wanted = {
                    event.index: event
                    for event in recording.events
                    if event.op in STEPPED_TO
                    and recording.values[event.outputs[0]].shape[-2:] == (tokens, tokens)
                }
                session.take(intents.StepTo(min(wanted) - 2, reveal=True))
                wait(app, lambda: session.state.settled)
                for index in range(min(wanted) - 1, max(wanted) + 1):
                    event = wanted.get(index, recording.events[index])
                    painted = _Painted(joined, event.outputs[0])
                    took = painted.after(lambda: QTest.keyClick(shown, Qt.Key.Key_F10))
                    assert session.state.cursor == index
                    if index in wanted:
                        found[event.op].append(took)
                    painted.stop()
                    _pause(app, pause)
    return {op: statistics.median(took) for op, took in found.items()}


def _pause(app: QApplication, seconds: float) -> None:
    """Somebody looks, and presses nothing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.002)


def _rest(app: QApplication, joined: Joined) -> None:
    """Until nobody has anything to do."""
    wait(app, lambda: joined.session.state.settled)
    for _ in range(20):
        app.processEvents()
        time.sleep(0.002)


class _Painted(QObject):
    """Waits until the heatmap of a value is painted."""

    def __init__(self, joined: Joined, value: int) -> None:
        pane = joined.desk.inspector.panes["values"]
        assert isinstance(pane, ValuesPane)
        map_: QWidget = pane.map
        super().__init__(map_)
        self._value = value
        self._there = self._is_painted = False
        map_.installEventFilter(self)
        joined.session.listen(self._hear)
        self._joined = joined

    def stop(self) -> None:
        """Wait for it no more."""
        self._joined.session.unlisten(self._hear)
        self.deleteLater()

    def after(self, act: Callable[[], object]) -> float:
        """Seconds that it takes from an act, in an event loop that sleeps where it can."""
        self._there = self._is_painted = False
        started = time.perf_counter()
        act()
        while not self._is_painted:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        return time.perf_counter() - started

    def _hear(self, old: AppState | None, new: AppState) -> None:
        reading = new.readings.get("values")
        if reading is not None and reading.view.value == self._value:
            self._there = True  # the panes were told before

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The frame that is begun here has ended when the loop comes back."""
        self._is_painted |= self._there and event.type() == QEvent.Type.Paint
        return False


def training(
    name: str, cards: tuple[str, ...] = (), seconds: float = TRAIN_SECONDS
) -> tuple[list[float], list[float], float]:
    """Steps a second of a preset with the window open and these pictures in it (or the usual ones),
    and of the bare torch loop in a process of its own. Every turn begins anew, so that it does not
    come to the end of the plan.

    They take turns, as a busy machine is slow for minutes. Also the longest stall of the window's
    event loop while it trains, in seconds.
    """
    rates, alone, stalls = [], [], []
    words = [str(Path(__file__).with_name("training.py")), "--bare", name, str(seconds)]
    with (
        window(name) as (app, joined, _),
        subprocess.Popen([sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         text=True, bufsize=1) as bare,
    ):  # fmt: skip
        assert bare.stdin is not None
        assert bare.stdout is not None
        joined.session.take(intents.ShowTab("training"))
        if cards:
            joined.session.take(intents.ArrangeCards(Arrangement.of(cards)))
        for _ in range(TURNS):
            rate, stall = _train(app, joined, seconds)
            rates.append(rate)
            stalls.append(stall)
            print("train", file=bare.stdin)
            alone.append(float(bare.stdout.readline()))
        bare.stdin.close()
    return rates, alone, statistics.median(stalls)


def _train(app: QApplication, joined: Joined, seconds: float) -> tuple[float, float]:
    """Steps a second of one turn, and the longest stall."""
    session = joined.session
    state = lambda: session.state.training  # noqa: E731
    for _ in range(2 if state().step else 1):  # what throws steps away is asked for once more
        session.take(intents.Retrain())
    wait(app, lambda: state().step == 0 and session.state.settled)
    first = state().step
    session.take(intents.StartTraining())
    wait(app, lambda: state().step > first + 3)
    worst = 0.0

    def tick() -> None:
        nonlocal worst, last
        now = time.perf_counter()
        worst, last = max(worst, now - last - 0.005), now

    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(tick)
    first, last = state().step, time.perf_counter()
    wait_for_change = lambda step: wait(app, lambda: state().step != step)  # noqa: E731
    timer.start()
    wait_for_change(first)  # from the end of one step to that of another
    first, started = state().step, time.perf_counter()
    QTimer.singleShot(int(seconds * 1000), app.quit)
    app.exec()
    wait_for_change(state().step)
    rate = (state().step - first) / (time.perf_counter() - started)
    timer.stop()
    session.take(intents.PauseTraining())
    wait(app, lambda: not state().running)
    return rate, worst


def _until_painted(name: str, took: float, goal: float) -> dict[str, Any]:
    took *= 1e3
    return {
        "name": name, "ours": f"{took:.1f} ms", "other": f"{goal:.0f} ms",
        "ratio": round(took / goal, 2), "goal": "≤ 1", "held": took <= goal,
    }  # fmt: skip


def run() -> list[dict[str, Any]]:
    rows = []
    for side, goal in ((1024, 16.0), (4096, 33.0)):
        took = choosing(side)
        rows.append(_until_painted(f"choose a {side}×{side} value to painted", took, goal))
        for pause, said in ((0.2, ""), (0.0, ", without a pause before")):
            for op, took in stepping(side, pause).items():
                name = f"step to a {op} of {side}×{side} to painted{said}"
                rows.append(_until_painted(name, took, goal))
    rates, alone, worst = training("char-gpt")
    ratio = statistics.median(r / b for r, b in zip(rates, alone, strict=True))
    rows.append(
        {
            "name": "training char-gpt with the window open",
            "ours": f"{statistics.median(rates):.1f} steps/s",
            "other": f"{statistics.median(alone):.1f} steps/s",
            "ratio": round(ratio, 3),
            "goal": "≥ 0.95",
            "held": ratio >= 0.95,
        }
    )
    stall = worst * 1e3
    rows.append(
        {
            "name": "longest stall of the window meanwhile",
            "ours": f"{stall:.0f} ms",
            "other": "50 ms",
            "ratio": round(stall / 50, 2),
            "goal": "≤ 1",
            "held": stall <= 50,
        }
    )
    return rows
