"""`Subject`: the model that is open, how it is fed, and the passes that were recorded of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import NamedTuple, cast

import numpy as np
import torch
from msgspec.structs import replace
from torch import Tensor, nn

from explorer.core.change import Change, Refused, covers
from explorer.core.convolution import Products, ProductsView
from explorer.core.explanation import Explanation
from explorer.core.garbage import no_search
from explorer.core.graph import ModelInfo, Module, Recording
from explorer.core.iteration import Iteration
from explorer.core.neurons import Planes, PlanesView
from explorer.core.problem import Problem, phrase
from explorer.core.quantities import Amounts, Quantity
from explorer.core.reach import Extent, Reach
from explorer.core.values import Input, View
from explorer.engine.axes import Axes
from explorer.engine.cancelling import Cancelled
from explorer.engine.changing import Altered, Sources, Values, altered
from explorer.engine.convolving import multiplied
from explorer.engine.feeds import Feed
from explorer.engine.legible import legible
from explorer.engine.planes import Grid, grid_over, planes
from explorer.engine.probes import reach_of
from explorer.engine.process import of_signal
from explorer.engine.quantities import (
    Target,
    activations,
    faults,
    flops,
    gradient_faults,
    gradients,
    of_output,
    run_again,
)
from explorer.engine.reach import OUTSIDE, Field
from explorer.engine.record import record
from explorer.engine.recording import Shown, prediction_of
from explorer.engine.replay import Edit
from explorer.engine.sources import put_weights
from explorer.engine.tape import Tape
from explorer.engine.within import opened_for

_PASSES_KEPT = 2
_FIELDS_KEPT = 2  # they are as large as all values together
_NUMBERS = count(time.time_ns() // 1_000_000)  # of all passes; no two engines count alike


class Pass(NamedTuple):
    """A recorded pass, how it is shown, what was fed, which weights the model had, what the
    positions along axes are called, and under which number it ran, 0 if that is its own."""

    tape: Tape
    shown: Shown
    given: Input
    weights: str
    labels: dict[str, tuple[str, ...]]
    base: int = 0  # the number of the pass that was changed to this
    changes: tuple[Change, ...] = ()
    touched: Mapping[int, Sequence[Change]] = MappingProxyType({})
    refused: tuple[Refused, ...] = ()
    origin: int = 0
    iteration: Iteration | None = None

    def describe(self, number: int) -> Recording:
        """As it travels."""
        return replace(
            self.shown.describe(number, self.weights, self.given, self.labels),
            base=self.base, changes=self.changes, touched=tuple(self.touched),
            refused=self.refused, origin=self.origin, iteration=self.iteration,
        )  # fmt: skip


_CHANGED = phrase(
    "You changed this number: it was not computed. Switch the change off to see how it came to be."
)
_HAPPENED = Problem(
    "change",
    phrase("A step of training is shown as it happened, with its gradients and updates."),
    phrase("Make the change in a pass of the model."),
)


class Subject:
    """One open model.

    ``label`` says in a word where its weights come from, ``axes`` names the axes of what it is
    given (see `Tape.name_axes`).
    """

    def __init__(
        self, model: nn.Module, feed: Feed, label: str, axes: Mapping[str, Sequence[str]]
    ) -> None:
        self.model = model
        self.feed = feed
        self.label = label
        self.given_axes = axes
        self._axes: tuple[list[tuple[str, int]], list[Axes]] = ([], [])
        self._passes: dict[int, Pass] = {}
        self._opened: dict[int, int] = {}  # passes before ops of them were opened, and after
        self._held = 0  # the number of a pass that stays
        self._earlier = 0  # and of the one of the input before
        self._shown = 0  # and of the one that was asked about last: it is on screen
        self._iterated = 0  # and of the last iteration of a training that was looked at
        self._fields: dict[tuple[int, Reach], Field] = {}
        self._grid: tuple[int, Grid] | None = None  # of the pass of that number

    @property
    def weights(self) -> str:
        """In which state the weights are, in a word."""
        return self.label

    def describe(self) -> ModelInfo:
        """What the desktop must know of it, before anything is recorded."""
        modules = tuple(
            Module(
                path=legible(path),
                kind=legible(type(module).__name__),
                parameters=sum(p.numel() for p in module.parameters()),
                depth=path.count(".") + 1 if path else 0,
            )
            for path, module in self.model.named_modules()
        )
        tensors = (*self.model.parameters(), *self.model.buffers())
        return ModelInfo(
            family="",
            parameters=modules[0].parameters,
            modules=modules,
            weights=self.weights,
            device=str(tensors[0].device) if tensors else "cpu",
            input=self.feed.editor,
            shape=self.feed.shape,
            labels=self.feed.labels,
            classes=self.feed.classes,
            samples=0,
            sample=self.feed.sample,
            trainable=False,
            choices=self.feed.choices,
        )

    def record(self, given: Input) -> Recording:
        """Run the model on an input and keep the pass, also one that raised or ended its program.

        Its axes have their names if an earlier pass was like it; else see `name`.
        """
        tape = self.run_once(given)
        with no_search():  # of a large model there are a hundred thousand things to tell
            shown = Shown(tape)
        kept = Pass(tape, shown, given, self.weights, self.feed.axis_labels(tape))
        if outline_of(tape) == self._axes[0]:
            kept.shown.name(self._axes[1])
        return self._keep(kept)

    def run_once(self, given: Input) -> Tape:
        """A pass of an input that nobody looks at, also one that raised or ended its program."""
        args, kwargs = self.feed.arguments(given)
        try:
            with torch.no_grad():
                tape = record(self.model, *args, **kwargs)
        except (Cancelled, KeyboardInterrupt):  # somebody wants it to stop
            raise
        except BaseException as error:
            if not hasattr(error, "tape") or of_signal(error) is not None:
                raise
            tape = cast(Tape, error.tape)
        return tape

    def is_named(self, tape: int) -> bool:
        """Whether the axes of a pass have the names that they can have."""
        return outline_of(self.passed(tape).tape) == self._axes[0]

    def name(self, tape: int) -> Recording:
        """A pass with the names of its axes, and from now on every pass that is like it."""
        kept = self.passed(tape)
        kept.tape.name_axes(self.given_axes)
        self._axes = (outline_of(kept.tape), [value.axes for value in kept.tape.values])
        kept.shown.name(self._axes[1])
        return kept.describe(tape)

    def intervene(
        self, tape: int, changes: tuple[Change, ...], sources: Sources | None = None
    ) -> Recording:
        """A pass with changes in the place of those that it has: see `altered`. Without any, that
        which it was made of. Ops are opened that have a change inside, then it is made of another
        in which they are open, too; what was asked of the one before meanwhile is of that."""
        while not self.knows(tape) and tape in self._opened:
            tape = self._opened[tape]
        base = self.passed(tape).base or tape
        kept = self.passed(base)
        if not changes:
            return kept.describe(base)
        shown = opened_for(kept.shown, [change.value for change in changes])
        if shown is not kept.shown:
            kept = kept._replace(shown=shown, origin=kept.origin or base)
            closed, base = base, self._keep(kept).tape
            self._opened[closed] = base
        if kept.iteration is None:
            found = altered(kept.shown, changes, sources)
        else:
            found = Altered(kept.shown, {}, dict.fromkeys(range(len(changes)), _HAPPENED))
        refused = tuple(
            Refused(at, why.text, why.remedy, why.values) for at, why in found.refused.items()
        )
        return self._keep(
            kept._replace(
                tape=found.shown.tape, shown=found.shown, base=base, changes=changes,
                touched=found.touched, refused=refused, origin=kept.origin or base,
            )
        )  # fmt: skip

    def open(self, tape: int, event: int, sources: Sources | None = None) -> tuple[Recording, int]:
        """The pass with the inside of an event in its place, and the call that holds it; of one
        with changes, made of another in which it is open, too."""
        changes, base = self.passed(tape).changes, self.passed(tape).base or tape
        kept = self.passed(base)
        shown = kept.shown.copy()  # the pass under its old number stays as it is told
        call = shown.open(event)
        if call is None:
            raise Problem("input", phrase("There is nothing inside of this op."))
        opened = self._keep(kept._replace(shown=shown, origin=kept.origin or base))
        return self.intervene(opened.tape, changes, sources) if changes else opened, call

    def value(self, tape: int, ref: int) -> Tensor:
        """A value of a recording."""
        return self.passed(tape).shown.value(ref)

    def replayed(self, tape: int, edits: Mapping[int, Edit]) -> Shown:
        """A pass with some values changed: see `Shown.replayed`. It is not kept."""
        return self.passed(tape).shown.replayed(edits)

    def values_of(self, tape: int) -> Values | None:
        """The values of a recording by their names, None if it is not kept."""
        return partial(self._value_named, tape) if self.knows(tape) else None

    def _value_named(self, tape: int, name: str) -> Tensor | None:
        """A value of a recording by its name, None if there is none."""
        shown = opened_for(self.passed(tape).shown, [name])
        found = (ref for ref, value in enumerate(shown.values) if value.name == name)
        ref = next(found, None)
        return None if ref is None else shown.value(ref)

    def explain(self, tape: int, ref: int, index: Sequence[int], limit: int) -> Explanation:
        """How a cell of a value of a recording came to be, see `Shown.explain`; or that somebody
        changed it."""
        kept = self.passed(tape)
        place = tuple(index)
        for change in kept.touched.get(ref, ()):
            if covers(change, place, kept.shown.values[ref].shape):
                number = kept.shown.value(ref)[place].item()
                return Explanation(ref, place, number, "changed", "", total=number, note=_CHANGED)
        return kept.shown.explain(ref, index, limit)

    def multiplied(self, view: ProductsView) -> Products:
        """What a convolution multiplied for a cell of a value of a recording."""
        shown = self.passed(view.tape).shown
        return multiplied(*shown.asked(view.value), view, shown.value(view.value))

    def planes(self, view: PlanesView) -> Planes:
        """What neurons of a recording give for every point of the plane that its model reads. One
        pass is run for all of them, with the weights and the changes of the recording."""
        kept = self.passed(view.tape)
        points = kept.shown.value(view.points)
        if self._grid is None or self._grid[0] != view.tape:
            args = self.feed.arguments(kept.given)
            name = kept.shown.values[view.points].name
            made = [change for those in kept.touched.values() for change in those]
            grid = grid_over(self.model, args, name, self.reach(points), kept.shown, made)
            self._grid = view.tape, grid
        return planes(view, self._grid[1], kept.shown, points)

    def reach(self, points: Tensor) -> float:
        """How far from 0 the plane is looked at, for a pass that was given these ``points``."""
        return max(reach_of(points), 1.0)

    def field(self, tape: int, reach: Reach) -> Field:
        """Which cells of a recording take part in a reach; the last ones are remembered."""
        kept = self.passed(tape)
        found = self._fields.pop((tape, reach), None) or kept.shown.field(reach)
        self._fields[tape, reach] = found
        while len(self._fields) > _FIELDS_KEPT:
            del self._fields[next(iter(self._fields))]
        return found

    def extent(self, tape: int, reach: Reach) -> Extent:
        """How far a reach goes, by the values of the recording."""
        found = self.field(tape, reach).totals()
        rows = [found.get(ref, (0, 0.0, 0.0)) for ref in range(self.passed(tape).shown.count)]
        counts, sums, peaks = np.array(rows, np.float64).T
        return Extent(counts.astype(np.int64), sums, peaks)

    def look(self, view: View) -> Tensor:
        """The numbers that a view is about: a value's, or how much its cells take part in a
        reach."""
        if view.reach is None:
            return self.value(view.tape, view.value)
        cells = self.field(view.tape, view.reach).cells.get(view.value)
        if cells is None:  # one of its cells is as good as any other
            shape = self.passed(view.tape).shown.shape(view.value)
            return torch.full((1,) * len(shape), OUTSIDE).expand(shape)
        return cells

    def holds(self, tape: int, ref: int) -> bool:
        """Whether that value is there, or almost: see `Shown.holds`."""
        return self.passed(tape).shown.holds(ref)

    def quantify(self, tape: int, quantity: Quantity, start: int) -> Amounts:
        """A quantity of the events of a recording from ``start`` on, as many as take a moment;
        of what has to do with gradients, all."""
        kept = self.passed(tape)
        if quantity == "flops":
            return flops(kept.shown.origins, start)
        if quantity == "activation":
            return activations(kept.shown.origins, start)
        if quantity != "gradient" and quantity != "backward":
            return faults(kept.shown.origins, kept.shown.outputs, start, quantity)
        if kept.tape.failure is not None:
            raise Problem(
                "model", phrase("The pass stopped before its end, so nothing leads back from it.")
            )
        if kept.touched:
            raise Problem(
                "change",
                phrase("Gradients are those of the model's own pass, and this one is changed."),
                phrase("Switch the changes off."),
            )
        again = run_again(self.model, self.feed.arguments(kept.given), kept.tape)
        target = self.target(kept.given, again, kept.labels)
        if quantity == "backward":
            return gradient_faults(kept.shown.origins, kept.shown.outputs, again, target)
        return gradients(kept.shown.origins, again, target)

    def target(self, given: Input, tape: Tape, labels: Mapping[str, tuple[str, ...]]) -> Target:
        """The number whose gradients are of interest, and what it is: the largest logit of the
        prediction, or else the sum of the output."""
        return of_output(tape, prediction_of(tape, labels))

    @property
    def last(self) -> Tape | None:
        """The newest pass, None if there was none."""
        return self._passes[max(self._passes)].tape if self._passes else None

    def keep_tapes(self) -> None:
        """Recorded passes keep the weights that they were made with."""
        for kept in self._passes.values():
            kept.shown.keep()

    def passed(self, number: int) -> Pass:
        """The pass with that number. Raises Problem (kind ``gone``) if it is no longer kept."""
        if number not in self._passes:
            raise Problem("gone", phrase("That pass is no longer kept."), phrase("Run it again."))
        return self._passes[number]

    def knows(self, tape: int) -> bool:
        """Whether a pass with that number is kept."""
        return tape in self._passes

    def keep_earlier(self, tape: int) -> None:
        """Keep that pass, of the input before, until another is named; 0 for none."""
        self._earlier = tape
        self._let_go()

    def keep_shown(self, tape: int) -> None:
        """Keep that pass, which somebody asks about, until another is: newer ones may be made
        before anybody sees them. Some stay anyhow."""
        shown = self._passes.get(self._shown)
        stays = {self._held, self._earlier, self._iterated, shown.base if shown is not None else 0}
        if tape in self._passes.keys() - stays:
            self._shown = tape

    def hold(self, tape: int, shown: int = 0) -> None:
        """Keep that pass however many come after it, and no other one so, 0 for none; and the one
        that is ``shown`` now."""
        self._held = tape
        self.keep_shown(shown)
        self._let_go()

    def _keep(self, kept: Pass) -> Recording:
        """Under a number of its own, by which the desktop asks about it."""
        number = next(_NUMBERS)
        self._passes[number] = kept
        if kept.iteration is not None:
            if not kept.origin:  # another one, not the same with changes or opened
                self._passes.pop(self._iterated, None)
            self._iterated = number
        self._let_go()
        return kept.describe(number)

    def _let_go(self) -> None:
        """Of the passes that nobody looks at any more."""
        held = {self._held, self._earlier, self._iterated}
        free = sorted(self._passes.keys() - held)
        kept = {*free[-_PASSES_KEPT:], self._shown, *held}
        kept |= {self._passes[number].base for number in kept & self._passes.keys()}
        for old in self._passes.keys() - kept:
            del self._passes[old]
        for tape, reach in list(self._fields):
            if tape not in self._passes:
                del self._fields[tape, reach]
        if self._grid is not None and self._grid[0] not in self._passes:
            self._grid = None

    def put(self, path: str) -> None:
        """Put the tensors of a file into the model. Raises Problem, and then nothing changed."""
        self.keep_tapes()
        self.label = put_weights(self.model, path)


def outline_of(tape: Tape) -> list[tuple[str, int]]:
    """What passes have in common whose axes have the same names."""
    return [(value.name, len(value.shape)) for value in tape.values]
