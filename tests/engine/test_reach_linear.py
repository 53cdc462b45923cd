"""A linear layer on a walk: rows alone that take part, and what zeros in its weights leave out."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

import explorer


class Mixed(nn.Module):
    """A layer over every position, a few of which are read."""

    def __init__(self, zeros: bool) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(6, 5), nn.Linear(5, 4, bias=False)
        if zeros:
            with torch.no_grad():
                self.first.weight[:, 2] = 0.0
                self.first.weight[0, 3] = 0.0

    def forward(self, x: Tensor) -> Tensor:
        h = torch.tanh(self.first(x))
        return self.last(h[:, 1:3].sum(1) @ torch.eye(5, dtype=x.dtype))


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_strengths_are_those_of_autograd_and_cells_those_that_count(
    zeros: bool, dtype: torch.dtype
) -> None:
    torch.manual_seed(0)
    model = Mixed(zeros).to(dtype)
    x = torch.randn(2, 4, 6, dtype=dtype)
    with torch.no_grad():
        tape = explorer.record(model, x)
    field = tape.receptive_field(tape.outputs[0], (1, 3))
    wide = torch.float32 if dtype == torch.bfloat16 else dtype
    apart = model.to(wide)
    leaf = x.detach().to(wide).requires_grad_()
    apart(leaf)[1, 3].backward()
    assert leaf.grad is not None
    found = field.strength(tape.ref("x"))
    assert found is not None
    close = 0.05 if dtype == torch.bfloat16 else 1e-5
    assert torch.allclose(found, (leaf.grad * leaf).abs().float(), close, close)
    wanted = torch.zeros(2, 4, 6, dtype=torch.bool)
    wanted[1, 1:3] = True
    if zeros:
        wanted[..., 2] = False
    mask = field.mask(tape.ref("x"))
    assert mask is not None
    assert torch.equal(mask, wanted)


def test_an_infinite_weight_does_not_spoil_the_rows_that_have_no_part() -> None:
    """0 · ∞ is NaN; no slope, no product."""
    layer = nn.Linear(3, 2, bias=False)
    with torch.no_grad():
        layer.weight[0, 1] = torch.inf
        tape = explorer.record(layer, torch.ones(2, 3))
    cells = tape.receptive_field(tape.outputs[0], (1, 0)).cells[tape.ref("input")]
    assert cells[0].tolist() == [-1, -1, -1]
    assert cells[1, 1] == torch.inf


@pytest.mark.slow
def test_the_first_walk_does_not_wait_for_what_it_has_no_use_for() -> None:
    """PyTorch imports sympy, which takes a second, where gradients are given to autograd."""
    text = (
        "import sys, torch, explorer\n"
        "model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Softmax(-1))\n"
        "with torch.no_grad():\n"
        "    tape = explorer.record(model, torch.ones(2, 4))\n"
        "before = 'sympy' in sys.modules\n"
        "assert len(tape.receptive_field(tape.outputs[0], (0, 1)).cells) == 3\n"
        "assert tape.influence(tape.ref('0/linear#0'), (0, 1)).cells\n"
        "print(before, 'sympy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
