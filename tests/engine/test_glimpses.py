"""What can be shown at once, without computing it again."""

from __future__ import annotations

import torch
from torch import nn

import explorer
from explorer.core.values import ExampleInput
from explorer.engine.recording import Shown


def test_values_that_were_let_go_are_not_at_hand() -> None:
    model = nn.Sequential(*(nn.Linear(64, 64) for _ in range(12)))
    with explorer.budget(4096), torch.no_grad():
        tape = explorer.record(model, torch.randn(8, 64))
    shown = Shown(tape)
    there = [shown.holds(ref) for ref in range(len(tape.values))]
    assert not all(there)
    assert all(there[ref] for ref, value in enumerate(tape.values) if value.kind == "parameter")
    assert all(
        there[ref] == (tape.script.tensors[ref] is not None) for ref in range(len(tape.values))
    )


def test_without_a_budget_everything_is_at_hand() -> None:
    tape = explorer.record(nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True)), torch.randn(2, 4))
    shown = Shown(tape)
    assert all(shown.holds(ref) for ref in range(len(tape.values)))


def test_a_map_inside_of_fused_attention_is_shown_if_it_is_small() -> None:
    class Fused(nn.Module):
        def forward(self, q: torch.Tensor) -> torch.Tensor:
            return nn.functional.scaled_dot_product_attention(q, q, q)

    for length, small in ((16, True), (1100, False)):
        tape = explorer.record(Fused(), torch.randn(1, 1, length, 8))
        shown = Shown(tape)
        found = shown.describe(1, "", ExampleInput(), {}).attention
        assert [shown.holds(one.value) for one in found] == [small]
