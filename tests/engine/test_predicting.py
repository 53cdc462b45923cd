"""What is likely, and how it is drawn: against torch, and against how often it then is drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer.core.prediction import PredictionView, Sampling
from explorer.core.problem import Problem
from explorer.engine.predicting import drawn, likeliest

LOGITS = torch.tensor([2.0, -1.0, 0.5, 3.0, 1.0, -torch.inf], dtype=torch.float64)


def asked(at: tuple[int, ...], most: int = 4, **more: object) -> PredictionView:
    return PredictionView(1, 2, at, most, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_the_likeliest_come_first_with_the_probabilities_of_softmax(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    value = torch.randn(2, 5, 70).to(dtype)
    found = likeliest(value, asked((1, 3), 10))
    wanted = value[1, 3].double().softmax(0)
    assert found.places.tolist() == wanted.argsort(descending=True, stable=True)[:10].tolist()
    np.testing.assert_allclose(found.before, wanted[found.places].numpy(), rtol=1e-12)
    np.testing.assert_allclose(found.after, found.before)
    assert (found.kept, found.total) == (70, 70)
    assert found.entropy == pytest.approx(float(-(wanted * wanted.log2()).sum()))


def test_probabilities_are_taken_as_they_are() -> None:
    value = LOGITS.softmax(0)[None]
    found = likeliest(value, asked((0,), 6, probabilities=True))
    np.testing.assert_allclose(found.before, np.sort(value[0].numpy())[::-1])
    assert found.kept == 5


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
def test_temperature_divides_the_logits(temperature: float) -> None:
    found = drawn(LOGITS, Sampling(temperature))
    torch.testing.assert_close(found, (LOGITS / temperature).softmax(0))


@pytest.mark.parametrize("sampling", [Sampling(0.0), Sampling(1.0, 1), Sampling(1.0, 0, 1e-9)])
def test_the_coldest_and_the_narrowest_take_the_best(sampling: Sampling) -> None:
    assert drawn(LOGITS, sampling).tolist() == [0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("count", [2, 3, 5, 6, 100])
def test_top_k_keeps_so_many(count: int) -> None:
    found = drawn(LOGITS, Sampling(1.0, count))
    best = LOGITS.argsort(descending=True)[:count]
    wanted = torch.zeros_like(LOGITS)
    wanted[best] = LOGITS[best].softmax(0)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("share", [0.3, 0.66, 0.7, 0.9, 0.999])
def test_top_p_keeps_the_fewest_that_are_so_likely(share: float) -> None:
    chances = LOGITS.softmax(0)
    found = drawn(LOGITS, Sampling(1.0, 0, share))
    kept = found > 0
    assert float(chances[kept].sum()) >= share
    if kept.sum() > 1:
        least = chances[kept].min()
        assert float(chances[kept].sum() - least) < share
    torch.testing.assert_close(found[kept], chances[kept] / chances[kept].sum())
    assert chances[kept].min() >= chances[~kept].max()


def test_top_p_keeps_no_more_than_are_exactly_so_likely() -> None:
    even = torch.zeros(4, dtype=torch.float64)  # a quarter each
    for share, kept in ((0.25, 1), (0.5, 2), (0.75, 3), (0.76, 4)):
        assert int((drawn(even, Sampling(1.0, 0, share)) > 0).sum()) == kept


def test_temperature_comes_before_the_cuts() -> None:
    both = drawn(LOGITS, Sampling(3.0, 4, 0.8))
    hot = LOGITS / 3
    hot = torch.where(hot < hot.topk(4).values[-1], -torch.inf, hot)
    torch.testing.assert_close(both, drawn(hot, Sampling(1.0, 0, 0.8)))


def test_what_is_cut_is_told_in_the_order_of_the_model() -> None:
    found = likeliest(LOGITS[None], asked((0,), 6, sampling=Sampling(0.5, 2)))
    assert found.places.tolist() == [3, 0, 4, 2, 1, 5]
    assert found.kept == 2
    assert found.after[2:].tolist() == [0, 0, 0, 0]
    assert found.before[2] > 0


def test_logits_that_are_no_numbers() -> None:
    value = torch.tensor([[1.0, torch.nan, 2.0]])
    found = likeliest(value, asked((0,)))
    assert sorted(found.places.tolist()) == [0, 1, 2]
    assert math.isnan(found.before[0])
    cold = drawn(value[0], Sampling(0.0))
    assert cold.tolist() == [0, 0, 1]


@pytest.mark.parametrize("at", [(), (5,), (0, 0), (-1,)])
def test_there_must_be_such_a_row(at: tuple[int, ...]) -> None:
    with pytest.raises(Problem, match="no row"):
        likeliest(torch.ones(5, 3), asked(at))


def test_no_more_travels_than_is_shown() -> None:
    found = likeliest(torch.randn(1, 3, 50_000), asked((0, 2), 12))
    assert found.places.nbytes + found.before.nbytes + found.after.nbytes == 12 * 3 * 8


def test_of_a_changed_pass_it_is_told_how_likely_each_was_before() -> None:
    value, base = LOGITS[None], LOGITS.flip(0)[None]
    sampling = Sampling(2.0, 4)
    found = likeliest(value, asked((0,), 6, sampling=sampling), base)
    assert found.unchanged is not None
    np.testing.assert_allclose(found.unchanged, drawn(base[0], sampling).numpy()[found.places])
    np.testing.assert_allclose(found.after, drawn(value[0], sampling).numpy()[found.places])
    assert likeliest(value, asked((0,), 6, sampling=sampling)).unchanged is None


def test_a_drawn_place_is_told_of_however_unlikely_it_is() -> None:
    value = LOGITS[None]
    assert likeliest(value, asked((0,), 3)).places.tolist() == [3, 0, 4]
    assert likeliest(value, asked((0,), 3, drawn=0)).places.tolist() == [3, 0, 4]
    found = likeliest(value, asked((0,), 3, drawn=1))
    assert found.places.tolist() == [3, 0, 1]
    np.testing.assert_allclose(found.before, LOGITS.softmax(0)[found.places].numpy())


@pytest.mark.parametrize("row", [[math.nan, 1.0, 2.0], [math.inf, 1.0, 2.0], [-math.inf] * 3])
def test_what_is_no_distribution_has_no_entropy(row: list[float]) -> None:
    found = likeliest(torch.tensor([row]), PredictionView(1, 0, (0,), 3))
    assert (found.kept, found.total) == (0, 3)
    assert math.isnan(found.entropy)


def test_what_is_certain_has_an_entropy_of_0_without_a_sign() -> None:
    found = likeliest(torch.tensor([[1e4, 0.0, 0.0]]), PredictionView(1, 0, (0,), 3))
    assert f"{found.entropy:.2f}" == "0.00"
