from __future__ import annotations

import pytest

from explorer.core.plane import Plane
from explorer.picture.numbers import (
    bytes_text,
    count_text,
    even_text,
    number_text,
    seconds_text,
    shape_text,
)
from explorer.picture.plane import fitted, plane_view
from explorer.picture.readout import axis_labels, line_view, panes_for, stack_view
from tests.recordings import cnn, gpt, mlp


def test_the_pane_in_front() -> None:
    recording = gpt()
    first = {e.op: panes_for(recording, e.outputs[0])[0] for e in recording.events}
    assert first["softmax"] == "attention"
    assert first["layer_norm"] == "values"
    assert panes_for(recording, recording.prediction)[0] == "prediction"
    pictures = cnn()
    first = {e.op: panes_for(pictures, e.outputs[0])[0] for e in pictures.events}
    assert first["conv2d"] == "features"
    assert first["max_pool2d"] == "features"
    small = mlp()
    assert panes_for(small, small.events[0].outputs[0])[0] == "vector"


def test_scores_are_not_feature_maps() -> None:
    recording = gpt()
    scores = recording.events[recording.attention[0].event].inputs[0]
    assert "features" not in panes_for(recording, scores)


def test_every_value_has_numbers_and_a_distribution() -> None:
    for recording in (gpt(), mlp(), cnn()):
        for index in range(len(recording.values)):
            panes = panes_for(recording, index)
            assert panes.index("values") + 1 == panes.index("distribution")


def test_what_a_convolution_gave_and_its_weights_show_that_after_their_numbers() -> None:
    pictures = cnn()
    for index, value in enumerate(pictures.values):
        panes = panes_for(pictures, index)
        made = value.writer >= 0 and pictures.events[value.writer].op == "conv2d"
        weight = value.kind == "parameter" and len(value.shape) == 4
        assert ("convolution" in panes) == (made or weight)
        if made or weight:
            assert panes[0] == ("features" if made else "values")


@pytest.mark.parametrize("recording", [gpt(), mlp(), cnn()], ids=["gpt", "mlp", "cnn"])
def test_views_fit_their_values(recording) -> None:  # type: ignore[no-untyped-def]
    for index, value in enumerate(recording.values):
        for view in (
            plane_view(1, index, fitted(Plane(), value), (50, 60), (value.dtype,)),
            stack_view(recording, index, 8, 32),
            line_view(recording, index, (), 40),
        ):
            assert len(view.at) == len(value.shape)
            assert all(0 <= i < n for i, n in zip(view.at, value.shape, strict=True))
            assert len(view.keep) == len(view.size) == len(set(view.keep))
            assert len(view.keep) <= 3


def test_tokens_label_their_axis_and_nothing_else() -> None:
    recording = gpt()
    value = recording.attention[0].value
    rank = len(recording.values[value].shape)
    assert axis_labels(recording, value, rank - 1) == recording.labels["T"]
    assert axis_labels(recording, value, 0) == ()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (count_text(9_999), "9,999"),
        (count_text(12_400), "12.4 K"),
        (count_text(809_000), "809 K"),
        (count_text(124_439_808), "124 M"),
        (count_text(999_999), "1.0 M"),
        (bytes_text(7_782), "7.6 KB"),
        (bytes_text(3), "3 B"),
        (bytes_text(1 << 30), "1.0 GB"),
        (seconds_text(0.0), "0 µs"),
        (seconds_text(2e-8), "< 0.1 µs"),
        (seconds_text(0.42e-6), "0.4 µs"),
        (seconds_text(0.96e-6), "1 µs"),
        (seconds_text(21e-6), "21 µs"),
        (seconds_text(2.4e-3), "2.4 ms"),
        (seconds_text(125), "2:05 min"),
        (even_text(0.124, 2.49, 3), "0.12"),
        (even_text(-0.5, 2.49, 3), "−0.50"),
        (even_text(-0.001, 2.49, 3), "0.00"),
        (even_text(12.0, 345.0, 3), "12"),
        (even_text(float("nan"), 2.49, 3), "NaN"),
        (number_text(0.41249), "0.4125"),
        (number_text(float("nan")), "NaN"),
        (number_text(-3.2e-7), "−3.20e−07"),
        (number_text(3.0), "3"),
        (number_text(float("-inf")), "−∞"),
        (shape_text((1, 4, 18), ("B", "heads", "")), "(B 1, heads 4, 18)"),
        (shape_text(()), "scalar"),
    ],
)
def test_numbers_as_people_read_them(said: str, text: str) -> None:
    assert said == text
