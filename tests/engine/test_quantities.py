"""Quantities of events against plain PyTorch: its own FLOP counter, and autograd with hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from explorer.core.breaks import Breaks, hits
from explorer.core.graph import Recording
from explorer.core.messages import OpenModel
from explorer.core.presets import load_preset
from explorer.core.problem import Problem
from explorer.core.quantities import FAULTS, Amounts, Quantity
from explorer.core.values import ExampleInput, SampleInput, TextInput
from explorer.engine import quantities
from explorer.engine.data import given_input
from explorer.engine.learner import Learner
from explorer.engine.subject import Subject
from tests.engine.test_recording import Same

PRESETS = ("first-network", "digits-cnn", "char-gpt")


def learner(name: str) -> Learner:
    preset = load_preset(name).preset
    request = OpenModel(preset=preset.model_dump(mode="json"), weights=None, run="")
    return Learner(request, torch.device("cpu"))


def subject(model: nn.Module, *args: Tensor, **labels: tuple[str, ...]) -> Subject:
    return Subject(model, Same(*args, **labels), "random", {})  # type: ignore[arg-type]


def whole(now: Subject, recording: Recording, quantity: Quantity) -> Amounts:
    """A quantity of all events, asked for part by part."""
    parts: list[Amounts] = []
    while (start := sum(len(part.values) for part in parts)) < len(recording.events):
        parts.append(now.quantify(recording.tape, quantity, start))
    return Amounts(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.counts for part in parts]),
        parts[-1].note,
        parts[-1].output,
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.each for part in parts]),
    )


def counted(model: nn.Module, *args: Tensor) -> int:
    counter = FlopCounterMode(display=False)
    with counter:  # with gradients, so that no kernel runs that it does not know
        model(*args)
    return counter.get_total_flops()


def of(recording: Recording, op: str, amounts: Amounts) -> list[float]:
    return [float(amounts.values[e.index]) for e in recording.events if e.op == op]


# ------------------------------------------------------------------ FLOPs


@pytest.mark.parametrize("name", PRESETS)
def test_flops_of_presets_are_those_of_the_real_run(name: str) -> None:
    now = learner(name)
    given = given_input(now.preset)
    recording = now.record(given)
    found = whole(now, recording, "flops")
    args, _ = now.feed.arguments(given)
    assert found.values.sum() == counted(now.model, *args) > 0


def test_flops_of_each_op_by_hand() -> None:
    now = subject(
        nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(288, 5)),
        torch.randn(2, 3, 8, 8),
    )
    recording = now.record(ExampleInput())
    found = whole(now, recording, "flops")
    assert found.values.tolist() == [2 * 2 * 8 * 6 * 6 * 3 * 9, 0, 0, 2 * 2 * 288 * 5]
    assert found.counts.tolist() == [1, 0, 0, 1]  # what is not counted is said, not taken for 0


def test_fused_recurrent_layers_count() -> None:
    for layer in (nn.LSTM(8, 16, num_layers=2, bidirectional=True), nn.GRU(8, 16), nn.RNN(8, 16)):
        x = torch.randn(5, 3, 8)
        now = subject(layer, x)
        recording = now.record(ExampleInput())
        found = whole(now, recording, "flops")
        gates = {nn.LSTM: 4, nn.GRU: 3, nn.RNN: 1}[type(layer)]
        ways = 2 if layer.bidirectional else 1
        by_hand = sum(
            2 * 5 * 3 * ways * gates * 16 * (inputs + 16)
            for inputs in (8, 16 * ways)[: layer.num_layers]
        )
        assert found.values.sum() == by_hand


def test_fused_attention_counts_on_its_fast_path() -> None:
    layer = nn.MultiheadAttention(16, 4, batch_first=True).eval()
    x = torch.randn(3, 5, 16)
    now = subject(layer, x, x, x)
    recording = now.record(ExampleInput())
    assert [e.op for e in recording.events] == ["_native_multi_head_attention"]
    found = whole(now, recording, "flops")
    projections, products = 4 * 2 * 15 * 16 * 16, 2 * 2 * 3 * 4 * 5 * 5 * 4
    assert found.values.tolist() == [projections + products]


def test_equal_steps_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Mock(wraps=quantities._counted)
    monkeypatch.setattr(quantities, "_counted", counted)
    now = subject(nn.Sequential(*(nn.Linear(4, 4) for _ in range(30))), torch.randn(1, 4))
    recording = now.record(ExampleInput())
    assert set(whole(now, recording, "flops").values.tolist()) == {32.0}
    counted.assert_called_once()


# ------------------------------------------------------------------ activations


def outputs(model: nn.Module, *args: Tensor) -> dict[str, Tensor]:
    """What each leaf module gave, by hooks."""
    found: dict[str, Tensor] = {}
    hooks = [
        module.register_forward_hook(lambda _m, _a, out, name=name: found.update({name: out}))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    with torch.no_grad():
        model(*args)
    for hook in hooks:
        hook.remove()
    return found


def test_mean_activations_are_those_of_hooks() -> None:
    now = learner("digits-cnn")
    recording = now.record(SampleInput(3))
    found = whole(now, recording, "activation")
    args, _ = now.feed.arguments(SampleInput(3))
    plain = outputs(now.model, *args)
    for event in recording.events:
        expected = plain[recording.calls[event.call].module]
        assert found.values[event.index] == pytest.approx(float(expected.abs().double().mean()))
        assert found.counts[event.index] == expected.numel()


class Masked(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        masked = x.masked_fill(x < 0, -torch.inf)
        return masked, x.argmax(), x.half(), torch.sqrt(x)


def test_masks_are_left_out_and_nan_is_not() -> None:
    now = subject(Masked(), torch.tensor([-1.0, 2.0, 4.0]))
    recording = now.record(ExampleInput())
    found = whole(now, recording, "activation")
    assert of(recording, "masked_fill", found) == [3.0]
    at = {event.op: event.index for event in recording.events}
    assert found.counts[at["masked_fill"]] == 2
    assert found.counts[at["argmax"]] == 0  # whole numbers are no activation
    assert of(recording, "half", found) == pytest.approx([7 / 3])
    assert np.isnan(found.values[at["sqrt"]])
    assert found.counts[at["sqrt"]] > 0  # known to be NaN


def test_it_is_answered_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    now = learner("char-gpt")
    recording = now.record(TextInput("abc"))
    at_once = whole(now, recording, "activation")
    monkeypatch.setattr(quantities, "_MOMENT", 0.0)
    assert len(now.quantify(recording.tape, "activation", 5).values) == 1
    bit_by_bit = whole(now, recording, "activation")
    assert np.array_equal(bit_by_bit.values, at_once.values)


# ------------------------------------------------------------------ gradients


def gradients(model: nn.Module, scalar: Any, *args: Tensor) -> dict[str, Tensor]:
    """Gradients of what each leaf module gave, by autograd and hooks."""
    found: dict[str, Tensor] = {}

    def keep(name: str, out: Tensor) -> None:
        out.register_hook(lambda gradient: found.update({name: gradient}))

    hooks = [
        module.register_forward_hook(lambda _m, _a, out, name=name: keep(name, out))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    scalar(model(*args)).backward()
    for hook in hooks:
        hook.remove()
    model.zero_grad()
    return found


@pytest.mark.parametrize("name", PRESETS)
def test_gradient_norms_are_those_of_autograd(name: str) -> None:
    now = learner(name)
    given = given_input(now.preset)
    args, _ = now.feed.arguments(given)

    def scalar(logits: Tensor) -> Tensor:
        if isinstance(given, SampleInput):
            target = now.trainer.data.validation[1][given.index]
            return F.cross_entropy(logits, target[None])
        if isinstance(given, TextInput):
            return F.cross_entropy(logits[0, :-1], args[0][0, 1:])
        return logits.max()

    recording = now.record(given)
    now.model.zero_grad(set_to_none=True)
    found = whole(now, recording, "gradient")
    assert all(parameter.grad is None for parameter in now.model.parameters())
    note = {SampleInput: quantities.LOSS, TextInput: quantities.NEXT_LOSS}
    assert found.note == note.get(type(given), quantities.LARGEST)
    plain = gradients(now.model, scalar, *args)
    checked = 0
    for call in recording.calls:
        if call.first == call.last and call.module in plain:
            expected = float(plain[call.module].norm())
            assert found.values[call.first] == pytest.approx(expected, rel=1e-4)
            checked += 1
    assert checked == len(plain)


def test_the_sum_of_the_output_where_there_is_no_prediction() -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).eval()
    x = torch.randn(2, 4)
    now = subject(model, x)
    found = whole(now, now.record(ExampleInput()), "gradient")
    assert found.note == quantities.SUM
    plain = gradients(model, torch.sum, x)
    assert found.values.tolist() == pytest.approx([float(plain[n].norm()) for n in "012"])


class TwoOutputs(nn.Module):
    """Whole numbers first, then two that gradients lead back from."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 3), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        one = self.first(x)
        return {"best": one.argmax(-1), "last_hidden_state": one, "pooled": self.second(x)}


def test_of_several_outputs_the_one_that_is_summed_is_named() -> None:
    now = subject(TwoOutputs().eval(), torch.randn(2, 4))
    recording = now.record(ExampleInput())
    found = whole(now, recording, "gradient")
    assert found.note == quantities.SUM_OF
    assert "last_hidden_state" in found.output
    ran = [recording.calls[event.call].module for event in recording.events]
    assert found.counts[ran.index("first")] == 1
    assert found.counts[ran.index("second")] == 0


def test_dropout_drops_the_same_again() -> None:
    model = nn.Sequential(nn.Linear(8, 64), nn.Dropout(0.5), nn.Linear(64, 1)).train()
    now = subject(model, torch.randn(4, 8))
    recording = now.record(ExampleInput())
    kept = int((now.value(recording.tape, recording.events[1].outputs[0]) != 0).sum())
    found = whole(now, recording, "gradient")
    weight = model.get_parameter("2.weight").detach()
    mask = now.value(recording.tape, recording.events[1].outputs[0]) != 0
    by_hand = (2 * weight * mask).norm()  # of what the first layer gave
    assert 0 < kept < 256
    assert found.values[0] == pytest.approx(float(by_hand), rel=1e-5)


def test_a_layer_that_took_its_fast_path_has_the_gradient_of_its_output() -> None:
    layers = nn.Sequential(
        nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, dropout=0.0), nn.Linear(16, 2)
    ).eval()
    x = torch.randn(1, 5, 16)
    now = subject(layers, x)
    recording = now.record(ExampleInput())
    assert recording.events[0].op == "_transformer_encoder_layer_fwd"
    found = whole(now, recording, "gradient")
    by_hand = layers.get_parameter("1.weight").detach().sum(0).expand(1, 5, 16).norm()
    assert found.values[0] == pytest.approx(float(by_hand), rel=1e-4)


def test_a_frozen_model_has_gradients_from_its_input_on() -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 3)).eval().requires_grad_(False)
    now = subject(model, torch.randn(2, 4))
    found = whole(now, now.record(ExampleInput()), "gradient")
    assert found.counts.tolist() == [1, 1]
    assert not any(parameter.requires_grad for parameter in model.parameters())


class Whole(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return (x * 2).argmax(-1)


class Alone(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return super().forward(x)


@pytest.mark.parametrize("model", [Whole(), Alone(4, 2)])
def test_what_has_no_way_back_says_so(model: nn.Module) -> None:
    now = subject(model, torch.randn(2, 4))
    recording = now.record(ExampleInput())
    with pytest.raises(Problem, match="No gradient leads back"):
        now.quantify(recording.tape, "gradient", 0)


def test_other_weights_than_in_the_pass_are_no_gradients_of_it() -> None:
    now = learner("first-network")
    recording = now.record(given_input(now.preset))
    now.keep_tapes()
    with torch.no_grad():
        for parameter in now.model.parameters():
            parameter.add_(1.0)
    with pytest.raises(Problem, match="other weights"):
        now.quantify(recording.tape, "gradient", 0)


def test_a_model_without_numbers_says_so() -> None:
    now = subject(nn.Linear(4, 2).to("meta"), torch.randn(3, 4, device="meta"))
    recording = now.record(ExampleInput())
    assert whole(now, recording, "flops").values.tolist() == [2 * 3 * 4 * 2]
    with pytest.raises(Problem, match="meta"):
        now.quantify(recording.tape, "activation", 0)


def test_events_inside_of_an_opened_one_are_measured_too() -> None:
    layer = nn.LSTM(8, 16).eval()
    now = subject(layer, torch.randn(5, 3, 8))
    recording = now.record(ExampleInput())
    closed = whole(now, recording, "flops")
    fused = next(event.index for event in recording.events if event.op == "lstm")
    opened, _ = now.open(recording.tape, fused)
    inside = whole(now, opened, "flops")
    assert len(inside.values) > len(closed.values)
    assert inside.values.sum() == closed.values.sum()
    means = whole(now, opened, "activation")
    assert (means.counts > 0).all()


def test_training_is_not_touched() -> None:
    """Neither parameters nor their gradients change, and dropout does not drop."""
    now = learner("char-gpt")
    given = given_input(now.preset)
    for _ in range(2):
        now.trainer.step()
    recording = now.record(given)
    now.trainer.model.train()  # as it is between two slices of a training
    before = [
        (p.detach().clone(), p.grad.clone()) for p in now.model.parameters() if p.grad is not None
    ]
    first = whole(now, recording, "gradient")
    assert np.array_equal(first.values, whole(now, recording, "gradient").values)
    after = [(p.detach(), p.grad) for p in now.model.parameters() if p.grad is not None]
    assert len(before) == len(after) > 0
    for (weight, gradient), (weight_now, gradient_now) in zip(before, after, strict=True):
        assert torch.equal(weight, weight_now)
        assert gradient_now is not None
        assert torch.equal(gradient, gradient_now)


class Overwritten(nn.Module):
    """A linear layer of which the result is overwritten."""

    def __init__(self, inplace: bool) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 5), nn.Linear(5, 2)
        self.act = nn.ReLU(inplace=inplace)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.act(self.first(x)))


@pytest.mark.parametrize("shape", [(2, 4), (2, 3, 4), (2, 3, 2, 4)])
def test_a_result_that_is_overwritten_has_its_gradient(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    plain, other = Overwritten(False), Overwritten(True)
    other.load_state_dict(plain.state_dict())
    x = torch.randn(shape)
    found = [
        whole(now, now.record(ExampleInput()), "gradient")
        for now in (subject(plain, x), subject(other, x))
    ]
    assert found[1].counts.tolist() == [1, 1, 1]
    assert found[1].values.tolist() == pytest.approx(found[0].values.tolist())


def test_complex_outputs_are_told_in_words() -> None:
    class Complex(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            return torch.fft.fft(self.linear(x))

    now = subject(Complex(), torch.randn(2, 4))
    with pytest.raises(Problem) as told:
        whole(now, now.record(ExampleInput()), "gradient")
    assert "complex numbers" in told.value.text


def test_a_model_that_keeps_something_is_not_told_to_run_again() -> None:
    class Counts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear, self.calls = nn.Linear(4, 4), 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return self.linear(x) * self.calls

    now = subject(Counts(), torch.randn(2, 4))
    with pytest.raises(Problem) as told:
        whole(now, now.record(ExampleInput()), "gradient")
    assert "from pass to pass" in told.value.text
    assert not told.value.remedy


def test_a_recurrent_layer_on_a_packed_sequence_counts() -> None:
    class Packed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(4, 6, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([3, 2]), batch_first=True)
            return self.lstm(packed)[0].data

    now = subject(Packed(), torch.randn(2, 3, 4))
    recording = now.record(ExampleInput())
    tokens, gates = 3 + 2, 4 * 6
    wanted = 2 * tokens * gates * (4 + 6)
    assert of(recording, "lstm", whole(now, recording, "flops")) == [wanted]


# ------------------------------------------------------------------ faults


class Faulty(nn.Module):
    """Numbers of every kind, from one input (N,)."""

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        dead = torch.relu(-x.abs() - 1)
        roots = torch.sqrt(x)
        large = torch.exp(x * 100).to(torch.bfloat16)
        half = large.to(torch.float16)
        turned = torch.complex(x, roots)
        return dead, roots, half, turned, x.argmax(), x[:0] + 1


def test_faults_of_every_event_are_those_of_its_results() -> None:
    now = subject(Faulty(), torch.tensor([-1.0, 0.0, 0.5, torch.inf]))
    recording = now.record(ExampleInput())
    found = {name: whole(now, recording, name) for name in FAULTS}
    tape = now.last
    assert tape is not None
    for event in recording.events:
        results = [tape.value(ref) for ref in event.outputs]
        floating = [r for r in results if r.is_floating_point() or r.is_complex()]
        numbers = torch.cat([torch.empty(0), *(r.flatten().abs().double() for r in floating)])
        n = event.index
        for name, wanted in (
            ("nan", numbers.isnan().sum()), ("infinite", numbers.isinf().sum()),
            ("zeros", (numbers == 0).sum()),
        ):  # fmt: skip
            assert found[name].values[n] == wanted, (event.op, name)  # type: ignore[index]
            assert found[name].counts[n] == numbers.numel()  # type: ignore[index]
        known = numbers[~numbers.isnan()]
        assert found["peak"].values[n] == (known.max() if len(known) else 0)
    assert of(recording, "relu", found["zeros"]) == [4.0]
    assert of(recording, "sqrt", found["nan"]) == [1.0]
    assert sum(found["infinite"].values > 0) > 3


def stopped_at(model: nn.Module, breaks: Breaks, *args: Tensor) -> list[str]:
    """The ops that a pass is stopped at."""
    now = subject(model, *args)
    recording = now.record(ExampleInput())
    found = {str(name): whole(now, recording, name) for name in breaks.needs}
    nowhere = np.zeros(len(recording.events), bool)
    return [recording.events[hit.event].id for hit in hits(recording, breaks, found, nowhere)]


class Says(nn.Module):
    """What a function of its input gives."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def assigned(x: Tensor) -> Tensor:
    y = x * 2
    y[0] = torch.nan
    return torch.tanh(y)


def assigned_last(x: Tensor) -> Tensor:
    y = x * 2
    y[0] = torch.nan
    return y


def parted(x: Tensor) -> Tensor:
    p, q = torch.cat([x.log(), -x.abs()]).split(len(x))
    return p.exp() + q.sqrt()


def overflown(x: Tensor) -> Tensor:
    return ((x + 5) * 200).exp().clamp(max=1e7).sum()


def partly_without_numbers(x: Tensor) -> Tensor:
    torch.empty(3, device="meta") + 1
    return x.sqrt()


@pytest.mark.parametrize(
    ("function", "breaks", "wanted"),
    [
        (assigned, Breaks(nan=True), ["setitem_#0"]),
        (assigned_last, Breaks(nan=True), ["setitem_#0"]),
        (parted, Breaks(nan=True), ["log#0", "sqrt#0"]),
        (overflown, Breaks(above=1e6), ["exp#0"]),
        (overflown, Breaks(infinite=True), ["exp#0"]),
        (partly_without_numbers, Breaks(nan=True), ["sqrt#0"]),
        (torch.tanh, Breaks(nan=True, infinite=True, above=3.0), []),
    ],
)
def test_a_pass_is_stopped_where_a_fault_comes_up(
    function: Callable[[Tensor], Tensor], breaks: Breaks, wanted: list[str]
) -> None:
    assert stopped_at(Says(function), breaks, torch.tensor([-1.0, 0.5])) == wanted


def test_a_fault_that_is_given_comes_up_where_it_is_read_first() -> None:
    model = Says(lambda x: torch.tanh(x) * 2)
    assert stopped_at(model, Breaks(nan=True), torch.tensor([torch.nan])) == ["tanh#0"]


def test_assignments_count_as_activations() -> None:
    now = subject(Says(lambda x: assigned_last(x).nan_to_num()), torch.ones(4))
    recording = now.record(ExampleInput())
    assert np.isnan(of(recording, "setitem_", whole(now, recording, "activation"))).all()


def test_values_without_numbers_have_no_faults_and_say_so() -> None:
    now = subject(nn.Linear(2, 2, device="meta"), torch.ones(1, 2, device="meta"))
    recording = now.record(ExampleInput())
    with pytest.raises(Problem, match="meta device"):
        now.quantify(recording.tape, "nan", 0)
