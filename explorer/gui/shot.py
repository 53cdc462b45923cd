"""Pictures of a window on real data, without a screen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEventLoop, QIODevice, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from explorer.core.iteration import Phase
from explorer.core.problem import Problem, phrase
from explorer.core.writing import write_whole
from explorer.gui.failing import picture_of
from explorer.gui.figure import FigurePage, Reader, known_figure, shown_figure
from explorer.gui.inspector import Inspector
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.maps import Maps
from explorer.gui.map.planner import Planner
from explorer.gui.typesetting import typesetter
from explorer.gui.window import Window
from explorer.session import intents
from explorer.session.arrangement import Arrangement
from explorer.session.pose import Pose
from explorer.session.session import Session
from explorer.session.state import AppState

_QUIET = 0.25  # seconds without a change after which a window counts as settled
_TURNS = 8  # of the event loop without one, too: a busy machine takes its time for each
_PATIENCE = 300.0


class Shot:
    """Leads a session to the wanted view, waits until every pane has its numbers, and paints."""

    def __init__(
        self,
        app: QApplication,
        window: Window,
        session: Session,
        preset: str | None,
        pose: Pose,
    ) -> None:
        self._app = app
        self._window = window
        self._session = session
        self._preset = preset
        self._pose = pose

    def write(self, out: Path) -> None:
        """Write the picture as PNG. Raises Problem for what cannot be shown or written."""
        self._wait(lambda s: s.engine.status == "ready")
        if self._pose.view != "gallery":
            self._wait(lambda s: s.recording is not None)
            self._lead()
        self._settle()
        for planner in self._window.findChildren(Planner):
            planner.finish()
        inspector = self._window.findChild(Inspector)
        part = inspector if self._pose.part == "inspector" else None
        save_picture(picture_of(part or self._window), out)

    def keep_beside(self, then: Sequence[intents.Intent]) -> None:
        """Put what is open beside what ``then`` opens. Raises Problem."""
        self._wait(lambda s: s.engine.status == "ready" and s.recording is not None and s.settled)
        first = self._session.state.recording
        self._session.take(intents.KeepBeside())
        for intent in then:
            self._session.take(intent)
        self._wait(lambda s: s.recording is not None and s.recording is not first and s.settled)

    def _lead(self) -> None:
        take = self._session.take
        if self._pose.view == "graph":
            take(intents.ShowTab("architecture"))
        elif self._pose.view == "train":
            take(intents.ShowTab("training"))
            if self._pose.cards:
                take(intents.ArrangeCards(Arrangement.of(self._pose.cards)))
            take(intents.StartTraining(self._pose.steps))
            if self._pose.steps is None:
                end = time.monotonic() + 8.0
                self._wait(lambda s: time.monotonic() > end or not _running(s))
                take(intents.PauseTraining())
            self._wait(lambda s: not _running(s))
            if self._pose.phase is not None:
                self._iterate(self._pose.phase)
            take(intents.Dismiss())  # the news that training began
        if self._pose.changes:
            take(intents.PutChanges(self._pose.changes))
            self._wait(lambda s: s.settled)
        if self._pose.generate:
            self._generate(self._pose.generate, self._pose.token)
        if self._pose.at is not None:
            take(intents.StepTo(self._event(self._pose.at), reveal=True))
        if self._pose.pane:
            take(intents.ChoosePane(self._pose.pane))
        if self._pose.attention is not None:
            look = self._session.state.attention
            take(intents.ShowAttention(replace(look, show=self._pose.attention)))
        if self._pose.cell is not None and self._pose.view != "train":
            self._derive(self._pose.cell)
        if self._pose.reach is not None:
            take(intents.ShowReach(self._pose.reach))
        if self._pose.then is not None:
            take(intents.StepTo(self._event(self._pose.then), reveal=True))
        if self._pose.figure:
            self._show_figure()
        elif self._pose.zoom is not None:
            self._canvas.outlook.look_at_cursor(self._pose.zoom)

    def _iterate(self, phase: Phase) -> None:
        """Step through one iteration up to a phase."""
        take = self._session.take
        take(intents.NextPhase())
        self._wait(lambda s: s.training is not None and s.training.iterating is not None)
        self._wait(lambda s: s.settled)
        take(intents.ShowPhase(phase))
        training = self._session.state.training
        assert training is not None
        assert training.iterating is not None
        now = training.iterating
        weight = self._pose.weight or now.parameter
        if weight not in now.names:
            raise Problem(
                "input",
                phrase("There is no parameter {name}."),
                phrase("There are {known}."),
                name=weight, known=", ".join(now.names),
            )  # fmt: skip
        recording = now.recording
        shape = recording.values[recording.named[weight]].shape
        cell = self._pose.cell
        take(intents.ShowWeight(weight, () if cell is None else _inside(cell, shape)))

    def _derive(self, cell: tuple[int, ...]) -> None:
        state = self._session.state
        assert state.recording is not None
        shape = () if state.value is None else state.recording.values[state.value].shape
        if state.value is None:
            raise _no_cell(cell, shape)
        self._session.take(intents.Derive(state.value, _inside(cell, shape)))

    def _generate(self, count: int, token: int | None) -> None:
        self._session.take(intents.Generate(count))
        self._wait(lambda s: s.settled and not s.writing.left)
        state = self._session.state
        if not state.writing.tokens and state.banner is not None:
            raise Problem("generate", state.banner.text, state.banner.remedy)
        if token is None:
            return
        if not 1 <= token <= len(state.writing.tokens):
            raise Problem(
                "input",
                phrase("There is no token {token}: {count} were drawn."),
                phrase("Count from 1."),
                token=token, count=len(state.writing.tokens),
            )  # fmt: skip
        self._session.take(intents.ShowToken(token - 1))
        self._wait(lambda s: s.settled)

    def _show_figure(self) -> None:
        recording = self._session.state.recording
        assert recording is not None
        known_figure(recording)  # or there is a problem
        self._session.take(intents.ToggleFigure())

    @property
    def _page(self) -> FigurePage:
        page = self._window.findChild(FigurePage)
        assert page is not None
        return page

    @property
    def _canvas(self) -> Canvas:
        maps = self._window.findChild(Maps)
        assert maps is not None
        return maps.active

    def _event(self, at: str) -> int:
        recording = self._session.state.recording
        assert recording is not None
        count = len(recording.events)
        if re.fullmatch(r"-?[0-9]{1,9}", at):
            index = int(at)
            if -count <= index < count:
                return index % count
        for event in recording.events:
            if event.id == at:
                return event.index
        raise Problem(
            "input",
            phrase("The pass has no event “{at}”."),
            phrase(
                "Give an index, 0 to {last}, or an id such as {example} (see `layerscope trace`)."
            ),
            at=at,
            last=count - 1,
            example=recording.events[count // 2].id,
        )

    def _settle(self) -> None:
        quiet_since, turns = time.monotonic(), 0
        last: AppState | None = None

        def settled(state: AppState) -> bool:
            nonlocal quiet_since, turns, last
            maps = self._window.findChildren(Canvas)
            drawn = state.recording is None or (
                self._page.numbers.settled
                if shown_figure(state) is not None
                else all(one.layers.glimpses.settled for one in maps)
            )
            drawn &= not any(reader.busy for reader in self._window.findChildren(Reader))
            drawn &= not typesetter().busy
            if state is not last or not state.settled or not drawn:
                quiet_since, turns, last = time.monotonic(), 0, state
            turns += 1
            return turns > _TURNS and time.monotonic() - quiet_since > _QUIET

        self._wait(settled)

    def _wait(self, holds: Callable[[AppState], bool], problems: bool = True) -> None:
        end = time.monotonic() + _PATIENCE
        loop = QEventLoop()
        while not holds(self._session.state):
            banner = self._session.state.banner
            if problems and banner is not None and banner.level == "problem":
                raise Problem(banner.kind, banner.text, banner.remedy, **banner.values)
            if time.monotonic() > end:
                raise Problem("engine", phrase("The engine did not answer in time."))
            QTimer.singleShot(15, loop.quit)
            loop.exec()


def save_picture(picture: QPixmap, out: Path) -> None:
    """Write PNG, whole or not at all. Raises Problem (kind ``disk``)."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    try:
        write_whole(bytes(data.data()), out)
    except OSError as error:
        raise Problem(
            "disk",
            phrase("The picture cannot be written to {path}."),
            phrase("Check that the folder exists and may be written to, and the disk is not full."),
            path=out,
        ) from error


def _inside(cell: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """A cell of that shape; negative numbers count from the end. Raises Problem if it has none."""
    if len(cell) != len(shape) or any(
        not -size <= i < size for i, size in zip(cell, shape, strict=True)
    ):
        raise _no_cell(cell, shape)
    return tuple(i % size for i, size in zip(cell, shape, strict=True))


def _no_cell(cell: tuple[int, ...], shape: tuple[int, ...]) -> Problem:
    return Problem(
        "input",
        phrase("There is no cell {cell} in a value of shape {shape}."),
        phrase("Give one number for every axis, counted from 0."),
        cell=list(cell), shape=list(shape),
    )  # fmt: skip


def _running(state: AppState) -> bool:
    return state.training is not None and state.training.running
