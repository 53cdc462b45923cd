"""A picture from a file, for models that look at pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QImage,
    QImageReader,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QSizePolicy, QWidget

from explorer.core.graph import ModelInfo
from explorer.core.values import Input, PictureInput
from explorer.gui.inputs.editor import Editor
from explorer.gui.memory import Memory
from explorer.gui.theme import Theme, font

MOST = 1024  # pixels of the longer side that are handed over; models look at far fewer
_READER_MB = 512  # of one picture; Qt's own limit is meant for icons of the web


def is_picture(path: str) -> bool:
    """Whether the name is that of a picture that can be read."""
    kinds = {bytes(one.data()).decode() for one in QImageReader.supportedImageFormats()}
    return Path(path).suffix.lower().removeprefix(".") in kinds


def read_picture(path: str) -> PictureInput | None:
    """The picture in a file, at most 1024 pixels wide and high; None if it cannot be read."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)  # a photograph knows which side is up
    reader.setDecideFormatFromContent(True)
    QImageReader.setAllocationLimit(_READER_MB)
    image = reader.read()
    if image.isNull():
        return None
    if max(image.width(), image.height()) > MOST:
        image = image.scaled(
            MOST, MOST, Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
    return PictureInput(Path(path).name, pixels_of(image))


def pixels_of(image: QImage) -> np.ndarray:
    """(H, W, 3) of bytes; what is transparent is white."""
    if image.hasAlphaChannel():
        ground = QImage(image.size(), QImage.Format.Format_RGB32)
        ground.fill(Qt.GlobalColor.white)
        painter = QPainter(ground)
        painter.drawImage(0, 0, image)
        painter.end()
        image = ground
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    high, wide, line = image.height(), image.width(), image.bytesPerLine()
    rows = np.frombuffer(image.constBits(), np.uint8, high * line).reshape(high, line)
    return rows[:, : wide * 3].reshape(high, wide, 3).copy()


class PictureEditor(Editor):
    """Shows the picture; another one is chosen or dropped."""

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__(model, theme, scale)
        self.frame = Frame(theme, scale)
        self.frame.setObjectName("picture")
        self.frame.dropped = self.choose
        self.lay.addWidget(self.frame)
        self.said = QLabel()
        self.said.setObjectName("picture-name")
        self.said.setFont(font(scale, 9.5))
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.lay.addWidget(self.said)
        button = QPushButton(self.tr("Choose a picture…"))
        button.setObjectName("choose-picture")
        button.clicked.connect(self._ask)
        self.lay.addWidget(button)

    def show_input(self, given: Input) -> None:
        """The picture that the model saw."""
        if not isinstance(given, PictureInput):
            return
        high, wide = given.pixels.shape[:2]
        self.frame.show_pixels(given.pixels)
        self.frame.setAccessibleName(given.name)
        self._say(self.tr("{name} · {width} × {height}").format(
            name=given.name, width=wide, height=high
        ))  # fmt: skip

    def choose(self, path: str) -> None:
        """Feed the picture of a file."""
        given = read_picture(path)
        if given is None:
            name = Path(path).name
            self._say(self.tr("{name} is no picture that can be read.").format(name=name), True)
            return
        self.show_input(given)
        self.edited.emit(given)

    def _ask(self) -> None:
        kinds = sorted(bytes(k.data()).decode() for k in QImageReader.supportedImageFormats())
        endings = " ".join(f"*.{kind}" for kind in kinds)
        memory = Memory()
        path, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Choose a picture"),
            memory.folder(),
            self.tr("Pictures ({endings})").format(endings=endings),
        )
        if path:
            memory.keep_folder(path)
            self.choose(path)

    def _say(self, text: str, bad: bool = False) -> None:
        self.said.setText(text)
        self.said.setStyleSheet(f"color: {self.theme.bad if bad else self.theme.dim};")


class Frame(QWidget):
    """The picture as large as it fits, and a place to drop another."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._picture = QPixmap()
        self._over = False
        self.dropped = lambda _path: None
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A square of the side panel."""
        return QSize(round(200 * self._scale), round(190 * self._scale))

    def show_pixels(self, pixels: np.ndarray) -> None:
        """Show a picture (H, W, 3)."""
        high, wide = pixels.shape[:2]
        data = np.ascontiguousarray(pixels)
        image = QImage(data.tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888)
        self._picture = QPixmap.fromImage(image)
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One picture may come; anything else is for the window."""
        urls = event.mimeData().urls()
        if urls and is_picture(urls[0].toLocalFile()):
            self._over = True
            self.update()
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It went elsewhere."""
        self._over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take it."""
        self._over = False
        self.update()
        self.dropped(event.mimeData().urls()[0].toLocalFile())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, or the words that one may be dropped."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        ring = self._theme.color("accent" if self._over else "line")
        empty = self._picture.isNull()
        style = Qt.PenStyle.DashLine if empty or self._over else Qt.PenStyle.SolidLine
        painter.setPen(QPen(ring, 1.5, style))
        painter.setBrush(self._theme.color("background"))
        painter.drawRoundedRect(box, 6 * self._scale, 6 * self._scale)
        if empty:
            painter.setPen(self._theme.color("dim"))
            painter.drawText(
                box.adjusted(8, 8, -8, -8),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                self.tr("Drop a picture here"),
            )
            return
        inside = box.adjusted(4, 4, -4, -4)
        size = self._picture.size().toSizeF()
        size.scale(inside.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(inside.topLeft(), size)
        place.moveCenter(inside.center())
        painter.drawPixmap(place, self._picture, QRectF(self._picture.rect()))
