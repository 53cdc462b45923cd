"""What is likely to come next, reduced where the logits are."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.core.prediction import Prediction, PredictionView, Sampling
from explorer.core.problem import Problem, phrase
from explorer.engine.values import plain


def likeliest(tensor: Tensor, view: PredictionView, base: Tensor | None = None) -> Prediction:
    """Answer a view of ``tensor`` (…, V), which was ``base`` before somebody changed the pass.
    Raises Problem if there is no such index."""
    real = plain(tensor)
    inside = all(0 <= i < n for i, n in zip(view.at, real.shape, strict=False))
    if len(view.at) != real.dim() - 1 or not inside:
        raise Problem("engine", phrase("The value has no row {at}."), at=list(view.at))
    logits = logits_at(real, view)
    before, after = logits.softmax(0), drawn(logits, view.sampling)
    places = before.nan_to_num(-1.0).argsort(descending=True, stable=True)[: view.most]
    if 0 <= view.drawn < len(logits) and not (places == view.drawn).any():
        places[-1] = view.drawn
    likely = after[after > 0]
    was = None if base is None else drawn(logits_at(plain(base), view), view.sampling)[places]
    return Prediction(
        view=view, places=places.cpu().numpy(), before=before[places].cpu().numpy(),
        after=after[places].cpu().numpy(), kept=len(likely), total=len(logits),
        entropy=float(-(likely * likely.log2()).sum()),
        unchanged=None if was is None else was.cpu().numpy(),
    )  # fmt: skip


def logits_at(real: Tensor, view: PredictionView) -> Tensor:
    """The row (V,) that a view is about, as logits."""
    row = real[view.at]  # (V,)
    row = row.double() if row.device.type != "mps" else row.float()
    return row.log() if view.probabilities else row


def drawn(logits: Tensor, sampling: Sampling) -> Tensor:
    """How likely each of (V,) logits is drawn, (V,)."""
    if sampling.temperature <= 0:
        best = logits.nan_to_num(-torch.inf).argmax()
        return torch.zeros_like(logits).index_fill(0, best, 1.0)
    logits = (logits - logits.max()) / sampling.temperature  # none overflows, however cold
    if 0 < sampling.top_k < len(logits):
        least = logits.topk(sampling.top_k).values[-1]
        logits = torch.where(logits < least, -torch.inf, logits)
    chances = logits.softmax(0)
    if sampling.top_p < 1:
        sorted_, order = chances.sort(descending=True, stable=True)
        kept = sorted_.cumsum(0) - sorted_ < sampling.top_p
        kept[0] = True  # the likeliest always is
        chances = torch.zeros_like(chances).scatter(0, order, torch.where(kept, sorted_, 0))
        chances = chances / chances.sum()
    return chances
