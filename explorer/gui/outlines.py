"""Chinese words within mathematics, whose font has none: their outlines take the place of squares.

A square ``□`` stands in for each sign while a formula is typeset, so that everything is where it
belongs; what is drawn of it tells where the sign goes, and how large.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from xml.etree.ElementTree import Element

from PySide6.QtGui import QFont, QGuiApplication, QPainterPath

STAND_IN = "□"
# em: of the square as it is drawn, from where it begins on the line, downwards, and how far on
# the next sign begins
_LEFT, _BOTTOM, _SIDE, _ADVANCE = 0.046, 0.162, 0.84, 0.932
_DRAWN = 200  # pixels in an em of an outline
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ROUNDING = 0.02  # of the side


class Outline(NamedTuple):
    """A sign as commands of an SVG path with their points (x, y), in em from where it begins on the
    line, downwards."""

    commands: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]

    def path(self, left: float, base: float, em: float) -> str:
        """As an SVG path, with the sign at a place, of a size."""
        return " ".join(
            letter + " ".join(f"{left + x * em:.2f} {base + y * em:.2f}" for x, y in points)
            for letter, points in self.commands
        )


@cache
def outline(sign: str) -> Outline:
    """A sign in the letters of the window. To be called in its thread."""
    font = QFont(QGuiApplication.font())
    font.setPixelSize(_DRAWN)
    path = QPainterPath()
    path.addText(0, 0, font, sign)
    made: list[tuple[str, tuple[tuple[float, float], ...]]] = []
    kinds = QPainterPath.ElementType
    for n in range(path.elementCount()):
        one = path.elementAt(n)
        point = (one.x / _DRAWN, one.y / _DRAWN)
        if one.type == kinds.CurveToDataElement:
            letter, points = made[-1]
            made[-1] = (letter, (*points, point))
        else:
            letters = {kinds.MoveToElement: "M", kinds.LineToElement: "L"}
            made.append((letters.get(one.type, "C"), (point,)))
    return Outline(tuple(made))


def put_signs(svg: Element, signs: Sequence[Outline], em: float) -> None:
    """Put signs, in order, in the place of the squares of a drawing of so many pixels in an em."""
    left = iter(signs)
    for path in svg.iter():
        square = _square(path.get("d", ""))
        if square is not None:
            x, bottom, side = square
            size = side / _SIDE
            sign = next(left)
            path.set("d", sign.path(x - _LEFT * size, bottom - _BOTTOM * size, size * _ADVANCE))


def _square(path: str) -> tuple[float, float, float] | None:
    """Left, bottom and side of the square that a path draws, None if it is another sign: two
    frames, the inner one at one distance on all sides."""
    if set(re.sub(r"[^A-Za-z]", "", path)) != set("MLZ") or path.count("M") != 2:
        return None
    outer, inner = (_box(part) for part in path.split("M")[1:])
    wide, high = outer[2] - outer[0], outer[3] - outer[1]
    rims = [abs(a - b) for a, b in zip(outer, inner, strict=True)]
    if abs(wide - high) > _ROUNDING * wide or max(rims) - min(rims) > _ROUNDING * wide:
        return None
    return outer[0], outer[3], wide


def _box(part: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a frame."""
    numbers = [float(number) for number in _NUMBER.findall(part)]
    x, y = numbers[::2], numbers[1::2]
    return min(x), min(y), max(x), max(y)
