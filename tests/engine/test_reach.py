"""What a number depends on over a whole pass: cells against perturbation in float64 and against
known sizes of receptive fields, strengths against autograd."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import explorer
from explorer.core.problem import Problem
from explorer.core.reach import Reach
from explorer.engine.recording import Shown
from tests.engine.explaining import Call
from tests.engine.reaching import assess_both_ways, mask_of, record


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def numbers(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def given(tape: explorer.Tape) -> int:
    """The first input that was read."""
    return next(ref for ref, value in enumerate(tape.values) if value.kind == "input")


def extent_of(mask: Tensor) -> tuple[tuple[int, int], ...]:
    """First and last place along every axis, of a block without holes."""
    places = mask.nonzero()
    low, high = places.amin(0).tolist(), places.amax(0).tolist()
    block = mask[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))]
    assert bool(block.all())
    return tuple(zip(low, high, strict=True))


# ---------------------------------------------------------------- known receptive fields


@pytest.mark.parametrize("turn", range(8))
def test_a_stack_of_convolutions_sees_as_far_as_the_formula_says(turn: int) -> None:
    chance = random.Random(turn)
    layers: list[nn.Module] = []
    start, reach, jump = 0, 1, 1  # first place seen, how many, and how far apart neighbours are
    for _ in range(chance.randint(2, 4)):
        kernel, stride = chance.choice([2, 3, 5]), chance.choice([1, 1, 2])
        padding = chance.randint(0, kernel // 2)
        kind = chance.choice(["conv", "max", "avg", "lp"])
        if kind == "conv":
            layers += [nn.Conv1d(1, 1, kernel, stride, padding), nn.ReLU()]
        elif kind == "max":
            layers.append(nn.MaxPool1d(kernel, stride, padding))
        elif kind == "avg":
            layers.append(nn.AvgPool1d(kernel, stride, padding))
        else:
            padding = 0
            layers.append(nn.LPPool1d(2, kernel, stride))
        start, reach, jump = start - padding * jump, reach + (kernel - 1) * jump, jump * stride
    tape = record(nn.Sequential(*layers), numbers(1, 1, 160))
    out = tape.outputs[0]
    place = tape.values[out].shape[-1] // 2
    seen = extent_of(mask_of(tape.receptive_field(out, (0, 0, place)), tape, tape.ref("input")))
    first = place * jump + start
    assert seen[2] == (max(0, first), min(159, first + reach - 1))


def test_a_dilated_convolution_has_holes_and_groups_stay_apart() -> None:
    model = nn.Conv1d(4, 4, 3, dilation=2, padding=2, groups=2)
    tape = record(model, numbers(1, 4, 11))
    mask = mask_of(tape.receptive_field(tape.outputs[0], (0, 3, 5)), tape, tape.ref("input"))
    assert mask[0].nonzero().tolist() == [[2, 3], [2, 5], [2, 7], [3, 3], [3, 5], [3, 7]]
    goes = mask_of(tape.influence("input", (0, 0, 10)), tape, tape.outputs[0])
    assert goes[0].nonzero().tolist() == [[0, 8], [0, 10], [1, 8], [1, 10]]


@pytest.mark.parametrize("size", [(7, 3), (10, 4), (5, 5)])
def test_adaptive_windows(size: tuple[int, int]) -> None:
    many, few = size
    for pool in (nn.AdaptiveMaxPool1d(few), nn.AdaptiveAvgPool1d(few)):
        tape = record(pool, numbers(1, 1, many))
        for at in range(few):
            field = tape.receptive_field(tape.outputs[0], (0, 0, at))
            seen = extent_of(mask_of(field, tape, tape.ref("input")))[2]
            assert seen == (at * many // few, -(-(at + 1) * many // few) - 1)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_time_runs_forwards_in_a_recurrent_layer(kind: Any, bidirectional: bool) -> None:
    model = kind(3, 4, batch_first=True, bidirectional=bidirectional)
    tape = record(model, numbers(2, 6, 3))
    out = tape.outputs[0]
    before = mask_of(tape.receptive_field(out, (1, 3, 0)), tape, tape.ref("input"))
    assert extent_of(before) == ((1, 1), (0, 3), (0, 2))
    after = mask_of(tape.influence("input", (1, 2, 0)), tape, out)[..., :4]
    assert extent_of(after) == ((1, 1), (2, 5), (0, 3))
    if bidirectional:
        before = mask_of(tape.receptive_field(out, (1, 3, 7)), tape, tape.ref("input"))
        assert extent_of(before) == ((1, 1), (3, 5), (0, 2))


# ---------------------------------------------------------------- attention


class Attention(nn.Module):
    """Causal attention of 2 heads, residual; fused, or by hand with one of several masks."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.norm, self.qkv = nn.LayerNorm(8), nn.Linear(8, 24)

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.shape
        q, k, v = (
            one.view(B, T, 2, C // 2).transpose(1, 2) for one in self.qkv(self.norm(x)).chunk(3, -1)
        )
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        if self.how == "fused":
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        elif self.how == "fused with a mask":
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=~future)
        else:
            scores = q @ k.mT / 2
            if self.how == "fill":
                scores = scores.masked_fill(future, -torch.inf)
            elif self.how == "where":
                scores = torch.where(future, torch.tensor(-torch.inf).double(), scores)
            elif self.how == "add":
                scores = scores + torch.zeros(T, T).masked_fill(future, -torch.inf)
            else:  # as transformers does
                least = torch.finfo(torch.float64).min
                scores = scores + torch.full((T, T), least, dtype=torch.float64).triu(1)
            y = scores.softmax(-1) @ v
        return x + y.transpose(1, 2).reshape(B, T, C)


@pytest.mark.parametrize(
    "how", ["fused", "fused with a mask", "fill", "where", "add", "lowest number"]
)
def test_no_token_sees_the_future(how: str) -> None:
    tape = record(Attention(how), numbers(1, 6, 8))
    out, x = tape.outputs[0], tape.ref("x")
    for t in range(6):
        seen = mask_of(tape.receptive_field(out, (0, t, 1)), tape, x)
        assert extent_of(seen)[1] == (0, t)
    goes = mask_of(tape.influence("x", (0, 3, 0)), tape, out)
    assert extent_of(goes)[1] == (3, 5)
    tried, idle = assess_both_ways(tape)
    assert tried > 30
    if how != "lowest number":  # which nothing that is added to it changes
        assert idle <= tried // 10


def test_a_number_alone_in_its_softmax_is_1_whatever_it_is() -> None:
    tape = record(Call(lambda x: x.masked_fill(torch.ones(4, 4).triu(1).bool(), -torch.inf)
                       .softmax(-1)), numbers(4, 4))  # fmt: skip
    assert not mask_of(tape.receptive_field(tape.outputs[0], (0, 0)), tape, given(tape)).any()
    seen = mask_of(tape.receptive_field(tape.outputs[0], (2, 0)), tape, given(tape))[2]
    assert seen.tolist() == [True, True, True, False]


# ---------------------------------------------------------------- perturbation

NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "strides, groups, dilation": (
        lambda: nn.Sequential(
            nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(6, 6, 3, dilation=2, padding=2, groups=2), nn.AvgPool2d(2),
        ), (2, 4, 11, 11)),
    "norm, GELU, pool with a ceiling": (
        lambda: nn.Sequential(
            nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6), nn.GELU(),
            nn.MaxPool2d(3, 2, 1, ceil_mode=True),
        ), (2, 4, 11, 11)),
    "transposed, group norm": (
        lambda: nn.Sequential(
            nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1), nn.AvgPool2d(2), nn.Conv2d(6, 4, 1),
            nn.GroupNorm(2, 4),
        ), (2, 4, 6, 6)),
    "resampled": (
        lambda: nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(4, 2, 3), nn.PixelShuffle(1),
            nn.ZeroPad2d(1),
        ), (1, 4, 4, 4)),
    "LSTM": (lambda: nn.LSTM(8, 5, num_layers=2, batch_first=True), (1, 5, 8)),
    "GRU": (lambda: nn.GRU(8, 5, batch_first=True, bidirectional=True), (1, 5, 8)),
    "encoder layer": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (2, 5, 8)),
    "multi-head attention": (lambda: Looks(), (2, 5, 8)),
}  # fmt: skip


class Looks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.looks = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        mask = torch.ones(5, 5, dtype=torch.bool).triu(1)
        result: Tensor = self.looks(x, x, x, attn_mask=mask)[0]
        return result


@pytest.mark.parametrize("name", NETWORKS)
def test_outside_nothing_counts_and_inside_all_does(name: str) -> None:
    make, shape = NETWORKS[name]
    tried, idle = assess_both_ways(record(make(), numbers(*shape)))
    assert tried > 5
    assert idle <= tried // 20


OPS: dict[str, Callable[[Tensor], Any]] = {
    "slices": lambda x: x[1:, ::2].flip(0) * 2,
    "transposed": lambda x: x.t().reshape(3, -1)[1],
    "indexed": lambda x: x[torch.tensor([2, 0, 2])],
    "gathered": lambda x: x.gather(1, torch.tensor([[0, 1], [5, 2], [3, 3], [4, 0]])),
    "selected": lambda x: x.index_select(1, torch.tensor([5, 1])),
    "joined": lambda x: torch.cat([x[:2], x[2:] * 3], 1).roll(1, 0),
    "written": lambda x: _written(x),
    "written through a view": lambda x: _through_a_view(x),
    "added in place": lambda x: x.clone().add_(x[0]),
    "scattered": lambda x: torch.zeros(4, 6).double().scatter_add(
        1, torch.tensor([[0, 0], [1, 2], [2, 2], [5, 5]]), x[:, :2]),
    "accumulated": lambda x: torch.zeros(2, 6).double().index_add_(
        0, torch.tensor([0, 1, 0, 1]), x, alpha=-1) + x[:2],
    "PReLU": lambda x: F.prelu(x, x[0, :1].detach()) + F.prelu(x[None], x[:, 0].exp())[0],
    "sorted": lambda x: x.sort(-1).values,
    "largest": lambda x: x.topk(2, 0).values,
    "max over an axis": lambda x: x.max(1).values - x.amin(1, keepdim=True)[:, 0],
    "running": lambda x: x.cumsum(1),
    "deviation": lambda x: x.std(0),
    "length": lambda x: F.normalize(x, dim=0),
    "one of two": lambda x: torch.where(torch.ones(4, 6).tril().bool(), x, -x),
    "the larger": lambda x: torch.maximum(x, x.flip(0)),
    "masked by 0": lambda x: (x * torch.ones(4, 6).tril()) @ x.t(),
    "squared": lambda x: (x.relu() @ x.relu().t()),
    "einsum": lambda x: torch.einsum("ij,kj->ik", x, x[:2]),
    "patches": lambda x: F.unfold(x[None, None], 2),
    "subtracted product": lambda x: torch.addmm(x[:, :4], x, x.t(), alpha=-1),
    "cross-entropy": lambda x: F.cross_entropy(x, torch.tensor([1, 0, 2, 3]), reduction="none"),
    "complex": lambda x: torch.fft.rfft(x, dim=1).abs(),
}  # fmt: skip
# of two numbers that are both 0 one has to count; of the others nothing is known
LOOSE = {"squared", "cross-entropy", "complex"}


def _written(x: Tensor) -> Tensor:
    y = torch.zeros_like(x)
    y[1:, :3] = x[:-1, 3:]
    y.masked_fill_(torch.ones(4, 6).triu(2).bool(), 5.0)
    return y


def _through_a_view(x: Tensor) -> Tensor:
    y = x * 1
    y[2].mul_(x[0])
    y[:, 1].copy_(x[:, 2])
    return y + 0


@pytest.mark.parametrize("name", OPS)
def test_every_kind_of_op(name: str) -> None:
    tape = record(Call(OPS[name]), numbers(4, 6))
    tried, idle = assess_both_ways(tape, cells=3)
    assert idle == 0 or name in LOOSE, f"{idle} of {tried}"


def test_a_dropped_number_counts_nothing() -> None:
    with torch.no_grad():
        tape = explorer.record(nn.Dropout(0.5).train(), torch.randn(40))
    for at in (0, 1, 2, 3):
        seen = mask_of(tape.receptive_field(tape.outputs[0], (at,)), tape, given(tape))
        kept = bool(tape.output[at] != 0)
        assert seen.nonzero().tolist() == ([[at]] if kept else [])


def test_of_an_op_that_nobody_knows_all_depends_on_all() -> None:
    compiled = torch.jit.script(nn.Sequential(nn.Linear(3, 3), nn.ReLU()))
    tape = record(compiled, numbers(2, 3))
    assert mask_of(tape.receptive_field(tape.outputs[0], (0, 0)), tape, given(tape)).all()


# ---------------------------------------------------------------- tokens and strengths


class Reader(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.head = nn.Embedding(11, 8), nn.Linear(8, 5)
        self.looks = Attention("fused")

    def forward(self, ids: Tensor) -> Tensor:
        made: Tensor = self.head(self.looks(self.table(ids.view(1, -1))))
        return made


def test_tokens_take_part_with_what_their_rows_have() -> None:
    model, ids = Reader(), torch.tensor([3, 1, 4, 1, 5])
    tape = record(model, ids)
    field = tape.receptive_field(tape.outputs[0], (0, 2, 1))
    assert mask_of(field, tape, tape.ref("ids")).tolist() == [True, True, True, False, False]
    rows = tape.value("table/embedding#0").clone().requires_grad_()
    out = model.head(model.looks(rows))
    (gradient,) = torch.autograd.grad(out[0, 2, 1], rows)
    strength = field.strength(tape.ref("ids"))
    assert strength is not None
    assert torch.allclose(strength.double(), (gradient * rows).sum(-1)[0].abs(), rtol=1e-4)
    goes = tape.influence("ids", (3,))
    assert mask_of(goes, tape, tape.outputs[0])[0].any(-1).tolist() == [False] * 3 + [True] * 2


@pytest.mark.parametrize("name", [n for n in NETWORKS if n != "resampled"])
def test_strengths_are_gradients_times_values(name: str) -> None:
    make, shape = NETWORKS[name]
    tape = record(make(), numbers(*shape))
    out = tape.outputs[0]
    index = tuple(n // 2 for n in tape.values[out].shape)
    model = make()
    model.load_state_dict(dict(tape.model.state_dict()))
    x = tape.value(given(tape)).clone().requires_grad_()
    made = model.double().eval()(x)
    number = (made[0] if isinstance(made, tuple) else made)[index]
    (gradient,) = torch.autograd.grad(number, x)
    strength = tape.receptive_field(out, index).strength(given(tape))
    assert strength is not None
    assert torch.allclose(strength.double(), (gradient * x).abs(), rtol=1e-4, atol=1e-7)
    places = torch.unravel_index(gradient.abs().argmax(), gradient.shape)
    cell = tuple(int(place) for place in places)
    goes = tape.influence(given(tape), cell).strength(out)
    assert goes is not None
    assert goes[index].item() == pytest.approx((gradient * x).abs()[cell].item(), rel=1e-4)


def test_a_relu_that_is_off_is_inside_without_strength() -> None:
    tape = record(nn.ReLU(), torch.tensor([-1.0, 2.0], dtype=torch.float64))
    field = tape.receptive_field(tape.outputs[0], 0)
    assert mask_of(field, tape, given(tape)).tolist() == [True, False]
    assert field.cells[0].tolist() == [0.0, -1.0]
    assert field.totals() == {0: (1, 0.0, 0.0), tape.outputs[0]: (1, 0.0, 0.0)}


def test_of_half_precision() -> None:
    with torch.no_grad():
        model = nn.Sequential(nn.Linear(4, 3), nn.Tanh()).to(torch.bfloat16)
        tape = explorer.record(model, torch.randn(2, 4, dtype=torch.bfloat16))
    field = tape.receptive_field(tape.outputs[0], (1, 0))
    assert mask_of(field, tape, tape.ref("input")).tolist() == [[False] * 4, [True] * 4]
    strength = field.strength(tape.ref("input"))
    assert strength is not None
    assert strength[1].min() > 0


@pytest.mark.parametrize(
    ("cell", "said"), [((0,), "has 2 axes"), ((9, 0), "outside of axis 0"), ((0, -4), "outside")]
)
def test_a_cell_that_is_not_there(cell: tuple[int, ...], said: str) -> None:
    tape = record(nn.Linear(3, 3), numbers(2, 3))
    with pytest.raises(Problem, match=said):
        tape.receptive_field(tape.outputs[0], cell)
    with pytest.raises(Problem, match=said):
        tape.influence(tape.outputs[0], cell)


def test_through_what_is_no_plain_tensor() -> None:
    tape = record(Call(lambda x: (x * 2).to_sparse().to_dense()[0]), numbers(3, 4))
    seen = tape.receptive_field(tape.outputs[0], (1,))
    assert mask_of(seen, tape, given(tape))[0, 1]
    sparse = tape.ref("to_sparse#0")
    with pytest.raises(Problem, match="no plain tensor"):
        tape.receptive_field(sparse, (0, 0))
    with torch.no_grad():
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        model = nn.TransformerEncoder(layer, 2).eval()
        empty = torch.tensor([[False] * 5, [False] * 3 + [True] * 2])
        tape = explorer.record(model, torch.randn(2, 5, 8), src_key_padding_mask=empty)
    mask = mask_of(tape.receptive_field(tape.outputs[0], (1, 2, 0)), tape, tape.ref("src"))
    assert mask[1, :3].all()


# ---------------------------------------------------------------- as the window sees it


def test_an_opened_event_changes_no_field() -> None:
    tape = record(Attention("fused"), numbers(1, 6, 8))
    closed, opened = Shown(tape), Shown(tape)
    fused = next(e.index for e in tape.events if e.op == "scaled_dot_product_attention")
    opened.open(fused)
    out = tape.outputs[0]
    for way, value, index in (("from", out, (0, 3, 1)), ("to", tape.ref("x"), (0, 3, 1))):
        one = closed.field(Reach(way, value, index))  # type: ignore[arg-type]
        other = opened.field(Reach(way, value, index))  # type: ignore[arg-type]
        for ref, cells in one.cells.items():
            assert torch.allclose(cells, other.cells[ref], rtol=1e-4, atol=1e-6), ref
        assert len(other.cells) > len(one.cells)


@pytest.mark.parametrize("opens", [False, True])
def test_the_map_inside_of_fused_attention_has_a_field(opens: bool) -> None:
    tape = record(Attention("fused"), numbers(1, 6, 8))
    shown = Shown(tape)
    (kept,) = shown._maps
    fused = next(e.index for e in tape.events if e.op == "scaled_dot_product_attention")
    if opens:
        shown.open(fused)
    x, out = tape.ref("x"), tape.outputs[0]
    field = shown.field(Reach("from", out, (0, 3, 1)))
    weights = field.mask(kept.value)
    assert weights is not None
    assert weights[0, 0].any(-1).tolist() == [False] * 3 + [True] + [False] * 2
    of_map = shown.field(Reach("from", kept.value, (0, 1, 3, 2)))
    mask = of_map.mask(x)
    assert mask is not None
    assert extent_of(mask)[1] == (0, 3)
    goes = shown.field(Reach("to", kept.value, (0, 1, 3, 2))).mask(out)
    assert goes is not None
    assert goes.nonzero().tolist() == [[0, 3, channel] for channel in range(4, 8)]
