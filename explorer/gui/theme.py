"""Two themes as a `QPalette` and a table of colour roles, and the fonts.

Widgets ask for roles, never for colours, so a theme is complete by construction. Style sheets are
used only for shapes (radius, padding): the colours in them come from the same table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from explorer.core.places import shipped

if TYPE_CHECKING:
    from explorer.core.ops import Family

BASE_POINTS = 11.0
_SANS = (
    "Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Ubuntu", "Noto Sans", "DejaVu Sans",
    "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC",
)  # fmt: skip
_MONO = (
    "JetBrains Mono", "Cascadia Mono", "SF Mono", "Consolas", "DejaVu Sans Mono", "Noto Sans Mono",
    "Noto Sans Mono CJK SC", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """Colours by role, as ``#rrggbb`` (``#aarrggbb`` where something shines through). ``families``
    colours ops and modules."""

    name: str
    background: str
    panel: str
    raised: str
    line: str
    text: str
    dim: str
    accent: str  # buttons, selected tab, links
    accent_text: str  # text upon accent
    cursor: str  # where we are; nothing else has this colour
    good: str
    bad: str
    bad_panel: str
    changed: str  # a pass that somebody changed, and where
    masked: str  # cells that a mask forbids
    nan: str
    inf: str
    shade: str  # over what waits below a sheet
    families: dict[Family, str]
    series: tuple[str, ...]  # curves, in order
    positive: str
    negative: str

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """The `QColor` of a role (a field's name) or of an op family."""
        text = self.families.get(role)  # type: ignore[call-overload]
        color = QColor(text or getattr(self, role))
        color.setAlphaF(alpha * color.alphaF())
        return color


DARK = Theme(
    name="dark", background="#0f1318", panel="#161b22", raised="#1d242d", line="#2a333e",
    text="#e6edf3", dim="#8b98a7", accent="#4c8dff", accent_text="#0b0f14", cursor="#ffd34d",
    good="#52c46b", bad="#ff7b72", bad_panel="#3a1d1f", masked="#12161c", nan="#ff2fd0",
    changed="#e879f9", inf="#00e5ff", shade="#b0080b0f",
    families={
        "embedding": "#2bb3a3", "linear": "#4c8dff", "attention": "#b07cff", "norm": "#d8a23a",
        "activation": "#ff8a4c", "convolution": "#52c46b", "pooling": "#a3c93a",
        "recurrent": "#f06aa8", "elementwise": "#9fb0c3", "reshape": "#9fb0c3",
        "container": "#6b7a8c",
    },
    series=("#4c8dff", "#ff8a4c", "#52c46b", "#b07cff", "#2bb3a3", "#f06aa8", "#d8a23a",
            "#9fb0c3", "#a3c93a", "#ff6b6b"),
    positive="#ff8a4c", negative="#4c8dff",
)  # fmt: skip

LIGHT = Theme(
    name="light", background="#f4f6fa", panel="#ffffff", raised="#ffffff", line="#d5dce5",
    text="#16202c", dim="#566575", accent="#2f6fe4", accent_text="#ffffff", cursor="#d99a00",
    good="#1c7c38", bad="#c62f2b", bad_panel="#fdeceb", masked="#e6ebf2", nan="#d6009f",
    changed="#a21caf", inf="#0089a8", shade="#803c4856",
    families={
        "embedding": "#0f8577", "linear": "#2f6fe4", "attention": "#8344e0", "norm": "#9a6a05",
        "activation": "#c4530f", "convolution": "#1f8a3b", "pooling": "#5f7d0b",
        "recurrent": "#c72f78", "elementwise": "#566b80", "reshape": "#566b80",
        "container": "#6c7b8b",
    },
    series=("#2f6fe4", "#c4530f", "#1f8a3b", "#8344e0", "#0f8577", "#c72f78", "#9a6a05",
            "#5b6b7c", "#5d7f12", "#c23b3b"),
    positive="#c4530f", negative="#2f6fe4",
)  # fmt: skip

THEMES = {"dark": DARK, "light": LIGHT}
PRINT = replace(LIGHT, background="#ffffff")  # for paper; no window wears it


def palette(theme: Theme) -> QPalette:
    """The Qt palette of a theme."""
    made = QPalette()
    role = QPalette.ColorRole
    for where, name in (
        (role.Window, "background"), (role.WindowText, "text"), (role.Base, "panel"),
        (role.AlternateBase, "raised"), (role.Text, "text"), (role.Button, "raised"),
        (role.ButtonText, "text"), (role.BrightText, "bad"), (role.Highlight, "accent"),
        (role.HighlightedText, "accent_text"), (role.ToolTipBase, "raised"),
        (role.ToolTipText, "text"), (role.PlaceholderText, "dim"), (role.Link, "accent"),
        (role.LinkVisited, "accent"), (role.Light, "line"), (role.Midlight, "line"),
        (role.Mid, "line"), (role.Dark, "line"), (role.Shadow, "background"),
    ):  # fmt: skip
        made.setColor(where, theme.color(name))
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, theme.color("dim", 0.6))
    return made


def font(scale: float = 1.0, points: float = BASE_POINTS, weight: int = 400) -> QFont:
    """The interface font; sizes scale together, digits stand in columns."""
    return _font(_SANS, points * scale, weight)


def mono(scale: float = 1.0, points: float = BASE_POINTS - 1) -> QFont:
    """The font of numbers, formulas and code."""
    return _font(_MONO, points * scale, 400)


def apply(app: QApplication, theme: Theme, scale: float) -> None:
    """Make ``theme`` the look of the whole application."""
    app.setFont(font(scale))
    chevron = (shipped("assets") / "chevron.svg").as_posix()
    shapes = _SHAPES.format(**vars(theme), chevron=chevron) + _sliders(theme, scale)
    if app.styleSheet() == shapes:
        return  # every widget there is would be dressed anew
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette(theme))
    app.setStyleSheet(shapes)


def ink_on(ground: QColor) -> QColor:
    """Black or white, whichever is read better there: one of them always has 4.5 : 1."""
    return QColor(*_ink(ground.rgb()))


@lru_cache(maxsize=1024)
def _ink(ground: int) -> tuple[int, int, int]:
    light = luminance(QColor.fromRgb(ground)) + 0.05
    return (0, 0, 0) if light / 0.05 >= 1.05 / light else (255, 255, 255)


def luminance(color: QColor) -> float:
    """WCAG's relative luminance, 0 … 1."""
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _sliders(theme: Theme, scale: float) -> str:
    """A line with a round knob."""
    thick, knob = round(5 * scale), round(13 * scale)
    return (
        f"QSlider {{ min-height: {knob + 4}px; background: transparent; }}"
        f"QSlider::groove:horizontal {{ height: {thick}px; border-radius: {thick // 2}px;"
        f" background: {theme.line}; }}"
        f"QSlider::sub-page:horizontal {{ border-radius: {thick // 2}px;"
        f" background: {theme.accent}; }}"
        f"QSlider::handle:horizontal {{ width: {knob}px; margin: {(thick - knob) // 2}px 0;"
        f" border-radius: {knob // 2}px; background: {theme.accent}; }}"
        f"QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus"
        f" {{ background: {theme.text}; }}"
        f"QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled"
        f" {{ background: {theme.dim}; }}"
    )


def check_box(theme: Theme, scale: float) -> str:
    """A square that can be seen on every ground; the word beside it says the same."""
    side = round(13 * scale)
    return (
        f"QCheckBox {{ spacing: {round(8 * scale)}px; padding: {round(4 * scale)}px 0; }}"
        f"QCheckBox::indicator {{ width: {side}px; height: {side}px; border-radius: 3px;"
        f" border: 1px solid {theme.dim}; background: {theme.raised}; }}"
        f"QCheckBox::indicator:checked {{ background: {theme.accent};"
        f" border-color: {theme.accent}; }}"
        f"QCheckBox:focus {{ color: {theme.accent}; }}"
    )


def _font(families: tuple[str, ...], points: float, weight: int) -> QFont:
    if QGuiApplication.instance() is None:
        return _made(families, points, weight, ())
    return QFont(_known_font(families, points, weight))  # which is the caller's to change


@lru_cache(maxsize=512)
def _known_font(families: tuple[str, ...], points: float, weight: int) -> QFont:
    """Which families are here takes longer to ask than the rest, and a step asks it often."""
    return _made(families, points, weight, QFontDatabase.families())


def _made(families: tuple[str, ...], points: float, weight: int, here: Collection[str]) -> QFont:
    made = QFont([name for name in families if name in here] or list(families))
    made.setPointSizeF(points)
    made.setWeight(QFont.Weight(weight))
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


_SHAPES = """
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {line}; padding: 4px; }}
QPushButton, QToolButton {{
    color: {text}; background: {raised}; border: 1px solid {line}; border-radius: 6px;
    padding: 5px 12px;
}}
QFileDialog QToolButton {{ padding: 3px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {dim}; }}
QPushButton:focus, QToolButton:focus {{ border-color: {accent}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {line}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {dim}; border-color: {line}; }}
QPushButton:checked, QToolButton:checked, QPushButton[primary="true"] {{
    color: {accent_text}; background: {accent}; border-color: {accent};
}}
QPushButton:checked:focus, QToolButton:checked:focus, QPushButton[primary="true"]:focus {{
    border-color: {text};
}}
QPushButton[primary="true"]:disabled {{
    color: {dim}; background: {raised}; border-color: {line};
}}
QLineEdit, QPlainTextEdit, QComboBox, QSpinBox, QDoubleSpinBox {{
    color: {text}; background: {raised}; border: 1px solid {line}; border-radius: 6px;
    padding: 4px 8px; selection-background-color: {accent}; selection-color: {accent_text};
}}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{
    border-color: {accent};
}}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow {{ image: url({chevron}); width: 10px; height: 10px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {line}; border-radius: 5px; min-height: 24px; min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QSplitter::handle {{ background: {line}; }}
"""
