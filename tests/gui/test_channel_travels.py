"""The filter that is chosen in one pane is the channel that the others begin with."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtWidgets import QApplication, QSlider
from pytestqt.qtbot import QtBot
from torch import nn

from explorer.gui.panes.convolution import ConvolutionPane
from explorer.gui.panes.features import FeaturesPane
from explorer.gui.panes.pane import Pane
from explorer.gui.panes.values import ValuesPane
from explorer.gui.theme import DARK
from explorer.session import intents
from tests.gui.bench import Seat


@pytest.fixture
def seat(qtbot: QtBot) -> Seat[ConvolutionPane]:
    """Two convolutions after each other, with an activation between."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 6, 3))
    given = torch.randn(2, 3, 9, 9)
    made = Seat(qtbot, ConvolutionPane(DARK, 1.0), model, given, size=(400, 640))
    made.step(0)
    return made


def shown(seat: Seat[ConvolutionPane], pane: Pane) -> Pane:
    """Another pane over the same value."""
    seat.bot.addWidget(pane)
    pane.intent.connect(seat.session.take)
    pane.resize(400, 640)
    pane.show()
    seat.session.listen(pane.render)
    pane.render(None, seat.state)
    for _ in range(4):
        QApplication.processEvents()
    return pane


def test_of_a_filter_values_and_features_show_the_channel(seat: Seat[ConvolutionPane]) -> None:
    seat.pane.filter.setValue(5)
    seat.pane.sample.setValue(1)
    seat.settle()
    values = shown(seat, ValuesPane(DARK, 1.0))
    assert [one.value() for one in values.findChildren(QSlider)] == [1, 5]
    features = shown(seat, FeaturesPane(DARK, 1.0))
    assert isinstance(features, FeaturesPane)
    assert features._where.text() == "channel 5"
    seat.step(1)  # the activation after it
    assert features._where.text() == "channel 5"


def test_of_a_channel_the_convolution_shows_the_filter(seat: Seat[ConvolutionPane]) -> None:
    features = shown(seat, FeaturesPane(DARK, 1.0))
    assert isinstance(features, FeaturesPane)
    features.channels.picked.emit(7)
    seat.settle()
    assert seat.pane.filter.value() == 7
    values = shown(seat, ValuesPane(DARK, 1.0))
    slider = values.findChildren(QSlider)[1]
    assert slider.value() == 7
    slider.setValue(2)
    seat.settle()
    assert seat.pane.filter.value() == 2
    assert features._where.text() == "channel 2"


def test_a_number_that_is_told_has_its_filter(seat: Seat[ConvolutionPane]) -> None:
    seat.pane.filter.setValue(5)
    seat.settle()
    assert seat.state.recording is not None
    seat.session.take(intents.Derive(seat.state.recording.events[0].outputs[0], (1, 3, 2, 2)))
    seat.settle()
    assert (seat.pane.filter.value(), seat.pane.sample.value()) == (3, 1)
    seat.pane.filter.setValue(4)  # and it is no longer held there
    seat.settle()
    assert seat.pane.filter.value() == 4
