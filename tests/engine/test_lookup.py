"""Values and events of a tape by name, and what is said where there is none of that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import explorer
from explorer.core.problem import Problem
from explorer.engine.tape import Tape


class Net(nn.Module):
    """Tied weights, a buffer and two arguments that nothing reads."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(5, 4)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.embed.weight
        self.register_buffer("unread", torch.ones(2))

    def forward(self, ids: Tensor, mask: Tensor | None = None, extra: Any = None) -> Tensor:
        logits: Tensor = self.head(self.embed(ids))
        return logits


@pytest.fixture
def tape() -> Tape:
    ids, mask = torch.tensor([[1, 2]]), torch.ones(1, 2)
    with torch.no_grad():
        return explorer.record(Net(), ids, mask, extra={"a": torch.ones(1), "b": torch.ones(1)})


@pytest.mark.parametrize("name", ["mask", "extra[1]", "unread"])
def test_from_what_the_pass_did_not_read_nothing_follows(tape: Tape, name: str) -> None:
    again = tape.replay({name: torch.zeros(1, 2), "ids": torch.tensor([[3, 4]])})
    with torch.no_grad():
        assert torch.equal(again.output, tape.model(torch.tensor([[3, 4]])))
    alone = tape.replay({name: torch.zeros(1, 2)})
    assert torch.equal(alone.output, tape.output)
    with pytest.raises(Problem, match="never read"):
        tape.value(name)


def test_a_tied_weight_is_found_by_each_of_its_names(tape: Tape) -> None:
    assert tape.ref("head.weight") == tape.ref("embed.weight")
    other = torch.randn(5, 4)
    again = tape.replay({"head.weight": other})
    assert torch.equal(again.output, other[[1, 2]][None] @ other.T)


@pytest.mark.parametrize(
    "ask",
    [
        lambda tape, name: tape.value(name),
        lambda tape, name: tape.ref(name),
        lambda tape, name: tape.replay({name: torch.zeros(1)}),
        lambda tape, name: tape.explain(name, (0,)),
        lambda tape, name: tape.backward(name),
    ],
)
def test_a_name_that_nothing_has_is_refused_with_those_there_are(
    tape: Tape, ask: Callable[[Tape, str], Any]
) -> None:
    with pytest.raises(Problem) as caught:
        ask(tape, "ids0")
    assert str(caught.value) == (
        "There is no value ids0 on this tape. "
        "It has: ids, embed.weight, embed/embedding#0, head/linear#0."
    )


@pytest.mark.parametrize("ref", [4, -1])
def test_a_number_that_no_value_has_is_refused(tape: Tape, ref: int) -> None:
    for ask in (tape.value, tape.backward, lambda ref: tape.replay({ref: torch.zeros(1)})):
        with pytest.raises(Problem, match=f"no value {ref} on this tape: it has 4"):
            ask(ref)


def test_an_event_that_there_is_not_is_refused(tape: Tape) -> None:
    with pytest.raises(Problem, match="no event linear#0 on this tape"):
        tape.open("linear#0")
    with pytest.raises(Problem, match="no event 2 on this tape: it has 2"):
        tape.open(2)


def test_of_many_names_those_are_told_that_are_like_it() -> None:
    with torch.no_grad():
        model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(30)))
        tape = explorer.record(model, torch.ones(2))
    with pytest.raises(Problem) as caught:
        tape.value("17.wieght")
    assert "It has 91, among them: 17.weight, " in str(caught.value)
    assert len(str(caught.value)) < 250
