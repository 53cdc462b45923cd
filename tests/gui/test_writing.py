"""The strip of tokens: what it shows, and what a click or a key asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent, QTextDocument
from PySide6.QtWidgets import QApplication, QMenu, QToolTip
from pytestqt.qtbot import QtBot

from explorer.core.generation import Drawn
from explorer.core.graph import Recording
from explorer.core.prediction import Sampling
from explorer.core.values import TextInput
from explorer.gui.theme import DARK
from explorer.gui.writing import WritingStrip
from explorer.session import intents
from explorer.session.state import AppState, Engine
from explorer.session.writing import Writing
from tests.recordings import cnn, gpt

PROMPT = TextInput("The cat")
LETTERS = "sat_down"
TOKENS = tuple(Drawn(40 + n, letter, (n + 1) / 10, 0.2, False) for n, letter in enumerate(LETTERS))
Key = Qt.Key


def passed(at: int) -> Recording:
    """The pass that gave token ``at``."""
    given = structs.replace(PROMPT, then=tuple(one.token for one in TOKENS[:at]))
    return structs.replace(gpt(PROMPT.text + LETTERS[:at], layers=1), input=given, tape=at + 1)


def state_at(at: int, count: int = len(TOKENS), **more: object) -> AppState:
    read = tuple("The␣cat")
    writing = Writing(TOKENS[:count], PROMPT, read, "shipped", LETTERS[:count], seed=4)
    recording = passed(at)
    return AppState(
        page="model", engine=Engine("ready"), recording=recording, typed=recording.input,
        writing=replace(writing, **more),  # type: ignore[arg-type]
    )  # fmt: skip


class Shown:
    def __init__(self, qtbot: QtBot, wide: int = 1200) -> None:
        self.strip = WritingStrip(DARK, 1.0)
        qtbot.addWidget(self.strip)
        self.strip.resize(wide, 40)
        self.said: list[object] = []
        self.strip.intent.connect(self.said.append)
        self.state: AppState | None = None

    def show(self, state: AppState) -> None:
        self.strip.render(self.state, state)
        self.state = state


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    made = Shown(qtbot)
    made.show(state_at(2))
    return made


def test_a_click_on_a_token_asks_for_the_pass_that_gave_it(shown: Shown, qtbot: QtBot) -> None:
    line = shown.strip.line
    for number in (5, 0, len(TOKENS)):
        where = line.place(number).center().toPoint()
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=where)
        assert shown.said.pop() == intents.ShowToken(number)
    where = line.place(-2).center().toPoint()  # of the prompt: nothing gave it
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=where)
    assert shown.said == []


def test_the_arrows_go_from_token_to_token(shown: Shown, qtbot: QtBot) -> None:
    line = shown.strip.line
    for key, number in (
        (Key.Key_Left, 1), (Key.Key_Right, 3), (Key.Key_Home, 0), (Key.Key_End, len(TOKENS)),
    ):  # fmt: skip
        qtbot.keyClick(line, key)
        assert shown.said.pop() == intents.ShowToken(number)
    shown.show(state_at(0))
    qtbot.keyClick(line, Key.Key_Left)
    assert shown.said == []


def test_the_buttons(shown: Shown, qtbot: QtBot) -> None:
    strip = shown.strip
    for button, said in (
        (strip.one, intents.Generate()), (strip.many, intents.TogglePlayTokens()),
        (strip.again, intents.WriteAgain()), (strip.away, intents.EndWriting()),
    ):  # fmt: skip
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert shown.said.pop() == said
    assert strip.many.text() == "▶ 20"
    shown.show(state_at(2, left=3))
    assert strip.many.text() == "❚❚"
    assert not strip.one.isEnabled()
    assert not strip.again.isEnabled()
    shown.show(state_at(len(TOKENS)))  # the next token is not there to be drawn again
    assert not strip.again.isEnabled()
    shown.show(replace(state_at(2), engine=Engine("starting", restarts=1)))
    assert not strip.one.isEnabled()
    assert not strip.many.isEnabled()


def test_how_tokens_are_drawn_is_the_setting_of_the_prediction(shown: Shown, qtbot: QtBot) -> None:
    strip = shown.strip
    assert strip.how.text() == "T 1.00 · seed 4 ▾"
    shown.show(replace(state_at(2), sampling=Sampling(0.5, 5, 0.9)))
    assert strip.how.text() == "T 0.50 · top-k 5 · top-p 0.90 · seed 4 ▾"
    qtbot.mouseClick(strip.how, Qt.MouseButton.LeftButton)
    popup = strip.popup
    assert popup.isVisible()
    qtbot.keyClick(popup.temperature, Key.Key_Right)
    assert shown.said.pop() == intents.SetSampling(Sampling(0.55, 5, 0.9))
    for field, text, said in (
        (popup.seed, "123", intents.SetWriting(123, 20)),
        (popup.most, "7", intents.SetWriting(123, 7)),
    ):
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Key.Key_Return)
        assert shown.said.pop() == said
    popup.close()


def test_the_line_below_a_token_is_as_long_as_it_was_likely(shown: Shown) -> None:
    line = shown.strip.line
    picture = line.grab().toImage()
    ratio = picture.devicePixelRatio()
    accent = DARK.color("accent")
    shares = []
    for number in range(len(TOKENS)):
        place = line.place(number)
        y = round((place.bottom() - 3) * ratio)
        row = range(round(place.left() * ratio), round(place.right() * ratio))
        colours = [picture.pixelColor(x, y) for x in row]
        lit = sum(c.alpha() > 128 and abs(c.hue() - accent.hue()) < 6 for c in colours)
        shares.append(lit / (place.width() - 6) / ratio)
    assert shares == pytest.approx([one.chance for one in TOKENS], abs=0.1)


def test_the_token_of_the_pass_on_screen_is_framed(shown: Shown) -> None:
    line = shown.strip.line

    def framed() -> list[int]:
        picture = line.grab().toImage()
        cursor = DARK.color("cursor").rgb()
        found = []
        for number in range(-7, len(TOKENS) + 1):
            place = line.place(number)
            if picture.pixel(round(place.left()) + 1, round(place.center().y())) == cursor:
                found.append(number)
        return found

    assert framed() == [2]
    shown.show(state_at(len(TOKENS)))
    assert framed() == [len(TOKENS)]


def test_it_scrolls_to_the_token_of_the_pass(qtbot: QtBot) -> None:
    shown = Shown(qtbot, wide=520)
    shown.strip.show()
    shown.show(state_at(0))
    line = shown.strip.line
    for at in (len(TOKENS), 0, 4):
        shown.show(state_at(at))
        assert line.visibleRegion().contains(line.place(at).center().toPoint())


def test_a_token_says_how_likely_it_was(shown: Shown) -> None:
    line = shown.strip.line
    assert line.told(0) == (
        "token 1: s\ndrawn at 10.0%; the model says 20.0%\nClick to see the pass that gave it."
    )
    assert line.told(-7) == "token of the prompt: T"
    assert line.told(len(TOKENS)) == "The token that comes next; this pass predicts it."
    assert line.accessibleDescription() == "s a t _ d o w n"


def test_the_tip_of_a_token_that_looks_like_a_tag_says_it(shown: Shown) -> None:
    tagged = (structs.replace(TOKENS[0], name="<s>"), *TOKENS[1:])
    shown.show(state_at(2, tokens=tagged))
    line = shown.strip.line
    at = line.place(0).center().toPoint()
    QApplication.sendEvent(
        line, QHelpEvent(QEvent.Type.ToolTip, at, line.mapToGlobal(at))
    )  # fmt: skip
    page = QTextDocument()
    page.setHtml(QToolTip.text())
    assert page.toPlainText() == line.told(0)
    assert page.toPlainText().startswith("token 1: <s>\ndrawn at 10.0%")


def test_what_the_window_has_left_behind_is_told(shown: Shown) -> None:
    state = state_at(4)
    recording = state.recording
    assert recording is not None
    recording = structs.replace(recording, labels=recording.labels | {"T": tuple("catsat_")})
    shown.show(replace(state, recording=recording))
    line = shown.strip.line
    assert "no longer reads it" in line.told(-7)
    assert "no longer reads it" not in line.told(-3)
    assert shown.strip.note.text() == "reads the last 7"
    shown.show(state_at(2))
    assert shown.strip.note.text() == ""


def test_it_is_there_where_tokens_are_predicted(shown: Shown) -> None:
    strip = shown.strip
    shown.show(AppState(page="model", recording=gpt(layers=1)))
    assert not strip.isHidden()
    assert strip.away.isHidden()
    assert strip.again.isHidden()
    shown.show(AppState(page="model", recording=cnn()))
    assert strip.isHidden()
    shown.show(state_at(1))
    assert not strip.isHidden()
    shown.show(replace(state_at(1), tab="training"))
    assert strip.isHidden()
    shown.show(replace(state_at(5), tab="architecture"))  # a pass that ran meanwhile
    assert shown.state is not None
    shown.show(replace(shown.state, tab="forward"))
    assert not strip.isHidden()
    assert strip.line.shown == strip.line.place(5)


def test_the_text_can_be_copied(shown: Shown, qtbot: QtBot) -> None:
    shown.strip.show()
    shown.strip.line.customContextMenuRequested.emit(QPoint(3, 3))
    menu = shown.strip.findChild(QMenu)
    assert menu is not None
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "sat_down"


def test_a_long_text_has_room_for_every_token(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    many = TOKENS * 500
    state = state_at(2)
    shown.show(replace(state, writing=replace(state.writing, tokens=many)))
    line = shown.strip.line
    assert line.width() > 4000 * 10
    assert line.place(len(many)).right() <= line.width()


def test_a_model_that_is_known_to_look_ahead_is_offered_no_writing(shown: Shown) -> None:
    plain = state_at(0, 0)
    shown.show(plain)
    assert not shown.strip.isHidden()
    shown.show(replace(plain, writing=Writing(never=True)))
    assert shown.strip.isHidden()
    recording = plain.recording
    assert recording is not None
    maps = tuple(structs.replace(one, causal=False, ahead=True) for one in recording.attention)
    shown.show(replace(plain, recording=structs.replace(recording, attention=maps)))
    assert shown.strip.isHidden()
