"""Whether a field is true: perturbed outside of it, a number stays exactly the same; perturbed
inside, it changes."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor, nn

import explorer
from explorer.core.problem import Problem

SHIFTS = (1.0, -1.0, 30.0, -30.0, 1000.0, -1000.0, None)  # None: to zero


def record(model: nn.Module, *args: Any) -> explorer.Tape:
    with torch.no_grad():
        return explorer.record(model.double().eval(), *args)


def mask_of(field: explorer.Field, tape: explorer.Tape, ref: int) -> Tensor:
    """Which cells of a value are in a field."""
    mask = field.mask(ref)
    return torch.zeros(tape.values[ref].shape, dtype=torch.bool) if mask is None else mask


def assess(
    tape: explorer.Tape, ref: int, index: tuple[int, ...], values: int = 3, tries: int = 10
) -> tuple[int, int]:
    """Perturb cells in and outside of the field of a number, in the inputs and some of the values
    between: how many of those inside were tried, and how many of them changed nothing.

    Outside, none may change anything.
    """
    field = tape.receptive_field(ref, index)
    chance = random.Random(f"{ref}{index}")
    before = tape.value(ref)[index]
    inputs = [n for n, one in enumerate(tape.values) if one.kind == "input"]
    others = [n for n, one in enumerate(tape.values) if one.kind == "activation"]
    tried = idle = 0
    for source in inputs + chance.sample(others, min(values, len(others))):
        value = tape.value(source)
        if not value.is_floating_point() or not (source in inputs or is_free(tape, source)):
            continue
        mask = mask_of(field, tape, source)
        for inside in (False, True):
            cells = [tuple(cell) for cell in (mask == inside).nonzero().tolist()]
            for cell in chance.sample(cells, min(tries, len(cells))):
                moves = any(changes(tape, ref, index, before, source, cell, by) for by in SHIFTS)
                assert inside or not moves, f"{tape.values[source].name}{list(cell)} counts"
                tried += inside
                idle += inside and not moves
    return tried, idle


def is_free(tape: explorer.Tape, source: int) -> bool:
    """Whether a value between can be another one: not where it shares memory that is written."""
    try:
        tape.replay({source: tape.value(source) + 1})
    except Problem:
        return False
    return True


def changes(
    tape: explorer.Tape, ref: int, index: tuple[int, ...], before: Tensor, source: int,
    cell: tuple[int, ...], by: float | None,
) -> bool:  # fmt: skip
    other = tape.value(source).clone()
    other[cell] = 0.0 if by is None else other[cell] + by
    return not torch.equal(tape.replay({source: other}).value(ref)[index], before)


def assess_both_ways(tape: explorer.Tape, cells: int = 2) -> tuple[int, int]:
    """`assess` of some cells of the output; and a cell of an input goes where it is asked from."""
    out = tape.outputs[0]
    chance = random.Random(len(tape.events))
    tried = idle = 0
    for _ in range(cells):
        index = tuple(chance.randrange(n) for n in tape.values[out].shape)
        more = assess(tape, out, index)
        tried, idle = tried + more[0], idle + more[1]
        field = tape.receptive_field(out, index)
        for source in (n for n, one in enumerate(tape.values) if one.kind == "input"):
            cell = tuple(chance.randrange(n) for n in tape.values[source].shape)
            goes = mask_of(tape.influence(source, cell), tape, out)
            assert bool(goes[index]) == bool(mask_of(field, tape, source)[cell])
    return tried, idle
