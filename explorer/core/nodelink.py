"""A pass as a plain graph: nodes and edges with attributes, as networkx and JSON have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from explorer.core.graph import Call, Event, Value

Attributes = dict[str, Any]


class NodeLink(NamedTuple):
    """``nodes`` are (id, attributes), ``edges`` (source, target, attributes), in execution order.

    A node is an event or a source: a parameter, buffer, input or constant. Its id is `Event.id`
    or `Value.name`, with its ref behind it where that is taken: an argument may be called as a
    parameter is. An edge is a value that an event takes from another, or from a source.
    """

    nodes: list[tuple[str, Attributes]]
    edges: list[tuple[str, str, Attributes]]


def node_link(calls: Sequence[Call], events: Sequence[Event], values: Sequence[Value]) -> NodeLink:
    """The graph of a recorded pass.

    An event has ``kind`` ``event``, ``index``, ``op``, ``detail``, ``module``, ``call`` (the number
    of the module's call), ``inside`` (the index of that call), ``seconds``, ``source``, ``inputs``
    and ``outputs`` (refs). A source has its ``kind``, and what is said of an edge. An edge has
    the value's ``ref``, ``shape``, ``axes``, ``dtype``, ``device`` and ``bytes``, and with
    ``argument`` its place among the event's inputs.
    """
    nodes: list[tuple[str, Attributes]] = []
    edges: list[tuple[str, str, Attributes]] = []
    told = [
        {
            "ref": ref, "shape": value.shape, "axes": value.axes or ("",) * len(value.shape),
            "dtype": value.dtype, "device": value.device, "bytes": value.bytes,
        }
        for ref, value in enumerate(values)
    ]  # fmt: skip
    taken = {event.id for event in events}
    sources: dict[int, str] = {}
    for ref, value in enumerate(values):
        if value.writer < 0:
            name = f"{value.name} ({ref})" if value.name in taken else value.name
            taken.add(name)
            sources[ref] = name
            nodes.append((name, {"kind": value.kind, **told[ref]}))
    for event in events:
        call = calls[event.call]
        nodes.append((event.id, {
            "kind": "event", "index": event.index, "op": event.op, "detail": event.detail,
            "module": call.module, "call": call.number, "inside": event.call,
            "seconds": event.seconds, "source": event.source,
            "inputs": event.inputs, "outputs": event.outputs,
        }))  # fmt: skip
        for place, ref in enumerate(event.inputs):
            writer = values[ref].writer
            origin = events[writer].id if writer >= 0 else sources[ref]
            edges.append((origin, event.id, {**told[ref], "argument": place}))
    return NodeLink(nodes, edges)
