"""The graph as data: JSON that networkx reads, and DOT that Graphviz does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import defaultdict
from typing import Any

import networkx as nx
import pytest

from explorer.core.graph import Recording
from explorer.core.ops import GLYPHS, Family
from explorer.picture.document import graph_json
from explorer.picture.dot import graph_dot
from tests import recordings

COLORS: dict[Family, str] = dict.fromkeys(GLYPHS, "#336699")
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")


def opened(recording: Recording, *modules: str) -> frozenset[int]:
    return frozenset({0, *(c.index for c in recording.calls if c.module in modules)})


def everything(recording: Recording) -> frozenset[int]:
    return frozenset(range(len(recording.calls)))


def read(recording: Recording, calls: frozenset[int] = frozenset({0})) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(graph_json(recording, calls, "Title"))
    return found


def nodes_of(dot: str) -> set[str]:
    return set(re.findall(r"^ +([ecvo]\d+) \[", dot, flags=re.MULTILINE))


# ---------------------------------------------------------------------- JSON


def test_networkx_reads_every_event_value_and_edge() -> None:
    recording = recordings.gpt(layers=2)
    data = read(recording)
    assert (data["format"], data["version"]) == ("layerscope-graph", 1)
    graph = nx.node_link_graph(data, edges="edges")
    assert isinstance(graph, nx.MultiDiGraph)
    events = [name for name, told in graph.nodes(data=True) if told["kind"] == "event"]
    assert events == [event.id for event in recording.events]
    assert graph.number_of_edges() == sum(len(event.inputs) for event in recording.events)
    assert nx.is_directed_acyclic_graph(graph)
    softmax = graph.nodes["blocks.0.attn/softmax#0"]
    assert (softmax["op"], softmax["source"]) == ("softmax", "model.py:12")
    call = data["calls"][softmax["inside"]]
    assert (call["module"], call["kind"]) == ("blocks.0.attn", "CausalSelfAttention")
    assert data["calls"][call["parent"]]["module"] == "blocks.0"
    (edge,) = graph.get_edge_data("blocks.0.attn/softmax#0", "blocks.0.attn/matmul#1").values()
    assert edge["shape"] == [1, 4, 18, 18]
    assert edge["axes"] == ["B", "heads", "T", "T"]
    assert (edge["dtype"], edge["bytes"], edge["argument"]) == ("float32", 4 * 4 * 18 * 18, 0)
    assert data["values"][edge["ref"]]["name"] == "blocks.0.attn/softmax#0"
    assert [data["values"][ref]["shape"] for ref in data["outputs"]] == [[1, 18, 96]]


def test_it_is_the_whole_pass_whatever_is_open() -> None:
    recording = recordings.gpt(layers=1)
    closed, open_ = read(recording), read(recording, opened(recording, "blocks.0"))
    assert closed["nodes"] == open_["nodes"]
    assert closed["edges"] == open_["edges"]
    assert [c["module"] for c in open_["calls"] if c["open"]] == ["", "blocks.0"]


def test_two_sources_of_one_name_stay_two() -> None:
    b = recordings.Builder("Odd")
    one, other = b.input("weight", _n=3), b.buffer("weight", _n=3)
    data = read(b.finish([b.add(one, other)]))
    assert len({node["id"] for node in data["nodes"]}) == len(data["nodes"]) == 3
    assert len({edge["source"] for edge in data["edges"]}) == 2


def test_a_value_taken_twice_is_two_edges() -> None:
    b = recordings.Builder("Twice")
    x = b.input("x", _n=3)
    edges = read(b.finish([b.add(x, x)]))["edges"]
    assert [(edge["source"], edge["argument"]) for edge in edges] == [("x", 0), ("x", 1)]


# ---------------------------------------------------------------------- DOT


def test_an_open_module_is_a_cluster_and_a_closed_one_a_node() -> None:
    recording = recordings.gpt(layers=2)
    dot = graph_dot(recording, opened(recording, "blocks.0"), "GPT", COLORS)
    calls = {call.module: call.index for call in recording.calls}
    assert f"subgraph cluster_{calls['blocks.0']} {{" in dot
    assert f"cluster_{calls['blocks.1']} " not in dot
    nodes = nodes_of(dot)
    assert f"c{calls['blocks.1']}" in nodes
    assert f"c{calls['blocks.0']}" not in nodes
    assert f"c{calls['blocks.0.attn']}" in nodes
    assert f"c{calls['blocks.0.attn.query']}" not in nodes


def test_every_edge_joins_two_nodes_and_none_is_twice() -> None:
    recording = recordings.gpt(layers=2)
    for calls in (frozenset({0}), opened(recording, "blocks.0"), everything(recording)):
        dot = graph_dot(recording, calls, "GPT", COLORS)
        edges = re.findall(r"^ +(\w+) -> (\w+) (.*);$", dot, flags=re.MULTILINE)
        assert edges
        assert len(set(edges)) == len(edges)
        assert {name for one, other, _ in edges for name in (one, other)} <= nodes_of(dot)
        assert all(one != other for one, other, _ in edges)


def test_values_reach_the_output_whatever_is_open() -> None:
    recording = recordings.gpt(layers=2)
    for calls in (frozenset({0}), everything(recording)):
        after = defaultdict(set)
        dot = graph_dot(recording, calls, "GPT", COLORS)
        for one, other in re.findall(r"^ +(\w+) -> (\w+) ", dot, flags=re.MULTILINE):
            after[one].add(other)
        seen, waiting = set(), ["v0"]
        while waiting:
            name = waiting.pop()
            seen.add(name)
            waiting += after[name] - seen
        assert "o0" in seen


def test_half_a_pair_of_surrogates_is_written() -> None:
    name = "odd\udc80name"
    b = recordings.Builder(name)
    with b.module(name, "Odd"):
        y = b.activation("relu", b.input("x", B=1))
    recording = b.finish([y])
    read = json.loads(graph_json(recording, frozenset(), name))
    assert read["graph"]["title"] == name
    assert [call["module"] for call in read["calls"]][1] == name
    graph_dot(recording, frozenset({0}), name, COLORS).encode("utf-8")


def test_equal_blocks_that_fold_are_one_node() -> None:
    recording = recordings.gpt(layers=6)
    blocks = tuple(call.index for call in recording.calls if call.kind == "Block")
    dot = graph_dot(recording, frozenset({0}), "GPT", COLORS, [blocks[:3], blocks[3:]])
    assert dot.count("Block ×3") == 2
    nodes = set(re.findall(r"^ +(\w+) \[", dot, re.M))
    edges = re.findall(r"^ +(\w+) -> (\w+) ", dot, re.M)
    assert edges
    assert {end for edge in edges for end in edge} <= nodes
    assert (f"c{blocks[0]}", f"c{blocks[3]}") in edges
    assert not [edge for edge in edges if edge[0] == edge[1]]


@needs_dot
@pytest.mark.parametrize(
    "name",
    ['say "hi"', "back\\slash\\", "two\nlines", "层.注意", "<b>", "\\N", "nul\x00", "שלום", ""],
)
def test_graphviz_takes_any_name(name: str) -> None:
    b = recordings.Builder(name or "Odd")
    with b.module(name, name or "Odd"):
        y = b.linear(name, b.activation("relu", b.input(name, B=1, _n=4)), 4)
    recording = b.finish([y])
    for calls in (frozenset({0}), everything(recording)):
        dot = graph_dot(recording, calls, name, COLORS)
        done = subprocess.run(
            ["dot", "-Tsvg"], input=dot.encode(), capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert b"syntax error" not in done.stderr
    if name not in ("", "nul\x00", "two\nlines"):
        assert name in re.sub(r"&#?\w+;", _plain, done.stdout.decode())


def _plain(entity: re.Match[str]) -> str:
    import html

    return html.unescape(entity[0])
