"""A changed pass is the model run with hooks and weights that make the same changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import DEFAULT, Mock

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

import explorer
from explorer.core.change import Change, Kind
from explorer.core.messages import OpenModel
from explorer.core.presets import load_preset
from explorer.core.problem import Problem
from explorer.core.values import Input, NumbersInput, SampleInput, TextInput
from explorer.engine.changing import altered, edit
from explorer.engine.learner import Learner
from explorer.engine.nesting import tensors
from explorer.engine.proof import same
from explorer.engine.recording import Shown
from explorer.engine.tape import Tape
from tests.engine.test_random_modules import OPS, C

PRESETS: dict[str, Input] = {
    "first-network": SampleInput(3),
    "spirals-mlp": NumbersInput((0.5, 0.2)),
    "digits-cnn": SampleInput(7),
    "char-gpt": TextInput("The value of the "),
}
KINDS: list[tuple[Kind, float]] = [
    ("zero", 0), ("scale", -1.5), ("fix", 2.25), ("noise", 0.3), ("mean", 0),
]  # fmt: skip


def shown_with(tape: Tape, *changes: Change) -> Shown:
    """The pass with these changes, all of which can be made."""
    with torch.no_grad():
        found = altered(Shown(tape), changes, None)
    assert not found.refused, [str(why) for why in found.refused.values()]
    return found.shown


def change_of(tape: Tape, name: str, kind: Kind, amount: float) -> Change:
    """A change of the last position along the last axis: one neuron, column or channel."""
    shape = tape.values[tape.ref(name)].shape
    cells = ", ".join([":"] * (len(shape) - 1) + [str(shape[-1] - 1)]) if shape else ""
    return Change(name, kind, cells, amount, seed=5)


def outputs(result: Any) -> list[Tensor]:
    return list(tensors(result))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_changed_pass_is_a_run_with_a_hook_or_another_weight(preset: str) -> None:
    read = load_preset(preset)
    weights = str(read.weights) if read.weights else None
    request = OpenModel(preset=read.preset.model_dump(mode="json"), weights=weights, run="")
    learner = Learner(request, torch.device("cpu"))
    args, kwargs = learner.feed.arguments(PRESETS[preset])
    model = learner.model
    with torch.no_grad():
        tape = explorer.record(model, *args, **kwargs)
        plain = model(*args, **kwargs)
        tried = 0
        for call in tape.calls[1:]:
            if call.last < call.first or call.number:
                continue
            ref = tape.events[call.last].outputs[0]
            for kind, amount in KINDS:
                change = change_of(tape, tape.values[ref].name, kind, amount)
                make = edit(change, tape.values[ref])
                module = model.get_submodule(call.module)
                hook = module.register_forward_hook(lambda _m, _a, out, make=make: make(out))
                real = outputs(model(*args, **kwargs))
                hook.remove()
                again = outputs(shown_with(tape, change).tape.output)
                assert all(map(torch.equal, again, real)), change
                tried += 1
        for name, weight in model.named_parameters():
            if name not in tape.script.names:
                continue  # a second name of a tied weight
            for kind, amount in KINDS:
                change = change_of(tape, name, kind, amount)
                other = edit(change, tape.values[tape.ref(name)])(weight)
                real = outputs(functional_call(model, {name: other}, args, kwargs))
                again = outputs(shown_with(tape, change).tape.output)
                assert all(map(torch.equal, again, real)), change
                tried += 1
        assert all(map(torch.equal, outputs(tape.output), outputs(plain)))  # it stays as it was
    assert tried >= 30


class Part(nn.Module):
    """One op of a random module, so that a hook can change what it gives."""

    def __init__(self, op: Callable[..., Tensor | None]) -> None:
        super().__init__()
        self.op = op

    def forward(self, net: Any, state: list[Tensor], a: Tensor, b: Tensor) -> Tensor | None:
        return self.op(net, state, a, b)


class RandomParts(nn.Module):
    """As `test_random_modules.Random`, each op a module."""

    def __init__(self, steps: list[tuple[int, int, int]]) -> None:
        super().__init__()
        self.steps = steps
        self.linear = nn.Linear(C, C)
        self.deep = nn.Linear(C, C)
        self.parts = nn.ModuleList(Part(OPS[op]) for op, _, _ in steps)
        self.register_buffer("total", torch.zeros(()))

    def forward(self, x: Tensor, y: Tensor) -> Any:
        state = [x * 1, y * 1]
        for part, (_, a, b) in zip(self.parts, self.steps, strict=True):
            made = part(self, state, state[a % len(state)], state[b % len(state)])
            if made is not None:
                state.append(made)
        return tuple(state)


SKIPPED = [n for n, op in enumerate(OPS) if getattr(op, "__name__", "") == "module"]
random_steps = st.lists(
    st.tuples(
        st.integers(0, len(OPS) - 1).filter(lambda n: n not in SKIPPED),
        st.integers(0, 9), st.integers(0, 9),
    ),
    min_size=1, max_size=9,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=random_steps, at=st.integers(0, 8), kind=st.sampled_from(KINDS), seed=st.integers(0, 99)
)
def test_any_module_changed_anywhere_is_the_hooked_run_or_says_why_not(
    steps: list[tuple[int, int, int]], at: int, kind: tuple[Kind, float], seed: int
) -> None:
    at %= len(steps)

    def fresh() -> tuple[RandomParts, Tensor, Tensor]:
        torch.manual_seed(seed)
        return RandomParts(steps), torch.randn(C, C), torch.randn(C, C)

    given_back: list[Tensor] = []
    with torch.no_grad():
        model, x, y = fresh()
        model.parts[at].register_forward_hook(lambda _m, _a, out: given_back.append(out))
        tape = explorer.record(model, x, y)
        (out,) = given_back
        assume(out is not None)
        ends = {call.module: call.last for call in tape.calls}[f"parts.{at}"]
        ref = [
            ref for ref, value in enumerate(tape.values)
            if tape.script.ids[ref] == id(out) and value.writer <= ends
        ][-1]  # fmt: skip
        change = Change(tape.values[ref].name, kind[0], "1:3, :2", kind[1], seed)
        model, x, y = fresh()
        make = edit(change, tape.values[ref])
        model.parts[at].register_forward_hook(lambda _m, _a, out: make(out))
        real = outputs(model(x, y))
        found = altered(Shown(tape), [change], None)
    if found.refused:
        assert "otherwise at" in str(found.refused[0]) or "shares memory" in str(found.refused[0])
    else:
        assert all(map(same, outputs(found.shown.tape.output), real))


class Blocks(nn.Module):
    """Two layers, tied at both ends, with a residual way and a ReLU in place."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(6, 6), nn.Linear(6, 6)
        self.two.weight = self.one.weight

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.one(x), inplace=True)
        return x + self.two(h)


def test_changes_act_at_once_whatever_their_order() -> None:
    model, x = Blocks().eval(), torch.randn(3, 6)
    up = Change("one/linear#0", "scale", ":, 2", 3.0)
    down = Change("relu#0", "scale", ":, 2", 0.5)
    more = Change("relu#0", "fix", "0", 1.25)
    with torch.no_grad():
        tape = explorer.record(model, x)
        first, then, last = (edit(c, tape.values[tape.ref(c.value)]) for c in (up, down, more))
        h = last(then(first(model.one(x)).relu()))
        real = x + model.two(h)
    for order in ([up, down, more], [down, more, up], [down, up, more]):
        assert torch.equal(shown_with(tape, *order).tape.output, real)
    turned = shown_with(tape, more, down, up)  # of one value the order counts
    assert not torch.equal(turned.tape.output, real)


def test_a_tied_weight_changes_everywhere() -> None:
    model, x = Blocks().eval(), torch.randn(3, 6)
    with torch.no_grad():
        tape = explorer.record(model, x)
        for name in ("one.weight", "two.weight"):
            change = Change(name, "zero", "2")
            other = edit(change, tape.values[tape.ref(name)])(model.one.weight)
            again = shown_with(tape, change).tape.output
            real = functional_call(model, {"one.weight": other, "two.weight": other}, (x,))
            assert torch.equal(again, real)


def test_what_was_let_go_is_computed_with_the_change() -> None:
    torch.manual_seed(0)
    deep = nn.Sequential(*(nn.Linear(64, 64) for _ in range(20))).eval()
    x = torch.randn(32, 64)
    change = Change("9/linear#0", "scale", ":, 3:9", -2.0)
    with torch.no_grad():
        whole = shown_with(explorer.record(deep, x), change)
        with explorer.budget(50_000):
            tape = explorer.record(deep, x)
        assert tape.kept_bytes < tape.bytes
        little = shown_with(tape, change)
    for ref in range(len(tape.values)):
        assert torch.equal(whole.value(ref), little.value(ref)), tape.values[ref].name


def test_only_what_follows_is_computed() -> None:
    deep = nn.Sequential(*(nn.Linear(8, 8) for _ in range(6))).eval()
    with torch.no_grad():
        tape = explorer.record(deep, torch.randn(2, 8))
    ran: list[int] = []

    def note(number: int, *_: object) -> Any:
        ran.append(number)
        return DEFAULT  # as the op itself

    for number, step in enumerate(tape.script.steps):
        step.func = Mock(wraps=step.func, side_effect=partial(note, number))
    changed = shown_with(tape, Change("3/linear#0", "zero"))
    assert ran == [4, 5]
    assert changed.value(tape.ref("2/linear#0")) is tape.value("2/linear#0")


class Fused(nn.Module):
    """Attention in one op, with causal mask."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        B, T, D = x.shape
        q, k, v = (p.view(B, T, 2, 4).transpose(1, 2) for p in self.qkv(x).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, heads, T, hs)
        return self.out(y.transpose(1, 2).reshape(B, T, D))


def by_hand(model: Fused, x: Tensor, make: Callable[[Tensor], Tensor]) -> Tensor:
    """The same, with the weights of attention changed."""
    B, T, D = x.shape
    q, k, v = (p.view(B, T, 2, 4).transpose(1, 2) for p in model.qkv(x).chunk(3, -1))
    scores = q @ k.transpose(-2, -1) / 2
    scores = scores.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), -torch.inf)
    y = make(scores.softmax(-1)) @ v
    made: Tensor = model.out(y.transpose(1, 2).reshape(B, T, D))
    return made


@pytest.mark.parametrize("is_open", [False, True])
def test_a_head_inside_of_fused_attention_can_be_changed(is_open: bool) -> None:
    torch.manual_seed(1)
    model, x = Fused().eval(), torch.randn(1, 5, 8)
    with torch.no_grad():
        tape = explorer.record(model, x)
        base = Shown(tape)
        (ref,) = [r for r, v in enumerate(base.values) if v.name.endswith(":weights")]
        if is_open:
            assert base.open(base.values[ref].writer) is not None
        up = Change("x", "scale", "", 1.5)
        change = Change(base.values[ref].name, "zero", ":, 1")
        make = edit(change, base.values[ref])
        found = altered(base, [change, up], None)
        assert not found.refused
        real = by_hand(model, x * 1.5, make)
        torch.testing.assert_close(found.shown.tape.output, real)
        assert not found.shown.value(ref)[:, 1].any()
        torch.testing.assert_close(found.shown.value(ref)[:, 0].sum(-1), torch.ones(1, 5))
        assert base.value(ref)[:, 1].any()
        inner = [r for r, v in enumerate(base.values) if "/softmax#0" in v.name or r == ref]
        alone = altered(base, [up], None).shown  # what is inside follows from what is outside
        real = by_hand(model, x * 1.5, lambda weights: weights)
        torch.testing.assert_close(alone.tape.output, real)
        for one in inner:
            assert not torch.equal(alone.value(one), base.value(one))
            torch.testing.assert_close(alone.value(one).sum(-1), torch.ones(1, 2, 5))


def test_a_gate_of_one_step_of_a_recurrent_layer_can_be_changed() -> None:
    torch.manual_seed(2)
    model, x = nn.LSTM(3, 4, batch_first=True).eval(), torch.randn(1, 5, 3)
    weights = dict(model.named_parameters())
    with torch.no_grad():
        tape = explorer.record(model, x)
        base = Shown(tape)
        assert base.open(2) is not None
        found = altered(base, [Change("lstm#0/t=2/f/sigmoid#0", "zero", ":, 1")], None)
        assert not found.refused
        h, c, told = torch.zeros(1, 4), torch.zeros(1, 4), []
        for t in range(5):
            gates = F.linear(x[:, t], weights["weight_ih_l0"], weights["bias_ih_l0"])
            gates = gates + F.linear(h, weights["weight_hh_l0"], weights["bias_hh_l0"])
            i, f, g, o = gates.chunk(4, -1)
            f = f.sigmoid()
            if t == 2:
                f[:, 1] = 0
            c = f * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            told.append(h)
    torch.testing.assert_close(found.shown.tape.output[0], torch.stack(told, 1))
    assert not torch.allclose(tape.output[0], found.shown.tape.output[0])


def refusal(model: nn.Module, change: Change, *args: Tensor) -> str:
    with torch.no_grad():
        tape = explorer.record(model.eval(), *args)
        found = altered(Shown(tape), [change], None)
    assert found.shown.tape is tape
    return str(found.refused[0])


class Look(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(5, 3)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        return self.embed(ids).masked_fill(mask, 0.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change("nothing", "zero"), "With this input there is no value nothing."),
        (Change("ids", "fix", "", 1.5), "ids is int64, and 1.5 is no number of that kind."),
        (Change("ids", "fix", "", float("inf")), "ids is int64, and inf is no number"),
        (Change("ids", "scale", "", float("-inf")), "ids is int64, and −inf is no number"),
        (Change("ids", "fix", "", 7), "With this change the pass cannot go on: index out of range"),
        (Change("ids", "noise", "", 1), "ids is int64: it can be set to a number"),
        (Change("mask", "scale", "", 2), "mask is bool: it can be set to a number"),
        (Change("mask", "fix", "", 2), "Give a whole number between 0 and 1."),
        (Change("ids", "zero", "9"), "along that axis “9” is not within 0…3."),
        (Change("ids", "zero", "0, 0"), "[0, 0] has 2 places, and the value has 1 axes."),
        (Change("ids", "zero", "a"), "“a” is neither a position nor a range."),
        (Change("embed.weight", "patch"), "No pass is kept beside"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_is_said(change: Change, said: str) -> None:
    ids, mask = torch.tensor([0, 1, 2, 3]), torch.zeros(4, 1, dtype=torch.bool)
    assert said in refusal(Look(), change, ids, mask)


def test_whole_numbers_and_truths_can_be_fixed() -> None:
    ids, mask = torch.tensor([0, 1, 2, 3]), torch.zeros(4, 1, dtype=torch.bool)
    model = Look().eval()
    with torch.no_grad():
        tape = explorer.record(model, ids, mask)
        made = shown_with(tape, Change("ids", "fix", "1:", 4), Change("mask", "fix", "0", 1))
        mask[0] = True
        assert torch.equal(made.tape.output, model(torch.tensor([0, 4, 4, 4]), mask))


def test_other_changes_are_made_where_one_cannot_be() -> None:
    class Turn(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = x * 2
            return y + 1 if x.sum() > 0 else y - 1

    with torch.no_grad():
        tape = explorer.record(Turn(), torch.ones(3))
        changes = [Change("mul#0", "zero", "1"), Change("x", "scale", "", -1.0)]
        found = altered(Shown(tape), changes, None)
    assert [*found.refused] == [1]
    assert "would decide otherwise" in str(found.refused[1])
    assert found.shown.tape.output.tolist() == [3, 1, 3]
    assert [*found.touched.values()] == [[changes[0]]]


def test_memory_that_would_be_two_is_said() -> None:
    class Rows(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = x * 2
            row = y[0]
            row.add_(1)
            return y

    said = refusal(Rows(), Change("getitem#0", "zero"), torch.ones(2, 3))
    assert "mul#0 shares memory with a changed value, and add_ writes into it." in said


def test_cells_come_from_the_pass_beside() -> None:
    model = Blocks().eval()
    with torch.no_grad():
        clean, other = (explorer.record(model, torch.randn(n, 6)) for n in (3, 4))

        def beside(name: str) -> Tensor | None:
            return clean.value(name) if name in clean.script.names else None

        change = Change("relu#0", "patch", "1")
        found = altered(Shown(other), [change], {"patch": beside})
        h = other.value("relu#0").clone()
        h[1] = clean.value("relu#0")[1]
        assert torch.equal(found.shown.tape.output, other.value("x") + model.two(h))
        whole = altered(Shown(other), [Change("relu#0", "patch")], {"patch": beside})
    said = str(whole.refused[0])
    assert "is (4, 6) here, and (3, 6) in the pass beside." in said
    assert "Cells that both have fit, those within [0:3, :]" in said


def test_noise_is_the_same_for_the_same_seed() -> None:
    value = explorer.record(nn.Tanh(), torch.zeros(2000)).values[0]
    one, again, other = (
        edit(Change("x", "noise", "", 0.5, seed), value)(torch.zeros(2000)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert abs(one.std().item() - 0.5) < 0.05


def test_a_replay_wants_a_tensor_of_the_same_kind_of_a_function() -> None:
    tape = explorer.record(nn.Tanh(), torch.zeros(3))
    with pytest.raises(Problem, match=r"Give a tensor of the same shape and dtype\."):
        tape.replay({"tanh#0": lambda tensor: tensor[:2]})


def test_one_of_several_outputs_is_changed_alone() -> None:
    class Two(nn.Module):
        def forward(self, x: Tensor) -> Any:
            a, b = x.chunk(2)
            return OrderedDict(a=a + 1, b=b + 1)

    with torch.no_grad():
        tape = explorer.record(Two(), torch.ones(4))
        made = shown_with(tape, Change("chunk#0:1", "fix", "0", 9.0))
    assert made.tape.output["a"].tolist() == [2, 2]
    assert made.tape.output["b"].tolist() == [10, 2]
