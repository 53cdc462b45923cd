"""How the parts of a model fare while it is trained: sizes of weights, of updates, activations.

All of it costs more than a step of a small model may, so it is measured at some steps only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

_POINTS = 400  # steps of a plan at which weights are measured, about
_ACTIVATIONS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU,
    nn.SiLU, nn.Mish, nn.Softplus, nn.Softsign, nn.Tanh, nn.Sigmoid, nn.Hardtanh, nn.Hardswish,
    nn.Hardsigmoid, nn.Tanhshrink, nn.Softshrink, nn.Hardshrink, nn.LogSigmoid, nn.Threshold,
)  # fmt: skip


class Norms:
    """The norm ‖w‖ of each part of a model, and by what share of it a step changed it,
    ‖Δw‖ / ‖w‖. Numbers stay on the device until they are `taken`."""

    def __init__(self, parts: Mapping[str, list[nn.Parameter]], steps: int) -> None:
        self._parts = parts
        self._every = max(1, steps // _POINTS)
        self._found: list[tuple[int, Tensor]] = []  # steps, each with (2, parts)

    @contextmanager
    def around(self, step: int) -> Iterator[None]:
        """While the optimizer makes a step of that number."""
        weights = [one for own in self._parts.values() for one in own]
        if not weights or (step != 1 and step % self._every):
            yield
            return
        before = [one.detach().clone() for one in weights]
        yield
        with torch.no_grad():
            moves = [new - old for new, old in zip(weights, before, strict=True)]
            sizes, moved = (
                torch.stack(torch._foreach_norm(one)).float() for one in (before, moves)
            )
        counts = [len(own) for own in self._parts.values()]
        norm, change = (
            torch.stack([part.norm() for part in each.split(counts)]) for each in (sizes, moved)
        )
        share = torch.where(norm > 0, change / norm, 0.0)  # of what is all 0, none
        self._found.append((step, torch.stack([norm, share])))

    def taken(self) -> dict[str, list[tuple[float, float]]]:
        """The new points of ``weight/<part>`` and ``update/<part>``."""
        found, self._found = self._found, []
        if not found:
            return {}
        table = torch.stack([numbers for _, numbers in found]).double().tolist()
        return {
            f"{kind}/{part}": [(step, table[n][k][at]) for n, (step, _) in enumerate(found)]
            for k, kind in enumerate(("weight", "update"))
            for at, part in enumerate(self._parts)
        }


class Activity:
    """What comes out of the activation functions of a model, over all examples it is given: the
    root mean square of it, and which share of the units is `dead`, 0 for every one of them.

    A unit is a neuron, a channel of feature maps (N, C, H, W), or a feature at any place of a
    sequence (B, T, C).
    """

    def __init__(self, model: nn.Module) -> None:
        self._found = {n: m for n, m in model.named_modules() if isinstance(m, _ACTIVATIONS)}
        self._squares: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self._alive: dict[str, Tensor] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While the model is given examples; afterwards it is as it was."""
        self._squares, self._counts, self._alive = {}, {}, {}
        hooks = [m.register_forward_hook(partial(self._see, n)) for n, m in self._found.items()]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def points(self) -> dict[str, float]:
        """``activation/<module>`` and ``dead/<module>``, for each module that was run."""
        names = [*self._squares]
        if not names:
            return {}
        sizes = _numbers(torch.sqrt(self._squares[n] / self._counts[n]) for n in names)
        shares = _numbers(1 - self._alive[n].float().mean() for n in names)
        return {f"activation/{name}": size for name, size in zip(names, sizes, strict=True)} | {
            f"dead/{name}": share for name, share in zip(names, shares, strict=True)
        }

    def _see(self, name: str, _: nn.Module, __: object, out: Tensor) -> None:
        size = out.detach().float()
        axis = 1 if size.dim() == 4 else -1
        alive = (size != 0).movedim(axis, 0).flatten(1).any(1) if size.dim() else size != 0
        self._counts[name] = self._counts.get(name, 0) + size.numel()
        squares = size.square().sum()
        self._squares[name] = squares + self._squares.get(name, 0.0)
        known = self._alive.get(name)
        self._alive[name] = alive if known is None else known | alive


def _numbers(scalars: Iterable[Tensor]) -> list[float]:
    return [float(one) for one in torch.stack([*scalars]).double().tolist()]
