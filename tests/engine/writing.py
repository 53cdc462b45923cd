"""Letting a model write, as the desktop does; and the same, computed independently."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.core.generation import (
    Drawn,
    continued,
    next_token_view,
    predicts_tokens,
    then_of,
)
from explorer.core.graph import Recording
from explorer.core.prediction import Sampling
from explorer.core.values import Input
from explorer.engine.generating import Generator
from explorer.engine.subject import Subject


class Written(NamedTuple):
    """What was drawn, and the passes from which it was."""

    tokens: tuple[Drawn, ...]
    text: str
    passes: tuple[Recording, ...]

    @property
    def ids(self) -> list[int]:
        return [one.token for one in self.tokens]


def written(
    now: Subject, given: Input, count: int, sampling: Sampling | None = None, seed: int = 0
) -> Written:
    """So many tokens, one pass each."""
    generator, text, tokens, passes = Generator(), "", [], []
    for _ in range(count):
        recording = now.record(given)
        assert predicts_tokens(recording)
        view = next_token_view(recording, sampling or Sampling())
        reply = generator.draw(now, view, seed)
        assert reply.tape == recording.tape
        drawn, text = reply.drawn, reply.text
        given = continued(given, (*then_of(given), drawn.token))
        tokens.append(drawn)
        passes.append(recording)
    return Written(tuple(tokens), text, tuple(passes))


def by_hand(
    logits: Callable[[list[int]], Tensor],
    ids: list[int],
    count: int,
    sampling: Sampling,
    seed: int,
) -> list[int]:
    """The same from the textbook: sorted, cut, and a random number looked up in the sums."""
    numbers = torch.rand(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    drawn: list[int] = []
    for number in numbers.tolist():
        row = logits([*ids, *drawn]).double()
        if sampling.temperature == 0:
            drawn.append(int(row.argmax()))
            continue
        row = row / sampling.temperature
        order = row.argsort(descending=True, stable=True)
        order = order[: sampling.top_k or None]
        chances = row[order].exp() / row[order].exp().sum()
        kept, total = [], 0.0
        for place, chance in zip(order.tolist(), chances.tolist(), strict=True):
            if total >= sampling.top_p and sampling.top_p < 1:
                break
            kept.append((place, chance))
            total += chance
        target, so_far = number * total, 0.0
        for place, chance in sorted(kept):
            so_far += chance
            if so_far > target:
                drawn.append(place)
                break
    return drawn
