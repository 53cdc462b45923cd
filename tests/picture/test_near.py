"""What nodes show from near, as data: their words and the pictures of their values."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.core.graph import Recording
from explorer.picture.layout import Layout
from explorer.picture.near import SIDE, glimpse, said, side_by_side, value_of
from explorer.picture.scene import Box
from tests import recordings


def boxes(recording: Recording, opened: bool = True) -> dict[str, Box]:
    every = frozenset(range(len(recording.calls))) if opened else frozenset({0})
    return {box.title: box for box in reversed(Layout(recording).scene(every).boxes)}


def test_a_node_tells_formula_shape_and_weights() -> None:
    recording = recordings.gpt()
    words = said(recording, boxes(recording)["fc1"])
    assert words.formula == "y = x·Wᵀ + b"
    assert words.shape == "B 1 × T 18 × 4C 512"
    assert words.seconds == "18 µs"
    assert words.weights == "weight 512 × 128 · bias 512"


def test_a_closed_module_counts_its_ops_and_shows_its_result() -> None:
    recording = recordings.gpt()
    block = boxes(recording, opened=False)["blocks.0"]
    words = said(recording, block)
    assert words.ops == block.last - block.first + 1 > 1
    assert value_of(recording, block) == recording.events[block.last].outputs[0]
    assert not words.formula


def test_attention_is_shown_rather_than_a_first_result() -> None:
    recording = recordings.gpt()
    softmax = boxes(recording)["softmax"]
    value = value_of(recording, softmax)
    assert value in [one.value for one in recording.attention]
    assert value is not None
    found = glimpse(recording, value)
    assert found is not None
    assert (found.kind, found.tiles) == ("heads", (4, 18, 18))


@pytest.mark.parametrize(
    ("model", "title", "kind", "tiles"),
    [
        (recordings.cnn, "0 · Conv2d", "maps", (12, 8, 8)),
        (recordings.cnn, "x", "maps", (1, 8, 8)),
        (recordings.mlp, "0 · Linear", "bars", (1, 1, 8)),
        (recordings.gpt, "fc1", "plane", (1, 18, SIDE)),
        (recordings.gpt, "view", "maps", (9, 4, 32)),
    ],
)
def test_pictures_suit_their_values(model: object, title: str, kind: str, tiles: object) -> None:
    recording = model()  # type: ignore[operator]
    value = value_of(recording, boxes(recording)[title])
    assert value is not None
    found = glimpse(recording, value)
    assert found is not None
    assert (found.kind, found.tiles) == (kind, tiles)
    assert np.prod(found.view.size) <= 16 * SIDE * SIDE


def test_a_value_without_numbers_has_no_picture() -> None:
    b = recordings.Builder("Empty")
    x = b.op("zeros", [], B=0, C=4)
    assert glimpse(b.finish([x]), x) is None


@pytest.mark.parametrize(("count", "across"), [(1, 1), (4, 4), (16, 8)])
def test_tiles_fill_a_wide_room(count: int, across: int) -> None:
    found, wide, high = side_by_side((count, 10, 10), 100.0, 25.0)
    assert found == across
    assert found * wide <= 100.0
    assert -(-count // found) * high <= 25.0
