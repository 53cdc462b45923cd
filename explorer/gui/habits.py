"""How the window looked when it was last used: light, so that its first frame has the colours."""

from __future__ import annotations

from typing import Literal, NamedTuple

from PySide6.QtCore import QSettings

_THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
_LANGUAGES: tuple[Literal["en", "zh"], ...] = ("en", "zh")
_SCALES = 0.6, 2.0


class Look(NamedTuple):
    """Theme, language and text size, and which pictures of a training are shown, as
    `Arrangement.written` says it."""

    theme: Literal["dark", "light"] = "dark"
    language: Literal["en", "zh"] = "en"
    scale: float = 1.0
    cards: str = ""


def user_settings() -> QSettings:
    """Where the user's choices are kept."""
    return QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "layerscope", "layerscope"
    )


def last_look(settings: QSettings | None = None) -> Look:
    """As it was chosen last. What cannot be read is as it is at first."""
    settings = settings or user_settings()
    theme, language = settings.value("look/theme"), settings.value("look/language")
    try:
        scale = float(str(settings.value("look/scale", 1.0)))
    except ValueError:
        scale = 1.0
    usual = Look()
    return Look(
        next((one for one in _THEMES if one == theme), usual.theme),
        next((one for one in _LANGUAGES if one == language), usual.language),
        scale if _SCALES[0] <= scale <= _SCALES[1] else usual.scale,
        str(settings.value("look/cards", usual.cards)),
    )


def keep_look(look: Look, settings: QSettings | None = None) -> None:
    """Remember what was chosen."""
    settings = settings or user_settings()
    for name, value in look._asdict().items():
        settings.setValue(f"look/{name}", value)
    settings.sync()
