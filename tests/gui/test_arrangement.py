"""What stays as somebody arranged it when all panels are made anew."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from explorer.session import intents
from tests.gui.test_chance import Asked, app  # noqa: F401 (a fixture)


@pytest.mark.parametrize("change", [intents.SetLanguage("zh"), intents.SetTheme("light")])
def test_another_language_or_theme_leaves_sizes_and_the_tree(
    app: Asked,  # noqa: F811
    change: intents.Intent,
) -> None:
    app.window.resize(1920, 1080)
    app.session.take(intents.StepTo(20, reveal=True))
    app.answer()
    QApplication.processEvents()
    splitter = app.desk._splitter
    total = sum(splitter.sizes())
    splitter.setSizes([total - 650, 650])
    app.desk.outline._tree.expand(app.desk.outline._items["blocks.2"].index())
    QApplication.processEvents()
    before = app.desk.inspector.width(), app.desk.outline.opened
    sight = app.desk.maps.sights
    assert before[0] == 650
    assert before[1] is not None
    assert "blocks.2" in before[1]
    app.session.take(change)
    app.answer()
    QApplication.processEvents()
    assert (app.desk.inspector.width(), app.desk.outline.opened) == before
    assert app.desk.maps.sights == sight
