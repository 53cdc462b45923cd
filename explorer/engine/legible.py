"""Names of somebody's model as they can be shown."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from explorer.core.graph import Call, Event, Value

_Named = TypeVar("_Named", Call, Event, Value)


def legible(name: str) -> str:
    """A name of somebody's model as it can be shown anywhere: signs that cannot be seen, and those
    that turn what follows around, as escapes: ``\\u202e``."""
    if name.isprintable():
        return name
    signs = (s if s.isprintable() else s.encode("unicode_escape").decode() for s in name)
    return "".join(signs)


def legible_in(one: _Named, *fields: str) -> _Named:
    """The same with legible names."""
    odd = {name: text for name in fields if not (text := getattr(one, name)).isprintable()}
    return replace(one, **{name: legible(text) for name, text in odd.items()}) if odd else one
