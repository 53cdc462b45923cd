"""States and gates over time are those of PyTorch's formulas, and of the opened op bit for bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

from explorer.core.change import Change
from explorer.core.graph import Recording
from explorer.core.problem import Problem
from explorer.core.recurrent import GATES, CellView, Order, Recurrent, RecurrentView, Track
from explorer.engine import recurrent as recurrent_module
from explorer.engine.recurrent import Tracks
from explorer.engine.subject import Subject
from explorer.picture.recurrent import Layer, recurrent_of
from tests.engine.test_quantities import subject

T, B, X, H, P = 6, 3, 4, 5, 2
ALL = (10_000, 10_000)
Bands = dict[str, np.ndarray]  # (steps, units) each


class Seen(NamedTuple):
    """A pass, and the layers that one of its values belongs to."""

    now: Subject
    recording: Recording
    layers: tuple[Layer, ...]

    def answer(self, at: int = 0, sample: int = 0, **how: Any) -> Recurrent:
        track = self.layers[at].track
        view = RecurrentView(self.recording.tape, track, sample, how.pop("size", ALL), **how)
        return Tracks().look(view, self.now.passed(self.recording.tape).shown)

    def bands(self, at: int = 0, sample: int = 0) -> Bands:
        """All numbers of a track."""
        found = self.answer(at, sample)
        assert all(band.block == (1, 1) for band in found.bands)
        return {band.name: band.data.T for band in found.bands}


def seen(model: nn.Module, *given: Any, op: str = "", opened: bool = False) -> Seen:
    """Record a model, open what is called ``op`` if wanted, and look at what it gives."""
    now = subject(model, *given)
    recording = now.record(now.feed.sample)
    if op:
        event = next(e for e in recording.events if e.op == op)
        value = event.outputs[0]
        if opened:
            name = recording.values[value].name
            recording, _ = now.open(recording.tape, event.index)
            value = recording.named[name]
    else:
        value = recording.outputs[0]
    found = recurrent_of(recording, value)
    assert found is not None
    return Seen(now, recording, found.layers)


# ---------------------------------------------------------------------- by hand


def by_hand(model: Any, suffix: str, x: Tensor, h: Tensor, c: Tensor | None = None) -> Bands:
    """One sample of a layer and direction, x (T, X), as the documentation of PyTorch writes it, in
    double precision."""
    kind = type(model).__name__
    weights = {
        name: getattr(model, f"{name}_{suffix}").double()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    bands: dict[str, list[Tensor]] = {}
    for x_t in x.double():
        a = weights["weight_ih"] @ x_t + weights["bias_ih"]
        b = weights["weight_hh"] @ h + weights["bias_hh"]
        if kind == "LSTM":
            assert c is not None
            i, f, g, o = (a + b).chunk(4)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            if model.proj_size:
                h = getattr(model, f"weight_hr_{suffix}").double() @ h
            now = {"h": h, "c": c, "i": i, "f": f, "g": g, "o": o}
        elif kind == "GRU":
            (a_r, a_z, a_n), (b_r, b_z, b_n) = a.chunk(3), b.chunk(3)
            r, z = (a_r + b_r).sigmoid(), (a_z + b_z).sigmoid()
            n = (a_n + r * b_n).tanh()
            h = (1 - z) * n + z * h
            now = {"h": h, "r": r, "z": z, "n": n}
        else:
            h = (a + b).relu() if model.nonlinearity == "relu" else (a + b).tanh()
            now = {"h": h}
        for name, one in now.items():
            bands.setdefault(name, []).append(one)
    return {name: torch.stack(some).detach().numpy() for name, some in bands.items()}


def network(
    kind: str, x: Tensor, first: tuple[Tensor, ...], model: Any, sample: int
) -> list[Bands]:
    """All layers and directions of a sample, x (T, X); the bands of a reverse one by position."""
    found: list[Bands] = []
    directions = 2 if model.bidirectional else 1
    for layer in range(model.num_layers):
        given = x
        outputs = []
        for way in range(directions):
            at = layer * directions + way
            states = [one[at, sample].double() for one in first]
            suffix = f"l{layer}{'_reverse' if way else ''}"
            bands = by_hand(model, suffix, given.flip(0) if way else given, *states)
            if way:
                bands = {name: band[::-1] for name, band in bands.items()}
            found.append(bands)
            outputs.append(torch.from_numpy(bands["h"].copy()))
        x = torch.cat(outputs, 1)
    return found


def alike(one: Bands, other: Bands) -> bool:
    return one.keys() == other.keys() and all(
        one[name].shape == other[name].shape
        and np.allclose(one[name], other[name], rtol=1e-4, atol=1e-5)
        for name in one
    )


MODELS: dict[str, Callable[..., nn.Module]] = {
    "lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN,
    "relu": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
}  # fmt: skip
OPS = {"lstm": "lstm", "gru": "gru", "rnn": "rnn_tanh", "relu": "rnn_relu"}


def first_states(model: Any, batch: int) -> tuple[Tensor, ...]:
    rows = model.num_layers * (2 if model.bidirectional else 1)
    h = torch.randn(rows, batch, model.proj_size or H)
    return (h, torch.randn(rows, batch, H)) if isinstance(model, nn.LSTM) else (h,)


class Given(nn.Module):
    """A network that is given its first states beside the sequence."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor, *states: Tensor) -> Tensor:
        output: Tensor = self.inner(x, states if len(states) > 1 else states[0])[0]
        return output


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("layers", "both"), [(1, False), (2, True)])
@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn", "relu", "projected"])
@torch.no_grad()
def test_bands_are_what_the_formulas_give(
    kind: str, layers: int, both: bool, batch_first: bool, opened: bool
) -> None:
    torch.manual_seed(0)
    more = {"proj_size": P} if kind == "projected" else {}
    kind = "lstm" if kind == "projected" else kind
    model = MODELS[kind](
        X, H, num_layers=layers, bidirectional=both, batch_first=batch_first, **more
    )
    x, first = torch.randn(T, B, X), first_states(model, B)
    given = x.transpose(0, 1) if batch_first else x
    now = seen(Given(model), given, *first, op=OPS[kind], opened=opened)
    assert len(now.layers) == layers * (1 + both)
    assert [one.track.backwards for one in now.layers] == [False, True][: 1 + both] * layers
    assert (now.layers[0].track.network < 0) == opened
    for sample in (0, B - 1):
        expected = network(kind, x[:, sample], first, model, sample)
        for at, bands in enumerate(expected):
            assert alike(now.bands(at, sample), bands)


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
@torch.no_grad()
def test_closed_and_opened_are_the_same_bit_for_bit(kind: str) -> None:
    torch.manual_seed(1)
    model, x = MODELS[kind](X, 16, num_layers=2, bidirectional=True), torch.randn(T, B, X)
    closed, opened = (seen(model, x, op=OPS[kind], opened=way) for way in (False, True))
    for at in range(4):
        one, other = closed.bands(at, 1), opened.bands(at, 1)
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)
        track, values = opened.layers[at].track, dict(opened.layers[at].track.values)
        for name in set(values) & GATES:  # they are the events of the opened inside
            event = opened.now.value(opened.recording.tape, values[name][2])[1].numpy()
            assert np.array_equal(other[name][2], event)
        assert track.backwards == bool(at % 2)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
@torch.no_grad()
def test_packed_sequences_end_where_they_do(kind: str, opened: bool) -> None:
    torch.manual_seed(2)
    model = MODELS[kind](X, H, num_layers=2, bidirectional=True)
    parts = [torch.randn(n, X) for n in (6, 4, 1)]

    class Packs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, *parts: Tensor) -> Tensor:
            output = self.inner(pack_sequence(list(parts)))[0]
            padded: Tensor = pad_packed_sequence(output)[0]
            return padded

    now = seen(Packs(), *parts, op=kind, opened=opened)
    zeros = tuple(torch.zeros(4, 3, H) for _ in range(2 if kind == "lstm" else 1))
    for sample, part in enumerate(parts):
        answer = now.answer(0, sample)
        assert (answer.steps, answer.length, answer.samples) == (6, len(part), 3)
        for at, bands in enumerate(network(kind, part, zeros, model, sample)):
            assert alike(now.bands(at, sample), bands)


@torch.no_grad()
def test_a_sequence_without_a_batch_is_a_batch_of_one() -> None:
    torch.manual_seed(3)
    model, x = nn.LSTM(X, H), torch.randn(T, X)
    now = seen(model, x)  # what the module returns: squeezed from what the op gave
    zeros = (torch.zeros(1, 1, H), torch.zeros(1, 1, H))
    assert now.answer().samples == 1
    assert alike(now.bands(), network("lstm", x, zeros, model, 0)[0])


@torch.no_grad()
def test_dropout_between_layers_is_what_it_was() -> None:
    torch.manual_seed(11)
    model, x = nn.LSTM(X, H, num_layers=2, dropout=0.5), torch.randn(T, B, X)
    now = seen(model, x, op="lstm")
    event = next(e for e in now.recording.events if e.op == "lstm")
    output = now.now.value(now.recording.tape, event.outputs[0])
    torch.randn(7)  # other random numbers were drawn since
    assert np.allclose(now.bands(1, 2)["h"], output[:, 2], atol=1e-5)
    assert not np.allclose(output, model.eval()(x)[0], atol=1e-2)


@torch.no_grad()
def test_of_a_changed_pass_it_is_what_follows_from_the_change() -> None:
    torch.manual_seed(12)
    model, x = nn.GRU(X, H), torch.randn(T, B, X)
    now = seen(model, x, op="gru")
    changed = now.now.intervene(now.recording.tape, (Change("input", "zero"),))
    event = next(e for e in changed.events if e.op == "gru")
    found = recurrent_of(changed, event.outputs[0])
    assert found is not None
    bands = Seen(now.now, changed, found.layers).bands(0, 1)
    assert np.allclose(bands["h"], model(torch.zeros_like(x))[0][:, 1], atol=1e-5)


# ---------------------------------------------------------------------- what is told


def track_of(now: Seen, at: int = 0) -> Track:
    return now.layers[at].track


@torch.no_grad()
def test_the_numbers_of_a_cell_make_the_next_state() -> None:
    torch.manual_seed(8)
    model, x = nn.LSTM(X, H, bidirectional=True), torch.randn(T, B, X)
    now = seen(model, x, op="lstm")
    output = model(x)[0]
    shown = now.now.passed(now.recording.tape).shown
    for at in (0, 1):
        for step in range(T):
            view = CellView(now.recording.tape, track_of(now, at), 1, step, 3)
            told = Tracks().cell(view, shown)
            n, was = told.now, told.before
            assert math.isclose(
                n["f"] * was["c"] + n["i"] * n["g"], n["c"], rel_tol=1e-4, abs_tol=1e-6
            )
            assert math.isclose(n["o"] * math.tanh(n["c"]), n["h"], rel_tol=1e-4, abs_tol=1e-6)
            assert told.index == (step, 1, 5 * at + 3)
            assert math.isclose(float(output[told.index]), n["h"], rel_tol=1e-4, abs_tol=1e-6)


@pytest.mark.parametrize("order", ["place", "change"])
@torch.no_grad()
def test_long_and_wide_ones_come_in_blocks_and_as_they_are_near_by(order: Order) -> None:
    torch.manual_seed(9)
    model, x = nn.GRU(X, 40), torch.randn(500, 1, X)
    now = seen(model, x, op="gru")
    whole = now.bands()
    units = np.arange(40)
    if order == "change":
        units = np.argsort(-np.abs(np.diff(whole["h"], axis=0)).sum(0), kind="stable")
    far = now.answer(size=(10, 50), order=order)
    for band in far.bands:
        assert band.data.shape == (10, 50)
        assert band.block == (4, 10)
        exact = whole[band.name].T[units].reshape(10, 4, 50, 10).swapaxes(1, 2).reshape(10, 50, 40)
        strongest = np.take_along_axis(exact, np.abs(exact).argmax(-1)[..., None], -1)[..., 0]
        assert np.array_equal(band.data, strongest)
        assert band.peak == np.abs(whole[band.name]).max()
    gates = [band.name for band in far.bands if band.name in GATES]
    assert gates == ["r", "z"]
    for name, line in zip(gates, far.openness, strict=True):
        assert np.allclose(line, whole[name].mean(1).reshape(50, 10).mean(1), atol=1e-6)
    near = now.answer(size=(10, 50), units=range(8, 16), steps=range(100, 140), order=order)
    for band in near.bands:
        assert (band.block, band.first) == ((1, 1), (8, 100))
        assert np.array_equal(band.units, units[8:16])
        assert np.array_equal(band.data, whole[band.name].T[units[8:16], 100:140])


@torch.no_grad()
def test_one_step_of_one_unit_and_what_is_no_number() -> None:
    tiny = seen(nn.LSTM(X, 1), torch.randn(1, 1, X), op="lstm").answer(order="change")
    assert all(band.data.shape == (1, 1) for band in tiny.bands)
    x = torch.randn(T, 1, X)
    x[3] = math.nan
    now = seen(nn.LSTM(X, H), x, op="lstm")
    for name, band in now.bands().items():
        assert np.isnan(band[3:]).all()
        assert not np.isnan(band[:3]).any(), name
    assert all(math.isfinite(band.peak) for band in now.answer(order="change").bands)


@torch.no_grad()
def test_no_more_tracks_are_remembered_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = seen(nn.LSTM(X, H), torch.randn(T, B, X), op="lstm")
    shown, runs = now.now.passed(now.recording.tape).shown, []
    run = recurrent_module.unrolled
    monkeypatch.setattr(recurrent_module, "unrolled", lambda *a: runs.append(a[2]) or run(*a))  # type: ignore[func-returns-value]
    monkeypatch.setattr(recurrent_module, "_KEPT", 2 * 6 * H * T * 4)  # two samples
    tracks = Tracks()
    for sample in (0, 1, 0, 2, 0, 1):
        tracks.look(RecurrentView(now.recording.tape, track_of(now), sample, ALL), shown)
    assert runs == [0, 1, 2, 1]  # that which was looked at longest ago went


@torch.no_grad()
def test_what_is_not_there_is_said() -> None:
    now = seen(nn.GRU(X, H), torch.randn(T, B, X), op="gru")
    with pytest.raises(Problem, match="There is no sample 7 here"):
        now.answer(0, 7)
    with pytest.raises(Problem, match="There is no step 9 here"):
        Tracks().cell(
            CellView(now.recording.tape, track_of(now), 0, 9, 0),
            now.now.passed(now.recording.tape).shown,
        )
