"""Lays out what is to be drawn: at once if that is quick, else in a thread beside the window."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.garbage import keep, no_search, release
from explorer.core.graph import Recording
from explorer.core.turns import short_turns
from explorer.gui.bell import listen, ring_when_done
from explorer.picture.layout import Layout
from explorer.picture.scene import Scene

_QUICK = 800  # ops and nodes that are laid out within a frame
_REST = 400  # milliseconds after a scene came, when the window has painted it


class Plan(NamedTuple):
    """What is to be drawn: a recording, its open calls and the equal blocks shown one by one."""

    recording: Recording
    opened: frozenset[int]
    unfolded: frozenset[int]

    def is_like(self, other: Plan | None) -> bool:
        """Whether the other is of this very recording, with the same open in it."""
        if other is None or self.recording is not other.recording:
            return False
        return (self.opened, self.unfolded) == (other.opened, other.unfolded)


class Planner(QObject):
    """Makes the scene of the newest plan; older ones that are not done are forgotten.

    What did not change since the last scene is not laid out again, so one planner outlives the
    canvases that show its scenes.

    Signals:
        planned (object, object): a `Plan` that took longer, and its `Scene`.
    """

    planned = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layout: Layout | None = None
        self._wish = _Wish()
        self._running: tuple[Plan, Future[tuple[Layout, Scene] | None]] | None = None
        self._failed: Plan | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._planned: tuple[Plan, Scene] | None = None
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._furnish)
        listen(self._collect)
        self.destroyed.connect(self._wish.end)

    @property
    def busy(self) -> bool:
        """Whether a scene is on its way."""
        return self._running is not None

    def run_of(self, call: int) -> tuple[int, ...]:
        """The equal blocks in a row of which a call is one; empty if it is none of several."""
        return self._layout.folding.run_of(call) if self._layout is not None else ()

    def nearest_run(self, event: int, calls: Iterable[int] | None = None) -> tuple[int, ...]:
        """The equal blocks in a row around an event, or else nearest to it: of those that stand in
        these calls, or of all that are drawn; empty if there are none."""
        if self._layout is None:
            return ()
        calls = self._layout.opened if calls is None else calls
        return self._layout.folding.nearest(calls, event)

    def plan(self, plan: Plan) -> Scene | None:
        """The scene, if it is quickly made; else `planned` brings it."""
        self._wish.plan = plan
        if plan.is_like(self._failed):
            return None  # and would again
        if self._running is not None:
            return None  # it is begun when the thread is free
        layout = self._of(plan.recording)
        if layout is None and len(plan.recording.events) <= _QUICK:
            layout = Layout(plan.recording)
        if layout is not None and layout.work(plan.opened, plan.unfolded) <= _QUICK:
            self._layout = layout
            return layout.scene(plan.opened, plan.unfolded)
        self._begin(plan)
        return None

    def forget(self) -> None:
        """Nothing is to be drawn any more."""
        self._wish.plan = self._layout = self._failed = self._planned = None
        release()

    def finish(self) -> None:
        """Wait for the scene that is on its way."""
        while self._running is not None:
            _, future = self._running
            wait([future])
            self._collect(future)

    def _of(self, recording: Recording) -> Layout | None:
        same = self._layout is not None and self._layout.recording is recording
        return self._layout if same else None

    def _begin(self, plan: Plan) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="layout")
        future = self._pool.submit(_make, self._wish, plan, self._of(plan.recording))
        self._running = plan, future
        ring_when_done(future)

    def _collect(self, future: Future[tuple[Layout, Scene] | None]) -> None:
        """In the window: take what the thread made, and begin what was asked for meanwhile."""
        if self._running is None or self._running[1] is not future:
            return
        plan, _ = self._running
        self._running = None
        try:
            made = future.result()
            if made is not None and self._wish.plan is not None:
                self._layout = made[0]
        except Exception:
            self._failed = plan  # once is enough
            raise
        finally:
            if self._wish.plan is None:
                release()  # what was laid out is not wanted any more
            elif self._wish.plan is not plan:
                self._begin(self._wish.plan)
        if self._wish.plan is plan:
            assert made is not None
            self._planned = plan, made[1]
            self._rest.start()
            self.planned.emit(*self._planned)

    def _furnish(self) -> None:
        """Have the thread make what a frame would otherwise make when it comes into view."""
        if self._pool is not None and self._planned is not None and not self.busy:
            self._pool.submit(_furnish_all, self._wish, *self._planned)


class _Wish:
    """What a planner wants, as its thread sees it."""

    def __init__(self) -> None:
        self.plan: Plan | None = None  # the newest
        self._ended = False

    def end(self) -> None:
        """The planner is gone, and what was kept for it is not wanted any more."""
        self.plan, self._ended = None, True
        release()

    def keep(self) -> None:
        """In the thread: what was made stays for a while."""
        keep()
        if self._ended:
            release()


def _make(wish: _Wish, plan: Plan, layout: Layout | None) -> tuple[Layout, Scene] | None:
    """In the thread: the scene, or None if it is not wanted any more."""
    with short_turns(), no_search():
        layout = layout or Layout(plan.recording)
        made = layout.scene_unless(lambda: wish.plan is not plan, plan.opened, plan.unfolded)
        wish.keep()
    return None if made is None else (layout, made)


def _furnish_all(wish: _Wish, plan: Plan, scene: Scene) -> None:
    """In the thread, as long as nothing else is wanted."""
    with no_search():
        for room in scene.rooms():
            if wish.plan is not plan:
                break
            room.furnish()
            time.sleep(0)  # the window comes first
        else:
            wish.keep()
