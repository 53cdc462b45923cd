"""The formula as it is seen: plain at once, then as mathematics; sizes, colours, copies."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

import pytest
from latex2mathml.converter import convert
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QImage, QPixmap, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from ziamath.zmath import loadedfonts

from explorer.core.ops import OPS
from explorer.core.places import shipped
from explorer.gui import typesetting
from explorer.gui.formula import Formula
from explorer.gui.outlines import Outline, _square, outline
from explorer.gui.theme import DARK, LIGHT, Theme
from explorer.gui.typesetting import Typeset, Typesetter, typesetter
from explorer.picture.formula import Piece, pieces
from tests.picture.test_formula import GOLDEN

NORM = "y = (x − μ) / √(σ² + ε) · γ + β"
LONG = "h = norm(x + attention(x)), y = norm(h + feed-forward(h))"
CHINESE = "对每个位置的输入加权求和。权重来自注意力"  # no formula: it ends a sentence


@pytest.fixture(autouse=True)
def fresh() -> Iterator[Typesetter]:
    """Nothing is typeset yet."""
    typesetter.cache_clear()
    yield typesetter()
    typesetter.cache_clear()


def shown(qtbot: QtBot, text: str, width: int = 400, theme: Theme = DARK) -> Formula:
    formula = Formula(theme, 1.0)
    qtbot.addWidget(formula)
    formula.resize(width, formula.height())
    formula.say(text)
    formula.show()
    return formula


def typeset(qtbot: QtBot, text: str, width: int = 400, theme: Theme = DARK) -> Formula:
    formula = shown(qtbot, text, width, theme)
    qtbot.waitUntil(lambda: formula.typeset)
    return formula


def picture(formula: Formula, theme: Theme = DARK, sharp: float = 1.0) -> QImage:
    """What is painted, without the frame of what has the keyboard."""
    formula.clearFocus()
    return painted(formula, theme, sharp)


def painted(formula: Formula, theme: Theme = DARK, sharp: float = 1.0) -> QImage:
    made = QPixmap(formula.size() * sharp)
    made.setDevicePixelRatio(sharp)
    made.fill(QColor(theme.panel))
    formula.render(made, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return made.toImage()


def ink(image: QImage) -> list[tuple[int, int]]:
    """Every pixel that is not of the colour of the corner."""
    ground = image.pixel(0, 0)
    return [
        (x, y)
        for y in range(image.height())
        for x in range(image.width())
        if image.pixel(x, y) != ground
    ]


def high(image: QImage) -> int:
    rows = [y for _, y in ink(image)]
    return max(rows) - min(rows)


def wait_for(qtbot: QtBot, owner: Typesetter) -> None:
    qtbot.waitUntil(lambda: not owner.busy and owner._running is None)


# ------------------------------------------------------------ what is typeset


def test_plain_text_is_there_at_once_and_mathematics_soon(qtbot: QtBot) -> None:
    formula = shown(qtbot, NORM)
    assert not formula.typeset
    plain = picture(formula)
    assert ink(plain)
    assert formula.text() == formula.toolTip() == formula.accessibleName() == NORM
    qtbot.waitUntil(lambda: formula.typeset)
    assert formula.text() == formula.toolTip() == formula.accessibleName() == NORM
    mathematics = picture(formula)
    assert mathematics != plain
    assert high(mathematics) > 1.7 * high(plain)  # a fraction


def test_what_was_typeset_once_is_there_at_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = typeset(qtbot, NORM)
    seen = picture(first)

    def never(found: tuple[Piece, ...]) -> Typeset:
        raise AssertionError(found)

    monkeypatch.setattr(typesetting, "_drawn", never)
    again = shown(qtbot, NORM)
    assert again.typeset
    assert picture(again) == seen
    first.say(NORM)  # as it does at every step
    assert first.typeset
    assert picture(first) == seen
    larger = Formula(LIGHT, 1.4)
    qtbot.addWidget(larger)
    larger.say(NORM)
    assert larger._typeset is not None  # of any size and colour


def test_what_nobody_sees_is_not_typeset(qtbot: QtBot, fresh: Typesetter) -> None:
    formula = Formula(DARK, 1.0)
    qtbot.addWidget(formula)
    formula.say(NORM)
    assert not fresh.busy
    assert fresh._pool is None
    formula.show()
    assert fresh.busy
    qtbot.waitUntil(lambda: formula.typeset)


class Slow:
    """Typesets what it is let to, and remembers what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.order: list[str] = []
        self.go = threading.Semaphore(0)
        self._right = typesetting._drawn
        monkeypatch.setattr(typesetting, "_drawn", self._drawn)

    def _drawn(self, found: tuple[Piece, ...], outlines: Mapping[str, Outline]) -> Typeset:
        self.order.append(" ".join(piece.latex for piece in found))
        assert self.go.acquire(timeout=20)
        return self._right(found, outlines)


def test_the_newest_wins(qtbot: QtBot, fresh: Typesetter, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    formula = shown(qtbot, "y = 1")
    for number in range(2, 7):
        formula.say(f"y = {number}", then=["y = 8", "y = x", CHINESE])
    slow.go.release(10)
    qtbot.waitUntil(lambda: formula.typeset)
    wait_for(qtbot, fresh)
    # what was begun, what is on screen, then what is likely to come
    assert slow.order == ["y = 1", "y = 6", "y = 8", "y = x"]
    formula.say("y = 8")
    assert formula.typeset


def test_what_is_on_screen_comes_before_what_may_come(
    qtbot: QtBot, fresh: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    one, other = shown(qtbot, "y = 1"), shown(qtbot, "y = 2")
    one.say("y = 1", then=["y = 3"])
    third = shown(qtbot, "y = 4")
    slow.go.release(10)
    wait_for(qtbot, fresh)
    assert slow.order[0] == "y = 1"
    assert slow.order[1:3] == ["y = 4", "y = 2"]  # the newest first
    assert one.typeset
    assert other.typeset
    assert third.typeset


def test_what_fails_stays_plain_and_is_not_tried_again(
    qtbot: QtBot,
    fresh: Typesetter,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = []

    def fail(found: tuple[Piece, ...], outlines: Mapping[str, Outline]) -> Typeset:
        tried.append(found)
        raise ImportError("no ziamath")

    monkeypatch.setattr(typesetting, "_drawn", fail)
    formula = shown(qtbot, NORM)
    wait_for(qtbot, fresh)
    formula.say("y = x")
    wait_for(qtbot, fresh)
    formula.say(NORM)
    wait_for(qtbot, fresh)
    assert not formula.typeset
    assert len(tried) == 2
    assert ink(picture(formula))
    assert "cannot be typeset: ImportError('no ziamath')" in capsys.readouterr().err


@pytest.mark.parametrize("text", [CHINESE, "同样的数。新的形状。", ""])
def test_other_words_stay_plain_text(qtbot: QtBot, fresh: Typesetter, text: str) -> None:
    formula = shown(qtbot, text)
    assert not fresh.busy
    assert not formula.typeset
    assert bool(ink(picture(formula))) == bool(text)


def test_the_font_has_every_letter_of_every_formula() -> None:
    font = loadedfonts["default"]
    texts = [op.formula for op in OPS.values()] + list(GOLDEN)
    for text in texts:
        for piece in pieces(text) or ():
            tree = ElementTree.fromstring(convert(typesetting._adapted(piece.latex)))
            letters = "".join(tree.itertext()).replace("\u2061", "")
            for letter in letters.split():
                assert all(font.glyphindex(one) for one in letter), (text, letter)
                assert "\\" not in letter, (text, letter)


def test_every_formula_can_be_typeset() -> None:
    for text in GOLDEN:
        found = pieces(text)
        assert found is not None
        made = typesetting._drawn(found, {})
        assert len(made.parts) == len(found)
        assert all(part.width > 0 and part.height > 0 for part in made.parts)
        assert all(part.drawing("#ffffff").isValid() for part in made.parts)


# ------------------------------------------------------------ how it looks


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_it_has_the_colour_of_text(qtbot: QtBot, theme: Theme) -> None:
    image = picture(typeset(qtbot, NORM, theme=theme), theme)
    wanted, ground = QColor(theme.text), QColor(theme.panel)
    nearest = min(
        (image.pixelColor(*at) for at in ink(image)),
        key=lambda color: abs(color.lightness() - wanted.lightness()),
    )
    for channel in ("red", "green", "blue"):
        assert abs(getattr(nearest, channel)() - getattr(wanted, channel)()) < 12
    assert all(  # nothing but shades between the two
        min(wanted.red(), ground.red()) - 2
        <= image.pixelColor(*at).red()
        <= max(wanted.red(), ground.red()) + 2
        for at in ink(image)
    )


def test_it_is_drawn_anew_for_finer_screens(qtbot: QtBot) -> None:
    formula = typeset(qtbot, NORM)
    coarse, fine = picture(formula), picture(formula, sharp=2.0)
    assert fine.size() == coarse.size() * 2
    across = [max(x for x, _ in ink(image)) for image in (coarse, fine)]
    assert abs(across[1] - 2 * across[0]) <= 3
    enlarged = coarse.scaled(fine.size(), mode=Qt.TransformationMode.SmoothTransformation)
    assert steepest(fine) > 1.5 * steepest(enlarged)


def steepest(image: QImage) -> float:
    """How much neighbours in a row differ, on the average of the hundredth that differ most."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    steps = sorted(
        abs(grey.pixelColor(x + 1, y).lightness() - grey.pixelColor(x, y).lightness())
        for y in range(grey.height())
        for x in range(grey.width() - 1)
    )
    most = steps[-len(steps) // 100 :]
    return sum(most) / len(most)


def test_its_height_is_always_the_same(qtbot: QtBot) -> None:
    formula = typeset(qtbot, "y = x")
    high = formula.height()
    for text in (NORM, LONG, CHINESE, "y = max of x", *GOLDEN):
        formula.say(text)
        qtbot.waitUntil(lambda: formula.typeset or not formula._typesetter.busy)
        assert formula.height() == formula.sizeHint().boundedTo(formula.size()).height() == high
        image = picture(formula)
        rows = [y for _, y in ink(image)]
        assert min(rows) >= 0
        assert max(rows) < high


def test_what_stands_before_the_equals_sign_stays_in_its_place(qtbot: QtBot) -> None:
    places = []
    for text in ("y = x", NORM, "y = Σ x · W + b", "y = x / ‖x‖"):
        image = picture(typeset(qtbot, text))
        left = [at for at in ink(image) if at[0] < 14]  # the letter y
        places.append((min(left), max(y for _, y in left)))
    assert len(set(places)) == 1


def test_what_is_too_wide_is_broken_and_then_cut(qtbot: QtBot) -> None:
    formula = typeset(qtbot, LONG, 700)
    assert [len(line.placed) for line in formula._lines()[0]] == [4]  # type: ignore[index]
    large = formula._lines()[1]  # type: ignore[index]
    formula.resize(330, formula.height())
    lines, em = formula._lines()  # type: ignore[misc]
    assert [len(line.placed) for line in lines] == [2, 2]  # after the comma
    assert em == large
    assert max(x for x, _ in ink(picture(formula))) < 330
    formula.resize(180, formula.height())
    lines, em = formula._lines()  # type: ignore[misc]
    assert len(lines) == 2
    assert 0.7 * large <= em < large
    formula.resize(90, formula.height())
    assert not formula.typeset
    assert formula.toolTip() == LONG
    image = picture(formula)
    assert ink(image)
    assert max(y for _, y in ink(image)) < formula.height()


def test_plain_text_wraps_and_ends_with_an_ellipsis(qtbot: QtBot) -> None:
    formula = shown(qtbot, CHINESE, 200)
    narrow = picture(formula)
    formula.resize(900, formula.height())
    assert high(narrow) > 1.5 * high(picture(formula))
    formula.resize(60, formula.height())
    assert max(y for _, y in ink(picture(formula))) < formula.height()


# ------------------------------------------------------------ copying


def test_it_is_copied_as_latex(qtbot: QtBot) -> None:
    formula = shown(qtbot, NORM)
    formula.setFocus()
    QTest.keyClick(formula, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == GOLDEN[NORM]
    formula.say(CHINESE)
    QTest.keyClick(formula, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == CHINESE


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        (NORM, {"Copy as LaTeX": GOLDEN[NORM], "Copy as text": NORM}),
        (CHINESE, {"Copy as text": CHINESE}),
    ],
)
def test_its_menu_copies(qtbot: QtBot, text: str, entries: dict[str, str]) -> None:
    formula = shown(qtbot, text)
    chosen: list[str] = []

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        offered = [action for action in menu.actions() if action.isVisible()]
        assert [action.text() for action in offered] == list(entries)
        action = offered[len(chosen)]
        chosen.append(action.text())
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())

    for _ in entries:
        middle = formula.rect().center()
        QTimer.singleShot(0, choose)
        reason = QContextMenuEvent.Reason.Mouse
        asked = QContextMenuEvent(reason, middle, formula.mapToGlobal(middle))
        QApplication.sendEvent(formula, asked)  # until something is chosen
        assert QGuiApplication.clipboard().text() == entries[chosen[-1]]
    assert chosen == list(entries)


def test_what_has_the_keyboard_has_a_frame(qtbot: QtBot) -> None:
    formula = typeset(qtbot, NORM)
    without = picture(formula)
    formula.activateWindow()
    formula.setFocus()
    qtbot.waitUntil(formula.hasFocus)
    assert painted(formula).pixelColor(200, 0) == QColor(DARK.accent)
    assert without.pixelColor(200, 0) == QColor(DARK.panel)


def translated() -> dict[str, str]:
    """The formulas of ops with Chinese words, by what they are in English."""
    file = shipped("assets") / "translations" / "phrases_zh.ts"
    said = {
        str(one.findtext("source")): str(one.findtext("translation"))
        for one in ElementTree.parse(file).iter("message")
    }
    formulas = [one.formula for one in OPS.values()]
    found = {one: said[one] for one in formulas if one in said and pieces(one) is not None}
    return {one: text for one, text in found.items() if re.search("[一-鿿]", text)}


def test_formulas_with_chinese_words_are_mathematics_too(qtbot: QtBot) -> None:
    found = translated()
    assert "y = softmax(Q·Kᵀ / √d + mask) · V" in found
    assert len(found) > 30
    assert [text for text in found.values() if pieces(text) is None] == []


@pytest.mark.parametrize(
    "text", ["y = softmax(Q·Kᵀ / √d + 掩码) · V", "y = x / 掩码", "y = x[下标]", "y = x 的均值"]
)
def test_each_chinese_sign_stands_where_it_belongs(qtbot: QtBot, text: str) -> None:
    """Nothing is left of what stood in for it, and it is as large as the words around it."""
    found = pieces(text)
    assert found is not None
    signs = re.findall("[一-鿿]", text)
    outlines = {sign: outline(sign) for sign in signs}
    made = typesetting._drawn(found, outlines)
    drawn = [path.get("d", "") for part in made.parts for path in ElementTree.fromstring(part.svg)]
    curves = [outlines[sign] for sign in signs]
    for one in curves:
        assert one.commands
        letters = "".join(letter for letter, _ in one.commands)
        assert sum("".join(re.findall("[A-Z]", d)) == letters for d in drawn) >= 1, text
    squares = [path for path in drawn if _square(path) is not None]
    assert not squares
    assert all(part.drawing("#ffffff").isValid() for part in made.parts)
