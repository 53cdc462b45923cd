"""A model opened and recorded without a window, as every command needs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.core.problem import Problem, phrase

if TYPE_CHECKING:
    from explorer.app import Headless
    from explorer.session.choosing import Wishes
    from explorer.session.intents import Intent
    from explorer.session.state import AppState, Banner


class Opened:
    """A headless session with a model open and recorded; a problem on the way is raised.

    With ``partly`` also a pass that stopped is one.
    """

    def __init__(
        self, wanted: str, device: str, wishes: Wishes | None = None, partly: bool = False
    ) -> None:
        self._partly = partly
        self._wanted = wanted
        self._device = device
        self._wishes = wishes

    def __enter__(self) -> Headless:
        from explorer.app import Headless, is_own
        from explorer.core.presets import load_preset
        from explorer.session import intents
        from explorer.session.choosing import answer

        said: list[Intent]
        if is_own(self._wanted) and self._wishes is not None:
            said = [intents.OpenPath(os.path.abspath(self._wanted))]
        else:
            shipped = load_preset(self._wanted)
            said = [intents.PresetsRead((shipped,)), intents.OpenPreset(shipped.name)]
        self._app = Headless(self._device)  # without a run: no checkpoints are needed
        if self._wishes is not None:
            answer(self._app.session, self._wishes)
        told: dict[str, Banner] = {}  # the last problem of each kind

        def note(_: AppState | None, new: AppState) -> None:
            if new.banner is not None and _bad(new):
                told[new.banner.kind] = new.banner

        self._app.session.listen(note)
        try:
            for intent in said:
                self._app.take(intent)
            self._app.until(
                lambda s: (s.settled and s.recording is not None) or (_bad(s) and not _waits(s)),
                patience=float("inf"),
            )
            recording = self._app.state.recording
            stopped = recording is not None and recording.failure is not None
            others = [banner for kind, banner in told.items() if kind != "forward"]
            if stopped and others:
                both = [_problem(self._app.state, b) for b in (*others, told["forward"])]
                raise Problem(
                    others[0].kind, "{others}\n{pass_}", "",
                    others="\n".join(map(str, both[:-1])), pass_=both[-1],
                )  # fmt: skip
            if not self._partly or recording is None:
                raise_problem(self._app.state)
        except BaseException:
            self.__exit__()
            raise
        return self._app

    def __exit__(self, *_: object) -> None:
        self._app.close()


def wait(app: Headless, holds: Callable[[AppState], bool]) -> None:
    """Go on until a condition holds. Raises Problem for what a window would show as one."""
    app.until(lambda s: holds(s) or _bad(s), patience=float("inf"))
    raise_problem(app.state)


def raise_problem(state: AppState) -> None:
    """Raise what the window would show, as a command says it that ends with it."""
    if state.banner is not None and _bad(state):
        raise _problem(state, state.banner)


def _problem(state: AppState, banner: Banner) -> Problem:
    remedy = banner.remedy
    if banner.kind == "forward":
        remedy = phrase("Change the input or the model.")
    elif state.engine.restarts:
        remedy = phrase("Start it again.")
    return Problem(banner.kind, banner.text, remedy, **banner.values)


def _waits(state: AppState) -> bool:
    """Whether a pass stopped before the weights came that are for its model."""
    assert state.banner is not None, "only a pass that stopped waits for them"
    return state.banner.kind == "forward" and not state.settled


def _bad(state: AppState) -> bool:
    return state.banner is not None and state.banner.level == "problem"
