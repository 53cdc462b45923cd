"""What numbers of a recurrent layer are called: its states, its gates, what is made of these."""

from __future__ import annotations

from explorer.core.graph import Recording
from explorer.core.recurrent import Track
from explorer.picture.recurrent import recurrent_of

_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_STATES = ("h", "c")


def counted(name: str, number: int) -> str:
    """A state with its number: ``c₃``."""
    return f"{name}{number}".translate(_DIGITS)


def made_by(step: int, steps: int, backwards: bool) -> int:
    """The number of the state that a step makes. That before the first step is number 0."""
    return steps - step if backwards else step + 1


def state_name(recording: Recording, value: int) -> str:
    """``c₃`` for a state, ``f`` for a gate, ``f·c₂`` for a product of these, ``tanh(c₃)``; nothing
    for what is none of them as far as the recording knows."""
    found = recurrent_of(recording, value)
    if found is None:
        return ""
    names: dict[int, str] = {}
    for layer in found.layers:
        names |= _names(layer.track)
    if value in names:
        return names[value]
    event = recording.events[recording.values[value].writer]
    given = [names.get(v, "") for v in event.inputs]
    if not all(given):
        return ""
    if event.op == "mul" and len(given) == 2:
        return "·".join(given)
    return f"tanh({given[0]})" if event.op == "tanh" and len(given) == 1 else ""


def layer_name(recording: Recording, value: int) -> str:
    """Of which of several layers and directions a state or gate is: ``l1 ←``."""
    found = recurrent_of(recording, value)
    if found is None or len(found.layers) < 2:
        return ""
    tracks = [one.track for one in found.layers]
    own = next((one for one in tracks if value in _names(one)), None)
    if own is None:
        return ""
    both = len({one.backwards for one in tracks}) > 1
    return f"{own.name} {'←' if own.backwards else '→'}" if both else own.name


def _names(track: Track) -> dict[int, str]:
    """Of the values that a recording has of a track."""
    names = {value: counted(name, 0) for name, value in track.given}
    for name, refs in track.values:
        for step, value in enumerate(refs):
            number = made_by(step, len(refs), track.backwards)
            names[value] = counted(name, number) if name in _STATES else name
    names.pop(-1, None)
    return names
