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
    likely = after[(after > 0) | after.isnan()]
    was = None if base is None else drawn(logits_at(plain(base), view), view.sampling)[places]
    return Prediction(
        view=view, places=places.cpu().numpy(), before=before[places].cpu().numpy(),
        after=after[places].cpu().numpy(), kept=int((after > 0).sum()), total=len(logits),
        entropy=float((0 - (likely * likely.log2()).sum()).clamp(min=0)),
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
    return torch.where(left(logits, sampling), _scaled(logits, sampling), -torch.inf).softmax(0)


def left(logits: Tensor, sampling: Sampling) -> Tensor:
    """Which of (V,) logits top-k and top-p leave at a temperature above 0, (V,); of NaN all."""
    scaled = _scaled(logits, sampling)
    kept = torch.ones_like(logits, dtype=torch.bool)
    if 0 < sampling.top_k < len(scaled):
        kept = ~(scaled < scaled.topk(sampling.top_k).values[-1])
    if sampling.top_p < 1:
        chances = torch.where(kept, scaled, -torch.inf).softmax(0)
        sorted_, order = chances.sort(descending=True, stable=True)
        enough = sorted_.cumsum(0) - sorted_ >= sampling.top_p
        enough[0] = False  # the likeliest always is left
        kept = kept & torch.empty_like(kept).scatter(0, order, ~enough)
    return kept


def _scaled(logits: Tensor, sampling: Sampling) -> Tensor:
    """Divided by the temperature; none overflows, however cold."""
    return (logits - logits.max()) / sampling.temperature
