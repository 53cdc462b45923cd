"""What the desktop gets of a pass: fused events opened in their place, attention inside of them."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.change import Change
from explorer.core.graph import Recording, ancestry, stops
from explorer.core.ops import formula
from explorer.core.problem import Problem
from explorer.core.values import ExampleInput, Input
from explorer.engine.feeds import Given
from explorer.engine.record import record
from explorer.engine.subject import Subject
from explorer.engine.tape import Tape


class Same:
    """Feeds the same tensors each time."""

    editor = "example"
    shape: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    sample: Input = ExampleInput()
    choices = ()

    def __init__(self, *args: Tensor, **labels: tuple[str, ...]) -> None:
        self._args = args
        self._labels = labels

    def arguments(self, given: Input) -> Given:
        return self._args, {}

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        return self._labels


class Attend(nn.Module):
    """Fused attention between two other ops, twice."""

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(2):
            y = F.scaled_dot_product_attention(x, x + 0, 2 * x, is_causal=True)
            x = torch.relu(y)
        return x


def subject(model: nn.Module, *args: Tensor, **labels: tuple[str, ...]) -> Subject:
    return Subject(model.eval(), Same(*args, **labels), "random", {})  # type: ignore[arg-type]


def is_sound(open_one: Subject, recording: Recording) -> bool:
    """Every index fits, every value has the shape that it is said to have, calls nest."""
    for index, event in enumerate(recording.events):
        assert event.index == index
        call = recording.calls[event.call]
        assert call.first <= index <= call.last
        assert all(recording.values[ref].writer < index for ref in event.inputs)
        assert all(recording.values[ref].writer == index for ref in event.outputs)
    for call in recording.calls[1:]:
        parent = recording.calls[call.parent]
        assert call.parent < call.index
        assert parent.first <= call.first
        assert call.last <= parent.last
    for ref, value in enumerate(recording.values):
        assert tuple(open_one.value(recording.tape, ref).shape) == value.shape
        assert len(value.axes) == len(value.shape)
    assert len({value.name for value in recording.values}) == len(recording.values)
    assert len({event.id for event in recording.events}) == len(recording.events)
    return True


def test_attention_inside_of_a_fused_op_is_one_more_output_of_it() -> None:
    x = torch.randn(1, 2, 5, 4)
    one = subject(Attend(), x)
    recording = one.record(ExampleInput())
    assert is_sound(one, recording)
    first, second = recording.attention
    assert recording.events[first.event].op == "scaled_dot_product_attention"
    assert first.value in recording.events[first.event].outputs
    scores = (x @ x.transpose(-2, -1) / 2).masked_fill(torch.ones(5, 5).triu(1).bool(), -torch.inf)
    torch.testing.assert_close(one.value(recording.tape, first.value), scores.softmax(-1))
    assert recording.values[first.value].shape == (1, 2, 5, 5)
    assert recording.values[first.value].axes == ("", "heads", "", "")
    assert not one.is_named(recording.tape)
    named = one.name(recording.tape)
    assert named.values[first.value].axes[:2] == ("B", "heads")
    assert one.record(ExampleInput()).values[first.value].axes[:2] == ("B", "heads")
    assert first.causal
    assert second.event > first.event


def test_a_fused_op_opens_in_its_place_and_the_others_move_on() -> None:
    one = subject(Attend(), torch.randn(1, 2, 5, 4))
    before = one.record(ExampleInput())
    at = before.attention[0].event
    assert before.events[at].opens
    after, call = one.open(before.tape, at)
    assert after.tape != before.tape
    assert is_sound(one, after)
    inside = after.calls[call]
    assert (inside.first, inside.opened) == (at, before.events[at].id)
    assert [e.op for e in after.events[inside.last + 1 :]] == [
        e.op for e in before.events[at + 1 :]
    ]
    assert after.values[: len(before.values)] != before.values  # writers moved
    assert [v.name for v in after.values[: len(before.values)]] == [v.name for v in before.values]
    softmax = next(e for e in after.events if e.op == "softmax")
    assert after.attention[0].event == softmax.index
    assert after.attention[0].value == before.attention[0].value
    assert "matmul" in [e.op for e in after.events[inside.first : inside.last + 1]]
    for ref in range(len(before.values)):
        assert torch.equal(one.value(before.tape, ref), one.value(after.tape, ref))


def test_the_second_of_two_can_be_opened_first_and_then_the_first() -> None:
    one = subject(Attend(), torch.randn(1, 2, 5, 4))
    recording = one.record(ExampleInput())
    recording, _ = one.open(recording.tape, recording.attention[1].event)
    assert is_sound(one, recording)
    recording, call = one.open(recording.tape, recording.attention[0].event)
    assert is_sound(one, recording)
    assert len(stops(recording, frozenset(range(len(recording.calls))))) == len(recording.events)
    assert ancestry(recording, call) == [0, call]


def test_a_module_of_one_fused_op_shows_it_itself() -> None:
    class Wrapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(x) * 2

    one = subject(Wrapped(), torch.randn(1, 3, 16))
    before = one.record(ExampleInput())
    after, call = one.open(before.tape, 0)
    assert is_sound(one, after)
    assert len(after.calls) == len(before.calls)
    assert after.calls[call].module == "layer"
    assert not after.calls[call].opened


def test_time_steps_and_gates_of_an_lstm() -> None:
    one = subject(nn.LSTM(3, 4, 2), torch.randn(5, 1, 3))
    before = one.record(ExampleInput())
    event = next(e.index for e in before.events if e.opens)
    after, call = one.open(before.tape, event)
    assert is_sound(one, after)
    ops = [e.op for e in after.events[after.calls[call].first : after.calls[call].last + 1]]
    assert ops.count("sigmoid") == 5 * 2 * 3  # steps, layers, gates


GATES = {nn.LSTM: list("ifgo"), nn.GRU: list("rzn"), nn.RNN: []}


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_each_time_step_is_a_box(kind: Any, layers: int, bidirectional: bool) -> None:
    model = nn.Sequential(kind(3, 4, layers, bidirectional=bidirectional), Plus())
    one = subject(model, torch.randn(5, 2, 3))
    before = one.record(ExampleInput())
    event = next(e.index for e in before.events if e.opens)
    after, call = one.open(before.tape, event)
    assert is_sound(one, after)
    parts = after.calls[len(before.calls) :]
    runs = [c for c in parts if re.fullmatch(r"l\d(_reverse)?", c.kind)] or [after.calls[call]]
    assert len(runs) == layers * (1 + bidirectional)
    for run in runs:
        steps = [c for c in parts if c.parent == run.index and c.kind.startswith("t = ")]
        named = [f"t = {t}" for t in range(5)]
        assert [c.kind for c in steps] == (named[::-1] if "reverse" in run.kind else named)
        for a, b in pairwise(steps):
            assert a.last + 1 == b.first
        assert len({c.last - c.first for c in steps}) == 1
        for step in steps:
            gates = [c for c in parts if c.parent == step.index]
            assert [c.kind for c in gates] == GATES[kind]
            assert all(f"W_h{c.kind} h" in c.detail for c in gates)
            assert all(c.last - c.first > 1 for c in gates)
    assert all(c.opened for c in parts)
    inside = [e for e in after.events if e.id.startswith(f"{before.events[event].id}/")]
    assert sum(e.seconds for e in inside) == pytest.approx(before.events[event].seconds)
    way = f"{before.events[event].id}/{'l0/' if len(runs) > 1 else ''}t=2/"
    assert any(e.id.startswith(way) for e in inside)
    shown = [after.events[e] for e in stops(after, frozenset({0, call}))]
    assert len(shown) < 40  # folded at first, however many there are


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_no_step_is_a_part_by_the_name_of_what_it_gives(kind: Any, packed: bool) -> None:
    x: Any = torch.randn(5, 3, 3)
    if packed:
        x = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5, 4, 2]))
    one = subject(nn.Sequential(kind(3, 4, 2), Plus()), x)
    before = one.record(ExampleInput())
    event = next(e.index for e in before.events if e.opens)
    after, call = one.open(before.tape, event)
    assert is_sound(one, after)
    letters = ["h", "c"] if kind is nn.LSTM else ["h"]
    parts = after.calls[len(before.calls) :]
    own = [c for c in parts if c.parent == call]
    names = [letter + "₀" for letter in letters], [letter + "ₙ" for letter in letters]
    assert [c.kind for c in own] == [*names[0], "l0", "l1", *names[1]]
    results = before.events[event].outputs
    for part, ref in zip(own[-len(letters) :], results[1:], strict=True):  # as the op gave them
        assert part.first == part.last
        assert after.events[part.first].outputs == (ref,)
    for layer in (c for c in own if c.kind.startswith("l")):
        first, *others, last = [c.kind for c in parts if c.parent == layer.index]
        assert (first, last) == ("xₜ", "hₜ")
        between = {name for name in others if not name.startswith("t = ")}
        assert between == ({*letters, *names[1]} if packed else set())


class Plus(nn.Module):
    """Takes the output of a recurrent layer, and not its last state."""

    def forward(self, x: tuple[Any, Any]) -> Tensor:
        output = x[0]  # of packed sequences with their lengths
        return (output if isinstance(output, Tensor) else output.data) + 1


@pytest.mark.parametrize("op", [F.layer_norm, F.softmax, F.relu])
def test_what_is_one_op_does_not_open(op: Any) -> None:
    class One(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return op(x, (4,)) if op is F.layer_norm else op(x)

    one = subject(One(), torch.randn(3, 4))
    recording = one.record(ExampleInput())
    assert not recording.events[0].opens
    with pytest.raises(Problem, match="nothing inside"):
        one.open(recording.tape, 0)


def test_a_prediction_goes_along_the_classes() -> None:
    x = torch.randn(1, 4)
    recording = subject(nn.Linear(4, 3), x, classes=("a", "b", "c")).record(ExampleInput())
    assert recording.prediction == recording.outputs[0]
    recording = subject(nn.Linear(4, 3), x, classes=("a", "b")).record(ExampleInput())
    assert recording.prediction == -1


def test_a_pass_that_raises_is_kept_up_to_there() -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(6, 2))
    one = subject(model, torch.randn(1, 4))
    recording = one.record(ExampleInput())
    assert [e.op for e in recording.events] == ["linear", "relu"]
    assert recording.failure is not None
    assert recording.failure.op == "linear"
    assert recording.failure.shapes[:2] == ((1, 5), (2, 6))
    assert is_sound(one, recording)


def test_the_model_keeps_its_mode_and_gradients() -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.Dropout(0.5)).train()
    one = Subject(model, Same(torch.randn(1, 4)), "random", {})  # type: ignore[arg-type]
    one.record(ExampleInput())
    assert model.training
    assert all(p.grad is None for p in model.parameters())


def test_old_passes_are_forgotten_with_a_sentence() -> None:
    one = subject(nn.Linear(4, 5), torch.randn(1, 4))
    first = one.record(ExampleInput()).tape
    for _ in range(2):
        one.record(ExampleInput())
    with pytest.raises(Problem, match="no longer kept"):
        one.value(first, 0)


class Output(OrderedDict[str, Any]):
    """As Hugging Face's: a dict whose keys are attributes too."""


@dataclass
class Pair:
    """Two results by name."""

    mean: Tensor
    parts: list[Tensor]


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda x: x, ("",)),
        (
            lambda x: {"logits": x, "hidden": (x + 1, x + 2)},
            (".logits", ".hidden[0]", ".hidden[1]"),
        ),
        (lambda x: Output(logits=x, loss=x.sum()), (".logits", ".loss")),
        (lambda x: Pair(x.mean(), [x, x + 1]), (".mean", ".parts[0]", ".parts[1]")),
        (lambda x: {"a b": x, 7: x + 1}, ("['a b']", "[7]")),
        (lambda x: (x, x + 1), ("[0]", "[1]")),
    ],
)
def test_outputs_are_called_as_in_what_was_returned(make: Any, names: tuple[str, ...]) -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return make(torch.relu(x))

    tape = record(Model(), torch.randn(2, 3))
    assert tape.output_names == names
    assert len(tape.outputs) == len(names)
    recording = subject(Model(), torch.randn(2, 3)).record(ExampleInput())
    assert recording.output_names == names


@pytest.mark.parametrize(
    "ops",
    [
        lambda x: (F.group_norm(x, 2), F.group_norm(x, 4), F.group_norm(x, 2)),
        lambda x: (F.layer_norm(x, (8,), eps=1e-5), F.layer_norm(x, (8,), eps=1.0000001e-5),
                   F.layer_norm(x, (8,), eps=1e-5)),
        lambda x: (x * 1.0001, x * 1.00012, x * 1.0001),
        lambda x: (x * 1j, x * 2j, x * 1j),
        lambda x: (x[:, 1:3], x[:, 1:4], x[:, 1:3]),
        lambda x: tuple(F.conv1d(x, torch.ones(4, 4, 3), padding="same", dilation=d)
                        for d in (1, 2, 1)),
    ],
)  # fmt: skip
def test_equal_arguments_are_known_also_where_no_word_tells_them(ops: Any) -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return ops(x)

    open_one = subject(Model(), torch.randn(1, 4, 8))
    events = [e for e in open_one.record(ExampleInput()).events if e.op != "ones"]
    one, other, again = (event.given for event in events)
    assert one == again
    assert one != other


class Attending(nn.Module):
    """Attention as one op."""

    def __init__(self, causal: bool, place: bool) -> None:
        super().__init__()
        self.causal, self.place = causal, place

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B, T, C)."""
        if self.place:  # not by name
            return F.scaled_dot_product_attention(x, x, x, None, 0.0, self.causal)
        return F.scaled_dot_product_attention(x, x, x, is_causal=self.causal)


@pytest.mark.parametrize("place", [True, False])
@pytest.mark.parametrize("causal", [True, False])
def test_attention_has_a_mask_in_its_formula_where_it_has_one(causal: bool, place: bool) -> None:
    made = subject(Attending(causal, place), torch.randn(1, 4, 8))
    recording = made.record(made.feed.sample)
    (event,) = recording.events
    kinds = ["input"] * 3
    assert ("mask" in formula(event.op, kinds, detail=event.detail)) == causal
    told = made.explain(recording.tape, event.outputs[0], (0, 1, 0), 8)
    assert ("mask" in told.formula) == causal


@pytest.mark.parametrize("map_changes", [False, True])
def test_what_was_opened_stays_as_it_was_when_weights_change(map_changes: bool) -> None:
    torch.manual_seed(3)
    model = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    now = subject(model, torch.randn(1, 3, 8))
    recording = now.record(ExampleInput())
    if map_changes:  # inside of an op that stays closed
        name = next(v.name for v in recording.values if v.name.endswith(":weights"))
        recording = now.intervene(recording.tape, (Change(name, "zero", ":, 0"),))
    else:
        recording, _ = now.open(recording.tape, next(e.index for e in recording.events if e.opens))
    (out,) = recording.outputs
    before = [now.value(recording.tape, ref).clone() for ref in range(len(recording.values))]
    told = now.explain(recording.tape, out, (0, 1, 2), 9)
    now.keep_tapes()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    for ref, tensor in enumerate(before):
        assert torch.equal(now.value(recording.tape, ref), tensor)
    assert now.explain(recording.tape, out, (0, 1, 2), 9) == told
