"""The graph on show as a file, by the ending of its name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QRectF

from explorer.core.graph import Recording, ancestry
from explorer.core.problem import Problem, phrase
from explorer.core.writing import write_whole
from explorer.gui.export.key import key_of
from explorer.gui.export.picture import MARGIN, GraphPicture, Step
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.drawing import rect
from explorer.gui.map.painting import Painting
from explorer.gui.theme import LIGHT, PRINT, THEMES, Theme
from explorer.picture.caption import named_shape
from explorer.picture.document import graph_json
from explorer.picture.dot import graph_dot
from explorer.picture.numbers import count_text
from explorer.session.state import AppState

Format = Literal["svg", "pdf", "png", "json", "dot"]
FORMATS: tuple[Format, ...] = ("svg", "pdf", "png", "json", "dot")
_AROUND = 12.0  # a module: little of what is beside it
LOOKS: dict[str, Theme] = {**THEMES, "print": PRINT}


@dataclass(frozen=True)
class Wanted:
    """What a picture is to show, and how.

    ``part`` is the whole graph, what is in view, or the box of a call. ``look`` is one of `LOOKS`.
    At ``scale`` 1 what is in view is as large as it is there, all else as at 100 %; with a ``size``
    the picture is instead as large as fits into so many pixels. It is ``titled`` with the name and
    the input of the model, ``stepped`` if the step of the cursor is marked.
    """

    part: Literal["whole", "view"] | int = "whole"
    look: str = "dark"
    scale: float = 1.0
    size: tuple[int, int] | None = None
    titled: bool = False
    stepped: bool = False


def format_of(path: str | Path) -> Format:
    """The format of a file by its ending. Raises Problem for any other."""
    ending = os.path.splitext(os.fspath(path))[1].lower().removeprefix(".")
    for one in FORMATS:
        if one == ending:
            return one
    raise Problem(
        "input",
        phrase("The graph cannot be written as {path}: the name must end in {endings}."),
        path=path,
        endings=", ".join(f".{one}" for one in FORMATS),
    )


def picture_of(canvas: Canvas, state: AppState, wanted: Wanted) -> GraphPicture:
    """The picture of what a canvas shows."""
    canvas.planner.finish()
    painting, recording = canvas.outlook.painting, state.recording
    assert painting is not None, "there is a graph"
    assert recording is not None
    camera, current = canvas.outlook.camera, canvas.outlook.current
    if isinstance(wanted.part, int):
        part = _box(recording, painting, wanted.part)
    else:
        part = camera.view if wanted.part == "view" else _whole(painting)
    ending = _ending(recording, painting)
    if ending is not None and wanted.part == "whole":
        part.setBottom(max(part.bottom(), ending.bottom() + 2 * MARGIN))
    look = LOOKS[wanted.look]
    dressed = painting if look is painting.theme else painting.dressed(look)
    zoom = camera.zoom if wanted.part == "view" else 1.0
    name = state.title or recording.calls[0].kind
    picture = GraphPicture(
        dressed,
        part,
        zoom,
        name,
        name if wanted.titled else "",
        _caption(recording, painting) if wanted.titled else "",
        Step(state.cursor, current) if wanted.stepped and current is not None else None,
        ending,
        key_of(dressed.tint, state),
    )
    return picture.readable(wanted.scale)


def _box(recording: Recording, painting: Painting, call: int) -> QRectF:
    """The box of a call, with a margin. Raises Problem if there is none."""
    spot = painting.scene.box_of(call, tuple(ancestry(recording, call)[:-1]))
    if spot is None:
        raise Problem(
            "input",
            phrase("{module} has no box of its own: nothing of it is on the graph."),
            module=recording.calls[call].module,
        )
    return rect(spot.box).adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND)


def _ending(recording: Recording, painting: Painting) -> QRectF | None:
    """The box after which a pass stopped, None if it came to its end."""
    if recording.failure is None or not recording.events:
        return None
    last = painting.scene.node_of(len(recording.events) - 1)
    return None if last is None else rect(last.box)


def _whole(painting: Painting) -> QRectF:
    """All of a graph, with a margin."""
    return painting.extent(1.0).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)


def _caption(recording: Recording, painting: Painting) -> str:
    """What the model was given, and how large it is."""
    fed = [value for value in recording.values if value.kind == "input"]
    said = [f"{value.name} {named_shape(value)}" for value in fed[:3]]
    said += ["…"] if len(fed) > 3 else []
    count = recording.calls[0].parameters
    if count:
        said.append(painting.words.parameters.format(count=count_text(count)))
    return " · ".join(said)


def content(canvas: Canvas, state: AppState, wanted: Wanted, kind: Format) -> bytes:
    """What stands in the file. Raises Problem if an image would be too large."""
    recording = state.recording
    assert recording is not None
    if kind == "json":
        return graph_json(recording, state.open, state.title)
    if kind == "dot":
        folds = _folds(canvas)
        said = graph_dot(recording, state.open, state.title, LIGHT.families, folds)
        return said.encode("utf-8")
    picture = picture_of(canvas, state, wanted)
    scale = wanted.scale
    if wanted.size is not None:
        picture, scale = picture.filling(wanted.size)
    return {"svg": picture.svg, "pdf": picture.pdf, "png": picture.png}[kind](scale)


def _folds(canvas: Canvas) -> list[tuple[int, ...]]:
    """The calls of each fold that a canvas shows closed."""
    canvas.planner.finish()
    found = []
    for box in canvas.boxes():
        if box.item.kind == "fold" and box.kind == "closed":
            run = canvas.planner.run_of(box.item.at)
            found.append(run[run.index(box.item.at) : run.index(box.item.until) + 1])
    return found


def write_graph(data: bytes, out: Path) -> None:
    """Write the file, whole or not at all. Raises Problem (kind ``disk``)."""
    try:
        write_whole(data, out)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise Problem(
            "disk",
            phrase("The graph cannot be written to {path}: {why}."),
            phrase("Check that the folder exists and may be written to, and the disk is not full."),
            path=out,
            why=getattr(error, "strerror", None) or error,
        ) from error
