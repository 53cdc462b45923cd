"""Text, read letter by letter or through a tokenizer."""

from __future__ import annotations

import re
from html import escape

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QSizePolicy, QToolTip, QWidget

from explorer.core.graph import ModelInfo
from explorer.core.values import Input, TextInput
from explorer.gui.inputs.editor import Editor
from explorer.gui.panes.marks import blended, heat_dots
from explorer.gui.theme import Theme, ink_on, mono
from explorer.gui.tips import as_written
from explorer.session.state import AppState

_TYPING = 150  # ms after the last key before the pass is recorded again
_TYPING_OWN = 400  # the same for a model of the user's own, which may be large
_LINES = 6  # of tokens
_SPECIAL = re.compile(r"\[[A-Z0-9_ ]+\]|<[^<>]{1,40}>")  # [CLS], <s>, <|endoftext|>


class TextEditor(Editor):
    """Text, recorded while it is typed."""

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__(model, theme, scale)
        self.box = QPlainTextEdit()
        self.box.setFont(mono(scale))
        self.box.setTabChangesFocus(True)
        self.box.setAcceptDrops(False)  # a file that is dropped is opened, not read out
        self.box.setAccessibleName(self.tr("Text for the model"))
        self.box.setFixedHeight(round(84 * scale))
        self.lay.addWidget(self.box)
        self.count = QLabel()
        self.count.setObjectName("count")
        self.count.setWordWrap(True)
        self.lay.addWidget(self.count)
        self.tokens = Tokens(theme, scale)
        self.tokens.setObjectName("tokens")
        self.tokens.hide()
        self.lay.addWidget(self.tokens)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPING if model.labels else _TYPING_OWN)
        self._timer.timeout.connect(self._send)
        self.box.textChanged.connect(self._typed)
        self._read = ("", 0)  # the text that was tokenized last, and how many tokens it made
        self._fed: tuple[str, ...] = ()  # the tokens of the pass, those that were drawn too
        self._sent: str | None = None  # what was recorded last, or is being recorded
        self._width = 0  # what the words below the box can be broken at

    def show_input(self, given: Input) -> None:
        """Only what did not come from this box: typing goes on undisturbed."""
        if not isinstance(given, TextInput) or self._timer.isActive() or given.text == self._sent:
            return
        self._sent = given.text
        self.box.blockSignals(True)
        self.box.setPlainText(given.text)
        self.box.blockSignals(False)
        self._complain(given.text)

    def show_state(self, old: AppState | None, new: AppState) -> None:
        """The tokens that a tokenizer made of the text; a letter of an alphabet is its own."""
        recording = new.recording
        if recording is None or (old is not None and old.recording is recording):
            return
        given, self._fed = recording.input, recording.labels.get("T", ())
        if self.model.labels:
            return
        self.tokens.show_tokens(self._fed)
        self.tokens.setVisible(bool(self.tokens.tokens))
        if isinstance(given, TextInput) and not given.then:
            self._read = (given.text, len(self._fed))
        self._complain(self.box.toPlainText())
        self.grown.emit()

    def show_field(self, strengths: np.ndarray | None) -> None:
        """On the tokens, also on those of an alphabet while it lasts."""
        field = None if strengths is None else strengths.reshape(-1)
        if self.model.labels:
            wanted = self._fed if field is not None else ()
            if wanted != self.tokens.tokens:
                self.tokens.show_tokens(wanted)
                self.tokens.setVisible(bool(wanted))
                self.grown.emit()
        fits = field is not None and len(field) == len(self.tokens.tokens)
        self.tokens.show_field(field if fits else None)

    def give_room(self, width: int, most: int) -> None:
        """The words below the box are as high as they are when broken at this width."""
        self._width = width
        self._fit_words()

    def _fit_words(self) -> None:
        if self._width > 0:  # a layout inside a layout forgets that words have more lines
            self.count.setFixedHeight(max(0, self.count.heightForWidth(self._width)))

    def _typed(self) -> None:
        if self._complain(self.box.toPlainText()):
            self._timer.stop()
        else:
            self._timer.start()

    def _send(self) -> None:
        self._sent = self.box.toPlainText()
        self.edited.emit(TextInput(self._sent))

    def _complain(self, text: str) -> bool:
        """Say how long the text is, or why it cannot be read; True for the latter."""
        unknown = sorted(set(text) - set(self.model.labels)) if self.model.labels else []
        most = self.model.shape[0] if self.model.shape else 0
        tip = ""
        if not self.model.labels:
            said, bad = self._measure(text, most), False
        elif not text:
            said, bad = self.tr("Type at least one character."), True
        elif unknown:
            shown = " ".join(map(_written, unknown[:8]))
            said = self.tr(
                "The model does not know {characters}. Leave that out: only {count} characters can "
                "be read."
            ).format(characters=shown, count=len(self.model.labels))
            tip, bad = " ".join(map(_written, self.model.labels)), True
        elif len(text) > most:
            said = self.tr("{characters}; the model reads at most {most}.").format(
                characters=self._characters(len(text)), most=most
            )
            bad = True
        else:
            said = self.tr(
                "{characters} → {tokens}\nT\u00a0=\u00a0{count}\u00a0of\u00a0{most}"
            ).format(
                characters=self._characters(len(text)),
                tokens=self._tokens(len(text)),
                count=len(text),
                most=most,
            )
            bad = False
        self.count.setText(said)
        self.count.setToolTip(f"<qt>{escape(tip)}</qt>" if tip else "")
        self.count.setStyleSheet(f"color: {self.theme.bad if bad else self.theme.dim};")
        self._fit_words()
        return bad

    def _measure(self, text: str, most: int) -> str:
        """How long a text is for a model with a tokenizer, as far as that is known yet."""
        characters, tokens = self._characters(len(text)), self._tokens(self._read[1])
        if text != self._read[0] or not self._read[1]:
            return characters
        if not most:
            return self.tr("{characters} → {tokens}").format(characters=characters, tokens=tokens)
        return self.tr("{characters} → {tokens} of at most {most}").format(
            characters=characters, tokens=tokens, most=most
        )

    def _characters(self, count: int) -> str:
        said = self.tr("{count} character") if count == 1 else self.tr("{count} characters")
        return said.format(count=count)

    def _tokens(self, count: int) -> str:
        said = self.tr("{count} token") if count == 1 else self.tr("{count} tokens")
        return said.format(count=count)


def _written(character: str) -> str:
    """A character as people can see it."""
    return {" ": "␣", "\n": "⏎"}.get(character, repr(character).strip("'"))


class Tokens(QWidget):
    """What a tokenizer made of the text, a chip each; those it put there itself are tinted."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self.tokens: tuple[str, ...] = ()
        self.strengths: np.ndarray | None = None
        self.setFont(mono(scale, 9))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_tokens(self, tokens: tuple[str, ...]) -> None:
        """Show these; of many only the first lines."""
        self.tokens = tokens
        self.setAccessibleName(self.tr("{count} tokens").format(count=len(tokens)))
        self.setAccessibleDescription(" ".join(tokens[:200]))
        self._fit_height()
        self.update()

    def show_field(self, strengths: np.ndarray | None) -> None:
        """Colour each token (T,) by how much it counts, 0 … 1, and fade it where that is −1; None
        for nothing."""
        self.strengths = strengths
        self.update()

    def hasHeightForWidth(self) -> bool:
        """As many lines as the width makes."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The lower edge of the last chip."""
        chips = self._chips(width)
        return round(chips[-1][0].bottom() + 2) if chips else 0

    def sizeHint(self) -> QSize:
        """As high as its width asks for."""
        width = self.width() or round(230 * self._scale)
        return QSize(round(120 * self._scale), self.heightForWidth(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width makes other lines."""
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        self.setFixedHeight(self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A chip for each token, and how many are left out."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = 4 * self._scale
        for place, text, index in self._chips(self.width()):
            special = index >= 0 and bool(_SPECIAL.fullmatch(self.tokens[index]))
            family = "attention" if special else "embedding"
            painter.setPen(Qt.PenStyle.NoPen)
            role = "dim" if index < 0 else family if special else "text"
            ink = self._theme.color(role)
            if index >= 0:
                painter.setBrush(self._theme.color(family, 0.2 if special else 0.13))
                if self.strengths is not None:
                    ink = self._colour(painter, float(self.strengths[index]))
                painter.drawRoundedRect(place, radius, radius)
            painter.setPen(ink)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _colour(self, painter: QPainter, strength: float) -> QColor:
        """Brush and line for a token that counts so much; the colour of what is written on it."""
        if strength < 0:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            return self._theme.color("dim", 0.6)
        share = np.array([[strength]])
        fill = QColor.fromRgba(int(heat_dots(share, share >= 0)[0, 0]))
        painter.setPen(QPen(self._theme.color("accent"), 1.5))
        painter.setBrush(fill)
        return ink_on(blended(fill, self._theme.color("panel")))

    def event(self, event: QEvent) -> bool:
        """Say which token is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = QPointF(event.pos())
            for place, _, index in self._chips(self.width()):
                if place.contains(at) and index >= 0:
                    said = self.tr("token {index}: {token}").format(
                        index=index, token=self.tokens[index]
                    )
                    QToolTip.showText(event.globalPos(), as_written(said), self)
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)

    def _chips(self, width: int) -> list[tuple[QRectF, str, int]]:
        """(place, text, index) of every chip that is shown; index -1 says how many are not."""
        metrics, s = self.fontMetrics(), self._scale
        gap, pad, high = 3 * s, 5 * s, metrics.height() + 4 * s
        chips: list[tuple[QRectF, str, int]] = []
        x = y = 0.0
        for index, token in enumerate(self.tokens):
            text = metrics.elidedText(
                token, Qt.TextElideMode.ElideMiddle, max(1, int(width - 2 * pad))
            )
            wide = metrics.horizontalAdvance(text) + 2 * pad
            if x and x + wide > width:
                x, y = 0.0, y + high + gap
            if y >= _LINES * (high + gap):
                return self._rest(chips, index, width, y - high - gap, high)
            chips.append((QRectF(x, y, wide, high), text, index))
            x += wide + gap
        return chips

    def _rest(
        self, chips: list[tuple[QRectF, str, int]], shown: int, width: int, y: float, high: float
    ) -> list[tuple[QRectF, str, int]]:
        """The last line with how many more there are in the place of its last chips."""
        metrics = self.fontMetrics()
        while True:
            text = self.tr("+{count} more").format(count=len(self.tokens) - shown)
            wide = metrics.horizontalAdvance(text) + 10 * self._scale
            left = chips[-1][0].right() + 3 * self._scale if chips else 0.0
            if not chips or chips[-1][0].top() < y:
                left = 0.0
            if left + wide <= width or left == 0.0:
                return [*chips, (QRectF(left, y, wide, high), text, -1)]
            chips, shown = chips[:-1], shown - 1
