"""Recurrent models of PyTorch, from the recording to the picture: time goes from left to right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from explorer.core.graph import Recording
from explorer.core.ops import NETWORKS
from explorer.core.values import ExampleInput
from explorer.engine.record import record
from explorer.engine.recording import Shown
from explorer.picture.layout import Layout
from explorer.picture.scene import Room, Scene
from tests.picture.promises import all_is_drawn, keeps_its_promises, names_stand_free, rooms

pytestmark = pytest.mark.slow  # processes and windows of their own

T = 5


def recorded(model: nn.Module, *given: Tensor) -> Recording:
    """A pass with all fused networks opened."""
    with torch.no_grad():
        tape = record(model.eval(), *given)
        shown = Shown(tape)
        for event in reversed(tape.events):
            if event.op in NETWORKS:
                shown.open(event.index)
        return shown.describe(1, "random", ExampleInput(), {})


def drawn(recording: Recording, opened: frozenset[int]) -> Scene:
    """A scene that keeps its promises."""
    made = Layout(recording).scene(opened)
    keeps_its_promises(made)
    for room in rooms(made):
        all_is_drawn(room)
        names_stand_free(room)
    return made


def looked_at(recording: Recording) -> list[Scene]:
    """With everything open, and with steps and cells closed."""
    every = frozenset(range(len(recording.calls)))
    closed = {c.index for c in recording.calls if c.kind.startswith("t = ") or "Cell" in c.kind}
    return [drawn(recording, every - closed), drawn(recording, every)]


def times(room: Room) -> list[list[int]]:
    """The times of the loops of a room, from left to right."""
    for axis in room.axes:
        assert all(a < b for (a, _), (b, _) in pairwise(axis.marks))
    return [[time for _, time in axis.marks] for axis in room.axes]


def loops(made: Scene) -> list[list[int]]:
    return [found for room in rooms(made) for found in times(room)]


def roles(made: Scene) -> list[str]:
    return sorted(box.role for box in made.boxes if box.role)


class Packed(nn.Module):
    """Sequences of several lengths, forwards and backwards."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 4, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, torch.tensor([T, 3, 2]), batch_first=True)
        return pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0]


class Translator(nn.Module):
    """An encoder, and a decoder that attends to what it gave (arXiv:1409.0473)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.GRU(4, 4, batch_first=True)
        self.query, self.key, self.score = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 1)
        self.decoder = nn.GRUCell(8, 4)
        self.head = nn.Linear(4, 6)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory, h = self.encoder(source)
        h, keys, given = h[0], self.key(memory), []
        for t in range(target.shape[1]):
            scores = self.score(torch.tanh(self.query(h).unsqueeze(1) + keys)).squeeze(-1)
            context = (scores.softmax(-1).unsqueeze(1) @ memory).squeeze(1)
            h = self.decoder(torch.cat([target[:, t], context], -1), h)
            given.append(self.head(h))
        return torch.stack(given, 1)


def test_an_lstm_of_two_layers() -> None:
    for made in looked_at(recorded(nn.LSTM(4, 4, 2), torch.randn(T, 2, 4))):
        assert loops(made) == [list(range(T))] * 2
        found = roles(made)
        assert found == sorted(["c₀", "h₀"] * 2 + ["hₜ", "xₜ"] * 2 + ["cₙ", "hₙ"])
        names = [name.text for wire in made.wires for name in wire.names]
        assert (names.count("h₀"), names.count("c₀")) == (2, 2)


def test_a_gru_of_two_directions() -> None:
    both = looked_at(recorded(nn.GRU(4, 4, bidirectional=True), torch.randn(T, 2, 4)))
    for made in both:
        assert loops(made) == [list(range(T))] * 2
    states = [wire.points for wire in both[0].wires if wire.state == "h"]
    right = [points[-1][0] > points[-2][0] for points in states]
    assert right.count(True) == right.count(False) == T - 1


def test_two_directions_do_not_look_like_one() -> None:
    """What leaves the last step and what comes to the first of the other way lie apart."""
    recording = recorded(nn.GRU(4, 4, bidirectional=True), torch.randn(T, 2, 4))
    made = looked_at(recording)[0]
    upright: dict[int, list[tuple[float, float, float]]] = {}
    for wire in made.wires:
        for (ax, ay), (bx, by) in pairwise(wire.points):
            if ax == bx and abs(ay - by) > 60:
                upright.setdefault(wire.value, []).append((ax, min(ay, by), max(ay, by)))
    lines = [(value, line) for value, some in upright.items() for line in some]
    for n, (value, (x, top, bottom)) in enumerate(lines):
        for other, (ox, otop, obottom) in lines[n + 1 :]:
            near = abs(top - obottom) < 12 or abs(bottom - otop) < 12
            assert value == other or abs(x - ox) > 4 or not near


def test_a_packed_sequence() -> None:
    for made in looked_at(recorded(Packed(), torch.randn(3, T, 4))):
        assert loops(made) == [list(range(T))] * 2
        assert {"h", "c", "hₙ", "cₙ", "h₀", "c₀"} <= set(roles(made))


def test_an_encoder_and_a_decoder_with_attention() -> None:
    recording = recorded(Translator(), torch.randn(2, T, 4), torch.randn(2, 3, 4))
    for made in looked_at(recording):
        assert sorted(loops(made)) == [[0, 1, 2], list(range(T))]
        assert {"h₀ encoder", "h₀ decoder"} <= set(roles(made))


# ---------------------------------------------------------------------- loops by hand

SLICES: dict[str, Callable[[Tensor], Iterable[Tensor]]] = {
    "x[:, t]": lambda x: (x[:, t] for t in range(T)),
    "x[:, t:t+1]": lambda x: (x[:, t : t + 1].squeeze(1) for t in range(T)),
    "list of x[:, t:t+1]": lambda x: [x[:, t : t + 1].squeeze(1) for t in range(T)],
    "unbind": lambda x: x.unbind(1),
    "chunk": lambda x: (part.squeeze(1) for part in torch.chunk(x, T, dim=1)),
    "split": lambda x: (part.squeeze(1) for part in torch.split(x, 1, dim=1)),
    "list of split": lambda x: [part.squeeze(1) for part in x.split(1, 1)],
    "tensor_split": lambda x: (part[:, 0] for part in x.tensor_split(T, 1)),
    "select": lambda x: (x.select(1, t) for t in range(T)),
    "narrow": lambda x: (x.narrow(1, t, 1).reshape(len(x), -1) for t in range(T)),
    "iterated": lambda x: iter(x.transpose(0, 1)),
    "backwards": lambda x: (x[:, t : t + 1].squeeze(1) for t in reversed(range(T))),
}


class Cells(nn.Module):
    """A stack of cells, called at every step; ``keeps`` the axis of time in a loop of its own."""

    def __init__(
        self, kind: Any, slices: Callable[[Tensor], Iterable[Tensor]], layers: int
    ) -> None:
        super().__init__()
        self.cells = nn.ModuleList(kind(4, 4) for _ in range(layers))
        self.slices = slices

    def forward(self, x: Tensor) -> Tensor:
        zeros = x.new_zeros(len(x), 4)
        states: list[Any] = [
            (zeros + 0, zeros + 0) if isinstance(cell, nn.LSTMCell) else zeros + 0
            for cell in self.cells
        ]
        given = []
        for y in self.slices(x):
            for k, cell in enumerate(self.cells):
                states[k] = cell(y, states[k])
                y = states[k][0] if isinstance(states[k], tuple) else states[k]
            given.append(y)
        return torch.stack(given, 1).sum(1) + given[-1]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", [nn.LSTMCell, nn.GRUCell, nn.RNNCell])
@pytest.mark.parametrize("form", SLICES)
def test_a_loop_over_cells(form: str, kind: Any, layers: int) -> None:
    for made in looked_at(recorded(Cells(kind, SLICES[form], layers), torch.randn(2, T, 4))):
        assert loops(made) == [list(range(T))]


class Kept(nn.Module):
    """``h = tanh(W x + U h)``, with the axis of time kept all along; then a sum like the loop's."""

    def __init__(self, slices: Callable[[Tensor], Iterable[Tensor]]) -> None:
        super().__init__()
        self.w, self.u = nn.Linear(4, 4), nn.Linear(4, 4)
        self.slices = slices

    def forward(self, x: Tensor) -> Tensor:
        h, given = torch.zeros(len(x), 1, 4), []
        for part in self.slices(x):
            h = torch.tanh(self.w(part) + self.u(h))
            given.append(h)
        return torch.cat(given, 1) + h


@pytest.mark.parametrize(
    "slices",
    [
        lambda x: (x[:, t : t + 1] for t in range(T)),
        lambda x: [x[:, t : t + 1] for t in range(T)],
        lambda x: torch.chunk(x, T, 1),
        lambda x: torch.split(x, 1, dim=1),
    ],
    ids=["slices", "list", "chunk", "split"],
)
def test_a_loop_that_keeps_the_axis_of_time(
    slices: Callable[[Tensor], Iterable[Tensor]],
) -> None:
    recording = recorded(Kept(slices), torch.randn(2, T, 4))
    (made, _) = looked_at(recording)
    assert loops(made) == [list(range(T))]
    (axis,) = made.root.axes
    last = next(box for box in made.boxes if box.first == len(recording.events) - 1)
    assert last.y > axis.bottom  # the sum is after all steps


class Stepped(nn.Module):
    """A fused network, called for each step of a sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(4, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        h, given = torch.zeros(1, len(x), 4), []
        for t in range(T):
            y, h = self.gru(x[:, t : t + 1], h)
            given.append(y)
        return torch.cat(given, 1)


def test_a_network_that_is_called_for_each_step() -> None:
    with torch.no_grad():
        tape = record(Stepped().eval(), torch.randn(2, T, 4))
        recording = Shown(tape).describe(1, "random", ExampleInput(), {})
    made = drawn(recording, frozenset({0}))
    assert loops(made) == [list(range(T))]
    assert roles(made) == ["h₀"]  # of the first step alone
