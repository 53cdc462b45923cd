"""States and gates of loops: over cells, over networks of one step, and written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.core.recurrent import CellView
from explorer.engine.recurrent import Tracks
from explorer.picture.recurrent import recurrent_of
from tests.engine.test_quantities import subject
from tests.engine.test_recurrent import (
    MODELS,
    OPS,
    B,
    H,
    Seen,
    T,
    X,
    alike,
    by_hand,
    network,
    seen,
)


class Cells(nn.Module):
    """A loop over cells of PyTorch, in layers."""

    def __init__(self, kind: str, layers: int = 1, backwards: bool = False) -> None:
        super().__init__()
        of = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn": nn.RNNCell}[kind]
        self.kind, self.backwards = kind, backwards
        self.cells = nn.ModuleList(of(X if not n else H, H) for n in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        zero = torch.zeros(x.shape[1], H)
        states: list[Any] = [(zero, zero) if self.kind == "lstm" else zero for _ in self.cells]
        outputs = []
        for t in reversed(range(len(x))) if self.backwards else range(len(x)):
            h = x[t]
            for n, cell in enumerate(self.cells):
                states[n] = cell(h, states[n])
                h = states[n][0] if self.kind == "lstm" else states[n]
            outputs.append(h)
        return torch.stack(outputs[::-1] if self.backwards else outputs)


def with_names(cell: Any) -> Any:
    """A cell as a network of one layer: `by_hand` asks for its weights so."""
    kind = {"LSTMCell": nn.LSTM, "GRUCell": nn.GRU, "RNNCell": nn.RNN}[type(cell).__name__]
    made = kind(cell.input_size, cell.hidden_size)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(made, f"{name}_l0", getattr(cell, name))
    return made


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
@torch.no_grad()
def test_loops_over_cells(kind: str, backwards: bool) -> None:
    torch.manual_seed(4)
    model, x = Cells(kind, 2, backwards), torch.randn(T, B, X)
    now = seen(model, x)
    assert [one.track.name for one in now.layers] == ["cells.0", "cells.1"]
    assert all(one.track.backwards == backwards for one in now.layers)
    for sample in (0, 2):
        given = x[:, sample].flip(0) if backwards else x[:, sample]
        for at, cell in enumerate(model.cells):
            zeros = [torch.zeros(H).double()] * (2 if kind == "lstm" else 1)
            bands = by_hand(with_names(cell), "l0", given, *zeros)
            given = torch.from_numpy(bands["h"].copy())
            if backwards:
                bands = {name: band[::-1] for name, band in bands.items()}
            assert alike(now.bands(at, sample), bands)


@torch.no_grad()
def test_a_cell_that_is_opened_is_as_it_was() -> None:
    torch.manual_seed(5)
    model, x = Cells("lstm"), torch.randn(T, B, X)
    before = seen(model, x).bands(0, 1)
    now = subject(model, x)
    recording = now.record(now.feed.sample)
    for number in (0, 2):
        event = next(e for e in recording.events if e.id == f"cells.0/lstm_cell#{number}")
        recording, _ = now.open(recording.tape, event.index)
    value = next(e for e in recording.events if e.op == "lstm_cell").outputs[0]
    found = recurrent_of(recording, value)
    assert found is not None
    assert found.layers[0].track.cells[0] == found.layers[0].track.cells[2] == -1
    after = Seen(now, recording, found.layers).bands(0, 1)
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize(("kind", "layers"), [("gru", 1), ("lstm", 1), ("lstm", 2)])
@torch.no_grad()
def test_networks_that_run_one_step_each_are_cells(kind: str, layers: int, opened: bool) -> None:
    """As a decoder does, which reads one token at a time."""

    class Decoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = MODELS[kind](X, H, num_layers=layers)

        def forward(self, x: Tensor) -> Tensor:
            states, outputs = None, []
            for t in range(len(x)):
                output, states = self.inner(x[t : t + 1], states)
                outputs.append(output)
            return torch.cat(outputs)

    torch.manual_seed(10)
    model, x = Decoder(), torch.randn(T, B, X)
    now = seen(model, x)
    assert len(now.layers) == layers
    if opened:
        event = next(e for e in now.recording.events if e.id == f"inner/{OPS[kind]}#3")
        recording, _ = now.now.open(now.recording.tape, event.index)
        inside = next(e for e in recording.events if e.id.startswith(f"{event.id}/"))
        found = recurrent_of(recording, inside.outputs[0])
        assert found is not None
        now = Seen(now.now, recording, found.layers)
        assert now.layers[0].track.cells[3] == -1
    zeros = tuple(torch.zeros(layers, B, H) for _ in range(2 if kind == "lstm" else 1))
    for at, bands in enumerate(network(kind, x[:, 1], zeros, model.inner, 1)):
        assert alike(now.bands(at, 1), bands)


class OwnLSTM(nn.Module):
    """An LSTM that somebody wrote, with the gates in one product."""

    def __init__(self) -> None:
        super().__init__()
        self.x, self.h = nn.Linear(X, 4 * H), nn.Linear(H, 4 * H)

    def forward(self, x: Tensor) -> Tensor:
        h = c = torch.zeros(x.shape[1], H)
        outputs = []
        for t in range(len(x)):
            i, f, g, o = (self.x(x[t]) + self.h(h)).chunk(4, -1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs)


class OwnGRU(nn.Module):
    """A GRU that somebody wrote, a layer for each gate."""

    def __init__(self) -> None:
        super().__init__()
        self.x = nn.ModuleDict({name: nn.Linear(X, H) for name in "rzn"})
        self.h = nn.ModuleDict({name: nn.Linear(H, H) for name in "rzn"})

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.shape[1], H)
        outputs = []
        for t in range(len(x)):
            r = torch.sigmoid(self.x["r"](x[t]) + self.h["r"](h))
            z = torch.sigmoid(self.x["z"](x[t]) + self.h["z"](h))
            n = torch.tanh(self.x["n"](x[t]) + r * self.h["n"](h))
            h = (1 - z) * n + z * h
            outputs.append(h)
        return torch.stack(outputs)


def own_weights(model: Any, kind: type[nn.Module]) -> Any:
    made = kind(X, H)
    for side, of in (("ih", model.x), ("hh", model.h)):
        parts = [of[name] for name in "rzn"] if isinstance(of, nn.ModuleDict) else [of]
        for what in ("weight", "bias"):
            whole = torch.cat([getattr(part, what) for part in parts])
            setattr(made, f"{what}_{side}_l0", nn.Parameter(whole))
    return made


@pytest.mark.parametrize(("own", "kind"), [(OwnLSTM, nn.LSTM), (OwnGRU, nn.GRU)])
@torch.no_grad()
def test_gates_of_a_loop_that_somebody_wrote(own: Any, kind: Any) -> None:
    torch.manual_seed(6)
    model, x = own(), torch.randn(T, B, X)
    now = seen(model, x)
    (layer,) = now.layers
    assert layer.track.kind == kind.__name__.lower()
    zeros = [torch.zeros(H).double()] * (2 if kind is nn.LSTM else 1)
    expected = by_hand(own_weights(model, kind), "l0", x[:, 1], *zeros)
    assert alike(now.bands(0, 1), expected)


@torch.no_grad()
def test_of_another_cell_the_states_alone_are_shown() -> None:
    class Leaky(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.x, self.h = nn.Linear(X, H), nn.Linear(H, H)

        def forward(self, x: Tensor) -> Tensor:
            h = torch.zeros(x.shape[1], H)
            for t in range(len(x)):
                h = 0.9 * h + 0.1 * torch.tanh(self.x(x[t]) + self.h(h))
            return h

    torch.manual_seed(7)
    model, x = Leaky(), torch.randn(T, B, X)
    now = seen(model, x)
    bands = now.bands(0, 2)
    assert list(bands) == ["h"]
    h = torch.zeros(H)
    for t in range(T):
        h = 0.9 * h + 0.1 * torch.tanh(model.x(x[t, 2]) + model.h(h))
        assert np.allclose(bands["h"][t], h.numpy(), atol=1e-6)


ALMOST: dict[str, Any] = {  # a new state of the gates r, z and n of a GRU, or of what is like them
    "twice the old state": lambda r, z, n, h: torch.add((1 - z) * n, z * h, alpha=2),
    "two less the gate": lambda r, z, n, h: (2 - z) * n + z * h,
    "one less three times the gate": lambda r, z, n, h: torch.rsub(z, 1, alpha=3) * n + z * h,
    "the gate less one": lambda r, z, n, h: (z - 1) * n + z * h,
}


class Almost(OwnGRU):
    """Makes its state by another formula; or its ``gate`` lets the input in, not the old state."""

    def __init__(self, state: Any, gate: bool = False) -> None:
        super().__init__()
        self.state, self.gate = state, gate

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.shape[1], H)
        for t in range(len(x)):
            r = torch.sigmoid(self.x["r"](x[t]) + self.h["r"](h))
            z = torch.sigmoid(self.x["z"](x[t]) + self.h["z"](h))
            one, other = self.x["n"](x[t]), self.h["n"](h)
            n = torch.tanh(r * one + other if self.gate else one + r * other)
            h = self.state(r, z, n, h)
        return h


@pytest.mark.parametrize("name", [*ALMOST, "a gate of the input"])
@torch.no_grad()
def test_what_is_almost_a_gru_has_no_gates_of_one(name: str) -> None:
    torch.manual_seed(8)
    plain = lambda r, z, n, h: (1 - z) * n + z * h  # noqa: E731
    now = seen(Almost(ALMOST.get(name, plain), name not in ALMOST), torch.randn(T, B, X))
    assert now.layers[0].track.kind == ""
    assert now.bands().keys() == {"h"}


@torch.no_grad()
def test_one_gate_that_updates_and_resets_is_no_gru() -> None:
    class Minimal(OwnGRU):
        def forward(self, x: Tensor) -> Tensor:
            h = torch.zeros(x.shape[1], H)
            for t in range(len(x)):
                z = torch.sigmoid(self.x["z"](x[t]) + self.h["z"](h))
                n = torch.tanh(self.x["n"](x[t]) + z * self.h["n"](h))
                h = (1 - z) * n + z * h
            return h

    now = seen(Minimal(), torch.randn(T, B, X))
    assert now.layers[0].track.kind == ""
    assert now.bands().keys() == {"h"}


@torch.no_grad()
def test_an_lstm_that_adds_twice_what_is_new_is_none() -> None:
    class Doubled(OwnLSTM):
        def forward(self, x: Tensor) -> Tensor:
            h = c = torch.zeros(x.shape[1], H)
            for t in range(len(x)):
                i, f, g, o = (self.x(x[t]) + self.h(h)).chunk(4, -1)
                c = torch.add(f.sigmoid() * c, i.sigmoid() * g.tanh(), alpha=2)
                h = o.sigmoid() * c.tanh()
            return h

    torch.manual_seed(9)
    now = seen(Doubled(), torch.randn(T, B, X))
    assert now.layers[0].track.kind == ""
    assert now.bands().keys() == {"h", "c"}


@torch.no_grad()
def test_one_cell_forwards_and_backwards_takes_nothing_from_the_other_way() -> None:
    """The last step forwards and the first one backwards read the same position."""

    class Turned(OwnGRU):
        def forward(self, x: Tensor) -> Tensor:
            outputs = []
            for way in (1, -1):
                h = torch.zeros(x.shape[1], H)
                states = []
                for t in range(len(x))[::way]:
                    r = torch.sigmoid(self.x["r"](x[t]) + self.h["r"](h))
                    z = torch.sigmoid(self.x["z"](x[t]) + self.h["z"](h))
                    n = torch.tanh(self.x["n"](x[t]) + r * self.h["n"](h))
                    h = (1 - z) * n + z * h
                    states.append(h)
                outputs.append(torch.stack(states[::way]))
            return torch.cat(outputs, -1)

    torch.manual_seed(10)
    model, x = Turned(), torch.randn(T, B, X)
    now = seen(model, x)
    (layer,) = now.layers
    assert layer.track.backwards
    expected = by_hand(own_weights(model, nn.GRU), "l0", x[:, 1].flip(0), torch.zeros(H).double())
    bands = now.bands(0, 1)
    assert alike(bands, {name: expected[name][::-1] for name in bands})
    shown = now.now.passed(now.recording.tape).shown
    view = CellView(now.recording.tape, layer.track, 1, T - 1, 2)
    assert Tracks().cell(view, shown).before.get("h", 0.0) == 0.0


class Twice(nn.Module):
    """A cell that runs twice at each position, from its own states; or of two streams."""

    def __init__(self, streams: int) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(H, H)
        self.streams = streams

    def forward(self, x: Tensor) -> Tensor:
        zero = torch.zeros(x.shape[1], H)
        states = [(zero, zero) for _ in range(self.streams)]
        for x_t in x:
            for n in range(2):
                states[n % self.streams] = self.cell(x_t + n, states[n % self.streams])
        return torch.cat([h for h, _ in states], -1)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("streams", [1, 2])
@torch.no_grad()
def test_a_cell_that_runs_twice_at_each_position(streams: int, opened: bool) -> None:
    torch.manual_seed(11)
    model, x = Twice(streams), torch.randn(T, B, H)
    now = subject(model, x)
    recording = now.record(now.feed.sample)
    number = next(e.index for e in recording.events if e.id == "cell/lstm_cell#3")
    name = recording.values[recording.events[number].outputs[0]].name
    if opened:
        recording, _ = now.open(recording.tape, number)
    value = recording.named[name]
    found = recurrent_of(recording, value)
    assert found is not None
    (layer,) = found.layers
    given = torch.stack([x[:, 1], x[:, 1] + 1], 1)
    given = given.flatten(0, 1) if streams == 1 else given[:, 1]  # it was the second stream's
    zeros = [torch.zeros(H).double()] * 2
    bands = by_hand(with_names(model.cell), "l0", given, *zeros)
    assert alike(Seen(now, recording, found.layers).bands(0, 1), bands)
    assert layer.step(recording.values[value].writer) == (3 if streams == 1 else 1)
    view = CellView(recording.tape, layer.track, 1, 2, 4)
    told = Tracks().cell(view, now.passed(recording.tape).shown)
    assert told.before["c"] == pytest.approx(bands["c"][1, 4])
    assert told.now["c"] == pytest.approx(bands["c"][2, 4])


def test_a_cell_that_goes_on_from_nothing_of_its_own_is_no_layer() -> None:
    class Apart(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(H, H)

        def forward(self, x: Tensor) -> Tensor:
            return self.cell(x, x) + self.cell(-x, x)

    now = subject(Apart(), torch.randn(B, H))
    recording = now.record(now.feed.sample)
    first = next(e for e in recording.events if e.op == "gru_cell")
    assert recurrent_of(recording, first.outputs[0]) is None
