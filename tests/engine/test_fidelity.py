"""What a recorder can get wrong: each of these models was, or could be, recorded falsely."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.nn.utils.rnn import pack_padded_sequence

import explorer
from explorer.core.problem import Problem
from explorer.engine.proof import same
from tests.engine.forwards import (
    MODELS,
    Net,
    flat,
    key_value_cache,
    many_writes,
    reused_list,
    seen_through_a_view,
    vmapped,
)


@pytest.mark.parametrize("gradients", [False, True], ids=["no_grad", "grad"])
@pytest.mark.parametrize("f", MODELS, ids=lambda f: f.__name__)
def test_a_tape_is_exact_and_can_be_proven(f: Callable[..., Any], gradients: bool) -> None:
    x = torch.randn(4, 4, generator=torch.Generator().manual_seed(1))
    with torch.set_grad_enabled(gradients):
        torch.manual_seed(0)
        plain = Net(f)(x.clone())
        drawn = torch.get_rng_state()
        torch.manual_seed(0)
        tape = explorer.record(Net(f), x.clone())
    assert torch.equal(torch.get_rng_state(), drawn)
    outputs = flat(tape.output)
    assert len(outputs) == len(flat(plain)) > 0
    assert all(map(same, outputs, flat(plain)))
    assert all(same(tape.value(r), o.detach()) for r, o in zip(tape.outputs, outputs, strict=True))
    proof = tape.check()
    assert proof, proof.wrong
    assert proof.unmoved == []


@pytest.mark.parametrize("f", [seen_through_a_view, many_writes, key_value_cache, reused_list])
def test_what_an_op_is_shown_to_read_is_what_it_read(f: Callable[..., Any]) -> None:
    class Spy(torch.overrides.TorchFunctionMode):
        """Copies every argument at the moment of the call."""

        def __init__(self) -> None:
            super().__init__()
            self.read: list[list[Tensor]] = []

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):  # type: ignore[no-untyped-def]
            copies = [t.clone() for t in flat((args, kwargs or {}))]
            result = func(*args, **(kwargs or {}))
            if flat(result) or getattr(func, "__name__", "") == "__setitem__":
                self.read.append(copies)
            return result

    x, net = torch.randn(4, 4), Net(f)
    given = x.clone()
    with torch.no_grad(), Spy() as spy:
        net(given)
    with torch.no_grad():
        tape = explorer.record(Net(f), x.clone())
    assert len(tape.events) == len(spy.read)
    for event, read in zip(tape.events, spy.read, strict=True):
        shown = [tape.value(ref) for ref in event.inputs]
        assert all(map(torch.equal, shown, read)), event.id


def test_the_vmapped_values_are_a_source_and_everything_else_has_a_writer() -> None:
    tape = explorer.record(Net(vmapped), torch.randn(4, 4))
    assert [v.kind for v in tape.values] == ["constant", "input", "activation"]


@dataclass
class Pair:
    low: Tensor
    high: list[Tensor]


def other_weights(net: Any, x: Tensor) -> Tensor:
    y = x * net.weight
    net.weight.data = torch.full((4,), 7.0)
    return y + x * net.weight


def half_the_weights(net: Any, x: Tensor) -> Tensor:
    y = x * net.weight
    net.weight.data = net.weight.data[:2] * 3
    return y[:2] + x[:2] * net.weight


@pytest.mark.parametrize("f", [other_weights, half_the_weights])
@pytest.mark.parametrize("room", [None, 0])
def test_weights_given_other_data_in_the_pass_are_shown_as_they_were(
    f: Callable[..., Any], room: int | None
) -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    with torch.no_grad(), explorer.budget(room):
        tape = explorer.record(Net(f), x)
    assert torch.equal(tape.output, f(Net(f), x))
    assert torch.equal(tape.value("weight"), torch.arange(1.0, 5.0))
    assert torch.equal(tape.value("mul#0"), x * torch.arange(1.0, 5.0))
    proof = tape.check()
    assert proof, proof.wrong


def tangents(net: nn.Module, x: Tensor) -> Tensor:
    with forward_ad.dual_level():
        y = forward_ad.make_dual(x, torch.ones_like(x)) ** 3
        return forward_ad.unpack_dual(y).tangent * 2


@pytest.mark.parametrize("room", [None, 0])
def test_tangents_inside_of_a_pass_are_kept_and_not_proven(room: int | None) -> None:
    x = torch.tensor([1.0, 2.0])
    with torch.no_grad(), explorer.budget(room):
        tape = explorer.record(Net(tangents), x)
        assert torch.equal(tape.output, 6 * x**2)
        for ref in range(len(tape.values)):
            tape.value(ref)
    assert torch.equal(tape.value("_unpack_dual#0:1"), 3 * x**2)
    proof = tape.check()
    assert proof, proof.wrong


@dataclass
class Looped:
    """Holds itself."""

    y: Any
    me: Any = None


def holding_itself(kind: str, y: Tensor) -> Any:
    made: Any
    if kind == "list":
        made = [y]
        made.append(made)
    elif kind == "dict":
        made = {"y": y}
        made["me"] = made
    elif kind == "dataclass":
        made = Looped(y)
        made.me = made
    else:
        inner: list[Any] = [y + 1]
        made = (y, inner)
        inner.append(made)
    return made


@pytest.mark.parametrize("kind", ["list", "dict", "dataclass", "tuple"])
@pytest.mark.parametrize("room", [None, 0])
def test_an_output_may_contain_itself(kind: str, room: int | None) -> None:
    with torch.no_grad(), explorer.budget(room):
        tape = explorer.record(Net(lambda net, x: holding_itself(kind, x * 2)), torch.ones(3))
    assert tape.values[tape.outputs[0]].name == "mul#0"
    assert len(tape.outputs) == (2 if kind == "tuple" else 1)
    assert tape.check()
    again = tape.replay({"x": torch.zeros(3)}).output
    if kind == "list":
        assert again[1] is again
        assert torch.equal(again[0], torch.zeros(3))
    elif kind == "dict":
        assert again["me"] is again
    elif kind == "dataclass":
        assert again.me is again


def test_dataclasses_and_dicts_go_in_and_out() -> None:
    class Model(nn.Module):
        def forward(self, pair: Pair, more: dict[str, Tensor]) -> Pair:
            return Pair(pair.low + more["z"], [h * 2 for h in pair.high])

    pair = Pair(torch.randn(2), [torch.randn(2), torch.randn(2)])
    tape = explorer.record(Model(), pair, more={"z": torch.randn(2)})
    assert [tape.values[r].kind for e in tape.events for r in e.inputs] == ["input"] * 4
    assert isinstance(tape.output, Pair)
    new = torch.zeros(2)
    again = tape.replay({"pair[0]": new})
    assert isinstance(again.output, Pair)
    assert torch.equal(again.output.low, tape.value("more"))
    assert again.output.high[1] is tape.output.high[1]


def plain_layers() -> list[tuple[nn.Module, tuple[Any, ...]]]:
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    x = torch.randn(2, 5, 16)
    return [
        (layer.eval(), (x,)),
        (nn.TransformerEncoder(layer, 2).eval(), (x,)),
        (nn.MultiheadAttention(16, 2, batch_first=True).eval(), (x, x, x)),
        (nn.MultiheadAttention(16, 2, batch_first=True).train(), (x, x, x)),
        (nn.LSTM(16, 8, 2, bidirectional=True), (x,)),
        (nn.LSTM(16, 8), (pack_padded_sequence(x, torch.tensor([2, 2, 1, 1, 1])),)),
        (nn.LazyLinear(4), (x,)),
    ]


@pytest.mark.parametrize("which", range(7))
def test_pytorchs_own_layers_take_the_path_of_a_plain_call(which: int) -> None:
    model, given = plain_layers()[which]
    with torch.no_grad():
        plain = model(*given)
        tape = explorer.record(model, *given)
    assert all(map(torch.equal, flat(plain), flat(tape.output)))
    assert tape.check()
    fast = {0: "_transformer_encoder_layer_fwd", 2: "_native_multi_head_attention"}
    if which in fast:
        assert tape.events[0].op == fast[which]
    has = torch.overrides.has_torch_function
    assert has.__module__ != "explorer.engine.record"


def test_running_statistics_are_seen_to_change_though_nobody_counts_it() -> None:
    norm = nn.BatchNorm1d(4)
    x = torch.randn(3, 4)
    with torch.no_grad():
        tape = explorer.record(nn.Sequential(norm, norm).train(), x)
    first, second = (e for e in tape.events if e.op == "batch_norm")
    assert torch.equal(tape.value(first.inputs[1]), torch.zeros(4))
    torch.testing.assert_close(tape.value(second.inputs[1]), 0.1 * x.mean(0))
    assert tape.check()


def test_a_constant_is_kept_though_it_is_overwritten_under_another_name() -> None:
    """Compiled code may give out memory that it keeps, which looks new."""
    held = torch.zeros(3)
    borrowed = torch.jit.trace(_Lender(held), torch.ones(3))
    held = borrowed.held

    class Borrower(Net):
        def __init__(self) -> None:
            super().__init__(lambda self, x: (x + held, self.lender(x).add_(x))[0])
            self.lender = borrowed

    with torch.no_grad():
        tape = explorer.record(Borrower(), torch.ones(3))
    constant = next(value for value in tape.values if value.kind != "input" and value.writer < 0)
    assert held.tolist() == [1, 1, 1]
    assert tape.value(constant.name).tolist() == [0, 0, 0]


class _Lender(nn.Module):
    def __init__(self, held: Tensor) -> None:
        super().__init__()
        self.held = nn.Parameter(held)

    def forward(self, x: Tensor) -> Tensor:
        return self.held.view(3)


def test_keeping_too_late_does_not_keep_what_is_lost() -> None:
    model = nn.Linear(2, 2)
    tape = explorer.record(model, torch.randn(1, 2))
    with torch.no_grad():
        model.weight.add_(1)
    tape.keep()
    with pytest.raises(Problem, match="its old value is lost"):
        tape.value("weight")
    assert torch.equal(tape.value("bias"), model.bias)


def test_a_softmax_over_queries_is_no_attention_map() -> None:
    model = Net(lambda net, x: (x @ x.mT).softmax(0) @ x)
    assert explorer.record(model, torch.randn(4, 4)).attention() == []


def test_modules_called_in_another_thread_run_plainly_and_unrecorded() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            found: list[Tensor] = []
            work = threading.Thread(target=lambda: found.append(self.linear(x).detach()))
            work.start()
            work.join()
            return self.linear(x) + found[0]

    model, x = Model(), torch.randn(2, 3)
    with torch.no_grad():
        tape = explorer.record(model, x)
        assert torch.equal(tape.output, model(x))
    assert [e.id for e in tape.events] == ["linear/linear#0", "add#0"]
    assert [c.name for c in tape.calls] == ["", "linear"]


def test_a_lazy_module_makes_its_parameters_unseen() -> None:
    model = nn.Sequential(nn.LazyConv2d(3, 2), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    tape = explorer.record(model.eval(), torch.randn(1, 2, 5, 5))
    assert [e.op for e in tape.events] == ["conv2d", "batch_norm", "flatten", "linear"]
    assert tape.values[tape.ref("3.weight")].shape == (2, 48)
    assert "initialize_parameters" not in model[0].__dict__
    proof = tape.check()
    assert proof, proof.wrong


def test_a_padded_batch_takes_the_path_of_nested_tensors() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model, x = nn.TransformerEncoder(layer, 2).eval(), torch.randn(2, 5, 8)
    mask = torch.tensor([[False] * 5, [False] * 3 + [True] * 2])
    with torch.no_grad():
        plain = model(x, src_key_padding_mask=mask)
        tape = explorer.record(model, x, src_key_padding_mask=mask)
    assert torch.equal(tape.output, plain)
    nested = next(i for i, v in enumerate(tape.values) if tape.value(i).is_nested)
    assert tape.values[nested].shape == (2, 5, 8)
    proof = tape.check()
    assert proof, proof.wrong


def test_weights_changed_before_anybody_looked_are_not_shown_as_those_of_the_pass() -> None:
    model = nn.Linear(2, 2)
    tape = explorer.record(model, torch.randn(1, 2))
    with torch.no_grad():
        model.weight.add_(1)
    with pytest.raises(Problem, match="its old value is lost"):
        tape.value("weight")


def test_the_graph_gives_every_consumed_tensor_a_producer() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 2))
    graph = explorer.record(model, torch.randn(1, 4)).graph()
    edges = {(a, b) for a, b in graph.edges()}
    assert edges == {
        ("input", "0/linear#0"), ("0.weight", "0/linear#0"), ("0.bias", "0/linear#0"),
        ("0/linear#0", "1/relu#0"), ("1/relu#0", "2/linear#0"),
        ("2.weight", "2/linear#0"), ("2.bias", "2/linear#0"),
    }  # fmt: skip
    assert graph.nodes["2/linear#0"]["module"] == "2"
    assert graph.nodes["0.bias"]["kind"] == "parameter"


def test_two_threads_that_record_one_model_leave_it_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    first_in, second_in, first_out = (threading.Event() for _ in range(3))

    def first() -> None:
        def wait(*_: object) -> None:
            first_in.set()
            second_in.wait(10)

        model[1].register_forward_hook(wait)
        explorer.record(model, torch.ones(1, 4))
        first_out.set()

    thread = threading.Thread(target=first)
    thread.start()
    first_in.wait(10)
    model[1]._forward_hooks.clear()

    def hold(*_: object) -> None:
        second_in.set()
        first_out.wait(10)

    handle = model[1].register_forward_hook(hold)
    explorer.record(model, torch.ones(1, 4))
    handle.remove()
    thread.join()
    assert all("forward" not in module.__dict__ for module in model.modules())
    assert explorer.record(model, torch.ones(1, 4)).check()


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_compute_again_as_autograd_saw_them(
    kind: Callable[..., nn.Module],
) -> None:
    tape = explorer.record(kind(64, 64), torch.randn(20, 4, 64))
    assert tape.check()


def test_gradients_inside_of_a_pass_are_kept_and_not_proven() -> None:
    def forces(net: nn.Module, x: Tensor) -> Any:
        x = x.requires_grad_()
        energy = (x.tanh() ** 2).sum()
        return energy, -torch.autograd.grad(energy, x)[0]

    x = torch.randn(3)
    plain = forces(nn.Identity(), x.clone())[1]
    for room in (None, 0):
        with explorer.budget(room):
            tape = explorer.record(Net(forces), x.clone())
        assert tape.check()
        assert torch.equal(tape.value(tape.outputs[1]), plain)
        (event,) = (event.index for event in tape.events if event.op == "grad")
        assert not tape.opens(event)
        assert tape.open(event) is None


@pytest.mark.parametrize("transform", [torch.func.grad, torch.func.jacrev, torch.func.hessian])
def test_transforms_run_as_in_a_plain_call(transform: Callable[..., Any]) -> None:
    linear = nn.Linear(3, 3)

    def forward(net: nn.Module, x: Tensor) -> Any:
        return transform(lambda row: linear(row).relu_().sum())(x) * 2

    x = torch.randn(3)
    tape = explorer.record(Net(forward), x)
    assert torch.equal(tape.output, forward(linear, x))
    assert tape.events[-1].op == "mul"


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_a_nested_batch_is_described_without_the_maps_it_cannot_have() -> None:
    model = nn.MultiheadAttention(8, 2, batch_first=True).eval()
    x = torch.nested.nested_tensor([torch.randn(2, 8), torch.randn(3, 8)])
    with torch.no_grad():
        tape = explorer.record(model, x, x, x)
    assert tape.attention() == []
    assert not any(tape.opens(event.index) for event in tape.events)


def test_a_keyword_may_be_called_model() -> None:
    class Named(nn.Module):
        def forward(self, model: Tensor) -> Tensor:
            return model * 2

    assert explorer.record(Named(), model=torch.ones(2)).output.tolist() == [2, 2]
