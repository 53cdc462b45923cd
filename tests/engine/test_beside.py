"""The engine with two passes side by side: of one model, and of two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.messages import (
    Arrange,
    Failed,
    LookAt,
    Looked,
    Measure,
    Measured,
    Opened,
    OpenEvent,
    OpenModel,
    Quantified,
    Quantify,
    Recorded,
    RecordPass,
    Reply,
    Request,
    Train,
    Trained,
    Unfolded,
)  # fmt: skip
from explorer.core.presets import load_preset
from explorer.core.values import ExampleInput, NumbersInput, SampleInput, View
from explorer.engine.inbox import Inbox
from explorer.engine.live import LiveFeed
from explorer.engine.loop import Loop
from explorer.engine.subject import Subject


class Talk:
    """A loop in this process, which is asked one thing after the other."""

    def __init__(self, subject: Subject | None = None) -> None:
        self.said: list[Reply] = []
        self.shapes: dict[int, list[tuple[int, ...]]] = {}
        self._loop = Loop(Inbox(lambda: None), self.said.append, torch.device("cpu"), subject)

    def ask(self, request: Request) -> Any:
        """The last thing that is said to a request."""
        before = len(self.said)
        self._loop._guard(1, lambda: self._loop._answer(request))
        return self.said[-1] if len(self.said) > before else None

    def open(self, name: str, given: object) -> int:
        """Open a preset and record; the number of the pass."""
        preset = load_preset(name).preset.model_dump(mode="json")
        assert isinstance(self.ask(OpenModel(preset=preset, weights=None, run="")), Opened)
        return self.record(given)

    def record(self, given: object) -> int:
        recorded = self.ask(RecordPass(input=given))  # type: ignore[arg-type]
        assert isinstance(recorded, Recorded)
        self.shapes[recorded.recording.tape] = [v.shape for v in recorded.recording.values]
        return recorded.recording.tape

    def look(self, tape: int, value: int = 0) -> np.ndarray | None:
        """The numbers of a value, None if the pass is not there any more."""
        at = (0,) * len(self.shapes[tape][value])
        view = View(tape=tape, value=value, keep=(), at=at, size=())
        said = self.ask(LookAt(pane="values", view=view))
        if isinstance(said, Failed):
            assert "no longer kept" in said.text
            return None
        assert isinstance(said, Looked)
        return said.reading.data.copy()  # no wire has done so here

    def arrange(self, active: int, beside: int) -> None:
        assert self.ask(Arrange(active=active, beside=beside)) is None


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_a_pass_that_is_beside_stays_while_others_come_and_go(talk: Talk) -> None:
    first = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    talk.arrange(first, first)
    was = talk.look(first)
    others = [talk.record(NumbersInput((float(n), 0.0))) for n in range(4)]
    assert was is not None
    assert np.array_equal(was, talk.look(first))  # type: ignore[arg-type]
    assert [talk.look(one) is not None for one in others] == [False, False, True, True]
    talk.arrange(others[-1], 0)
    assert talk.look(first) is None


def test_the_pass_that_was_asked_about_last_stays_until_another_is(talk: Talk) -> None:
    """It is on screen; who makes changes fast is ahead of what is shown."""
    first = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    assert talk.look(first) is not None
    others = [talk.record(NumbersInput((float(n), 0.0))) for n in range(4)]
    assert talk.look(first) is not None
    assert talk.look(others[0]) is None
    talk.arrange(others[-1], first)  # it is put beside only now
    talk.record(NumbersInput((9.0, 0.0)))
    assert talk.look(others[-1]) is not None
    assert talk.look(first) is not None
    talk.arrange(others[-1], 0)
    assert talk.look(others[-1]) is not None
    talk.record(NumbersInput((8.0, 0.0)))
    assert talk.look(first) is None


def test_the_side_that_becomes_active_stays_whatever_was_made_beside_it(talk: Talk) -> None:
    first = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    talk.arrange(first, first)
    others = [talk.record(NumbersInput((float(n), 0.0))) for n in range(4)]
    talk.arrange(first, others[-1])
    assert talk.look(first) is not None
    talk.record(NumbersInput((8.0, 0.0)))
    assert talk.look(first) is not None


def test_two_models_answer_by_the_number_of_a_pass(talk: Talk) -> None:
    one = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    talk.arrange(one, one)
    other = talk.open("digits-cnn", SampleInput(3))
    assert one != other
    for tape in (one, other):
        assert talk.look(tape) is not None
        assert isinstance(talk.ask(Measure(tape=tape, value=0)), Measured)
        assert isinstance(talk.ask(Quantify(tape=tape, quantity="flops")), Quantified)
    talk.arrange(other, 0)
    assert talk.look(one) is None
    assert talk.look(other) is not None


def test_the_active_side_is_the_one_that_runs_and_learns(talk: Talk) -> None:
    one = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    talk.arrange(one, one)
    other = talk.open("digits-cnn", SampleInput(3))
    talk.arrange(one, other)
    again = talk.record(NumbersInput((0.1, 0.3)))  # digits-cnn takes no two numbers
    assert isinstance(talk.ask(Train(steps=1)), Trained)
    talk.arrange(again, other)
    assert talk.look(again) is not None
    assert talk.look(other) is not None
    talk.arrange(other, again)
    assert isinstance(talk.ask(RecordPass(input=SampleInput(5))), Recorded)


def test_a_pass_from_before_the_training_keeps_its_weights(talk: Talk) -> None:
    before = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    talk.arrange(before, before)
    weights = 1  # the first parameter
    was = talk.look(before, weights)
    talk.ask(Train(steps=5))
    while talk._loop._training:
        talk._loop._train_a_slice()
    after = talk.record(NumbersInput((0.5, 0.2)))
    assert was is not None
    assert np.array_equal(was, talk.look(before, weights))  # type: ignore[arg-type]
    assert not np.array_equal(was, talk.look(after, weights))  # type: ignore[arg-type]


def test_an_op_opened_on_one_side_is_not_on_the_other() -> None:
    class Attention(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.scaled_dot_product_attention(x, x, x)

    subject = Subject(Attention(), LiveFeed((torch.randn(1, 2, 3, 4),), {}), "live", {})
    talk = Talk(subject)
    closed = talk.record(ExampleInput())
    talk.arrange(closed, closed)
    opened = talk.ask(OpenEvent(tape=closed, event=0))
    assert isinstance(opened, Unfolded)
    count = len(opened.recording.events)
    assert count > 1
    for tape, events in ((closed, 1), (opened.recording.tape, count)):
        flops = talk.ask(Quantify(tape=tape, quantity="flops"))
        assert len(flops.amounts.values) == events
    again = talk.ask(OpenEvent(tape=closed, event=0))
    assert [e.id for e in again.recording.events] == [e.id for e in opened.recording.events]


def test_a_pass_that_nobody_knows_is_arranged_away(talk: Talk) -> None:
    tape = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    talk.arrange(12345, 678)
    assert talk.look(tape) is not None
