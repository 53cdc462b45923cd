"""Generating: a token is drawn from what a pass predicts, and the next pass is of one more."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from explorer.core.graph import Recording
from explorer.core.prediction import PredictionView, Sampling, prediction_view
from explorer.core.values import Continued, Input

LARGEST_SEED = 2**31 - 1


class Drawn(Struct, frozen=True):
    """A token that was drawn: its number in the vocabulary, and what it is called there; how likely
    it was to be drawn, ``chance``, and how likely the model takes it to be. ``ends`` tells that the
    text is over with it."""

    token: int
    name: str
    chance: float
    likely: float
    ends: bool


def then_of(given: Input | None) -> tuple[int, ...]:
    """The tokens that were drawn and are a part of an input."""
    return given.then if isinstance(given, Continued) else ()


def continued(given: Input, then: tuple[int, ...]) -> Input:
    """An input with these tokens after it, in the place of those that it has."""
    return replace(given, then=then) if isinstance(given, Continued) else given


def predicts_tokens(recording: Recording) -> bool:
    """Whether a pass gives numbers for every token of a vocabulary at every token that it reads."""
    value, labels = recording.prediction, recording.labels
    if value < 0 or not isinstance(recording.input, Continued):
        return False
    return recording.values[value].shape == (1, len(labels.get("T", ())), len(labels.get("V", ())))


def looks_ahead(recording: Recording) -> bool:
    """Whether what a pass says at a token certainly depends on those after it: an attention map
    over its tokens sees them. Such a model speaks of the token that is there, not of the next."""
    if not predicts_tokens(recording):
        return False
    count = recording.values[recording.prediction].shape[1]
    named = any(recording.values[recording.prediction].axes)
    for one in recording.attention:
        what = recording.values[one.value]
        over = what.axes[-2:] == ("T", "T") if named else "S" not in recording.labels
        if over and count > 1 and what.shape[-2:] == (count, count) and one.ahead:
            return True
    return False


def next_token_view(recording: Recording, sampling: Sampling) -> PredictionView:
    """What comes after the last token of a pass that `predicts_tokens`."""
    last = recording.values[recording.prediction].shape[1] - 1
    return prediction_view(recording, recording.prediction, last, 1, sampling)
