"""Whether an explanation is true: its terms add up, its sources are the cells that count, and all
its formulas can be read as mathematics."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

import explorer
from explorer.engine.replay import perform
from explorer.picture.formula import latex

SHIFTS = (0.37, -0.83, 1000.0, -1000.0, None)  # None: to zero


class Call(nn.Module):
    """A function as a model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any) -> Any:
        return self.function(*args)


def record(function: Callable[..., Any], *args: Any) -> explorer.Tape:
    with torch.no_grad():
        return explorer.record(Call(function), *args)


def assess(tape: explorer.Tape, ref: int, index: tuple[int, ...], tolerance: float) -> Any:
    """Check the explanation of a cell, but for its sources; give it back."""
    found = tape.explain(ref, index)
    name = f"{tape.values[ref].name}{list(index)}: {found}"
    assert_readable(found)
    value = tape.value(ref)[index].item()
    assert same(found.value, value), name
    assert found.exact, name
    assert found.how not in ("unknown", "first order"), name
    if found.how in ("made", "source"):
        return found
    parts = [(found.value, found.terms)]
    parts += [(one.value, one.terms) for one in found.quantities if one.terms]
    for whole, terms in parts:
        total = sum(term.value for term in terms)
        if found.how == "copy":
            total = torch.tensor(total, dtype=tape.value(ref).dtype).item()
        size = max([1.0, abs(whole), *(abs(term.value) for term in terms)])
        assert same(total, whole) or abs(total - whole) <= tolerance * size, name
    for term in found.terms:
        for cell in term.cells:
            if not cell.inside:
                assert same(abs(cell.value), abs(tape.value(cell.ref)[cell.index].item())), name
    few = tape.explain(ref, index, limit=2)
    assert str(few.terms) == str(found.terms[:2]), name  # also where there is NaN
    assert few.rest.count == max(len(found.terms) - 2, 0), name
    total = sum(term.value for term in few.terms) + few.rest.value
    assert same(total, few.total) or abs(total - few.total) <= 1e-9 * max(1, abs(total)), name
    return found


def assert_readable(found: explorer.Explanation) -> None:
    """Every formula in an explanation can be shown as mathematics."""
    formulas = [found.formula, *(term.form for term in found.terms)]
    for one in found.quantities:
        formulas += [one.symbol, one.formula, *(term.form for term in one.terms)]
    for text in filter(None, formulas):
        assert latex(text) is not None, f"{text}\n{found}"


def same(one: Any, other: Any) -> bool:
    return one == other or (one != one and other != other)


def influential(
    tape: explorer.Tape, ref: int, index: tuple[int, ...], told: set[Any], noise: float
) -> tuple[set[Any], set[Any]]:
    """The floating inputs of a step whose change changes a cell, and all that were tried: those
    that were ``told`` and some of the others."""
    step = tape.script.steps[tape.values[ref].writer]
    before = tape.value(ref)[index].item()
    counts, tried = set(), set()
    for source in dict.fromkeys(step.reads):
        tensor = tape.value(source)
        if not tensor.is_floating_point():
            continue
        cells = list(itertools.product(*map(range, tensor.shape)))
        others = [cell for cell in cells if (source, cell) not in told]
        chosen = [cell for cell in cells if (source, cell) in told][:24]
        for cell in chosen + random.Random(0).sample(others, min(len(others), 12)):
            for shift in SHIFTS:
                other = tensor.clone()
                other[cell] = 0.0 if shift is None else other[cell] + shift

                def get(one: int, source: int = source, other: Tensor = other) -> Tensor:
                    return other if one == source else tape.value(one)

                try:
                    after = perform(step, get, (source,))[ref][index].item()
                except RuntimeError:  # not a number that the op takes
                    continue
                tried.add((source, cell))
                if not same(after, before) and not abs(after - before) <= noise * max(
                    1.0, abs(before)
                ):
                    counts.add((source, cell))
                    break
    return counts, tried


def prove(
    function: Callable[..., Any], *args: Any, cells: int = 2, tolerance: float = 1e-9,
    noise: float = 1e-14,
) -> None:  # fmt: skip
    """Explain some cells of everything that a function computes. A change of less than ``noise``
    is rounding."""
    tape = record(function, *args)
    assert tape.events
    generator = torch.Generator().manual_seed(0)
    for ref, value in enumerate(tape.values):
        if value.writer < 0 or 0 in value.shape or tape.value(ref).is_nested:
            continue
        for _ in range(cells):
            index = tuple(int(torch.randint(n, (), generator=generator)) for n in value.shape)
            found = assess(tape, ref, index, tolerance)
            step = tape.script.steps[value.writer]
            direct = all(region.ref in step.reads for region in found.sources)
            if direct and found.how != "made":
                counts, tried = influential(tape, ref, index, found.cells(), noise)
                told = found.cells() & tried
                name = f"{value.name}{list(index)}: {found}"
                assert counts <= told, f"{name}\nnot told: {counts - told}"
                assert told <= counts, f"{name}\ntold, but does not count: {told - counts}"
