"""Does anything at all with the window, in any order, while answers of the engine come late.

    python -m tests.gui.monkey SEED SECONDS [PRESET,PRESET… | FILE.py]

It presses what there is to press and asks for what can be asked, with an engine in this process
that works and answers at random moments. Whenever all is answered it says what is wrong: an
exception, a message that the engine failed, an answer that is still waited for, a pass on screen
that the engine has let go, and numbers that are not those of the engine. A file has a class ``Net``
and `example_inputs`; it runs.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
import traceback
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QWidget,
)

from explorer.arguments import PANES
from explorer.core.change import KINDS, Change
from explorer.core.messages import Cancel, Failed, Ready, Reply, Request
from explorer.core.presets import shipped_presets
from explorer.core.problem import Problem
from explorer.core.sources import PythonModel
from explorer.core.values import ExampleInput, NumbersInput, SampleInput, TextInput
from explorer.engine.loop import Loop
from explorer.engine.viewing import Viewer
from explorer.gui.desk import Desk
from explorer.gui.window import Window, make_application
from explorer.session import intents as i
from explorer.session.comparer import Compare, Comparer
from explorer.session.session import Session
from explorer.session.state import AppState, Engine

SPARED = {  # what opens a dialog of the system, or ends it all
    "quit", "open-file", "open-folder", "save-weights", "save-preset", "export-graph", "copy-view",
}  # fmt: skip
KEYS = [
    Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space,
    Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Tab,
]  # fmt: skip


class Waiting:
    """The engine's inbox: what was asked and not begun, the newest of each tag."""

    ended = False

    def __init__(self) -> None:
        self.requests: dict[str, Request] = {}
        self.interrupt = lambda: None

    def __bool__(self) -> bool:
        return bool(self.requests)

    def put(self, request: Request) -> None:
        self.requests.pop(request.tag, None)
        self.requests[request.tag] = request


class Monkey:
    """A window, an engine, and somebody who does things with them."""

    def __init__(self, seed: int, models: str) -> None:
        self.random = random.Random(seed)
        self.models = models
        self.faults: list[str] = []
        self.done: deque[str] = deque(maxlen=30)
        self.app = make_application("dark")
        self.replies: deque[Any] = deque()
        self.comparer = Comparer(self.replies.append)
        self._begin()
        self.window = Window("dark")
        self.window.resize(*self.random.choice([(1024, 700), (1280, 800), (1920, 1080)]))
        self.presets = shipped_presets()[0]
        state = AppState(engine=Engine("ready", "cpu", "CPU", 1), presets=tuple(self.presets))
        self.session = Session(state, self._send, self._restart)
        self.desk = Desk(self.window, self.session)
        self.window.show()
        self._closing = QTimer()
        self._closing.timeout.connect(self._close_what_is_open)
        self._closing.start(40)

    def _begin(self) -> None:
        self.waiting = Waiting()
        inbox: Any = self.waiting
        self.loop = Loop(inbox, self._said, torch.device("cpu"))

    def _restart(self) -> None:
        self._begin()
        self.replies.clear()
        self.replies.append(Ready(device="cpu", device_name="CPU", threads=1, versions={}, pid=1))

    def _send(self, request: Request) -> None:
        if isinstance(request, Compare):
            self.comparer._work(request)
        elif not isinstance(request, Cancel):
            self.waiting.put(request)

    def _said(self, reply: Reply) -> None:
        if isinstance(reply, Failed):
            self.done.append(f"! {reply.text}")
        self.replies.append(reply)

    def _close_what_is_open(self) -> None:
        for widget in (QApplication.activeModalWidget(), QApplication.activePopupWidget()):
            if widget is not None:
                widget.close()

    # ------------------------------------------------------------ the engine

    def work(self) -> bool:
        """One thing that waits, or a little of a training; False if there is nothing to do."""
        if self.waiting:
            request = self.waiting.requests.pop(next(iter(self.waiting.requests)))
            self.done.append(f"> {request}"[:100])
            self.loop._guard(request.ticket, partial(self.loop._answer, request))
        elif self.loop._training:
            self.loop._guard(self.loop._ticket, self.loop._train_a_slice)
        else:
            return False
        return True

    def deliver(self) -> bool:
        """One answer; False if there is none."""
        if self.replies:
            self.session.take(self.replies.popleft())
            return True
        return False

    def settle(self) -> None:
        """Until nothing is on its way any more."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.loop._training:
                self.session.take(i.PauseTraining())
            busy = (bool(self.waiting) and self.work()) | self.deliver()
            self.app.processEvents()
            if not busy:
                QTest.qWait(40)
                if not self.waiting and not self.replies:
                    return
        self.fault(f"not settled: {list(self.waiting.requests)}")

    # ------------------------------------------------------------ what is wrong

    def fault(self, what: str) -> None:
        """Note it, with what was done before."""
        self.faults.append(f"{what}\n  after " + "\n        ".join(self.done))

    def raised(self, kind: Any, error: BaseException, trace: Any) -> None:
        """An exception that nobody caught."""
        self.fault("".join(traceback.format_exception(kind, error, trace)))

    def check(self) -> None:
        """Compare what is on screen with what the engine has."""
        state = self.session.state
        if not state.settled:
            self.fault(f"unsettled: {dict(state.tickets)}")
        if state.banner is not None and state.banner.kind in ("engine", "gone"):
            self.fault(f"{state.banner}")
            self.session.take(i.Dismiss())
        recording = state.recording
        if recording is None:
            return
        beside = state.beside.recording.tape if state.beside and not state.beside.lost else 0
        for tape in (recording.tape, recording.base, beside):
            if tape and not self.loop._of(tape).knows(tape):
                self.fault(f"pass {tape} is on screen, and gone")
                return
        told, cell = state.derivation.told, state.derivation.pinned
        if told is not None and cell is not None and cell.chance is None:
            tape = recording.base if cell.before else recording.tape
            number = self.loop._of(tape).value(tape, told.ref)[told.index].item()
            if number == number and number != told.value:
                self.fault(f"{told.value} is told of, and is {number}")
        for name, reading in state.readings.items():
            try:
                fresh = Viewer().read(reading.view, self.loop._of).data
            except Problem:
                continue  # of a pass that was on screen before
            nan = fresh.dtype.kind in "fc"
            if not np.array_equal(fresh, reading.data, equal_nan=nan):
                self.fault(f"{name} shows other numbers: {reading.view}")

    # ------------------------------------------------------------ what is done

    def act(self) -> None:
        """Anything."""
        state, chance = self.session.state, self.random.random()
        if state.recording is None or (state.page == "gallery" and chance < 0.5) or chance < 0.004:
            self.open()
        elif chance < 0.3:
            self.touch()
        elif chance < 0.38:
            name = self.random.choice([name for name in self.desk._actions if name not in SPARED])
            self.done.append(name)
            if self.desk._actions[name].isEnabled():
                self.desk._actions[name].trigger()
        else:
            intent = self.intent()
            if intent is not None:
                self.done.append(f"{intent}"[:110])
                self.session.take(intent)

    def open(self) -> None:
        """A model."""
        if self.models.endswith(".py"):
            digest = hashlib.sha256(Path(self.models).read_bytes()).hexdigest()
            self.session.take(i.OpenOwn(PythonModel(self.models, digest, "Net", {})))
            return
        wanted = [one.name for one in self.presets if not self.models or one.name in self.models]
        name = self.random.choice(wanted)
        self.done.append(f"open {name}")
        self.session.take(i.OpenPreset(name, anew=self.random.random() < 0.3))

    def touch(self) -> None:
        """Any widget, those the more that do something."""
        seen = [
            one
            for one in self.window.findChildren(QWidget)
            if one.isVisible() and one.isEnabled() and min(one.width(), one.height()) > 4
        ]
        able = (QAbstractButton, QComboBox, QAbstractSlider, QLineEdit)
        some = [one for one in seen if isinstance(one, able)]
        widget = self.random.choice(some if some and self.random.random() < 0.6 else seen)
        if widget.objectName() == "quit":
            return
        at = QPoint(self.random.randrange(widget.width()), self.random.randrange(widget.height()))
        self.done.append(f"touch {type(widget).__name__} {widget.objectName()} {at.toTuple()}")
        how = self.random.random()
        if how < 0.5:
            QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)
        elif how < 0.6:
            QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=at)
        elif how < 0.85:
            QTest.mouseMove(widget, at)
        else:
            QTest.keyClick(widget, self.random.choice(KEYS))

    def intent(self) -> Any:
        """Something that can be asked for; None if that makes no sense here."""
        state, pick = self.session.state, self.random.choice
        recording, model = state.recording, state.model
        assert recording is not None
        assert model is not None
        values, events = recording.values, recording.events
        value = self.random.randrange(len(values))
        if state.value is not None and self.random.random() < 0.7:
            value = state.value
        shape = values[value].shape
        cell = tuple(self.random.randrange(n) for n in shape) if 0 not in shape else None
        event = self.random.randrange(len(events)) if events else 0
        changed = pick(values)
        inputs: list[Any] = [state.typed or ExampleInput()]
        if model.input == "text":
            inputs = [TextInput("".join(pick("abc the of") for _ in range(pick(range(1, 20)))))]
        elif model.samples:
            inputs = [SampleInput(self.random.randrange(model.samples))]
        elif model.input in ("point", "numbers"):
            count = len(model.labels) or 2
            inputs = [NumbersInput(tuple(self.random.uniform(-2, 2) for _ in range(count)))]
        opens = [one.index for one in events if one.opens] or [0]
        before = bool(recording.base) and self.random.random() < 0.2
        told = [] if cell is None else [
            i.Derive(value, cell, walk=self.random.random() < 0.3, before=before),
            i.PointAtCell(value, cell),
        ]  # fmt: skip
        change = Change(changed.name, pick(KINDS), "", pick([0.5, 2.0, -1.0]), 1)
        kinds: list[list[Any]] = [
            [i.StepTo(event, reveal=pick([True, False]))] * 2,
            [i.StepBy("over"), i.StepBy("back"), i.StepBy("into"), i.StepBy("out")],
            [i.SelectValue(value, -1)],
            told,
            [i.ShowReach(pick(["from", "to", ""]))],
            [i.ChoosePane(pick(PANES))],
            [i.MakeChange(change), i.UndoChange(), i.PauseChanges(), i.RemoveChange(0)],
            [i.EditInput(pick(inputs))],
            [i.OpenEvent(pick(opens)), i.ToggleCall(self.random.randrange(len(recording.calls)))],
            [i.KeepBeside(), i.EndBeside(), i.SwitchSides(), i.NextDifference(1)],
            [i.SetTheme(pick(["light", "dark"])), i.SetLanguage(pick(["en", "zh"]))],
            [i.SetScale(pick([0.8, 1.0, 1.5])), i.TogglePresent()],
            [i.ShowTab(pick(["architecture", "forward", "forward", "training"]))],
            [i.NextPhase(), i.ShowPhase("update"), i.StartTraining(3), i.PauseTraining()],
            [i.Retrain(), i.Reopen()],
            [i.Generate(3), i.StepToken(1), i.EndWriting(), i.WriteAgain()],
            [i.ToggleTable(), i.ToggleFigure(), i.ColourByNext(1), i.Search("soft")],
            [i.TogglePlay(), i.Retrace("back"), i.MarkStart(), i.Unlight()],
        ]
        some = pick(kinds)
        return pick(some) if some else None


def main() -> int:
    """Until the time is over, or five things are wrong."""
    seed, seconds = int(sys.argv[1]), float(sys.argv[2])
    monkey = Monkey(seed, sys.argv[3] if len(sys.argv) > 3 else "")
    sys.excepthook = monkey.raised
    traceback.print_exception = lambda error, *_, **__: monkey.fault(repr(error))  # the engine's
    dialogs: Any = QFileDialog
    dialogs.getOpenFileName = dialogs.getSaveFileName = staticmethod(lambda *_, **__: ("", ""))
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end and len(monkey.faults) < 5:
        for _ in range(monkey.random.choice([1, 1, 3, 8])):
            monkey.act()
            count += 1
            monkey.app.processEvents()
        for _ in range(monkey.random.choice([0, 1, 2, 5])):
            monkey.work()
        for _ in range(monkey.random.choice([0, 1, 2, 5])):
            monkey.deliver()
        if monkey.random.random() < 0.08:
            monkey.settle()
            monkey.check()
    monkey.settle()
    monkey.check()
    print(f"seed {seed}: {count} things were done, {len(monkey.faults)} are wrong")
    print("\n\n".join(monkey.faults))
    return bool(monkey.faults)


if __name__ == "__main__":
    sys.exit(main())
