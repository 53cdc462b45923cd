"""What a recorder can get wrong: each of these models was, or could be, recorded falsely."""

from __future__ import annotations

import copy
import gc
import inspect
import io
import pickle
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence
from torch.overrides import TorchFunctionMode

import explorer
from explorer.core.problem import Problem
from explorer.engine.proof import same
from explorer.engine.tape import Tape


class Net(nn.Module):
    """``f`` as the forward of a module with a weight and a mask."""

    def __init__(self, f: Callable[..., Any]) -> None:
        super().__init__()
        self.f = f
        self.weight = nn.Parameter(torch.arange(1.0, 5.0))
        self.register_buffer("mask", torch.tensor([True, False, True, True]))

    def forward(self, x: Tensor) -> Any:
        return self.f(self, x)


def seen_through_a_view(net: Net, x: Tensor) -> Any:
    a = x * 2
    a[0].zero_()
    return a + 1


def view_after_its_base(net: Net, x: Tensor) -> Any:
    a = x * 2
    row = a[1]
    a.add_(1)
    return row * 3, a[1:].neg()


def many_writes(net: Net, x: Tensor) -> Any:
    a = x * 2
    a[0] = 1
    a[1] += 2
    flat = a.view(-1)
    flat[3:5].mul_(3)
    return a.sum() + flat


def key_value_cache(net: Net, x: Tensor) -> Any:
    cache, out = torch.zeros(8, 4), []
    for t in range(len(x)):
        cache[t] = x[t]
        out.append(cache[: t + 1].sum(0))
    return out, cache


def through_data(net: Net, x: Tensor) -> Any:
    net.weight.data.mul_(2)
    return x * net.weight


def own_generator(net: Net, x: Tensor) -> Any:
    noise = torch.rand(4, 4, generator=torch.Generator().manual_seed(3))
    net.seen = noise.clone()
    noise.mul_(2)
    return noise + x


def reused_list(net: Net, x: Tensor) -> Any:
    parts = [x * 1]
    one = torch.cat(parts)
    parts.append(x * 2)
    two = torch.cat(parts)
    parts.clear()
    return one, two


def in_place_operator(net: Net, x: Tensor) -> Any:
    net.mask &= torch.tensor([False, True, True, True])
    return x * net.mask


def foreach(net: Net, x: Tensor) -> Any:
    both = [x * 1, x * 2]
    torch._foreach_add_(both, 1.0)
    return both[0] + both[1]


def overload(net: Net, x: Tensor) -> Any:
    a = x * 1
    torch.ops.aten.add_.Tensor(a, x)
    return torch.ops.aten.mul(a, 2)


def out_argument(net: Net, x: Tensor) -> Any:
    target = torch.zeros(4, 4)
    torch.add(x, x, out=target)
    return target * 2


def vmapped(net: Net, x: Tensor) -> Any:
    return torch.vmap(lambda row: row * 2)(x) + x


def dropped(net: Net, x: Tensor) -> Any:
    x = F.dropout(x * 1, 0.5, training=True, inplace=True)
    return F.rrelu(x, training=True) + torch.randn_like(x)


def autocast_inside(net: Net, x: Tensor) -> Any:
    with torch.autocast("cpu", torch.bfloat16):
        y = x @ x
    return y.float() + F.linear(x, x)


def sliced_by_a_tensor(net: Net, x: Tensor) -> Any:
    n = torch.tensor(2)
    return x[:n, net.mask[None].expand(2, 4)[0]]


def half_and_complex(net: Net, x: Tensor) -> Any:
    spectrum = torch.fft.fft(x.to(torch.float64))
    return spectrum.real.half(), spectrum.abs().bfloat16(), x.to(torch.int8) // 2


def sparse(net: Net, x: Tensor) -> Any:
    return torch.sparse.mm(x.relu().to_sparse(), x)


def empty_and_scalar(net: Net, x: Tensor) -> Any:
    nothing = x[:0]
    return nothing.sum() + x.mean(), torch.cat([nothing, x])


def named_results(net: Net, x: Tensor) -> Any:
    top = x.topk(2)
    return {"top": top.values, "at": top.indices, "low": x.min(0)}


def reshaped_in_place(net: Net, x: Tensor) -> Any:
    y = x + 1
    row = y[0]
    y.unsqueeze_(0).mul_(2)
    y.transpose_(1, 2)
    z = x * 1
    z.resize_(2, 8)
    return y * 2, row, z.sum()


def by_keyword(net: Net, x: Tensor) -> Any:
    y = x * 2
    row = y[0]
    torch.relu_(input=y)
    nn.init.constant_(tensor=y[1], val=3.0)
    return row + 0, y


def written_data(net: Net, x: Tensor) -> Any:
    y = x * 2
    z = y + 1
    y.data = z.new_ones(2, 2)
    return y * 2, z


def custom_function(net: Net, x: Tensor) -> Any:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, gradient: Tensor) -> Tensor:
            return gradient * 2

    return Double.apply(x) + 1


def conjugate_views(net: Net, x: Tensor) -> Any:
    y = torch.complex(x, x + 1)
    flipped, negative = y.conj(), y.conj().imag
    flipped.mul_(2j)
    negative.add_(1)
    return flipped + 1, negative * 2, y


def result_of_its_own_shape(net: Net, x: Tensor) -> Any:
    out = torch.empty(0)
    torch.add(x, x, out=out)
    twice = out * 2
    out.mul_(3)
    return out, twice


def expanded(net: Net, x: Tensor) -> Any:
    y = x[0] * 1
    wide = y.expand(3, 4)
    y.mul_(2)
    return wide + 1, y


def rows_of_a_whole(net: Net, x: Tensor) -> Any:
    out = torch.zeros(150, 4)
    rows = out.unbind()
    for t in range(150):
        rows[t].copy_(x[t % 4])
    rows[3].add_(1)
    return out * 1, rows[3] * 2, rows[149] * 2


MODELS = (
    seen_through_a_view, view_after_its_base, many_writes, key_value_cache, through_data,
    own_generator, reused_list, in_place_operator, foreach, overload, out_argument, vmapped,
    dropped, autocast_inside, sliced_by_a_tensor, half_and_complex, sparse, empty_and_scalar,
    named_results, reshaped_in_place, by_keyword, written_data, custom_function,
    conjugate_views, result_of_its_own_shape, expanded, rows_of_a_whole,
)  # fmt: skip


def flat(thing: Any) -> list[Tensor]:
    from explorer.engine.nesting import tensors

    return list(tensors(thing))


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
        return forward_ad.unpack_dual(y).tangent * 2  # type: ignore[operator]


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


def test_a_copy_made_in_the_pass_computes_with_its_own_weights() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 3)
            self.kept: Any = None

        def forward(self, x: Tensor) -> Tensor:
            other = copy.deepcopy(self.linear)
            nn.init.zeros_(other.weight)
            self.kept = self.linear.forward
            assert list(inspect.signature(self.linear.forward).parameters) == ["input"]
            return other(x)

    model, x = Model(), torch.randn(2, 3)
    with torch.no_grad():
        tape = explorer.record(model, x)
        assert torch.equal(tape.output, model.linear.bias.expand(2, 3))
        calls = len(tape.calls)
        model.kept(x)  # a forward that outlives the recording is the plain one
    assert len(tape.script.calls()) == calls


def test_a_replay_that_changes_a_shape_says_so() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            chosen = (x > 0).nonzero().flatten()
            return x[chosen].sum() if chosen.numel() else x.sum() * 3

    tape = explorer.record(Model(), torch.tensor([1.0, -1.0, 2.0]))
    with pytest.raises(Problem, match="would decide otherwise"):
        tape.replay({"x": torch.tensor([1.0, 1.0, 1.0])})


def test_keeping_too_late_does_not_keep_what_is_lost() -> None:
    model = nn.Linear(2, 2)
    tape = explorer.record(model, torch.randn(1, 2))
    with torch.no_grad():
        model.weight.add_(1)
    tape.keep()
    with pytest.raises(Problem, match="its old value is lost"):
        tape.value("weight")
    assert torch.equal(tape.value("bias"), model.bias)


def test_a_failure_is_that_of_the_exception_which_came_through() -> None:
    class Inner(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * 2

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Inner()

        def forward(self, x: Tensor) -> Tensor:
            x = self.inner(x)
            try:
                torch.matmul(x, torch.ones(9))
            except RuntimeError:
                x = x + 1
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as caught:
        explorer.record(Model(), torch.randn(2, 2))
    failure = caught.value.tape.failure  # type: ignore[attr-defined]
    assert (failure.op, failure.module, failure.shapes) == ("", "", ())
    assert failure.text == "ValueError: mine"

    @dataclass(frozen=True)
    class Frozen(Exception):
        reason: str

    class Raises(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise Frozen("so")

    with pytest.raises(Frozen):
        explorer.record(Raises(), torch.randn(1))


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


def test_a_compiled_module_is_one_op() -> None:
    class Inner(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(x) + 1

    model = nn.Sequential(nn.Linear(4, 4), torch.jit.script(Inner()), nn.ReLU())
    tape = explorer.record(model, torch.randn(2, 4))
    assert [e.id for e in tape.events] == ["0/linear#0", "1/Inner#0", "2/relu#0"]
    assert tape.events[1].inputs == tape.events[0].outputs
    assert tape.events[2].inputs == tape.events[1].outputs
    assert tape.check()
    alone = explorer.record(torch.jit.script(Inner()), torch.randn(2, 4))
    assert [e.op for e in alone.events] == ["Inner"]
    known = sys.modules["explorer.engine.record"]._care
    assert not [func for func in known if type(func).__name__ == "Closed"]  # it holds the model


def by_pickle(module: nn.Module) -> nn.Module:
    found = pickle.loads(pickle.dumps(module))
    assert isinstance(found, nn.Module)
    return found


def by_file(module: nn.Module) -> nn.Module:
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    found = torch.load(file, weights_only=False)
    assert isinstance(found, nn.Module)
    return found


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.inner(x)) * 2


@pytest.mark.parametrize("way", [by_pickle, by_file, copy.copy, copy.deepcopy])
def test_a_copy_made_in_the_pass_is_a_module_of_its_own(
    way: Callable[[nn.Module], nn.Module],
) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Block()
            self.made: list[nn.Module] = []

        def forward(self, x: Tensor) -> Tensor:
            made = way(self.block)
            made._modules = {**made._modules, "inner": nn.Identity()}
            self.made.append(made)
            return made(x)  # type: ignore[no-any-return]

    model, x = Model(), torch.randn(2, 3)
    tape = explorer.record(model, x)
    assert torch.equal(tape.output, torch.relu(x) * 2)
    assert torch.equal(model.made[0](x), torch.relu(x) * 2)  # after the pass, too
    assert vars(model.made[0]).keys() == vars(model.block).keys() == vars(Block()).keys()
    assert tape.check()


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("way", ["script", "trace", "source", "function", "name", "method"])
def test_the_forward_of_a_module_can_be_looked_at_in_the_pass(way: str) -> None:
    def look(block: nn.Module, x: Tensor) -> Tensor:
        if way == "script":
            return torch.jit.script(block)(x)  # type: ignore[no-any-return]
        if way == "trace":
            return torch.jit.trace(block, x)(x)  # type: ignore[no-any-return]
        forward: Any = block.forward
        if way == "function":
            return forward.__func__(block, x)  # type: ignore[no-any-return]
        told = {
            "source": lambda: len(inspect.getsource(forward)) + forward.__code__.co_argcount,
            "name": lambda: len(forward.__name__) + len(forward.__qualname__),
            "method": lambda: inspect.ismethod(forward) and forward.__self__ is block,
        }
        return x * told[way]()

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Block()

        def forward(self, x: Tensor) -> Tensor:
            return look(self.block, x)

    model, x = Model(), torch.randn(2, 3)
    with torch.no_grad():
        plain = model(x)
        tape = explorer.record(model, x)
    assert torch.equal(tape.output, plain)
    assert tape.check()


@pytest.mark.parametrize("way", ["module", "in place"])
def test_what_torch_compile_made_runs_as_it_would_and_is_one_op(way: str) -> None:
    compiled: list[list[str]] = []

    def backend(graph: torch.fx.GraphModule, given: list[Tensor]) -> Callable[..., Any]:
        compiled.append([node.name for node in graph.graph.nodes])
        return graph.forward  # type: ignore[no-any-return]

    block = nn.Sequential(Block(), nn.Dropout(0.5))
    middle = block
    if way == "in place":
        block.compile(backend=backend)
    else:
        middle = torch.compile(block, backend=backend)  # type: ignore[assignment]
    model, x = nn.Sequential(nn.Linear(3, 3), middle, nn.ReLU()), torch.randn(2, 3)
    with torch.no_grad():
        torch.manual_seed(0)
        plain = model(x)
        once = len(compiled)
        before = {name: dict(vars(one)) for name, one in model.named_modules()}
        torch.manual_seed(0)
        tape = explorer.record(model, x)
        assert torch.equal(tape.output, plain)
        assert [e.id for e in tape.events] == ["0/linear#0", "1/Sequential#0", "2/relu#0"]
        assert tape.check()
        model(x)
    assert len(compiled) == once  # what was compiled for the plain call served
    for name, one in model.named_modules():
        assert vars(one).keys() == before[name].keys()


def test_weights_changed_before_anybody_looked_are_not_shown_as_those_of_the_pass() -> None:
    model = nn.Linear(2, 2)
    tape = explorer.record(model, torch.randn(1, 2))
    with torch.no_grad():
        model.weight.add_(1)
    with pytest.raises(Problem, match="its old value is lost"):
        tape.value("weight")


# ------------------------------------------------------------------ replay


@pytest.mark.parametrize("f", MODELS[:5], ids=lambda f: f.__name__)
def test_a_replay_is_the_model_run_with_the_change(f: Callable[..., Any]) -> None:
    x, other = torch.randn(4, 4), torch.randn(4, 4)
    with torch.no_grad():
        tape = explorer.record(Net(f), x.clone())
        before = [tape.value(i).clone() for i in range(len(tape.values))]
        again = tape.replay({"x": other})
        plain = Net(f)(other.clone())
    assert all(map(torch.equal, flat(again.output), flat(plain)))
    assert all(torch.equal(tape.value(i), b) for i, b in enumerate(before))
    assert all(map(torch.equal, flat(tape.output), (tape.value(r) for r in tape.outputs)))


def test_a_replay_computes_only_what_follows() -> None:
    calls: list[str] = []

    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            a, b = x * 2, x * 3
            return a.exp() + b.tanh().cos()

    tape = explorer.record(Model(), torch.randn(3))
    for event, step in zip(tape.events, tape.script.steps, strict=True):
        step.func = lambda *a, f=step.func, op=event.id, **k: calls.append(op) or f(*a, **k)
    changed = torch.randn(3)
    again = tape.replay({"tanh#0": changed})
    assert calls == ["cos#0", "add#0"]
    assert torch.equal(again.output, tape.value("exp#0") + changed.cos())
    further = again.replay({"exp#0": torch.zeros(3)})
    assert torch.equal(further.output, changed.cos())


def test_a_replay_says_when_the_model_would_have_gone_another_way() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * 2 if x.sum() > 0 else x * 3

    tape = explorer.record(Model(), torch.ones(3))
    assert torch.equal(tape.replay({"x": torch.full((3,), 5.0)}).output, torch.full((3,), 10.0))
    with pytest.raises(Problem) as caught:
        tape.replay({"x": -torch.ones(3)})
    assert "would decide otherwise" in str(caught.value)
    assert __file__ in str(caught.value)
    with pytest.raises(Problem, match="cannot become"):
        tape.replay({"x": torch.ones(4)})


# ------------------------------------------------------------------ exceptions and the graph


def test_an_exception_brings_the_tape_of_what_happened_before_it() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            x = x + 1
            return self.inner(x)

    model = Model()
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied") as caught:
        explorer.record(model, torch.randn(2, 4))
    tape: Tape = caught.value.tape  # type: ignore[attr-defined]
    assert [e.id for e in tape.events] == ["add#0"]
    assert tape.failure is not None
    assert tape.failure.op == "linear"
    assert tape.failure.module == "inner"
    assert tape.failure.shapes == ((2, 4), (3, 3), (3,))
    assert tape.failure.source.startswith(__file__)
    assert "mat1 and mat2" in tape.failure.text
    assert explorer.record(model, torch.randn(2, 3)).failure is None


class Ends(BaseException):
    """No `Exception`."""


class Raising(nn.Module):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3)
        self.error = error

    def forward(self, x: Tensor) -> Tensor:
        x = self.inner(x)
        self.seen = weakref.ref(x)
        raise self.error


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, Ends, ValueError])
def test_whatever_ends_a_pass_brings_its_tape(kind: type[BaseException]) -> None:
    model = Raising(kind(3))
    with pytest.raises(kind) as caught:
        explorer.record(model, torch.ones(2, 3))
    tape: Tape = caught.value.tape  # type: ignore[attr-defined]
    assert [e.id for e in tape.events] == ["inner/linear#0"]
    assert torch.equal(tape.value("inner/linear#0"), model.inner(torch.ones(2, 3)))
    assert tape.failure is not None
    assert tape.failure.source.startswith(__file__)
    assert tape.failure.text == ("sys.exit(3)" if kind is SystemExit else f"{kind.__name__}: 3")
    assert "forward" not in vars(model)


@pytest.mark.parametrize("where", ["module", "op", "kept"])
def test_activations_go_with_the_exception_that_ended_the_pass(where: str) -> None:
    class Model(Raising):
        def forward(self, x: Tensor) -> Tensor:
            if where == "op":
                x = self.inner(x)
                self.seen = weakref.ref(x)
                return x @ x.expand(3, 2, 3)[:, :1]
            return super().forward(x)

    model = Model(ValueError("no"))
    gc.collect()
    gc.disable()
    try:
        try:
            explorer.record(model, torch.ones(2, 3))
        except (ValueError, RuntimeError) as error:
            model.error = ValueError()
            assert model.seen() is not None
            kept = error.tape if where == "kept" else None  # type: ignore[union-attr]
        if kept is not None:
            assert kept.value("inner/linear#0") is model.seen()
            kept = None
        assert model.seen() is None
    finally:
        gc.enable()


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
def test_recurrent_layers_compute_again_as_autograd_saw_them(kind: type[nn.RNNBase]) -> None:
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


@pytest.mark.parametrize("transform", [torch.func.grad, torch.func.jacrev, torch.func.hessian])
def test_transforms_run_as_in_a_plain_call(transform: Callable[..., Any]) -> None:
    linear = nn.Linear(3, 3)

    def forward(net: nn.Module, x: Tensor) -> Any:
        return transform(lambda row: linear(row).relu_().sum())(x) * 2

    x = torch.randn(3)
    tape = explorer.record(Net(forward), x)
    assert torch.equal(tape.output, forward(linear, x))
    assert tape.events[-1].op == "mul"


def test_a_padded_batch_is_described_without_the_maps_it_cannot_have() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.TransformerEncoder(layer, 2).eval()
    mask = torch.tensor([[False, False, True], [False, False, False]])
    with torch.no_grad():
        tape = explorer.record(model, torch.randn(2, 3, 8), src_key_padding_mask=mask)
    assert tape.attention() == []
    assert not any(tape.opens(event.index) for event in tape.events)


def test_a_keyword_may_be_called_model() -> None:
    class Named(nn.Module):
        def forward(self, model: Tensor) -> Tensor:
            return model * 2

    assert explorer.record(Named(), model=torch.ones(2)).output.tolist() == [2, 2]


def test_a_mode_that_a_model_leaves_on_stays_and_the_recorder_goes() -> None:
    class Left(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            return func(*args, **(kwargs or {}))

    left = Left()

    def leave(net: nn.Module, x: Tensor) -> Tensor:
        left.__enter__()
        return x + 1

    tape = explorer.record(Net(leave), torch.ones(2))
    try:
        assert torch._C._len_torch_function_stack() == 1
        assert torch._C._get_function_stack_at(0) is left
    finally:
        left.__exit__(None, None, None)
    assert [event.op for event in tape.events] == ["add"]
