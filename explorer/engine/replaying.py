"""Replaying a tape together with the small tapes of what was opened on it."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from explorer.core.problem import Problem, phrase
from explorer.engine.replay import Edit
from explorer.engine.tape import Tape


class NestedReplay:
    """Replays tapes with the ``edits`` of each (by its id), and the ``opened`` tapes of the insides
    of their events (by the id of a tape, and the event) with them."""

    def __init__(
        self, edits: Mapping[int, Mapping[int, Edit]], opened: Mapping[tuple[int, int], Tape]
    ) -> None:
        self._edits = edits
        self._opened = opened

    def of(self, tape: Tape, now: Tape | None = None) -> dict[int, Tape]:
        """The new tape of each by its id: of this one, which is ``now`` where what it was given is
        another already, and of all that are inside of it."""
        base = now or tape
        given: dict[int | str, Tensor | Edit] = {}
        for ref, edit in self._edits.get(id(tape), {}).items():
            given[ref] = edit
        found: dict[int, Tape] = {}
        for event, inside in self._within(tape):
            if self._is_edited(inside):
                here = base.replay(given) if given else base
                found |= self.of(inside, self._again(here, now is None, event, inside))
                results = tape.script.steps[event].results
                for ref, output in zip(results, found[id(inside)].outputs, strict=False):
                    then, made = given.get(ref), found[id(inside)].value(output)
                    given[ref] = made if then is None or isinstance(then, Tensor) else then(made)
        found[id(tape)] = new = base.replay(given) if given else base
        for event, inside in self._within(tape):
            if id(inside) not in found:
                again = self._again(new, now is None, event, inside)
                found |= self._same(inside) if again is None else self.of(inside, again)
        return found

    def _within(self, tape: Tape) -> list[tuple[int, Tape]]:
        """The events of a tape that are opened, in order, each with its inside."""
        return sorted(
            ((event, inside) for (of, event), inside in self._opened.items() if of == id(tape)),
            key=lambda one: one[0],
        )

    def _is_edited(self, tape: Tape) -> bool:
        """Whether anything on a tape is changed, or inside of its events."""
        within = (self._is_edited(inside) for _, inside in self._within(tape))
        return id(tape) in self._edits or any(within)

    def _same(self, tape: Tape) -> dict[int, Tape]:
        """It and all within stay as they are."""
        found = {id(tape): tape}
        for _, inside in self._within(tape):
            found |= self._same(inside)
        return found

    @staticmethod
    def _again(new: Tape, is_replayed: bool, event: int, inside: Tape) -> Tape | None:
        """The inside of an event that was given something else, None if it was not."""
        if is_replayed and new.follows.isdisjoint(new.script.steps[event].needs):
            return None
        made = new.open(event)
        if made is None or [v.name for v in made.values] != [v.name for v in inside.values]:
            raise Problem(
                "change",
                phrase("With this change {op} goes another way inside."),
                phrase("Make the change on another value, or without opening that."),
                op=new.events[event].id,
            )
        return made
