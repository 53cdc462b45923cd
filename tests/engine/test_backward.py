"""Gradients of a tape against autograd's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

import explorer
from explorer.core.problem import Problem
from explorer.core.spec import GPTSpec
from explorer.engine.build import build


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 6)
        self.fc2 = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.fc1(x))
        return self.fc2(h + h.tanh())


def plain_gradients(model: nn.Module, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    found = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return found


def test_parameters_get_the_gradients_of_a_plain_backward_bit_for_bit() -> None:
    torch.manual_seed(0)
    model, x, y = Net(), torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    wanted = plain_gradients(model, x, y)
    tape = explorer.record(model, x)
    back = tape.backward(F.cross_entropy(tape.output, y))
    assert {n: back.gradients[tape.ref(n)].tolist() for n in wanted} == {
        n: g.tolist() for n, g in wanted.items()
    }
    assert all(p.grad is None for p in model.parameters())
    again = tape.backward(F.cross_entropy(tape.output, y) * 2)
    assert torch.equal(again.gradients[tape.ref("fc1.weight")], 2 * wanted["fc1.weight"])


def test_every_activation_of_a_gpt_has_the_gradient_autograd_gave_it() -> None:
    spec = GPTSpec(family="gpt", vocabulary=11, context=8, layers=2, heads=2, width=8)
    model, tokens = build(spec, 0), torch.randint(0, 11, (2, 8))
    tape = explorer.record(model, tokens)
    back = tape.backward(tape.output.square().mean())
    live = [r for r in tape.script.edges if tape.values[r].kind == "activation"]
    assert len(live) > 40
    loss = tape.output.square().mean()
    wanted = torch.autograd.grad(
        loss,
        [t for r in live if (t := tape.script.tensors[r]) is not None],
        retain_graph=True,
        allow_unused=True,
    )
    for ref, gradient in zip(live, wanted, strict=True):
        assert gradient is not None
        assert torch.equal(back.gradients[ref], gradient), tape.values[ref].name


def test_values_before_and_after_an_in_place_op_have_gradients_of_their_own() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = x * 2
            y.mul_(3)
            y[0] = 7.0
            return y.square().sum()

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    tape = explorer.record(Model(), x)
    back = tape.backward()
    got = {tape.values[r].name: g.tolist() for r, g in back.gradients.items()}
    assert got["sum#0"] == 1.0
    assert got["setitem_#0"] == [14.0, 24.0]  # d(y²) = 2y, of what y became
    assert got["mul_#0"] == [0.0, 24.0]  # the first number was overwritten
    assert got["mul#0"] == [0.0, 72.0]
    assert got["x"] == [0.0, 144.0]


def test_events_come_in_the_order_of_autograd_and_know_their_op() -> None:
    model, x = Net(), torch.randn(5, 4)
    tape = explorer.record(model, x)
    seen: list[Any] = []
    loss = tape.output.sum()
    node = loss.grad_fn
    handles, waiting, met = [], [node], {node}
    while waiting:
        one: Any = waiting.pop()
        if not hasattr(one, "variable"):
            handles.append(one.register_hook(lambda *_, one=one: seen.append(one.name())))
        for following, _ in one.next_functions:
            if following is not None and following not in met:
                met.add(following)
                waiting.append(following)
    torch.autograd.grad(loss, list(model.parameters()), retain_graph=True)
    for handle in handles:
        handle.remove()
    back = tape.backward(loss)
    assert [e.name for e in back.events] == seen
    ops = [tape.events[e.event].id if e.event >= 0 else "" for e in back.events]
    assert ops[0] == ""  # the sum came after the pass
    assert ops[1] == "fc2/linear#0"
    assert [op for op in dict.fromkeys(ops) if op] == [
        "fc2/linear#0", "add#0", "tanh#0", "relu#0", "fc1/linear#0",
    ]  # fmt: skip
    assert all(e.seconds >= 0 for e in back.events)


def test_what_cannot_go_back_says_so() -> None:
    model, x = Net(), torch.randn(5, 4)
    with torch.no_grad():
        without = explorer.record(model, x)
    with pytest.raises(Problem, match="without gradients"):
        without.backward()
    tape = explorer.record(model, x)
    with pytest.raises(Problem, match=r"one number, this is \(5, 3\)"):
        tape.backward()
    back = tape.backward(gradient=torch.ones(5, 3))
    assert torch.equal(back.gradients[tape.outputs[0]], torch.ones(5, 3))


def test_reentrant_checkpoints_are_a_problem_that_names_the_remedy() -> None:
    class Checkpointed(nn.Module):
        def __init__(self, reentrant: bool) -> None:
            super().__init__()
            self.layer, self.reentrant = nn.Linear(4, 4), reentrant

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = checkpoint(self.layer, x, use_reentrant=self.reentrant)
            return found

    x = torch.randn(3, 4, requires_grad=True)
    tape = explorer.record(Checkpointed(True), x)
    with pytest.raises(Problem, match="use_reentrant=False"):
        tape.backward(tape.output.sum())
    assert x.grad is None
    tape = explorer.record(Checkpointed(False), x)
    back = tape.backward(tape.output.sum())
    assert tape.ref("layer.weight") in back.gradients


def test_a_model_that_returns_no_tensor_needs_a_loss() -> None:
    class Silent(nn.Module):
        def forward(self, x: Tensor) -> str:
            (x * 2).sum()
            return "done"

    tape = explorer.record(Silent(), torch.randn(3, requires_grad=True))
    with pytest.raises(Problem, match="returned no tensor"):
        tape.backward()
    assert tape.backward("sum#0").gradients[tape.ref("x")].tolist() == [2, 2, 2]


def test_every_result_of_an_op_has_a_gradient_of_its_own() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            one, two, three = x.chunk(3)
            return (one * 2 + two.square() + three.exp()).sum()

    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    tape = explorer.record(Model(), x)
    back = tape.backward()
    (split,) = [event for event in tape.events if event.op == "chunk"]
    found = [back.gradients[ref].item() for ref in split.outputs]
    assert found == pytest.approx([2.0, 4.0, torch.tensor(3.0).exp().item()])


class Signs(torch.autograd.Function):
    """The sign, with a gradient as if it were the identity (straight through)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.sign()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0]


class Doubled(torch.autograd.Function):
    """Twice, in place."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.mark_dirty(x)
        return x.mul_(2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return 2 * gradients[0]


@pytest.mark.parametrize(("function", "op"), [(Signs, "sign"), (Doubled, "mul_")])
def test_what_a_function_of_the_models_own_gives_has_its_gradient(
    function: type[torch.autograd.Function], op: str
) -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            given: Tensor = function.apply(self.linear(x) + 1)
            return (given * 3).sum()

    tape = explorer.record(Own(), torch.randn(2, 3))
    assert [event.op for event in tape.events] == ["linear", "add", op, "mul", "sum"]
    back = tape.backward(tape.output)
    event = tape.events[2]
    assert torch.equal(back.gradients[event.outputs[0]], torch.full((2, 3), 3.0))
    assert [one.event for one in back.events if one.name == f"{function.__name__}Backward"] == [2]
