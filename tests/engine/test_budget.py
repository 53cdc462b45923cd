"""Recording within a memory budget: everything is as without one, and memory stays small."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import explorer
from explorer.engine.proof import same
from tests.engine.test_fidelity import MODELS, Net
from tests.engine.test_random_modules import C, Random, steps

BUDGETS = (0, 100, 1000)


def assert_same(tape: explorer.Tape, free: explorer.Tape) -> None:
    """Whether two tapes of the same pass say the same."""
    assert [v.name for v in tape.values] == [v.name for v in free.values]
    assert [e.inputs for e in tape.events] == [e.inputs for e in free.events]
    assert [e.outputs for e in tape.events] == [e.outputs for e in free.events]
    assert tape.outputs == free.outputs
    assert tape.bytes == free.bytes
    for ref, value in enumerate(free.values):
        assert same(tape.value(ref), free.value(ref)), value.name
    proof = tape.check()
    assert proof, proof.wrong


@pytest.mark.parametrize("bytes", BUDGETS)
@pytest.mark.parametrize("gradients", [False, True], ids=["no_grad", "grad"])
@pytest.mark.parametrize("f", MODELS, ids=lambda f: f.__name__)
def test_a_tape_is_exact_under_any_budget(f: Any, gradients: bool, bytes: int) -> None:
    x = torch.randn(4, 4, generator=torch.Generator().manual_seed(1))
    with torch.set_grad_enabled(gradients):
        torch.manual_seed(0)
        free = explorer.record(Net(f), x.clone())
        torch.manual_seed(0)
        with explorer.budget(bytes):
            tape = explorer.record(Net(f), x.clone())
    assert_same(tape, free)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps, seed=st.integers(0, 99), bytes=st.sampled_from((0, 64, 200, 500)))
def test_any_module_is_recorded_exactly_under_any_budget(
    steps: list[tuple[int, int, int]], seed: int, bytes: int
) -> None:
    def recorded(limit: int | None) -> explorer.Tape:
        torch.manual_seed(seed)
        model, x, y = Random(steps), torch.randn(C, C), torch.randn(C, C)
        with torch.no_grad(), explorer.budget(limit):
            return explorer.record(model, x, {"y": y})

    assert_same(recorded(bytes), recorded(None))
