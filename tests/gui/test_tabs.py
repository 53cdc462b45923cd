"""The bar of tabs: whatever suits a value fits into it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from explorer.gui.tabs import Tabs
from explorer.gui.theme import DARK

ENGLISH = {
    "prediction": "Prediction", "lens": "Lens", "features": "Features", "neurons": "Neurons",
    "recurrent": "Recurrent", "vector": "Bars", "values": "Values", "distribution": "Distribution",
}  # fmt: skip
CHINESE = dict(
    zip(
        ENGLISH, ("预测", "透镜", "特征图", "神经元", "循环", "条形图", "数值", "分布"), strict=True
    )
)


@pytest.mark.parametrize("names", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize(
    "offered",
    [
        ("values", "distribution"), ("neurons", "vector", "values", "distribution"),
        ("prediction", "lens", "neurons", "values", "distribution"),
        ("prediction", "neurons", "recurrent", "vector", "values", "distribution"),
    ],
    ids=["few", "neurons", "logits", "many"],
)  # fmt: skip
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_words_fit(
    qtbot: QtBot, names: dict[str, str], offered: tuple[str, ...], scale: float
) -> None:
    tabs = Tabs(DARK, scale, names)
    qtbot.addWidget(tabs)
    high = tabs.height()
    tabs.resize(round(368 * scale), high)
    tabs.show()
    tabs.offer(offered)
    QApplication.processEvents()
    assert tabs.there == [name for name in names if name in offered]
    for name in tabs.there:
        button = tabs.findChild(QPushButton, f"pane-{name}")
        assert button is not None
        room = button.fontMetrics().horizontalAdvance(button.text())
        assert button.width() >= room, name
        assert button.geometry().right() < tabs.width()
    assert tabs.height() == high


def test_a_click_asks_for_a_pane(qtbot: QtBot) -> None:
    tabs = Tabs(DARK, 1.0, ENGLISH)
    qtbot.addWidget(tabs)
    tabs.show()
    tabs.offer(("values", "neurons"))
    assert tabs.chosen == ""
    button = tabs.findChild(QPushButton, "pane-neurons")
    assert button is not None
    with qtbot.waitSignal(tabs.picked) as said:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert said.args == ["neurons"]
    tabs.choose("values")
    assert tabs.chosen == "values"
