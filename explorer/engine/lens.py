"""The logit lens: the end of a model, run again on what an earlier block made."""

from __future__ import annotations

from torch import Tensor

from explorer.core.lens import Lens, LensView
from explorer.core.problem import Problem, phrase
from explorer.engine.subject import Subject
from explorer.engine.values import plain

_MOST = 5  # places that are told of each position
_KEPT = 64  # looks that are remembered, of all positions


class Lenses:
    """What was seen last, so that to move along the positions costs nothing."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[Tensor, Tensor]] = {}

    def look(self, view: LensView, subject: Subject) -> Lens:
        """Answer a view of a pass of a model. Raises Problem where the shapes do not fit."""
        key = (view.tape, view.value, view.last, view.given)
        if key not in self._known:
            self._known[key] = _likeliest(_seen(view, subject), view.probabilities)
        self._known[key] = self._known.pop(key)  # the newest is last
        if len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        places, chances = self._known[key]
        window = slice(max(0, view.first), max(0, view.first) + view.most)
        return Lens(
            view=view, places=places[window].cpu().numpy(), chances=chances[window].cpu().numpy(),
            total=len(places),
        )  # fmt: skip


def _seen(view: LensView, subject: Subject) -> Tensor:
    """The prediction, with the stream as it was at the place asked for."""
    if view.given == view.last:
        return plain(subject.value(view.tape, view.value))
    given, last = (subject.value(view.tape, ref) for ref in (view.given, view.last))
    if given.shape != last.shape:
        raise Problem("engine", phrase("These two values do not have one shape."))
    return plain(subject.replayed(view.tape, {view.last: lambda _: given}).value(view.value))


def _likeliest(prediction: Tensor, probabilities: bool) -> tuple[Tensor, Tensor]:
    """Of the first of a batch: the likeliest places (T, K), and how likely each is (T, K)."""
    rows = prediction[0] if prediction.dim() > 2 else prediction[:1]
    rows = rows.float()
    chances = rows if probabilities else rows.softmax(-1)
    best = chances.nan_to_num(-1.0).topk(min(_MOST, chances.shape[-1]), -1)
    return best.indices, chances.gather(-1, best.indices)
