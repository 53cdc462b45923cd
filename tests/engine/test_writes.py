"""Writes in a pass that are easily missed: values are what they were before."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import explorer
from explorer.core.problem import Problem
from explorer.engine.memory import size_of
from tests.engine.explaining import Call


def kept_bytes(tape: explorer.Tape) -> int:
    """Of all results that are still there."""
    script = tape.script
    made = {
        id(tensor.untyped_storage()): size_of(tensor)
        for ref, tensor in enumerate(script.tensors)
        if tensor is not None and script.writer(ref) >= 0
    }
    return sum(made.values())


@pytest.mark.parametrize(
    "layer",
    [
        nn.BatchNorm1d(64),
        nn.InstanceNorm1d(64, track_running_stats=True),
        nn.Sequential(nn.BatchNorm1d(64), nn.ReLU(inplace=True)),
    ],
)
def test_layers_that_write_statistics_keep_to_the_budget(layer: nn.Module) -> None:
    model = nn.Sequential(*[layer] * 40).train()
    x = torch.randn(50, 64, 20)
    with torch.no_grad(), explorer.budget(3 * x.nbytes):
        tape = explorer.record(model, x)
    assert kept_bytes(tape) <= 4 * x.nbytes


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.chunk(2)[0] + 1,
        lambda x: x.unbind()[0] * 2,
        lambda x: torch.inference_mode()(lambda: x.topk(1).values * 2)(),
        lambda x: torch.inference_mode()(lambda: x.mul_(2).add_(1) * 2)(),
    ],
)
def test_tensors_made_in_inference_mode_are_recorded_outside_of_it(
    f: Callable[[Tensor], Tensor],
) -> None:
    with torch.inference_mode():
        x = torch.arange(4.0)
        same = x.clone()
    with torch.no_grad():
        plain = f(same)
        tape = explorer.record(Call(f), x)
    assert torch.equal(tape.output, plain)
    assert tape.check()


def test_an_input_that_changed_since_is_known_however_late_it_is_asked_for() -> None:
    x = torch.randn(3)
    tape = explorer.record(Call(lambda x: x * 2), x)
    x.mul_(2)
    with pytest.raises(Problem, match="changed after this pass"):
        tape.value(0)


class Held(nn.Module):
    """Calls a function with its buffer."""

    def __init__(self, f: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.b: Tensor
        self.register_buffer("b", torch.randn(3, 3))
        self.f = f

    def forward(self, x: Tensor) -> Tensor:
        return self.f(x, self.b)


def moved(x: Tensor, b: Tensor) -> Tensor:
    y = x * 2
    y.mul_(2)
    y.data = b
    y[0] = 0
    return y + x


def moved_at_once(x: Tensor, b: Tensor) -> Tensor:
    y = x.exp()
    y.data = b
    return y.add_(1) + x


def fused(x: Tensor, b: Tensor) -> Tensor:
    torch._fused_sgd_(
        [b], [x], [], weight_decay=0.0, momentum=0.0, lr=0.1, dampening=0.0, nesterov=False,
        maximize=False, is_first_step=True,
    )  # fmt: skip
    return b * x


def mapped(x: Tensor, b: Tensor) -> Tensor:
    y = x * 2
    z = y * 3
    y.map_(b, lambda one, other: one + other)
    return y + z


@torch.library.custom_op("layerscope_tests::add_one", mutates_args={"y"})
def add_one(x: Tensor, y: Tensor) -> None:
    y.add_(x)


def custom(x: Tensor, b: Tensor) -> Tensor:
    y = x * 2
    z = y * 3
    add_one(x, y)
    add_one(x, b)
    return y + z


@pytest.mark.parametrize("f", [moved, moved_at_once, fused, mapped, custom])
def test_what_an_op_writes_was_something_else_before(f: Callable[[Tensor, Tensor], Tensor]) -> None:
    model, x = Held(f), torch.randn(3, 3)
    before = model.b.clone()
    with torch.no_grad():
        tape = explorer.record(model, x)
        assert tape.check()
        names = [value.name for value in tape.values]
        if "b" in names:
            assert torch.equal(tape.value("b"), before)


def test_observers_of_quantization_write_their_statistics() -> None:
    torch.manual_seed(0)
    model = torch.ao.quantization.FusedMovingAvgObsFakeQuantize().train()
    before = model.scale.clone()
    with torch.no_grad():
        tape = explorer.record(model, torch.randn(4, 4))
        assert not torch.equal(model.scale, before)
        assert torch.equal(tape.value("scale"), before)
        assert tape.check()


@pytest.mark.parametrize("make", [torch.as_tensor, torch.asarray])
def test_memory_of_an_array_is_no_result_of_an_op(make: Callable[[Any], Tensor]) -> None:
    array = np.ones(3, dtype=np.float32)

    def f(x: Tensor) -> Tensor:
        a = make(array)
        b = a * 2
        a.add_(x)
        return a + b

    tape = explorer.record(Call(f), torch.ones(3))
    assert torch.equal(tape.value("constant#0"), torch.ones(3))
    assert tape.check()


def grown(x: Tensor) -> Tensor:
    past = [x, x * 2]
    y = torch.cat(tensors=past)
    past.append(y)
    return y


def turned(x: Tensor) -> Tensor:
    order = [1, 0]
    y = x.permute(dims=order)
    order.reverse()
    return y


def picked(x: Tensor) -> Tensor:
    rows = [0, 1]
    y = x[rows, :]
    rows.append(2)
    return y


def weighed(parts: dict[str, Tensor]) -> Tensor:
    if torch.overrides.has_torch_function(tuple(parts.values())):
        return torch.overrides.handle_torch_function(weighed, tuple(parts.values()), parts)
    return parts["a"] * 2 + parts["b"]


def renamed(x: Tensor) -> Tensor:
    parts = {"a": x, "b": x + 1}
    y = torch.overrides.handle_torch_function(weighed, (), parts)
    parts["a"], parts["b"] = parts["b"], parts["a"]
    return y


@pytest.mark.parametrize("f", [grown, turned, picked, renamed])
def test_a_list_is_what_it_was_when_it_was_given(f: Callable[[Tensor], Tensor]) -> None:
    tape = explorer.record(Call(f), torch.randn(3, 3))
    assert tape.check()


def test_random_projections_of_a_weight_are_drawn_again() -> None:
    def f(x: Tensor, b: Tensor) -> Tensor:
        return torch.svd_lowrank(nn.Parameter(b), q=2)[1] * x.mean()

    with torch.no_grad():
        tape = explorer.record(Held(f), torch.randn(3, 3))
    assert tape.check()


def test_what_went_by_autograd_is_not_replayed() -> None:
    def f(x: Tensor) -> Tensor:
        y = (x * 2).requires_grad_()
        (g,) = torch.autograd.grad((y * y).sum(), y)
        return g + 1

    tape = explorer.record(Call(f), torch.randn(3))
    with pytest.raises(Problem, match="autograd's graph"):
        tape.replay({0: torch.randn(3)})


def made_to_fit(x: Tensor, n: int) -> Tensor:
    made = torch.empty(0)
    torch.mul(x, n, out=made)
    return made.view(-1)


def two_made_to_fit(x: Tensor, n: int) -> Tensor:
    low, at = torch.empty(0), torch.empty(0, dtype=torch.long)
    torch.sort(x * n, out=(low, at))
    return low + at


def given_data(x: Tensor, n: int) -> Tensor:
    made = torch.empty(0)
    made.data = x * n
    return made.unsqueeze_(0).squeeze_(0)


class Repeated(nn.Module):
    """Adds up what ``f`` makes of its input, time after time; ``left`` are those tensors."""

    def __init__(self, f: Callable[[Tensor, int], Tensor]) -> None:
        super().__init__()
        self.f = f
        self.left: list[weakref.ref[Tensor]] = []

    def forward(self, x: Tensor) -> Tensor:
        total = x
        for n in range(20):
            made = self.f(x, n)
            self.left.append(weakref.ref(made))
            total = total + made.sum()
        return total


@pytest.mark.parametrize("f", [made_to_fit, two_made_to_fit, given_data])
def test_memory_that_grows_is_counted_and_let_go(f: Callable[[Tensor, int], Tensor]) -> None:
    x, limit = torch.randn(1000), 20_000
    with torch.no_grad():
        free = explorer.record(Repeated(f), x)
        with explorer.budget(limit):
            tape = explorer.record(model := Repeated(f), x)
    assert free.bytes >= 20 * x.nbytes
    assert tape.bytes == free.bytes
    assert tape.kept_bytes <= limit
    assert sum(one() is not None for one in model.left) <= limit // x.nbytes
    assert tape.check()
    assert all(torch.equal(tape.value(v.name), free.value(v.name)) for v in free.values)


def test_an_out_of_another_shape_takes_that_of_the_result() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            made = torch.zeros(5)
            with warnings.catch_warnings(action="ignore"):  # PyTorch would rather not
                torch.mul(x, 2, out=made)
            return made + 1

    tape = explorer.record(Net(), x := torch.randn(3, 4))
    assert tape.values[tape.ref("zeros#0")].shape == (5,)
    assert torch.equal(tape.value("zeros#0"), torch.zeros(5))
    assert torch.equal(tape.output, x * 2 + 1)
    assert tape.check()
    assert torch.equal(tape.replay({"x": x + 1}).output, (x + 1) * 2 + 1)


class Lends:
    """An argument with rules of its own: every op gives the tensor that it holds."""

    def __init__(self, held: Tensor) -> None:
        self.held = held

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return next(one for one in args if isinstance(one, cls)).held


class Subclass(Tensor):
    """A tensor that knows another."""

    other: Tensor

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.add:
            return args[0].other
        return super().__torch_function__(func, types, args, kwargs or {})


class Borrower(nn.Module):
    """Writes into what ``f`` gave of its weight."""

    def __init__(self, f: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.f = f
        self.weight = nn.Parameter(torch.ones(3))

    def forward(self, x: Tensor) -> Tensor:
        lent = self.f(x, self.weight)
        lent.add_(1)
        return x + self.weight


def by_subclass(x: Tensor, weight: Tensor) -> Tensor:
    given = x.as_subclass(Subclass)
    given.other = weight
    return torch.add(given, 1)


@pytest.mark.parametrize("limit", [None, 0])
@pytest.mark.parametrize(
    "f",
    [
        lambda x, weight: torch.add(x, Lends(weight)),  # type: ignore[call-overload]
        lambda x, weight: nn.functional.linear(x, Lends(weight)),  # type: ignore[arg-type]
        lambda x, weight: torch.add(x, Lends(weight[:2])),  # type: ignore[call-overload]
        by_subclass,
    ],
)
def test_a_weight_that_an_argument_lends_is_as_it_was_before_a_write(f: Any, limit: Any) -> None:
    x = torch.randn(3)
    with torch.no_grad(), explorer.budget(limit):
        tape = explorer.record(Borrower(f), x)
    assert torch.equal(tape.value("weight"), torch.ones(3))
    assert tape.check()
    again = tape.replay({"x": x + 5}).output
    with torch.no_grad():
        assert torch.equal(again, Borrower(f)(x + 5))


class Stateful:
    """Gives another tensor each time."""

    def __init__(self) -> None:
        self.times = 0

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        own = next(one for one in args if isinstance(one, cls))
        own.times += 1
        return torch.full((3,), float(own.times))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("limit", [None, 0])
def test_what_others_made_is_as_it_was_before_a_write(mode: Any, limit: Any) -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            made = torch.add(x, Stateful())  # type: ignore[call-overload]
            doubled = made * 2
            made.add_(x).mul_(3)
            return made + doubled

    x = torch.randn(3)
    with mode(), explorer.budget(limit):
        tape = explorer.record(Net(), x)
        assert torch.equal(tape.value("add#0"), torch.ones(3))
        assert torch.equal(tape.value("add_#0"), torch.ones(3) + x)
        assert torch.equal(tape.value("mul_#0"), (torch.ones(3) + x) * 3)
        assert torch.equal(tape.replay({"x": x + 1}).value("mul#0"), torch.full((3,), 4.0))


@pytest.mark.parametrize("limit", [None, 0])
def test_every_part_of_a_tensor_is_a_result_in_inference_mode(limit: int | None) -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor, ...]:
            low, high = (x * 2).chunk(2)
            high.add_(1)
            return (*x.unbind(0), low * high)

    x = torch.randn(4, 3)
    with torch.inference_mode(), explorer.budget(limit):
        tape = explorer.record(Net(), x)
        assert all(value.name == "x" for value in tape.values if value.writer < 0)
        assert tape.check()
        for one, other in zip(tape.replay({"x": x + 1}).output, Net()(x + 1), strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize("limit", [None, 0])
def test_memory_that_nobody_set_is_the_same_every_time(limit: int | None) -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x.new_full((3, 8), 7.0)  # memory that the next one is likely to get
            made = torch.empty(3, 8)
            made[:, :4] = x
            made[:, 4:] = x * 2
            return made

    with torch.no_grad(), explorer.budget(limit):
        tape = explorer.record(Net(), x := torch.randn(3, 4))
    assert torch.equal(tape.value("setitem_#0"), torch.cat([x, torch.zeros(3, 4)], 1))
    assert tape.check()
    assert torch.equal(tape.output, torch.cat([x, x * 2], 1))


def test_numbers_that_are_put_together_come_from_tensors() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.as_tensor([x.sum(), x.mean(), 2.0]) + torch.as_tensor([1.0, 2.0, 3.0])

    with torch.no_grad():
        tape = explorer.record(Net(), x := torch.randn(3))
        assert torch.equal(tape.output, Net()(x))
        assert torch.equal(tape.replay({"x": x + 1}).output, Net()(x + 1))
    assert tape.check()


@pytest.mark.parametrize("limit", [None, 0])
def test_a_view_that_is_met_after_a_write_follows_it(limit: int | None) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.state: Tensor
            self.register_buffer("state", torch.zeros(3))
            self.part = self.state[:2]  # another tensor in the memory of the buffer

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            self.state.add_(x)
            made = (x * 2).add_(1)
            return self.part * 2, nn.Parameter(made) * x

    x = torch.randn(3)
    with torch.no_grad(), explorer.budget(limit):
        tape = explorer.record(Net(), x)
        again, other = tape.replay({"x": x + 1}).output, Net()(x + 1)
    assert all(
        torch.equal(tape.value(ref), one)
        for ref, one in zip(tape.outputs, tape.output, strict=True)
    )
    assert all(torch.equal(one, two) for one, two in zip(again, other, strict=True))
    assert torch.equal(tape.value("state"), torch.zeros(3))
    assert tape.check()
    assert tape.explain("mul#1", 0).value == tape.output[0][0]
    assert tape.explain("add_#0:1", 0).value == x[0]
