"""The overview of all attention: each small map has the colours of its own weights."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer.core.attention import AttentionLook
from explorer.gui.panes.attention.overview import ModelPart
from explorer.gui.panes.attention.part import Scene, shades_of
from explorer.gui.panes.shades import WEIGHTS
from explorer.gui.theme import DARK
from tests.recordings import gpt


@pytest.mark.parametrize("faint", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_heads_that_are_painted_together_look_as_alone(
    qtbot: QtBot, faint: bool, causal: bool
) -> None:
    part = ModelPart(DARK, 1.0)
    qtbot.addWidget(part)
    recording = gpt()
    look = AttentionLook(show="model", faint=faint)
    scene = Scene(recording, recording.attention[0].value, look)
    random = np.random.default_rng(0)
    maps = random.random((3, 5, 7), np.float32) ** 4
    maps[1, 2, 3], maps[2, 0, 0] = np.nan, np.inf
    hidden = np.triu(np.ones((5, 7), bool), 1) if causal else None
    images = part._images(scene, maps, hidden)
    assert len(images) == 3
    for image, own in zip(images, maps, strict=True):
        assert (image.width(), image.height()) == (7, 5)
        assert image == shades_of(look, own).image(own, DARK, WEIGHTS, hidden)
    assert images[0] != images[1]
