"""How likely a token is drawn, told from its logit; the numbers are PyTorch's."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.core.explanation import Explanation
from explorer.core.prediction import Chance, Sampling
from explorer.engine.explain.chances import explain_chance

torch.manual_seed(0)
LOGITS = 3 * torch.randn(1, 4, 50)
AT = (0, 2)
ORDER = LOGITS[AT].argsort(descending=True).tolist()


def told(place: int, sampling: Sampling, limit: int = 64) -> Explanation:
    return explain_chance(7, LOGITS, (*AT, place), Chance(sampling), limit)


def number(one: Explanation, symbol: str) -> float:
    return float(next(q.value for q in one.quantities if q.symbol == symbol).real)


@pytest.mark.parametrize("temperature", [1.0, 0.45, 0.02])
def test_it_is_the_softmax_of_the_row_divided_by_the_temperature(temperature: float) -> None:
    row = LOGITS[AT].double()
    wanted = (row / temperature).softmax(0)
    for place in (ORDER[0], ORDER[3]):
        one = told(place, Sampling(temperature))
        assert one.value == pytest.approx(float(wanted[place]), rel=1e-9)
        (term,) = one.terms
        assert (term.ref, term.index) == (7, (*AT, place))
        assert term.cells[0].value == float(LOGITS[(*AT, place)])
        assert number(one, "m") == pytest.approx(float(row.max()))
        powers = ((row - row.max()) / temperature).exp()
        assert number(one, "Z") == pytest.approx(float(powers.sum()), rel=1e-9)
        assert powers[place] / number(one, "Z") == pytest.approx(float(wanted[place]), rel=1e-9)
        assert one.sources[0].axes == (range(1), range(2, 3), range(50))


def test_the_temperature_is_named_where_there_is_one() -> None:
    plain, cold = told(ORDER[0], Sampling()), told(ORDER[0], Sampling(0.5))
    assert plain.formula == "p = softmax(z) = exp(z − m) / Z"
    assert [one.symbol for one in plain.quantities] == ["m", "Z"]
    assert cold.formula == "p = softmax(z / T) = exp((z − m) / T) / Z"
    assert number(cold, "T") == 0.5


def test_only_those_that_are_left_are_added_up() -> None:
    one = told(ORDER[1], Sampling(top_k=3))
    row = LOGITS[AT].double()
    powers = (row - row.max()).exp()[ORDER[:3]]
    assert number(one, "|K|") == 3
    assert number(one, "Z") == pytest.approx(float(powers.sum()))
    assert one.value == pytest.approx(float(powers[1] / powers.sum()))
    Z = one.quantities[-1]
    assert [term.index[-1] for term in Z.terms] == ORDER[:3]
    assert one.note.startswith("K are those that top-k and top-p leave")
    both = next(q for q in told(ORDER[0], Sampling(1, 3, 0.9)).quantities if q.symbol == "|K|")
    assert both.formula == "top-k 3, top-p 0.9"


def test_what_is_cut_is_never_drawn_and_what_is_cold_always() -> None:
    cut = told(ORDER[9], Sampling(top_k=3))
    assert (cut.value, cut.formula) == (0, "p = 0")
    first, second = told(ORDER[0], Sampling(0)), told(ORDER[1], Sampling(0))
    assert (first.value, second.value) == (1, 0)
    assert "always the likeliest" in first.note


def test_probabilities_are_raised_to_powers_and_no_logits() -> None:
    shares = LOGITS.softmax(-1)
    place, sampling = ORDER[2], Sampling(0.5)
    one = explain_chance(7, shares, (*AT, place), Chance(sampling, probabilities=True), 64)
    wanted = (LOGITS[AT].double() / 0.5).softmax(0)[place]
    assert one.formula == "p = (y / m)^(1 / T) / Z"
    assert one.value == pytest.approx(float(wanted), rel=1e-5)
    assert one.terms[0].cells[0].value == pytest.approx(float(shares[(*AT, place)]))


def test_cold_probabilities_do_not_vanish() -> None:
    even = torch.full((50_000,), 1 / 50_000)
    even[7] *= 1.01
    one = explain_chance(7, even, (3,), Chance(Sampling(0.01), probabilities=True), 4)
    power = float(even[3].double() / even[7].double()) ** 100
    assert one.value == pytest.approx(power / (1 + 49_999 * power), rel=1e-9)
    assert number(one, "m") == float(even[7])
    assert number(one, "Z") == pytest.approx(1 + 49_999 * power, rel=1e-9)


@pytest.mark.parametrize(
    ("row", "sampling"),
    [
        ([-math.inf, 0.0, 1.0], Sampling()),
        ([-800.0, 0.0, 1.0], Sampling()),
        ([-15.0, 0.0, 1.0], Sampling(0.02)),
        ([-800.0, 0.0, 1.0], Sampling(1.0, 3)),  # of three
    ],
)
def test_what_is_too_unlikely_for_a_number_is_not_cut(row: list[float], sampling: Sampling) -> None:
    one = explain_chance(7, torch.tensor(row), (0,), Chance(sampling), 64)
    assert (one.value, one.total, one.note) == (0, 0, "")
    assert one.formula.startswith("p = softmax(z")
    assert not any(q.symbol == "|K|" for q in one.quantities)
    assert len(one.quantities[-1].terms) == 3


def test_of_three_that_top_k_leaves_one_may_have_no_chance() -> None:
    row = torch.tensor([-800.0, 0.0, 1.0, -900.0])
    one = explain_chance(7, row, (0,), Chance(Sampling(1.0, 3)), 64)
    assert (one.value, number(one, "|K|")) == (0, 3)
    assert one.formula.startswith("p = softmax(z")
    cut = explain_chance(7, row, (3,), Chance(Sampling(1.0, 3)), 64)
    assert cut.formula == "p = 0"


def test_of_equal_ones_the_first_is_drawn_at_temperature_0() -> None:
    row = torch.tensor([1.0, 2.0, 2.0])
    first, second = (explain_chance(7, row, (place,), Chance(Sampling(0)), 64) for place in (1, 2))
    assert (first.value, second.value) == (1, 0)
    assert first.formula == second.formula == "p = 1 if z is the first m, else 0"
    assert "the first of the likeliest" in second.note


def test_what_is_cut_is_said_to_be() -> None:
    cut = told(4, Sampling(1.0, 2))
    assert cut.value == 0
    assert "not among K" in cut.note
