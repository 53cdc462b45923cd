"""Joins session, link and window. The only file that knows all three.

The engine is spawned before anything is imported, the empty window is painted next, and only
then come the parts that take time to import: so the window is there at once.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from explorer.session.process import Host, engine_command, spawn

if TYPE_CHECKING:
    from explorer.core.messages import Reply, Request
    from explorer.core.problem import Problem
    from explorer.gui.window import Window
    from explorer.session.choosing import Wishes
    from explorer.session.intents import Intent
    from explorer.session.pose import Pose
    from explorer.session.state import AppState


OwnerT = TypeVar("OwnerT", bound="_Owner")
_PATIENCE = 1.0  # seconds until an engine that does not hear a `Cancel` is ended


class _Owner:
    """A session with its engine: starts it, starts it again, and looks at the clock for it."""

    def __init__(
        self,
        state: AppState,
        engine: subprocess.Popen[bytes] | Host,
        device: str,
        deliver: Callable[[Reply | Intent], None],
        log: Callable[[str], None],
    ) -> None:
        from explorer.session.comparer import Comparer
        from explorer.session.link import Link
        from explorer.session.session import Session

        self._command = engine_command(device)
        self._deliver = deliver
        self._log = log
        self._timers: list[threading.Timer] = []
        self._link = Link(engine, deliver, log)
        self._comparer = Comparer(deliver)
        self.session = Session(state, self._send, self._restart)

    @property
    def pid(self) -> int:
        """Process id of the engine."""
        return self._link.process.pid

    def close(self) -> None:
        """End the engine."""
        for timer in self._timers:
            timer.cancel()
        self._comparer.close()
        self._link.close()

    def _send(self, request: Request) -> None:
        from explorer.core.messages import Cancel
        from explorer.session.comparer import Compare
        from explorer.session.intents import Overdue

        if isinstance(request, Compare):
            self._comparer.compare(request)
            return
        self._link.send(request)
        if isinstance(request, Cancel):
            self._timers = [timer for timer in self._timers if timer.is_alive()]
            timer = threading.Timer(_PATIENCE, self._deliver, [Overdue(request.ticket)])
            timer.daemon = True
            timer.start()
            self._timers.append(timer)

    def _restart(self) -> None:
        from explorer.session.link import Link

        self._link.kill()
        if instead := self.session.state.engine.instead:
            self._command = engine_command(instead)
        self._link = Link(spawn(self._command), self._deliver, self._log)


class Headless(_Owner):
    """A session without a window: for the command line, and for tests.

    It is pumped by hand: `until` takes the engine's replies until a condition holds.
    """

    def __init__(self, device: str = "auto", run: str = "") -> None:
        from explorer.session.state import AppState

        self._replies: queue.SimpleQueue[Reply | Intent] = queue.SimpleQueue()
        engine = spawn(engine_command(device))
        super().__init__(AppState(run=run), engine, device, self._replies.put, lambda line: None)

    @property
    def state(self) -> AppState:
        """The session's state."""
        return self.session.state

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


def open_window(wanted: str | None, device: str = "auto", exit_after_paint: bool = False) -> int:
    """Open the window until it is closed; its exit code. Raises Problem without a screen.

    ``wanted`` is what to open at once: a preset's name or folder, or any other path.
    """
    from explorer.gui.display import require_display

    require_display()
    process = spawn(engine_command(device))
    try:
        if exit_after_paint:
            return _show(lambda window: _leave(process))
        return _show(
            lambda window: keeping_look(
                remembering(Joined(window, process, device, wanted, as_last(trusting())))
            )
        )
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def open_attached(name: str) -> int:
    """Open the window on the model ``name`` of the program that started this one; its exit code.

    The program is at the other end of our stdin and stdout, and runs `explorer.view`; it is told
    why if there can be no window.
    """
    host = Host()
    from explorer.core.problem import Problem
    from explorer.gui.display import require_display

    try:
        require_display()
        return _show(
            lambda window: keeping_look(Joined(window, host, "auto", None, as_last(_live(name))))
        )
    except Problem as problem:
        _refuse(host, problem)
        return 2


def _show(join: Callable[[Window], Joined]) -> int:
    """Paint an empty window, let ``join`` fill it, and wait until it is closed."""
    require_qt()
    from explorer.gui.failing import tell_and_let_go
    from explorer.gui.habits import last_look
    from explorer.gui.window import Window, make_application

    sys.excepthook = tell_and_let_go
    theme = last_look().theme
    app = make_application(theme)
    window = Window(theme)
    joined: list[Joined] = []
    window.painted.connect(lambda: joined.append(join(window)))
    window.open()
    code = app.exec()
    for one in joined:
        one.close()
    return code


def require_qt() -> None:
    """Raises Problem where Qt is missing, or a system library that it needs."""
    from explorer.core.problem import Problem, phrase

    try:
        import explorer.gui.window  # noqa: F401
    except ImportError as error:
        raise Problem(
            "device",
            phrase("Qt cannot be loaded: {error}."),
            phrase("`layerscope doctor` says what is missing."),
            error=error,
        ) from error


def _leave(process: subprocess.Popen[bytes]) -> NoReturn:
    """End both processes here and now: a measurement ends with the first frame."""
    process.kill()
    os._exit(0)


def _live(name: str) -> AppState:
    """The state of a window that waits for the model of its host."""
    from explorer.core.sources import LiveModel
    from explorer.session.state import AppState

    return AppState(wanted=LiveModel(name))


def _refuse(host: Host, problem: Problem) -> None:
    """Tell the program that wants a window why there is none."""
    from explorer.core.messages import AnyRequest, Failed
    from explorer.core.wire import Wire

    wire: Wire[AnyRequest] = Wire(AnyRequest, host.stdout, host.stdin)
    with contextlib.suppress(OSError):  # it is gone, and nobody is left to tell
        wire.send(
            Failed(
                kind=problem.kind, text=problem.text, remedy=problem.remedy, values=problem.values
            )
        )


def trusting() -> AppState:
    """The state of a new window, with the files that were allowed to run before."""
    from explorer.core.places import new_run, trusted
    from explorer.session.state import AppState

    return AppState(run=str(new_run()), trusted=trusted(_note))


def as_last(state: AppState) -> AppState:
    """A state that looks as the user's window did when it was last closed."""
    from dataclasses import replace

    from explorer.gui.habits import last_look
    from explorer.session.arrangement import read

    look = last_look()
    return replace(
        state, theme=look.theme, language=look.language, scale=look.scale,
        arrangement=read(look.cards),
    )  # fmt: skip


def keeping_look(owner: OwnerT) -> OwnerT:
    """Write down theme, language, text size and pictures, as soon as somebody chooses others."""
    from explorer.gui.habits import Look, keep_look

    def look_of(state: AppState) -> Look:
        return Look(state.theme, state.language, state.scale, state.arrangement.written())

    def render(old: AppState | None, new: AppState) -> None:
        look = look_of(new)
        if old is not None and look != look_of(old):
            keep_look(look)

    owner.session.listen(render)
    return owner


def remembering(owner: OwnerT) -> OwnerT:
    """Write down what is allowed to run, as soon as it is."""
    from explorer.core.places import trust
    from explorer.core.sources import PythonModel

    def render(old: AppState | None, new: AppState) -> None:
        own = new.wanted
        if old is not None and isinstance(own, PythonModel) and own.digest not in old.trusted:
            trust(own.path, own.digest, _note)

    owner.session.listen(render)
    return owner


class Joined(_Owner):
    """Session, link and desk of one window, with ``wanted`` open: a preset or any path."""

    def __init__(
        self,
        window: object,
        engine: subprocess.Popen[bytes] | Host,
        device: str,
        wanted: str | None,
        state: AppState | None = None,
    ) -> None:
        from explorer.core.places import new_run
        from explorer.gui.courier import Courier, WholeFrames
        from explorer.gui.desk import Desk
        from explorer.gui.window import Window
        from explorer.session.state import AppState

        assert isinstance(window, Window)
        self._courier = Courier()
        state = state or AppState(run=str(new_run()))
        super().__init__(state, engine, device, self._courier.deliver, _log)
        self._courier.arrived.connect(self.session.take)
        self.desk = Desk(window, self.session)
        desk = self.desk
        self._frames = WholeFrames(window, self._courier, lambda: desk.inspector.awaits_numbers())
        if not state.live:
            for intent in opening(wanted):
                self.session.take(intent)

    def close(self) -> None:
        """End the engine and the desk."""
        self._courier.arrived.disconnect(self.session.take)
        self._frames.deleteLater()
        self.desk.close()
        super().close()
        if self.session.state.run:  # its checkpoints were for this window's engine
            shutil.rmtree(self.session.state.run, ignore_errors=True)


def opening(wanted: str | None) -> list[Intent]:
    """What a window begins with: the shipped presets, and to open ``wanted``, a preset or any path.

    What cannot be read becomes a `Report`; everything else is there all the same.
    """
    from explorer.core.presets import load_preset
    from explorer.core.problem import Problem
    from explorer.session import intents

    if wanted is None:
        return read_presets(None)
    if is_own(wanted):
        return [*read_presets(None), intents.OpenPath(os.path.abspath(wanted))]
    said = read_presets(wanted)
    with contextlib.suppress(Problem):  # which was reported
        said.append(intents.OpenPreset(str(load_preset(wanted).folder)))
    return said


def is_own(wanted: str) -> bool:
    """Whether that is the path of something else than a preset, there or not."""
    from explorer.core.presets import is_preset

    looks_like_one = os.path.basename(wanted) != wanted or os.path.splitext(wanted)[1] != ""
    return not is_preset(wanted) and (looks_like_one or os.path.exists(wanted))


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


def _note(line: str) -> None:
    sys.stderr.write(f"layerscope: {line}\n")


def shoot(
    wanted: str | None,
    out: Path,
    wishes: Wishes,
    pose: Pose,
    theme: str = "dark",
    language: str = "en",
    size: tuple[int, int] = (1600, 1000),
    scale: float = 1.0,
    device: str = "auto",
    beside: str | None = None,
) -> None:
    """Write a picture of a window on real data, without a screen.

    ``wanted`` is a preset, or the path of a model that is opened by ``wishes``; ``beside`` is
    another model, to be shown beside it. Raises Problem.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    process = spawn(engine_command(device))
    try:
        require_qt()
        from explorer.gui.shot import Shot
        from explorer.gui.window import Window, make_application
        from explorer.session.choosing import answer
        from explorer.session.state import AppState

        app = make_application(theme)
        window = Window(theme)
        window.resize(*size)
        window.show()
        state = AppState(theme=theme, language=language, scale=scale)  # type: ignore[arg-type]
        shown = None if pose.view == "gallery" else wanted
        joined = Joined(window, process, device, beside or shown, state)
        answer(joined.session, wishes)
        try:
            shot = Shot(app, window, joined.session, wanted, pose)
            if beside is not None:
                shot.keep_beside(opening(wanted))
            shot.write(out)
        finally:
            joined.close()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
