"""What the first states of recurrent networks are called, wherever they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer.core.graph import Recording
from explorer.picture.inside import Item
from explorer.picture.layout import Layout
from explorer.picture.scene import Scene
from explorer.picture.states import States
from tests.picture.promises import keeps_its_promises
from tests.recordings import Builder

SEQUENCE: Any = {"B": 2, "T": 3, "C": 4}
STATE: Any = {"L": 2, "B": 2, "H": 4}
SHAPE: Any = {"B": 2, "C": 4}


def weights(b: Builder) -> list[int]:
    return [b.parameter(name, _out=4, _in=4) for name in ("weight_ih", "weight_hh")]


def network(b: Builder, name: str, x: int, states: list[int]) -> list[int]:
    """A called `nn.LSTM`, or an `nn.GRU` if it has one state."""
    with b.module(name, "LSTM" if len(states) > 1 else "GRU"):
        shapes = [SEQUENCE, *(STATE for _ in states)]
        op = "lstm" if len(states) > 1 else "gru"
        return b.ops(op, [x, *states, *weights(b)], shapes)


def cell(b: Builder, name: str, x: int, states: list[int]) -> list[int]:
    """A called `nn.LSTMCell`, or an `nn.GRUCell` if it has one state."""
    with b.module(name, "LSTMCell" if len(states) > 1 else "GRUCell"):
        op = "lstm_cell" if len(states) > 1 else "gru_cell"
        return b.ops(op, [x, *states, *weights(b)], [SHAPE for _ in states])


def draw(recording: Recording) -> Scene:
    made = Layout(recording).scene(frozenset(range(len(recording.calls))))
    keeps_its_promises(made)
    return made


def roles(recording: Recording) -> dict[str, str]:
    """The roles of nodes by their titles."""
    return {box.title: box.role for box in draw(recording).boxes if box.role}


def written(recording: Recording) -> list[str]:
    """What is written beside wires, but for times."""
    names = [name.text for wire in draw(recording).wires for name in wire.names]
    return sorted(name for name in names if not name.startswith("t = "))


def test_zeros_for_a_network_are_named() -> None:
    b = Builder("Model")
    x = b.input("x", **SEQUENCE)
    states = [b.op(op, [], **STATE) for op in ("zeros", "ones")]
    recording = b.finish(network(b, "lstm", x, states))
    assert roles(recording) == {"zeros": "h₀", "ones": "c₀"}


def test_what_the_user_passes_in_is_named() -> None:
    b = Builder("Model")
    x = b.input("x", **SEQUENCE)
    states = [b.input("hidden", **STATE), b.input("c_0", **STATE)]
    recording = b.finish(network(b, "lstm", x, states))
    titles = [box.title for box in draw(recording).boxes if box.kind == "source"]
    assert titles == ["x", "hidden = h₀", "c₀"]


def test_one_value_for_both_is_both() -> None:
    b = Builder("Model")
    x, state = b.input("x", **SEQUENCE), b.input("state", **STATE)
    recording = b.finish(network(b, "lstm", x, [state, state]))
    assert [box.title for box in draw(recording).boxes][:2] == ["x", "state = h₀, c₀"]
    assert States(recording).role(Item("input", state)) == "h₀ c₀"


def test_the_way_to_a_network_is_named_where_no_node_is() -> None:
    b = Builder("Model")
    x, y = b.input("x", **SEQUENCE), b.input("y", **STATE)
    recording = b.finish(network(b, "gru", x, [b.linear("bridge", y, 4)]))
    assert roles(recording) == {}
    assert written(recording) == ["h₀"]


def test_sizes_of_packed_sequences_are_no_state() -> None:
    b = Builder("Model")
    x, sizes = b.input("data", N=6, C=4), b.input("sizes", "int64", T=3)
    state = b.op("zeros", [], **STATE)
    with b.module("gru", "GRU"):
        made = b.ops("gru", [x, sizes, state, *weights(b)], [{"N": 6, "C": 4}, STATE])
    recording = b.finish(made)
    assert roles(recording) == {"zeros": "h₀"}
    assert all(not States(recording).role(Item("input", v)) for v in (x, sizes))


def looped(
    states: int, layers: int = 1, prepare: Callable[[Builder, int], int] | None = None
) -> Recording:
    """Cells of a module each, called at every step of a sequence."""
    b = Builder("Loop")
    x = b.input("x", **SEQUENCE)
    held = []
    for _ in range(layers):
        zeros = [b.op("zeros", [], **SHAPE) for _ in range(states)]
        held.append([prepare(b, zero) for zero in zeros] if prepare else zeros)
    given = []
    for t in range(3):
        y = b.op("getitem", [x], f"[:, {t}]", **SHAPE)
        for k in range(layers):
            held[k] = cell(b, f"cells.{k}", y, held[k])
            y = held[k][0]
        given.append(y)
    return b.finish([b.op("stack", given, **SEQUENCE)])


def test_the_first_states_of_cells_are_named_and_the_others_are_not() -> None:
    made = draw(looped(2))
    zeros = [box.role for box in made.boxes if box.title == "zeros"]
    assert zeros == ["h₀", "c₀"]
    assert written(looped(2)) == ["c", "c", "c₀", "h", "h", "h₀"]


def test_of_several_modules_each_state_says_whose_it_is() -> None:
    zeros = [box.role for box in draw(looped(2, layers=2)).boxes if box.title == "zeros"]
    assert sorted(zeros) == ["c₀ cells.0", "c₀ cells.1", "h₀ cells.0", "h₀ cells.1"]


def test_what_only_passes_a_state_on_is_named_too() -> None:
    recording = looped(1, prepare=lambda b, v: b.op("expand", [v], "2, 4", **SHAPE))
    assert roles(recording) == {"zeros": "h₀", "expand": "h₀"}


def test_what_is_read_as_something_else_too_is_no_state() -> None:
    b = Builder("Model")
    memory = b.op("zeros", [], **STATE)
    picked = b.op("getitem", [memory], "[0]", **SHAPE)
    outputs = cell(b, "cell", b.input("x", **SHAPE), [picked])
    outputs += cell(b, "cell", b.input("y", **SHAPE), outputs)
    outputs.append(b.linear("head", memory, 4))
    assert roles(b.finish(outputs)) == {"index": "h₀"}


def test_a_cell_that_is_called_once_has_no_first_state() -> None:
    b = Builder("Step")
    recording = b.finish(cell(b, "cell", b.input("x", **SHAPE), [b.input("h", **SHAPE)]))
    assert [box.title for box in draw(recording).boxes if box.kind == "source"] == ["x", "h"]


def test_a_second_sequence_begins_with_a_first_state() -> None:
    b = Builder("Twice")
    for name in ("a", "b"):
        x, state = b.input(name, **SEQUENCE), [b.op("zeros", [], **SHAPE)]
        for t in range(3):
            state = cell(b, "cell", b.op("getitem", [x], f"[:, {t}]", **SHAPE), state)
        b.op("relu", state, **SHAPE)
    recording = b.finish([len(b.values) - 1])
    assert [box.role for box in draw(recording).boxes if box.title == "zeros"] == ["h₀", "h₀"]


def test_the_last_state_of_one_loop_is_the_first_of_another() -> None:
    b = Builder("Seq2Seq")
    state = [b.op("zeros", [], **SHAPE)]
    for name in ("encoder", "decoder"):
        x = b.input(name, **SEQUENCE)
        for t in range(3):
            state = cell(b, f"{name}.cell", b.op("getitem", [x], f"[:, {t}]", **SHAPE), state)
    recording = b.finish(state)
    assert roles(recording) == {"zeros": "h₀ encoder.cell"}
    assert written(recording) == ["h", "h", "h", "h", "h₀", "h₀"]


@pytest.mark.parametrize("opened", [0, 1, 2])
def test_an_opened_cell_reads_the_same_state(opened: int) -> None:
    b = Builder("Loop")
    x, state = b.input("x", **SEQUENCE), b.op("zeros", [], **SHAPE)
    with b.module("cell", "GRUCell"):
        shared = weights(b)
    for t in range(3):
        part = b.op("getitem", [x], f"[:, {t}]", **SHAPE)
        with b.module("cell", "GRUCell"):
            if t != opened:
                state = b.op("gru_cell", [part, state, *shared], **SHAPE)
                continue
            one = b.op(f"gru_cell#{t}/linear", [part, shared[0]], **SHAPE)
            other = b.op(f"gru_cell#{t}/linear", [state, shared[1]], **SHAPE)
            state = b.op(f"gru_cell#{t}/add", [one, other], **SHAPE)
    assert roles(b.finish([state])) == {"zeros": "h₀"}
