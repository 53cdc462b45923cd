"""A pass that does not come to its end brings its tape, and leaves nothing behind."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import explorer
from explorer.engine.tape import Tape
from tests.engine.forwards import Net


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
