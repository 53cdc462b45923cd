"""Rules of a walk: which they refuse, what then takes their place, and that a mistake in one is not
taken for a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import explorer
from explorer.engine.reach import stand_ins
from explorer.engine.reach.calls import Call, Leaves, NoRule
from tests.engine.explaining import Call as Calls
from tests.engine.reaching import assess, assess_both_ways, mask_of, record


def numbers(*shape: int) -> Tensor:
    torch.manual_seed(0)
    return torch.randn(*shape, dtype=torch.float64)


@pytest.fixture
def tape() -> explorer.Tape:
    return record(nn.Tanh(), numbers(2, 3))


def test_what_no_rule_is_for_depends_on_all(
    tape: explorer.Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_call: Call, _leaves: Leaves) -> Any:
        raise NoRule("today")

    exact = mask_of(tape.receptive_field(tape.outputs[0], (0, 1)), tape, tape.ref("input"))
    assert exact.sum() == 1
    monkeypatch.setitem(stand_ins.RULES, "tanh", refuses)
    field = tape.receptive_field(tape.outputs[0], (0, 1))
    assert mask_of(field, tape, tape.ref("input")).all()
    assert mask_of(tape.influence(tape.ref("input"), (0, 1)), tape, tape.outputs[0]).all()


@pytest.mark.parametrize("error", [AttributeError, KeyError, RuntimeError, TypeError])
def test_a_mistake_in_a_rule_is_no_refusal(
    tape: explorer.Tape, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def mistaken(_call: Call, _leaves: Leaves) -> Any:
        raise error("mistaken")

    monkeypatch.setitem(stand_ins.RULES, "tanh", mistaken)
    with pytest.raises(error, match="mistaken"):
        tape.receptive_field(tape.outputs[0], (0, 1))
    with pytest.raises(error, match="mistaken"):
        tape.influence(tape.ref("input"), (0, 1))


def test_full_memory_is_no_refusal(tape: explorer.Tape, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(torch.autograd, "grad", full)
    with pytest.raises(torch.OutOfMemoryError, match="full"):
        tape.receptive_field(tape.outputs[0], (0, 1))


CASES: dict[str, Callable[[Tensor], Tensor]] = {
    "a product that is written the other way round": lambda x: x.__rmatmul__(x.exp()),
    "the most frequent number along the last axis": lambda x: x.mode().values,
    "numbers taken from all of it": lambda x: x.take_along_dim(torch.tensor([2, 0, 5])),
    "a linear layer of one neuron without an axis": lambda x: nn.functional.linear(x, x[2].exp()),
    "a linear layer of two rows": lambda x: nn.functional.linear(x[0], x[1]) * x[2],
    "a linear layer whose weights are named first": (
        lambda x: nn.functional.linear(weight=x[:2].exp(), input=x)
    ),
    "a row of one number": lambda x: x.sum().index_select(0, torch.tensor([0])) * x[0, 0],
}


@pytest.mark.parametrize("name", CASES)
def test_outside_of_what_rules_say_nothing_counts(name: str) -> None:
    assess_both_ways(record(Calls(CASES[name]), numbers(5, 5)))


def test_of_what_has_no_derivative_backwards_nothing_is_left_out() -> None:
    """`scatter` that adds: the field may be too large, and is never too small."""

    def added(x: Tensor) -> Tensor:
        at = torch.tensor([[0, 1], [2, 0]])
        return torch.zeros(5, 5, dtype=x.dtype).scatter(0, at, x[:2, :2] * 2, reduce="add")

    tape = record(Calls(added), numbers(5, 5))
    tried, _ = assess(tape, tape.outputs[0], (2, 0))
    assert tried


def test_sparse_gradients_are_told_as_all_others() -> None:
    def chosen(table: Tensor) -> Tensor:
        return nn.functional.embedding(torch.tensor([1, 3, 1]), table * 1, sparse=True)

    tape = record(Calls(chosen), numbers(5, 4))
    field = tape.receptive_field(tape.outputs[0], (1, 2))
    wanted = torch.zeros(5, 4, dtype=torch.bool)
    wanted[3, 2] = True
    source = next(ref for ref, value in enumerate(tape.values) if value.kind == "input")
    assert torch.equal(mask_of(field, tape, source), wanted)


def test_of_two_factors_that_are_0_each_takes_part() -> None:
    """Either could be another number; beside one that is not 0 a factor of 0 hides that alone."""
    tape = record(Calls(lambda x: x[0] * x[1]), torch.tensor([[0.0, 0.0, 2.0], [0.0, 3.0, 4.0]]))
    wanted = ([[1, 0, 0], [1, 0, 0]], [[0, 1, 0], [0, 0, 0]], [[0, 0, 1], [0, 0, 1]])
    for at, cells in enumerate(wanted):
        mask = tape.receptive_field(tape.outputs[0], (at,)).mask(tape.ref("args"))
        assert mask is not None
        assert mask.int().tolist() == cells
