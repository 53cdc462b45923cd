"""The logit lens: what a model would say if it ended after one of its blocks.

nostalgebraist, "interpreting GPT: the logit lens", 2020.
https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct


class LensView(Struct, frozen=True, tag=True):
    """What a pane asks about a residual stream (B, T, C): what the prediction ``value``,
    (B, T, V) logits or (B, classes), would be with the stream as it is at ``given`` in the place of
    ``last``, where the model reads it. It is told of the ``most`` positions from the ``first`` on,
    of the first of a batch; ``probabilities`` if the prediction is a softmax already."""

    tape: int
    value: int
    last: int
    given: int
    first: int
    most: int
    probabilities: bool = False


class Lens(Struct, frozen=True, eq=False, tag=True):
    """The answer: the ``places`` (N, K) along the last axis, the likeliest of each position first,
    and how likely each is, ``chances`` (N, K). ``total`` are the positions that there are."""

    view: LensView
    places: np.ndarray
    chances: np.ndarray
    total: int
