"""What lies under the kernel of a convolution, multiplied: for one cell, of one channel."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from explorer.core.convolution import Products, ProductsView
from explorer.core.problem import Problem, phrase
from explorer.engine.explain import Convolved, convolved_cell
from explorer.engine.explain.asking import wide
from explorer.engine.tape import Tape
from explorer.engine.values import blocks, strongest


def multiplied(
    tape: Tape, own: int, here: Mapping[int, int], view: ProductsView, shown: Tensor
) -> Products:
    """Answer a view of value ``own`` of a tape, of which ``here`` tells the values of the
    recording, where it is as ``shown``. Raises Problem if no convolution made it, and of complex
    numbers."""
    cell = None
    if not shown.is_complex():
        cell = convolved_cell(tape.script, tape.value, tape.inside, own, view.index)
    if cell is None:
        raise Problem("engine", phrase("No convolution of real numbers made this value."))
    terms = cell.products.values.reshape(cell.space)
    sums = terms.flatten(1).sum(1).cpu()  # (channels,)
    channel = min(max(view.channel, 0), len(cell.channels) - 1)
    offset = 0.0 if cell.b is None else float(wide(cell.b.tensor[cell.output]))
    seen, products = (_on_kernel(cell, part[channel]) for part in (_inputs(cell), terms))
    weights = wide(_filter(cell, channel))
    limits = view.size[-weights.dim() :]  # one axis is a row
    block = tuple(
        math.ceil(n / max(1, most)) for n, most in zip(weights.shape, limits, strict=True)
    )
    told, those = _told(sums, view.most)
    return Products(
        view=view,
        slide=cell.slide.plane(),
        place=(0, *view.index[-weights.dim() :])[-2:],  # type: ignore[arg-type]
        input=here[cell.x.ref],
        weight=here[cell.W.ref],
        bias=-1 if cell.b is None else here[cell.b.ref],
        first=cell.channels.start,
        each=len(cell.channels),
        channel=channel,
        seen=_plane(strongest(seen, block)),
        weights=_plane(strongest(weights, block)),
        products=_plane(blocks(products, block, torch.sum)),
        block=(1, *block)[-2:],  # type: ignore[arg-type]
        channels=told,
        sums=those,
        offset=offset,
        total=float(sums.sum()) + offset,
        number=float(shown[view.index]),
    )


def _inputs(cell: Convolved) -> Tensor:
    """The numbers of the input under the kernel, (channels, …)."""
    return wide(cell.products.cells[0].numbers).reshape(cell.space)


def _filter(cell: Convolved, channel: int) -> Tensor:
    """The kernel that a channel of the input meets."""
    if not cell.slide.transposed:
        return cell.W.tensor[cell.output, channel]
    return cell.W.tensor[cell.channels[channel], cell.output % cell.W.shape[1]]


def _on_kernel(cell: Convolved, numbers: Tensor) -> Tensor:
    """What is known of places of the window, at the numbers of the kernel that they meet."""
    made = numbers.new_zeros(cell.slide.kernel)
    if numbers.numel():
        at = [torch.tensor(one.numbers, device=made.device) for one in cell.windows]
        made[torch.meshgrid(*at, indexing="ij")] = numbers
    return made


def _told(sums: Tensor, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The channels that are told, of every few the one with the largest sum, and their sums."""
    every = max(1, math.ceil(len(sums) / max(1, most)))
    chosen = [
        start + int(part.abs().nan_to_num(torch.inf).argmax())
        for start, part in zip(range(0, len(sums), every), sums.split(every), strict=True)
    ]
    return np.array(chosen, np.int64), sums[chosen].numpy()


def _plane(numbers: Tensor) -> np.ndarray:
    """As rows and columns."""
    found = np.asarray(numbers.cpu().numpy(), np.float64)
    return found.reshape((1,) * (2 - found.ndim) + found.shape)
