"""Finding: what every kind of term finds, in which order, and how one walks through it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from math import prod

import pytest
from msgspec import structs

from explorer.core import messages
from explorer.core.graph import Recording
from explorer.core.ops import inside
from explorer.core.problem import Problem
from explorer.session import finding, intents, query
from explorer.session.finding import Found, Names, Result, Texts, find
from explorer.session.query import Expression, Query, parse
from explorer.session.state import AppState
from tests import recordings
from tests.conversation import says

GPT = recordings.gpt()
NAMES = Names(GPT)
CNN = Names(recordings.cnn())


def shown(found: Found) -> list[str]:
    """What was found, by path or id, a letter before that says what it is."""
    recording = found.names.recording
    names: dict[str, Callable[[Result], str]] = {
        "module": lambda one: f"m {recording.calls[one.at].module}",
        "op": lambda one: f"o {recording.events[one.at].id}",
        "parameter": lambda one: f"p {recording.values[one.at].name}",
    }
    results = (found.result(n) for n in range(len(found)))
    return [names[one.kind](one) for one in results]


def gpt(text: str) -> list[str]:
    return shown(find(NAMES, text))


def events(text: str, names: Names = NAMES) -> list[str]:
    return [one[2:] for one in shown(find(names, text)) if one.startswith("o ")]


# ---------------------------------------------------------------------- words


def test_a_word_is_part_of_any_name_in_any_case() -> None:
    assert gpt("SoftMax") == [f"o blocks.{n}.attn/softmax#0" for n in range(4)]
    assert gpt("lm_head") == ["m lm_head", "o lm_head/linear#0", "p lm_head.weight"]
    assert gpt("CausalSelf") == [f"m blocks.{n}.attn" for n in range(4)]
    assert gpt("blocks.1.attn/matmul#1") == ["o blocks.1.attn/matmul#1"]
    assert gpt("future") == ["p future"] * 4


def test_labels_are_names_too() -> None:
    adds = ["add#0", *(f"blocks.{n}/add#{k}" for n in range(4) for k in (0, 1))]
    assert events("+") == adds
    assert events("÷") == events("divide") == [f"blocks.{n}.attn/div#0" for n in range(4)]
    assert events("index") == [f"blocks.{n}.attn/getitem#0" for n in range(4)]


def test_a_subtraction_is_found_by_the_dash_of_the_keyboard() -> None:
    b = recordings.Builder("Net")
    x = b.input("x", B=1, C=4)
    names = Names(b.finish([b.op("sub", [x, b.op("relu", [x], B=1, C=4)], B=1, C=4)]))
    assert events("-", names) == ["sub#0"]


def test_all_terms_must_hold() -> None:
    assert gpt("blocks.2 softmax") == ["o blocks.2.attn/softmax#0"]
    assert gpt("softmax nowhere") == []


def test_a_dash_excludes() -> None:
    assert gpt("softmax -blocks.2 -blocks.3") == [f"o blocks.{n}.attn/softmax#0" for n in (0, 1)]
    assert gpt("kind:Block -op:") == [one for one in gpt("kind:Block") if not one.startswith("o")]
    everything = find(NAMES, "-nowhere")
    assert len(everything) == len(NAMES)


def test_wildcards_in_a_word() -> None:
    assert gpt("blocks.?.attn/soft*#0") == gpt("softmax")


def test_regular_expressions_are_on_the_names() -> None:
    assert gpt("/^softmax$/") == gpt("softmax")
    assert gpt(r"/ln\d$/") == [f"m blocks.{n}.ln{k}" for n in range(4) for k in (1, 2)]
    assert events(r"op:/^(div|add)$/ module:blocks.0") == [
        "blocks.0.attn/div#0", "blocks.0/add#0", "blocks.0/add#1",
    ]  # fmt: skip
    assert gpt("/soft") == gpt("softmax")  # somebody is typing still


@pytest.mark.parametrize(
    "pattern",
    [
        r"[^q]*softmax",
        r"ln1[^z]*ln2",
        r"\Ablocks",
        r"\s",
        r"attn/[^.]*ax",
        "^.$",
        r"n\d[^/]*$",
        "(?<=attn/)soft",
        "x*",
    ],
)
def test_a_pattern_that_reaches_beyond_a_name_finds_what_it_finds_in_each(pattern: str) -> None:
    term = parse(f"/{pattern}/").terms[0]
    assert term.pattern is not None
    each = [
        n for n, text in enumerate(NAMES.texts) if any(map(term.pattern.search, text.split("\n")))
    ]
    assert sorted(find(NAMES, f"/{pattern}/").items.tolist()) == each


# ---------------------------------------------------------------------- filters


def test_op_finds_ops_alone_by_name_or_label() -> None:
    assert gpt("op:soft") == gpt("softmax")
    assert shown(find(CNN, "op:conv")) == ["o features.0/conv2d#0", "o features.3/conv2d#0"]
    assert shown(find(CNN, "op:c*d")) == shown(find(CNN, "op:conv"))
    assert find(CNN, "op:conv?d").counts == (0, 2, 0)
    assert events("op:+ module:blocks.0") == ["blocks.0/add#0", "blocks.0/add#1"]


def test_module_looks_at_the_path() -> None:
    assert events("op:matmul module:blocks.1*") == [f"blocks.1.attn/matmul#{n}" for n in (0, 1)]
    assert gpt("module:*.fc1 param:") == [
        f"p blocks.{n}.mlp.fc1.{part}" for n in range(4) for part in ("weight", "bias")
    ]
    inner = [f"m blocks.{n}.attn.{part}" for n in range(4) for part in ("query", "proj")]
    assert [one for one in gpt("module:*attn.*") if one.startswith("m")][:1] == inner[:1]
    assert not any("ln_f" in one for one in gpt("module:blocks.*"))
    assert len(gpt("module:attn")) == len(gpt("module:*attn*"))


def test_kind_looks_at_the_module_one_is_in() -> None:
    assert gpt("kind:Block -op:") == [f"m blocks.{n}" for n in range(4)]
    assert events("kind:block") == [f"blocks.{n}/add#{k}" for n in range(4) for k in (0, 1)]
    found = find(NAMES, "kind:LayerNorm")
    assert found.counts == (9, 9, 18)


@pytest.mark.parametrize("text", ["shape:*×384", "shape:*x512", "shape:18,*", "shape:T×4C"])
def test_shape_is_of_the_last_axes_by_size_or_name(text: str) -> None:
    wanted = {
        "shape:*×384": [],
        "shape:*x512": [f"blocks.{n}.mlp.{op}" for n in range(4) for op in ("fc1", "gelu")],
        "shape:T×4C": [f"blocks.{n}.mlp.{op}" for n in range(4) for op in ("fc1", "gelu")],
    }
    found = [name.partition("/")[0] for name in events(text)]
    if text in wanted:
        assert found == wanted[text]
    else:
        assert "lm_head" in found
        assert "arange#0" not in found


def test_shapes_are_matched_from_their_end() -> None:
    square = [f"blocks.{n}.attn/{op}#0" for n in range(4)
              for op in ("matmul", "div", "masked_fill", "softmax")]  # fmt: skip
    assert events("shape:heads×18×18") == square
    assert events("shape:1x4x18x18") == square
    assert events("shape:5x1x4x18x18") == []
    assert "p blocks.0.mlp.fc1.weight" in gpt("shape:512×128")
    assert "m blocks.0.mlp.fc1" in gpt("shape:512")
    assert events("shape:") == events("op:")


def test_an_axis_may_have_an_x_in_its_name() -> None:
    b = recordings.Builder("Net")
    x = b.input("x", pixels=5, C=4)
    names = Names(b.finish([b.op("relu", [x], pixels=5, C=4)]))
    for text in ("shape:pixels×4", "shape:pix*×C", "shape:5xC", "shape:*×*"):
        assert events(text, names) == ["relu#0"], text
    assert events("shape:()", names) == []


def test_param_finds_what_is_learned_or_kept_where_it_is_read() -> None:
    found = find(NAMES, "param:ln1.bias")
    assert shown(found) == [f"p blocks.{n}.ln1.bias" for n in range(4)]
    result = found.result(2)
    assert GPT.events[result.event].id == "blocks.2.ln1/layer_norm#0"
    assert result.at in GPT.events[result.event].inputs


def test_dtype_is_the_begin_of_a_type() -> None:
    assert events("dtype:bool") == [f"blocks.{n}.attn/getitem#0" for n in range(4)]
    assert events("dtype:int") == events("dtype:int64") == ["arange#0"]
    assert events("dtype:loat") == []


# ---------------------------------------------------------------------- numbers


def test_numbers_are_compared() -> None:
    sizes = {v.name: prod(v.shape) for v in GPT.values if v.kind == "parameter"}
    for text, limit in (("params>60K", 60e3), ("params>0.06M", 60e3), ("params>65535", 65535)):
        found = [one[2:] for one in gpt(f"{text} param:")]
        assert found == [name for name, size in sizes.items() if size > limit], text
    assert events("ms>=0.03") == [e.id for e in GPT.events if e.seconds * 1e3 >= 0.03]
    assert events("us<3") == events("µs<3") == [e.id for e in GPT.events if e.seconds < 3e-6]
    assert gpt("bytes>64K param:") == [
        f"p {v.name}" for v in GPT.values if v.kind == "parameter" and v.bytes > 64 * 1024
    ]
    assert len(events("bytes>4KB")) == len(events("bytes>4096"))
    assert len(events("params=0")) + len(events("params>0")) == len(GPT.events)
    assert gpt("ms> param:") == []  # nobody knows how long a parameter takes


def test_a_module_takes_as_long_as_its_ops() -> None:
    call = next(c for c in GPT.calls if c.module == "blocks.1")
    seconds = sum(e.seconds for e in GPT.events[call.first : call.last + 1])
    assert "m blocks.1" in gpt(f"us>{seconds * 1e6 - 0.01:.3f}")
    assert "m blocks.1" not in gpt(f"us>{seconds * 1e6 + 0.01:.3f}")


def test_slow_finds_the_slowest_of_the_others_first() -> None:
    by_time = sorted(GPT.events, key=lambda e: -e.seconds)
    assert events("slow:3") == [e.id for e in by_time[:3]]
    assert len(gpt("slow:")) == 10
    soft = sorted((e for e in GPT.events if e.op == "softmax"), key=lambda e: -e.seconds)
    assert events("softmax slow:2") == [e.id for e in soft[:2]]
    assert set(events("op: -slow:2")) == {e.id for e in by_time[2:]}
    assert events("slow:" + "9" * 5000) == [e.id for e in by_time]


# ---------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "wrong", "allowed"),
    [
        ("colour:red", "colour:", "op: module: kind: shape: param: dtype: slow:"),
        ("speed>3", "speed", "params, bytes, ms, us, s"),
        ("params>many", "many", "20K"),
        ("slow:ten", "ten", "slow:10"),
        ("shape:3+4", "3+4", "shape:*×768"),
        ("/(/", "(", "regular expression"),
        ("op:/[/", "[", "regular expression"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, wrong: str, allowed: str) -> None:
    found = find(NAMES, f"softmax {text}")
    assert found.problem is not None
    said = str(found.problem)
    assert wrong in said
    assert allowed in said
    assert "\n" not in said
    assert len(found) == 0


@pytest.mark.parametrize("text", ["", " ", "op:", "ms>", "shape:", "-", "/", "op:/", "slow:"])
def test_what_is_half_typed_is_no_mistake(text: str) -> None:
    assert find(NAMES, text).problem is None


# ---------------------------------------------------------------------- order and emphasis


def test_names_come_first_then_begins_of_names_then_parts_in_execution_order() -> None:
    b = recordings.Builder("Net")
    x = b.input("x", B=1, C=4)
    for name in ("prenorm", "normal", "norm", "abnormal", "norm2"):
        x = b.linear(name, x, 4)
    found = [one for one in shown(find(Names(b.finish([x])), "norm")) if one.startswith("m")]
    assert found == ["m norm", "m normal", "m norm2", "m prenorm", "m abnormal"]


def test_modules_come_before_ops_and_ops_before_parameters() -> None:
    kinds = [one[0] for one in gpt("attn")]
    assert kinds == sorted(kinds, key="mop".index)
    assert find(NAMES, "attn").counts == tuple(kinds.count(kind) for kind in "mop")
    assert gpt("blocks.1")[0] == "m blocks.1"


def test_what_was_looked_for_is_marked() -> None:
    query = parse("soft MAX op:at*on -layer /o.t/")
    assert query.emphasis("Softmax") == [(0, 7)]
    assert query.emphasis("layer") == []
    assert query.emphasis("attention", "op") == [(0, 2), (7, 9)]
    assert query.emphasis("attention") == []
    assert Query().emphasis("anything") == []


def test_commands_are_found_by_words_and_never_by_filters() -> None:
    assert parse("step ov").says("Step over")
    assert not parse("step op:").says("Step over")
    assert not parse("").says("Step over")
    assert not parse("step -over").says("Step over")


# ---------------------------------------------------------------------- fused ops


def test_a_fused_op_is_found_by_what_is_certain_to_be_inside() -> None:
    b = recordings.Builder("Net")
    x = b.input("x", B=1, heads=2, T=4, hs=8)
    x = b.op("scaled_dot_product_attention", [x, x, x], B=1, heads=2, T=4, hs=8)
    closed = b.finish([x])
    assert events("softmax", Names(closed)) == []
    opens = structs.replace(closed.events[0], opens=True)
    names = Names(structs.replace(closed, events=(opens,)))
    found = find(names, "softmax")
    assert (len(found), found.inside_of(0)) == (1, "softmax")
    assert find(names, "op:softmax").inside_of(0) == "softmax"
    assert find(names, "attention").inside_of(0) == ""
    assert events("dropout", names) == []  # that depends on its arguments
    assert inside("relu") == ()


# ---------------------------------------------------------------------- the map


def test_lit_tells_what_is_in_a_closed_module() -> None:
    call = {c.module: c for c in GPT.calls}
    lit = find(NAMES, "module:blocks.1.attn -op: -param:").lit
    one, other, inner = call["blocks.1"], call["blocks.2"], call["blocks.1.attn.query"]
    assert call["blocks.1.attn"].index in lit.calls
    assert lit.within(one.first, one.last)
    assert not lit.within(other.first, other.last)
    lit = find(NAMES, "kind:CausalSelfAttention -op: -param: blocks.1").lit
    assert lit.within(one.first, one.last)
    assert not lit.within(inner.first, inner.last)  # in what is found, not found itself
    last = call["blocks.1.attn"].last
    assert not lit.within(last, last)
    lit = find(NAMES, "op:softmax blocks.1").lit
    assert lit.within(one.first, one.last)
    assert not lit.within(inner.first, inner.last)
    assert not find(NAMES, "nowhere").lit


# ---------------------------------------------------------------------- walking through it


def on(recording: Recording = GPT) -> AppState:
    return AppState(page="model", model=recordings.info(recording), recording=recording)


def here(state: AppState) -> str:
    assert state.recording is not None
    return state.recording.events[state.cursor].id


def test_to_look_for_something_moves_nothing() -> None:
    state = says(on(), intents.Search("softmax"))
    assert state.search.found is not None
    assert (len(state.search.found), state.search.at, state.cursor) == (4, -1, 0)
    assert says(state, intents.Search("softmax")) is state


def test_next_goes_round_and_opens_what_hides_it() -> None:
    state = says(on(), intents.Search("softmax"), intents.NextFound(1))
    assert (here(state), state.search.at) == ("blocks.0.attn/softmax#0", 0)
    hidden = {c.index for c in GPT.calls if c.module in ("blocks.0", "blocks.0.attn")}
    assert hidden <= state.open
    state = says(state, intents.NextFound(1), intents.NextFound(1), intents.NextFound(1))
    assert here(state) == "blocks.3.attn/softmax#0"
    assert here(says(state, intents.NextFound(1))) == "blocks.0.attn/softmax#0"
    back = says(on(), intents.Search("softmax"), intents.NextFound(-1))
    assert here(back) == "blocks.3.attn/softmax#0"


def test_a_module_gets_the_cursor_closed_and_its_first_step_open() -> None:
    state = says(on(), intents.Search("blocks.2.attn -op: -param:"), intents.ShowFound(0))
    call = next(c for c in GPT.calls if c.module == "blocks.2.attn")
    assert state.cursor == call.last
    assert call.index not in state.open
    assert call.parent in state.open
    opened = replace(state, open=state.open | {call.index})
    state = says(opened, intents.ShowFound(0))
    assert here(state) == "blocks.2.attn.query/linear#0"


def test_a_parameter_is_selected_where_it_is_read() -> None:
    state = says(on(), intents.Search("blocks.2.ln1.bias"), intents.ShowFound(0))
    assert here(state) == "blocks.2.ln1/layer_norm#0"
    assert state.value is not None
    assert GPT.values[state.value].name == "blocks.2.ln1.bias"


def test_training_has_no_map_so_the_pass_is_shown() -> None:
    state = replace(on(), tab="training")
    state = says(state, intents.Search("softmax"), intents.NextFound(1))
    assert state.tab == "forward"
    state = replace(on(), tab="architecture")
    assert says(state, intents.Search("softmax"), intents.NextFound(1)).tab == "architecture"


def test_nothing_found_goes_nowhere() -> None:
    state = says(on(), intents.Search("nowhere"))
    assert says(state, intents.NextFound(1)) == state
    assert says(state, intents.ShowFound(0)) == state
    nothing = says(AppState(), intents.Search("softmax"), intents.NextFound(1))
    assert (nothing.search.text, nothing.search.found) == ("softmax", None)


def test_a_pass_of_the_same_model_is_searched_anew_and_one_is_where_one_was() -> None:
    state = says(on(), intents.Search("softmax"), intents.NextFound(1), intents.NextFound(1))
    again = structs.replace(recordings.gpt("A longer text than before"), tape=2)
    state = says(state, messages.Recorded(recording=again))
    assert state.search.found is not None
    assert state.search.found.names.recording is again
    assert state.search.at == 1
    assert here(says(state, intents.NextFound(1))) == "blocks.2.attn/softmax#0"


def test_pointing_at_a_module_is_remembered() -> None:
    state = says(on(), intents.PointAt("blocks.1"))
    assert state.pointed == "blocks.1"
    assert says(state, intents.PointAt("")).pointed == ""


# ---------------------------------------------------------------------- large


def test_a_large_recording_is_read_once_and_not_at_every_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large = recordings.gpt(layers=1950)
    assert len(large.events) > 50_000
    made: list[Names] = []

    class Counted(Names):
        def __init__(self, recording: Recording) -> None:
            made.append(self)
            super().__init__(recording)

    monkeypatch.setattr("explorer.session.update.finding.Names", Counted)
    state = AppState(page="model", recording=large)
    for typed in ("s", "so", "sof", "soft", "softm", "", "softmax", "op:softmax shape:*×18"):
        state = says(state, intents.Search(typed))
    assert len(made) == 1
    assert state.search.found is not None
    assert len(state.search.found) == 1950
    looked: list[str] = []
    names = finding._names_of_op

    def counted(name: str, opens: bool) -> tuple[str, ...]:
        looked.append(name)
        return names(name, opens)

    monkeypatch.setattr(finding, "_names_of_op", counted)
    find(made[0], "op:softmax module:blocks.19* ms>0.001 dtype:float")
    assert len(looked) < 100  # each different op is looked at, not each event


@pytest.mark.parametrize("pattern", [r"(\w|.)+!", r"((\w)+)+!", r"(.|\w)*\d!", r"(a+)+b"])
def test_expressions_for_which_python_takes_for_ever_come_back(pattern: str) -> None:
    find(NAMES, f"/{pattern}/")
    with suppress(Problem):  # which it may be, if somebody has to wait
        assert not Expression(pattern).search("a" * 60 + "c")


def test_an_expression_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(NAMES, "/soft.ax/").problem is None
    monkeypatch.setattr(query, "_PATIENCE", 1e-9)
    found = find(NAMES, "/soft.ax/")
    assert found.problem is not None
    assert "takes too long" in str(found.problem)
    assert len(found) == 0


@pytest.mark.parametrize(
    "pattern", [r"[^]a]x", r"\x0a", r"^ln", r"linear$", r"m\s*l", r"\Aln", r"#0\Z"]
)
def test_an_expression_finds_what_pythons_own_finds_line_by_line(pattern: str) -> None:
    texts = ["ax\n]x\nbx", "ln_f\nlinear", "blocks.0/linear#0\nm", "l\nmatmul#0\naln", ""]
    expected = [
        any(re.search(pattern, line, re.I | re.M) for line in text.split("\n")) for text in texts
    ]
    found = Texts(texts).holding(parse(f"/{pattern}/").terms[0])
    assert found.tolist() == expected
