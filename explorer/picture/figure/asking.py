"""What a figure asks the engine for: numbers of the neurons that it shows, weights between them,
and small pictures of its volumes; never more of a value than it draws."""

from __future__ import annotations

from typing import NamedTuple

from explorer.core.graph import Recording
from explorer.core.values import View
from explorer.picture.figure.placing import Figure, Piece

PIXELS = 56  # of a volume's picture, either way


class Asked(NamedTuple):
    """A question: its name, and the view. Only what is ``kept`` is asked for of large values."""

    name: str
    view: View
    kept: bool


def questions(recording: Recording, figure: Figure) -> tuple[Asked, ...]:
    """Everything that a figure shows in numbers, from left to right: ``value/2`` of piece 2, what
    its layer gave before the activation ``begun/2``, its ``weights/2`` and ``bias/2``."""
    asked: list[Asked] = []
    for n, piece in enumerate(figure.pieces):
        if not piece.is_column:
            kept = piece.first >= 0
            if piece.single and piece.stage.begun != piece.stage.value:
                asked.append(Asked(f"begun/{n}", _face(recording, piece, piece.stage.begun), kept))
            asked.append(Asked(f"value/{n}", _face(recording, piece, piece.stage.value), kept))
            continue
        if piece.single and piece.stage.begun != piece.stage.value:
            asked.append(Asked(f"begun/{n}", _line(recording, piece, piece.stage.begun), False))
        asked.append(Asked(f"value/{n}", _line(recording, piece, piece.stage.value), False))
        weights = piece.stage.weights
        if weights is not None and figure.links[n - 1].joint == "weights":
            before = figure.pieces[n - 1]
            take = (_positions(piece), _positions(before))
            size = (len(piece.neurons), len(before.neurons))
            matrix = View(
                recording.tape, weights.matrix, weights.axes, (0, 0), size,
                take=take if any(take) else (),
            )  # fmt: skip
            asked.append(Asked(f"weights/{n}", matrix, True))
            if weights.bias >= 0:
                bias = View(
                    recording.tape, weights.bias, (0,), (0,), size[:1],
                    take=take[:1] if take[0] else (),
                )  # fmt: skip
                asked.append(Asked(f"bias/{n}", bias, True))
    return tuple(asked)


def _positions(piece: Piece) -> tuple[int, ...]:
    """The neurons shown, ``()`` for all."""
    return piece.neurons if piece.hidden else ()


def _line(recording: Recording, piece: Piece, value: int) -> View:
    """The numbers of a column's neurons, of the first sample."""
    dims = len(recording.values[value].shape)
    keep = (piece.form.axis,) if piece.form.axis >= 0 else ()
    take = _positions(piece)
    size = (len(piece.neurons),) if keep else ()
    return View(
        recording.tape, value, keep, (0,) * dims, size, take=(take,) if take and keep else ()
    )


def _face(recording: Recording, piece: Piece, value: int) -> View:
    """The mean over the channels of a volume as a plane; a picture of three channels in colours."""
    form = piece.form
    dims = len(recording.values[value].shape)
    planes = tuple(range(dims - min(2, len(form.sizes)), dims))
    size = (PIXELS,) * len(planes)
    at = [0] * dims
    if len(form.sizes) > 2:
        at[dims - 3] = form.sizes[0] // 2  # the middle of what lies behind each other
    if form.axis < 0:
        return View(recording.tape, value, planes, tuple(at), size, "mean")
    colours = piece.first < 0 and form.channels == 3 and len(form.sizes) > 1  # no line is a picture
    channels = 3 if colours else 1
    keep = (form.axis, *planes)
    return View(recording.tape, value, keep, tuple(at), (channels, *size), "mean")
