"""Attention on the image that a model was given: what one patch looks at, over the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from explorer.core.values import View
from explorer.gui.keys import ARROWS, has_arrows
from explorer.gui.panes.attention.part import MAIN, Part, Readings, Scene
from explorer.gui.panes.shades import WEIGHTS, Shades, lut
from explorer.gui.theme import Theme, font, ink_on, mono
from explorer.picture.attention import PatchGrid, patch_grid, picture, picture_view, row_view
from explorer.picture.numbers import number_text

_VEIL = 0.62  # how much of a patch is the colour of its weight
_TOKEN = 22  # pixels: a token that is no patch
_BAR = 9  # pixels: the colour bar
Key = Qt.Key


class OnImage(QWidget):
    """Paints the image, the weights of its patches over it, and the tokens before them above.

    Signals:
        picked (int): a token was chosen, by click or arrow key.
        hovered (int): the token under the mouse, -1 for none.
    """

    picked = Signal(int)
    hovered = Signal(int)
    own_keys = ARROWS

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._grid: PatchGrid | None = None
        self._image, self._veil = QImage(), QImage()
        self._weights = np.zeros(0)
        self._most = 1.0
        self._query = -1
        self._hover = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(round(120 * scale))
        self.setAccessibleName(self.tr("Attention on the image"))

    def show_image(self, pixels: np.ndarray) -> None:
        """The image as bytes (H, W, 3)."""
        high, wide, _ = pixels.shape
        form = QImage.Format.Format_RGB888
        self._image = QImage(pixels.tobytes(), wide, high, wide * 3, form).copy()
        self.update()

    def show_weights(self, grid: PatchGrid, weights: np.ndarray, most: float, query: int) -> None:
        """What a ``query`` gives to each of the grid's tokens (K,), of which ``most`` is bright;
        the query is no token of the image where it is -1."""
        self._grid, self._weights, self._most, self._query = grid, weights, most, query
        patches = weights[grid.first : grid.tokens].reshape(grid.rows, grid.columns)
        self._veil = Shades(0.0, most, False).image(patches, self._theme, WEIGHTS)
        self.update()

    def area(self) -> QRectF:
        """Where the image is."""
        top, bottom = self._top(), self._bottom()
        high, wide = self.height() - top - bottom, self.width() - 4
        ratio = self._image.width() / max(1, self._image.height()) if self._image.width() else 1.0
        height = max(1.0, min(high, wide / ratio))
        return QRectF((self.width() - height * ratio) / 2, top, height * ratio, height)

    def place(self, token: int) -> QRectF:
        """Where a token is: its patch, or its square above the image."""
        assert self._grid is not None
        area, at = self.area(), self._grid.place(token)
        if at is None:
            side = _TOKEN * self._scale
            wide = max(side, self._label_width(token))
            left = area.left() + sum(
                max(side, self._label_width(t)) + 4 * self._scale for t in range(token)
            )
            return QRectF(left, 2, wide, side)
        wide, high = area.width() / self._grid.columns, area.height() / self._grid.rows
        return QRectF(area.left() + at[1] * wide, area.top() + at[0] * high, wide, high)

    def token_at(self, point: QPointF) -> int:
        """The token at a point, -1 for none."""
        grid = self._grid
        if grid is None:
            return -1
        for token in range(grid.first):
            if self.place(token).contains(point):
                return token
        area = self.area()
        if not area.contains(point):
            return -1
        row = min(grid.rows - 1, int((point.y() - area.top()) / area.height() * grid.rows))
        column = min(grid.columns - 1, int((point.x() - area.left()) / area.width() * grid.columns))
        return grid.first + row * grid.columns + column

    def _label_width(self, token: int) -> float:
        assert self._grid is not None
        metrics = QFontMetrics(mono(self._scale, 8.5))
        return metrics.horizontalAdvance(self._grid.names[token]) + 8 * self._scale

    def _top(self) -> int:
        first = self._grid.first if self._grid is not None else 0
        return round((_TOKEN + 6) * self._scale) if first else 2

    def _bottom(self) -> int:
        return QFontMetrics(mono(self._scale, 8.5)).height() + round((_BAR + 8) * self._scale)

    def _color(self, weight: float) -> QColor:
        share = 0.0 if not np.isfinite(weight) else min(1.0, max(0.0, weight / self._most))
        blue, green, red, _ = lut(WEIGHTS)[round(share * 255)]
        return QColor(int(red), int(green), int(blue))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Image, weights, marks, and what the colours mean."""
        painter, grid = QPainter(self), self._grid
        if grid is None or self._image.isNull():
            return
        area = self.area()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, self._image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setOpacity(_VEIL)
        painter.drawImage(area, self._veil)
        painter.setOpacity(1.0)
        painter.setFont(mono(self._scale, 8.5))
        for token in range(grid.first):
            place, color = self.place(token), self._color(float(self._weights[token]))
            painter.fillRect(place, color)
            painter.setPen(ink_on(color))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, grid.names[token])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if 0 <= self._hover < grid.tokens:
            painter.setPen(QPen(self._theme.color("accent"), 1.6))
            painter.drawRect(self.place(self._hover))
        if 0 <= self._query < grid.tokens:
            for color, wide in ((QColor("#000000"), 4.0), (self._theme.color("cursor"), 2.0)):
                painter.setPen(QPen(color, wide))
                painter.drawRect(self.place(self._query))
        self._paint_bar(painter, area)
        if has_arrows(self):
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_bar(self, painter: QPainter, area: QRectF) -> None:
        """From 0 to the largest weight."""
        wide = min(area.width(), 200 * self._scale)
        top = area.bottom() + 5 * self._scale
        bar = QRectF(area.left(), top, wide, _BAR * self._scale)
        ramp = QImage(lut(WEIGHTS).tobytes(), 256, 1, 1024, QImage.Format.Format_ARGB32)
        painter.drawImage(bar, ramp)
        painter.setPen(self._theme.color("dim"))
        painter.setFont(mono(self._scale, 8.5))
        high = painter.fontMetrics().height()
        line = QRectF(bar.left(), bar.bottom() + 1, wide, high)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, number_text(self._most, 3))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the weight."""
        self._point(self.token_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing any more."""
        self._point(-1)

    def _point(self, token: int) -> None:
        if token != self._hover:
            self._hover = token
            self.hovered.emit(token)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What is clicked is who looks."""
        token = self.token_at(event.position())
        if token >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(token)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go to the next patch; up from the first row to the tokens above."""
        grid, key = self._grid, Key(event.key())
        if grid is None or key not in ARROWS:
            super().keyPressEvent(event)
            return
        across = {Key.Key_Left: -1, Key.Key_Right: 1}.get(key, 0)
        down = {Key.Key_Up: -1, Key.Key_Down: 1}.get(key, 0)
        at = self._query
        if grid.place(at) is None:
            at = at + across if across else grid.first if down > 0 else at
        elif down < 0 and grid.place(at) == (0, at - grid.first) and grid.first:
            at = 0
        else:
            row, column = grid.place(at) or (0, 0)
            row = min(max(0, row + down), grid.rows - 1)
            column = min(max(0, column + across), grid.columns - 1)
            at = grid.first + row * grid.columns + column
        self.picked.emit(min(max(0, at), grid.tokens - 1))

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(round(360 * self._scale), round(380 * self._scale))


class ImagePart(Part):
    """The row of one query over the image that the keys are patches of."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._scene: Scene | None = None
        self._weights = np.zeros(0)
        self.field = OnImage(theme, scale)
        self.field.picked.connect(self._pick)
        self.field.hovered.connect(self._say)
        self.query = QSpinBox()
        self.query.setKeyboardTracking(False)
        self.query.setFont(mono(scale, 9))
        self.query.setAccessibleName(self.tr("Query"))
        self.query.valueChanged.connect(self._pick)
        said = QLabel(self.tr("Query"))
        said.setFont(font(scale, 9.5))
        said.setStyleSheet(f"color: {theme.dim};")
        row = QHBoxLayout()
        row.addWidget(said)
        row.addWidget(self.query)
        row.addStretch(1)
        lay = QVBoxLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.setSpacing(self.px(4))
        lay.addWidget(self.field, 1)
        lay.addLayout(row)

    @staticmethod
    def query_of(scene: Scene, grid: PatchGrid) -> int:
        """Who looks: who was chosen, or else the class token or the patch in the middle."""
        if scene.look.query >= 0:
            return scene.look.query
        middle = grid.rows // 2 * grid.columns + grid.columns // 2
        return 0 if grid.first or scene.look.of[0] != grid.tokens else middle

    def views(self, scene: Scene) -> dict[str, View]:
        """The row of the query, and the image."""
        grid = patch_grid(scene.recording, scene.value)
        if grid is None:
            return {}
        query = self.query_of(scene, grid)
        pixels = max(64, self.field.width()) * max(64, self.field.height())
        return {
            MAIN: row_view(scene.recording, scene.value, scene.look, query, scene.through),
            "picture": picture_view(scene.recording, grid.image, pixels),
        }

    def show_scene(self, scene: Scene, readings: Readings) -> None:
        """The image first; the weights when they are there."""
        self._scene = scene
        grid = patch_grid(scene.recording, scene.value)
        if grid is None:
            return
        query = self.query_of(scene, grid)
        self.query.blockSignals(True)
        self.query.setRange(0, scene.look.of[0] - 1)
        self.query.setSuffix(f" (0…{scene.look.of[0] - 1})")
        self.query.setValue(query)
        self.query.blockSignals(False)
        if "picture" in readings:
            self.field.show_image(picture(readings["picture"].data))
        if MAIN in readings:
            self._weights = np.nan_to_num(readings[MAIN].data.reshape(-1))
            largest = float(self._weights[grid.first :].max())  # of the patches
            most = largest if largest > 0 else 1.0
            own = query if scene.look.of[0] == grid.tokens else -1
            self.field.show_weights(grid, self._weights, most, own)
        self._say(-1)

    def help(self, scene: Scene) -> tuple[str, str]:
        """Who looks, and how another is chosen."""
        said = self.tr("Bright patches are what the framed one looks at; click another to see its.")
        tip = self.tr(
            "The squares above the image are tokens that are no patch, such as the class token. "
            "The colours reach from 0 to the largest weight of a patch."
        )
        return said, tip

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There is another number of pixels."""
        super().resizeEvent(event)
        self.wanted.emit()

    def _say(self, token: int) -> None:
        scene = self._scene
        if scene is None or not self._weights.size:
            return
        grid = patch_grid(scene.recording, scene.value)
        if grid is None:
            return
        key = token if 0 <= token < len(self._weights) else int(self._weights.argmax())
        query = self.query_of(scene, grid)
        self.said.emit(self.said_of(scene, query, key, float(self._weights[key])))

    def _pick(self, query: int) -> None:
        scene = self._scene
        if scene is not None and query < scene.look.of[0]:
            self.changed.emit(replace(scene.look, query=query))
