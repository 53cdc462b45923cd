"""Values inside of ops that are closed: opening these for a value's name, and why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from explorer.core.problem import Problem, phrase
from explorer.engine.lookup import is_unread
from explorer.engine.recording import Shown

_TIME = re.compile(r"(.+)/t=(\d+)/")  # a step of an opened recurrent layer
_RUN = re.compile(r"#(\d+)")  # which run of an op or a module
_ENDS = phrase("With this input {layer} ends at t = {last}, and the change is at t = {step}.")
_RUNS = phrase("With this input {last} is the last of its kind, and the change is in {name}.")
_GONE = phrase("With this input there is no value {name}.")
_GIVE = phrase("Give a longer input, or switch the change off.")
_ELSE = phrase("Give an input like the one it was made for, or switch the change off.")


def opened_for(shown: Shown, names: Iterable[str]) -> Shown:
    """The pass with the ops open that have values of these names inside; itself if all are there
    that it can have."""
    for name in names:
        opened = _opened(shown, name)
        if name in _names(opened):
            shown = opened
    return shown


def ref_of(shown: Shown, name: str) -> int:
    """The value of that name. Raises Problem (kind ``change``), which says what is missing."""
    try:
        return shown.ref(name)
    except Problem as problem:
        if is_unread(shown.tape.script, name):
            raise
        raise _missing(name, _names(_opened(shown, name))) from problem


def _opened(shown: Shown, name: str) -> Shown:
    """With the ops open that a value of that name would be inside of."""
    opened = shown
    while name not in _names(opened):
        closed = (one for one in opened.events if one.opens and name.startswith(f"{one.id}/"))
        event = next(closed, None)
        if event is None:
            break
        opened = opened.copy()
        if opened.open(event.index) is None:
            break
    return opened


def _names(shown: Shown) -> set[str]:
    return {value.name for value in shown.values}


def _missing(name: str, known: set[str]) -> Problem:
    """Why none of the values ``known`` has that name, as of a shorter input."""
    time = _TIME.match(name)
    if time is not None:
        layer, step = time[1], int(time[2])
        steps = [int(one[2]) for one in map(_TIME.match, known) if one and one[1] == layer]
        if steps and max(steps) < step:
            return Problem("change", _ENDS, _GIVE, layer=layer, last=max(steps), step=step)
    for run in _RUN.finditer(name):
        front = name[: run.start() + 1]
        runs = [_RUN.match(one, len(front) - 1) for one in known if one.startswith(front)]
        last = max((int(one[1]) for one in runs if one), default=int(run[1]))
        if last < int(run[1]):
            return Problem("change", _RUNS, _GIVE, last=f"{front}{last}", name=name)
    return Problem("change", _GONE, _ELSE, name=name)
