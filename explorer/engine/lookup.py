"""Finding what a person means on a tape, by number or name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from numbers import Integral

from explorer.core.problem import Problem, phrase
from explorer.engine.script import Script

_TOLD = 12  # names, where one is not known


def known_value(script: Script, ref: int | str) -> int:
    """The value that is meant; Problem (kind ``model``) if there is none.

    A tensor that the model has or was given under several names, as tied weights are, is found by
    each of them.
    """
    if isinstance(ref, str):
        if ref in script.names:
            return script.names[ref]
        name = script.sources.first_name(ref)
        if name in script.names:
            return script.names[name]
        if name:
            raise Problem("model", phrase("The pass never read {ref}."), ref=ref)
        raise _unknown(ref, script.names, phrase("There is no value {ref} on this tape."))
    if not isinstance(ref, Integral) or not 0 <= ref < len(script.tensors):
        raise Problem(
            "model",
            phrase("There is no value {ref} on this tape: it has {count}."),
            phrase("Take a ref of tape.values, or its name."),
            ref=ref, count=len(script.tensors),
        )  # fmt: skip
    return ref


def is_unread(script: Script, ref: int | str) -> bool:
    """Whether that is a weight or an input that no event of the pass read."""
    if not isinstance(ref, str) or ref in script.names:
        return False
    name = script.sources.first_name(ref)
    return bool(name) and name not in script.names


def known_cell(
    script: Script, ref: int | str, index: Sequence[int] | int
) -> tuple[int, tuple[int, ...]]:
    """The cell that is meant: its value, and its place there, negative ones counted from the end.

    Raises Problem (kind ``model``) if there is none.
    """
    ref = known_value(script, ref)
    known = script.values[ref]
    place = (index,) if isinstance(index, int) else tuple(index)
    if len(place) != len(known.shape):
        raise Problem(
            "model",
            phrase("{name} has {axes} axes {shape}, and the index {index} has {count}."),
            phrase("Give one number for every axis."),
            name=known.name, axes=len(known.shape), shape=known.shape, index=place,
            count=len(place),
        )  # fmt: skip
    for axis, (i, size) in enumerate(zip(place, known.shape, strict=True)):
        if not -size <= i < size:
            raise Problem(
                "model",
                phrase("Index {i} is outside of axis {axis} of {name}, which has {size} places."),
                phrase("Count from 0."),
                i=i, axis=axis, name=known.name, size=size,
            )  # fmt: skip
    return ref, tuple(i % size for i, size in zip(place, known.shape, strict=True))


def known_event(script: Script, event: int | str) -> int:
    """The event that is meant; Problem (kind ``model``) if there is none."""
    if isinstance(event, str):
        numbers = script.steps_by_name
        if event not in numbers:
            raise _unknown(event, numbers, phrase("There is no event {ref} on this tape."))
        return numbers[event]
    if not isinstance(event, Integral) or not 0 <= event < len(script.steps):
        raise Problem(
            "model",
            phrase("There is no event {event} on this tape: it has {count}."),
            phrase("Take an index or id of tape.events."),
            event=event, count=len(script.steps),
        )  # fmt: skip
    return event


def _unknown(ref: str, names: Collection[str], text: str) -> Problem:
    """The problem of a name that nothing has, with those that are most like it."""
    if len(names) <= _TOLD:
        return Problem("model", text, phrase("It has: {names}."), ref=ref, names=", ".join(names))
    near = get_close_matches(ref, names, _TOLD, 0.4) or [*names][:_TOLD]
    remedy = phrase("It has {count}, among them: {names}.")
    return Problem("model", text, remedy, ref=ref, count=len(names), names=", ".join(near))
