"""What is likely to come next, and how one of the likely ones would be drawn."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from explorer.core.graph import Recording


class Sampling(Struct, frozen=True):
    """How a token is drawn: logits are divided by the ``temperature`` (0: always the likeliest);
    of the tokens the ``top_k`` likeliest count (0: all), and of these the fewest that together are
    as likely as ``top_p`` (nucleus sampling, Holtzman et al. 2020)."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0


class Chance(Struct, frozen=True):
    """How likely a place of a last axis is drawn by ``sampling``, of logits or, already, of
    ``probabilities``."""

    sampling: Sampling = Sampling()
    probabilities: bool = False


class PredictionView(Struct, frozen=True, tag=True):
    """What a pane asks about a value whose last axis goes along classes or a vocabulary: the
    ``most`` likeliest at the index ``at`` of the axes before. It holds logits, or ``probabilities``
    already. If that pass was changed, ``base`` is the one without its changes, of which the same is
    told. The place ``drawn`` is told of however likely it is, −1 for none."""

    tape: int
    value: int
    at: tuple[int, ...]
    most: int
    sampling: Sampling = Sampling()
    probabilities: bool = False
    base: int = 0
    drawn: int = -1


class Prediction(Struct, frozen=True, eq=False, tag=True):
    """The answer: the ``places`` (N,) along the last axis, the likeliest first, how likely the
    model takes each to be, ``before`` (N,), and how likely it is drawn, ``after`` (N,). ``kept`` of
    all ``total`` can be drawn at all; ``entropy`` is that of the draw, in bits. ``unchanged`` (N,)
    is how likely each is drawn in the pass without its changes, None if it has none."""

    view: PredictionView
    places: np.ndarray
    before: np.ndarray
    after: np.ndarray
    kept: int
    total: int
    entropy: float
    unchanged: np.ndarray | None = None


def prediction_view(
    recording: Recording, value: int, position: int, most: int, sampling: Sampling, drawn: int = -1
) -> PredictionView:
    """The likeliest classes, or tokens after a position."""
    at = [0] * (len(recording.values[value].shape) - 1)
    if len(at) > 1:
        at[-1] = position
    return PredictionView(
        recording.tape, value, tuple(at), most, sampling,
        probabilities=holds_probabilities(recording, value), base=recording.base, drawn=drawn,
    )  # fmt: skip


def holds_probabilities(recording: Recording, value: int) -> bool:
    """Whether a prediction is the result of a softmax, and no logits."""
    writer = recording.values[value].writer
    return writer >= 0 and recording.events[writer].op == "softmax"
