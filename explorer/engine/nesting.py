"""Tensors inside what functions are given and give back: lists, tuples, dicts, dataclasses."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from types import NoneType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

ItemT = TypeVar("ItemT")
PLAIN = {  # what holds no tensor
    NoneType, bool, int, float, str, torch.dtype, torch.device, torch.layout, torch.memory_format,
}  # fmt: skip
_SEQUENCE = (list, tuple)  # ``list | tuple`` is made anew at each look, and this is looked at often


def tensors(thing: Any) -> Iterator[Tensor]:
    """Every tensor inside nested lists, tuples, slices, dicts and dataclasses, in order.

    What contains itself is not looked into again.
    """
    if isinstance(thing, Tensor):
        yield thing
    else:
        yield from _within(thing, set())


def listed(args: Iterable[Any], kwargs: dict[str, Any] | None = None) -> list[Tensor]:
    """What `tensors` finds in the arguments or results of a call, sooner: few lie in others."""
    found = []
    for thing in (*args, *kwargs.values()) if kwargs else args:
        kind = thing.__class__
        if kind is Tensor or kind is nn.Parameter:
            found.append(thing)
        elif kind not in PLAIN:
            return list(tensors((args, kwargs)))
    return found


def is_plain(thing: Any) -> bool:
    """Whether it is sure that there is neither a tensor nor a list in something: a shape, an index.

    False for much that has none, too: the answer is asked for often, and has to be cheap.
    """
    kind = type(thing)
    if kind is slice:
        return type(thing.start) in PLAIN and type(thing.stop) in PLAIN and thing.step is None
    if kind is not tuple:
        return kind in PLAIN
    for one in thing:
        kind = type(one)
        if kind is not int and kind not in PLAIN and (kind is not slice or not is_plain(one)):
            return False
    return True


def _within(thing: Any, around: set[int]) -> Iterator[Tensor]:
    """Those of something that is no tensor; ``around`` are the ids of what it lies in."""
    items: Iterable[Any]
    if isinstance(thing, _SEQUENCE):
        items = thing
    elif isinstance(thing, dict):
        items = thing.values()
    elif isinstance(thing, slice):
        items = (thing.start, thing.stop, thing.step)
    elif is_dataclass(thing) and not isinstance(thing, type):
        items = (getattr(thing, field.name) for field in fields(thing))
    else:
        return
    if id(thing) in around:
        return
    around.add(id(thing))
    for item in items:
        if isinstance(item, Tensor):
            yield item
        else:
            yield from _within(item, around)
    around.discard(id(thing))


def named(
    thing: Any, kind: type[ItemT], path: str = "", around: frozenset[int] = frozenset()
) -> Iterator[tuple[str, ItemT]]:
    """Every object of a kind inside of what `tensors` looks into, in that order, with the way to
    it: ``.logits``, ``[0]``, ``.layers[2]``; ``""`` for ``thing`` itself."""
    steps: Iterable[tuple[str, Any]]
    if isinstance(thing, kind):
        yield path, thing
        return
    if isinstance(thing, dict):
        steps = [
            (f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]", item)
            for key, item in thing.items()
        ]
    elif isinstance(thing, list | tuple):
        keys = getattr(thing, "_fields", None)
        steps = [(f".{keys[n]}" if keys else f"[{n}]", item) for n, item in enumerate(thing)]
    elif is_dataclass(thing) and not isinstance(thing, type):
        steps = [(f".{field.name}", getattr(thing, field.name)) for field in fields(thing)]
    else:
        return
    if id(thing) not in around:
        for step, item in steps:
            yield from named(item, kind, path + step, around | {id(thing)})


def substituted(thing: Any, swap: Callable[[Tensor], Any]) -> Any:
    """``thing`` with ``swap`` of it in place of every tensor in it, in the order of `tensors`."""
    return _mapped(thing, Tensor, swap, {})


def filled(thing: Any, kind: type, swap: Callable[[Any], Any]) -> Any:
    """``thing`` with ``swap`` of it in place of every object of a kind in it."""
    return _mapped(thing, kind, swap, {})


def _mapped(thing: Any, kind: type, swap: Callable[[Any], Any], around: dict[int, Any]) -> Any:
    """``around`` is what it lies in, by id, with what stands for that: what contains itself does so
    again, a tuple but for that one place."""
    if isinstance(thing, kind):
        return swap(thing)
    if not isinstance(thing, list | tuple | dict | slice) and (
        not is_dataclass(thing) or isinstance(thing, type)
    ):
        return thing
    if id(thing) in around:
        return around[id(thing)]
    around[id(thing)] = thing
    made = _made(thing, lambda item: _mapped(item, kind, swap, around), around)
    del around[id(thing)]
    return made


def _made(thing: Any, swapped: Callable[[Any], Any], around: dict[int, Any]) -> Any:
    made: Any
    if isinstance(thing, tuple):
        items = [swapped(item) for item in thing]
        if hasattr(thing, "_fields"):
            return tuple.__new__(type(thing), items)  # its own `__new__` may look at the items
        return tuple(items) if type(thing) is tuple else _as(type(thing), items)
    if isinstance(thing, slice):
        return slice(*map(swapped, (thing.start, thing.stop, thing.step)))
    if isinstance(thing, list):
        around[id(thing)] = made = []
        made.extend(map(swapped, thing))
    elif isinstance(thing, dict):
        around[id(thing)] = made = {} if type(thing) is dict else copy.copy(thing)
        for key, item in thing.items():
            made[key] = swapped(item)
    else:
        around[id(thing)] = made = copy.copy(thing)
        for field in fields(thing):
            object.__setattr__(made, field.name, swapped(getattr(thing, field.name)))
    return made


def _as(kind: type, items: list[Any]) -> Any:
    """A tuple of a type of its own: PyTorch's named results take their items as one sequence.

    Where they are not what that type takes (a `Ref` in a `torch.Size`), it is a plain tuple.
    """
    try:
        return kind(items)
    except TypeError:
        return tuple(items)
