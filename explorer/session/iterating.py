"""One iteration of a training that is stepped through, phase by phase."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.core.explanation import Explanation
from explorer.core.graph import Recording
from explorer.core.iteration import PHASES, Iteration, Phase, Updated

ITERATION = "iteration"  # who asks; begins the names of the panes that show it


@dataclass(frozen=True)
class Iterating:
    """The last iteration that was recorded.

    ``phase`` is how far one has stepped. ``parameter`` is the name of that whose update is looked
    at, ``cell`` the weight in it, and ``told`` how its number of the phase came to be: its
    gradient, then the weight after the update.
    """

    recording: Recording
    phase: Phase = "batch"
    parameter: str = ""
    cell: tuple[int, ...] = ()
    told: Explanation | None = None

    @property
    def iteration(self) -> Iteration:
        """What of the recording is which part of it."""
        assert self.recording.iteration is not None, "it is the recording of one"
        return self.recording.iteration

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that were updated."""
        values = self.recording.values
        return tuple(values[one.parameter].name for one in self.iteration.updates)

    @property
    def update(self) -> Updated | None:
        """What became of the parameter that is looked at."""
        found = self.recording.named.get(self.parameter, -1)
        updates = self.iteration.updates
        return next((one for one in updates if one.parameter == found), None)

    @property
    def value(self) -> int:
        """The value that ``told`` is about: of the weight itself, before there is more; −1 if there
        is none."""
        update = self.update
        if update is None:
            return -1
        return {"backward": update.gradient, "update": update.after}.get(
            self.phase, update.parameter
        )

    def has(self, phase: Phase) -> bool:
        """Whether that phase was reached."""
        return PHASES.index(phase) <= PHASES.index(self.phase)
