"""What the search field found, as a list to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.core.graph import Recording, is_leaf
from explorer.core.ops import GLYPHS, module_family, op
from explorer.gui.theme import Theme, font
from explorer.picture.numbers import bytes_text, count_text, seconds_text, shape_text
from explorer.picture.paths import briefer
from explorer.session.finding import Found, Result
from explorer.session.query import Query

translate = QCoreApplication.translate
_MOST = 100  # rows of a kind: who has more is to say more, or to walk through them
_HIGH, _HEAD = 30, 26  # pixels: a row, and the title of a section
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Offer:
    """Something that can be done by name, beside what is found in the recording: a command with
    its ``keys``, or a preset."""

    section: Literal["commands", "presets"]
    text: str
    keys: str
    do: Callable[[], None]


@dataclass(frozen=True)
class Row:
    """A line of the list. ``at`` is the place of what is found among the results; a ``head`` is
    the title of a section, ``more`` says how many it does not show: neither can be chosen."""

    kind: Literal["head", "more", "result", "offer"]
    at: int = -1
    text: str = ""
    count: int = 0


class Entry(NamedTuple):
    """What is written in a line: glyph and its colour role, name, detail, numbers at the right.
    ``fields`` are the filters whose values are parts of the name or the detail. ``names`` and
    ``details`` are what they may be, the longest first: what tells a row from the next is in all.
    """

    glyph: str
    role: str
    names: tuple[str, ...]
    details: tuple[str, ...]
    right: str
    fields: tuple[str, ...]

    @property
    def name(self) -> str:
        """In full."""
        return self.names[0]

    @property
    def detail(self) -> str:
        """In full, ``""`` if there is none."""
        return self.details[0] if self.details else ""

    def fitting(self, fits: Callable[[str, str], bool]) -> tuple[str, str]:
        """Name and detail in the most words that fit, else in the fewest."""
        for detail in self.details or ("",):
            for name in self.names:
                if fits(name, detail):
                    return name, detail
        return self.names[-1], self.details[-1] if self.details else ""


class Results(QAbstractListModel):
    """Rows of what is found, section by section. What is written in one is made when it is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.query = Query()
        self.offers: list[Offer] = []
        self._found: Found | None = None
        self._entries: dict[int, Entry] = {}

    def show(self, found: Found | None, query: Query, offers: list[Offer]) -> None:
        """Take other results."""
        self.beginResetModel()
        self._found, self.query, self.offers, self._entries = found, query, offers, {}
        self.rows = []
        begin = 0
        titles = (self.tr("MODULES"), self.tr("OPS"), self.tr("PARAMETERS"))
        for title, count in zip(titles, found.counts if found else (0, 0, 0), strict=True):
            self._section(title, "result", range(begin, begin + count))
            begin += count
        titles_of = {"commands": self.tr("COMMANDS"), "presets": self.tr("PRESETS")}
        for section, title in titles_of.items():
            of_it = [n for n, offer in enumerate(offers) if offer.section == section]
            self._section(title, "offer", of_it)
        self.endResetModel()

    @property
    def total(self) -> int:
        """How many were found in the recording, listed or not."""
        return len(self._found) if self._found is not None else 0

    def _section(
        self, title: str, kind: Literal["result", "offer"], places: range | list[int]
    ) -> None:
        if not places:
            return
        self.rows.append(Row("head", text=title, count=len(places)))
        self.rows += [Row(kind, at) for at in places[:_MOST]]
        if len(places) > _MOST:
            self.rows.append(Row("more", count=len(places) - _MOST))

    def rowCount(self, parent: _Index | None = None) -> int:
        """As many as are offered."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What is written, in one line: for tips and for those who listen."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            if row.kind in ("head", "more"):
                return row.text
            entry = self.entry(index.row())
            return "  ".join(part for part in (entry.name, entry.detail, entry.right) if part)
        if role == Qt.ItemDataRole.ToolTipRole and row.kind == "result":
            entry = self.entry(index.row())
            return "\n".join(part for part in (entry.name, entry.detail, entry.right) if part)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Only what does something can be chosen."""
        if self.can_choose(index.row()):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.NoItemFlags

    def can_choose(self, row: int) -> bool:
        """Whether a row does something."""
        return 0 <= row < len(self.rows) and self.rows[row].kind in ("result", "offer")

    def entry(self, row: int) -> Entry:
        """What is written in a row that can be chosen."""
        if row not in self._entries:
            at = self.rows[row].at
            if self.rows[row].kind == "offer":
                offer = self.offers[at]
                glyph = "▸" if offer.section == "commands" else "▢"
                made = Entry(glyph, "dim", (offer.text,), (), offer.keys, ())
            else:
                assert self._found is not None
                made = _entry(self._found, self._found.result(at))
            self._entries[row] = made
        return self._entries[row]


class ResultDelegate(QStyledItemDelegate):
    """Paints a line: what was looked for stands out."""

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = scale
        self._plain = font(scale, 10.5)
        self._bold = font(scale, 10.5, 600)
        self._small = font(scale, 9.5)
        self._title = font(scale, 8.5, 600)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Every row is as high as the text size makes it."""
        model = index.model()
        assert isinstance(model, Results)
        high = _HEAD if model.rows[index.row()].kind == "head" else _HIGH
        return QSize(0, round(high * self._scale))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """One row."""
        model = index.model()
        assert isinstance(model, Results)
        row = model.rows[index.row()]
        whole = QRectF(option.rect)
        pad = 12 * self._scale
        inner = whole.adjusted(pad, 0, -pad, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.kind in ("head", "more"):
            self._paint_title(painter, inner, row)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color("accent", 0.24))
                painter.drawRoundedRect(whole.adjusted(4, 1, -4, -1), 5, 5)
            self._paint_entry(painter, inner, model.entry(index.row()), model.query)
        painter.restore()

    def _paint_title(self, painter: QPainter, inner: QRectF, row: Row) -> None:
        align = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.color("dim"))
        if row.kind == "more":
            painter.setFont(self._small)
            said = translate("Results", "and {count} more: F7 goes through all")
            left = inner.adjusted(24 * self._scale, 0, 0, 0)
            painter.drawText(left, align, said.format(count=f"{row.count:,}"))
            return
        painter.setFont(self._title)
        painter.drawText(inner, align | Qt.AlignmentFlag.AlignLeft, row.text)
        painter.drawText(inner, align | Qt.AlignmentFlag.AlignRight, f"{row.count:,}")

    def _paint_entry(self, painter: QPainter, inner: QRectF, entry: Entry, query: Query) -> None:
        theme, gap = self._theme, 14 * self._scale
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._plain)
        painter.setPen(theme.color(entry.role))
        glyph = QRectF(inner.left(), inner.top(), 18 * self._scale, inner.height())
        painter.drawText(glyph, Qt.AlignmentFlag.AlignCenter, entry.glyph)
        left, right = glyph.right() + 7 * self._scale, inner.right()
        if entry.right:
            small = QFontMetricsF(self._small)
            said = small.elidedText(entry.right, Qt.TextElideMode.ElideRight, (right - left) * 0.55)
            painter.setFont(self._small)
            painter.setPen(theme.color("dim"))
            painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, said)
            right -= small.horizontalAdvance(said) + gap
        room = right - left
        strong, small = QFontMetricsF(self._bold), QFontMetricsF(self._small)

        def fits(name: str, detail: str) -> bool:
            beside = small.horizontalAdvance(detail) + gap if detail else 0.0
            return strong.horizontalAdvance(name) + beside <= room

        name, detail = entry.fitting(fits)
        if detail:  # the name comes first, but leaves a word of the detail
            needed = small.horizontalAdvance(detail) + gap
            room = max(room - needed, min(room, room * 0.62))
        at = QPointF(left, inner.center().y())
        left += gap + self._write(
            painter, at, room, name, query, entry.fields, self._plain, self._bold,
            theme.color("text"),
        )  # fmt: skip
        if detail and right - left > 30 * self._scale:
            self._write(
                painter, QPointF(left, at.y()), right - left, detail, query, entry.fields,
                self._small, self._small, theme.color("dim"),
            )  # fmt: skip

    def _write(
        self, painter: QPainter, at: QPointF, room: float, text: str, query: Query,
        fields: tuple[str, ...], plain: QFont, strong: QFont, color: QColor,
    ) -> float:  # fmt: skip
        """Write a text around the middle height of ``at``, what is looked for in it in another
        colour; returns how wide it is."""
        text = QFontMetricsF(strong).elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        parts: list[tuple[str, bool]] = []
        done = 0
        for begin, end in query.emphasis(text, *fields):
            parts += [(text[done:begin], False), (text[begin:end], True)]
            done = end
        parts.append((text[done:], False))
        x = at.x()
        for part, looked_for in parts:
            if not part:
                continue
            made = strong if looked_for else plain
            metrics = QFontMetricsF(made)
            painter.setFont(made)
            painter.setPen(self._theme.color("accent") if looked_for else color)
            painter.drawText(QPointF(x, at.y() + (metrics.ascent() - metrics.descent()) / 2), part)
            x += metrics.horizontalAdvance(part)
        return x - at.x()


def _entry(found: Found, result: Result) -> Entry:
    recording = found.names.recording
    if result.kind == "module":
        return _module_entry(recording, result.at)
    if result.kind == "op":
        return _op_entry(recording, result.at, found.inside_of(result.at))
    value, reader = recording.values[result.at], recording.events[result.event]
    kind = recording.calls[reader.call].kind
    family = module_family(kind)
    if family == "container":
        family = op(reader.op).family
    said = {
        "parameter": translate("Results", "parameter, read by {op}"),
        "buffer": translate("Results", "buffer, read by {op}"),
    }
    detail = said.get(value.kind, "{op}").format(op=op(reader.op).name)
    right = f"{shape_text(value.shape, value.axes)} · {bytes_text(value.bytes)}"
    names = (value.name, *briefer(value.name))
    return Entry(GLYPHS[family], family, names, (detail,), right, ("param", "module"))


def _module_entry(recording: Recording, at: int) -> Entry:
    call = recording.calls[at]
    family = module_family(call.kind)
    events = recording.events[call.first : call.last + 1]
    if family == "container" and is_leaf(call):
        family = op(events[0].op).family
    number = f"#{call.number}" if call.number else ""
    told = []
    if call.parameters:
        told.append(
            translate("Results", "{count} params").format(count=count_text(call.parameters))
        )
    if not is_leaf(call):
        told.append(translate("Results", "{count} ops").format(count=count_text(len(events))))
    told.append(seconds_text(sum(event.seconds for event in events)))
    name, kind = f"{call.module}{number}", op(call.kind).label if call.opened else call.kind
    names = (name, *briefer(name))
    return Entry(GLYPHS[family], family, names, (kind,), " · ".join(told), ("module", "kind"))


def _op_entry(recording: Recording, at: int, within: str) -> Entry:
    event = recording.events[at]
    known, call = op(event.op), recording.calls[event.call]
    number = event.id.rpartition("#")[2]
    spelled = known.label.lower().replace(" ", "_").replace("-", "_")
    names = [known.label]
    if spelled != event.op.strip("_").lower():
        names.insert(0, f"{known.label}  {event.op}")
    if number not in ("", "0"):
        names = [f"{name} #{number}" for name in names]
    paths = [call.module, *briefer(call.module)] if call.module else [call.kind]
    where = [f"{call.module} · {call.kind}", *paths] if call.module else paths
    if within:
        whole = translate("Results", "{op} is inside of it · {where}")
        brief = translate("Results", "{op} in {where}")
        inner = op(within).label
        where = [whole.format(op=inner, where=place) for place in where[:2]] + [
            brief.format(op=inner, where=place) for place in paths
        ]
    shapes = [recording.values[v] for v in event.outputs[:1]]
    told = [shape_text(value.shape, value.axes) for value in shapes]
    told.append(seconds_text(event.seconds))
    return Entry(
        GLYPHS[known.family], known.family, tuple(names), tuple(where), " · ".join(told),
        ("op", "module", "kind"),
    )  # fmt: skip
