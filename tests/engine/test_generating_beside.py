"""Writing where masks and positions are given with the tokens, and what keeps a model from it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.core.generation import next_token_view, predicts_tokens
from explorer.core.prediction import Sampling
from explorer.core.problem import Problem
from explorer.core.values import ExampleInput
from explorer.engine.generating import Generator
from explorer.engine.live import LiveFeed
from explorer.engine.subject import Subject
from tests.engine.writing import by_hand, written

V, T = 23, 9
IDS = torch.tensor([[7, 7, 7, 3, 19, 4, 11, 2, 16]])


class Placed(nn.Module):
    """Predicts from the mean of all tokens so far that are not masked, at their positions."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(V, 12)
        self.places = nn.Embedding(4 * T, 12)
        self.head = nn.Linear(12, V)

    def forward(
        self, ids: Tensor, attention_mask: Tensor | None = None, position_ids: Tensor | None = None
    ) -> Tensor:
        places = torch.arange(ids.shape[1])[None] if position_ids is None else position_ids
        mask = torch.ones_like(ids) if attention_mask is None else attention_mask
        x = (self.table(ids) + self.places(places)) * mask[..., None]
        found: Tensor = self.head(x.cumsum(1) / mask.cumsum(1).clamp(min=1)[..., None])
        return found


def subject(model: nn.Module, **given: Tensor) -> Subject:
    return Subject(model, LiveFeed((IDS,), given), "", {})


def why_not(now: Subject) -> str:
    """Why nothing can be drawn."""
    recording = now.record(ExampleInput())
    assert recording.failure is None
    assert predicts_tokens(recording)
    with pytest.raises(Problem) as raised:
        Generator().draw(now, next_token_view(recording, Sampling()), 0)
    assert raised.value.kind == "generate"
    return str(raised.value)


@torch.no_grad()
@pytest.mark.parametrize("kind", [torch.int64, torch.bool, torch.float32])
@pytest.mark.parametrize("placed", [False, True])
def test_a_mask_of_padding_in_front_goes_on_with_the_tokens(
    kind: torch.dtype, placed: bool
) -> None:
    torch.manual_seed(0)
    model, hidden = Placed(), 3
    mask = torch.ones(1, T)
    mask[0, :hidden] = 0
    counted = (mask.cumsum(1) - 1).clamp(min=1).long()  # Hugging Face has 1 for what is hidden
    counted[0, hidden] = 0
    beside: dict[str, Tensor] = {"attention_mask": mask.to(kind)}
    if placed:
        beside["position_ids"] = counted
    found = written(subject(model, **beside), ExampleInput(), 12, Sampling(1.2), seed=3)

    def plain(ids: list[int]) -> Tensor:
        """Without any padding, but for the places that it takes where none are given."""
        seen = ids[hidden:][-T:]
        first = 0 if placed else T - len(seen)
        places = torch.arange(first, first + len(seen))[None]
        said: Tensor = model(torch.tensor([seen]), position_ids=places)[0, -1]
        return said

    assert found.ids == by_hand(plain, IDS[0].tolist(), 12, Sampling(1.2), 3)


@torch.no_grad()
def test_positions_that_count_on_stay_those_of_the_window() -> None:
    torch.manual_seed(1)
    model, places = Placed(), torch.arange(4, 4 + T)[None]
    found = written(subject(model, position_ids=places), ExampleInput(), 12, Sampling(), seed=2)
    assert found.ids == by_hand(
        lambda ids: model(torch.tensor([ids[-T:]]), position_ids=places)[0, -1],
        IDS[0].tolist(), 12, Sampling(), 2,
    )  # fmt: skip


@torch.no_grad()
def test_a_row_of_zeros_is_no_mask() -> None:
    class Typed(Placed):
        def forward(self, ids: Tensor, types: Tensor) -> Tensor:  # type: ignore[override]
            return super().forward(ids) + types[..., None]

    torch.manual_seed(2)
    model, types = Typed(), torch.zeros_like(IDS)
    found = written(subject(model, types=types), ExampleInput(), 5, Sampling(), seed=2)
    assert found.ids == by_hand(
        lambda ids: model(torch.tensor([ids[-T:]]), types)[0, -1], IDS[0].tolist(), 5,
        Sampling(), 2,
    )  # fmt: skip


def test_where_padding_comes_last_nothing_is_written() -> None:
    mask = torch.ones_like(IDS)
    mask[0, -2:] = 0
    said = why_not(subject(Placed(), attention_mask=mask))
    assert said.startswith("Nothing can be written here: a mask hides the last token.")
    assert "without padding" in said


class Remembers(Placed):
    """Adds what it said at first in the pass before."""

    def __init__(self) -> None:
        super().__init__()
        self.state = torch.zeros(1, 1, V)

    def forward(self, ids: Tensor, *others: Any) -> Tensor:
        said = super().forward(ids) + self.state
        self.state = said[:, -1:].detach()
        return said


class Grows(Placed):
    """Keeps the tokens of earlier passes, and has room for so many."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Tensor] = []

    def forward(self, ids: Tensor, *others: Any) -> Tensor:
        self.kept.append(ids)
        if len(self.kept) > 1:
            raise ValueError("there is no room for more tokens")
        return super().forward(ids)


@pytest.mark.parametrize("kind", [Remembers, Grows])
def test_a_model_with_a_state_of_its_own_says_so(kind: type[Placed]) -> None:
    torch.manual_seed(0)
    said = why_not(subject(kind()))
    assert said.startswith("This model does not write: it keeps a state of its own")
