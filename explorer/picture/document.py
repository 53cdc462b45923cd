"""The graph of a pass as JSON, for other programs: docs/graph-format.md says what is in it."""

from __future__ import annotations

import json

import msgspec
from msgspec import structs

from explorer.core.graph import Recording
from explorer.core.nodelink import node_link

FORMAT, VERSION = "layerscope-graph", 1


def graph_json(recording: Recording, opened: frozenset[int], title: str) -> bytes:
    """The whole pass, whichever calls are ``opened``: each of them says whether it is.

    Written as node-link data, which networkx reads.
    """
    nodes, edges = node_link(recording.calls, recording.events, recording.values)
    root = recording.calls[0]
    failure = recording.failure
    document = {
        "format": FORMAT,
        "version": VERSION,
        "directed": True,
        "multigraph": True,
        "graph": {
            "title": title, "model": root.kind, "parameters": root.parameters,
            "weights": recording.weights, "seconds": recording.seconds, "bytes": recording.bytes,
            "failure": None if failure is None else failure.text,
        },
        "calls": [
            {**structs.asdict(call), "open": call.index in opened or call.index == 0}
            for call in recording.calls
        ],
        "nodes": [{"id": name, **told} for name, told in nodes],
        "edges": [{"source": one, "target": other, **told} for one, other, told in edges],
        "values": [{"ref": ref, **structs.asdict(v)} for ref, v in enumerate(recording.values)],
        "outputs": recording.outputs,
        "output_names": recording.output_names,
    }  # fmt: skip
    parts = [_encoded(key) + b": " + _lines(value) for key, value in document.items()]
    return b"{\n" + b",\n".join(parts) + b"\n}\n"


def _lines(value: object) -> bytes:
    """JSON, of a list of things a line each: so that people can read it, and compare two."""
    if not isinstance(value, list) or not value:
        return _encoded(value)
    return b"[\n " + b",\n ".join(_encoded(one) for one in value) + b"\n]"


def _encoded(value: object) -> bytes:
    """JSON. A name may hold what UTF-8 cannot, half of a pair of surrogates: it is escaped."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value)
        return json.dumps(plain, separators=(",", ":")).encode("ascii")
