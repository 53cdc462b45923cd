"""Tables of embeddings: maps of their rows by PCA or t-SNE, and nearest neighbours."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.core.problem import Problem, phrase
from explorer.core.table import Neighbours, NeighboursView, TableMap, TableView
from explorer.engine.values import plain

TSNE_MOST = 1500  # rows: it takes a time that grows with their square


def table_map(table: Tensor, ids: Tensor | None, view: TableView) -> TableMap:
    """Rows of a table (V, C) as points. Raises Problem if it is none, or has no finite numbers."""
    rows = _rows(table)
    total = len(rows)
    used = torch.zeros(total, dtype=torch.bool, device=rows.device)
    if ids is not None:
        places = ids.detach().reshape(-1).to(rows.device, torch.int64)
        used[places[(places >= 0) & (places < total)]] = True
    most = min(view.most, TSNE_MOST) if view.method == "tsne" else view.most
    chosen = _chosen(used, most)
    share: tuple[float, ...] = ()
    if view.method == "tsne":
        points = _tsne(rows[chosen].cpu().numpy())
    else:
        found, share = _pca(rows, chosen)
        points = found.cpu().numpy()
    return TableMap(
        view=view, rows=chosen.cpu().numpy(), points=points.astype(np.float32),
        used=used[chosen].cpu().numpy(), total=total, share=share,
    )  # fmt: skip


def neighbours(table: Tensor, view: NeighboursView) -> Neighbours:
    """The rows of a table (V, C) nearest to one of them by cosine, without itself."""
    rows, row = _rows(table), view.row
    if not 0 <= row < len(rows):
        raise Problem("engine", phrase("The table has no row {row}."), row=row)
    cosine = torch.nn.functional.cosine_similarity(rows, rows[row][None], dim=1)
    cosine[row] = -torch.inf
    best = cosine.argsort(descending=True, stable=True)[: min(view.most, len(rows) - 1)]
    nearness = cosine[best].double()
    return Neighbours(view=view, rows=best.cpu().numpy(), cosine=nearness.cpu().numpy())


def _rows(table: Tensor) -> Tensor:
    """The rows (V, C), exact; what is not finite as 0."""
    if table.dim() != 2:
        raise Problem("engine", phrase("A table of embeddings has two axes."))
    rows = plain(table)
    rows = rows.float() if rows.device.type == "mps" else rows.double()
    return rows.nan_to_num(0.0, 0.0, 0.0)


def _chosen(used: Tensor, most: int) -> Tensor:
    """The places (N,) of the rows that are shown: those used, and an even sample of the others."""
    total = len(used)
    if total <= most:
        return torch.arange(total, device=used.device)
    mine = used.nonzero()[:, 0][:most]
    others = (~used).nonzero()[:, 0]
    room = most - len(mine)
    if room:
        some = torch.linspace(0, len(others) - 1, room, device=used.device).round().long()
        mine = torch.cat([mine, others[some.unique()]])
    return mine.sort().values


def _pca(rows: Tensor, chosen: Tensor) -> tuple[Tensor, tuple[float, ...]]:
    """Points (N, 2) of the chosen rows along the two directions in which all rows differ most, and
    the share of the variance along each. Their sign is such that the largest part is positive."""
    centred = rows - rows.mean(0)
    spread = centred.T @ centred  # (C, C)
    sizes, ways = torch.linalg.eigh(spread.cpu() if rows.device.type == "mps" else spread)
    two = ways[:, -2:].flip(1).to(rows.device)  # (C, 2), or (1, 1) of a table of single numbers
    two = two * two.gather(0, two.abs().argmax(0, keepdim=True)).sign()
    points = centred[chosen] @ two
    if points.shape[1] < 2:
        points = torch.cat([points, torch.zeros_like(points)], 1)
    whole = float(sizes.sum())
    found = [*sizes[-2:].flip(0).clamp(min=0).tolist(), 0.0][:2]
    return points, tuple(one / whole if whole > 0 else 0.0 for one in found)


def _tsne(rows: np.ndarray) -> np.ndarray:
    """Points (N, 2) that keep near what is near (van der Maaten & Hinton 2008)."""
    if len(rows) < 4:
        raise Problem("engine", phrase("t-SNE needs at least four rows."))
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(rows) - 1) / 3)
    made = TSNE(n_components=2, perplexity=perplexity, init="pca", random_state=0)
    points: np.ndarray = made.fit_transform(rows)
    return points
