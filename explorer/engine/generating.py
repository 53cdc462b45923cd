"""Drawing the token that comes after a pass, of a model that certainly predicts it."""

from __future__ import annotations

import math
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from explorer.core.generation import Drawn, continued, then_of
from explorer.core.messages import TokenDrawn
from explorer.core.prediction import PredictionView
from explorer.core.problem import Problem, phrase
from explorer.engine.feeds import Tokens, row_of_tokens
from explorer.engine.predicting import drawn, logits_at
from explorer.engine.subject import Pass, Subject
from explorer.engine.values import plain

_ROUNDING = 16 * torch.finfo(torch.float32).eps  # of the largest number: no device computes better


class Generator:
    """Draws tokens. Of every model it finds out once whether it predicts the next token: that it
    gives, for every token of a row, a number for each of a vocabulary, is true of encoders too, but
    these look ahead."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Subject, set[type]] = WeakKeyDictionary()

    def draw(self, subject: Subject, view: PredictionView, seed: int) -> TokenDrawn:
        """The token after the last one of a pass. Raises Problem (kind ``generate``)."""
        kept = subject.passed(view.tape)
        tokens = self._tokens(subject, kept, view)
        then = then_of(kept.given)
        row = logits_at(plain(subject.value(view.tape, view.value)), view)
        likely, chances = row.softmax(0), drawn(row, view.sampling)
        if likely.isnan().any():  # also of what is −∞ everywhere, or +∞ somewhere
            raise Problem(
                "generate",
                phrase("No token can be drawn: the prediction holds NaN, +∞ or nothing at all."),
                phrase("F9 finds where it comes up."),
            )
        token = choose(chances, seed, len(then))
        one = Drawn(
            token=token, name=kept.labels["V"][token], chance=float(chances[token]),
            likely=float(likely[token]), ends=token in tokens.ends,
        )  # fmt: skip
        return TokenDrawn(tape=view.tape, drawn=one, text=tokens.text((*then, token)))

    def _tokens(self, subject: Subject, kept: Pass, view: PredictionView) -> Tokens:
        """The tokens of a pass whose model predicts the next one. Raises Problem."""
        tokens = subject.feed.tokens(kept.given)
        if tokens is None or view.value not in kept.tape.outputs:
            raise Problem(
                "generate",
                phrase("Nothing can be written here: no single row of tokens (1, T) is read."),
            )
        known = self._known.setdefault(subject, set())
        if type(kept.given) not in known and _is_told(subject, kept, view.value):
            known.add(type(kept.given))
        return tokens


def choose(chances: Tensor, seed: int, number: int) -> int:
    """One of (V,) by their chances: where random number ``number`` of the seed, 0 … 1, falls
    among their sums. It is the same for the same chances on any device."""
    random = torch.Generator().manual_seed(seed)
    at = torch.rand(number + 1, generator=random, dtype=torch.float64)[-1]
    sums = chances.cpu().double().cumsum(0)
    return int(torch.searchsorted(sums, at * sums[-1], right=True))  # the product is below the sum


def _is_told(subject: Subject, kept: Pass, value: int) -> bool:
    """Whether a model certainly does not look ahead; in a window of one token there is nothing to
    tell it by. Raises Problem for one that does: another token at the end changes what it says at
    those before."""
    place = kept.tape.outputs.index(value)
    count = len(kept.labels["V"])
    if count == 1:  # there is no other token
        return True

    def said(last: int) -> Tensor:
        with torch.random.fork_rng(range(torch.cuda.device_count())):
            torch.manual_seed(0)  # what it draws itself, as by dropout, is no difference
            return _said(subject, kept, last, place)

    # the first tokens are special, and alike where nobody uses them
    one, other = said(0), said(count // 2)
    if not _differ(one, other):
        return one.numel() > 0
    if _differ(one, said(0)):
        raise _keeps_state()
    raise Problem(
        "looks ahead",
        phrase("This model does not write: what it says at a token depends on those after it."),
        phrase("Open a model that predicts the next token, as GPT does."),
    )


def _differ(one: Tensor, other: Tensor) -> bool:
    """Whether numbers are further apart than by rounding."""
    if one.shape != other.shape:
        return False
    apart = ~((one == other) | (one.isnan() & other.isnan()))  # two infinities are not
    one, other = one[apart], other[apart]
    if not one.numel():
        return False
    far, largest = float((one - other).abs().max()), float(one.abs().max())
    return not math.isfinite(far) or far > _ROUNDING * largest


def _keeps_state() -> Problem:
    return Problem(
        "generate",
        phrase(
            "This model does not write: it keeps a state of its own from pass to pass, so the same"
            " tokens give something else each time."
        ),
        phrase("Open it without that state, such as keys and values of earlier passes."),
    )


def _said(subject: Subject, kept: Pass, last: int, place: int) -> Tensor:
    """What a model says at all tokens but the last, (T − 1, V), with that token as the last; 0 at
    those that a mask hides: what it says there is of no text."""
    given = continued(kept.given, (*then_of(kept.given), last))
    tape = subject.run_once(given)
    if tape.failure is None:
        said = plain(tape.value(tape.outputs[place]))[0, :-1].float()
        row = row_of_tokens(subject.feed.arguments(given))
        for mask in row.masks if row is not None else ():
            said = said.masked_fill(mask[0, :-1, None] == 0, 0.0)
        return said
    if subject.run_once(kept.given).failure is not None:  # which went well once
        raise _keeps_state()
    raise Problem(
        "generate",
        phrase("The model cannot be given one more token: {text}."),
        phrase("Try a shorter input."),
        text=tape.failure.text.rstrip("."),
    )
