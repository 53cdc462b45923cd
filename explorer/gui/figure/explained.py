"""What colours, widths and sizes of a figure mean, in words, for below it."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from explorer.gui.figure.neurons import LINES
from explorer.gui.panes.shades import lut, map_name
from explorer.gui.theme import Theme
from explorer.picture.figure.placing import Figure


def explained(figure: Figure, theme: Theme, products: bool = False) -> list[str]:
    """A sentence for each of them, as rich text with the colours in it. Lines may be ``products``,
    of the weights and the numbers before."""
    columns = [piece for piece in figure.pieces if piece.is_column]
    weighed = [
        len(figure.pieces[link.at].neurons) * len(figure.pieces[link.at + 1].neurons)
        for link in figure.links
        if link.joint == "weights"
    ]
    said = []
    if figure.samples > 1:
        text = QCoreApplication.translate("FigurePage", "The first of {count} samples.")
        said.append(escape(text).format(count=f"{figure.samples:,}"))
    if len(columns) < len(figure.pieces):
        text = QCoreApplication.translate(
            "FigurePage",
            "Boxes: the more channels the thicker, the more cells the larger (by square roots)."
            " On its side, each shows the mean of its channels, low {key} high.",
        )
        key = "".join(dot(theme, at, "■", signed=False) for at in range(0, 256, 51))
        said.append(escape(text).format(key=key))
        if any(piece.active and not piece.is_column for piece in figure.pieces):
            text = QCoreApplication.translate("FigurePage", "{edge} activation.")
            said.append(escape(text).format(edge=_line(theme, "activation")))
    if columns:
        text = QCoreApplication.translate(
            "FigurePage", "Neurons: {minus} below, {plus} above 0, each layer on its own scale."
        )
        said.append(escape(text).format(minus=dot(theme, 0), plus=dot(theme, 255)))
    halves = [piece for piece in columns if piece.split]
    if halves and all(piece.active and len(piece.stage.lines) == 2 for piece in halves):
        text = QCoreApplication.translate(
            "FigurePage", "Left half: before its activation, right half: after it."
        )
        said.append(escape(text))
    elif halves:
        text = QCoreApplication.translate(
            "FigurePage", "Left half: after the layer, right half: after all of it."
        )
        said.append(escape(text))
    if any(piece.stage.weights and piece.stage.weights.bias >= 0 for piece in columns):
        said.append(escape(QCoreApplication.translate("FigurePage", "Small square: bias.")))
    if weighed:
        text = (
            QCoreApplication.translate(
                "FigurePage", "Lines: weight × number, {minus} below, {plus} above 0."
            )
            if products
            else QCoreApplication.translate(
                "FigurePage", "Lines: weights {minus} below, {plus} above 0."
            )
        )
        plus, minus = _line(theme, "positive"), _line(theme, "negative")
        said.append(escape(text).format(plus=plus, minus=minus))
    if max(weighed, default=0) > LINES:
        text = QCoreApplication.translate(
            "FigurePage", "Of each layer’s, the {count} largest between neurons shown."
        )
        said.append(escape(text).format(count=LINES))
    return said


def _line(theme: Theme, role: str) -> str:
    return f'<span style="color:{theme.color(role).name(QColor.NameFormat.HexRgb)}">━</span>'


def dot(theme: Theme, index: int, sign: str = "●", signed: bool = True) -> str:
    """A sign in the colour of place ``index`` (0 … 255) of the scale of numbers."""
    blue, green, red, _ = lut(map_name(theme, signed=signed))[index].tolist()
    return f'<span style="color:#{red:02x}{green:02x}{blue:02x}">{sign}</span>'
