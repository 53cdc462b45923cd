"""Changes inside of a fused op: a new pass, in which it is closed at first, has them, too."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.core import messages as m
from explorer.core.change import Change
from explorer.core.graph import Recording
from explorer.core.values import ExampleInput, Input, SampleInput
from explorer.engine.feeds import Given
from explorer.engine.live import LiveFeed
from explorer.engine.subject import Subject
from explorer.session import intents as i
from explorer.session.state import AppState
from explorer.session.update import update
from tests.engine.test_beside import Talk
from tests.engine.test_changed_pass import changed
from tests.engine.test_intervening import Fused

STEP, UNIT = 6, 3
CELL = Change(f"lstm#0/l1/t={STEP}/add#0", "zero", f"0, {UNIT}")


class Reader(nn.Module):
    """Two layers of an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.LSTMCell(4, 5), nn.LSTMCell(5, 5)
        self.lstm = nn.LSTM(4, 5, num_layers=2)
        with torch.no_grad():
            for layer, cell in enumerate((self.one, self.two)):
                for name, weight in cell.named_parameters():
                    getattr(self.lstm, f"{name}_l{layer}").copy_(weight)

    def forward(self, x: Tensor) -> Tensor:
        """(T, 1, 4) → (T, 1, 5)."""
        y: Tensor = self.lstm(x)[0]
        return y

    def by_hand(self, x: Tensor) -> Tensor:
        """The same with a cell state of the second layer at 0."""
        below = above = torch.zeros(1, 5), torch.zeros(1, 5)
        rows = []
        for t, x_t in enumerate(x):
            below = self.one(x_t, below)
            h, c = self.two(below[0], above)
            if t == STEP:
                given = self.two.weight_ih @ below[0][0] + self.two.bias_ih
                given = given + self.two.weight_hh @ above[0][0] + self.two.bias_hh
                c = c.clone()
                c[0, UNIT] = 0.0
                h = given.chunk(4)[3].sigmoid() * c.tanh()
            above = h, c
            rows.append(h)
        return torch.stack(rows)


class Turns(LiveFeed):
    """Gives the model what lies there now, whatever it is asked for."""

    def arguments(self, given: Input) -> Given:
        return super().arguments(ExampleInput())


class Desk:
    """What the window would hold, with an engine that answers at once."""

    def __init__(self, model: nn.Module, x: Tensor) -> None:
        self.subject = Subject(model, Turns((x,), {}), "live", {})
        self.talk = Talk(self.subject)
        self.asked: list[m.Request] = []
        self.state = AppState(page="model", model=self.subject.describe())
        self.say(m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1))
        self.record(x)

    def say(self, said: object) -> None:
        """An intent or a reply; what it asks for is answered."""
        self.state, requests = update(self.state, said)
        for request in requests:
            self.asked.append(request)
            if isinstance(request, m.RecordPass | m.ChangePass | m.OpenEvent):
                self.talk.said.clear()
                loop = self.talk._loop
                loop._guard(request.ticket, partial(loop._answer, request))
                for reply in [*self.talk.said]:
                    self.say(reply)

    def record(self, x: Tensor) -> None:
        """Give the model something else."""
        self.subject.feed = Turns((x,), {})
        typed = self.state.typed
        self.say(i.EditInput(SampleInput(typed.index + 1 if isinstance(typed, SampleInput) else 0)))

    @property
    def recording(self) -> Recording:
        assert self.state.recording is not None
        return self.state.recording

    @property
    def output(self) -> Tensor:
        return self.subject.value(self.recording.tape, self.recording.outputs[0])


@pytest.fixture
def x() -> Tensor:
    torch.manual_seed(5)
    return torch.randn(9, 1, 4)


@pytest.fixture
def desk(x: Tensor) -> Desk:
    torch.manual_seed(3)
    return Desk(Reader().eval(), x)


def name_at(desk: Desk) -> str:
    return desk.recording.events[desk.state.cursor].id


def lstm(desk: Desk) -> int:
    return next(event.index for event in desk.recording.events if event.op == "lstm")


def inside(desk: Desk) -> Change:
    return Change(f"{desk.recording.events[lstm(desk)].id}{CELL.value[6:]}", "zero", CELL.cells)


@torch.no_grad()
def test_a_change_inside_of_a_closed_op_counts(desk: Desk, x: Tensor) -> None:
    """As of a file: it is opened, and the cursor stays on its box."""
    model: Any = desk.subject.model
    closed = len(desk.recording.events)
    desk.say(i.StepTo(lstm(desk)))
    desk.say(i.MakeChange(inside(desk)))
    assert not desk.recording.refused
    assert len(desk.recording.events) > closed
    torch.testing.assert_close(desk.output, model.by_hand(x))
    last = [e for e in desk.recording.events if e.id.startswith("lstm/lstm#0/")][-1]
    assert desk.state.cursor == last.index
    assert sum(isinstance(one, m.ChangePass) for one in desk.asked) == 1
    before = desk.subject.value(desk.recording.base, desk.recording.outputs[0])
    torch.testing.assert_close(before, model(x))
    desk.say(i.PauseChanges())
    assert not desk.recording.changes
    torch.testing.assert_close(desk.output, model(x))


@torch.no_grad()
def test_a_change_that_is_made_before_the_one_inside_is_answered_counts_too(
    desk: Desk, x: Tensor
) -> None:
    read = next(value.name for value in desk.recording.values if value.kind == "input")
    within, doubled = inside(desk), Change(read, "scale", ":", 2.0)
    state, (first,) = update(desk.state, i.MakeChange(within))
    desk.state, (second,) = update(state, i.MakeChange(doubled))
    for request in (first, second):  # the engine has answered the first one, nobody heard it yet
        desk.talk.said.clear()
        desk.talk._loop._guard(request.ticket, partial(desk.talk._loop._answer, request))
    for reply in [*desk.talk.said]:
        desk.say(reply)
    assert desk.state.banner is None
    assert desk.recording.changes == desk.state.changes.active == (within, doubled)
    model: Any = desk.subject.model
    torch.testing.assert_close(desk.output, model.by_hand(2 * x))


@torch.no_grad()
def test_it_counts_again_with_every_other_input(desk: Desk, x: Tensor) -> None:
    model: Any = desk.subject.model
    change = inside(desk)
    desk.say(i.OpenEvent(lstm(desk)))
    desk.say(i.StepTo(desk.recording.numbers[change.value], reveal=True))
    desk.say(i.MakeChange(change))
    for other in (torch.randn(9, 1, 4), torch.randn(12, 1, 4)):
        desk.record(other)
        assert not desk.recording.refused
        torch.testing.assert_close(desk.output, model.by_hand(other))
        assert name_at(desk) == change.value  # and one is where one was
        holder = desk.recording.events[desk.state.cursor].call
        assert holder in desk.state.open


@torch.no_grad()
def test_what_a_shorter_input_does_not_have_is_named(desk: Desk) -> None:
    change = inside(desk)
    desk.say(i.MakeChange(change))
    shorter = torch.randn(5, 1, 4)
    desk.record(shorter)
    (refused,) = desk.recording.refused
    text = f"{refused.text} {refused.remedy}".format(**refused.values)
    assert text == (
        "With this input lstm/lstm#0/l1 ends at t = 4, and the change is at t = 6. Give a longer"
        " input, or switch the change off."
    )
    assert [event.op for event in desk.recording.events] == ["zeros", "zeros", "lstm"]  # closed
    desk.record(torch.randn(7, 1, 4))
    assert not desk.recording.refused


@torch.no_grad()
def test_attention_is_opened_for_a_change_of_its_scores() -> None:
    torch.manual_seed(3)
    model, x = Fused().eval(), torch.randn(1, 5, 8)
    talk = Talk(Subject(model, LiveFeed((x,), {}), "live", {}))
    base = talk.record(ExampleInput())
    event = next(one for one in changed(talk, base).events if one.opens)
    opened = talk.ask(m.OpenEvent(tape=base, event=event.index)).recording
    scores = next(v.name for v in opened.values if v.name.startswith(f"{event.id}/matmul"))
    change = Change(scores, "scale", "", 0.0)
    found = []
    for tape in (opened.tape, talk.record(ExampleInput())):
        made = changed(talk, tape, change)
        assert not made.refused
        found.append(talk._loop._of(made.tape).value(made.tape, made.outputs[0]))
    assert torch.equal(*found)
    assert not torch.allclose(found[1], model(x))


@torch.no_grad()
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "lstm/lstm#3",
            "With this input lstm/lstm#0 is the last of its kind, and the change is in"
            " lstm/lstm#3. Give a longer input, or switch the change off.",
        ),
        ("head/linear#0", "With this input there is no value head/linear#0. Give an input like"),
        ("lstm/lstm#0/l1/t=2/e", "With this input there is no value lstm/lstm#0/l1/t=2/e."),
    ],
)
def test_why_a_value_is_not_there(desk: Desk, name: str, text: str) -> None:
    desk.say(i.MakeChange(Change(name, "zero")))
    (refused,) = desk.recording.refused
    assert f"{refused.text} {refused.remedy}".format(**refused.values).startswith(text)
