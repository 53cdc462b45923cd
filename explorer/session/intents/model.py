"""Intents about the open model: which one, its input, its training, its engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.core.iteration import Phase
from explorer.core.presets import ShippedPreset
from explorer.core.sources import Own
from explorer.core.spec import TrainSpec
from explorer.core.values import Input
from explorer.session.arrangement import Arrangement
from explorer.session.intents.intent import Intent


@dataclass(frozen=True)
class OpenPreset(Intent):
    """Open a preset by name (of a shipped one) or by folder.

    One that is open already is only shown again, as it is; ``anew`` brings back its own weights.
    """

    name: str
    anew: bool = False


@dataclass(frozen=True)
class OpenPath(Intent):
    """Look what a file or folder is, and ask how to open it; nothing of it runs yet."""

    path: str


@dataclass(frozen=True)
class OpenOwn(Intent):
    """Open a model of the user's own, as chosen. For a Python file this is the permission to run
    that very text, now and later."""

    own: Own


@dataclass(frozen=True)
class ForgetFound(Intent):
    """Do not open what was found."""


@dataclass(frozen=True)
class PutWeights(Intent):
    """Put the tensors of the file that was found into the open model."""

    path: str


@dataclass(frozen=True)
class Cancel(Intent):
    """Give up what the engine is doing now."""


@dataclass(frozen=True)
class Overdue(Intent):
    """A second has passed since the `Cancel` with that ticket was sent (not said by a user, but by
    the session's owner, who has the clock)."""

    ticket: int


@dataclass(frozen=True)
class Reopen(Intent):
    """Open what is on screen anew, with its own weights, and run it; a live model is only run."""


@dataclass(frozen=True)
class PresetsRead(Intent):
    """The gallery's presets were read from disk (not by a user, but on the way in)."""

    presets: tuple[ShippedPreset, ...]


@dataclass(frozen=True)
class ShowGallery(Intent):
    """Go back to the start page; the model stays open in the engine."""


@dataclass(frozen=True)
class EditInput(Intent):
    """Feed the model something else; the pass is recorded again at once."""

    input: Input


@dataclass(frozen=True)
class StartTraining(Intent):
    """Train to the end of the plan, or ``steps`` more steps."""

    steps: int | None = None


@dataclass(frozen=True)
class PauseTraining(Intent):
    """Stop after the current step; the weights stay."""


@dataclass(frozen=True)
class Retrain(Intent):
    """Start again from fresh weights."""


@dataclass(frozen=True)
class EditPlan(Intent):
    """Change the training plan; also while it runs."""

    plan: TrainSpec


@dataclass(frozen=True)
class ArrangeCards(Intent):
    """Show these pictures of the training, in that order."""

    arrangement: Arrangement


@dataclass(frozen=True)
class NextPhase(Intent):
    """Step to the next phase of one iteration of the training, or into the next iteration."""


@dataclass(frozen=True)
class ShowPhase(Intent):
    """Step to that phase of the iteration that is there."""

    phase: Phase


@dataclass(frozen=True)
class ShowWeight(Intent):
    """Look at what an iteration did to one weight: a cell of the parameter of that name, of which
    indices may be left out."""

    parameter: str
    cell: tuple[int, ...] = ()


@dataclass(frozen=True)
class SaveWeightsTo(Intent):
    """Write the weights to a file."""

    path: str


@dataclass(frozen=True)
class SavePresetTo(Intent):
    """Write what is open into a folder of the user's own: with its weights, its input, its plan
    and the changes to the pass."""

    path: str


@dataclass(frozen=True)
class RestartEngine(Intent):
    """Start the engine again after it was lost."""


@dataclass(frozen=True)
class Report(Intent):
    """Show a problem that arose outside the engine (a file that cannot be read, say), or news."""

    kind: str
    text: str
    remedy: str
    values: dict[str, str]
    level: Literal["problem", "news"] = "problem"
