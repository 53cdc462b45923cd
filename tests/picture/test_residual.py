"""Which values are the residual stream of a pass, and where there is none that is certain."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from explorer.core.graph import Recording
from explorer.core.values import NumbersInput
from explorer.engine.record import record
from explorer.engine.recording import Shown
from explorer.picture.readout import panes_for
from explorer.picture.residual import residual_of
from tests.recordings import cnn, gpt, mlp

V = 11


class Block(nn.Module):
    """Adds to a stream of 8 channels; ``how`` tells what becomes of the sum."""

    def __init__(self, how: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.norm, self.linear, self.how = nn.LayerNorm(8), nn.Linear(8, 8), how

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 8) to (B, T, 8)."""
        return self.how(x, torch.relu(self.linear(self.norm(x))))


class Model(nn.Module):
    """An embedding, blocks, a head."""

    def __init__(self, how: Callable[[Tensor, Tensor], Tensor], blocks: int = 3) -> None:
        super().__init__()
        self.embed = nn.Embedding(V, 8)
        self.blocks = nn.ModuleList(Block(how) for _ in range(blocks))
        self.head = nn.Linear(8, V)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) to (B, T, V)."""
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        head: Tensor = self.head(x)
        return head


class Skipping(Model):
    """Its head reads what an earlier block made, too."""

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) to (B, T, V)."""
        x = self.embed(tokens)
        kept = []
        for block in self.blocks:
            x = block(x)
            kept.append(x)
        head: Tensor = self.head(x + kept[0])
        return head


def recorded(model: nn.Module) -> Recording:
    with torch.no_grad():
        tape = record(model, torch.randint(0, V, (1, 5)))
    labels = {"V": tuple(map(str, range(V)))}
    return Shown(tape).describe(1, "", NumbersInput((0.0,)), labels)


def names(recording: Recording) -> list[str]:
    found = residual_of(recording)
    return [] if found is None else [recording.values[v].name for v in found.values]


def in_place(x: Tensor, y: Tensor) -> Tensor:
    y += x
    return y


SUMS: list[tuple[Callable[[Tensor, Tensor], Tensor], str]] = [
    (lambda x, y: x + y, "add"),
    (lambda x, y: nn.functional.layer_norm(x + y, (8,)), "layer_norm"),
    (lambda x, y: (y.reshape(-1, 8) + x.reshape(-1, 8)).view(x.shape), "view"),
    (lambda x, y: (x.double() + y).to(x.dtype), "to"),
    (in_place, "add_"),
]


@pytest.mark.parametrize(("how", "op"), SUMS, ids=[op for _, op in SUMS])
def test_the_stream_is_what_each_block_adds_to(
    how: Callable[[Tensor, Tensor], Tensor], op: str
) -> None:
    found = names(recorded(Model(how)))
    assert found == ["embed/embedding#0", *(f"blocks.{n}/{op}#0" for n in range(3))]


NONE: list[Callable[[Tensor, Tensor], Tensor]] = [
    lambda x, y: y, lambda x, y: x * y, lambda x, y: torch.relu(x + y),
    lambda x, y: x.contiguous(),
]  # fmt: skip


@pytest.mark.parametrize("how", NONE, ids=["no way around", "product", "relu", "as it was"])
def test_what_is_no_sum_is_no_stream(how: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert residual_of(recorded(Model(how))) is None


def test_a_head_that_reads_an_earlier_block_leaves_nothing_certain() -> None:
    add = SUMS[0][0]
    assert residual_of(recorded(Model(add, blocks=1))) is None
    assert residual_of(recorded(Model(add, blocks=2))) is not None
    assert residual_of(recorded(Skipping(add))) is None


def test_which_presets_have_a_stream_and_where_the_pane_is() -> None:
    recording = gpt(layers=4)
    found = residual_of(recording)
    assert found is not None
    assert len(found.values) == 5
    assert len(found.calls) == 4
    assert panes_for(recording, recording.prediction)[:2] == ("prediction", "lens")
    assert panes_for(recording, found.values[2]) == ("values", "distribution", "lens")
    assert "lens" not in panes_for(recording, found.values[2] + 1)
    assert residual_of(mlp()) is None
    assert residual_of(cnn()) is None
