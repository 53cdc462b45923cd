"""The key that folds and unfolds equal blocks, wherever the cursor is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.session import intents
from tests import recordings
from tests.gui.test_walking import App

Key = Qt.Key


def layers(b: recordings.Builder, x: int, count: int = 6) -> int:
    for n in range(count):
        with b.module(f"layers.{n}", "Layer"):
            x = b.activation("act", b.linear("up", x, 8))
            x = b.linear("down", x, 4)
    return x


def encoder_and_decoder(count: int) -> Recording:
    """Six equal layers in a module, so many in another, and a head."""
    b = recordings.Builder("Both")
    x = b.input("x", B=1, C=4)
    with b.module("encoder", "Encoder"):
        x = layers(b, x)
    with b.module("decoder", "Decoder"):
        x = layers(b, x, count)
    return b.finish([b.linear("head", x, 2)])


@pytest.fixture
def start(qtbot: QtBot) -> Callable[[Recording, set[str]], App]:
    def made(recording: Recording, opened: set[str]) -> App:
        app = App(qtbot, recording)
        calls = frozenset(c.index for c in recording.calls if c.module in {"", *opened})
        for call in calls ^ app.state.open:
            app.session.take(intents.ToggleCall(call))
        app.canvas.planner.finish()
        return app

    return made


Start = Callable[[Recording, set[str]], App]


def kinds(app: App, title: str) -> list[str]:
    return [box.kind for box in app.canvas.boxes() if box.title == title]


def said(app: App) -> str:
    banner = app.state.banner
    return "" if banner is None else banner.text.format(**banner.values)


def test_those_around_the_cursor_turn_without_a_word(start: Start) -> None:
    app = start(encoder_and_decoder(6), {"encoder", "decoder"})
    app.go("decoder.layers.3")
    for kind in (["closed", "open"], ["closed", "closed"]):
        app.press(Key.Key_F)
        assert kinds(app, "Layer ×6") == kind
        assert said(app) == ""


def test_beside_them_the_nearest_turn_and_are_named(start: Start) -> None:
    app = start(encoder_and_decoder(7), {"encoder", "decoder"})
    app.go("head")
    app.press(Key.Key_F)
    assert (kinds(app, "Layer ×6"), kinds(app, "Layer ×7")) == (["closed"], ["open"])
    named = "Layer ×7 (decoder.layers.0 … decoder.layers.6)"
    assert said(app) == f"The cursor is in no row of equal blocks: unfolded the nearest, {named}."
    app.press(Key.Key_F)
    assert kinds(app, "Layer ×7") == ["closed"]
    assert said(app) == f"The cursor is in no row of equal blocks: folded the nearest, {named}."


def test_on_a_closed_module_those_outside_of_it_turn(start: Start) -> None:
    app = start(encoder_and_decoder(7), {"encoder"})
    app.go("decoder")
    assert app.canvas.outlook.current is not None
    assert app.canvas.outlook.current.box.title == "decoder"
    app.press(Key.Key_F)
    assert kinds(app, "Layer ×6") == ["open"]
    assert "unfolded the nearest, Layer ×6 (encoder.layers.0 …" in said(app)
    assert app.state.unfolded <= {c.index for c in app.recording.calls if "encoder" in c.module}


def test_those_inside_of_the_closed_module_are_said_to_be_there(start: Start) -> None:
    app = start(encoder_and_decoder(7), set())
    app.go("decoder")
    app.press(Key.Key_F)
    assert app.state.unfolded == frozenset()
    named = "Layer ×7 (decoder.layers.0 … decoder.layers.6)"
    assert said(app) == f"{named} are in decoder, which is closed: Enter opens it."
    app.press(Key.Key_Return)
    assert kinds(app, "Layer ×7") == ["closed"]
    app.press(Key.Key_F)
    assert kinds(app, "Layer ×7") == ["open"]


def test_where_there_are_none_it_says_so(start: Start) -> None:
    app = start(recordings.gpt(layers=2), set())
    app.press(Key.Key_F)
    assert said(app) == "Five or more equal blocks in a row fold to one; here are none."


def test_the_nearest_come_into_view(start: Start) -> None:
    app = start(encoder_and_decoder(6), {"encoder", "decoder"})
    app.go("head")
    app.canvas.outlook.place = (1.5, 0.0, -200.0)  # above all

    def seen() -> bool:
        area = app.canvas.rect().toRectF()
        folds = (box for box in app.canvas.boxes() if box.title == "Layer ×6")
        return any(area.intersects(app.canvas.box_rect(box)) for box in folds)

    assert not seen()
    app.press(Key.Key_F)
    assert seen()
