"""Small drawings of networks, made from their specs alone: real layer sizes, no invented values."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from explorer.core.ops import Family
from explorer.core.spec import CNNSpec, GPTSpec, MLPSpec, ModelSpec
from explorer.gui import theme as look
from explorer.gui.theme import Theme

FAMILIES: dict[str, Family] = {"mlp": "linear", "cnn": "convolution", "gpt": "attention"}
_CENTER = Qt.AlignmentFlag.AlignCenter
_MOST_NEURONS = 10  # in a column; a longer one shows its ends and an ellipsis
_MOST_MAPS = 6
_MOST_LAYERS = 8
_MOST_HEADS = 8


def draw_thumbnail(
    painter: QPainter, place: QRectF, model: ModelSpec, theme: Theme, scale: float
) -> None:
    """Draw ``model`` into ``place``."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(look.font(scale, 8.5))
    color = theme.color(FAMILIES[model.family])
    margin = 14 * scale
    inside = place.adjusted(margin, margin, -margin, -margin)
    if isinstance(model, MLPSpec):
        _draw_mlp(painter, inside, model.sizes, color, theme, scale)
    elif isinstance(model, CNNSpec):
        _draw_cnn(painter, inside, model, color, theme, scale)
    else:
        _draw_gpt(painter, inside, model, color, theme, scale)
    painter.restore()


def _shade(color: QColor, alpha: float) -> QColor:
    shaded = QColor(color)
    shaded.setAlphaF(alpha)
    return shaded


def _column(size: int, top: float, bottom: float) -> tuple[list[float], float | None]:
    """The heights of the neurons to draw, and of the ellipsis if some are left out."""
    shown = min(size, _MOST_NEURONS)
    slots = shown + (size > shown)
    step = min((bottom - top) / slots, (bottom - top) / 4)
    start = (top + bottom) / 2 - step * (slots - 1) / 2
    heights = [start + step * n for n in range(slots)]
    if size == shown:
        return heights, None
    return heights[: slots // 2] + heights[slots // 2 + 1 :], heights[slots // 2]


def _draw_mlp(
    painter: QPainter,
    inside: QRectF,
    sizes: tuple[int, ...],
    color: QColor,
    theme: Theme,
    scale: float,
) -> None:
    label = 16 * scale
    top, bottom = inside.top(), inside.bottom() - label
    gap = min(inside.width() / max(1, len(sizes) - 1) * 0.9, 86 * scale)
    left = inside.center().x() - gap * (len(sizes) - 1) / 2
    columns = [(left + gap * n, *_column(size, top, bottom)) for n, size in enumerate(sizes)]
    most = max(len(heights) for _, heights, _ in columns)
    radius = min(6.5 * scale, (bottom - top) / (most + 1) * 0.4)
    links = QPainterPath()
    for (x0, starts, _), (x1, ends, _) in pairwise(columns):
        for y0 in starts:
            for y1 in ends:
                links.moveTo(x0, y0)
                links.lineTo(x1, y1)
    painter.strokePath(links, QPen(_shade(color, 0.3), 0.9 * scale))
    for (x, heights, ellipsis), size in zip(columns, sizes, strict=True):
        painter.setPen(QPen(color, 1.6 * scale))
        painter.setBrush(theme.color("panel"))
        for y in heights:
            painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setPen(theme.color("dim"))
        if ellipsis is not None:
            painter.drawText(QRectF(x - 20, ellipsis - 10, 40, 20), _CENTER, "⋮")
        painter.drawText(QRectF(x - 30, inside.bottom() - label + 3, 60, label), _CENTER, str(size))


def _draw_cnn(
    painter: QPainter, inside: QRectF, model: CNNSpec, color: QColor, theme: Theme, scale: float
) -> None:
    label = 16 * scale
    height = inside.height() - label
    # each stage: maps, rows, columns; a convolution keeps the size, the pooling after it halves
    stages = [(model.in_channels, *model.image)]
    for n, channels in enumerate(model.channels, start=1):
        stages.append((channels, model.image[0] >> n, model.image[1] >> n))
    vectors = (*model.hidden, model.classes)
    unit = height * 0.86 / max(model.image)
    shift = 4.5 * scale
    bar = 9 * scale
    texts = [f"{r}×{c}" if maps == 1 else f"{maps}@{r}×{c}" for maps, r, c in stages]
    texts += [str(size) for size in vectors]
    boxes = [max(c * unit, 12 * scale) + shift * (min(m, _MOST_MAPS) - 1) for m, _, c in stages]
    boxes += [bar] * len(vectors)
    metrics = painter.fontMetrics()
    slots = [
        max(box, metrics.horizontalAdvance(text)) for box, text in zip(boxes, texts, strict=True)
    ]
    gaps = len(slots) - 1
    gap = max(7 * scale, min(30 * scale, (inside.width() - sum(slots)) / max(1, gaps)))
    total = sum(slots) + gap * gaps
    squeeze = min(1.0, inside.width() / total)
    painter.translate(inside.center().x(), inside.top() + height / 2)
    painter.scale(squeeze, squeeze)
    centers = []
    x = -total / 2
    for slot, text in zip(slots, texts, strict=True):
        centers.append(x + slot / 2)
        painter.setPen(theme.color("dim"))
        painter.drawText(QRectF(x - 1, height / 2 + 3, slot + 2, metrics.height()), _CENTER, text)
        x += slot + gap
    for (maps, rows, columns), width, center in zip(stages, boxes, centers, strict=False):
        shown = min(maps, _MOST_MAPS)
        high = max(rows * unit, 12 * scale)
        wide = width - shift * (shown - 1)
        for n in range(shown):
            left, top = center - width / 2 + shift * n, shift * (n - (shown - 1) / 2) - high / 2
            box = QRectF(left, top, wide, high)
            painter.fillRect(box, theme.color("panel"))
            painter.fillRect(box, _shade(color, 0.2 + 0.35 * n / max(1, shown - 1)))
            painter.setPen(QPen(_shade(color, 0.8), 0.8 * scale))
            painter.drawRect(box)
        if maps == 1:
            _draw_grid(painter, box, rows, columns, _shade(color, 0.35))
    longest = max(vectors)
    for size, center in zip(vectors, centers[len(stages) :], strict=True):
        high = height * (0.3 + 0.5 * size / longest)
        box = QRectF(center - bar / 2, -high / 2, bar, high)
        painter.setPen(QPen(theme.color("linear"), 1.2 * scale))
        painter.setBrush(_shade(theme.color("linear"), 0.25))
        painter.drawRoundedRect(box, bar / 3, bar / 3)


def _draw_grid(painter: QPainter, box: QRectF, rows: int, columns: int, color: QColor) -> None:
    if max(rows, columns) > 16:
        return
    painter.setPen(QPen(color, 0.6))
    for n in range(1, columns):
        x = box.left() + box.width() * n / columns
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
    for n in range(1, rows):
        y = box.top() + box.height() * n / rows
        painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))


def _draw_gpt(
    painter: QPainter, inside: QRectF, model: GPTSpec, color: QColor, theme: Theme, scale: float
) -> None:
    """The causal mask (row t sees columns 0 … t), and the layers with their heads."""
    rows = min(model.context, 9)
    cell = min(inside.height() / rows, 20 * scale)
    shown = min(model.layers, _MOST_LAYERS)
    heads = min(model.heads, _MOST_HEADS)
    block = max(62 * scale, heads * 12 * scale + 10 * scale)
    gap = 34 * scale
    left = inside.center().x() - (cell * rows + gap + block) / 2
    painter.setPen(Qt.PenStyle.NoPen)
    for t in range(rows):
        for k in range(rows):
            top = inside.center().y() + (t - rows / 2) * cell
            box = QRectF(left + k * cell, top, cell, cell)
            # before it has learnt anything, a position attends evenly to all it may see
            share = 1 / (t + 1) if k <= t else 0.0
            tone = _shade(color, 0.2 + 0.75 * share) if k <= t else theme.color("masked")
            painter.fillRect(box.adjusted(0.7, 0.7, -0.7, -0.7), tone)
    x = left + cell * rows + gap
    slots = shown + (model.layers > shown)
    step = min(inside.height() / slots, 27 * scale)
    top = inside.center().y() - step * slots / 2
    for n in range(slots):
        box = QRectF(x, top + step * (slots - 1 - n), block, step).adjusted(0, 2, 0, -2)
        if n == shown:
            painter.setPen(theme.color("dim"))
            painter.drawText(box, _CENTER, f"+{model.layers - shown}")
            continue
        painter.setPen(QPen(color, 1.3 * scale))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(box, 4 * scale, 4 * scale)
        if model.heads > heads:
            painter.drawText(box, _CENTER, f"● × {model.heads}")
            continue
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_shade(color, 0.6))
        width = min(block / (heads + 1), 14 * scale)
        start = box.center().x() - width * (heads - 1) / 2
        radius = min(3.6 * scale, box.height() * 0.28)
        for head in range(heads):
            painter.drawEllipse(QPointF(start + head * width, box.center().y()), radius, radius)
