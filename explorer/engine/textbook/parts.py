"""Parts of an expansion, which are seen as one each: the time steps of a recurrent network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from torch import nn

ResultT = TypeVar("ResultT")


class Part(nn.Module):
    """Calls functions. To a recorder of the module around it each of them is a module call.

    ``names`` are those of the parts, in the order of these calls.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Meanwhile every `part` is called through this."""
        self.names.clear()
        before = _listening.set(self)
        try:
            yield
        finally:
            _listening.reset(before)

    def forward(self, name: str, function: Callable[..., ResultT], *args: Any) -> ResultT:
        """Call a function as the part of that name."""
        self.names.append(name)
        return function(*args)


_listening: ContextVar[Part | None] = ContextVar("part", default=None)


def part(name: str, function: Callable[..., ResultT], *args: Any) -> ResultT:
    """Call a function; whoever looks sees what it does as one part of that name."""
    here = _listening.get()
    result: ResultT = function(*args) if here is None else here(name, function, *args)
    return result
