"""`Questions`: what is asked about the values of a pass, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from explorer.core.apart import ApartView
from explorer.core.asked import Answer, Asked
from explorer.core.convolution import ProductsView
from explorer.core.lens import LensView
from explorer.core.messages import (
    Ask,
    DrawToken,
    Explain,
    Explained,
    FindReach,
    LookAt,
    Looked,
    Measure,
    Measured,
    Quantified,
    Quantify,
    Reached,
    Reply,
    Request,
    Saved,
    SaveValue,
    Seek,
    Sought,
    Told,
)
from explorer.core.neurons import NeuronsView, PlanesView
from explorer.core.prediction import PredictionView
from explorer.core.problem import Problem, phrase
from explorer.core.recurrent import CellView, RecurrentView
from explorer.core.table import NeighboursView, TableView
from explorer.core.units import UnitsView
from explorer.core.values import Oddity
from explorer.engine.explain.chances import explain_chance
from explorer.engine.generating import Generator
from explorer.engine.lens import Lenses
from explorer.engine.measure import measure
from explorer.engine.neurons import neurons
from explorer.engine.predicting import likeliest
from explorer.engine.recurrent import Tracks
from explorer.engine.saving import save_csv, save_npy
from explorer.engine.subject import Subject
from explorer.engine.tables import neighbours, table_map
from explorer.engine.units import units
from explorer.engine.values import furthest_apart, plain, seek
from explorer.engine.viewing import Viewer

Of = Callable[[int], Subject]  # of which model a pass is, by its number


class Questions:
    """Answers about values. It remembers what would be computed again for the next answer."""

    def __init__(self, of: Of) -> None:
        self._of = of
        self._viewer = Viewer()
        self._lenses = Lenses()
        self._generator = Generator()
        self._tracks = Tracks()

    def answer(self, request: Request) -> Reply:
        """The reply to one of `QUESTIONS`. Raises Problem where there is no answer."""
        found = _ANSWERS[type(request)](self, request)
        return replace(found, ticket=request.ticket)

    def _look(self, request: LookAt) -> Reply:
        view = request.view
        if request.kept and not self._of(view.tape).holds(view.tape, view.value):
            raise Problem("let go", phrase("This value is not kept."))
        return Looked(pane=request.pane, reading=self._viewer.read(view, self._of))

    def _seek(self, request: Seek) -> Reply:
        tape, value, sort = request.tape, request.value, request.sort
        index = seek(self._of(tape).value(tape, value), sort, request.after)
        return Sought(oddity=Oddity(tape, value, sort, index))

    def _explain(self, request: Explain) -> Reply:
        tape, ref, index, chance = request.tape, request.value, request.index, request.chance
        subject = self._of(tape)
        if chance is not None:
            value = plain(subject.value(tape, ref))
            told = explain_chance(ref, value, index, chance, request.limit)
        else:
            told = subject.explain(tape, ref, index, request.limit)
        return Explained(asker=request.asker, tape=tape, explanation=told)

    def _find_reach(self, request: FindReach) -> Reply:
        tape, reach = request.tape, request.reach
        return Reached(tape=tape, reach=reach, extent=self._of(tape).extent(tape, reach))

    def _measure(self, request: Measure) -> Reply:
        tensor = self._of(request.tape).value(request.tape, request.value)
        return Measured(statistics=measure(tensor, request.tape, request.value))

    def _ask(self, request: Ask) -> Reply:
        return Told(answer=self._told(request.view))

    def _draw(self, request: DrawToken) -> Reply:
        view = request.view
        return self._generator.draw(self._of(view.tape), view, request.seed)

    def _told(self, view: Asked) -> Answer:
        subject = self._of(view.tape)
        value = partial(subject.value, view.tape)
        match view:
            case ApartView():
                tape, other = view.minus
                return furthest_apart(value(view.value), self._of(tape).value(tape, other), view)
            case UnitsView():
                return units(value(view.value), view)
            case PredictionView():
                base = subject.value(view.base, view.value) if view.base else None
                return likeliest(value(view.value), view, base)
            case TableView():
                ids = value(view.ids) if view.ids >= 0 else None
                return table_map(value(view.table), ids, view)
            case NeighboursView():
                return neighbours(value(view.table), view)
            case ProductsView():
                return subject.multiplied(view)
            case LensView():
                return self._lenses.look(view, subject)
            case NeuronsView():
                return neurons(view, value)
            case PlanesView():
                return subject.planes(view)
            case RecurrentView():
                return self._tracks.look(view, subject.passed(view.tape).shown)
            case CellView():
                clean = subject.passed(view.base).shown if view.base else None
                return self._tracks.cell(view, subject.passed(view.tape).shown, clean)

    def _quantify(self, request: Quantify) -> Reply:
        tape, quantity, start = request.tape, request.quantity, request.start
        amounts = self._of(tape).quantify(tape, quantity, start)
        return Quantified(tape=tape, quantity=quantity, start=start, amounts=amounts)

    def _save(self, request: SaveValue) -> Reply:
        view, path = request.view, request.path
        value = self._of(request.tape).value(request.tape, request.value)
        if view is None:
            save_npy(path, value)
            return Saved(path=path, what="value")
        minus = None if view.minus is None else self._of(view.minus[0]).value(*view.minus)
        save_csv(path, value, view, minus)
        return Saved(path=path, what="plane")


_ANSWERS: dict[type[Request], Callable[[Questions, Any], Reply]] = {
    LookAt: Questions._look,
    Seek: Questions._seek,
    Explain: Questions._explain,
    FindReach: Questions._find_reach,
    Measure: Questions._measure,
    Ask: Questions._ask,
    DrawToken: Questions._draw,
    Quantify: Questions._quantify,
    SaveValue: Questions._save,
}
QUESTIONS = tuple(_ANSWERS)
