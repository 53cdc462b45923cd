"""Joins session, link and window. The only file that knows all three.

The engine is spawned before anything is imported, the empty window is painted next, and only
then come the parts that take time to import: so the window is there at once.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.session.process import engine_command, spawn

if TYPE_CHECKING:
    from explorer.core.messages import Reply
    from explorer.session.intents import Intent
    from explorer.session.state import AppState


class Headless:
    """A session without a window: for the command line, and for tests.

    It is pumped by hand: `until` takes the engine's replies until a condition holds.
    """

    def __init__(self, device: str = "auto", run: str = "") -> None:
        from explorer.session.link import Link
        from explorer.session.session import Session
        from explorer.session.state import AppState

        self._command = engine_command(device)
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._link = Link(spawn(self._command), self._replies.put)
        self.session = Session(AppState(run=run), lambda r: self._link.send(r), self._restart)

    @property
    def state(self) -> AppState:
        """The session's state."""
        return self.session.state

    @property
    def pid(self) -> int:
        """Process id of the engine."""
        return self._link.process.pid

    def take(self, intent: Intent) -> None:
        """Say something."""
        self.session.take(intent)

    def until(self, holds: Callable[[AppState], bool], patience: float = 600.0) -> None:
        """Take replies until ``holds(state)``. Raises TimeoutError after ``patience`` seconds."""
        end = time.monotonic() + patience
        while not holds(self.state):
            try:
                reply = self._replies.get(timeout=max(0.0, min(60.0, end - time.monotonic())))
            except queue.Empty:
                if time.monotonic() < end:
                    continue
                raise TimeoutError("the engine did not answer") from None
            self.session.take(reply)

    def close(self) -> None:
        """End the engine."""
        self._link.close()

    def _restart(self) -> None:
        from explorer.session.link import Link

        self._link.kill()
        self._link = Link(spawn(self._command), self._replies.put)


def open_window(preset: str | None, device: str = "auto", exit_after_paint: bool = False) -> int:
    """Open the window until it is closed; its exit code. Raises Problem without a screen."""
    from explorer.gui.display import require_display

    require_display()
    process = spawn(engine_command(device))
    try:
        from explorer.gui.window import Window, make_application

        theme = "dark"
        app = make_application(theme)
        window = Window(theme)
        joined: list[Joined] = []
        if exit_after_paint:
            window.painted.connect(lambda: _leave(process))
        else:
            window.painted.connect(lambda: joined.append(Joined(window, process, device, preset)))
        window.open()
        code = app.exec()
        for one in joined:
            one.close()
        return code
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _leave(process: subprocess.Popen[bytes]) -> None:
    """End both processes here and now: a measurement ends with the first frame."""
    process.kill()
    os._exit(0)


class Joined:
    """Session, link and desk of one window."""

    def __init__(
        self,
        window: object,
        process: subprocess.Popen[bytes],
        device: str,
        preset: str | None,
        state: AppState | None = None,
    ) -> None:
        from explorer.core.places import new_run
        from explorer.gui.courier import Courier
        from explorer.gui.desk import Desk
        from explorer.gui.window import Window
        from explorer.session import intents
        from explorer.session.link import Link
        from explorer.session.session import Session
        from explorer.session.state import AppState

        assert isinstance(window, Window)
        self._command = engine_command(device)
        self._courier = Courier()
        self._link = Link(process, self._courier.deliver, _log)
        self.session = Session(
            state or AppState(run=str(new_run())), lambda r: self._link.send(r), self._restart
        )
        self._courier.arrived.connect(self.session.take)
        self.desk = Desk(window, self.session)
        for intent in read_presets(preset):
            self.session.take(intent)
        if preset is not None:
            self.session.take(intents.OpenPreset(preset))

    @property
    def pid(self) -> int:
        """Process id of the engine."""
        return self._link.process.pid

    def close(self) -> None:
        """End the engine and the desk."""
        self._courier.arrived.disconnect(self.session.take)
        self.desk.close()
        self._link.close()
        if self.session.state.run:  # its checkpoints were for this window's engine
            shutil.rmtree(self.session.state.run, ignore_errors=True)

    def _restart(self) -> None:
        from explorer.session.link import Link

        self._link.kill()
        self._link = Link(spawn(self._command), self._courier.deliver, _log)


def read_presets(wanted: str | None) -> list[Intent]:
    """The shipped presets, and ``wanted`` too if it is a folder of the user's, as intents.

    A preset that cannot be read becomes a `Report`; the others are there all the same.
    """
    from explorer.core.presets import load_preset, shipped_presets
    from explorer.core.problem import Problem
    from explorer.session import intents

    found, problems = shipped_presets()
    if wanted is not None and wanted not in {p.name for p in found}:
        try:
            own = load_preset(wanted)
            found.append(own)
        except Problem as problem:
            problems.append(problem)
    said: list[Intent] = [intents.PresetsRead(tuple(found))]
    said += [intents.Report(p.kind, p.text, p.remedy, p.values) for p in problems]
    return said


def _log(line: str) -> None:
    sys.stderr.write(f"engine: {line}\n")


def shoot(
    preset: str | None,
    out: Path,
    view: str = "step",
    at: str | None = None,
    theme: str = "dark",
    language: str = "en",
    size: tuple[int, int] = (1600, 1000),
    scale: float = 1.0,
    device: str = "auto",
    steps: int | None = None,
) -> None:
    """Write a picture of a window on real data, without a screen.

    ``view`` is ``gallery``, ``graph``, ``step`` or ``train``; ``at`` an event's id or index;
    ``steps`` how long ``train`` trains before the picture. Raises Problem.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    process = spawn(engine_command(device))
    try:
        from explorer.gui.shot import Shot
        from explorer.gui.window import Window, make_application
        from explorer.session.state import AppState

        app = make_application(theme)
        window = Window(theme)
        window.resize(*size)
        window.show()
        state = AppState(theme=theme, language=language, scale=scale)  # type: ignore[arg-type]
        shown = None if view == "gallery" else preset
        joined = Joined(window, process, device, shown, state)
        try:
            Shot(app, window, joined.session, preset, view, at, steps).write(out)
        finally:
            joined.close()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
