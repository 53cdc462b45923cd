"""What a recorder notes while a model runs: op calls and module calls, as they happened."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from explorer.engine.settings import Settings


class Entry(NamedTuple):
    """One op call as it happened.

    ``version`` is that of the result (a tuple for several). ``mutated`` are the arguments that it
    changed in place, each with its version after. ``rng`` is the random state before it,
    ``settings`` those in force, ``edges`` where autograd has the results. ``code`` and
    ``instruction`` are the place in the model's code.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] | None
    result: Any
    version: Any
    call: int
    began: float
    ended: float
    code: CodeType | None
    instruction: int
    mutated: tuple[tuple[Tensor, int], ...] = ()
    rng: Any = None
    settings: Settings = Settings()
    edges: tuple[Edge | None, ...] = ()


class Edge(NamedTuple):
    """Where a tensor comes from in autograd's graph: an output of a node."""

    node: Any
    number: int


def edge_of(tensor: Tensor) -> Edge | None:
    """Where autograd has a tensor now, None if it has no gradient."""
    if not tensor.requires_grad or tensor.is_inference():
        return None
    with torch.inference_mode(False):  # of a leaf it makes a view, to see its node
        edge = torch.autograd.graph.get_gradient_edge(tensor)
    return Edge(edge.node, edge.output_nr)


class CallEntry(NamedTuple):
    """One module call as it happened: entries ``first … end`` (excluded) ran inside it.

    ``code`` and ``instruction`` are the place that called it.
    """

    module: nn.Module
    parent: int
    first: int
    end: int
    code: CodeType
    instruction: int


def line_of(code: CodeType | None, instruction: int) -> str:
    """``file:line`` of an instruction, ``""`` for no code."""
    if code is None:
        return ""
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= instruction < end and number is not None:
            line = number
    return f"{code.co_filename}:{line}"
