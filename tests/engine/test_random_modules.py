"""Hundreds of random modules: branches, reuse, in-place ops, views, tuples, dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

import explorer
from explorer.engine.nesting import tensors
from explorer.engine.proof import same

C = 4  # every state is a list of (C, C) tensors, so that any op fits anywhere


class Deep(nn.Module):
    """A module inside: it is used more than once, and gives a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(C, C)
        self.norm = nn.BatchNorm1d(C)

    def forward(self, x: Tensor, pair: tuple[Tensor, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        y = self.norm(self.linear(x))
        return y, {"sum": pair[0] + y, "other": pair[1]}


Op = Callable[["Random", list[Tensor], Tensor, Tensor], Tensor | None]


def in_place_view(net: Random, state: list[Tensor], a: Tensor, b: Tensor) -> None:
    a[1].add_(b[0])


def write_block(net: Random, state: list[Tensor], a: Tensor, b: Tensor) -> None:
    a[1:3, :2] = b[:2, 2:]


def relu_in_place(net: Random, state: list[Tensor], a: Tensor, b: Tensor) -> None:
    F.relu(a, inplace=True)


def flat_write(net: Random, state: list[Tensor], a: Tensor, b: Tensor) -> None:
    a.view(-1)[3:9].mul_(2) if a.is_contiguous() else a.neg_()


def through_data(net: Random, state: list[Tensor], a: Tensor, b: Tensor) -> None:
    a.data.clamp_(-1, 1)


def module(net: Random, state: list[Tensor], a: Tensor, b: Tensor) -> Tensor:
    y, more = net.deep(a, (b, a))
    state.append(more["sum"])
    return y + more["other"]


def count(net: Random, state: list[Tensor], a: Tensor, b: Tensor) -> Tensor:
    net.total += 1
    return a * net.total


def decide(net: Random, state: list[Tensor], a: Tensor, b: Tensor) -> Tensor:
    return a - b if a.sum() > b.sum() else a + b


OPS: tuple[Op, ...] = (
    lambda net, state, a, b: a + b,
    lambda net, state, a, b: a @ b,
    lambda net, state, a, b: a.T,
    lambda net, state, a, b: a.softmax(-1),
    lambda net, state, a, b: torch.cat([a[:2], b[2:]]),
    lambda net, state, a, b: torch.where(a > b, a, b),
    lambda net, state, a, b: F.dropout(a, 0.5, training=True),
    lambda net, state, a, b: torch.stack(a.chunk(2)).sum(0).repeat(2, 1),
    lambda net, state, a, b: a.detach().clone(),
    lambda net, state, a, b: net.linear(a).tanh_(),
    lambda net, state, a, b: a + torch.randn(C, C),
    in_place_view, write_block, relu_in_place, flat_write, through_data, module, count, decide,
)  # fmt: skip


class Random(nn.Module):
    """Runs a list of (op, which a, which b) on a growing list of tensors; returns all of them."""

    def __init__(self, steps: list[tuple[int, int, int]]) -> None:
        super().__init__()
        self.steps = steps
        self.linear: nn.Linear = nn.Linear(C, C)
        self.deep = Deep()
        self.total: Tensor
        self.register_buffer("total", torch.zeros(()))

    def forward(self, x: Tensor, more: dict[str, Tensor]) -> Any:
        state = [x * 1, more["y"] * 1]
        for op, a, b in self.steps:
            made = OPS[op](self, state, state[a % len(state)], state[b % len(state)])
            if made is not None:
                state.append(made)
        return state[-1], {"all": tuple(state)}


steps = st.lists(
    st.tuples(st.integers(0, len(OPS) - 1), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=9,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps, seed=st.integers(0, 99))
def test_any_module_is_recorded_exactly(steps: list[tuple[int, int, int]], seed: int) -> None:
    def fresh() -> tuple[Random, Tensor, dict[str, Tensor]]:
        torch.manual_seed(seed)
        return Random(steps), torch.randn(C, C), {"y": torch.randn(C, C)}

    with torch.no_grad():
        model, x, more = fresh()
        plain = list(tensors(model(x, more)))
        drawn = torch.get_rng_state()
        model, x, more = fresh()
        tape = explorer.record(model, x, more)
    assert torch.equal(torch.get_rng_state(), drawn)
    outputs = list(tensors(tape.output))
    assert all(map(same, outputs, plain))
    assert all(same(tape.value(r), o) for r, o in zip(tape.outputs, plain, strict=True))
    kinds = {v.name: v.kind for v in tape.values if v.writer < 0}
    assert "constant" not in kinds.values()
    proof = tape.check()
    assert proof, proof.wrong


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps, seed=st.integers(0, 99))
def test_a_replay_with_another_input_is_the_model_run_with_it(
    steps: list[tuple[int, int, int]], seed: int
) -> None:
    steps = [s for s in steps if OPS[s[0]] is not decide]
    torch.manual_seed(seed)
    state = torch.get_rng_state()
    x, other, y = torch.randn(C, C), torch.randn(C, C), torch.randn(C, C)
    random = torch.get_rng_state()
    with torch.no_grad():
        torch.set_rng_state(state)
        tape = explorer.record(_seeded(steps, seed, random), x.clone(), {"y": y.clone()})
        again = tape.replay({"x": other})
        plain = list(tensors(_seeded(steps, seed, random)(other.clone(), {"y": y.clone()})))
    found = list(tensors(again.output))
    assert all(map(same, found, plain))


def _seeded(steps: list[tuple[int, int, int]], seed: int, random: Tensor) -> Random:
    torch.manual_seed(seed)
    made = Random(steps)
    torch.set_rng_state(random)
    return made
