"""A table of embeddings as a map, and which rows of it are near each other."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct

Method = Literal["pca", "tsne"]


class TableView(Struct, frozen=True, tag=True):
    """What a pane asks about a ``table`` (V, C): its rows as points of a plane, ``most`` of them.
    ``ids`` is the value that holds the rows used, -1 if there is none."""

    tape: int
    table: int
    ids: int
    most: int
    method: Method = "pca"


class TableMap(Struct, frozen=True, eq=False, tag=True):
    """The answer: ``points`` (N, 2) of the ``rows`` (N,) of ``total``, those that are ``used`` (N,)
    among them. ``share`` is how much of the variance each axis of a PCA has, () of another map."""

    view: TableView
    rows: np.ndarray
    points: np.ndarray
    used: np.ndarray
    total: int
    share: tuple[float, ...]


class NeighboursView(Struct, frozen=True, tag=True):
    """What a pane asks about a ``row`` of a ``table`` (V, C): the ``most`` rows nearest to it."""

    tape: int
    table: int
    row: int
    most: int


class Neighbours(Struct, frozen=True, eq=False, tag=True):
    """The answer: the nearest ``rows`` (N,) by ``cosine`` (N,), the nearest first."""

    view: NeighboursView
    rows: np.ndarray
    cosine: np.ndarray
