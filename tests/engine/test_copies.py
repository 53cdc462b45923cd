"""Modules that are copied, compiled or looked at during a pass are those of a plain call."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import explorer
from tests.engine.forwards import Block


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
            return made(x)

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
            return torch.jit.script(block)(x)
        if way == "trace":
            return torch.jit.trace(block, x)(x)
        forward: Any = block.forward
        if way == "function":
            return forward.__func__(block, x)
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


@pytest.mark.parametrize("way", ["module", "in place"])
def test_what_torch_compile_made_runs_as_it_would_and_is_one_op(way: str) -> None:
    compiled: list[list[str]] = []

    def backend(graph: torch.fx.GraphModule, given: list[Tensor]) -> Callable[..., Any]:
        compiled.append([node.name for node in graph.graph.nodes])
        return graph.forward

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
