"""Anything that makes two models compute or return something else is told."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from explorer.core.comparison import Difference
from explorer.core.graph import Recording
from explorer.core.matching import compare
from tests import recordings
from tests.recordings import Builder

MODELS: dict[str, Callable[[], Recording]] = {
    "gpt": lambda: recordings.gpt(layers=2),
    "cnn": lambda: recordings.cnn((12, 12, 12), (64, 64)),
    "nested": recordings.nested,
    "shared": recordings.shared,
    "branches": recordings.branches,
    "recurrent": recordings.recurrent,
}


def differing(before: Recording, after: Recording) -> list[str]:
    """``act inputs``, ``+ relu#0``: alike the other way round."""

    def lines(found: tuple[Difference, ...]) -> list[str]:
        told = []
        for one in found:
            part, recording = (one.after, after) if one.after else (one.before, before)
            assert part is not None
            sign = {"added": "+ ", "removed": "- ", "changed": ""}[one.sort]
            told.append(" ".join([sign + recording.events[part.first].id, *one.what]))
        return told

    found = compare(before, after)
    assert compare(after, before).turned().counts == found.counts
    return lines(found.differences)


def subtracted(swapped: bool) -> Recording:
    b = Builder("Net")
    given = [b.input("a", B=1, C=4), b.input("b", B=1, C=4)]
    return b.finish([b.op("sub", given[::-1] if swapped else given, B=1, C=4)])


def test_two_inputs_in_the_other_order() -> None:
    assert differing(subtracted(False), subtracted(True)) == ["sub#0 inputs"]


def test_inputs_of_other_names_go_by_their_order() -> None:
    one = subtracted(False)
    names = {"a": "left", "b": "right"}
    values = tuple(replace(v, name=names.get(v.name, v.name)) for v in one.values)
    assert differing(one, replace(one, values=values)) == []


def test_another_result_of_the_same_op() -> None:
    def gated(swapped: bool) -> Recording:
        b = Builder("Net")
        halves = b.ops("chunk", [b.input("x", B=1, C=8)], [{"B": 1, "C": 4}] * 2, "2, -1")
        one, other = halves[::-1] if swapped else halves
        return b.finish([b.op("mul", [one, b.op("sigmoid", [other], B=1, C=4)], B=1, C=4)])

    assert differing(gated(False), gated(True)) == ["sigmoid#0 inputs", "mul#0 inputs"]


def twice(*names: str) -> Recording:
    """Multiplications with parameters of the model."""
    b = Builder("Net")
    x = b.input("x", B=1, C=4)
    kept = {name: b.parameter(name, _o=4, _i=4) for name in ("w1", "w2")}
    for name in names:
        x = b.op("linear", [x, kept[name]], "4 → 4", B=1, C=4)
    return b.finish([x])


def test_another_parameter_of_the_same_shape() -> None:
    assert differing(twice("w1", "w2"), twice("w1", "w1")) == ["linear#1 parameters"]
    assert differing(twice("w1", "w2"), twice("w2", "w1")) == [
        "linear#0 parameters",
        "linear#1 parameters",
    ]


def test_one_shared_module_is_not_two() -> None:
    def net(*names: str) -> Recording:
        b = Builder("Net")
        x = b.input("x", B=1, C=4)
        with b.module("body", "Sequential"):
            for name in names:
                x = b.linear(name, x, 4)
        return b.finish([x])

    assert differing(net("0", "1"), net("0", "0")) == ["body.0/linear#1 parameters"]
    assert differing(net("0", "0"), net("0", "1")) == ["body.1/linear#0 parameters"]


def test_parameters_of_a_module_of_another_name_are_its_own() -> None:
    def net(name: str) -> Recording:
        b = Builder("Net")
        x = b.input("x", B=1, C=4)
        with b.module(name, "Encoder"):
            x = b.op("add", [x, b.parameter("shift", _n=4)], B=1, C=4)
            x = b.linear("fc", x, 4)
        return b.finish([x])

    assert differing(net("encoder"), net("backbone")) == []


def test_what_a_removed_op_read_may_be_read_in_its_place_and_nothing_else() -> None:
    def net(relu: bool, rewired: bool = False) -> Recording:
        b = Builder("Net")
        x = b.input("x", B=1, C=4)
        y = b.linear("fc1", x, 4)
        y = b.op("relu", [y], B=1, C=4) if relu else y
        return b.finish([b.linear("fc2", x if rewired else y, 4)])

    assert differing(net(True), net(False)) == ["- relu#0"]
    assert differing(net(True), net(False, True)) == ["- relu#0", "fc2/linear#0 inputs"]


def test_what_the_model_returns() -> None:
    def net(*returned: str, names: tuple[str, ...] = ()) -> Recording:
        b = Builder("Net")
        x = b.input("x", B=1, C=4)
        made = {name: b.linear(name, x, 4) for name in ("a", "b")}
        return replace(b.finish([made[name] for name in returned]), output_names=names)

    both = ["a/linear#0 outputs", "b/linear#0 outputs"]
    assert differing(net("a", "b"), net("b", "a")) == both
    assert differing(net("a"), net("b")) == both
    assert differing(net("a"), net("a", "b")) == ["b/linear#0 outputs"]
    named = net("a", "b", names=(".a", ".b"))
    assert differing(named, net("b", "a", names=(".b", ".a"))) == []
    assert differing(named, net("b", "a", names=(".a", ".b"))) == both


def test_arguments_that_no_text_says() -> None:
    one = recordings.cnn()
    events = list(one.events)
    events[0] = replace(events[0], given=7)  # a dilation, say
    other = replace(one, events=tuple(events))
    assert differing(one, other) == ["features.0/conv2d#0 settings"]


@given(st.data())
def test_any_one_change_is_told(data: st.DataObject) -> None:
    model = MODELS[data.draw(st.sampled_from(sorted(MODELS)))]
    one = model()
    events, values = list(one.events), one.values
    index = data.draw(st.integers(0, len(events) - 1))
    event = events[index]
    outputs = one.outputs
    what = data.draw(st.sampled_from(["setting", "text", "input", "output"]))
    if what == "setting":
        assume(event.op not in ("view", "reshape"))  # of which the text says all
        events[index] = replace(event, given=event.given + 1)
    elif what == "text":
        events[index] = replace(event, detail=f"{event.detail}, dilation 2")
    elif what == "input":
        assume(event.inputs)
        at = data.draw(st.integers(0, len(event.inputs) - 1))
        fits = [
            v
            for v, value in enumerate(values)
            if value.shape == values[event.inputs[at]].shape
            and value.writer < index
            and value.name != values[event.inputs[at]].name
        ]
        assume(fits)
        wires = (*event.inputs[:at], data.draw(st.sampled_from(fits)), *event.inputs[at + 1 :])
        events[index] = replace(event, inputs=wires)
    else:
        made = [v for v, value in enumerate(values) if value.writer >= 0 and v not in outputs]
        outputs = (data.draw(st.sampled_from(made)),)
    other = replace(one, events=tuple(events), outputs=outputs, tape=2)
    assert len(differing(one, other)) in (1, 2)
    assert differing(one, replace(model(), tape=2)) == []
