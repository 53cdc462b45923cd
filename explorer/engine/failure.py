"""How a pass ended that did not come to its end."""

from __future__ import annotations

from traceback import walk_tb
from typing import NamedTuple

import torch

from explorer.core.problem import Problem, phrase
from explorer.engine.cancelling import Cancelled

_HIDDEN = (torch.__file__.removesuffix("__init__.py"), __file__.removesuffix("failure.py"))
_LONG = 600  # letters of what an error says


class Ending(NamedTuple):
    """What an exception said that ended a pass, and the line of the model that it came from."""

    source: str
    text: str


class Failure(NamedTuple):
    """Where and how a pass ended early: ``shapes`` are those of the tensors that met, ``names``
    what the op calls each of them, ``""`` where it says nothing."""

    op: str
    module: str
    shapes: tuple[tuple[int, ...], ...]
    source: str
    text: str
    names: tuple[str, ...] = ()


def said_of(error: BaseException) -> str:
    """The type of an error and what it says, if it can say anything."""
    try:
        if isinstance(error, SystemExit):
            return f"sys.exit({error.code!r})"
        said = f"{type(error).__name__}: {error}".encode(errors="backslashreplace").decode()
        return said if len(said) <= _LONG else f"{said[:_LONG]}…"
    except Cancelled:
        raise
    except BaseException:  # its own code, which may do anything
        return type(error).__name__


def error_place(error: BaseException) -> str:
    """The line of the model from which an error came, as ``file:line``."""
    own = [
        f"{frame.f_code.co_filename}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith(_HIDDEN)
    ]
    return own[-1] if own else ""


def ended(error: BaseException) -> Problem:
    """The problem of a model whose code would end the program that it runs in."""
    remedy = phrase("Take that out of it; nothing else was lost.")
    if isinstance(error, SystemExit):
        said = phrase("The model's code called sys.exit({code}).")
        return Problem("model", said, remedy, code=error.code)
    said = phrase("The model's code raised {error}, which ends programs.")
    return Problem("model", said, remedy, error=said_of(error).rstrip(".: "))
