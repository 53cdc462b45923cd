"""Forwards that a recorder can get wrong, and modules to run them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.engine.nesting import tensors


class Net(nn.Module):
    """``f`` as the forward of a module with a weight and a mask."""

    def __init__(self, f: Callable[..., Any]) -> None:
        super().__init__()
        self.f = f
        self.weight = nn.Parameter(torch.arange(1.0, 5.0))
        self.mask: Tensor
        self.register_buffer("mask", torch.tensor([True, False, True, True]))

    def forward(self, x: Tensor) -> Any:
        return self.f(self, x)


def seen_through_a_view(net: Net, x: Tensor) -> Any:
    a = x * 2
    a[0].zero_()
    return a + 1


def view_after_its_base(net: Net, x: Tensor) -> Any:
    a = x * 2
    row = a[1]
    a.add_(1)
    return row * 3, a[1:].neg()


def many_writes(net: Net, x: Tensor) -> Any:
    a = x * 2
    a[0] = 1
    a[1] += 2
    flat = a.view(-1)
    flat[3:5].mul_(3)
    return a.sum() + flat


def key_value_cache(net: Net, x: Tensor) -> Any:
    cache, out = torch.zeros(8, 4), []
    for t in range(len(x)):
        cache[t] = x[t]
        out.append(cache[: t + 1].sum(0))
    return out, cache


def through_data(net: Net, x: Tensor) -> Any:
    net.weight.data.mul_(2)
    return x * net.weight


def own_generator(net: Net, x: Tensor) -> Any:
    noise = torch.rand(4, 4, generator=torch.Generator().manual_seed(3))
    net.seen = noise.clone()
    noise.mul_(2)
    return noise + x


def reused_list(net: Net, x: Tensor) -> Any:
    parts = [x * 1]
    one = torch.cat(parts)
    parts.append(x * 2)
    two = torch.cat(parts)
    parts.clear()
    return one, two


def in_place_operator(net: Net, x: Tensor) -> Any:
    net.mask &= torch.tensor([False, True, True, True])
    return x * net.mask


def foreach(net: Net, x: Tensor) -> Any:
    both = [x * 1, x * 2]
    torch._foreach_add_(both, 1.0)
    return both[0] + both[1]


def overload(net: Net, x: Tensor) -> Any:
    a = x * 1
    torch.ops.aten.add_.Tensor(a, x)
    return torch.ops.aten.mul(a, 2)


def out_argument(net: Net, x: Tensor) -> Any:
    target = torch.zeros(4, 4)
    torch.add(x, x, out=target)
    return target * 2


def vmapped(net: Net, x: Tensor) -> Any:
    return torch.vmap(lambda row: row * 2)(x) + x


def dropped(net: Net, x: Tensor) -> Any:
    x = F.dropout(x * 1, 0.5, training=True, inplace=True)
    return F.rrelu(x, training=True) + torch.randn_like(x)


def autocast_inside(net: Net, x: Tensor) -> Any:
    with torch.autocast("cpu", torch.bfloat16):
        y = x @ x
    return y.float() + F.linear(x, x)


def sliced_by_a_tensor(net: Net, x: Tensor) -> Any:
    n = torch.tensor(2)
    return x[:n, net.mask[None].expand(2, 4)[0]]


def half_and_complex(net: Net, x: Tensor) -> Any:
    spectrum = torch.fft.fft(x.to(torch.float64))
    return spectrum.real.half(), spectrum.abs().bfloat16(), x.to(torch.int8) // 2


def sparse(net: Net, x: Tensor) -> Any:
    return torch.sparse.mm(x.relu().to_sparse(), x)


def empty_and_scalar(net: Net, x: Tensor) -> Any:
    nothing = x[:0]
    return nothing.sum() + x.mean(), torch.cat([nothing, x])


def named_results(net: Net, x: Tensor) -> Any:
    top = x.topk(2)
    return {"top": top.values, "at": top.indices, "low": x.min(0)}


def reshaped_in_place(net: Net, x: Tensor) -> Any:
    y = x + 1
    row = y[0]
    y.unsqueeze_(0).mul_(2)
    y.transpose_(1, 2)
    z = x * 1
    z.resize_(2, 8)
    return y * 2, row, z.sum()


def by_keyword(net: Net, x: Tensor) -> Any:
    y = x * 2
    row = y[0]
    torch.relu_(input=y)
    nn.init.constant_(tensor=y[1], val=3.0)
    return row + 0, y


def written_data(net: Net, x: Tensor) -> Any:
    y = x * 2
    z = y + 1
    y.data = z.new_ones(2, 2)
    return y * 2, z


def custom_function(net: Net, x: Tensor) -> Any:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, gradient: Tensor) -> Tensor:
            return gradient * 2

    return Double.apply(x) + 1


def conjugate_views(net: Net, x: Tensor) -> Any:
    y = torch.complex(x, x + 1)
    flipped, negative = y.conj(), y.conj().imag
    flipped.mul_(2j)
    negative.add_(1)
    return flipped + 1, negative * 2, y


def result_of_its_own_shape(net: Net, x: Tensor) -> Any:
    out = torch.empty(0)
    torch.add(x, x, out=out)
    twice = out * 2
    out.mul_(3)
    return out, twice


def expanded(net: Net, x: Tensor) -> Any:
    y = x[0] * 1
    wide = y.expand(3, 4)
    y.mul_(2)
    return wide + 1, y


def rows_of_a_whole(net: Net, x: Tensor) -> Any:
    out = torch.zeros(150, 4)
    rows = out.unbind()
    for t in range(150):
        rows[t].copy_(x[t % 4])
    rows[3].add_(1)
    return out * 1, rows[3] * 2, rows[149] * 2


MODELS = (
    seen_through_a_view, view_after_its_base, many_writes, key_value_cache, through_data,
    own_generator, reused_list, in_place_operator, foreach, overload, out_argument, vmapped,
    dropped, autocast_inside, sliced_by_a_tensor, half_and_complex, sparse, empty_and_scalar,
    named_results, reshaped_in_place, by_keyword, written_data, custom_function,
    conjugate_views, result_of_its_own_shape, expanded, rows_of_a_whole,
)  # fmt: skip


def flat(thing: Any) -> list[Tensor]:
    """Every tensor inside of something."""
    return list(tensors(thing))


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.inner(x)) * 2
