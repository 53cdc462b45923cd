"""What the values pane says of a value, and of two beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QCoreApplication

from explorer.core.change import spelled
from explorer.core.graph import Recording, Value
from explorer.core.plane import Against, Plane
from explorer.core.values import Part, Reading
from explorer.gui.changes.menu import run_of
from explorer.gui.panes.differing import far_of, titled
from explorer.picture.numbers import bracketed, exact_text, number_text, shape_text
from explorer.picture.plane import extents
from explorer.picture.readout import axis_labels, axis_name
from explorer.session.others import Other, other_of
from explorer.session.state import AppState

translate = QCoreApplication.translate
_FEW = 4  # digits where there is little room


def said_of_cells(reading: Reading, signed: bool) -> str:
    """What each cell of a picture is, and what the colours mean."""
    if reading.exact:
        if signed:
            return translate(
                "ValuesPane",
                "Every cell is one number; hover to read it. Blue–red: below and above 0.",
            )
        return translate(
            "ValuesPane", "Every cell is one number; hover to read it. The brighter the larger."
        )
    said = {
        "max-abs": translate("ValuesPane", "Each cell: of {block} numbers the furthest from 0."),
        "mean": translate("ValuesPane", "Each cell: the mean of {block} numbers."),
        "max": translate("ValuesPane", "Each cell: the largest of {block} numbers."),
    }[reading.view.reduce].format(block=" × ".join(map(str, reading.block)))
    return translate("ValuesPane", "{said} The wheel zooms in.").format(said=said)


def said_of_layout(layout: str, dtype: str, part: Part) -> str:
    """What is special about a value, "" for nothing; of a complex one, which ``part`` is seen."""
    if dtype.startswith("complex"):
        return {
            "magnitude": translate("ValuesPane", "Of complex numbers this is the magnitude."),
            "real": translate("ValuesPane", "Of complex numbers this is the real part."),
            "imaginary": translate("ValuesPane", "Of complex numbers this is the imaginary part."),
            "phase": translate("ValuesPane", "Of complex numbers this is the phase."),
        }[part]
    return {
        "sparse": translate("ValuesPane", "The value is sparse: what it does not store is 0."),
        "nested": translate("ValuesPane", "Its parts differ in length: NaN after the end of one."),
        "masked": translate("ValuesPane", "NaN where it is masked."),
        "quantized": translate(
            "ValuesPane", "It is quantized: these are the numbers that it stands for."
        ),
    }.get(layout, "")


def said_of_part(plane: Plane, what: Value) -> tuple[str, str]:
    """Which positions are in view, of how many, with the names of the axes and without."""
    full, short = [], []
    ends = extents(plane)[2 - len(plane.keep) :]
    for axis, (first, last) in zip(plane.keep, ends, strict=True):
        size = what.shape[axis]
        begin, end = math.floor(first), min(size, math.ceil(last)) - 1
        where = f"{begin}…{end} / {size}" if end - begin + 1 < size else str(size)
        full.append(f"{axis_name(what, axis)}: {where}")
        short.append(where)
    return " × ".join(full), " × ".join(short)


def titles(
    recording: Recording, value: int, other: Other, apart: Reading | None, least: float
) -> tuple[str, str, str]:
    """Over a value, the other one, and their difference, as far as that is there; up to ``least``
    it may be rounding."""
    difference = titled(far_of(apart), least)
    if other.tape == recording.base:
        before = translate("ValuesPane", "before the changes")
        return translate("ValuesPane", "after"), before, difference
    name = other.what.name
    if other.tape != recording.tape:
        name = translate("ValuesPane", "{name}, beside").format(name=name)
    return recording.values[value].name, name, difference


def said_of_copied(shape: tuple[int, ...], block: tuple[int, int]) -> str:
    """How many numbers went to the clipboard, and of how many others each is made."""
    rows, columns = shape
    said = translate("ValuesPane", "Copied: {rows} × {columns} numbers")
    said = said.format(rows=rows, columns=columns)
    if block == (1, 1):
        return said
    more = translate("ValuesPane", "{copied}, each of a block of {block}")
    return more.format(copied=said, block=" × ".join(map(str, block)))


def said_of_comparison(recording: Recording, other: Other) -> str:
    """What the three pictures are."""
    if other.tape == recording.base:
        return translate(
            "ValuesPane",
            "After the changes, before them, and the difference: red where it is larger.",
        )
    return translate(
        "ValuesPane",
        "This value, the other one, and this minus that: red where this one is larger.",
    )


def said_of_mismatch(state: AppState, against: Against | None, value: int) -> str:
    """Why a value is not compared with what was chosen."""
    recording, found = state.recording, other_of(state, against, value)
    if found is not None:
        return translate(
            "ValuesPane", "To compare with is {name} {shape}: only equal shapes can be subtracted."
        ).format(name=found.what.name, shape=shape_text(found.what.shape))
    if recording is None or against is None or against.kind == "before":
        return ""
    if against.kind == "beside":
        return translate("ValuesPane", "The pass beside has nothing to compare this value with.")
    what = recording.values[value]
    if against.kind == "value" and against.name == what.name:
        return translate("ValuesPane", "It is this value that others are compared with.")
    if against.kind == "value":
        return translate("ValuesPane", "This pass has no {name} to compare with.").format(
            name=against.name
        )
    if what.writer >= 0 and recording.events[what.writer].inputs:
        return translate("ValuesPane", "The input of its op has another shape.")
    return translate("ValuesPane", "No op made this value from another.")


def said_of_place(
    recording: Recording, reading: Reading, position: tuple[int, int]
) -> tuple[str, list[str]]:
    """Which number of a value is at a (row, column) of what is shown, or which of a block, and
    what its positions are called."""
    view = reading.view
    index = [str(i) for i in view.at]
    for axis, along in enumerate(view.along):
        index[axis] = along or index[axis]
    names = []
    for axis, start, block in zip(
        view.keep, position[2 - len(view.keep) :], reading.block, strict=True
    ):
        end = min(recording.values[view.value].shape[axis], start + block) - 1
        index[axis] = str(start) if block == 1 else f"{start}…{end}"
        labels = axis_labels(recording, view.value, axis) if block == 1 else ()
        names += [f"“{label}”" for label in labels[start : start + 1]]
    return f"[{', '.join(index)}]", names


def said_of_numbers(numbers: Sequence[np.generic | None]) -> tuple[str, str]:
    """One, or one minus another and the difference, None where that is on its way: to the last
    digit, and shorter, "" for one alone."""
    if len(numbers) == 1:
        return exact_text(numbers[0]), ""  # type: ignore[arg-type]
    lines = []
    for write in (exact_text, lambda one: number_text(float(one), _FEW)):
        this, other, apart = ("…" if one is None else write(one) for one in numbers)
        lines.append(f"{this} − {bracketed(other)} = {apart}")
    return lines[0], lines[1]


def named_places(
    reading: Reading, plane: Plane, position: tuple[int, int]
) -> list[tuple[str, str]]:
    """What can be changed at a position of a plane, -1 for none, as it is called and as changes
    spell it: the cell, its row and column, the slice."""
    cells = partial(_spelled_cells, reading, plane)
    places = []
    if min(position) >= 0:
        places = [(translate("ValuesPane", "This cell"), cells(*position))]
        if len(reading.view.keep) > 1:
            places += [
                (translate("ValuesPane", "This row"), cells(position[0], None)),
                (translate("ValuesPane", "This column"), cells(None, position[1])),
            ]
    if len(plane.shape) > 2:
        places.append((translate("ValuesPane", "This slice"), cells(None, None)))
    return [(f"{text}  [{at}]", at) for text, at in places]


def _spelled_cells(reading: Reading, plane: Plane, *kept: int | None) -> str:
    """Those of a plane at a row and a column, None for all, as changes spell them."""
    found: list[int | str | None] = [
        None if along else at for at, along in zip(plane.at, plane.along, strict=True)
    ]
    keep = reading.view.keep
    for axis, at, block in zip(keep, kept[2 - len(keep) :], reading.block, strict=True):
        found[axis] = None if at is None else run_of(at // block, block, plane.shape[axis])
    return spelled(tuple(found))
