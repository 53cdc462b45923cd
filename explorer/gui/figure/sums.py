"""How the number of a neuron came about, as lines of text, and the card that they stand on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF, QPainter

from explorer.core.neurons import TERMS
from explorer.gui.figure.numbers import Source
from explorer.gui.theme import Theme, font, mono
from explorer.picture.figure import Figure
from explorer.picture.figure.placing import Piece
from explorer.picture.numbers import count_text, number_text


def lines_of(
    figure: Figure, numbers: Source, at: int, neuron: int, others: Callable[[str], str]
) -> list[str]:
    """The sum of a neuron of piece ``at``, its largest terms, and what the ops after the layer make
    of it. The terms add up to the sum: ``others`` names how many more there are.
    """
    piece = figure.pieces[at]
    value = _number(numbers.of(f"value/{at}"), neuron)
    if value is None:
        return []
    stage = piece.stage
    weights = stage.weights
    if weights is None or not piece.single:
        return [number_text(value)]
    goes_on = stage.begun != stage.value
    total = _number(numbers.of(f"begun/{at}"), neuron) if goes_on else value
    if total is None:
        return [number_text(value)]
    by, shift = _factor(weights.alpha), _factor(weights.beta)
    said = [f"{by}Σ w·x{f' + {shift}b' if weights.bias >= 0 else ''} = {number_text(total)}"]
    found = _terms(numbers, at, neuron)
    bias = _number(numbers.of(f"bias/{at}"), neuron)
    if found is not None:
        terms, rest = found
        for n, (weight, given) in enumerate(terms.tolist()):
            said.append(f"  {'+' if n else '='} {by}{_bracketed(weight)}·{_bracketed(given)}")
        left = figure.pieces[at - 1].form.channels - len(terms)
        if left > len(rest):  # terms of neurons that are not told are not known one by one
            summed = _number(numbers.of(f"sums/{at}"), neuron)
            others_sum = (total if summed is None else summed) - weights.beta * (bias or 0.0)
            others_sum -= weights.alpha * float(terms.prod(1).sum())
        else:
            others_sum = weights.alpha * float(rest.prod(1).sum())
        if left:
            said.append(f"  + {others(count_text(left))} ({number_text(others_sum, 3)})")
        if bias is not None:
            said.append(f"  + {shift}b ({number_text(weights.beta * bias, 3)})")
    if stage.lines[1:]:
        said.append(f"{', '.join(stage.lines[1:])} → {number_text(value)}")
    return said


def _terms(numbers: Source, at: int, neuron: int) -> tuple[np.ndarray, np.ndarray] | None:
    """The few products (k, 2), as weight and number, that are furthest from 0, and the others: of
    all if these are known, else of those that can be seen; None while there are none."""
    largest = numbers.of(f"largest/{at}")
    if largest is not None:
        return np.asarray(largest[neuron], float), np.zeros((0, 2))
    before, matrix = numbers.of(f"value/{at - 1}"), numbers.of(f"weights/{at}")
    if matrix is None or before is None or matrix.shape[1] != before.size:
        return None
    pairs = np.stack([matrix[neuron].astype(float), before.reshape(-1).astype(float)], axis=1)
    pairs = pairs[np.argsort(-np.abs(pairs.prod(1)), kind="stable")]
    return pairs[:TERMS], pairs[TERMS:]


def _factor(number: float) -> str:
    """What a sum is multiplied by, nothing for 1."""
    return "" if number == 1.0 else f"{_bracketed(number)}·"


def _number(numbers: np.ndarray | None, at: int) -> float | None:
    if numbers is None or numbers.size <= at:
        return None
    return float(numbers.reshape(-1)[at])


def _bracketed(number: float) -> str:
    text = number_text(number, 3)
    return f"({text})" if text.startswith("−") else text


def draw_card(
    painter: QPainter, around: QRectF, whole: QRectF, title: str, lines: list[str],
    theme: Theme, scale: float,
) -> None:  # fmt: skip
    """A card beside the neuron ``around``, where it covers the lines to it least: at its right, or
    above or below where there is no room; never beyond the ``whole``."""
    made, head = mono(scale, 9.5), font(scale, 9.5, 600)
    metrics, above = QFontMetricsF(made), QFontMetricsF(head)
    pad, high = 9.0 * scale, metrics.height() + 1.0
    wide = max([above.horizontalAdvance(title), *(metrics.horizontalAdvance(t) for t in lines)])
    size = QSizeF(wide + 2 * pad, above.height() + 3.0 + high * len(lines) + 2 * pad - 3.0)
    place = _place(around, whole, size, 12.0 * scale)
    painter.setPen(theme.color("dim", 0.7))
    painter.setBrush(theme.color("raised", 0.97))
    painter.drawRoundedRect(place, 7, 7)
    y = place.top() + pad - 1.0
    painter.setFont(head)
    painter.setPen(theme.color("text"))
    painter.drawText(QPointF(place.left() + pad, y + above.ascent()), title)
    y += above.height() + 3.0
    painter.setFont(made)
    for n, text in enumerate(lines):
        painter.setPen(theme.color("dim" if text.startswith("  ") else "text"))
        painter.drawText(QPointF(place.left() + pad, y + n * high + metrics.ascent()), text)


def _place(around: QRectF, whole: QRectF, size: QSizeF, gap: float) -> QRectF:
    wide, high = size.width(), size.height()
    left = min(around.left(), whole.right() - wide)
    places = [
        QRectF(around.right() + gap, around.center().y() - high / 2, wide, high),
        QRectF(left, around.top() - gap - high, wide, high),
        QRectF(left, around.bottom() + gap, wide, high),
    ]
    places[0].moveTop(min(max(places[0].top(), whole.top()), whole.bottom() - high))
    return next((place for place in places if whole.contains(place)), places[0])


def name_of(piece: Piece, neuron: int) -> str:
    """What a neuron is called: by its label, or its layer and number."""
    return piece.names[neuron] if piece.names else f"{piece.lines[0]} [{piece.neurons[neuron]}]"
