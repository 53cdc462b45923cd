"""What a person is asked before a graph or a figure is written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.gui.export.figure import FigureSource
from explorer.gui.export.files import DATA, LOOKS, Format, Source, Wanted
from explorer.gui.export.picture import Picture
from explorer.gui.theme import check_box, font
from explorer.session.state import AppState

_PREVIEW = (250, 330)  # pixels at scale 1
_PARTS = ("whole", "view")
_GAP = 4  # pixels between buttons


class ExportDialog(QDialog):
    """Asks in which format, of what, how it is to look and how large, and shows what comes of it.

    Accepted, ``format`` and ``wanted`` say what was chosen.
    """

    def __init__(
        self, parent: QWidget, source: Source, state: AppState, wanted: Wanted, kind: Format
    ) -> None:
        super().__init__(parent)
        self._source, self._state = source, state
        self._theme, self._text = source.theme, source.scale
        figure = isinstance(source, FigureSource)
        self.setWindowTitle(self.tr("Export the figure") if figure else self.tr("Export the graph"))
        self.setObjectName("export")
        self.setStyleSheet(
            f"#export {{ background: {self._theme.panel}; }}" + check_box(self._theme, self._text)
        )
        self._about: dict[Format, str] = {
            "svg": self.tr("Sharp at any size. Text stays text."),
            "pdf": self.tr("One page, sharp at any size. Text can be selected."),
            "png": self.tr("Pixels, for slides and pages."),
            "json": self.tr("Every event and value of the pass, for other programs."),
            "dot": self.tr("For Graphviz, which lays it out anew."),
        }
        formats = source.formats
        self._formats = _Row([one.upper() for one in formats], formats.index(kind))
        whole = self.tr("Whole figure") if figure else self.tr("Whole graph")
        self._parts = _Row([whole, self.tr("What is in view")], _PARTS.index(str(wanted.part)))
        looks = [self.tr("Dark"), self.tr("Light"), self.tr("For paper")]
        self._looks = _Row(looks, list(LOOKS).index(wanted.look))
        self._scale = QDoubleSpinBox()
        self._scale.setRange(0.05, 100.0)
        self._scale.setSingleStep(0.5)
        self._scale.setDecimals(2)
        self._scale.setPrefix("× ")
        self._scale.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._scale.setValue(wanted.scale)
        self._scale.setFixedWidth(self._px(96))
        self._scale.setAccessibleName(self.tr("Scale"))
        self._titled = _check(self.tr("Name and input"), wanted.titled)
        self._titled.setToolTip(self.tr("The name of the model and what it was given, above"))
        self._stepped = _check(self.tr("Step"), wanted.stepped)
        self._stepped.setToolTip(self.tr("The step is marked, and what comes later dimmed"))
        self._said = QLabel()
        self._said.setFont(font(self._text, 9.5))
        self._said.setStyleSheet(f"color: {self._theme.dim};")
        self._size = QLabel()
        self._size.setFont(font(self._text, 9.5))
        self._preview = QLabel()
        self._preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._preview.setFixedSize(self._px(_PREVIEW[0]), self._px(_PREVIEW[1]))
        self._preview.setAccessibleName(self.tr("What the picture will look like"))
        self.save = QPushButton(self.tr("Save as…"))
        self.save.setProperty("primary", True)
        self.save.setDefault(True)
        self.save.clicked.connect(self.accept)
        self._lay_out()
        for row in (self._formats, self._parts, self._looks):
            row.group.idToggled.connect(self._changed)
        self._scale.valueChanged.connect(self._changed)
        self._titled.toggled.connect(self._changed)
        self._stepped.toggled.connect(self._changed)
        if isinstance(source, FigureSource):
            source.numbers.came.connect(self._changed)
        self._changed()

    @property
    def format(self) -> Format:
        """The format that is chosen."""
        return self._source.formats[self._formats.group.checkedId()]

    @property
    def wanted(self) -> Wanted:
        """What the picture is to show."""
        return Wanted(
            "view" if self._parts.group.checkedId() else "whole",
            list(LOOKS)[self._looks.group.checkedId()],
            self._scale.value(),
            titled=self._titled.isChecked(),
            stepped=self._stepped.isChecked(),
        )

    def _px(self, pixels: float) -> int:
        return round(pixels * self._text)

    def _lay_out(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(self._px(26), self._px(22), self._px(26), self._px(20))
        whole.setSpacing(self._px(16))
        heading = QLabel(self.windowTitle())
        heading.setFont(font(self._text, 16, 700))
        whole.addWidget(heading)
        beside = QHBoxLayout()
        beside.setSpacing(self._px(26))
        form = QGridLayout()
        form.setHorizontalSpacing(self._px(16))
        form.setVerticalSpacing(self._px(10))
        form.setColumnStretch(1, 1)
        more = _beside(self._px(14), self._titled, self._stepped)
        sized = _beside(self._px(12), self._scale, self._size)
        self._of_picture: list[QWidget] = []  # what data is not asked about
        for name, field in (
            (self.tr("Format"), self._formats), ("", self._said), (self.tr("Part"), self._parts),
            (self.tr("Colours"), self._looks), (self.tr("With"), more), (self.tr("Scale"), sized),
        ):  # fmt: skip
            at = form.rowCount()
            label = QLabel(name)
            label.setStyleSheet(f"color: {self._theme.dim};")
            kept = label.sizePolicy()
            kept.setRetainSizeWhenHidden(True)  # the fields stay where they are
            label.setSizePolicy(kept)
            form.addWidget(label, at, 0)
            form.addWidget(field, at, 1)
            if field not in (self._formats, self._said):
                self._of_picture += [label, field]
        form.setRowStretch(form.rowCount(), 1)
        beside.addLayout(form, 1)
        beside.addWidget(self._preview)
        whole.addLayout(beside)
        foot = QHBoxLayout()
        foot.setSpacing(self._px(8))
        foot.addStretch(1)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot.addWidget(cancel)
        foot.addWidget(self.save)
        whole.addLayout(foot)
        self._formats.chosen.setFocus()

    def _changed(self, *_: object) -> None:
        """Say what comes of what is chosen now."""
        kind = self.format
        data = kind in DATA
        self._said.setText(self._about[kind])
        for field in self._of_picture:
            field.setVisible(not data)
        picture = self._source.picture(self._state, self.wanted)
        fits = kind != "png" or picture.fits(self._scale.value())
        self.save.setEnabled(fits)
        wide, high = picture.pixels(self._scale.value())
        size = self.tr("{width} × {height} pixels").format(width=f"{wide:,}", height=f"{high:,}")
        most = self.tr("At most × {largest}: no image can hold more.")
        said = size if fits else most.format(largest=f"{picture.largest:g}")
        self._size.setText("" if data else said)
        color = self._theme.dim if fits else self._theme.bad
        self._size.setStyleSheet(f"color: {color};")
        self._show(picture, data)

    def _show(self, picture: Picture, data: bool) -> None:
        if data:
            self._preview.clear()
            self._preview.setStyleSheet("")
            return
        ratio = self.devicePixelRatioF()
        room = self._preview.size() - QSize(2, 2)
        wide, high = picture.pixels(1.0)
        image = picture.image(min(room.width() * ratio / wide, room.height() * ratio / high))
        image.setDevicePixelRatio(ratio)
        self._preview.setPixmap(QPixmap.fromImage(image))
        line, ground = self._theme.line, picture.drawn.draw.theme.background
        self._preview.setStyleSheet(f"border: 1px solid {line}; background: {ground};")


def _button(text: str, pressed: bool) -> QPushButton:
    """A button that stays pressed."""
    made = QPushButton(text)
    made.setCheckable(True)
    made.setAutoDefault(False)
    made.setChecked(pressed)
    return made


def _check(text: str, checked: bool) -> QCheckBox:
    """A box to tick: each of several may be."""
    made = QCheckBox(text)
    made.setChecked(checked)
    return made


def _beside(gap: int, *widgets: QWidget) -> QWidget:
    """Widgets in a row, from the left."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(gap)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return made


class _Row(QWidget):
    """Buttons of which one is pressed."""

    def __init__(self, texts: Sequence[str], chosen: int) -> None:
        super().__init__()
        self.group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for at, text in enumerate(texts):
            button = _button(text, at == chosen)
            self.group.addButton(button, at)
            row.addWidget(button)
        row.addStretch(1)

    @property
    def chosen(self) -> QWidget:
        """The button that is pressed."""
        found = self.group.checkedButton()
        assert found is not None, "one is from the beginning"
        return found
