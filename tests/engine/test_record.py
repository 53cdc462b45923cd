"""The tape: exact outputs, exact attention, values as they were, a model left untouched."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import explorer
from explorer.core.presets import load_preset
from explorer.engine import budget as budget_module
from explorer.engine import record as record_module
from explorer.engine.build import build
from explorer.engine.checkpoint import load
from explorer.engine.data import given_input, load_data
from explorer.engine.tape import Tape

PRESETS = ("first-network", "spirals-mlp", "digits-cnn", "char-gpt")


def opened(name: str) -> tuple[nn.Module, Tensor]:
    shipped = load_preset(name)
    model = build(shipped.preset.model)
    assert shipped.weights is not None
    load(shipped.weights, model)
    data = load_data(shipped.preset, 0, shipped.preset.train.validation)
    return model, data.batch(given_input(shipped.preset))


@pytest.fixture(scope="module")
def gpt() -> tuple[nn.Module, Tensor, Tape]:
    model, tokens = opened("char-gpt")
    with torch.no_grad():
        return model, tokens, explorer.record(model, tokens)


@pytest.mark.parametrize("name", PRESETS)
def test_the_recorded_output_is_the_plain_one_bit_for_bit(name: str) -> None:
    model, batch = opened(name)
    with torch.no_grad():
        plain = model(batch)
        tape = explorer.record(model, batch)
    assert torch.equal(tape.output, plain)
    assert torch.equal(tape.value(tape.outputs[0]), plain)


@pytest.mark.parametrize("name", PRESETS)
def test_every_event_replays_to_what_was_recorded(name: str) -> None:
    model, batch = opened(name)
    with torch.no_grad():
        tape = explorer.record(model, batch)
        for event in tape.events:
            for ref, again in tape.again(event.index).items():
                assert torch.equal(again, tape.value(ref)), event.id


def test_gradients_flow_through_a_recorded_pass_as_through_a_plain_one() -> None:
    model, batch = opened("digits-cnn")
    model(batch).sum().backward()
    plain = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    explorer.record(model, batch).output.sum().backward()
    found = [p.grad for p in model.parameters() if p.grad is not None]
    assert len(plain) == len(found) > 0
    assert all(torch.equal(a, b) for a, b in zip(plain, found, strict=True))


def test_attention_equals_an_independent_computation(gpt: tuple[nn.Module, Tensor, Tape]) -> None:
    model, _, tape = gpt
    maps = tape.attention()
    assert [m.module for m in maps] == [f"blocks.{i}.attn" for i in range(4)]
    for found in maps:
        module = model.get_submodule(found.module)
        own = {name: p.detach().double() for name, p in module.named_parameters()}
        x = tape.value(found.module.replace("attn", "ln1/layer_norm#0")).double()
        T = x.shape[1]
        mixed = torch.zeros_like(x)
        for head in range(4):
            part = slice(head * 32, (head + 1) * 32)
            q, k, v = (
                (torch.einsum("btc,dc->btd", x, own[f"{n}.weight"]) + own[f"{n}.bias"])[..., part]
                for n in ("query", "key", "value")
            )
            at = f"{found.module}/transpose#"
            for i, exact in enumerate((q, k, v)):  # float32 of the model against exact numbers
                torch.testing.assert_close(tape.value(f"{at}{i}")[:, head], exact.float())
            q, k = (tape.value(f"{at}{i}")[:, head] for i in (0, 1))
            scores = torch.einsum("bqc,bkc->bqk", q, k) / 32**0.5
            scores[:, torch.ones(T, T).triu(1).bool()] = -torch.inf
            exps = (scores - scores.amax(-1, keepdim=True)).exp()
            weights = exps / exps.sum(-1, keepdim=True)
            assert (found.weights[:, head] - weights).abs().max() < 1e-6
            weights = weights.double()
            mixed[..., part] = weights @ v
        out = torch.einsum("btc,dc->btd", mixed, own["proj.weight"]) + own["proj.bias"]
        torch.testing.assert_close(tape.value(f"{found.module}.proj/linear#0"), out.float())
        assert found.causal
        assert found.weights[..., 0, 1:].count_nonzero() == 0


def test_a_softmax_over_classes_is_not_attention() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.softmax(x @ x.T, -1).sum(0)

    assert explorer.record(Net(), torch.randn(3, 3)).attention() == []


def test_attention_without_a_mask_is_not_causal() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.softmax(x @ x.T, -1) @ x

    (found,) = explorer.record(Net(), torch.randn(3, 3)).attention()
    assert not found.causal


def test_calls_nest_and_hold_their_events(gpt: tuple[nn.Module, Tensor, Tape]) -> None:
    _, _, tape = gpt
    by_name = {call.module: call for call in tape.calls}
    block = by_name["blocks.2"]
    inside = tape.events[block.first : block.last + 1]
    assert all(tape.calls[e.call].module.startswith("blocks.2") for e in inside)
    assert inside[0].id == "blocks.2.ln1/layer_norm#0"
    assert inside[-1].id == "blocks.2/add#1"
    assert tape.calls[by_name["blocks.2.attn.query"].parent].module == "blocks.2.attn"
    assert (tape.calls[0].first, tape.calls[0].last) == (0, len(tape.events) - 1)
    assert by_name["blocks.2.attn.query"].parameters == 128 * 128 + 128


def test_ids_are_unique_and_a_shared_module_counts_on() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.cell(self.cell(x))

    tape = explorer.record(Net(), torch.randn(1, 2))
    assert [e.id for e in tape.events] == ["cell/linear#0", "cell/linear#1"]
    assert [c.name for c in tape.calls] == ["", "cell", "cell#1"]


def test_sources_point_at_the_line_of_the_model() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(2, 2), nn.ReLU())

        def forward(self, x: Tensor) -> Tensor:
            x = self.layers(x)
            x = F.softmax(x, -1)
            return x + 1

    model = Net()
    tape = explorer.record(model, torch.randn(1, 2))
    first = inspect.getsourcelines(Net.forward)[1]
    lines = {e.op: e.source for e in tape.events}
    assert lines == {
        "linear": f"{__file__}:{first + 1}",
        "relu": f"{__file__}:{first + 1}",
        "softmax": f"{__file__}:{first + 2}",
        "add": f"{__file__}:{first + 3}",
    }
    model.layers[0].register_forward_hook(lambda *a: None)  # hooks change how a module is called
    assert explorer.record(model, torch.randn(1, 2)).events[0].source == lines["linear"]


def test_sizes_and_flags_are_not_events_but_factories_and_properties_are() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            n = x.shape[0] + x.size(1) + x.dim() + x.numel() + len(x)
            if x.is_floating_point() and x.device.type == "cpu" and x.requires_grad is False:
                x = x.T + n
            return x * torch.arange(2)

    ops = [e.op for e in explorer.record(Net(), torch.randn(2, 2)).events]
    assert ops == ["T", "add", "arange", "mul"]


def state_of(model: nn.Module) -> list[Any]:
    return [(name, dict(module.__dict__), type(module)) for name, module in model.named_modules()]


@pytest.mark.parametrize("breaks", [False, True])
def test_the_model_is_left_as_it_was(breaks: bool) -> None:
    class Broken(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            if breaks:
                raise RuntimeError("in mid-pass")
            return x

    model = nn.Sequential(nn.Linear(2, 2), Broken())
    own = model[0].forward
    model[0].forward = own  # a module patched by its user keeps the patch
    before, call = state_of(model), nn.Module.__call__
    code, modes = call.__code__, torch.overrides._get_current_function_mode_stack()
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    if breaks:
        with pytest.raises(RuntimeError, match="in mid-pass"):
            explorer.record(model, torch.randn(1, 2))
    else:
        explorer.record(model, torch.randn(1, 2))
    assert state_of(model) == before
    assert nn.Module.__call__ is call
    assert nn.Module.__call__.__code__ is code
    assert torch.overrides._get_current_function_mode_stack() == modes
    assert all(torch.equal(weights[k], v) for k, v in model.state_dict().items())


class InPlace(nn.Module):
    """Overwrites a view of an intermediate value, its input, a buffer and a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.count: Tensor
        self.register_buffer("count", torch.zeros(1))
        self.constant = [torch.ones(3)]

    def forward(self, x: Tensor) -> Tensor:
        y = self.linear(x)
        row = y[0]
        row.mul_(2)
        y = F.relu(y, inplace=True)
        y[1] = 7.0
        x.add_(y)
        self.count += 1
        self.constant[0].sub_(3)
        return x * self.count + self.constant[0]


@pytest.mark.parametrize("inference", [False, True])
def test_overwritten_values_stay_as_they_were(inference: bool) -> None:
    torch.manual_seed(0)
    model = InPlace().eval()
    x = torch.randn(2, 3)
    given = x.clone()
    with torch.inference_mode() if inference else torch.no_grad():
        tape = explorer.record(model, x)
        linear = F.linear(given, model.linear.weight, model.linear.bias)
        assert torch.equal(tape.value("x"), given)
        assert torch.equal(tape.value("linear/linear#0"), linear)
        assert torch.equal(tape.value("getitem#0"), linear[0])
        assert torch.equal(tape.value("mul_#0"), linear[0] * 2)
        doubled = linear * torch.tensor([[2.0], [1.0]])
        assert torch.equal(tape.value("relu#0"), doubled.relu())
        final = doubled.relu()
        final[1] = 7
        assert torch.equal(tape.value("setitem_#0"), final)
        assert torch.equal(tape.value("count"), torch.zeros(1))
        assert torch.equal(tape.value("constant#0"), torch.ones(3))
        assert torch.equal(tape.value(tape.outputs[0]), (given + final) * 1 - 2)


@pytest.mark.parametrize("kind", ["input", "weight", "buffer", "constant"])
@pytest.mark.parametrize(
    "pass_on",
    [
        lambda t: t.contiguous(),
        lambda t: t.to(torch.float32).cpu(),
        lambda t: torch.dropout(input=t, p=0.0, train=False),
        lambda t: torch.broadcast_tensors(t)[0].view(2, 3),
        lambda t: torch.add(t, 0, out=t),
    ],
)
def test_a_source_that_ops_pass_on_is_kept_before_it_is_overwritten(
    pass_on: Callable[[Tensor], Tensor], kind: str
) -> None:
    held = torch.randn(2, 3)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(2, 3))
            self.register_buffer("buffer", torch.randn(2, 3))

        def forward(self, x: Tensor) -> Tensor:
            source = held if kind == "constant" else x if kind == "input" else getattr(self, kind)
            y = pass_on(source)
            y.relu_()
            return torch.neg_(y) + x

    model, x = Net(), torch.randn(2, 3)
    source = {"input": x, "constant": held}.get(kind)
    source = getattr(model, kind) if source is None else source
    before = source.detach().clone()
    with torch.no_grad():
        tape = explorer.record(model, x)
        name = {"input": "x", "constant": "constant#0"}.get(kind, kind)
        assert torch.equal(source, before.relu().neg())
        assert torch.equal(tape.value(name), before)
        assert tape.check()


def test_what_is_overwritten_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = x * 2
            for _ in range(20):
                y.relu_()
            return y

    asked: list[torch.device] = []
    monkeypatch.setattr(budget_module, "free_memory", lambda device: asked.append(device))
    monkeypatch.setattr(record_module, "_MUCH", 4000)  # bytes before anybody looks
    explorer.record(Net(), torch.randn(600))
    assert not asked
    explorer.record(Net(), torch.randn(1200))
    assert asked


def test_random_values_that_were_overwritten_come_back() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            noise = torch.randn(4)
            self.seen = noise.clone()
            noise.mul_(x)
            return F.dropout(noise, 0.5, training=True)

    torch.manual_seed(3)
    model = Net()
    tape = explorer.record(model, torch.randn(4))
    state = torch.get_rng_state()
    assert torch.equal(tape.value("randn#0"), model.seen)
    assert torch.equal(tape.again(len(tape.events) - 1)[tape.outputs[0]], tape.output)
    assert torch.equal(torch.get_rng_state(), state)


def test_batch_norm_in_training_keeps_the_statistics_it_began_with() -> None:
    model = nn.Sequential(nn.BatchNorm1d(3)).train()
    tape = explorer.record(model, torch.randn(8, 3))
    assert torch.equal(tape.value("0.running_mean"), torch.zeros(3))
    assert not torch.equal(model.get_buffer("0.running_mean"), torch.zeros(3))


def test_kept_weights_outlive_a_training_step_and_others_say_that_they_are_gone() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    before = model.get_parameter("0.weight").detach().clone()
    kept, loose = (explorer.record(model, torch.randn(1, 2)) for _ in range(2))
    kept.keep()
    assert loose.values
    with torch.no_grad():
        model.get_parameter("0.weight").add_(1)
    assert torch.equal(kept.value("0.weight"), before)
    with pytest.raises(explorer.core.problem.Problem, match="its old value is lost"):
        loose.value("0.weight")


def test_nested_arguments_and_several_outputs() -> None:
    class Net(nn.Module):
        def forward(self, pair: tuple[Tensor, Tensor], *, extra: dict[str, Tensor]) -> Any:
            low, high = torch.cat([*pair, extra["z"]]).split(3)
            return {"low": low, "high": [high]}

    a, b, z = (torch.randn(2) for _ in range(3))
    tape = explorer.record(Net(), (a, b), extra={"z": z})
    cat, split = tape.events
    assert [tape.values[i].name for i in cat.inputs] == ["pair[0]", "pair[1]", "extra"]
    assert [tape.values[i].name for i in split.outputs] == ["split#0", "split#0:1"]
    assert tape.outputs == split.outputs


def test_a_replay_has_the_outputs_of_its_tape() -> None:
    tape = explorer.record(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), torch.randn(5, 2))
    again = tape.replay({"0/linear#0": torch.zeros(5, 3)})
    assert again.outputs == tape.outputs == (tape.ref("1/relu#0"),)
    assert len(again.values) == len(tape.values)


def test_softmax_as_a_method_tells_its_axis_and_an_lstm_no_flags() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.lstm(x)[0].softmax(-1)

    with torch.no_grad():
        tape = explorer.record(Net(), torch.randn(3, 1, 2))
    details = {event.op: event.detail for event in tape.events}
    assert (details["softmax"], details["lstm"]) == ("dim=-1", "")


def test_a_dilation_is_told() -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=4, dilation=4),
        nn.ConvTranspose2d(2, 2, 3, stride=2, dilation=2),
        nn.MaxPool2d(3, 1, dilation=2),
        nn.Conv2d(2, 1, 3),
    )
    tape = explorer.record(net, torch.randn(1, 1, 8, 8))
    assert [event.detail.partition(", ")[2] for event in tape.events] == [
        "3×3, padding 4, dilation 4", "3×3, stride 2, dilation 2", "stride 1, dilation 2", "3×3",
    ]  # fmt: skip


def test_no_op_is_said_to_be_in_the_recorder() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + nn.Transformer.generate_square_subsequent_mask(len(x))

    tape = explorer.record(Net(), torch.zeros(3, 3))
    assert not any(event.source.partition(":")[0].endswith("/record.py") for event in tape.events)
    assert tape.events[-1].source.startswith(__file__)


def test_what_the_public_functions_return_can_be_named(
    gpt: tuple[nn.Module, Tensor, Tape],
) -> None:
    _, _, tape = gpt
    assert isinstance(tape, explorer.Tape)
    assert isinstance(tape.explain(tape.outputs[0], (0, 0, 0)), explorer.Explanation)
    assert isinstance(tape.attention()[0], explorer.AttentionMap)
    assert isinstance(tape.check(), explorer.Proof)
    taught = explorer.record(nn.Linear(2, 1), torch.ones(2, 2))
    assert isinstance(taught.backward(taught.output.sum()), explorer.Backward)
    with pytest.raises(RuntimeError) as caught:
        explorer.record(nn.Linear(2, 2), torch.ones(3))
    assert isinstance(caught.value.tape.failure, explorer.Failure)  # type: ignore[attr-defined]
    assert set(explorer.__all__) <= set(dir(explorer))
    assert all(hasattr(explorer, name) for name in explorer.__all__)


@pytest.mark.parametrize(
    ("forward", "names"),
    [
        (lambda x, w: nn.functional.linear(bias=w, weight=w, input=x), ("bias", "weight", "input")),
        (lambda x, w: nn.functional.group_norm(x, 2, w, w), ("input", "weight", "bias")),
        (lambda x, w: x @ w, ("input", "other")),
        (lambda x, w: torch.where(x > 0, w, x), ("condition", "input", "other")),
        (lambda x, w: torch.cat([x, w.unsqueeze(0)], 0), ("tensors[0]", "tensors[1]")),
        (lambda x, w: torch.lstm(x, (x, x), [w, w], True, 1, 0.0, False, False, False),
         ("input", "hx[0]", "hx[1]", "params[0]", "params[1]")),
        (lambda x, w: x.view(5, 5), ("input",)),
        (lambda x, w: torch.einsum("ij,jk->ik", x, w), ("", "")),
    ],
)  # fmt: skip
def test_the_shapes_that_met_are_called_as_the_op_calls_them(
    forward: Any, names: tuple[str, ...]
) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(4, 4, 1))

        def forward(self, x: Tensor) -> Any:
            return forward(x, self.weight)

    with pytest.raises((RuntimeError, IndexError)) as caught:
        explorer.record(Net(), torch.randn(2, 3))
    failure = caught.value.tape.failure  # type: ignore[attr-defined]
    assert failure.names == names
    assert len(failure.shapes) == len(names)
