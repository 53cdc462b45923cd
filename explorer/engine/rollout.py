"""Attention rollout: how much every token of the input counts at a layer, through all before it.

Abnar & Zuidema, "Quantifying Attention Flow in Transformers", 2020.
https://arxiv.org/abs/2005.00928
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from msgspec.structs import replace
from torch import Tensor

from explorer.core.problem import Problem, phrase
from explorer.core.values import Reading, View
from explorer.engine.values import Spans, plane_of, read

_KEPT = 1 << 28  # bytes of rollouts that are remembered


def rollout(maps: Iterable[Tensor], before: Tensor | None = None) -> Tensor:
    """The product over layers, the last one leftmost, of ½A + ½I with rows normalised, (T, T).

    ``maps`` are (T, T) each, averaged over heads, from the first layer on; ``before`` is the
    rollout of the layers before them. A query that looks at nothing (NaN) keeps to itself. Raises
    Problem where a map is not square or not as large as the others.
    """
    made = before
    for one in maps:
        if one.shape[-1] != one.shape[-2] or (made is not None and one.shape != made.shape):
            raise Problem(
                "input",
                phrase("A rollout needs square maps of one size; one is {rows} × {columns}."),
                phrase("Look at a head, or at the mean of the heads."),
                rows=one.shape[-2], columns=one.shape[-1],
            )  # fmt: skip
        kind = one.dtype if one.dtype is torch.float64 else torch.float32
        mixed = one.to(kind).nan_to_num(0.0) * 0.5
        mixed.diagonal().add_(0.5)
        mixed /= mixed.sum(-1, keepdim=True)
        made = mixed if made is None else mixed @ made
    if made is None:
        raise ValueError("a rollout is of one map at least")
    return made


class Rollouts:
    """The rollouts that were looked at last, so that the next layer costs one product, and to look
    around in one costs none. A value of a tape never changes."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Tensor] = {}

    def read(self, view: View, value: Callable[[int], Tensor], spans: Spans) -> Reading:
        """Answer a view that looks ``through`` maps, of which ``value(ref)`` gives each."""
        made = self._of(view, view.through, value)
        flat = replace(view, keep=(0, 1), at=(0, 0), along=())
        return replace(read(made, flat, spans=spans), view=view)

    def _of(self, view: View, through: tuple[int, ...], value: Callable[[int], Tensor]) -> Tensor:
        where = (view.tape, view.keep, view.at, view.along)
        key = (*where, through)
        if key not in self._known:
            known = max(
                (n for n in range(1, len(through)) if (*where, through[:n]) in self._known),
                default=0,
            )
            before = self._known[(*where, through[:known])] if known else None
            plane = replace(view, window=(), take=())
            maps = (plane_of(value(ref), plane) for ref in through[known:])
            self._known[key] = rollout(maps, before)
        self._known[key] = self._known.pop(key)  # the newest is last
        while len(self._known) > 1 and sum(t.nbytes for t in self._known.values()) > _KEPT:
            del self._known[next(iter(self._known))]
        return self._known[key]
