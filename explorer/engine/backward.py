"""The backward pass of a tape: every gradient, and what autograd did, in its order.

Autograd computes as always; hooks before and after each of its nodes see what passes through.
https://docs.pytorch.org/docs/stable/notes/autograd.html describes nodes, edges and accumulation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from explorer.core.problem import Problem, phrase
from explorer.engine.entries import Edge, edge_of
from explorer.engine.script import Script

_RESHAPES = {"ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0"}


class BackwardEvent(NamedTuple):
    """One node of autograd at work: ``event`` is the index of the op whose gradient it computed,
    −1 for what came after the pass (a loss). ``name`` is autograd's: ``AddmmBackward0``."""

    name: str
    event: int
    seconds: float


@dataclass(frozen=True)
class Backward:
    """Gradients of a loss: ``gradients`` by the ref of the value, ``events`` in their true order.

    A value has none if the loss does not depend on it, or it has no derivative. ``made`` are the
    events with what was wanted of each gradient that they made, before those of one value are
    added up.
    """

    loss: Tensor
    gradients: dict[int, Tensor]
    events: tuple[BackwardEvent, ...]
    made: tuple[tuple[int, Tensor], ...] = ()


def run_backward(
    script: Script,
    loss: Tensor,
    gradient: Tensor | None,
    reduce: Callable[[Tensor], Tensor] | None = None,
) -> Backward:
    """Gradients of ``loss`` for every value it depends on; ``.grad`` of no tensor changes.

    ``gradient`` is that of the loss, needed where it is not one number. ``reduce`` is what is
    wanted of each gradient as it is made. The graph is kept, so this may be done again with
    another loss.
    """
    if not loss.requires_grad:
        raise Problem(
            "model",
            phrase("The pass was recorded without gradients, so there is nothing to go back."),
            phrase("Record it again with gradients on, outside of torch.no_grad()."),
        )
    if gradient is None and loss.numel() != 1:
        raise Problem(
            "model",
            phrase("A loss is one number, this is {shape}."),
            phrase("Take its sum or mean, or give the gradient of each of its numbers."),
            shape=tuple(loss.shape),
        )
    root = torch.autograd.graph.get_gradient_edge(loss).node
    nodes = list(_below(root))
    if any(node.name() == "CheckpointFunctionBackward" for node in nodes):
        raise Problem(
            "model",
            phrase(
                "Parts of this pass are checkpointed with use_reentrant=True, and there PyTorch "
                "gives no gradients without writing them into the model."
            ),
            phrase("Call torch.utils.checkpoint.checkpoint with use_reentrant=False."),
        )
    edges = _edges(script)
    owners = _owners(script, edges)
    leaves = [node.variable for node in nodes if hasattr(node, "variable")]
    came: dict[Any, tuple[Tensor | None, ...]] = {}
    order: list[tuple[Any, float]] = []
    began: dict[Any, float] = {}
    reduced: list[tuple[Any, Tensor]] = []
    handles = []

    def watch(node: Any) -> None:
        def before(gradients: tuple[Tensor | None, ...]) -> None:
            came[node] = gradients
            began[node] = time.perf_counter()

        def after(made: tuple[Tensor | None, ...], _came: Any) -> None:
            order.append((node, time.perf_counter() - began[node]))
            if reduce is not None:
                reduced.extend((node, reduce(one)) for one in made if one is not None)

        handles.append(node.register_prehook(before))
        handles.append(node.register_hook(after))

    try:
        for node in nodes:
            if not hasattr(node, "variable"):
                watch(node)
        found = torch.autograd.grad(loss, leaves, gradient, retain_graph=True, allow_unused=True)
    finally:
        for handle in handles:
            handle.remove()
    at_leaf = {id(leaf): g for leaf, g in zip(leaves, found, strict=True) if g is not None}
    gradients = {}
    known = {(edge.node, edge.number) for edge in edges.values()}
    for ref, edge in edges.items():
        if edge.node in came:
            passed = came[edge.node][edge.number]
        else:
            passed = at_leaf.get(id(getattr(edge.node, "variable", None)))
            if passed is None and (whole := _reshaped(edge, came, known)) is not None:
                passed = whole.reshape(script.values[ref].shape)
        if passed is not None:
            gradients[ref] = passed.detach()
    events = tuple(
        BackwardEvent(node.name(), owners.get(node, -1), seconds) for node, seconds in order
    )
    made = tuple((owners.get(node, -1), number) for node, number in reduced)
    return Backward(loss, gradients, events, made)


def _reshaped(
    edge: Edge, came: dict[Any, tuple[Tensor | None, ...]], known: set[tuple[Any, int]]
) -> Tensor | None:
    """The gradient of a result that an op reshaped before it gave it and that was overwritten then:
    autograd goes past the reshaping, so it is what came to that which was reshaped. None if that
    is a value of its own."""
    node, number = edge.node, edge.number
    while node is not None and node.name() in _RESHAPES:
        node, number = node.next_functions[0]
        if (node, number) in known:
            return None
        if node in came:
            return came[node][number]
    return None


def _below(root: Any) -> Iterator[Any]:
    """Every node of the graph below one, that one too."""
    met, waiting = {root}, [root]
    while waiting:
        node = waiting.pop()
        yield node
        for following, _ in node.next_functions:
            if following is not None and following not in met:
                met.add(following)
                waiting.append(following)


def _edges(script: Script) -> dict[int, Edge]:
    """Where autograd has each value, also those whose op knew of no gradients: a function that the
    model brings puts what it gives into the graph after its ops have run."""
    edges = dict(script.edges)
    for ref, tensor in enumerate(script.tensors):
        if tensor is None or ref in edges or id(tensor) != script.ids[ref]:
            continue
        if script.latest.get(script.ids[ref]) == ref and (edge := edge_of(tensor)) is not None:
            edges[ref] = edge
    return edges


def _owners(script: Script, edges: dict[int, Edge]) -> dict[Any, int]:
    """The op that made each node: those first reached from its results, going back."""
    owners: dict[Any, int] = {}
    of_op: dict[int, list[Edge]] = {}
    for ref, edge in edges.items():
        of_op.setdefault(script.writer(ref), []).append(edge)
    for edge in of_op.pop(-1, []):
        owners[edge.node] = -1
    for index in sorted(of_op):
        waiting = [edge.node for edge in of_op[index]]
        while waiting:
            node = waiting.pop()
            if node not in owners:
                owners[node] = index
                waiting += [n for n, _ in node.next_functions if n is not None]
    return owners
