"""A picture is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from explorer.core.problem import Problem
from explorer.gui import shot
from explorer.gui.desk import Desk
from explorer.gui.window import Window, make_application
from explorer.session import intents
from explorer.session.pose import Pose
from explorer.session.session import Session
from explorer.session.state import AppState, Engine


def test_a_failed_picture_leaves_the_old_one(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.png"
    out.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    picture = QPixmap(20, 20)
    picture.fill("red")
    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", full)
        with pytest.raises(Problem):
            shot.save_picture(picture, out)
    assert out.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [out]
    shot.save_picture(picture, out)
    assert out.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [out]


def test_a_window_that_has_just_been_made_anew_is_laid_out_first(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shot, "_QUIET", 0.0)  # as if every turn of the loop took that long
    app, window = make_application("dark"), Window("dark")
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    state = AppState(engine=Engine("ready", "cpu", "CPU", 1))
    session = Session(state, lambda _: None, lambda: None)
    desk = Desk(window, session)
    try:
        qtbot.waitUntil(lambda: desk.header._present.x() > 640)
        session.take(intents.SetTheme("light"))
        session.take(intents.SetLanguage("zh"))
        shot.Shot(app, window, session, None, Pose("gallery")).write(tmp_path / "a.png")
        assert desk.header._present.x() > 640
    finally:
        desk.close()
