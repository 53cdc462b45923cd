"""Stand-ins of ops that take many cells together: reductions, softmax, norms, windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from explorer.engine.reach.calls import Call, Leaves, NoRule
from explorer.engine.reach.stand_ins import is_mask, pointwise, rule
from explorer.engine.script import Ref

_REDUCES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("sum", "nansum", "mean", "nanmean", "prod", "amax", "amin", "max", "min", "median",
         "nanmedian", "mode", "argmax", "argmin", "all", "any", "logsumexp", "count_nonzero",
         "aminmax", "std", "var", "std_mean", "var_mean"), ("input", "dim", "keepdim")),
    **dict.fromkeys(("norm", "linalg_vector_norm", "linalg_norm"), ("input", "p", "dim")),
    "kthvalue": ("input", "k", "dim"), "quantile": ("input", "q", "dim"),
}  # fmt: skip


@rule(*_REDUCES)
def _reduced(call: Call, leaves: Leaves) -> list[Tensor]:
    """All cells along some axes as one; the largest could be any of them."""
    given = call.bind(*_REDUCES[call.op])
    leaf = call.leaf_or_zero(given["input"], leaves)
    dim = given.get("dim")
    if isinstance(dim, Ref):
        return [pointwise(call, leaves)]  # `max` of two
    if call.op in ("kthvalue", "mode") and dim is None:
        dim = -1
    if call.op == "quantile":
        raise NoRule("of several numbers at once")
    if isinstance(dim, bool) or dim is None or dim == ():
        dim = tuple(range(leaf.dim()))
    summed = leaf.sum(dim) if leaf.dim() else leaf
    return [summed.reshape(call.shape(own)) for own in call.step.results]


@rule("sort", "argsort", "topk", "softmin", "cummax", "cummin", "cumprod", "logcumsumexp",
      "normalize", "msort", "glu")  # fmt: skip
def _along(call: Call, leaves: Leaves) -> list[Tensor]:
    """Along an axis everything depends on everything, of running ones on what came before."""
    names: dict[str, tuple[str, ...]] = {
        "topk": ("input", "k", "dim"), "normalize": ("input", "p", "dim"),
        "cummax": ("input", "dim"), "cummin": ("input", "dim"), "cumprod": ("input", "dim"),
        "logcumsumexp": ("input", "dim"),
    }  # fmt: skip
    given = call.bind(*names.get(call.op, ("input", "dim")))
    leaf = call.leaf_or_zero(given["input"], leaves)
    dim = given.get("dim", {"normalize": 1, "msort": 0}.get(call.op, -1))
    dim = -1 if dim is None or isinstance(dim, bool) else dim
    if call.op.startswith("cum") or call.op == "logcumsumexp":
        return [leaf.cumsum(dim)] * len(call.step.results)
    if call.op == "glu":
        one, two = leaf.chunk(2, dim)
        return [one + two]
    return [leaf.sum(dim, keepdim=True).expand(call.shape(own)) for own in call.step.results]


@rule("softmax", "log_softmax", "special_softmax", "special_log_softmax")
def _softmax(call: Call, leaves: Leaves) -> Tensor:
    """Along an axis all depend on all; what is masked by −∞ is 0 whatever the others are."""
    given = call.bind("input", "dim")
    x = call.tensor(given["input"])
    leaf = call.leaf_or_zero(given["input"], leaves)
    dim = given.get("dim")
    if dim is None:
        dim = 0 if x.dim() in (0, 1, 3) else 1
    masked = is_mask(x) if x.is_floating_point() else torch.zeros_like(x, dtype=torch.bool)
    seen = (~masked).sum(dim, keepdim=True)
    masked = masked & (seen > 0)  # of a row without any number all could be one
    # a single number has all of the weight, whatever it is
    together = leaf * (masked | (seen != 1))
    return leaf * masked + together.sum(dim, keepdim=True) * ~masked


@rule("layer_norm", "rms_norm", "native_layer_norm")
def _layer_norm(call: Call, leaves: Leaves) -> Tensor:
    given = call.bind("input", "normalized_shape", "weight", "bias")
    leaf = call.leaf_or_zero(given["input"], leaves)
    shape = given["normalized_shape"]
    count = 1 if isinstance(shape, int) else len(shape)
    total = leaf.sum(tuple(range(-count, 0)), keepdim=True).expand(call.out)
    return _scaled(call, leaves, given, total, lambda one: one)


@rule("group_norm")
def _group_norm(call: Call, leaves: Leaves) -> Tensor:
    given = call.bind("input", "num_groups", "weight", "bias")
    leaf = call.leaf_or_zero(given["input"], leaves)
    grouped = leaf.reshape(leaf.shape[0], given["num_groups"], -1)
    total = grouped.sum(-1, keepdim=True).expand(grouped.shape).reshape(call.out)
    return _scaled(call, leaves, given, total, lambda one: _by_channel(one, leaf.dim()))


@rule("batch_norm", "instance_norm")
def _batch_norm(call: Call, leaves: Leaves) -> Tensor:
    """With the statistics of what it is given, all of a channel is together; else it is alone."""
    given = call.bind("input", "running_mean", "running_var", "weight", "bias", "now")
    leaf = call.leaf_or_zero(given["input"], leaves)
    batch = call.op == "batch_norm"
    now = given.get("now", given.get("training" if batch else "use_input_stats", not batch))
    total = leaf
    if now:
        dims = [d for d in range(leaf.dim()) if d != 1 and (batch or d)]
        total = leaf.sum(dims, keepdim=True).expand(call.out)
    names = ("weight", "bias") if now else ("weight", "bias", "running_mean", "running_var")
    return _scaled(call, leaves, given, total, lambda one: _by_channel(one, leaf.dim()), names)


@rule("prelu")
def _prelu(call: Call, leaves: Leaves) -> Tensor:
    given = call.bind("input", "weight")
    leaf = call.leaf_or_zero(given["input"], leaves)
    return _scaled(call, leaves, given, leaf, lambda one: _by_channel(one, leaf.dim()))


def _scaled(
    call: Call,
    leaves: Leaves,
    given: dict[str, Any],
    total: Tensor,
    laid: Callable[[Tensor], Tensor],
    names: tuple[str, ...] = ("weight", "bias"),
) -> Tensor:
    for name in names:
        leaf = call.leaf(given.get(name), leaves)
        if leaf is not None:
            total = total + laid(leaf)
    return total


def _by_channel(one: Tensor, axes: int) -> Tensor:
    return one.reshape(-1) if axes < 2 else one.reshape(1, -1, *(1,) * (axes - 2))


# ---------------------------------------------------------------- windows


def _names(stem: str) -> list[str]:
    return [f"{stem}{n}d{more}" for n in (1, 2, 3) for more in ("", "_with_indices")]


@rule(*_names("max_pool"), "lp_pool1d", "lp_pool2d", "lp_pool3d")
def _max_pool(call: Call, leaves: Leaves) -> list[Tensor]:
    """Any cell of a window could be the largest: the sum over it, as a convolution with ones."""
    names: tuple[str, ...] = ("input", "kernel_size", "stride", "padding", "dilation")
    if call.op.startswith("lp"):
        names = ("input", "norm_type", "kernel_size", "stride")
    given = call.bind(*names)
    leaf = call.leaf_or_zero(given["input"], leaves)
    axes = int(call.op.replace("_with_indices", "")[-2])
    kernel = _each(given["kernel_size"], axes)
    stride = _each(given.get("stride") or kernel, axes)
    padding, dilation = _each(given.get("padding", 0), axes), _each(given.get("dilation", 1), axes)
    out, size = call.out[-axes:], leaf.shape[-axes:]
    flat = leaf.reshape(-1, 1, *size)
    pads = []
    for n in reversed(range(axes)):  # as far as the last window goes
        end = (out[n] - 1) * stride[n] + dilation[n] * (kernel[n] - 1) + 1
        pads += [padding[n], end - size[n] - padding[n]]
    conv = (torch.conv1d, torch.conv2d, torch.conv3d)[axes - 1]
    flat = torch.nn.functional.pad(flat, pads)
    ones = torch.ones(1, 1, *kernel, device=leaf.device)
    made = conv(flat, ones, stride=stride, dilation=dilation)
    return [made.reshape(call.out)] * len(call.step.results)


@rule(*_names("adaptive_max_pool"))
def _adaptive_max_pool(call: Call, leaves: Leaves) -> list[Tensor]:
    leaf = call.leaf_or_zero(call.bind("input")["input"], leaves)
    axes = int(call.op.replace("_with_indices", "")[-2])
    functions = torch.nn.functional
    pool: Any = (
        functions.adaptive_avg_pool1d, functions.adaptive_avg_pool2d, functions.adaptive_avg_pool3d,
    )[axes - 1]  # fmt: skip
    return [pool(leaf, call.out[-axes:])] * len(call.step.results)


def _each(given: Any, count: int) -> list[int]:
    values = [given] if isinstance(given, int) else [int(one) for one in given]
    return values * count if len(values) == 1 else values
