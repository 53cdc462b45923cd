"""Explaining a number, op by op: on random shapes, strides and arguments the terms add up to what
PyTorch computed, and the sources are exactly the cells whose change changes it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from tests.engine.explaining import assess, prove, record

Args = tuple[Any, ...]


class Draw:
    """Random shapes, numbers and choices for one example."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        torch.manual_seed(data.draw(st.integers(0, 999), label="seed"))

    def size(self, least: int = 1, most: int = 3) -> int:
        return self.data.draw(st.integers(least, most))

    def one(self, *choices: Any) -> Any:
        return self.data.draw(st.sampled_from(choices))

    def shape(self, axes: int) -> tuple[int, ...]:
        return tuple(self.size(2) for _ in range(axes))

    def numbers(self, *shape: int) -> Tensor:
        """Random numbers, lying in memory in order, transposed, with gaps or shifted."""
        lie = self.one("in order", "transposed", "gaps", "shifted")
        if lie == "transposed" and len(shape) > 1:
            order = tuple(range(len(shape)))[::-1]
            return torch.randn(shape[::-1], dtype=torch.float64).permute(order)
        if lie == "gaps" and shape:
            return torch.randn(*shape[:-1], 2 * shape[-1], dtype=torch.float64)[..., ::2]
        if lie == "shifted" and shape:
            return torch.randn(shape[0] + 1, *shape[1:], dtype=torch.float64)[1:]
        return torch.randn(shape, dtype=torch.float64)

    def positive(self, *shape: int) -> Tensor:
        return self.numbers(*shape).abs() + 0.1

    def ids(self, most: int, *shape: int) -> Tensor:
        return torch.randint(most, shape)


Case = Callable[[Draw], tuple[Any, ...]]  # a function and what to call it with
CASES: dict[str, Case] = {}


def case(make: Case) -> Case:
    CASES[make.__name__] = make
    return make


# ------------------------------------------------------------ products


@case
def linear(d: Draw) -> Args:
    K, J = d.size(), d.size()
    bias = d.one(None, d.numbers(J))
    return F.linear, d.numbers(*d.shape(d.size(0, 2)), K), d.numbers(J, K), bias


@case
def matmul(d: Draw) -> Args:
    I, J, K, B = (d.size() for _ in range(4))  # noqa: E741
    left, right = d.one(
        ((K,), (K,)), ((I, K), (K,)), ((K,), (B, K, J)), ((I, K), (K, J)), ((B, I, K), (K, J)),
        ((B, I, K), (B, K, J)), ((2, 1, I, K), (B, K, J)),
    )  # fmt: skip
    return d.one(torch.matmul, Tensor.__matmul__), d.numbers(*left), d.numbers(*right)


@case
def products(d: Draw) -> Args:
    I, J, K, B = (d.size() for _ in range(4))  # noqa: E741
    alpha, beta = d.one((1, 1), (0.5, 2.0), (-2, -0.5))
    more = {"alpha": alpha, "beta": beta}

    def many(m: Tensor, n: Tensor, a: Tensor, b: Tensor, v: Tensor, w: Tensor) -> Args:
        return (
            torch.mm(m, n), torch.bmm(a, b), torch.mv(n, w), torch.outer(v, w), torch.dot(v, v),
            torch.addmm(w, m, n, **more), torch.baddbmm(w, a, b, **more),
            torch.addbmm(w, a, b, **more), torch.addmv(v, m @ n, w, **more),
            torch.addr(m @ n, v, w, **more), torch.inner(m, m), torch.tensordot(m, n, dims=1),
            torch.tensordot(a, b, dims=([0, 2], [0, 1])),
        )  # fmt: skip

    return (
        many, d.numbers(I, K), d.numbers(K, J), d.numbers(B, I, K), d.numbers(B, K, J),
        d.numbers(I), d.numbers(J),
    )  # fmt: skip


@case
def einsum(d: Draw) -> Args:
    equation = d.one(
        "ij,jk->ik", "bhqd,bhkd->bhqk", "ii->i", "ii->", "...ij,kj->...ki", "ij,jk,kl->il",
        "ij,jk", "bij->", "i,j->ji", "b i j, b j -> i b", "ij,...j->...i",
    )  # fmt: skip
    sizes = {letter: d.size() for letter in "abcdefghijklqk"}
    operands = []
    for names in equation.partition("->")[0].replace(" ", "").split(","):
        lead = d.shape(2) if names.startswith("...") else ()
        operands.append(d.numbers(*lead, *(sizes[c] for c in names.replace(".", ""))))
    return torch.einsum, equation, *operands


@case
def bilinear(d: Draw) -> Args:
    I, J, O, B = (d.size() for _ in range(4))  # noqa: E741
    bias = d.one(None, d.numbers(O))
    return F.bilinear, d.numbers(B, I), d.numbers(B, J), d.numbers(O, I, J), bias


# ------------------------------------------------------------ windows


@case
def convolution(d: Draw) -> Args:
    axes, groups = d.size(1, 2), d.size(1, 2)
    kernel = tuple(d.size(1, 3) for _ in range(axes))
    dilation, padding = d.size(1, 2), d.one(0, 1, 2, "same", "valid")
    stride = 1 if padding == "same" else d.size(1, 3)
    x = d.numbers(*d.one((), (2,)), groups * d.size(1, 2), *(d.size(5, 6) for _ in range(axes)))
    channels = groups * d.size(1, 2)
    W = d.numbers(channels, x.shape[-axes - 1] // groups, *kernel)
    function = (F.conv1d, F.conv2d)[axes - 1]
    return function, x, W, d.one(None, d.numbers(channels)), stride, padding, dilation, groups


@case
def transposed_convolution(d: Draw) -> Args:
    axes, groups = d.size(1, 2), d.size(1, 2)
    kernel = tuple(d.size(1, 3) for _ in range(axes))
    stride, dilation, padding = d.size(1, 3), d.size(1, 2), d.size(0, 1)
    extra = d.size(0, max(stride, dilation) - 1)
    x = d.numbers(1, groups * d.size(1, 2), *(d.size(3, 4) for _ in range(axes)))
    made = d.size(1, 2)
    W = d.numbers(x.shape[1], made, *kernel)
    function = (F.conv_transpose1d, F.conv_transpose2d)[axes - 1]
    bias = d.one(None, d.numbers(groups * made))
    return function, x, W, bias, stride, padding, extra, groups, dilation


@case
def convolution_3d(d: Draw) -> Args:
    x, W = d.numbers(1, 2, 3, 3, 2), d.numbers(2, 2, 2, 2, 2)
    return lambda x, W: (F.conv3d(x, W), F.conv_transpose3d(x, W, stride=2)), x, W


@case
def padded_convolution(d: Draw) -> Args:
    mode = d.one("zeros", "circular", "reflect", "replicate")
    made = nn.Conv2d(2, 1, (3, 2), padding=(1, 1), padding_mode=mode)
    return made.double().requires_grad_(False), d.numbers(1, 2, 4, 3)


@case
def max_pool(d: Draw) -> Args:
    axes = d.size(1, 3)
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[axes - 1]
    x = d.numbers(1, 2, *(d.size(3, 5) for _ in range(axes)))
    kernel = d.size(2, 3)
    return (
        pool, x, kernel, d.one(None, 1, 2), d.size(0, kernel // 2), 1, d.one(True, False),
        d.one(True, False),
    )  # fmt: skip


@case
def average_pool(d: Draw) -> Args:
    axes = d.size(1, 3)
    x = d.numbers(1, 1, *(d.size(4, 5) for _ in range(axes)))
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[axes - 1]
    kernel = d.size(2, 3)
    args = [kernel, d.one(None, 1, 2), d.size(0, kernel // 2), d.one(True, False)]
    args.append(d.one(True, False))
    if axes > 1:
        args.append(d.one(None, 3))
    return pool, x, *args


@case
def adaptive_pool(d: Draw) -> Args:
    axes = d.size(1, 2)
    x = d.numbers(1, 2, *(d.size(3, 6) for _ in range(axes)))
    average: Any = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d)[axes - 1]
    greatest: Any = (F.adaptive_max_pool1d, F.adaptive_max_pool2d)[axes - 1]
    out = tuple(d.size(1, 4) for _ in range(axes))
    return lambda x: (average(x, out), greatest(x, out, return_indices=True)), x


@case
def lp_pool(d: Draw) -> Args:
    p, ceil = d.one(1.0, 2.0, 3.0), d.one(True, False)
    return lambda x: F.lp_pool2d(x, p, 2, d.one(1, 2), ceil), d.positive(1, 2, 5, 4)


# ------------------------------------------------------------ rows


@case
def softmax(d: Draw) -> Args:
    x = d.numbers(*d.shape(d.size(1, 3)))
    dim = d.size(0, x.dim() - 1) - d.one(0, x.dim())
    return lambda x: (
        F.softmax(x, dim), x.softmax(dim), F.log_softmax(x, dim), F.softmin(x, dim),
        x.logsumexp(dim), torch.softmax(x, dim=dim), x.log_softmax(dim),
    ), x  # fmt: skip


@case
def layer_norm(d: Draw) -> Args:
    x = d.numbers(*d.shape(3))
    shape = tuple(x.shape[-d.size(1, 2) :])
    w, b = d.one((None, None), (d.numbers(*shape), None), (d.numbers(*shape), d.numbers(*shape)))
    eps = d.one(1e-5, 0.1)
    return lambda x: (
        F.layer_norm(x, shape, w, b, eps), F.rms_norm(x, shape, w, d.one(None, 0.1))
    ), x  # fmt: skip


@case
def channel_norms(d: Draw) -> Args:
    C = 2
    x = d.numbers(2, C, *d.one((2,), (2, 1), (3,)))
    w, b = d.one((None, None), (d.numbers(C), d.numbers(C)))
    mean, variance = d.numbers(C), d.positive(C)
    training = d.one(True, False)

    def norms(x: Tensor, mean: Tensor, variance: Tensor) -> Args:
        return (
            F.group_norm(x, d.one(1, 2), w, b),
            F.instance_norm(x, None, None, w, b),
            F.instance_norm(x, mean, variance, w, b, False),
            F.batch_norm(x, mean, variance, w, b, training, 0.3),
            mean * 1,
            variance * 1,
            F.instance_norm(x, mean, variance, w, b, True, 0.2),
            mean * 1,
            variance * 1,
        )

    return norms, x, mean, variance


@case
def other_norms(d: Draw) -> Args:
    p, dim = d.one(1.0, 2.0, 3.0), d.size(0, 1)
    return lambda x, y: (
        F.normalize(x, p, dim), F.local_response_norm(x[None], d.size(1, 3), 0.5), x.norm(),
        x.norm(p, dim), torch.linalg.vector_norm(x, float("inf"), dim), torch.linalg.norm(x),
        F.cosine_similarity(x, y, dim), F.pairwise_distance(x, y, p),
    ), d.numbers(3, 2), d.numbers(3, 2)  # fmt: skip


@case
def reductions(d: Draw) -> Args:
    x = d.numbers(*d.shape(3))
    dim = d.one(0, 1, -1, (0, 1), (0, 2), (1, 2))
    one = dim if isinstance(dim, int) else dim[0]
    keep = d.one(True, False)
    return lambda x: (
        x.sum(), x.sum(dim, keepdim=keep), x.mean(), x.mean(dim, keep), x.prod(), x.prod(one),
        x.max(), x.max(one, keep), x.min(one), x.amax(dim), x.amin(dim, keep), x.argmax(one),
        x.argmin(), x.var(dim), x.std(), x.std(dim, correction=0), torch.var_mean(x, dim),
        x.logsumexp(dim), x.count_nonzero(), (x > 0).any(one), (x > 0).all(), x.nansum(dim),
    ), x  # fmt: skip


@case
def ordered(d: Draw) -> Args:
    dim = d.size(0, 1)
    return lambda x: (
        x.cumsum(dim), x.cumprod(dim), x.cummax(dim), x.logcumsumexp(dim), x.median(),
        x.median(dim), x.sort(dim, True), x.topk(2, dim), x.kthvalue(2, dim), x.argsort(dim),
    ), d.numbers(3, 4)  # fmt: skip


# ------------------------------------------------------------ cell by cell


@case
def activations(d: Draw) -> Args:
    return lambda x: (
        F.relu(x), F.gelu(x), F.gelu(x, approximate="tanh"), F.silu(x), x.tanh(), x.sigmoid(),
        F.elu(x, 0.7), F.selu(x), F.celu(x), F.leaky_relu(x, 0.2), F.softplus(x, 2.0),
        F.softsign(x), F.tanhshrink(x), F.mish(x), F.hardswish(x), F.hardsigmoid(x),
        F.hardtanh(x), F.relu6(x), F.logsigmoid(x), F.threshold(x, 0.1, 2.0), F.hardshrink(x),
        F.softshrink(x), F.rrelu(x), F.glu(x, 0), nn.ReLU(inplace=True)(x * 1),
        F.gelu(x).relu_().mul_(2).clamp_(max=1),
    ), d.numbers(2, d.size())  # fmt: skip


@case
def prelu_and_dropout(d: Draw) -> Args:
    x = d.numbers(2, 3, 2, 2)
    w = d.numbers(d.one(1, 3))
    return lambda x, w: (
        F.prelu(x, w), F.dropout(x, 0.5), F.dropout2d(x, 0.5), F.alpha_dropout(x, 0.4, True),
        F.dropout(x, 0.5, False), nn.Dropout(0.3, inplace=True)(x * 1),
    ), x, w  # fmt: skip


@case
def arithmetic(d: Draw) -> Args:
    shape, other = d.one(
        ((2, 3), (3,)), ((2, 1, 3), (2, 1)), ((), (2, 2)), ((2, 3), (2, 3)), ((3,), ())
    )
    return lambda x, y: (
        x + y, x - y, x * y, x / y, y**x, x + 2, 2 - x, 2 / y, 3 * x, x / 4, x**2, 2**x,
        -x, torch.add(x, y, alpha=3), torch.sub(x, y, alpha=0.3), torch.rsub(x, y), x.abs(),
        torch.maximum(x, y), torch.minimum(x, y), torch.max(x, y), x.clamp(-0.5, 0.5),
        torch.clamp(x, min=y), torch.where(x > 0, x, y), torch.where(y > 0.5, 1.0, x),
        torch.lerp(x, y, 0.3), torch.addcmul(x, x, y, value=0.5), torch.addcdiv(x, x, y),
        torch.atan2(x, y), x > y, x.exp(), y.log(), x.floor(), x.masked_fill(y > 0.5, -1),
        x.double() + x.float(), x.masked_fill(x > 0, y.sum()), x.where(x > 0, y), y.sqrt(),
    ), d.numbers(*shape), d.positive(*other)  # fmt: skip


@case
def in_place(d: Draw) -> Args:
    at = d.size(0, 2)

    def write(x: Tensor, y: Tensor) -> Args:
        x = (x * 1).contiguous()
        x[1:, at] = y[1:, 0]
        x[0].mul_(2)
        x.view(-1)[2:5].add_(1)
        x[:, ::2] = 3
        x[torch.tensor([0, 2])] = y[:2] * 2
        x.T[1].copy_(y[0, :3])
        x.add_(y, alpha=2).div_(y + 5)
        made = torch.empty_like(x)
        torch.add(x, y, out=made)
        x[None, ..., -1] += y[:, 0]
        return x * 1, made * 1

    return write, d.numbers(3, 4), d.numbers(3, 4)


# ------------------------------------------------------------ moved


@case
def views(d: Draw) -> Args:
    return lambda x: (
        x.reshape(3, -1), x.T, x.reshape(-1), x[0], x[:, 1:3], x[..., None], x[-1, ::2],
        x.unsqueeze(0).expand(3, *x.shape), x.permute(1, 0), x.chunk(2, 1), x.split([1, 5], 1),
        x.unbind(0), x.unflatten(1, (2, 3)), x.select(1, 2), x.narrow(1, 1, 2), x.diagonal(),
        x.unfold(1, 2, 2), x.movedim(0, 1), x.t().contiguous(), x.t().reshape(3, 4), x.squeeze(),
        x.swapaxes(0, 1), x.expand_as(x), x.clone(), x.float(), x.to(torch.float32), x.detach(),
        x.contiguous(), x.int(), x.mT, x.tensor_split(2), x.ravel(), x.view_as(x), x.type_as(x),
        torch.broadcast_to(x, (2, *x.shape)),
    ), d.numbers(2, 6)  # fmt: skip


@case
def moves(d: Draw) -> Args:
    dim, value = d.size(0, 1), d.one(0.0, 2.5)
    pad = tuple(d.size(0, 2) for _ in range(2))
    return lambda x, y: (
        torch.cat([x, y], dim), torch.stack([x, y], dim), x.roll(1, dim), x.roll(2), x.flip(dim),
        x.flip(0, 1), x.repeat(2, 1), x.tile(2), x.repeat_interleave(2, dim), F.pad(x, pad),
        F.pad(x, (*pad, 1, 0), value=value), F.pad(x[None], pad, mode="reflect"), x.tril(),
        F.pad(x[None], pad, mode="circular"), F.pad(x[None], pad, mode="replicate"), x.triu(1),
        x.rot90(), torch.diag(x[0]), torch.diag_embed(x), torch.hstack([x, y]), F.pad(x, (-1, 1)),
        torch.vstack([x, y]), torch.block_diag(x, y), torch.meshgrid(x[0], y[0], indexing="ij"),
        F.pixel_shuffle(x.T[None, :, :, None].repeat(1, 4, 1, 1), 2), F.unfold(x[None, None], 2),
    ), d.numbers(3, 3), d.numbers(3, 3)  # fmt: skip


@case
def indexing(d: Draw) -> Args:
    mask = torch.tensor([True, False, True])
    return lambda x, i, m: (
        x[i], x[:, i], x[i, i], x[m], x[0, :, i], x[:, None, i], x[i[:, None], i], x[[0, 1]],
        x[..., i], x[i, 1:], x[-1, i], x[:, m, 0], x[x > 0], x.gather(1, x.argsort(1)),
        x.index_select(2, i), x.take(i), x.take_along_dim(x.argmax(1, True), 1), x[i, :, i],
        x.masked_select(x > 0), x.scatter(0, i[None, :, None], 5.0), x.index_add(0, i, x[: len(i)]),
        x.index_copy(0, torch.tensor([1, 0]), x[:2]), x.index_fill(1, torch.tensor([1]), 3.0),
    ), d.numbers(3, 3, 3), d.ids(3, d.size()), mask  # fmt: skip


@case
def resampled(d: Draw) -> Args:
    return lambda x: (
        F.interpolate(x, scale_factor=2), F.interpolate(x, size=(3, 5), mode="bilinear"),
        F.interpolate(x, size=(5, 3), mode="bicubic", align_corners=True),
        F.fold(x.reshape(1, 4, 4), (3, 3), 2),
    ), d.numbers(1, 1, 4, 4)  # fmt: skip


@case
def tables(d: Draw) -> Args:
    ids, bags = d.ids(4, *d.shape(2)), d.ids(4, 5)
    offsets, mode = torch.tensor([0, 2, 2]), d.one("sum", "mean", "max")
    return lambda i, W, j, s: (
        F.embedding(i, W), F.embedding_bag(i, W, mode=mode), F.one_hot(i, 5),
        F.embedding_bag(j, W, offsets, mode="sum", per_sample_weights=s),
        F.embedding_bag(j, W, offsets, mode=mode, padding_idx=1),
        F.embedding(i, W * 1, max_norm=1.0),
    ), ids, d.numbers(4, 3), bags, d.numbers(5)  # fmt: skip


# ------------------------------------------------------------ attention, losses, the rest


@case
def attention(d: Draw) -> Args:
    B, heads, T, S, hs = 1, 2, d.size(), d.size(), d.size()
    kind = d.one("plain", "causal", "mask", "hidden", "groups")
    q, k, v = d.numbers(B, heads, T, hs), d.numbers(B, heads, S, hs), d.numbers(B, heads, S, 2)
    if kind == "groups":
        q = d.numbers(B, 2 * heads, T, hs)
    mask = {"mask": d.numbers(T, S), "hidden": torch.rand(T, S) < 0.7}.get(kind)
    if kind == "hidden" and mask is not None:
        mask[:, 0] = True
    more = {
        "attn_mask": mask, "is_causal": kind == "causal", "enable_gqa": kind == "groups",
        "scale": d.one(None, 0.7),
    }  # fmt: skip
    return lambda q, k, v: F.scaled_dot_product_attention(q, k, v, **more), q, k, v


@case
def losses(d: Draw) -> Args:
    how, w = d.one("none", "mean", "sum"), d.one(None, d.positive(4))
    shape = d.one((3, 4), (2, 4, 2))
    t = d.ids(4, shape[0], *shape[2:])
    ignore = d.one(-100, 1)
    if bool((t == ignore).all()):
        t[0] = 2
    smooth = d.one(0.0, 0.2)
    return lambda x, p: (
        F.cross_entropy(x, t, w, ignore_index=ignore, reduction=how, label_smoothing=smooth),
        F.nll_loss(x, t, w, ignore_index=ignore, reduction=how),
        F.cross_entropy(x, p, w, reduction=how, label_smoothing=smooth),
        F.cross_entropy(x[:1], t[:1]),
        F.mse_loss(x, p, reduction=how), F.l1_loss(x, p, reduction=how),
        F.smooth_l1_loss(x, p, reduction=how), F.huber_loss(x, p, reduction=how),
        F.binary_cross_entropy_with_logits(x, p, reduction=how),
        F.kl_div(x, p, reduction=d.one("none", "batchmean")),
        F.binary_cross_entropy(p / 9, p / 9, reduction=how),
    ), d.numbers(*shape), d.positive(*shape)  # fmt: skip


@case
def complex_numbers(d: Draw) -> Args:
    return lambda x: (
        torch.fft.fft(x), torch.fft.irfft(torch.fft.rfft(x)), torch.fft.fft2(x).real,
        torch.view_as_real(torch.view_as_complex(x.reshape(2, 2, 2)) * 2j),
        torch.view_as_complex(x.reshape(2, 2, 2)).conj().imag,
    ), d.numbers(2, 4).contiguous()  # fmt: skip


@case
def scalars(d: Draw) -> Args:
    return lambda x: (x + 1, x.sum(), x.softmax(0), x.exp(), x.reshape(1), x.max()), d.numbers()


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_terms_add_up_and_sources_are_those_that_count(name: str, data: st.DataObject) -> None:
    function, *args = CASES[name](Draw(data))
    prove(function, *args, cells=1)


DOUBLE: Any = np.float64(2.5)
SINGLE: Any = np.float32(2)
SETTINGS: list[tuple[Callable[[Tensor], Tensor], str]] = [
    (lambda x: x + 2, "y = x + 2"),
    (lambda x: x - 2, "y = x − 2"),
    (lambda x: 2 - x, "y = 2 − x"),
    (lambda x: x - (1 - 2j), "y = x + −1+2j"),
    (lambda x: x + DOUBLE, "y = x + 2.5"),
    (lambda x: SINGLE - x, "y = 2 − x"),
    (lambda x: x * SINGLE, "y = x · 2"),
    (lambda x: torch.add(x, x, alpha=2.5), "y = a + 2.5 · b"),
    (lambda x: torch.sub(x, x, alpha=3), "y = a − 3 · b"),
    (lambda x: torch.sub(x, x, alpha=-1), "y = a + b"),
    (lambda x: torch.rsub(x, 2, alpha=3), "y = 2 − 3 · x"),
    (lambda x: x / 0.3, "y = x / 0.3"),
    (lambda x: torch.div(x, 0.3, rounding_mode="floor"), "y = floor(x / 0.3)"),
    (lambda x: x.div(x + 3, rounding_mode="trunc"), "y = trunc(a / b)"),
    (lambda x: F.gelu(x), "y = x · Φ(x)"),
    (
        lambda x: F.gelu(x, approximate="tanh"),
        "y = x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x ^ 3)))",
    ),
    (lambda x: F.softplus(x), "y = log(1 + exp(x))"),
    (lambda x: F.softplus(x, beta=2), "y = x if 2 · x > 20, else log(1 + exp(2 · x)) / 2"),
    (lambda x: x.clamp(min=x - 1), "y = clamp(a, min=b)"),
]


@pytest.mark.parametrize(("function", "formula"), SETTINGS)
def test_a_formula_says_what_the_settings_make_of_an_op(
    function: Callable[[Tensor], Tensor], formula: str
) -> None:
    tape = record(function, torch.tensor([-1.4, 0.7, 30.0], dtype=torch.float64))
    for index in range(3):
        assert assess(tape, tape.outputs[0], (index,), 1e-12).formula == formula


def test_a_number_in_place_of_nan_is_told_by_its_formula() -> None:
    tape = record(lambda x: torch.nan_to_num(x, nan=3.0), torch.tensor([torch.nan, torch.inf]))
    assert assess(tape, tape.outputs[0], (0,), 0).formula == "y = nan_to_num(x, nan=3)"


COUNTS: dict[str, Callable[[Tensor], Any]] = {
    "bincount": lambda x: torch.bincount(x.long().abs()),
    "weighted": lambda x: torch.bincount(x.long().abs(), weights=x, minlength=9),
    "histc": lambda x: torch.histc(x, 4),
    "between": lambda x: torch.histc(x, 4, -2, 3),
    "histogram": lambda x: torch.histogram(x, 4, weight=x + 1)[0],
    "unique": lambda x: x.unique(),
    "all of unique": lambda x: torch.unique(x, return_inverse=True, return_counts=True),
    "counts": lambda x: torch.unique(x, return_counts=True),
    "rows": lambda x: torch.unique(x.reshape(4, 2), dim=0),
}


@pytest.mark.parametrize("name", COUNTS)
def test_what_counts_and_tells_apart_is_told_exactly(name: str) -> None:
    x = torch.tensor([3.0, -1.0, 2.5, -1.0, 3.0, -1.0, 0.0, 7.0], dtype=torch.float64)
    tape = record(COUNTS[name], x)
    for ref in tape.outputs:
        for index in itertools.product(*map(range, tape.values[ref].shape)):
            found = assess(tape, ref, index, 1e-12)
            given = tape.events[tape.values[ref].writer].inputs[0]
            everywhere = itertools.product(*map(range, tape.values[given].shape))
            assert found.cells() >= {(given, cell) for cell in everywhere}


def test_a_count_names_the_cells_that_it_counted() -> None:
    tape = record(lambda x: torch.bincount(x), torch.tensor([2, 0, 2, 5]))
    found = tape.explain(tape.outputs[0], 2)
    assert (found.formula, found.value) == ("y = number of x that are 2", 2)
    assert sorted(term.cells[0].index for term in found.terms) == [(0,), (2,)]
    assert tape.explain(tape.outputs[0], 3).total == 0


class Largest(TorchDispatchMode):
    """The most numbers that one of the named ops gave."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names, self.numbers = names, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if any(name in str(func) for name in self.names):
            self.numbers = max(self.numbers, result.numel())
        return result


@pytest.mark.parametrize(
    ("f", "most"),
    [
        (lambda x: F.interpolate(x, scale_factor=2), 16 * 16),
        (lambda x: F.interpolate(x, size=(9, 5), mode="bilinear", align_corners=True), 64),
        (lambda x: F.interpolate(x, scale_factor=0.5, mode="bicubic"), 64),
        (lambda x: F.fold(x.reshape(2, 12, 16), (5, 5), 2), 4 * 16 + 25),
        (lambda x: F.fold(x[0].reshape(12, 16), (5, 5), 2), 4 * 16 + 25),
        (lambda x: torch.fft.fft(x, dim=1), 3),
        (lambda x: torch.fft.rfft2(x), 64),
        (lambda x: torch.fft.ifftn(x, dim=(0, 2)), 16),
        (lambda x: torch.fft.irfft(x, 7), 8),
    ],
)
def test_only_the_plane_or_row_of_a_cell_is_computed_again(
    f: Callable[[Tensor], Tensor], most: int
) -> None:
    x = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    tape = record(f, x)
    ref = tape.outputs[0]
    index = tuple(n // 2 for n in tape.values[ref].shape)
    size = Largest("upsample", "col2im", "im2col", "fft")
    with size:
        found = tape.explain(ref, index)
    assert 0 < size.numbers <= most
    assert (found.how, found.exact) == ("sum", True)
    assert found.total == pytest.approx(tape.value(ref)[index].item(), abs=1e-12)
    prove(f, x)


@pytest.mark.parametrize("given", [{}, {"dilation": (2, 1), "padding": (1, 2), "stride": (2, 3)}])
def test_a_cell_of_a_patch_is_found_without_making_the_patches(given: dict[str, Any]) -> None:
    x = torch.randn(2, 3, 7, 9, dtype=torch.float64)
    tape = record(lambda x: (F.unfold(x, (2, 3), **given), F.unfold(x[0], (2, 3), **given)), x)
    generator = torch.Generator().manual_seed(1)
    for ref in tape.outputs:
        for _ in range(60):
            shape = tape.values[ref].shape
            index = tuple(int(torch.randint(n, (), generator=generator)) for n in shape)
            made = Largest("im2col")
            with made:
                found = assess(tape, ref, index, 0)
            if found.how == "copy" and not given:
                assert made.numbers == 0
            assert found.how == "copy" or (given and found.value == 0)
