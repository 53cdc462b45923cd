"""Which sizes do not fit where an op was given tensors that it cannot take."""

from __future__ import annotations

import re
from typing import NamedTuple

from explorer.core.graph import Failure
from explorer.core.problem import phrase

_LINEAR = phrase(
    "The forward pass stopped in {op} ({place}), given {shapes}, at {source}: the input has {has} "
    "features, the weight takes {takes}. PyTorch says: {text}"
)
_PRODUCT = phrase(
    "The forward pass stopped in {op} ({place}), given {shapes}, at {source}: a row of the first "
    "has {has} numbers, a column of the second {takes}. PyTorch says: {text}"
)
_CONVOLUTION = phrase(
    "The forward pass stopped in {op} ({place}), given {shapes}, at {source}: the input has {has} "
    "channels, the weight takes {takes}. PyTorch says: {text}"
)
_BESIDE = phrase(
    "The forward pass stopped in {op} ({place}), given {shapes}, at {source}: axis {axis} is {has} "
    "in the first and {takes} in the second; they must be equal, or one of them 1. "
    "PyTorch says: {text}"
)
_PRODUCTS = ("matmul", "mm", "bmm", "mv", "linalg_matmul")
_ELEMENTWISE = (
    "add", "sub", "mul", "div", "pow", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge",
)  # fmt: skip
_CHANNELS = re.compile(r"to have (\d+) channels, but got (\d+) channels")

Shape = tuple[int, ...]


class Misfit(NamedTuple):
    """A template for the sentence, and the sizes in it."""

    text: str
    has: int
    takes: int
    axis: int = 0


def misfit(failure: Failure) -> Misfit | None:
    """What does not fit, None where the shapes do not tell."""
    op, shapes = failure.op.removesuffix("_"), failure.shapes
    if op.startswith("conv"):
        found = _CHANNELS.search(failure.text)  # how many groups it has, the shapes do not say
        return found and Misfit(_CONVOLUTION, int(found[2]), int(found[1]))
    if len(shapes) < 2 or not shapes[0] or not shapes[1]:
        return None
    one, other = shapes[:2]
    if op == "linear" and len(other) == 2 and one[-1] != other[-1]:
        return Misfit(_LINEAR, one[-1], other[-1])
    if op in _PRODUCTS:
        rows = other[-2] if len(other) > 1 else other[-1]
        if one[-1] != rows:
            return Misfit(_PRODUCT, one[-1], rows)
        return _beside(one[:-2], other[:-2], 2) if op.endswith("matmul") else None
    return _beside(one, other, 0) if op in _ELEMENTWISE else None


def _beside(one: Shape, other: Shape, behind: int) -> Misfit | None:
    """The last axis along which two shapes do not go together, counted from the end, where
    ``behind`` more axes lie."""
    for place, (has, takes) in enumerate(zip(reversed(one), reversed(other), strict=False), 1):
        if has != takes and 1 not in (has, takes):
            return Misfit(_BESIDE, has, takes, -place - behind)
    return None
