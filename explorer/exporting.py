"""`layerscope graph`: the graph or the figure of a model as a file, without a window."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from explorer.core.graph import Recording, ancestry
from explorer.core.problem import Problem, phrase
from explorer.headless import Opened, raise_problem, wait
from explorer.session import intents

if TYPE_CHECKING:
    from explorer.app import Headless
    from explorer.gui.export.files import Source
    from explorer.session.choosing import Wishes
    from explorer.session.state import AppState


@dataclass(frozen=True)
class Asked:
    """What is said on the command line.

    ``opened`` is how many levels of modules to open, ``all``, or ``""`` for those that a window
    opens first. ``module`` is the path of the module that the picture is of, ``""`` for the whole
    graph. ``size`` is what the picture must fit into, else ``scale`` holds. With ``figure`` it is
    the figure that is written, not the graph.
    """

    opened: str = ""
    module: str = ""
    look: Literal["dark", "light", "print"] = "dark"
    language: str = "en"
    scale: str = "1"
    size: tuple[int, int] | None = None
    titled: bool = False
    figure: bool = False


def export_graph(model: str, out: Path, wishes: Wishes, device: str, asked: Asked) -> None:
    """Open a model, run it, and write its graph, or its figure. Raises Problem for what cannot be
    done; of a pass that stopped, what there is of its graph is written first."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from explorer.app import require_qt

    require_qt()
    from explorer.gui.export.files import DATA, PICTURES, Wanted, format_of, write_file

    if asked.figure and (asked.opened or asked.module):
        raise Problem(
            "input",
            phrase("--open and --view choose modules of a graph; a figure is always whole."),
            phrase("Leave them out, or --figure."),
        )
    kind = format_of(out, PICTURES if asked.figure else PICTURES + DATA)
    level, scale = _level(asked.opened), _scale(asked.scale)
    with Opened(model, device, wishes, partly=not asked.figure) as app:
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
        _dress(asked)
        source = _figure_source(app, asked) if asked.figure else _graph_source(state, asked)
        write_file(source.content(state, picture, kind), out)
        raise_problem(app.state)


def _dress(asked: Asked) -> None:
    """Make an application that speaks and looks as it was asked to."""
    from explorer.gui.export.files import LOOKS
    from explorer.gui.language import speak
    from explorer.gui.theme import apply
    from explorer.gui.window import make_application

    app = make_application("dark")
    speak(app, asked.language)
    apply(app, LOOKS[asked.look], 1.0)


def _graph_source(state: AppState, asked: Asked) -> Source:
    from explorer.gui.export.files import LOOKS
    from explorer.gui.export.graph import GraphSource
    from explorer.gui.map.canvas import Canvas

    canvas = Canvas(LOOKS[asked.look])
    canvas.render(None, state)
    return GraphSource(canvas)


def _figure_source(app: Headless, asked: Asked) -> Source:
    """The figure, when all its numbers are there. Raises Problem that says why there is none."""
    from explorer.gui.export.figure import FigureSource, drawing_of
    from explorer.gui.map.camera import Camera

    drawing = drawing_of(app.state, asked.look)
    for look in drawing.numbers.looks:
        app.take(look)
    wait(app, lambda state: state.settled)
    drawing.numbers.render(app.state, drawing.figure)
    return FigureSource(drawing, Camera(1.0))


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
