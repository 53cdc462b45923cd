"""Where a pass ended before its end, and what to say where nothing ran."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from explorer.core.graph import Recording
from explorer.gui.map.drawing import map_font
from explorer.gui.theme import Theme, font
from explorer.picture.numbers import count_text
from explorer.session.state import AppState


def draw_ending(painter: QPainter, box: QRectF, theme: Theme, scale: float) -> None:
    """Ring the last node that ran, and say below it that the pass stopped there."""
    painter.save()
    painter.setPen(QPen(theme.color("bad"), 2 * scale))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(-5, -5, 5, 5), 9, 9)
    words = QCoreApplication.translate("Canvas", "✕ stopped after this")
    small = map_font(12 * scale, 500)
    metrics = QFontMetricsF(small)
    wide = metrics.horizontalAdvance(words) + 20 * scale
    label = QRectF(0, 0, wide, metrics.height() + 6 * scale)
    label.moveCenter(box.center())
    label.moveTop(box.bottom() + 12)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("bad"))
    painter.drawRoundedRect(label, label.height() / 2, label.height() / 2)
    painter.setFont(small)
    painter.setPen(theme.color("background"))
    painter.drawText(label, Qt.AlignmentFlag.AlignCenter, words)
    painter.restore()


def draw_waiting(
    painter: QPainter, area: QRectF, recording: Recording, theme: Theme, scale: float
) -> None:
    """Say in a corner that a picture of so many ops is on its way."""
    words = QCoreApplication.translate("Canvas", "Laying out {count} ops…")
    words = words.format(count=count_text(len(recording.events)))
    small = font(scale, 10)
    metrics = QFontMetricsF(small)
    high = metrics.height() + 10 * scale
    place = QRectF(14 * scale, 0, metrics.horizontalAdvance(words) + 24 * scale, high)
    place.moveBottom(area.bottom() - 14 * scale)
    painter.setPen(QPen(theme.color("line"), 1.0))
    painter.setBrush(theme.color("raised"))
    painter.drawRoundedRect(place, high / 2, high / 2)
    painter.setFont(small)
    painter.setPen(theme.color("text"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def draw_nothing(
    painter: QPainter, area: QRectF, state: AppState, theme: Theme, scale: float
) -> None:
    """Say in the middle why there is no graph."""
    if state.model is None or "OpenModel" in state.tickets or "RecordPass" in state.tickets:
        return  # it is on its way
    if state.recording is None and state.model.input == "example":
        words = QCoreApplication.translate(
            "Canvas", "Nothing has run yet. Ctrl+R opens the model again and runs it."
        )
    elif state.recording is None:
        words = QCoreApplication.translate(
            "Canvas", "Nothing has run yet. Give the model an input at the left."
        )
    elif state.recording.failure is not None:
        words = QCoreApplication.translate(
            "Canvas", "The pass stopped before its first op:\n{text}"
        ).format(text=state.recording.failure.text)
    else:
        words = said_of_nothing()
    painter.setFont(font(scale, 12))
    painter.setPen(theme.color("dim"))
    wide = min(area.width() - 40 * scale, 560 * scale)
    place = QRectF(0, 0, wide, area.height())
    place.moveCenter(area.center())
    wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(place, wrap, words)


def said_of_nothing() -> str:
    """Of a pass that gave something without an op."""
    return QCoreApplication.translate("Canvas", "This pass ran no op.")


def said_of_ending(recording: Recording) -> str:
    """What raised, where, with what: for the node that it came after."""
    failure = recording.failure
    if failure is None:
        return ""
    shapes = failure.met
    what = failure.op or "forward"
    where = f"{failure.module}/{what}" if failure.module else what
    source = failure.source.replace("\\", "/").rpartition("/")[2]
    if shapes:
        said = QCoreApplication.translate(
            "Inspector",
            "✕ The pass stopped after this step, in {where} ({source}), given {shapes}.",
        )
    else:
        said = QCoreApplication.translate(
            "Inspector", "✕ The pass stopped after this step, in {where} ({source})."
        )
    return f"{said.format(where=where, source=source, shapes=shapes)}\n{failure.text}"
