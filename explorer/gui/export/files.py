"""What is on show as a file, by the ending of its name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from explorer.core.graph import Recording, named_shape
from explorer.core.problem import Problem, phrase
from explorer.core.writing import write_whole
from explorer.gui.export.picture import Picture
from explorer.gui.map.drawing import Words
from explorer.gui.theme import PRINT, THEMES, Theme
from explorer.picture.numbers import count_text
from explorer.session.state import AppState

Format = Literal["svg", "pdf", "png", "json", "dot"]
PICTURES: tuple[Format, ...] = ("svg", "pdf", "png")
DATA: tuple[Format, ...] = ("json", "dot")
LOOKS: dict[str, Theme] = {**THEMES, "print": PRINT}


@dataclass(frozen=True)
class Wanted:
    """What a picture is to show, and how.

    ``part`` is all of it, what is in view, or of a graph the box of a call. ``look`` is one of
    `LOOKS`. At ``scale`` 1 what is in view is as large as it is there, all else as at 100 %; with a
    ``size`` the picture is instead as large as fits into so many pixels. It is ``titled`` with the
    name and the input of the model, ``stepped`` if the step of the cursor is marked.
    """

    part: Literal["whole", "view"] | int = "whole"
    look: str = "dark"
    scale: float = 1.0
    size: tuple[int, int] | None = None
    titled: bool = False
    stepped: bool = False


class Source(Protocol):
    """What is on show and can be written to a file: a graph or a figure, as it looks in a
    ``theme`` with text of a ``scale``, on a screen with ``ratio`` dots a pixel."""

    formats: tuple[Format, ...]
    theme: Theme
    scale: float
    ratio: float

    def picture(self, state: AppState, wanted: Wanted) -> Picture:
        """The picture of it. Raises Problem for a part that is not there."""

    def content(self, state: AppState, wanted: Wanted, kind: Format) -> bytes:
        """What stands in the file. Raises Problem if an image would be too large."""


def format_of(path: str | Path, formats: tuple[Format, ...]) -> Format:
    """The format of a file by its ending. Raises Problem for one that is not among ``formats``."""
    ending = os.path.splitext(os.fspath(path))[1].lower().removeprefix(".")
    for one in formats:
        if one == ending:
            return one
    text = phrase("The graph cannot be written as {path}: the name must end in {endings}.")
    if formats == PICTURES:
        text = phrase("The figure cannot be written as {path}: the name must end in {endings}.")
    raise Problem("input", text, path=path, endings=", ".join(f".{one}" for one in formats))


def caption_of(recording: Recording, words: Words) -> str:
    """What the model was given, and how large it is."""
    fed = [value for value in recording.values if value.kind == "input"]
    said = [f"{value.name} {named_shape(value)}" for value in fed[:3]]
    said += ["…"] if len(fed) > 3 else []
    count = recording.calls[0].parameters
    if count:
        said.append(words.parameters.format(count=count_text(count)))
    return " · ".join(said)


def written(picture: Picture, wanted: Wanted, kind: Format) -> bytes:
    """A picture as a file. Raises Problem if an image would be too large."""
    scale = wanted.scale
    if wanted.size is not None:
        picture, scale = picture.filling(wanted.size)
    return {"svg": picture.svg, "pdf": picture.pdf, "png": picture.png}[kind](scale)


def write_file(data: bytes, out: Path) -> None:
    """Write the file, whole or not at all. Raises Problem (kind ``disk``)."""
    try:
        write_whole(data, out)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise Problem(
            "disk",
            phrase("{path} cannot be written: {why}."),
            phrase("Check that the folder exists and may be written to, and the disk is not full."),
            path=out,
            why=getattr(error, "strerror", None) or error,
        ) from error
