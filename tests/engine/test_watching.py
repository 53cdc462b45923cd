"""Module calls are seen however they come about, and PyTorch is left as it was."""

from __future__ import annotations

import functools
import gc
import signal
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import explorer
from explorer.core.problem import Problem
from explorer.engine import watching
from tests.engine.forwards import Block


class Net(nn.Module):
    """A model whose forward is a function of two blocks and a layer."""

    def __init__(self, work: Callable[[Any, Tensor], Tensor]) -> None:
        super().__init__()
        self.first, self.second, self.layer = Block(), Block(), nn.Linear(3, 3)
        self.work = work

    def forward(self, x: Tensor) -> Tensor:
        return self.work(self, x)


def recorded(work: Callable[[Any, Tensor], Tensor]) -> explorer.Tape:
    model, x = Net(work), torch.randn(2, 3)
    with torch.no_grad():
        plain = model(x)
        tape = explorer.record(model, x)
        assert torch.equal(tape.output, plain)
    assert tape.check()
    for call in tape.calls[1:]:
        around = tape.calls[call.parent]
        assert around.first <= call.first <= call.last <= around.last
    assert nn.Module.__call__.__code__.co_name == "_wrapped_call_impl"
    return tape


def tree(tape: explorer.Tape) -> list[tuple[str, str, int, int]]:
    """Path, path of the call around it, first and last event of each call."""
    return [
        (
            call.module,
            tape.calls[call.parent].module if call.parent >= 0 else "-",
            call.first,
            call.last,
        )
        for call in tape.calls
    ]


CALLED = [
    ("", "-", 0, 3), ("first", "", 0, 2), ("first.inner", "first", 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    "work",
    [
        lambda net, x: net.first(x) + 1,
        lambda net, x: net.first.forward(x) + 1,
        lambda net, x: Block.forward(net.first, x) + 1,
        lambda net, x: functools.partial(net.first.forward, x)() + 1,
    ],
    ids=["call", "forward", "function", "partial"],
)
def test_a_forward_called_directly_is_a_call_like_any_other(work: Any) -> None:
    tape = recorded(work)
    assert tree(tape) == CALLED
    assert [e.id for e in tape.events] == [
        "first.inner/linear#0", "first/relu#0", "first/mul#0", "add#0",
    ]  # fmt: skip


def test_forwards_called_directly_in_turn_are_calls_of_their_own() -> None:
    def work(net: Any, x: Tensor) -> Tensor:
        for _ in range(2):
            x = net.first.forward(x)
        return net.second.forward(x) - net.layer.forward(x)

    tape = recorded(work)
    assert [(c.module, c.number, c.first, c.last) for c in tape.calls if c.parent == 0] == [
        ("first", 0, 0, 2), ("first", 1, 3, 5), ("second", 0, 6, 8), ("layer", 0, 9, 9),
    ]  # fmt: skip


def test_a_helper_beneath_a_forward_called_directly_belongs_to_it() -> None:
    def helped(x: Tensor) -> Tensor:
        return x.exp() + 1

    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Block()

        def forward(self, x: Tensor) -> Tensor:
            return self.block.forward(helped(x)) + helped(x)

    outer = Outer()

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.outer = outer

        def forward(self, x: Tensor) -> Tensor:
            return helped(self.outer.forward(x))

    with torch.no_grad():
        tape = explorer.record(Model(), torch.randn(2, 3))
    assert tree(tape) == [
        ("", "-", 0, 9), ("outer", "", 0, 7), ("outer.block", "outer", 2, 4),
        ("outer.block.inner", "outer.block", 2, 2),
    ]  # fmt: skip
    assert tape.check()


def test_the_forward_of_a_base_class_is_the_same_call() -> None:
    class Derived(Block):
        @torch.no_grad()
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) + 1

    tape = explorer.record(nn.Sequential(Derived()), torch.randn(2, 3))
    assert tree(tape) == [("", "-", 0, 3), ("0", "", 0, 3), ("0.inner", "0", 0, 0)]


def test_what_a_hook_does_is_a_part_of_its_module() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    model[0].register_forward_hook(lambda module, given, out: out * 2)
    model[1].register_forward_pre_hook(lambda module, given: (given[0] + 1,))
    tape = explorer.record(model, torch.randn(2, 3))
    assert [e.id for e in tape.events] == ["0/linear#0", "0/mul#0", "1/add#0", "1/relu#0"]


def test_modules_that_are_registered_nowhere_are_seen() -> None:
    hidden = [nn.Linear(3, 3), nn.Tanh()]
    tape = recorded(lambda net, x: hidden[1](hidden[0](x)))
    assert [(c.kind, c.first, c.last) for c in tape.calls] == [
        ("Net", 0, 1), ("Linear", 0, 0), ("Tanh", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("through", ["forward", "call", "neither"])
def test_a_model_with_a_call_of_its_own(through: str) -> None:
    class Own(Block):
        def __call__(self, x: Tensor) -> Tensor:
            if through == "neither":
                return torch.tanh(self.inner(x))
            return super().__call__(x) if through == "call" else self.forward(x)

    own = Own()
    with torch.no_grad():
        alone = explorer.record(own, torch.randn(2, 3))
        within = explorer.record(nn.Sequential(own), torch.randn(2, 3))
    assert alone.calls[0].last == len(alone.events) - 1
    assert [c.module for c in alone.calls] == ["", "inner"]
    if through != "neither":
        assert tree(within) == [("", "-", 0, 2), ("0", "", 0, 2), ("0.inner", "0", 0, 0)]
    assert alone.check()
    assert within.check()


def test_a_pass_recorded_inside_of_another_is_in_both() -> None:
    inner: list[explorer.Tape] = []

    def work(net: Any, x: Tensor) -> Tensor:
        inner.append(explorer.record(net.first, x))
        return inner[-1].output + 1

    tape = recorded(work)
    assert tree(tape) == CALLED
    assert tree(inner[-1]) == [("", "-", 0, 2), ("inner", "", 0, 0)]


def test_a_failure_in_a_forward_called_directly_names_its_module() -> None:
    model = Net(lambda net, x: net.second.forward(x[:, :2]))
    with pytest.raises(RuntimeError) as caught:
        explorer.record(model, torch.randn(2, 3))
    assert caught.value.tape.failure.module == "second.inner"  # type: ignore[attr-defined]


def test_a_layer_that_raises_before_its_op_is_named() -> None:
    with pytest.raises(ValueError, match="expected 2D or 3D input") as caught:
        explorer.record(nn.Sequential(nn.Flatten(0), nn.BatchNorm1d(4)), torch.randn(1, 4))
    assert caught.value.tape.failure.module == "1"  # type: ignore[attr-defined]


def test_pytorch_has_its_own_bytecode_back_after_each_way_to_end() -> None:
    plain = nn.Module.__call__.__code__
    seen = []

    def work(net: Any, x: Tensor) -> Tensor:
        seen.append(nn.Module.__call__.__code__ is plain)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explorer.record(Net(work), torch.randn(2, 3))
    explorer.record(Block(), torch.randn(2, 3))
    assert seen == [False]
    assert nn.Module.__call__.__code__ is plain


def test_passes_of_two_threads_are_told_apart() -> None:
    both = threading.Barrier(2, timeout=10)
    tapes: dict[int, explorer.Tape] = {}

    def pass_by(number: int) -> None:
        def work(net: Any, x: Tensor) -> Tensor:
            both.wait()
            x = net.first(x) if number else net.layer(x)
            both.wait()
            return x

        tapes[number] = explorer.record(Net(work), torch.randn(2, 3))

    threads = [threading.Thread(target=pass_by, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [c.module for c in tapes[0].calls] == ["", "layer"]
    assert [c.module for c in tapes[1].calls] == ["", "first", "first.inner"]


def test_a_constant_changed_after_the_pass_is_not_shown_as_it_is_now() -> None:
    held = [torch.ones(3)]
    tape = recorded(lambda net, x: net.layer(x) * held[0])
    name = next(v.name for v in tape.values if v.kind == "constant")
    assert torch.equal(tape.value(name), torch.ones(3))
    fresh = explorer.record(Net(lambda net, x: net.layer(x) * held[0]), torch.randn(2, 3))
    held[0].add_(1)  # before anybody looked at the tape
    with pytest.raises(Problem, match="its old value is lost"):
        fresh.value(name)


def test_a_forward_may_play_with_its_own_variables() -> None:
    """Up to Python 3.12 who looks at the variables of a frame changes what `locals()` gave it."""

    class Names(nn.Module):
        def forward(self, x: Tensor, times: float = 2.0) -> Tensor:
            given = dict(locals()) if times == 3.0 else locals()
            del given["self"]
            y = torch.relu(x) + 1
            return y * sum(one for one in given.values() if isinstance(one, float))

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.names = Names()
            self.names.register_forward_hook(lambda module, given, out: None)

        def forward(self, x: Tensor) -> Tensor:
            return self.names(x) + self.names.forward(x)

    model, x = Model(), torch.ones(2)
    tape = explorer.record(model, x)
    assert torch.equal(tape.output, model(x))
    assert tape.check()


def test_what_a_forward_lets_go_of_is_free() -> None:
    freed = []

    class Block(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            class Large:
                pass

            large = Large()
            seen = weakref.ref(large)
            x = torch.relu(x)
            del large
            freed.append(seen() is None)
            return x

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Block()

        def forward(self, x: Tensor) -> Tensor:
            return self.block.forward(x)

    explorer.record(Model(), torch.ones(2))
    assert freed == [True]


def test_no_frame_outlives_the_pass() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Block()

        def forward(self, x: Tensor) -> Tensor:
            here = threading.local()  # something that only a frame holds
            seen.append(weakref.ref(here))
            return self.block.forward(x)

    seen: list[Any] = []
    gc.disable()
    try:
        tape = explorer.record(Model(), torch.randn(2, 3))
        assert seen[0]() is None
    finally:
        gc.enable()
    assert tape.check()


def test_self_may_have_another_name() -> None:
    class This(nn.Module):
        def forward(this, x: Tensor) -> Tensor:  # noqa: N805
            return torch.relu(x) * 2

    this = This()
    tape = recorded(lambda net, x: this.forward(x) + 1)
    assert [(c.kind, c.first, c.last) for c in tape.calls] == [("Net", 0, 2), ("This", 0, 1)]


def test_an_op_that_raises_in_a_forward_called_directly_is_its() -> None:
    class Square(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x @ x

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.square = Square()

        def forward(self, x: Tensor) -> Tensor:
            return self.square.forward(x)

    with pytest.raises(RuntimeError) as caught:
        explorer.record(Model(), torch.randn(2, 3))
    assert caught.value.tape.failure.module == "square"  # type: ignore[attr-defined]


def test_a_pass_recorded_inside_of_a_forward_called_directly() -> None:
    class Recording(Block):
        def forward(self, x: Tensor) -> Tensor:
            return explorer.record(self.inner, x).output + 1

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Recording()

        def forward(self, x: Tensor) -> Tensor:
            return self.block.forward(x)

    tape = explorer.record(Model(), torch.randn(2, 3))
    assert tree(tape) == [("", "-", 0, 1), ("block", "", 0, 1), ("block.inner", "block", 0, 0)]


@pytest.mark.parametrize("when", range(1, 6))
def test_an_interruption_while_pytorch_is_put_back_does_not_keep_it_changed(
    when: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a user who presses Ctrl+C, or of the engine that is to give a pass up."""
    plain, has = nn.Module.__call__.__code__, torch.overrides.has_torch_function
    count = 0

    class Lock:
        def __enter__(self) -> None:
            nonlocal count
            count += 1
            if count == when:
                raise KeyboardInterrupt

        def __exit__(self, *_: object) -> None:
            nonlocal count
            count += 1
            if count == when:
                raise KeyboardInterrupt

    monkeypatch.setattr(watching, "_lock", Lock())
    with suppress(KeyboardInterrupt):
        explorer.record(Block(), torch.randn(2, 3))
    monkeypatch.undo()
    assert count >= min(when, 4)
    assert nn.Module.__call__.__code__ is plain
    assert torch.overrides.has_torch_function is has
    assert torch.overrides._get_current_function_mode_stack() == []
    assert watching._watching == {}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such signals here")
def test_a_pass_can_be_given_up_at_any_moment() -> None:
    """The handler of a signal raises wherever the interpreter happens to be."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    model = nn.Sequential(*(Block() for _ in range(6)))
    x = torch.randn(1, 3)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        for n in range(400):
            with suppress(KeyboardInterrupt):
                try:
                    signal.setitimer(signal.ITIMER_REAL, 1e-4 + n * 4e-6)
                    explorer.record(model, x)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert torch.overrides._get_current_function_mode_stack() == []
    assert watching._watching == {}


def test_what_torch_compile_made_may_be_called_through_its_forward() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.compiled: Any = torch.compile(Block(), backend="eager")

        def forward(self, x: Tensor) -> Tensor:
            return self.compiled.forward(x) + self.compiled.forward(x)

    model, x = Model(), torch.randn(2, 3)
    with torch.no_grad():
        plain = model(x)
        tape = explorer.record(model, x)
    assert torch.equal(tape.output, plain)
    for event in tape.events:
        call = tape.calls[event.call]
        assert call.first <= event.index <= call.last
    assert tape.check()


def test_calls_of_modules_are_seen_where_nobody_records_ops() -> None:
    compiled: Any = torch.compile(Block(), backend="eager")
    model, x = nn.Sequential(Block(), compiled), torch.randn(2, 3)
    watcher = watching.Watcher(model)
    with torch.no_grad():
        plain = model(x)
        try:
            assert torch.equal(watcher.watch((x,), {}), plain)
        finally:
            watcher.unwatch()
    seen = [type(module).__name__ for module, *_ in watcher.calls]
    assert seen == ["Sequential", "Block", "Linear", type(compiled).__name__]
    assert watching._watching == {}


def test_a_pass_inside_of_another_leaves_its_ways_as_they_were() -> None:
    """By `has_torch_function` PyTorch's attention chooses between its fast and its slow path, in
    the inner pass and in what the outer one does after it."""

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
            self.one, self.other = layer, nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
            self.inner: list[explorer.Tape] = []

        def forward(self, x: Tensor) -> Tensor:
            self.inner.append(explorer.record(self.one, x))
            return self.other(self.inner[-1].output)

    torch.manual_seed(0)
    model, x = Model().eval(), torch.randn(1, 3, 8)
    own = torch.overrides.has_torch_function
    with torch.no_grad():
        plain = model(x)
        tape = explorer.record(model, x)
    fused = "_transformer_encoder_layer_fwd"
    assert [event.op for event in model.inner[-1].events] == [fused]
    assert [event.op for event in tape.events] == [fused, fused]
    assert torch.equal(tape.output, plain)
    assert torch.overrides.has_torch_function is own
