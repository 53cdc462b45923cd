"""Maps of tables against scikit-learn, neighbours against every cosine."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from explorer.core.problem import Problem
from explorer.core.table import Method, NeighboursView, TableView
from explorer.engine.tables import TSNE_MOST, neighbours, table_map


def asked(most: int = 4000, method: Method = "pca") -> TableView:
    return TableView(tape=1, table=2, ids=3, most=most, method=method)


def table(rows: int, columns: int) -> torch.Tensor:
    torch.manual_seed(rows)
    return torch.randn(rows, columns) * torch.linspace(3, 0.1, columns) + 5


@pytest.mark.parametrize(("rows", "columns"), [(96, 128), (500, 16), (3, 7), (40, 2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_map_is_the_pca_of_scikit_learn(rows: int, columns: int, dtype: torch.dtype) -> None:
    value = table(rows, columns).to(dtype)
    found = table_map(value, None, asked())
    made = PCA(2)
    wanted = made.fit_transform(value.double().numpy())
    wanted *= np.sign((wanted * found.points).sum(0))  # either way along an axis
    np.testing.assert_allclose(found.points, wanted, atol=1e-4)
    np.testing.assert_allclose(found.share, made.explained_variance_ratio_, atol=1e-6)
    assert found.rows.tolist() == list(range(rows))
    assert not found.used.any()


def test_the_same_table_has_the_same_map_however_it_is_asked_for() -> None:
    value = table(300, 12)
    whole, part = table_map(value, None, asked()), table_map(value, None, asked(50))
    assert len(part.rows) == 50
    assert part.total == 300
    np.testing.assert_allclose(part.points, whole.points[part.rows], atol=1e-5)


def test_rows_that_are_used_are_always_shown() -> None:
    ids = torch.tensor([[7, 999, 7], [13, 501, 2]], dtype=torch.int32)
    found = table_map(table(1000, 4), ids, asked(20))
    assert found.rows[found.used].tolist() == [2, 7, 13, 501, 999]
    assert len(found.rows) == 20
    assert sorted(set(found.rows.tolist())) == found.rows.tolist()


@pytest.mark.parametrize("columns", [1, 5])
def test_tables_without_spread(columns: int) -> None:
    found = table_map(torch.full((4, columns), 2.0), None, asked())
    assert found.points.shape == (4, 2)
    assert np.abs(found.points).max() == 0
    assert found.share == (0.0, 0.0)
    single = table_map(torch.tensor([[1.0], [4.0]]), None, asked())
    np.testing.assert_allclose(single.points, [[-1.5, 0], [1.5, 0]])


def test_what_is_not_finite_does_not_spoil_the_rest() -> None:
    value = table(50, 6)
    value[3, 2] = torch.nan
    value[4, 1] = -torch.inf
    assert np.isfinite(table_map(value, None, asked()).points).all()


def test_t_sne_keeps_groups_apart_and_is_the_same_each_time() -> None:
    torch.manual_seed(0)
    value = torch.cat([torch.randn(30, 8) * 0.1 + 9 * n for n in range(3)])
    found = table_map(value, None, asked(method="tsne"))
    points = found.points.reshape(3, 30, 2)
    middles = points.mean(1)
    within = np.linalg.norm(points - middles[:, None], axis=2).max()
    between = min(np.linalg.norm(middles[i] - middles[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    assert between > 2 * within
    assert found.share == ()
    again = table_map(value, None, asked(method="tsne"))
    assert np.array_equal(found.points, again.points)
    assert TSNE_MOST < 4000
    with pytest.raises(Problem, match="at least four"):
        table_map(table(3, 3), None, asked(method="tsne"))


def test_neighbours_are_the_largest_cosines() -> None:
    value = table(60, 9) - 5
    found = neighbours(value, NeighboursView(1, 2, 17, 8))
    rows = value.double().numpy()
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosine = unit @ unit[17]
    best = [row for row in np.argsort(-cosine).tolist() if row != 17][:8]
    assert found.rows.tolist() == best
    np.testing.assert_allclose(found.cosine, cosine[best], rtol=1e-9)
    assert len(neighbours(value[:3], NeighboursView(1, 2, 0, 8)).rows) == 2


def test_what_is_no_table() -> None:
    with pytest.raises(Problem, match="two axes"):
        table_map(torch.ones(2, 2, 2), None, asked())
    with pytest.raises(Problem, match="no row 5"):
        neighbours(torch.ones(2, 2), NeighboursView(1, 2, 5, 8))
    with pytest.raises(Problem, match="meta device"):
        table_map(torch.ones(2, 2, device="meta"), None, asked())
