"""What a model's ``forward`` takes, and how named values become its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from torch import Tensor, nn

from explorer.core.problem import Problem, phrase
from explorer.engine.feeds import Given

_NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD
_IN_ORDER = (inspect.Parameter.POSITIONAL_ONLY, _NAMED)
_REST = inspect.Parameter.VAR_POSITIONAL
_NUMBERS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float, "bool": bool}
_OTHERS = inspect.Parameter.VAR_KEYWORD


class Taken(NamedTuple):
    """An argument of ``forward``; ``hint`` as written, ``needed`` if it has no default."""

    name: str
    hint: str
    needed: bool


class Forward:
    """The arguments of a model's ``forward``; ``fixed`` are given always, where it takes them."""

    def __init__(self, model: nn.Module, fixed: Mapping[str, Any] | None = None) -> None:
        self._fixed = dict(fixed or {})
        self._kinds: dict[str, Any] = {}
        self.arguments: tuple[Taken, ...] = ()
        try:
            parameters = inspect.signature(model.forward).parameters.values()
        except (TypeError, ValueError):  # it was not written in Python
            schema = getattr(model.forward, "schema", None)
            for one in schema.arguments[1:] if schema is not None else ():
                needed = not one.has_default_value()
                self.arguments += (Taken(one.name, str(one.type), needed),)
                self._kinds[one.name] = _NAMED
            return
        for one in parameters:
            self._kinds[one.name] = one.kind
            hint = "" if one.annotation is one.empty else one.annotation
            said = hint if isinstance(hint, str) else getattr(hint, "__name__", str(hint))
            needed = one.default is one.empty and one.kind not in (_REST, _OTHERS)
            if one.kind is not _OTHERS:
                self.arguments += (Taken(one.name, said, needed),)

    @property
    def needed(self) -> tuple[Taken, ...]:
        """What must be given: all without a default, or else the first."""
        return tuple(one for one in self.arguments if one.needed) or self.arguments[:1]

    def hint(self, name: str) -> str:
        """What type an argument is said to have."""
        return next((one.hint for one in self.arguments if one.name == name), "")

    def typed(self, name: str, value: Tensor) -> Any:
        """A single number as Python's own, where that is what the argument is said to be."""
        convert = _NUMBERS.get(self.hint(name)) if not value.dim() else None
        return value if convert is None else convert(value.item())

    def given(self, named: Mapping[str, Any]) -> Given:
        """The arguments of a call, in order as long as none is left out.

        Raises Problem (kind ``input``) for names that ``forward`` does not have, or misses.
        """
        always = {name: value for name, value in self._fixed.items() if name in self._kinds}
        named = {**always, **named}
        open_ended = _OTHERS in self._kinds.values()
        unknown = [name for name in named if name not in self._kinds]
        missing = [one.name for one in self.arguments if one.needed and one.name not in named]
        if (unknown and not open_ended) or missing:
            raise Problem(
                "input",
                phrase("The model's forward takes {taken}, but was given {given}."),
                phrase("Give every argument once, by its name."),
                taken=", ".join(one.name for one in self.arguments) or "–",
                given=", ".join(named) or "–",
            )
        args: list[Any] = []
        kwargs = {name: named[name] for name in unknown}
        in_order = True
        for name, kind in self._kinds.items():
            if name not in named or kind is _OTHERS:
                in_order = False
            elif kind is _REST or (in_order and kind in _IN_ORDER):
                args.append(named[name])
            else:
                kwargs[name] = named[name]
        return tuple(args), kwargs

    def check(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        """Why a call does not suit the arguments, "" if it does."""
        names = [name for name, kind in self._kinds.items() if kind in _IN_ORDER]
        many = _REST in self._kinds.values()
        if len(args) > len(names) and not many:
            return f"{len(args)} > {len(names)}"
        taken = {*names[: len(args)], *kwargs}
        missing = [one.name for one in self.arguments if one.needed and one.name not in taken]
        known = _OTHERS in self._kinds.values()
        strange = [name for name in kwargs if name not in self._kinds and not known]
        return ", ".join([*(f"− {name}" for name in missing), *(f"+ {n}" for n in strange)])
