"""`layerscope graph`: the graph of a model as a file, without a window."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from explorer.core.graph import Recording, ancestry
from explorer.core.problem import Problem, phrase
from explorer.headless import Opened, raise_problem
from explorer.session import intents

if TYPE_CHECKING:
    from explorer.gui.export.files import Format, Wanted
    from explorer.session.choosing import Wishes
    from explorer.session.state import AppState


@dataclass(frozen=True)
class Asked:
    """What is said on the command line.

    ``opened`` is how many levels of modules to open, ``all``, or ``""`` for those that a window
    opens first. ``module`` is the path of the module that the picture is of, ``""`` for the whole
    graph. ``size`` is what the picture must fit into, else ``scale`` holds.
    """

    opened: str = ""
    module: str = ""
    look: Literal["dark", "light", "print"] = "dark"
    language: str = "en"
    scale: str = "1"
    size: tuple[int, int] | None = None
    titled: bool = False


def export_graph(model: str, out: Path, wishes: Wishes, device: str, asked: Asked) -> None:
    """Open a model, run it, and write its graph. Raises Problem for what cannot be done; of a pass
    that stopped, what there is is written first."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from explorer.app import require_qt

    require_qt()
    from explorer.gui.export.files import Wanted, format_of

    kind = format_of(out)
    level, scale = _level(asked.opened), _scale(asked.scale)
    with Opened(model, device, wishes, partly=True) as app:
        if level is not None:
            app.take(intents.OpenToLevel(level))
        state = replace(app.state, language="zh" if asked.language == "zh" else "en")
        recording = state.recording
        assert recording is not None, "what opened was recorded"
        part: Literal["whole"] | int = "whole"
        if asked.module:
            part = _call(recording, asked.module)
            state = replace(state, open=state.open | frozenset(ancestry(recording, part)))
        picture = Wanted(part, asked.look, scale, asked.size, asked.titled)
        _write(state, kind, out, picture, asked.language)
        raise_problem(app.state)


def _write(state: AppState, kind: Format, out: Path, wanted: Wanted, language: str) -> None:
    from explorer.gui.export.files import LOOKS, content, write_graph
    from explorer.gui.language import speak
    from explorer.gui.map.canvas import Canvas
    from explorer.gui.theme import apply
    from explorer.gui.window import make_application

    app = make_application("dark")
    speak(app, language)
    apply(app, LOOKS[wanted.look], 1.0)
    canvas = Canvas(LOOKS[wanted.look])
    canvas.render(None, state)
    write_graph(content(canvas, state, wanted, kind), out)


def _level(said: str) -> int | None:
    """What `OpenToLevel` takes; None to leave it."""
    if not said:
        return None
    if said == "all":
        return -1
    if said.isascii() and said.isdecimal():
        return min(int(said[:9]), 10**8) + 1
    raise Problem(
        "input",
        phrase("--open {said} is not a level: give a whole number such as 2, or all."),
        said=said,
    )


def _scale(said: str) -> float:
    try:
        scale = float(said)
    except ValueError:
        scale = -1.0
    if 0.01 <= scale <= 100:  # so NaN is refused too
        return scale
    raise Problem(
        "input",
        phrase("--scale {said} is not a number from 0.01 to 100."),
        said=said,
    )


def _call(recording: Recording, path: str) -> int:
    """The first call of a module, or the one that ``path#n`` counts."""
    names: dict[str, int] = {}
    for call in recording.calls[1:]:
        name = f"{call.module}#{call.number}" if call.number else call.module
        names.setdefault(name, call.index)
    if path in names:
        return names[path]
    near = difflib.get_close_matches(path, names, 3, 0.4) or list(names)[:3]
    raise Problem(
        "input",
        phrase("The pass has no module “{path}”; the nearest are {near}."),
        path=path,
        near=", ".join(near) or "none",
    )
