"""Explaining a number: what is told of it, whole models, and what is said where little is known."""

from __future__ import annotations

import dataclasses
import itertools
import math
import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

import explorer
from explorer.core.presets import load_preset
from explorer.core.problem import Problem
from explorer.engine.build import build
from explorer.engine.data import load_data
from tests.engine.explaining import assess, prove, record
from tests.engine.test_random_modules import C, Random, steps


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 8)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.linear(x).T, x.T])


def small() -> explorer.Tape:
    with torch.no_grad():
        return explorer.record(Small(), torch.randn(3, 4))


def test_a_linear_cell_is_its_products_and_its_bias() -> None:
    tape = small()
    found = tape.explain("linear/linear#0", (2, 5))
    assert found.value == tape.value("linear/linear#0")[2, 5].item()
    assert found.exact
    assert found.formula == "y = Σ x · W + b"
    assert len(found.terms) == 5
    assert sum(t.value for t in found.terms) == pytest.approx(found.value, rel=1e-5)
    weight, bias = tape.ref("linear.weight"), tape.ref("linear.bias")
    row = {(tape.ref("x"), (2, i)) for i in range(4)}
    assert found.cells() == row | {(weight, (5, i)) for i in range(4)} | {(bias, (5,))}
    term = next(t for t in found.terms if t.index == (2, 1))
    x, W = term.cells
    assert (x.symbol, W.symbol, W.ref, W.index) == ("x", "W", weight, (5, 1))
    assert term.value == pytest.approx(x.value * W.value)


def test_a_limit_keeps_the_largest_terms_and_tells_of_the_rest() -> None:
    tape = small()
    found = tape.explain("linear/linear#0", (2, -3))
    sizes = [abs(t.value) for t in found.terms]
    assert sizes == sorted(sizes, reverse=True)
    few = tape.explain("linear/linear#0", (2, -3), limit=2)
    assert few.terms == found.terms[:2]
    assert few.rest.count == 3
    assert few.rest.value == pytest.approx(sum(t.value for t in found.terms[2:]))
    assert few.sources == found.sources  # what it came from does not change
    assert "3 more" in str(few)


def test_an_explanation_is_plain_data() -> None:
    found = small().explain("linear/linear#0", (2, 5))
    assert pickle.loads(pickle.dumps(found)) == found

    def leaves(thing: Any) -> list[Any]:
        if dataclasses.is_dataclass(thing):
            return leaves([getattr(thing, field.name) for field in dataclasses.fields(thing)])
        return (
            [leaf for one in thing for leaf in leaves(one)]
            if isinstance(thing, list | tuple)
            else [thing]
        )

    assert not any(isinstance(leaf, Tensor) for leaf in leaves(found))


def test_it_reads_as_mathematics() -> None:
    tape = record(lambda x: (x * 3, F.relu(x), x[0]), torch.tensor([2.0, -1.5]))
    assert str(tape.explain(1, 0)) == "y = x · 3\n6 = 2 · 3"
    assert str(tape.explain(2, 1)).endswith("0 = relu(−1.5)")
    assert str(tape.explain(3, ())) == "y = x\n2 = 2"


def test_a_source_is_said_to_be_one() -> None:
    tape = small()
    for name, word in (("x", "input"), ("linear.bias", "weight")):
        index = (0,) * len(tape.values[tape.ref(name)].shape)
        found = tape.explain(name, index)
        assert found.how == "source"
        assert word in found.note
        assert not found.terms
        assert found.total == found.value


def test_bad_questions_get_a_sentence() -> None:
    tape = small()
    with pytest.raises(Problem, match="outside of axis 1"):
        tape.explain("linear/linear#0", (0, 8))
    with pytest.raises(Problem, match="has 2 axes"):
        tape.explain("linear/linear#0", 0)
    with pytest.raises(Problem, match="no value 99"):
        tape.explain(99, ())
    with pytest.raises(Problem, match="no value nothing"):
        tape.explain("nothing", ())
    sparse = record(lambda x: x.to_sparse(), torch.eye(2))
    with pytest.raises(Problem, match="sparse_coo tensor"):
        sparse.explain(1, (0, 0))


# ------------------------------------------------------------ whole models


def sweep(tape: explorer.Tape, tolerance: float, each: int = 1) -> list[str]:
    """Explain cells of every value; give back how each was explained."""
    chosen, how = random.Random(0), []
    for ref, value in enumerate(tape.values):
        if value.writer >= 0 and 0 not in value.shape:
            for _ in range(each):
                index = tuple(chosen.randrange(n) for n in value.shape)
                how.append(assess(tape, ref, index, tolerance).how)
    return how


@pytest.mark.parametrize("name", ["first-network", "spirals-mlp", "digits-cnn", "char-gpt"])
def test_every_number_of_a_preset_adds_up(name: str) -> None:
    shipped = load_preset(name)
    model = build(shipped.preset.model)
    inputs = load_data(shipped.preset, 0, 0.2).validation[0][:2]
    if name == "char-gpt":
        inputs = inputs[:, :8]
    with torch.no_grad():
        tape = explorer.record(model, inputs)
    assert len(sweep(tape, 1e-4, each=3)) >= 9


@pytest.mark.parametrize("training", [False, True])
def test_every_number_of_a_transformer_adds_up(training: bool) -> None:
    torch.manual_seed(0)
    model = nn.Transformer(8, 2, 1, 1, 16, batch_first=True, norm_first=training).double()
    model.train(training)
    with torch.no_grad():
        tape = explorer.record(model, torch.randn(2, 3, 8).double(), torch.randn(2, 4, 8).double())
    assert "inside" in sweep(tape, 1e-9, each=2)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_every_number_of_a_recurrent_network_adds_up(kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    model = kind(3, 4, 2, batch_first=True, bidirectional=True).double()
    with torch.no_grad():
        tape = explorer.record(model, torch.randn(2, 3, 3).double())
    assert sweep(tape, 1e-9, each=4).count("inside") >= 4


def test_an_lstm_cell_is_its_gates_and_they_can_be_walked() -> None:
    prove(nn.LSTM(2, 3).double(), torch.randn(3, 1, 2).double(), cells=2)
    with torch.no_grad():
        tape = explorer.record(nn.LSTM(2, 3), torch.randn(3, 1, 2))
    found = tape.explain("lstm#0", (1, 0, 2))
    assert found.formula == "y = a · b"  # h = o · tanh(c)
    (event,) = {cell.inside for cell in found.terms[0].cells}
    opened = tape.open(event[0])
    assert opened is not None
    gate = opened.explain(found.terms[0].ref, found.terms[0].index)
    assert gate.formula.startswith("y = 1 / (1 + exp")
    assert gate.value == found.terms[0].cells[0].value
    # nothing of a later time counts
    x = tape.ref("input")
    assert {cell[0] for ref, cell in found.cells() if ref == x} == {0, 1}


def test_attention_heads_are_looked_into() -> None:
    prove(
        nn.MultiheadAttention(4, 2, batch_first=True).double(),
        *(torch.randn(1, 3, 4).double() for _ in range(3)), cells=1, noise=1e-9,
    )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps, seed=st.integers(0, 99))
def test_every_number_of_any_module_adds_up(steps: list[tuple[int, int, int]], seed: int) -> None:
    """Branches, reuse, writes through views, dropout, buffers, decisions: see `Random`."""
    torch.manual_seed(seed)
    with torch.no_grad():
        tape = explorer.record(Random(steps), torch.randn(C, C), {"y": torch.randn(C, C)})
    sweep(tape, 1e-4)


# ------------------------------------------------------------ memory, dtypes, exceptions


def test_a_write_through_a_view_is_followed() -> None:
    def write(x: Tensor) -> Tensor:
        x = x * 1
        x[0].add_(10)
        return x + 0

    tape = record(write, torch.zeros(2, 3))
    end = tape.outputs[0]
    seen = tape.explain(end, (0, 1)).terms[0]
    hit = tape.explain(seen.ref, seen.index)
    assert "through a view" in hit.formula
    assert tape.values[hit.terms[0].ref].shape == (3,)
    assert tape.explain(hit.terms[0].ref, hit.terms[0].index).formula == "y = x + 10"
    missed = tape.explain(seen.ref, (1, 1))
    assert "as it was before" in missed.formula
    assert tape.explain(missed.terms[0].ref, (1, 1)).formula == "y = x · 1"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_coarse_numbers_are_explained_too(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(8, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3), nn.Softmax(1)
    )
    with torch.no_grad():
        tape = explorer.record(model.to(dtype), torch.randn(4, 8, dtype=dtype))
    sweep(tape, 64 * torch.finfo(dtype).eps, each=3)


def test_autocast_is_allowed_for() -> None:
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        tape = explorer.record(nn.Linear(16, 4), torch.randn(2, 16))
    sweep(tape, 0.02)


def test_an_infinite_norm_is_the_size_of_the_cell_that_won() -> None:
    x = torch.tensor([1.0, -5.0])
    for order, winner in ((torch.inf, 1), (-torch.inf, 0)):
        tape = record(lambda x, p=order: torch.linalg.vector_norm(x, p), x)
        found = tape.explain(tape.ref("linalg_vector_norm#0"), ())
        assert found.exact
        assert [(t.form, t.index, t.value) for t in found.terms] == [
            ("|x|", (winner,), abs(x[winner].item())), ("|x|", (1 - winner,), 0),
        ]  # fmt: skip
        assert all(c.value == x[c.index].item() for t in found.terms for c in t.cells)
        assert str(found).endswith(("1 = |1|", "5 = |−5|"))


def test_infinite_and_missing_numbers_are_told_as_they_are() -> None:
    x = torch.tensor([[1.0, -torch.inf, torch.nan], [2.0, torch.inf, 0.0]])
    tape = record(
        lambda x: (x + 1, x.relu(), x.max(1)[0], x[:, :2].sum(0), x.softmax(1), x.logsumexp(1)), x
    )
    sweep(tape, 1e-6, each=6)
    masked = record(lambda x: x.masked_fill(x > 0, -torch.inf).softmax(1), torch.randn(2, 5))
    sweep(masked, 1e-6, each=6)


def test_an_op_without_a_rule_is_told_by_its_slopes_and_said_to_be() -> None:
    tape = record(torch.linalg.inv, torch.randn(3, 3, dtype=torch.float64))
    found = tape.explain(1, (0, 1))
    assert found.how == "first order"
    assert not found.exact
    assert "first order" in found.note
    assert sum(t.value for t in found.terms) == pytest.approx(found.value)
    assert any(t.form == "remainder" for t in found.terms)
    slope = next(t for t in found.terms if t.index == (1, 2))
    x = tape.value(0).clone()
    x[1, 2] += 1e-6
    moved = torch.linalg.inv(x)[0, 1].item() - found.value
    assert slope.weight == pytest.approx(moved / 1e-6, rel=1e-3)


def test_an_op_without_a_rule_or_a_slope_says_so() -> None:
    tape = record(lambda x: torch.bucketize(x, torch.tensor([0.0, 1.0])), torch.randn(3))
    found = tape.explain(tape.outputs[0], 1)
    assert found.how == "unknown"
    assert not found.exact
    assert "no derivative" in found.note
    assert (0, (1,)) in found.cells()


def test_an_unknown_mover_is_found_out() -> None:
    tape = record(lambda x: torch.ops.aten.roll(x, [1], [0]), torch.arange(4.0))
    assert tape.explain(1, 0).cells() == {(0, (3,))}
    shuffled = record(lambda x: torch.block_diag(x, x * 2), torch.randn(2, 2))
    assert shuffled.explain(shuffled.outputs[0], (0, 3)).how == "made"
    assert shuffled.explain(shuffled.outputs[0], (3, 2)).terms[0].index == (1, 0)


def test_dropped_and_drawn_numbers_are_said_to_be_random() -> None:
    tape = record(lambda x: (F.dropout(x, 0.5), torch.rand(2)), torch.ones(20))
    dropped = int((tape.value("dropout#0") == 0).int().argmax())
    kept = int((tape.value("dropout#0") != 0).int().argmax())
    assert tape.explain("dropout#0", dropped).cells() == set()
    assert tape.explain("dropout#0", kept).terms[0].form == "x / 0.5"
    assert "random" in tape.explain("rand#0", 0).note


def test_only_the_window_of_a_cell_is_looked_at() -> None:
    """A cell of a huge matrix product costs its row and column."""
    wide = torch.ones(1, 1).expand(1 << 20, 1 << 20)  # a terabyte, if anybody wrote it out
    tape = record(lambda x: x[:2] @ x[:, :2], wide)
    assert len(tape.explain(tape.outputs[0], (1, 1)).terms) == 10_000  # unless more are wanted
    found = tape.explain(tape.outputs[0], (1, 1), limit=3)
    assert found.value == 1 << 20
    assert (len(found.terms), found.rest.count) == (3, (1 << 20) - 3)
    assert [len(axis) for axis in found.sources[0].axes] == [1, 1 << 20]


class Fused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.GRU(4, 4, batch_first=True) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)[0]
        return x


def test_a_fused_op_is_opened_once_for_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int | str] = []
    really = explorer.Tape.open

    def opening(tape: explorer.Tape, event: int | str) -> explorer.Tape | None:
        opened.append(event)
        return really(tape, event)

    monkeypatch.setattr(explorer.Tape, "open", opening)
    x = torch.randn(1, 5, 4)
    with torch.no_grad():
        tape = explorer.record(Fused(), x)
    told = [str(tape.explain(f"layers.{n}/gru#0", (0, 3, k))) for n in range(3) for k in range(3)]
    assert opened == [1, 3, 5]
    other = tape.replay({"x": x + 1})  # a tape of its own, with insides of its own
    assert str(other.explain("layers.0/gru#0", (0, 3, 1))) not in told
    assert opened == [1, 3, 5, 1]
    size = tape._insides[1].bytes
    monkeypatch.setattr("explorer.engine.tape._INSIDES", 2 * size)
    tape.explain("layers.0/gru#0", (0, 1, 1))
    assert set(tape._insides) == {5, 1}  # the one that nobody asked about for longest is gone
    tape.keep()  # the weights may change now
    assert not tape._insides


@pytest.mark.parametrize(
    ("cast", "form", "formula"),
    [
        (lambda x: x.to(torch.bfloat16), "bfloat16(x)", "y = x rounded, as bfloat16"),
        (lambda x: x.half(), "float16(x)", "y = x rounded, as float16"),
        (lambda x: x.type(torch.float32), "float32(x)", "y = x rounded, as float32"),
        (lambda x: x.int(), "int32(x)", "y = x without its fraction, as int32"),
        (lambda x: x.bool(), "x ≠ 0", "y = x ≠ 0"),
        (lambda x: torch.zeros(2, 3).copy_(x), "float32(x)", "y = x rounded, as float32"),
        (lambda x: (x * 1000).long().to(torch.int8), "int8(x)", "y = x modulo 2^8, as int8"),
        (lambda x: (x * 1e9).long().float(), "float32(x)", "y = x rounded, as float32"),
        (lambda x: (x + 1j).to(torch.float64), "float64(x)", "y = Re x, as float64"),
    ],
)
@pytest.mark.filterwarnings("ignore:Casting complex values to real")
def test_a_cast_that_does_not_hold_the_number_is_no_copy(
    cast: Callable[[Tensor], Tensor], form: str, formula: str
) -> None:
    x = torch.tensor([[math.pi, -math.e, 0.1], [0.0, -3.7, 200.3]], dtype=torch.float64)
    tape = record(cast, x)
    for index in itertools.product(range(2), range(3)):
        found = tape.explain(len(tape.values) - 1, index)
        assert (found.how, found.exact, found.formula) == ("function", True, formula)
        (term,) = found.terms
        assert (term.form, term.value, found.total) == (form, found.value, found.value)


@pytest.mark.parametrize(
    "cast",
    [
        lambda x: x.float().double(), lambda x: x.bfloat16().float(), lambda x: x.to(x.dtype),
        lambda x: x.int().double(), lambda x: x.to(torch.complex128), lambda x: x.bool().half(),
    ],
)  # fmt: skip
def test_a_cast_that_holds_every_number_is_a_copy(cast: Callable[[Tensor], Tensor]) -> None:
    tape = record(cast, torch.randn(2, 3, dtype=torch.float64))
    assert tape.explain(len(tape.values) - 1, (1, 2)).how == "copy"


@pytest.mark.parametrize("whole", [False, True])
def test_at_an_edge_an_average_is_over_the_cells_that_it_counts(whole: bool) -> None:
    x = torch.randn(1, 1, 5, 5, dtype=torch.float64)
    tape = record(lambda x: F.avg_pool2d(x, 3, 2, 1, False, whole), x)
    found = tape.explain(tape.outputs[0], (0, 0, 0, 0))
    assert found.formula == f"y = Σ x / {9 if whole else 4}"
    assert len(found.terms) == 4
    assert found.exact


def test_a_number_of_a_long_network_came_from_all_of_the_input_before_it() -> None:
    """However little of it is left: slopes fall by the same factor with every step."""
    torch.manual_seed(0)
    model = nn.RNN(2, 3, num_layers=2, batch_first=True, nonlinearity="tanh")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.mul_(0.4 if "weight_hh" in name else 1.0)
        tape = explorer.record(model, torch.randn(1, 60, 2))
    found = tape.explain("rnn_tanh#0", (0, 49, 1))
    x = tape.ref("input")
    assert {cell[1] for ref, cell in found.cells() if ref == x} == set(range(50))
