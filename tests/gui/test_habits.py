"""The window looks as it did when it was last used."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from explorer.app import as_last, keeping_look
from explorer.gui import habits
from explorer.gui.habits import Look, keep_look, last_look
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> QSettings:
    file = str(tmp_path / "settings.ini")
    monkeypatch.setattr(
        habits, "user_settings", lambda: QSettings(file, QSettings.Format.IniFormat)
    )
    return QSettings(file, QSettings.Format.IniFormat)


class Owner:
    """A session without a window."""

    def __init__(self) -> None:
        self.session = Session(as_last(AppState()), lambda _: None, lambda: None)


def test_what_is_chosen_is_there_the_next_time(settings: QSettings) -> None:
    first = keeping_look(Owner())  # type: ignore[type-var]
    assert last_look() == Look()
    for said in (intents.SetTheme("light"), intents.SetLanguage("zh"), intents.SetScale(1.3)):
        first.session.take(said)
    first.session.take(intents.TogglePresent())
    state = Owner().session.state
    assert (state.theme, state.language, state.scale) == ("light", "zh", 1.3)
    assert not state.present


def test_nothing_is_written_before_somebody_chooses(settings: QSettings, tmp_path: Path) -> None:
    keeping_look(Owner()).session.take(intents.TogglePresent())  # type: ignore[type-var]
    assert not (tmp_path / "settings.ini").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "pink"), ("language", "xx"), ("scale", "huge"), ("scale", "nan"), ("scale", "90")],
)
def test_what_cannot_be_read_is_as_at_first(settings: QSettings, name: str, value: str) -> None:
    keep_look(Look("light", "zh", 1.5), settings)
    settings.setValue(f"look/{name}", value)
    assert last_look(settings) == Look("light", "zh", 1.5)._replace(**{name: getattr(Look(), name)})
