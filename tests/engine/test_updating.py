"""The formula of an update gives the number that torch's own optimizer gave."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from explorer.core.explanation import Explanation, written
from explorer.engine.iteration import Update
from explorer.engine.updating import explain_update, values_of
from tests.engine.learning import run, spirals
from tests.engine.test_iteration import PLANS


def told(update: Update, index: tuple[int, ...], wanted: str) -> Explanation:
    refs = {name: 100 + n for n, name in enumerate(values_of(update))}
    return explain_update(update, refs, wanted, index, None)


def updates(done: int = 5, /, **plan: Any) -> dict[str, Update]:
    made = spirals(**plan)
    run(made, done)
    return made.iterate().updates


@pytest.mark.parametrize("plan", PLANS, ids=str)
@pytest.mark.parametrize("more", [{}, {"weight_decay": 0.02}, {"max_norm": 0.05}], ids=str)
def test_terms_add_up_to_what_torch_gave(plan: dict[str, Any], more: dict[str, Any]) -> None:
    for name, update in updates(**plan, **more).items():
        values = values_of(update)
        made = [one for one in values if one == "change" or one.endswith("after")]
        for wanted in made:
            for index in torch.cartesian_prod(*map(torch.arange, update.before.shape)).view(
                -1, update.before.dim()
            ):
                place = tuple(index.tolist())
                explained = told(update, place, wanted)
                number = values[wanted][place].item()
                assert explained.value == number
                assert explained.ref == 100 + list(values).index(wanted)
                size = max(abs(term.value) for term in explained.terms)
                assert explained.total == pytest.approx(number, rel=1e-6, abs=size * 1e-6), name
                assert explained.exact
                for term in explained.terms:
                    for cell in term.cells:
                        source = list(values.values())[cell.ref - 100]
                        assert cell.value == source[cell.index].item()


def test_the_first_update_of_every_optimizer_adds_up_too() -> None:
    for plan in PLANS:
        for update in updates(0, **plan).values():
            explained = told(update, (0,) * update.before.dim(), "after")
            assert explained.total == pytest.approx(explained.value, rel=1e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_momentum_that_was_switched_off_is_in_no_formula(optimizer: str) -> None:
    made = spirals(optimizer=optimizer, momentum=0.9)
    run(made, 3)
    made.change(made.plan.model_copy(update={"momentum": 0.0}))
    for update in made.iterate().updates.values():
        assert "momentum_buffer" not in update.state
        explained = told(update, (0,) * update.before.dim(), "after")
        assert explained.total == pytest.approx(explained.value, rel=1e-6)


def test_clipping_by_a_norm_that_is_no_number_leaves_none() -> None:
    made = spirals(optimizer="sgd", max_norm=0.05)
    with torch.no_grad():
        made.model.get_parameter("layers.4.bias").fill_(torch.inf)
    update = made.iterate().updates["layers.0.weight"]
    explained = told(update, (0, 0), "after")
    assert math.isnan(update.clip)
    assert math.isnan(update.after[0, 0])
    assert [one.symbol for one in explained.quantities] == ["ĝ", "c", "η"]


@pytest.mark.parametrize(
    ("plan", "formula", "symbols"),
    [
        ({"optimizer": "sgd"}, "w′ = w − η · g", ["η"]),
        ({"optimizer": "sgd", "weight_decay": 0.1}, "w′ = w − η · ĝ", ["ĝ", "λ", "η"]),
        ({"optimizer": "sgd", "momentum": 0.9}, "w′ = w − η · b", ["η"]),
        (
            {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
            "w′ = w − η · (g + μ · b)",
            ["μ", "η"],
        ),
        (
            {"optimizer": "adam"},
            "w′ = w − η · m̂ / (√v̂ + ε)",
            ["m̂", "v̂", "β₁ᵗ", "β₂ᵗ", "ε", "η"],
        ),
        (
            {"optimizer": "adamw", "weight_decay": 0.1},
            "w′ = w − η · λ · w − η · m̂ / (√v̂ + ε)",
            ["m̂", "v̂", "β₁ᵗ", "β₂ᵗ", "ε", "η", "λ"],
        ),
        ({"optimizer": "rmsprop"}, "w′ = w − η · g / (√s + ε)", ["ε", "η"]),
        ({"optimizer": "rmsprop", "momentum": 0.9}, "w′ = w − η · b", ["η"]),
        (
            {"optimizer": "adagrad", "max_norm": 0.01},
            "w′ = w − η · ĝ / (√s + ε)",
            ["ĝ", "c", "ε", "η"],
        ),
    ],
    ids=str,
)
def test_formulas_are_the_textbooks(plan: dict[str, Any], formula: str, symbols: list[str]) -> None:
    explained = told(updates(**plan)["layers.2.weight"], (3, 5), "after")
    assert explained.formula == formula
    assert [one.symbol for one in explained.quantities] == symbols


def test_numbers_of_a_formula_are_those_of_torch() -> None:
    update = updates(optimizer="adam", learning_rate=0.01)["layers.2.weight"]
    explained = told(update, (3, 5), "after")
    named = {one.symbol: one.value for one in explained.quantities}
    m, v = (update.state[name][1][3, 5].item() for name in ("exp_avg", "exp_avg_sq"))
    assert named["β₁ᵗ"] == pytest.approx(0.9**6, rel=1e-12)
    assert named["m̂"] == pytest.approx(m / (1 - 0.9**6), rel=1e-12)
    assert named["v̂"] == pytest.approx(v / (1 - 0.999**6), rel=1e-12)
    assert written(named["η"]) == "0.01"
    w = update.before[3, 5].item()
    by_hand = w - 0.01 * named["m̂"] / (named["v̂"] ** 0.5 + 1e-8)
    assert explained.total == pytest.approx(by_hand, rel=1e-12)


def test_what_an_optimizer_remembers_is_told_by_what_it_was() -> None:
    update = updates(optimizer="adam", weight_decay=0.02)["layers.0.bias"]
    explained = told(update, (2,), "exp_avg_sq after")
    assert explained.formula == "v′ = β₂ · v + (1 − β₂) · ĝ²"
    values = list(values_of(update))
    assert values[explained.terms[0].ref - 100] == "exp_avg_sq"
    assert {values[ref - 100] for ref, _ in explained.cells()} == {
        "exp_avg_sq", "gradient", "before",
    }  # fmt: skip


def test_terms_come_as_the_formula_has_them_and_squares_of_negative_numbers_in_brackets() -> None:
    update = updates(optimizer="rmsprop", learning_rate=0.5)["layers.2.weight"]
    index = tuple((update.gradient < 0).nonzero()[0].tolist())
    explained = told(update, index, "after")
    assert [term.form for term in explained.terms] == ["w", "−η · g / (√s + ε)"]
    squares = told(update, index, "square_avg after")
    assert squares.terms[1].form == "(1 − α) · g²"
    g = written(update.gradient[index].item())
    assert squares.terms[1].numbers == f"(1 − α) · ({g})²"
