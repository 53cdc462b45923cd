"""Recurrences that somebody wrote by hand: what is seen as time, and what its states are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.picture.scene import Scene
from tests.end_to_end.test_time import T, drawn, loops, recorded

pytestmark = pytest.mark.slow  # processes and windows of their own

B, C = 2, 4


class Net(nn.Module):
    """Runs a function that is given its weights."""

    def __init__(self, run: Callable[[Net, Tensor], Tensor]) -> None:
        super().__init__()
        self.w, self.u, self.v = (nn.Linear(C, C) for _ in range(3))
        self.gates, self.around = nn.Linear(C, 4 * C), nn.Linear(C, 4 * C)
        self.embed = nn.Embedding(7, C)
        self.run = run

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self, x)


class Cell(nn.Module):
    """An LSTM cell: ``h, c`` of ``x`` and ``(h, c)``."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Linear(2 * C, 4 * C)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        h, c = state
        i, f, o, g = self.w(torch.cat([x, h], -1)).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class Stack(nn.Module):
    """Cells of a kind, called at every step."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.cells = nn.ModuleList(Cell() for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        states = [(x.new_zeros(len(x), C), x.new_zeros(len(x), C)) for _ in self.cells]
        given = []
        for t in range(T):
            y = x[:, t]
            for k, cell in enumerate(self.cells):
                states[k] = cell(y, states[k])
                y = states[k][0]
            given.append(y)
        return torch.stack(given, 1)


class Both(nn.Module):
    """One LSTM cell forwards and one backwards, each given its own zeros."""

    def __init__(self, expands: bool) -> None:
        super().__init__()
        self.right, self.left = nn.LSTMCell(C, C), nn.LSTMCell(C, C)
        self.expands = expands

    def zeros(self, x: Tensor) -> Tensor:
        return torch.zeros(1, C).expand(len(x), C) if self.expands else torch.zeros(len(x), C)

    def forward(self, x: Tensor) -> Tensor:
        ways = []
        for cell, order in (self.right, range(T)), (self.left, range(T - 1, -1, -1)):
            h, c, given = self.zeros(x), self.zeros(x), []
            for t in order:
                h, c = cell(x[:, t], (h, c))
                given.append(h)
            ways.append(torch.stack(given if order.step > 0 else given[::-1], 1))
        return torch.cat(ways, -1)


def seen(model: nn.Module) -> Scene:
    """The scene of a pass: modules open, but for cells."""
    torch.manual_seed(0)
    recording = recorded(model, torch.randn(B, T, C))
    closed = {call.index for call in recording.calls if "Cell" in call.kind}
    return drawn(recording, frozenset(range(len(recording.calls))) - closed)


def states(made: Scene) -> dict[str, int]:
    """What is written beside wires but for times, and how often."""
    names = [name.text for wire in made.wires for name in wire.names if "=" not in name.text]
    return {name: names.count(name) for name in sorted(names)}


# ---------------------------------------------------------------------- what is time


def plain(net: Net, x: Tensor) -> Tensor:
    h, given = torch.zeros(len(x), C), []
    for t in range(T):
        h = torch.tanh(net.w(x[:, t]) + net.u(h))
        given.append(h)
    return torch.stack(given, 1)


def projected(net: Net, x: Tensor) -> Tensor:
    """What is read goes through its weights before the loop, all at once."""
    z, h, given = net.w(x), torch.zeros(len(x), C), []
    for t in range(T):
        h = torch.tanh(z[:, t] + net.u(h))
        given.append(h)
    return torch.stack(given, 1)


def gru(net: Net, x: Tensor) -> Tensor:
    z, h, given = net.gates(x), torch.zeros(len(x), C), []
    for part in z.unbind(1):
        zr, zu, zn, _ = part.chunk(4, -1)
        r, u = torch.sigmoid(zr + net.w(h)), torch.sigmoid(zu + net.u(h))
        h = (1 - u) * torch.tanh(zn + r * net.v(h)) + u * h
        given.append(h)
    return torch.stack(given, 1)


def lstm(net: Net, x: Tensor) -> Tensor:
    h, c = torch.zeros(len(x), C), torch.zeros(len(x), C)
    for t in range(T):
        i, f, o, g = (net.gates(x[:, t]) + net.around(h)).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    return h


def lstm_of_one_zero(net: Net, x: Tensor) -> Tensor:
    z, given = net.gates(x), []
    h = c = torch.zeros(len(x), C)
    for t in range(T):
        i, f, o, g = (z[:, t] + net.around(h)).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        given.append(h)
    return torch.stack(given, 1)


@pytest.mark.parametrize(
    ("run", "names"),
    [
        (plain, {"h": T - 1, "h₀": 1}),
        (projected, {"h": T - 1, "h₀": 1}),
        (gru, {"h": T - 1, "h₀": 1}),
        (lstm, {"c": T - 1, "c₀": 1, "h": T - 1, "h₀": 1}),
        (lstm_of_one_zero, {"c": T - 1, "h": T - 1, "h₀ c₀": 2}),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_ops_alone_are_a_recurrent_network(run: Any, names: dict[str, int]) -> None:
    made = seen(Net(run))
    assert loops(made) == [list(range(T))]
    counts = states(made)
    assert counts.keys() == names.keys()
    for name in names.keys() - {"h₀ c₀", "h₀", "c₀"}:
        assert counts[name] >= names[name]  # several ops of a step may read it


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_cell_of_ones_own_names_its_states(layers: int) -> None:
    made = seen(Stack(layers))
    assert loops(made) == [list(range(T))]
    each = {"c": T - 1, "c₀": 1, "h": T - 1, "h₀": 1}
    assert states(made) == {name: count * layers for name, count in each.items()}


def test_what_a_generator_reads_beside_its_state_is_not_called_one() -> None:
    def generate(net: Net, x: Tensor) -> Tensor:
        h, token, given = x[:, 0], torch.zeros(len(x), dtype=torch.long), []
        for _ in range(T):
            h = torch.tanh(net.embed(token) + net.u(h))
            given.append(net.gates(h))
            token = given[-1][:, :7].argmax(-1)
        return torch.stack(given, 1)

    made = seen(Net(generate))
    assert loops(made) == [list(range(T))]
    assert states(made) == {}


# ---------------------------------------------------------------------- what is none


def attention(net: Net, x: Tensor) -> Tensor:
    q, k, v = net.gates(x)[..., : 3 * C].chunk(3, -1)
    return net.w((q @ k.mT).softmax(-1) @ v)


def unbound_attention(net: Net, x: Tensor) -> Tensor:
    for _ in range(3):  # of shared weights
        q, k, v = net.gates(x)[..., : 3 * C].view(B, T, 3, C).unbind(2)
        x = x + net.w((q @ k.mT).softmax(-1) @ v)
    return x


def heads(net: Net, x: Tensor) -> Tensor:
    q, k, given = net.w(x), net.u(x), []
    for n in range(C):
        one = slice(n, n + 1)
        given.append((q[..., one] @ k[..., one].mT).softmax(-1) @ x[..., one])
    return net.v(torch.cat(given, -1))


def coordinates(net: Net, x: Tensor) -> Tensor:
    return torch.cat([net.w(part.expand(-1, -1, C)) for part in x.split(1, -1)], -1)


def shared_depth(net: Net, x: Tensor) -> Tensor:
    for _ in range(T):
        x = x + torch.relu(net.w(x))
    return x


def modulated_depth(net: Net, x: Tensor) -> Tensor:
    y, scales = x[:, 0], net.w(x)
    for t in range(T):
        y = torch.relu(net.u(y)) * scales[:, t]
    return y


@pytest.mark.parametrize(
    "run", [attention, unbound_attention, heads, coordinates, shared_depth, modulated_depth]
)
def test_what_is_cut_for_another_reason_is_no_time(run: Any) -> None:
    made = seen(Net(run))
    assert loops(made) == []
    assert not any("t =" in name.text for wire in made.wires for name in wire.names)


# ---------------------------------------------------------------------- two directions


@pytest.mark.parametrize("expands", [False, True])
def test_equal_times_of_two_directions_stand_below_each_other(expands: bool) -> None:
    made = seen(Both(expands))
    right, left = sorted(made.root.axes, key=lambda axis: axis.top)
    assert (right.backwards, left.backwards) == (False, True)
    assert right.marks == left.marks
    assert [time for _, time in right.marks] == list(range(T))
    written = [name.text for wire in made.wires for name in wire.names if "=" in name.text]
    assert sorted(written) == sorted([f"t = {t}{way}" for t in range(T) for way in ("", " ←")])
