"""Who reads and writes what, and cones, against networkx on whole models."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from msgspec import structs

from explorer.core import flow
from explorer.core.flow import Span
from explorer.core.graph import Recording
from tests import recordings


def event(recording: Recording, name: str, number: int = 0) -> int:
    return [e.index for e in recording.events if name in e.id][number]


def at(recording: Recording, name: str, number: int = 0) -> Span:
    index = event(recording, name, number)
    return Span(index, index)


def lit(cone: flow.Cone) -> set[int]:
    return set(np.flatnonzero(cone.events).tolist())


def graph(recording: Recording) -> nx.DiGraph:
    made = nx.DiGraph()
    made.add_nodes_from(range(len(recording.events)))
    for one in recording.events:
        for v in one.inputs:
            if recording.values[v].writer >= 0:
                made.add_edge(recording.values[v].writer, one.index)
    return made


MODELS = [
    recordings.gpt(layers=2), recordings.cnn(), recordings.skip(), recordings.branches(),
    recordings.nested(), recordings.shared(),
]  # fmt: skip


@pytest.mark.parametrize("recording", MODELS)
def test_cones_are_ancestors_and_descendants(recording: Recording) -> None:
    whole = graph(recording)
    for one in range(len(recording.events)):
        node = Span(one, one)
        assert lit(flow.sources(recording, node)) == nx.ancestors(whole, one) | {one}
        assert lit(flow.readers(recording, node)) == nx.descendants(whole, one) | {one}


@pytest.mark.parametrize("recording", MODELS)
def test_paths_are_what_is_between(recording: Recording) -> None:
    whole = graph(recording)
    last = len(recording.events) - 1
    for one in range(len(recording.events)):
        found = flow.paths(recording, Span(one, one), Span(last, last))
        between = (nx.descendants(whole, one) | {one}) & (nx.ancestors(whole, last) | {last})
        assert lit(found) == (between if one == last or nx.has_path(whole, one, last) else set())
        turned = flow.paths(recording, Span(last, last), Span(one, one))
        assert lit(turned) == lit(found), "from there to here is the same path"


def test_no_path_lights_nothing() -> None:
    recording = recordings.branches()
    cone = flow.paths(recording, at(recording, "path1_0"), at(recording, "path2_0"))
    assert cone.count == 0
    assert not cone.values.any()
    assert not len(cone.readings)


def test_counts_do_not_count_the_node_itself() -> None:
    recording = recordings.chain()
    assert flow.sources(recording, at(recording, "sigmoid")).count == 2
    assert flow.readers(recording, at(recording, "sigmoid")).count == 0
    assert flow.paths(recording, at(recording, "relu"), at(recording, "tanh")).count == 2


def test_a_cone_has_the_parameters_and_inputs_it_comes_from() -> None:
    recording = recordings.skip()
    cone = flow.sources(recording, at(recording, "fc1/"))
    names = [recording.values[v].name for v in cone.kept("parameter")]
    assert names == ["before.weight", "before.bias"], "its own are no more counted than its ops"
    weight = recording.events[cone.node.last].inputs[1]
    own = flow.sources(recording, cone.node, weight)
    assert (own.count, own.kept("parameter")) == (0, [weight])
    assert [recording.values[v].name for v in cone.kept("input")] == ["x"]
    assert flow.readers(recording, at(recording, "fc1/")).kept("parameter") == []


def test_the_cone_of_one_value_leaves_the_others_out() -> None:
    recording = recordings.skip()
    add = at(recording, "add")
    early = recording.events[add.last].inputs[0]  # the residual way: of `before` alone
    cone = flow.sources(recording, add, early)
    assert lit(cone) == {event(recording, "before/"), add.last}
    weight = next(v for v, one in enumerate(recording.values) if one.name == "fc2.weight")
    after = flow.readers(recording, at(recording, "fc2/"), weight)
    assert lit(after) == {event(recording, "fc2/"), add.last}
    assert after.values[weight]


def test_a_closed_module_is_one_node() -> None:
    recording = recordings.gpt(layers=2)
    attn = next(c for c in recording.calls if c.module == "blocks.0.attn")
    node = Span(attn.first, attn.last)
    whole = graph(recording)
    inside = set(range(attn.first, attn.last + 1))
    wanted = inside.union(*(nx.descendants(whole, one) for one in inside))
    assert lit(flow.readers(recording, node)) == wanted
    assert flow.readers(recording, node).count == len(wanted - inside)


def test_readings_follow_one_another() -> None:
    recording = recordings.skip()
    value = recording.events[event(recording, "before/")].outputs[0]
    first = flow.next_reader(recording, value, -1)
    assert first == event(recording, "fc1/")
    assert flow.next_reader(recording, value, first) == event(recording, "add")
    assert flow.next_reader(recording, value, event(recording, "add")) is None
    assert flow.next_reader(recording, recording.outputs[0], -1) is None, "the model returns it"


def test_the_main_stream_is_the_long_way() -> None:
    recording = recordings.gpt(layers=1)
    add = at(recording, "add", 1)
    assert recording.values[flow.main_input(recording, add) or 0].name.startswith("blocks.0.attn")
    mask = at(recording, "masked_fill")  # its mask is made after the scores
    assert "div" in recording.values[flow.main_input(recording, mask) or 0].name
    assert flow.main_input(recording, at(recording, "token_embedding")) is None


def test_wires_are_lit_where_a_lit_op_reads_the_value() -> None:
    recording = recordings.branches()
    cone = flow.sources(recording, at(recording, "path2_1"))
    x = next(v for v, one in enumerate(recording.values) if one.name == "x")
    value = np.array([x, x])
    ends = np.array([event(recording, "path1_0"), event(recording, "path2_0")])
    assert cone.has_readings(value, ends, ends).tolist() == [False, True]


def test_a_cone_is_found_again_in_another_pass() -> None:
    recording = recordings.skip()
    cone = flow.readers(recording, at(recording, "fc1/"))
    other = structs.replace(recording, tape=9)
    found = flow.again(cone, other)
    assert found is not None
    assert found.recording is other
    assert lit(found) == lit(cone)
    assert flow.again(cone, recordings.chain()) is None


def test_what_was_opened_or_closed_is_found() -> None:
    recording = recordings.chain()
    inside = tuple(
        structs.replace(one, id=f"tanh#0/{one.op}#0") if one.op != "relu" else one
        for one in recording.events
    )
    opened = structs.replace(recording, events=inside)
    assert flow.locate(opened, "tanh#0") == 2
    assert flow.locate(opened, "tanh#0", first=True) == 1
    assert flow.locate(recording, "tanh#0/deep/er#1") == 1
    assert flow.locate(recording, "nowhere#0") is None


def test_what_a_module_gives_is_what_is_read_after_it() -> None:
    """Not what its last op made for something else."""
    b = recordings.Builder("Model")
    x = b.input("x", B=1, C=4)
    with b.module("layer", "Layer"):
        y = b.op("relu", [x], B=1, C=4)
        b.op("mean", [b.op("pow", [y], "2", B=1, C=4)])  # kept for a loss, say
    with b.module("unread", "Layer"):
        z = b.op("tanh", [y], B=1, C=4)
        last = b.op("sum", [z])
    recording = b.finish([b.op("relu", [y], B=1, C=4)])
    spans = [Span(call.first, call.last) for call in recording.calls]
    assert flow.results(recording, spans[1]) == (y,)
    assert flow.results(recording, spans[2]) == (last,)  # nothing is, so its last
    assert flow.results(recording, spans[0]) == recording.outputs
    relu = event(recording, "layer/relu")
    assert flow.results(recording, Span(relu, relu)) == (y,)
