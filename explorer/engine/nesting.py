"""Tensors inside what functions are given and give back: lists, tuples, dicts, dataclasses."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from torch import Tensor

ItemT = TypeVar("ItemT")


def tensors(thing: Any) -> Iterator[Tensor]:
    """Every tensor inside nested lists, tuples, slices, dicts and dataclasses, in order."""
    if isinstance(thing, Tensor):
        yield thing
    elif isinstance(thing, list | tuple):
        for item in thing:
            yield from tensors(item)
    elif isinstance(thing, dict):
        for item in thing.values():
            yield from tensors(item)
    elif isinstance(thing, slice):
        yield from tensors((thing.start, thing.stop, thing.step))
    elif is_dataclass(thing) and not isinstance(thing, type):
        for field in fields(thing):
            yield from tensors(getattr(thing, field.name))


def named(thing: Any, kind: type[ItemT], path: str = "") -> Iterator[tuple[str, ItemT]]:
    """Every object of a kind inside of what `tensors` looks into, in that order, with the way to
    it: ``.logits``, ``[0]``, ``.layers[2]``; ``""`` for ``thing`` itself."""
    if isinstance(thing, kind):
        yield path, thing
    elif isinstance(thing, dict):
        for key, item in thing.items():
            plain = isinstance(key, str) and key.isidentifier()
            yield from named(item, kind, f"{path}.{key}" if plain else f"{path}[{key!r}]")
    elif isinstance(thing, list | tuple):
        keys = getattr(thing, "_fields", None)
        for n, item in enumerate(thing):
            yield from named(item, kind, f"{path}.{keys[n]}" if keys else f"{path}[{n}]")
    elif is_dataclass(thing) and not isinstance(thing, type):
        for field in fields(thing):
            yield from named(getattr(thing, field.name), kind, f"{path}.{field.name}")


def substituted(thing: Any, swap: Callable[[Tensor], Any]) -> Any:
    """``thing`` with ``swap`` of it in place of every tensor in it, in the order of `tensors`."""
    return _mapped(thing, Tensor, swap)


def filled(thing: Any, kind: type, swap: Callable[[Any], Any]) -> Any:
    """``thing`` with ``swap`` of it in place of every object of a kind in it."""
    return _mapped(thing, kind, swap)


def _mapped(thing: Any, kind: type, swap: Callable[[Any], Any]) -> Any:
    if isinstance(thing, kind):
        return swap(thing)
    if isinstance(thing, tuple):
        items = [_mapped(item, kind, swap) for item in thing]
        if hasattr(thing, "_fields"):
            return tuple.__new__(type(thing), items)  # its own `__new__` may look at the items
        return tuple(items) if type(thing) is tuple else _as(type(thing), items)
    if isinstance(thing, list):
        return [_mapped(item, kind, swap) for item in thing]
    if isinstance(thing, dict):
        if type(thing) is dict:
            return {key: _mapped(item, kind, swap) for key, item in thing.items()}
        made: Any = copy.copy(thing)
        for key, item in thing.items():
            made[key] = _mapped(item, kind, swap)
        return made
    if isinstance(thing, slice):
        return slice(*(_mapped(part, kind, swap) for part in (thing.start, thing.stop, thing.step)))
    if is_dataclass(thing) and not isinstance(thing, type):
        made = copy.copy(thing)
        for field in fields(thing):
            value = _mapped(getattr(thing, field.name), kind, swap)
            object.__setattr__(made, field.name, value)
        return made
    return thing


def _as(kind: type, items: list[Any]) -> Any:
    """A tuple of a type of its own: PyTorch's named results take their items as one sequence.

    Where they are not what that type takes (a `Ref` in a `torch.Size`), it is a plain tuple.
    """
    try:
        return kind(items)
    except TypeError:
        return tuple(items)
