"""A picture is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from explorer.core.problem import Problem
from explorer.gui import shot


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
