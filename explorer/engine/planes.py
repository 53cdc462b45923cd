"""What every neuron gives all over the plane, of a model that reads two numbers.

The model is run on a grid of points, and that pass is recorded: so the values of every layer are
there, under the names that they have in the pass on screen. A second run, of which half of the
points lie elsewhere, shows which values are not of their own point alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from msgspec.structs import replace
from torch import Tensor, nn
from torch.func import functional_call

from explorer.core.change import Change, slices
from explorer.core.neurons import Planes, PlanesView
from explorer.core.problem import Problem, phrase
from explorer.engine.cancelling import Cancelled
from explorer.engine.changing import altered
from explorer.engine.feeds import Given
from explorer.engine.nesting import substituted
from explorer.engine.process import of_signal
from explorer.engine.record import record
from explorer.engine.recording import Shown
from explorer.engine.replay import random_state, set_random_state
from explorer.engine.tape import Tape
from explorer.engine.values import plain

_SIDES = (120, 60, 40, 30, 24, 20)  # cells along a side: the most of which there is room
_ROOM = 1 << 27  # bytes of all that the model computes for the grid
_DOTS = 400  # points of the pass that are told
_EVEN = ("zero", "scale", "fix")  # kinds of changes that mean the same for every point
_FAILED = phrase("This model cannot be run on {count} points of the plane at once: {error}.")
_ELSEWHERE = phrase("On {count} points of the plane at once this model does not compute {value}.")
_MIXED = phrase(
    "{value} is {shape} for {count} points of the plane, not one row of neurons for each of them."
)
_TOGETHER = phrase(
    "{value} has no picture over the plane: at a point it depends on the other points that the "
    "model is given with it."
)


@dataclass(frozen=True)
class Grid:
    """A pass on ``side`` × ``side`` points with coordinates up to ``reach``, row by row from the
    upper left one. ``left_out`` counts the changes that could not be made for every point, and
    ``mixed`` are the names of the values that at a point depend on the other points, too. Without a
    pass, ``why`` says why it could not be."""

    side: int
    reach: float
    shown: Shown | None = None
    left_out: int = 0
    mixed: frozenset[str] = frozenset()
    why: Problem | None = field(default=None)

    @property
    def count(self) -> int:
        """How many points there are."""
        return self.side**2


def grid_over(
    model: nn.Module, given: Given, points: str, reach: float, pass_: Shown,
    changes: Sequence[Change],
) -> Grid:  # fmt: skip
    """Run a model on a grid in the place of the ``points`` (B, 2) that it was given for a pass,
    with the weights and the ``changes`` that this has."""
    before = pass_.value(pass_.ref(points))
    rows = before.shape[0]
    each = pass_.tape.bytes / max(1, rows)
    side = next((n for n in _SIDES if n * n * each <= _ROOM), _SIDES[-1])
    try:
        tape, again = (
            _run(model, _on_grid(given, before, side, reach, moved), _weights(model, pass_))
            for moved in (False, True)
        )
    except (Cancelled, KeyboardInterrupt):  # somebody wants it to stop
        raise
    except BaseException as error:
        if of_signal(error) is not None:
            raise
        return Grid(side, reach, why=_refused(error, side * side))
    shown = Shown(tape)
    mixed = _mixed(shown, Shown(again), side * side)
    kept = [_for_all(one, pass_, shown, rows, side * side) for one in changes]
    made = [one for one in kept if one is not None]
    weights = sum(_is_weight(one, pass_) for one in changes)  # they are in the weights already
    found = altered(shown, made, None)
    left_out = len(changes) - weights - len(made) + len(found.refused)
    return Grid(side, reach, found.shown, left_out, mixed)


def planes(view: PlanesView, grid: Grid, pass_: Shown, points: Tensor) -> Planes:
    """Answer a view with what a grid holds; ``points`` (B, 2) are those that the pass was given."""
    reach = grid.reach
    answer = Planes(
        view=view, extent=(-reach, reach, -reach, reach), pictures=np.zeros((0, 0, 0), np.float32),
        dots=plain(points)[:_DOTS].double().cpu().numpy(), left_out=grid.left_out,
    )  # fmt: skip
    try:
        pictures = [
            _pictures(view, grid, pass_, value, neurons)
            for value, neurons in zip(view.values, view.neurons, strict=True)
        ]
    except Problem as why:
        return replace(answer, why=why.text, said=why.values)
    every = max(1, grid.side // max(1, view.size))
    cells = slice(every // 2, None, every)
    told = [one[:, cells, cells].cpu().numpy() for one in pictures]
    return replace(answer, pictures=np.concatenate(told))


def _pictures(
    view: PlanesView, grid: Grid, pass_: Shown, value: int, neurons: Sequence[int]
) -> Tensor:
    """What some neurons of a value give, (neurons, side, side). Raises Problem."""
    if grid.shown is None:
        raise grid.why or Problem("engine", "")
    before = pass_.values[value]
    name = before.name
    ref = next((n for n, one in enumerate(grid.shown.values) if one.name == name), -1)
    if ref < 0:
        raise Problem("model", _ELSEWHERE, count=f"{grid.count:,}", value=name)
    tensor = grid.shown.value(ref)
    if tuple(tensor.shape) != (grid.count, *before.shape[1:]):
        raise Problem(
            "model", _MIXED,
            value=name, shape="×".join(map(str, tensor.shape)), count=f"{grid.count:,}",
        )  # fmt: skip
    if name in grid.mixed:
        raise Problem("model", _TOGETHER, value=name)
    for i, size in zip(view.at, before.shape[1:-1], strict=False):
        tensor = tensor.select(1, min(max(i, 0), size - 1))  # (points, …, N)
    chosen = torch.tensor(neurons, dtype=torch.int64, device=tensor.device)
    told = plain(tensor.index_select(1, chosen)).float()
    return told.t().reshape(len(neurons), grid.side, grid.side)


# ---------------------------------------------------------------------- the pass


class _Recorded(nn.Module):
    """Records a model. PyTorch can put other weights into it for that one pass."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.inner = model

    def forward(self, given: Given) -> Tape:
        """The pass of a model on what it is given."""
        return record(self.inner, *given[0], **given[1])


def _run(model: nn.Module, given: Given, weights: dict[str, Tensor]) -> Tape:
    """The pass, with these weights in place of the model's. What it draws at random is not missing
    in the passes after it."""
    before = random_state()
    try:
        with torch.no_grad():
            if not weights:
                return record(model, *given[0], **given[1])
            around = _Recorded(model)
            around.training = model.training
            named = {f"inner.{name}": tensor for name, tensor in weights.items()}
            found: Tape = functional_call(around, named, (given,))
            return found
    finally:
        set_random_state(before)


def _weights(model: nn.Module, pass_: Shown) -> dict[str, Tensor]:
    """The weights that a pass had, those that the model has not now; and copies of the buffers of a
    model in training, which would learn from the grid."""
    now = dict(model.named_parameters()) | dict(model.named_buffers())
    found: dict[str, Tensor] = {}
    if any(module.training for module in model.modules()):
        found = {name: tensor.detach().clone() for name, tensor in model.named_buffers()}
    for ref, value in enumerate(pass_.values):
        if value.writer >= 0 or value.name not in now:
            continue
        then = pass_.value(ref).detach()
        if then.layout is torch.strided and then.data_ptr() != now[value.name].data_ptr():
            found[value.name] = then.clone()
    return found


def _mixed(shown: Shown, again: Shown, count: int) -> frozenset[str]:
    """The names of the values that are not the same where the points are, in the first half of
    them, when those of the other half have ``moved``."""
    there = {value.name: ref for ref, value in enumerate(again.values)}
    found = set()
    for ref, value in enumerate(shown.values):
        if value.writer < 0 or value.shape[:1] != (count,):
            continue
        if value.name not in there or again.values[there[value.name]].shape != value.shape:
            found.add(value.name)
            continue
        one, other = (
            plain(one.value(at).detach())[: count // 2].double()
            for one, at in ((shown, ref), (again, there[value.name]))
        )
        if not one.allclose(other, rtol=1e-4, atol=1e-6, equal_nan=True):
            found.add(value.name)
    return frozenset(found)


def _on_grid(given: Given, points: Tensor, side: int, reach: float, moved: bool) -> Given:
    """The arguments with a grid in the place of the ``points``; where its second half is ``moved``,
    it lies elsewhere."""
    steps = torch.linspace(-reach, reach, side, dtype=torch.float64)
    y, x = torch.meshgrid(steps.flip(0), steps, indexing="ij")  # the first row is the top
    grid = torch.stack([x.flatten(), y.flatten()], 1)
    if moved:
        half = side * side // 2  # sides are even
        grid[half:] = 0.3 * grid[:half].flip(0) - 0.7 * reach
    grid = grid.to(points.dtype).to(points.device)

    def swapped(tensor: Tensor) -> Tensor:
        return grid if (tensor.shape, tensor.dtype) == (points.shape, points.dtype) else tensor

    found: Given = substituted(given, swapped)
    return found


def _refused(error: BaseException, count: int) -> Problem:
    said = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
    return Problem("model", _FAILED, count=f"{count:,}", error=said)


# ---------------------------------------------------------------------- its changes


def _is_weight(change: Change, pass_: Shown) -> bool:
    return any(
        one.name == change.value and one.kind in ("parameter", "buffer") for one in pass_.values
    )


def _for_all(change: Change, pass_: Shown, grid: Shown, rows: int, count: int) -> Change | None:
    """A change of every row of a pass as one of every point; None if it is no such change."""
    before = next((one for one in pass_.values if one.name == change.value), None)
    there = next((one for one in grid.values if one.name == change.value), None)
    if before is None or there is None or before.kind not in ("activation", "input"):
        return None
    shape = before.shape
    if change.kind not in _EVEN or not shape or there.shape != (count, *shape[1:]):
        return None
    runs = slices(change.cells, shape)
    if shape[0] != rows or len(range(rows)[runs[0]]) != rows:
        return None
    cells = [":", *(f"{run.start}:{run.stop}:{run.step}" for run in runs[1:])]
    return replace(change, cells=", ".join(cells))
