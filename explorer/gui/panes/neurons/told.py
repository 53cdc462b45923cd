"""The numbers of a layer as a figure has them, and the sum of one of its neurons in words."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication

from explorer.core.graph import Recording
from explorer.core.neurons import Neurons
from explorer.gui.changes.words import left_by_change, set_by_change
from explorer.gui.figure.sums import lines_of, name_of
from explorer.picture.changes import is_changed
from explorer.picture.figure import Figure
from explorer.picture.linear import Layer, held_by
from explorer.picture.numbers import number_text


class Told:
    """The numbers of a layer by the names that a figure has for them. Lines may be ``products``,
    sums those that were ``computed`` and not what somebody made of them."""

    def __init__(self, told: Neurons, products: bool = False, computed: bool = False) -> None:
        weights, begun, values = told.weights, told.begun, told.values
        if computed:  # as if nobody had changed what came of it
            begun = told.sums
            values = begun if told.view.begun == told.view.value else values
        if products:
            weights = told.view.alpha * weights * told.read
        self._numbers = {
            "value/0": told.read, "value/1": values, "begun/1": begun,
            "weights/1": weights, "bias/1": told.biases if told.biases.size else None,
            "largest/1": told.largest, "sums/1": told.sums,
        }  # fmt: skip

    def of(self, name: str) -> np.ndarray | None:
        """The numbers of that name."""
        return self._numbers.get(name)


def sum_of(figure: Figure, told: Neurons, n: int, layer: Layer, recording: Recording) -> str:
    """How the number of the neuron at place ``n`` came about, in a line: the sum, the largest of
    all its terms, what the ops after it make of it, and what somebody changed."""
    index = (*told.view.at, int(told.of[n]))
    summed = any(is_changed(recording, one, index) for one in (layer.product, layer.begun))
    more = QCoreApplication.translate("NeuronsPane", "{count} more")
    said = lines_of(
        figure, Told(told, computed=summed), 1, n, lambda count: more.format(count=count)
    )
    sums, after = (said[:-1], said[-1:]) if layer.lines else (said, [])
    parts = [" ".join(map(str.strip, some)) for some in (sums, after) if some]
    if summed:
        say = set_by_change if is_changed(recording, layer.begun, index) else left_by_change
        parts[0] = say(number_text(float(told.begun[n])), parts[0])
    if after and any(is_changed(recording, one, index) for one in (*layer.between, layer.value)):
        say = set_by_change if is_changed(recording, layer.value, index) else left_by_change
        word = after[0].strip().partition(" → ")[0]
        parts[-1] = f"{word} → {say(number_text(float(told.values[n])))}"
    return f"{name_of(figure.pieces[1], n)}: {'; '.join(parts)}"


def given_of(figure: Figure, told: Neurons, n: int, layer: Layer, recording: Recording) -> str:
    """The number of a neuron before the layer, and what somebody has to do with it."""
    number = number_text(float(told.read[n]))
    index = (*told.view.at, int(told.before[n]))
    said = f" = {number}"
    if is_changed(recording, layer.given, index):
        said = f": {set_by_change(number)}"
    elif any(is_changed(recording, one, index) for one in held_by(recording, layer.given)):
        said = f": {left_by_change(number)}"
    return f"{name_of(figure.pieces[0], n)}{said}"
