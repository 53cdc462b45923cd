"""Parts of an expansion, which are seen as one each: time steps of a recurrent network, gates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from torch import nn

ResultT = TypeVar("ResultT")


class Part(nn.Module):
    """Calls functions. To a recorder of the module around it each of them is a module call.

    ``made`` are the name and the formula of each part, in the order of these calls.
    """

    def __init__(self) -> None:
        super().__init__()
        self.made: list[tuple[str, str]] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Meanwhile every `part` is called through this."""
        self.made.clear()
        with heard(self):
            yield

    def forward(
        self, name: str, formula: str, function: Callable[..., ResultT], *args: Any
    ) -> ResultT:
        """Call a function as the part of that name."""
        self.made.append((name, formula))
        return function(*args)


Listener = Callable[..., Any]  # is given name, formula, function and its args, and calls it
_listening: ContextVar[Listener | None] = ContextVar("part", default=None)


@contextmanager
def heard(by: Listener) -> Iterator[None]:
    """Meanwhile every `part` is called through a listener."""
    before = _listening.set(by)
    try:
        yield
    finally:
        _listening.reset(before)


def part(name: str, formula: str, function: Callable[..., ResultT], *args: Any) -> ResultT:
    """Call a function; whoever looks sees what it does as one part of that name.

    Names and formulas are in the field's notation, which needs no translation.
    """
    here = _listening.get()
    result: ResultT = function(*args) if here is None else here(name, formula, function, *args)
    return result
