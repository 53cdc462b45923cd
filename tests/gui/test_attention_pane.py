"""The attention pane: every picture of it, with real mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.core.attention import MEAN, ROLLOUT, AttentionLook
from explorer.core.graph import Attention, Recording
from explorer.core.values import View
from explorer.gui.panes.attention import AttentionPane
from explorer.gui.panes.attention.chips import ALL, head_color
from explorer.gui.panes.pane import Pane
from explorer.gui.panes.values import ValuesPane
from explorer.gui.theme import DARK, LIGHT, Theme
from explorer.session import intents
from explorer.session.state import AppState
from tests.gui.asked import Asked, centre, random
from tests.gui.mouse import double_click, hover, leave
from tests.recordings import Builder, gpt

LEFT = Qt.MouseButton.LeftButton
Show = Callable[..., Asked]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def shown(kind: type[Pane], recording: Recording, value: int, numbers: np.ndarray) -> Asked:
        pane = kind(DARK, 1.0)
        qtbot.addWidget(pane)
        pane.resize(380, 620)
        pane.show()
        return Asked(pane, recording, value, numbers)

    return shown


@pytest.fixture
def look(qtbot: QtBot) -> Callable[..., Asked]:
    """The pane on the last map of a recording, of which all maps have numbers, looked at so."""

    def shown(
        recording: Recording, size: tuple[int, int] = (380, 620), at: int = -1,
        others: dict[int, np.ndarray] | None = None, **how: Any,
    ) -> Asked:  # fmt: skip
        pane = AttentionPane(DARK, 1.0)
        qtbot.addWidget(pane)
        pane.resize(*size)
        pane.show()
        numbers = {a.value: weights(recording, a) for a in recording.attention} | (others or {})
        value = recording.attention[at].value
        state = AppState(attention=AttentionLook(**how))
        return Asked(pane, recording, value, numbers[value], numbers, state)

    return shown


def weights(recording: Recording, one: Attention) -> np.ndarray:
    """Rows that sum to 1; of causal maps nothing lies ahead."""
    made = np.exp(random(recording, one.value) * 2 + one.event % 7)
    made *= np.exp(np.random.default_rng(one.value).standard_normal(made.shape))
    if one.causal:
        made = np.tril(made)
    return np.asarray((made / made.sum(-1, keepdims=True)).astype(np.float32))


def crossing(queries: int = 5, keys: int = 9) -> Recording:
    """A decoder that looks at a source: tokens of two sequences."""
    b = Builder("Translate")
    x = b.op("embedding", [b.input("target", "int64", B=1, T=queries)], B=1, T=queries, C=8)
    m = b.op("embedding", [b.input("source", "int64", B=1, S=keys)], B=1, S=keys, C=8)
    q, k = b.linear("q", x, 8), b.linear("k", m, 8)
    k = b.op("transpose", [k], B=1, C=8, S=keys)
    scores = b.op("matmul", [q, k], B=1, heads=2, T=queries, S=keys)
    made = b.op("softmax", [scores], B=1, heads=2, T=queries, S=keys)
    b.attention.append(Attention(len(b.events) - 1, made, False))
    labels = {"T": tuple("abcde"[:queries]), "S": tuple("source me"[:keys])}
    return b.finish([made], labels=labels)


def vit(side: int = 4, layers: int = 2, heads: int = 3) -> Recording:
    """A class token and ``side`` × ``side`` patches of a picture of 4 pixels each."""
    b = Builder("ViT")
    T = side * side + 1
    image = b.input("image", B=1, C=3, H=4 * side, W=4 * side)
    with b.module("patch", "Conv2d"):
        x = b.op("conv2d", [image], B=1, C=8, _h=side, _w=side)
    x = b.op("flatten", [x], B=1, T=T, C=8)
    for layer in range(layers):
        with b.module(f"blocks.{layer}.attn", "Attention"):
            q, k, v = (b.linear(n, x, 8) for n in "qkv")
            scores = b.op("matmul", [q, k], B=1, heads=heads, _q=T, _k=T)
            made = b.op("softmax", [scores], B=1, heads=heads, _q=T, _k=T)
            b.attention.append(Attention(len(b.events) - 1, made, False))
            x = b.op("matmul", [made, v], B=1, T=T, C=8)
    return b.finish([x])


def asked_for(shown: Asked) -> list[tuple[str, View]]:
    return [(i.pane, i.view) for i in shown.heard if isinstance(i, intents.Look)]


def numbers_in(view: View) -> int:
    return prod(view.size) * max(1, len(view.stack))


def pressed(shown: Asked) -> AttentionLook:
    shown.answer()
    return shown.state.attention


# ---------------------------------------------------------------------- one head large


def test_the_chosen_head_is_shown_by_click_and_by_key(show: Show, qtbot: QtBot) -> None:
    recording = gpt()
    value = recording.attention[0].value
    numbers = np.tril(np.abs(random(recording, value)))
    shown = show(AttentionPane, recording, value, numbers)
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    qtbot.mouseClick(pane.heads, Qt.MouseButton.LeftButton, pos=pane.heads.place_of(2))
    shown.answer()
    assert "head 2" in shown.said()
    pane.heads.setFocus()
    qtbot.keyClick(pane.heads, Qt.Key.Key_Left)
    shown.answer()
    assert "head 1" in shown.said()
    assert shown.views[-1].at == (0, 1, 0, 0)
    assert set(shown.state.readings) == {"attention", "attention/heads"}
    row, column = 9, 3
    assert pane.map.matrix.data[row, column] == np.float32(numbers[0, 1, row, column])


def test_masked_cells_look_different_from_weights_of_zero(show: Show) -> None:
    recording = gpt()
    value = recording.attention[0].value
    shape = recording.values[value].shape
    pane = show(AttentionPane, recording, value, np.zeros(shape)).pane
    assert isinstance(pane, AttentionPane)
    image = pane.map.grab().toImage()
    below = centre(pane.map, shape[-2:], 9, 3)
    above = centre(pane.map, shape[-2:], 3, 9)
    seen = image.pixelColor(below)
    hidden = image.pixelColor(above)
    assert abs(seen.blue() - hidden.blue()) > 30


def test_the_attention_map_takes_the_width_of_the_pane(show: Show) -> None:
    recording = gpt()
    value = recording.attention[0].value
    pane = show(AttentionPane, recording, value, np.zeros(recording.values[value].shape)).pane
    assert isinstance(pane, AttentionPane)
    pane.resize(368, 440)
    QApplication.processEvents()
    area = pane.map.field()
    assert area.width() >= 225
    assert pane.heads.geometry().bottom() <= pane.height()
    small = pane.heads.heightForWidth(368)
    pane.resize(415, 620)  # higher than the map can use
    QApplication.processEvents()
    assert pane.map.field().width() >= 345
    assert pane.heads.heightForWidth(368) > small
    assert pane.heads.geometry().bottom() <= pane.height()


def test_attention_looks_the_same_as_values(show: Show) -> None:
    recording = gpt()
    value = recording.attention[0].value
    numbers = np.tril(np.abs(random(recording, value)).clip(0, 1))
    shape = numbers.shape[-2:]
    seen = []
    for kind in (AttentionPane, ValuesPane):
        pane = show(kind, recording, value, numbers).pane
        map_ = pane.map  # type: ignore[attr-defined]
        image = map_.grab().toImage()
        seen.append(image.pixelColor(centre(map_, shape, 9, 3)).rgb())
    assert seen[0] == seen[1]


@pytest.mark.parametrize("size", [(340, 560), (520, 420), (700, 260), (516, 290)])
@pytest.mark.parametrize("heads", [1, 4, 12])
def test_the_large_map_gets_the_room_that_there_is(
    show: Show, size: tuple[int, int], heads: int
) -> None:
    recording = gpt()
    value = recording.attention[0].value
    shape = (1, heads, *recording.values[value].shape[-2:])
    values = list(recording.values)
    values[value] = structs.replace(values[value], shape=shape)
    recording = structs.replace(recording, values=tuple(values))
    pane = show(AttentionPane, recording, value, np.zeros(shape)).pane
    assert isinstance(pane, AttentionPane)
    pane.resize(*size)
    QApplication.processEvents()
    assert pane.map.field().height() > 0.5 * min(size)
    large = QRect(pane.map.mapTo(pane, QPoint()), pane.map.size())
    small = QRect(pane.head.area.mapTo(pane, QPoint()), pane.head.area.size())
    assert heads > 1 or not pane.head.area.isVisible()
    assert pane.rect().contains(large)
    if pane.head.area.isVisible():
        assert pane.rect().contains(small)
        assert not small.intersects(large)


# ---------------------------------------------------------------------- the switch


def test_the_switch_leads_to_every_picture_and_the_state_keeps_it(
    look: Callable[..., Asked], qtbot: QtBot
) -> None:
    shown = look(gpt())
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    assert pane.switch["image"].isHidden()  # there is no image
    for show in ("heads", "lines", "model", "head"):
        pane.turn(1)
        shown.answer()
        assert shown.state.attention.show == show
        assert pane.parts[show].isVisible()
    qtbot.mouseClick(pane.switch["lines"], LEFT)
    shown.answer()
    other = shown.state.recording.attention[0]  # type: ignore[union-attr]
    shown.render(replace(shown.state, cursor=other.event, selected=other.value))
    shown.answer()
    assert pane.lines.isVisible()
    assert pane.switch["lines"].isChecked()


def test_a_picture_that_does_not_suit_gives_way_and_comes_back(look: Callable[..., Asked]) -> None:
    shown = look(gpt(), show="image")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    assert pane.head.isVisible()
    assert shown.state.attention.show == "image"


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_colours_of_heads_stay_apart_for_everybody(theme: Theme) -> None:
    """Machado, Oliveira & Fernandes 2009, full deficiency; distances in CIELAB."""
    seen = {
        "all": np.eye(3),
        "no red": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
        "no green": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
        "no blue": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                             [0.004733, 0.691367, 0.303900]]),
    }  # fmt: skip
    colors = [head_color(theme, head) for head in range(8)] + [theme.color("cursor")]
    rgb = np.array([(c.redF(), c.greenF(), c.blueF()) for c in colors])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    for name, matrix in seen.items():
        lab = cielab(np.clip(linear @ matrix.T, 0, 1))
        apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1) + np.eye(len(lab)) * 100
        assert apart.min() > 20, (theme.name, name, np.argwhere(apart <= 20).tolist())
    panel = theme.color("panel")
    for head in range(16):
        assert contrast(head_color(theme, head), panel) > 2


def cielab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722],
                       [0.0193, 0.1192, 0.9505]])  # fmt: skip
    t = (linear @ to_xyz.T) / to_xyz.sum(1)
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1
    )  # fmt: skip


def contrast(one: Any, other: Any) -> float:
    def light(color: Any) -> float:
        parts = np.array([color.redF(), color.greenF(), color.blueF()])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


# ---------------------------------------------------------------------- maps


def test_a_long_map_is_reduced_and_the_wheel_leads_to_exact_numbers(
    look: Callable[..., Asked], qtbot: QtBot
) -> None:
    recording = gpt("The cat sat on the mat. " * 40, layers=1)  # 960 tokens
    shown = look(recording)
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    assert pane.map.matrix.block[0] == pane.map.matrix.block[1] > 1
    cells = pane.map.matrix.data.shape[0]
    assert cells > 0.6 * pane.map.room()[0]  # as many as there are pixels for, at once
    assert "Each cell: the largest of" in shown.said()
    at = pane.map.field().center()
    for _ in range(12):
        turn = QWheelEvent(
            at, pane.map.mapToGlobal(at), QPoint(), QPoint(0, 480), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(pane.map, turn)
        shown.answer()
    assert pane.map.matrix.block == (1, 1)
    hover(pane.map, pane.map.field().center().toPoint())
    row, column = pane.map.position
    assert f"{shown.numbers[0, 0, row, column]:.4f}" in shown.said()
    assert f"[{row}]" in shown.said()
    first = pane.map.extents
    pane.resize(381, 620)
    shown.answer()
    assert pane.map.extents == first
    pane.map.setFocus()
    qtbot.keyClick(pane.map, Qt.Key.Key_0)
    shown.answer()
    assert pane.map.matrix.block[0] > 1


@pytest.mark.parametrize("show_", ["head", "heads", "lines", "model", "image"])
def test_no_picture_asks_for_more_bytes_than_it_has_pixels(
    look: Callable[..., Asked], show_: str
) -> None:
    if show_ == "image":
        recording = vit(24, heads=12)
        rng = np.random.default_rng(0)
        image = {0: rng.standard_normal(recording.values[0].shape).astype(np.float32)}
    else:
        recording, image = gpt("x" * 700, layers=2, heads=12, width=96), {}
    shown = look(recording, show=show_, others=image)
    part = shown.pane.parts[show_]  # type: ignore[attr-defined]
    pixels = part.width() * part.height()
    newest = dict(asked_for(shown))
    assert newest
    total = sum(numbers_in(view) for view in newest.values())
    sent = sum(shown.state.readings[name].data.nbytes for name in newest)
    extra = 0.35 if show_ == "head" else 0.0  # the small maps overlap in their scrolled area
    assert total <= pixels * (1 + extra)
    assert sent <= 4 * pixels * (1 + extra)


def test_faint_weights_are_seen_by_a_button(look: Callable[..., Asked], qtbot: QtBot) -> None:
    shown = look(gpt("x" * 60))
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    assert pane.map.matrix.shades.high == 1
    faint = centre(pane.map, (60, 60), 50, 3)
    before = pane.map.grab().toImage().pixelColor(faint).lightnessF()
    qtbot.mouseClick(pane.faint, LEFT)
    shown.answer()
    assert pane.map.matrix.shades.log
    assert pane.map.matrix.shades.high == pytest.approx(shown.numbers[0, 0].max())
    assert pane.map.grab().toImage().pixelColor(faint).lightnessF() > before + 0.05
    pane.turn(2)
    shown.answer()
    full = pane.lines.field.strands.full  # type: ignore[union-attr]
    assert full == pytest.approx(shown.numbers.max())


def test_all_heads_fill_the_pane(look: Callable[..., Asked], qtbot: QtBot) -> None:
    shown = look(gpt(heads=4), show="heads")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    assert pane.all.heads.side > 150
    qtbot.mouseClick(pane.all.heads, LEFT, pos=pane.all.heads.place_of(3))
    assert pressed(shown).head == 3
    image = pane.all.heads.grab().toImage()
    below = pane.all.heads.place_of(3) + QPoint(0, pane.all.heads.side // 2 + 3)
    assert image.pixelColor(below).rgb() == head_color(DARK, 3).rgb()


# ---------------------------------------------------------------------- mean and rollout


def test_the_mean_over_heads_is_shown_and_said(look: Callable[..., Asked], qtbot: QtBot) -> None:
    shown = look(gpt())
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    qtbot.mouseClick(pane.chips, LEFT, pos=pane.chips.place(MEAN).center())
    assert pressed(shown).head == MEAN
    np.testing.assert_allclose(pane.map.matrix.data, shown.numbers[0].mean(0), rtol=1e-5)
    assert "The mean of 4 heads." in shown.said()


def test_a_rollout_is_shown_and_said(look: Callable[..., Asked], qtbot: QtBot) -> None:
    shown = look(gpt(), at=2)
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    qtbot.mouseClick(pane.chips, LEFT, pos=pane.chips.place(ROLLOUT).center())
    assert pressed(shown).head == ROLLOUT
    wanted = np.eye(18)
    for one in shown.state.recording.attention[:3]:  # type: ignore[union-attr]
        mixed = 0.5 * shown.others[one.value][0].mean(0) + 0.5 * np.eye(18)
        wanted = (mixed / mixed.sum(-1, keepdims=True)) @ wanted
    np.testing.assert_allclose(pane.map.matrix.data, wanted, rtol=1e-4, atol=1e-7)
    assert "over 3 layers" in shown.said()
    assert pane.map.matrix.masked is not None


def test_why_there_is_no_rollout_is_said(look: Callable[..., Asked], qtbot: QtBot) -> None:
    shown = look(crossing())
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    qtbot.mouseClick(pane.chips, LEFT, pos=pane.chips.place(ROLLOUT).center())
    shown.answer()
    assert "here queries and keys are two sequences" in shown.said()
    assert not pane.head.isVisible()
    assert pane.up_to_date  # nothing is waited for
    qtbot.mouseClick(pane.chips, LEFT, pos=pane.chips.place(1).center())
    shown.answer()
    assert pane.head.isVisible()


# ---------------------------------------------------------------------- lines


def test_heads_are_switched_by_their_chips(look: Callable[..., Asked], qtbot: QtBot) -> None:
    shown = look(gpt(), show="lines")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    assert shown.views[-1].take[0] == (0, 1, 2, 3)
    qtbot.mouseClick(pane.chips, LEFT, pos=pane.chips.place(1).center())
    assert pressed(shown).quiet == {1}
    assert shown.views[-1].take[0] == (0, 2, 3)
    double_click(pane.chips, pane.chips.place(2).center())
    assert pressed(shown).quiet == {0, 1, 3}
    qtbot.mouseClick(pane.chips, LEFT, pos=pane.chips.place(ALL).center())
    assert pressed(shown).quiet == frozenset()
    qtbot.mouseClick(pane.chips, LEFT, pos=pane.chips.place(ALL).center())
    assert pressed(shown).quiet == {0, 1, 2, 3}
    assert not len(pane.lines.field.lines)
    pane.chips.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left):  # from "all / none"
        qtbot.keyClick(pane.chips, key)
    qtbot.keyClick(pane.chips, Qt.Key.Key_Space)
    assert pressed(shown).quiet == {0, 1, 2}


def test_the_opacity_of_a_line_is_its_weight(look: Callable[..., Asked]) -> None:
    recording = gpt("abcdefgh", layers=1, heads=2, width=16)
    numbers = np.zeros((1, 2, 8, 8), np.float32)
    numbers[0, 0, 2, 0], numbers[0, 0, 6, 4] = 1.0, 0.25
    value = recording.attention[0].value
    shown = look(recording, others={value: numbers}, show="lines")
    field = shown.pane.lines.field  # type: ignore[attr-defined]
    assert field.lines.tolist() == [[0, 6, 4], [0, 2, 0]]
    image = field.grab().toImage()

    def middle(q: int, k: int) -> Any:
        at = (field.middle("query", q) + field.middle("key", k)) / 2
        near = [image.pixelColor(int(at.x()), int(at.y()) + by) for by in (-1, 0, 1)]
        return max(near, key=lambda c: abs(c.green() - ground.green()))

    ground = image.pixelColor(
        int((field.middle("query", 0).x() + field.middle("key", 0).x()) / 2), field.height() - 4
    )
    strong, weak = middle(2, 0), middle(6, 4)
    assert abs(strong.green() - head_color(DARK, 0).green()) < 60
    gains = [abs(c.green() - ground.green()) for c in (weak, strong)]
    assert 0.1 < gains[0] / gains[1] < 0.45


def test_the_mouse_over_a_token_leaves_its_lines_with_their_weights(
    look: Callable[..., Asked], qtbot: QtBot
) -> None:
    shown = look(gpt(), show="lines")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    field = pane.lines.field
    everything = len(field.lines)
    before = field.grab().toImage()
    hover(field, field.middle("query", 5).toPoint() - QPoint(6, 0))
    assert {q for _, q, _ in field.lines.tolist()} == {5}
    assert 0 < len(field.lines) < everything
    assert field.grab().toImage() != before
    rows = shown.numbers[0, :, 5]
    head, best = np.unravel_index(rows.argmax(), rows.shape)
    token = "The␣cat␣sat␣on␣the"[5]
    assert f"head {head}, “{token}” [5] →" in shown.said()
    assert f"[{best}] = {rows.max():.4f}" in shown.said()
    hover(field, field.middle("key", 2).toPoint() + QPoint(6, 0))
    assert {k for _, _, k in field.lines.tolist()} == {2}
    leave(field)
    assert len(field.lines) == everything
    at = field.middle("query", 4).toPoint() - QPoint(6, 0)
    qtbot.mouseClick(field, LEFT, pos=at)
    leave(field)
    assert pressed(shown).query == 4
    assert {q for _, q, _ in field.lines.tolist()} == {4}
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert pressed(shown).query == 5
    qtbot.keyClick(field, Qt.Key.Key_Left)
    assert pressed(shown).query == -1


def test_of_a_long_text_only_what_is_in_view_is_asked_for(
    look: Callable[..., Asked], qtbot: QtBot
) -> None:
    recording = gpt("The cat sat on the mat. " * 40, layers=1)
    shown = look(recording, show="lines")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    field = pane.lines.field
    _, queries, keys = shown.views[-1].window
    assert queries.start == keys.start == 0
    assert len(queries) < 60
    at = QPointF(field.width() / 2, 200)

    def turn(where: QPointF, by: int, keys: Qt.KeyboardModifier = _NONE) -> None:
        event = QWheelEvent(
            where, field.mapToGlobal(where), QPoint(), QPoint(0, by), Qt.MouseButton.NoButton, keys,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, event)
        shown.answer()

    turn(at, -1200)
    _, queries, keys = shown.views[-1].window
    assert queries.start == keys.start > 20
    begin = queries.start
    turn(QPointF(4, 200), -1200)  # over the queries alone
    _, queries, keys = shown.views[-1].window
    assert queries.start > begin == keys.start
    many = len(queries)
    turn(at, -480, Qt.KeyboardModifier.ControlModifier)
    assert len(shown.views[-1].window[1]) > 1.5 * many
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_0)
    shown.answer()
    assert len(shown.views[-1].window[1]) >= 960  # all of it, in blocks
    weights_ = field.strands.weights  # type: ignore[union-attr]
    assert weights_.size <= field.width() * field.height()
    assert "strongest of" in shown.said()


_NONE = Qt.KeyboardModifier.NoModifier


def test_two_sequences_have_the_names_of_their_own_tokens(look: Callable[..., Asked]) -> None:
    shown = look(crossing(), show="lines")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    field = pane.lines.field
    hover(field, field.middle("query", 1).toPoint() - QPoint(6, 0))
    best = int(shown.numbers[0, :, 1].mean(0).argmax())
    assert f"“b” [1] → “{'source me'[best]}” [{best}]" in shown.said()
    leave(field)
    pane.turn(-2)
    shown.answer()
    hover(pane.map, centre(pane.map, (5, 9), 2, 7))
    assert "head 0: “c” [2] → “m” [7]" in shown.said()


# ---------------------------------------------------------------------- the whole model


def test_a_click_on_a_map_of_the_model_goes_there_and_a_second_one_opens_it(
    look: Callable[..., Asked], qtbot: QtBot
) -> None:
    shown = look(gpt(), show="model")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    overview, recording = pane.model.overview, shown.state.recording
    assert recording is not None
    ((name, view),) = asked_for(shown)  # all in one
    assert name == "attention/model/0"
    assert view.stack == tuple(one.value for one in recording.attention)
    assert pane.up_to_date
    hover(overview, overview.place(1, 2).center())
    peak = shown.others[recording.attention[1].value][0, 2].max()
    assert f"blocks.1.attn, head 2: up to {peak:.3f}" in shown.said()
    qtbot.mouseClick(overview, LEFT, pos=overview.place(1, 2).center())
    steps = [i for i in shown.heard if isinstance(i, intents.StepTo)]
    assert [s.event for s in steps] == [recording.attention[1].event]
    assert pressed(shown).head == 2
    there = recording.attention[1]
    shown.render(replace(shown.state, cursor=there.event, selected=there.value))
    shown.answer()
    double_click(overview, overview.place(1, 2).center())
    assert pressed(shown).show == "head"
    assert pane.map.isVisible()


def test_the_arrows_walk_the_maps_of_the_model(look: Callable[..., Asked], qtbot: QtBot) -> None:
    shown = look(gpt(), show="model")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    recording = shown.state.recording
    assert recording is not None
    pane.model.overview.setFocus()
    qtbot.keyClick(pane.model.overview, Qt.Key.Key_Right)
    assert pressed(shown).head == 1
    qtbot.keyClick(pane.model.overview, Qt.Key.Key_Up)
    assert intents.StepTo(recording.attention[2].event, reveal=True) in shown.heard


def test_of_many_layers_only_those_in_view_are_asked_for(look: Callable[..., Asked]) -> None:
    shown = look(gpt("abcdef", layers=40, heads=2, width=8), show="model", at=0)
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    maps = [one.value for one in shown.state.recording.attention]  # type: ignore[union-attr]
    first = asked_for(shown)[-1][1].stack
    assert maps[0] in first
    assert maps[-1] not in first
    pane.model.area.verticalScrollBar().setValue(10_000)
    shown.answer()
    last = asked_for(shown)[-1][1].stack
    assert maps[-1] in last
    assert maps[0] not in last


# ---------------------------------------------------------------------- on the image


def test_a_click_on_a_patch_shows_what_it_looks_at(
    look: Callable[..., Asked], qtbot: QtBot
) -> None:
    recording = vit()
    rng = np.random.default_rng(0)
    pixels = rng.standard_normal(recording.values[0].shape).astype(np.float32)
    shown = look(recording, show="image", others={0: pixels})
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    field = pane.image.field
    assert shown.views[-1].window[0] == range(1)  # the class token
    assert "“CLS” [0]" in shown.said()
    qtbot.mouseClick(field, LEFT, pos=field.place(7).center().toPoint())  # row 1, column 2
    assert pressed(shown).query == 7
    assert shown.views[-1].window[0] == range(7, 8)
    row = shown.numbers[0, 0, 7]
    hover(field, field.place(16).center().toPoint())
    assert f"“1,2” [7] → “3,3” [16] = {row[16]:.4f}" in shown.said()
    leave(field)
    image = field.grab().toImage()
    order = np.argsort(row[1:]) + 1
    seen = [image.pixelColor(field.place(int(t)).center().toPoint()) for t in order[[0, -1]]]
    assert seen[1].lightnessF() > seen[0].lightnessF() + 0.2
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Right)
    assert pressed(shown).query == 8
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert pressed(shown).query == 0
    pane.image.query.setValue(3)
    assert pressed(shown).query == 3
    qtbot.mouseClick(pane.chips, LEFT, pos=pane.chips.place(ROLLOUT).center())
    shown.answer()
    assert shown.views[-1].through == tuple(a.value for a in recording.attention)
    assert "over 2 layers" in shown.said()
