"""Proving a tape: it leaves the pass as it was, and takes every kind of tensor."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import explorer
from explorer.core.problem import Problem


class Call(nn.Module):
    """A function of a linear layer and an input, as a model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(self.layer, x)


def _leaf(layer: nn.Linear, x: Tensor) -> Tensor:
    return (x * 2).detach_().requires_grad_()


def _cut(layer: nn.Linear, x: Tensor) -> Tensor:
    with torch.no_grad():
        y: Tensor = layer(x)
    return y.detach_().requires_grad_() * x


def _graded(layer: nn.Linear, x: Tensor) -> Tensor:
    y = layer(x).detach()
    y.requires_grad = True
    y.grad = torch.ones(3, 4)
    return y * x


def _state(tensor: Tensor) -> tuple[Any, ...]:
    grad = tensor.grad if tensor.is_leaf else None
    return tensor.requires_grad, tensor.is_leaf, tensor.shape, id(grad)


@pytest.mark.parametrize("function", [_leaf, _cut, _graded])
def test_a_check_and_a_replay_change_no_recorded_tensor(function: Callable[..., Any]) -> None:
    x = torch.randn(3, 4)
    tape = explorer.record(Call(function), x)
    held = [tensor for tensor in tape.script.tensors if tensor is not None]
    before = [_state(tensor) for tensor in held]
    assert tape.check(), tape.check().wrong
    tape.replay({"x": x + 1})
    for event in tape.events:
        tape.again(event.index)
    assert [_state(tensor) for tensor in held] == before
    assert tape.output.requires_grad
    assert tape.backward(tape.output.sum()).events


def _partly(layer: nn.Linear, x: Tensor) -> Tensor:
    made = torch.empty(4, 4)
    made[0] = layer(x)[0]
    made[2] = made[0] * 2
    return made


def _read_before(layer: nn.Linear, x: Tensor) -> tuple[Tensor, Tensor]:
    made = torch.empty(3, 4)
    doubled = made * 2
    return doubled, made.copy_(layer(x))


def _grown(layer: nn.Linear, x: Tensor) -> Tensor:
    y: Tensor = layer(x)
    y.resize_(6, 4)[4] = x[0]
    return y


def _as_numbers(layer: nn.Linear, x: Tensor) -> tuple[Tensor, Tensor]:
    made = x.new_empty(3, 4, dtype=torch.long)
    made[0] = 3
    made[1] = made[0] + 1
    return x[made[1] - 3], made > 0


def _through_a_view(layer: nn.Linear, x: Tensor) -> tuple[Tensor, Tensor]:
    made = torch.empty_like(x)
    row = made[1:]
    row.copy_(x[1:]).mul_(2)
    return row, made + 1


def _what_it_holds(layer: nn.Linear, x: Tensor) -> Tensor:
    made = torch.empty(2, dtype=torch.long)
    made[0] = 1
    return torch.zeros(int(made.clamp(0, 3)[1]), 2)


def test_a_weight_that_is_made_and_drawn_in_the_pass_is_proven() -> None:
    def made(layer: nn.Linear, x: Tensor) -> Tensor:
        weight = torch.empty(4, 4, requires_grad=True)
        return layer(x) @ nn.init.xavier_uniform_(weight)

    tape = explorer.record(Call(made), torch.randn(3, 4))
    proof = tape.check()
    assert proof, proof.wrong


@pytest.mark.parametrize("limit", [None, 0])
@pytest.mark.parametrize(
    "function", [_partly, _read_before, _grown, _as_numbers, _through_a_view, _what_it_holds]
)
def test_memory_that_nobody_set_is_not_compared(
    function: Callable[..., Any], limit: int | None
) -> None:
    x, model = torch.randn(3, 4), Call(function)
    for _ in range(3):
        junk = [torch.randn(6, 4), torch.randn(4, 4), torch.randn(3, 4)]
        del junk  # the memory that the model is likely to get
        with torch.no_grad(), explorer.budget(limit) if limit is not None else nullcontext():
            tape = explorer.record(model, x)
        proof = tape.check()
        assert proof, proof.wrong
        assert not proof.skipped


def test_what_was_written_into_memory_that_nobody_set_is_compared() -> None:
    with torch.no_grad():
        tape = explorer.record(Call(_partly), torch.randn(3, 4))
    versions = tape.script.versions
    tape.output[2, 1] += 1  # out of sight of the tape
    last = tape.outputs[0]
    versions[last] = tape.output._version
    assert tape.check().wrong == ["setitem_#1: computed again, setitem_#1 differs"]


def _jagged() -> Tensor:
    parts = [torch.randn(1, 4), torch.randn(3, 4)]
    return torch.nested.nested_tensor(parts, layout=torch.jagged)


def _attention(layer: nn.Linear, x: Tensor) -> Tensor:
    q = layer(x).unflatten(-1, (2, 2)).transpose(1, 2)
    return nn.functional.scaled_dot_product_attention(q, q, q)


def _made_inside(layer: nn.Linear, x: Tensor) -> Tensor:
    rows = layer(x.values())
    return torch.nested.as_nested_tensor([rows[:1], rows[1:]], layout=torch.jagged) * 2


JAGGED: dict[Callable[..., Any], tuple[int, ...]] = {
    (lambda layer, x: layer(x).relu()): (2, 3, 4),
    (lambda layer, x: layer(x).relu_().transpose(1, 2)): (2, 4, 3),
    (lambda layer, x: (x * 2).unbind()[1]): (3, 4),
    _attention: (2, 2, 3, 2),
    _made_inside: (2, 3, 4),
}


@pytest.mark.parametrize("function", JAGGED)
@pytest.mark.parametrize("limit", [None, 0])
def test_a_jagged_tensor_is_shown_as_large_as_its_longest_part(
    function: Callable[..., Any], limit: int | None
) -> None:
    x, model = _jagged(), Call(function)
    with torch.no_grad(), explorer.budget(limit) if limit is not None else nullcontext():
        tape = explorer.record(model, x)
    assert tape.values[tape.ref("x")].shape == (2, 3, 4)
    assert tape.values[tape.outputs[0]].shape == JAGGED[function]
    proof = tape.check()
    assert proof, proof.wrong
    assert not proof.skipped
    assert tape.graph().number_of_nodes() >= len(tape.events)
    with pytest.raises(Problem, match="is a nested tensor"):
        tape.explain("x", (0, 0, 0))
    with torch.no_grad():
        wanted = model(x * 3)
    again = tape.replay({"x": x * 3}).output
    assert all(map(torch.equal, again.unbind(), wanted.unbind()))


def test_a_proof_sees_a_jagged_value_that_is_wrong() -> None:
    tape = explorer.record(Call(lambda layer, x: x * 2), _jagged())
    tape.output.values()[2, 1] += 1  # out of sight of the tape
    tape.script.versions = [None] * len(tape.values)
    assert tape.check().wrong == ["mul#0: computed again, mul#0 differs"]


def test_a_strided_nested_tensor_can_be_replayed() -> None:
    x = torch.nested.nested_tensor([torch.randn(1, 4), torch.randn(3, 4)])
    tape = explorer.record(Call(lambda layer, x: x.relu()), x)
    again = tape.replay({"x": x * 3}).output
    assert torch.equal(again.unbind()[1], (x.unbind()[1] * 3).relu())


def test_a_masked_tensor_is_proved_and_its_cells_are_refused() -> None:
    x = torch.randn(3, 4)
    masked = torch.masked.masked_tensor(x, x > 0)
    tape = explorer.record(Call(lambda layer, x: (x * 2).sum(-1)), masked)
    proof = tape.check()
    assert proof
    assert not proof.skipped
    with pytest.raises(Problem, match="is a MaskedTensor tensor"):
        tape.explain("mul#0", (0, 0))


def test_tensors_without_numbers_are_not_compared() -> None:
    """PyTorch tries both ways on such tensors in the middle of a pass."""

    def either(layer: nn.Linear, x: Tensor) -> Any:
        return torch.cond(x.sum() > 0, lambda x: layer(x).cos(), lambda x: layer(x).sin(), (x,))

    model, x = Call(either), torch.randn(3, 4)
    tape = explorer.record(model, x)
    assert torch.equal(tape.output, model(x))
    proof = tape.check()
    assert proof, proof.wrong
    assert proof.skipped


def test_numbers_that_are_none_are_equal_beside_each_other_and_nowhere_else() -> None:
    x = torch.tensor([[-1.0, 0.0, 1.0, 4.0]])
    tape = explorer.record(Call(lambda layer, x: x.log() * 2), x)
    proof = tape.check()
    assert proof, proof.wrong
    tape.output.data[0, 0] = 5.0  # out of sight of the tape, in the place of NaN
    assert tape.check().wrong == ["mul#0: computed again, mul#0 differs"]


def test_an_input_that_does_not_count_is_named() -> None:
    def masked(layer: nn.Linear, x: Tensor) -> Tensor:
        nowhere = torch.zeros(4, dtype=torch.bool)
        return torch.where(nowhere, layer(x), x) + x * torch.zeros(4)

    with torch.no_grad():
        tape = explorer.record(Call(masked), torch.randn(3, 4))
    proof = tape.check()
    assert proof, proof.wrong
    assert proof.unmoved == [("where#0", "layer/linear#0"), ("mul#0", "x")]


def test_a_check_and_a_replay_draw_no_random_number_of_the_caller() -> None:
    def drops(layer: nn.Linear, x: Tensor) -> Tensor:
        return nn.functional.dropout(layer(x)) + torch.rand_like(x)

    with torch.no_grad():
        tape = explorer.record(Call(drops), torch.randn(3, 4))
        torch.manual_seed(7)
        drawn = torch.get_rng_state()
        assert tape.check()
        assert torch.equal(torch.get_rng_state(), drawn)
        tape.replay({"x": torch.randn(3, 4, generator=torch.Generator())})
        assert torch.equal(torch.get_rng_state(), drawn)


def test_what_cannot_be_compared_is_said() -> None:
    x = torch.randn(3, 4)
    masked = torch.masked.masked_tensor(x, x > 0)
    tape = explorer.record(Call(lambda layer, x: (x * 2).abs_()), masked)
    proof = tape.check()
    assert not proof.wrong
    assert [one.partition(":")[0] for one in proof.skipped] == ["abs_#0"]
