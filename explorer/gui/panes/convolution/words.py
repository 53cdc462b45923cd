"""The numbers of a convolution in words: one of its products, and how all make the number."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from explorer.core.convolution import Products
from explorer.core.graph import Recording
from explorer.gui.changes.words import set_by_change
from explorer.picture.changes import is_changed
from explorer.picture.numbers import number_text

translate = QCoreApplication.translate


def sum_of(found: Products) -> str:
    """What the channel that is shown adds."""
    return translate("ConvolutionPane", "y[{index}], input channel {number}: Σ {sum}").format(
        index=", ".join(map(str, found.view.index)), number=found.first + found.channel,
        sum=number_text(found.sum, 4),
    )  # fmt: skip


def told_of(found: Products, row: int, column: int) -> str:
    """One of the products, with where its numbers are."""
    at = f"W[{row * found.block[0]}, {column * found.block[1]}]"
    product = number_text(found.products[row, column], 4)
    if found.block != (1, 1):
        return translate("ConvolutionPane", "{place}: {count} products, Σ {sum}").format(
            place=at, count=found.block[0] * found.block[1], sum=product
        )
    weight = number_text(found.weights[row, column], 4)
    if found.unmet[row, column]:
        return translate("ConvolutionPane", "{place} = {weight} meets no input").format(
            place=at, weight=weight
        )
    down, across = found.slide.windows(found.place)
    y = down.places[down.numbers.index(row)]
    x = across.places[across.numbers.index(column)]
    seen = number_text(found.seen[row, column], 4)
    return f"x[{y}, {x}] {seen} × {at} {weight} = {product}"


def all_of(recording: Recording, found: Products) -> str:
    """How the channels and the bias make the number."""
    parts = f"Σ {number_text(found.total - found.offset, 4)}"
    if found.each > 1:
        parts = translate("ConvolutionPane", "{count} channels: {sum}").format(
            count=f"{found.each:,}", sum=parts
        )
    if found.bias >= 0:
        parts += translate("ConvolutionPane", " + bias {bias}").format(
            bias=number_text(found.offset, 4)
        )
    total, number = number_text(found.total, 4), number_text(found.number, 4)
    if total == number:
        return f"{parts} = {number}"
    if is_changed(recording, found.view.value, found.view.index):
        return set_by_change(number, f"{parts} = {total}")
    dtype = recording.values[found.view.value].dtype
    return translate("ConvolutionPane", "{parts} = {total}, rounded to {number} in {dtype}").format(
        parts=parts, total=total, number=number, dtype=dtype
    )
