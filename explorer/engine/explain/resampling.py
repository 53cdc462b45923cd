"""Linear ops that treat planes or rows apart: resampling, folding, Fourier transforms.

Only the plane or row that a cell comes from is computed again.
"""

from __future__ import annotations

from collections.abc import Collection
from math import prod
from typing import Any

from explorer.engine.explain.asking import Answer, Asked
from explorer.engine.explain.jacobian import Part, linear_in
from explorer.engine.explain.rules import rule

_ALL = slice(None)


def _apart(asked: Asked, together: Collection[int]) -> Part:
    """All of the axes that an op takes ``together``, one place of every other axis."""
    index = asked.index
    return Part(
        tuple(_ALL if d in together else slice(i, i + 1) for d, i in enumerate(index)),
        tuple(i if d in together else 0 for d, i in enumerate(index)),
    )


@rule("interpolate", "upsample")
def _interpolate(asked: Asked) -> Answer | None:
    return linear_in(asked, _apart(asked, range(2, len(asked.index))))


@rule("fold", "col2im")
def _fold(asked: Asked) -> Answer | None:
    """(N, C · Π kernel, L) to (N, C, H, W): a channel comes from its own rows."""
    kernel: Any = asked.bind("input", "output_size", "kernel_size")["kernel_size"]
    rows = kernel**2 if isinstance(kernel, int) else prod(kernel)
    *batch, channel = asked.index[:-2]
    ranges = (slice(channel * rows, (channel + 1) * rows), _ALL)
    index = (0, *asked.index[-2:])
    if batch:
        ranges, index = (slice(batch[0], batch[0] + 1), *ranges), (0, *index)  # type: ignore[assignment]
    return linear_in(asked, Part(ranges, index))


_FOURIER = [f"fft_{i}{r}fft" for i in ("", "i") for r in ("", "r", "h")]


@rule(*_FOURIER)
def _line(asked: Asked) -> Answer | None:
    given = asked.bind("input", "n", "dim")
    return linear_in(asked, _apart(asked, {int(given.get("dim", -1)) % len(asked.index)}))


@rule(*(f"{name}2" for name in _FOURIER), *(f"{name}n" for name in _FOURIER))
def _planes(asked: Asked) -> Answer | None:
    given, count = asked.bind("input", "s", "dim"), len(asked.index)
    dims, sizes = given.get("dim", (-2, -1) if asked.op.endswith("2") else None), given.get("s")
    if dims is None:
        dims = range(count) if sizes is None else range(count - len(sizes), count)
    return linear_in(asked, _apart(asked, {int(dim) % count for dim in dims}))


rule("im2col")(linear_in)
