"""The engine with changed passes: which it keeps, what is open in them, what it will not say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.change import Change, slices
from explorer.core.generation import looks_ahead
from explorer.core.graph import Recording
from explorer.core.messages import (
    Changed,
    ChangePass,
    Explain,
    Explained,
    Failed,
    Quantified,
    Quantify,
    RecordPass,
    ResetTraining,
    Unfolded,
)
from explorer.core.messages import OpenEvent as Open
from explorer.core.problem import Problem
from explorer.core.values import ExampleInput, NumbersInput, TextInput
from explorer.engine.live import LiveFeed
from explorer.engine.subject import Subject
from tests.engine.test_beside import Talk
from tests.engine.test_intervening import Fused


@pytest.fixture
def talk() -> Talk:
    return Talk()


def changed(
    talk: Talk, tape: int, *changes: Change, beside: int = 0, earlier: int = 0
) -> Recording:
    said = talk.ask(ChangePass(tape=tape, changes=changes, beside=beside, earlier=earlier))
    assert isinstance(said, Changed), said
    made: Recording = said.recording
    talk.shapes[made.tape] = [v.shape for v in made.values]
    return made


def name_of(talk: Talk, tape: int) -> Change:
    """The first linear layer's second neuron fixed."""
    base = changed(talk, tape)
    first = next(event for event in base.events if event.op == "linear")
    return Change(first.id, "fix", ":, 1", 3.0)


def test_a_pass_stays_while_what_was_made_of_it_does(talk: Talk) -> None:
    base = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    change = name_of(talk, base)
    was = talk.look(base, 3)
    for _ in range(4):
        made = changed(talk, base, change)
        assert made.base == base
    assert np.array_equal(was, talk.look(base, 3))  # type: ignore[arg-type]
    again = changed(talk, made.tape, change, change)  # of a changed pass: of what it was made of
    assert (again.base, len(again.changes)) == (base, 2)
    assert changed(talk, again.tape).tape == base
    for number in range(3):
        last = talk.record(NumbersInput((float(number), 0.0)))
    assert talk.look(base, 3) is not None, "somebody looks at it"
    assert talk.look(last) is not None
    talk.record(NumbersInput((3.0, 0.0)))
    assert talk.look(base, 3) is None


def test_a_changed_pass_has_the_events_and_values_of_its_base(talk: Talk) -> None:
    base = changed(talk, talk.open("spirals-mlp", NumbersInput((0.5, 0.2))))
    change = name_of(talk, base.tape)
    made = changed(talk, base.tape, change)
    assert (made.values, made.events, made.calls) == (base.values, base.events, base.calls)
    (ref,) = made.touched
    assert made.values[ref].name == change.value
    explained = talk.ask(Explain(asker="cell", tape=made.tape, value=ref, index=(0, 1)))
    assert isinstance(explained, Explained)
    told = explained.explanation
    assert (told.how, told.terms, told.sources) == ("changed", (), ())
    assert told.value == talk._loop._of(made.tape).value(made.tape, ref)[0, 1].item()
    assert "You changed this number" in told.note
    assert isinstance(
        talk.ask(Explain(asker="cell", tape=made.tape, value=ref, index=(0, 0))), Explained
    )
    gradient = talk.ask(Quantify(tape=made.tape, quantity="gradient"))
    assert isinstance(gradient, Failed)
    assert "Gradients are those of the model's own pass" in gradient.text
    assert isinstance(talk.ask(Quantify(tape=made.tape, quantity="activation")), Quantified)


def test_a_value_comes_from_the_pass_beside(talk: Talk) -> None:
    clean = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    talk.arrange(clean, clean)
    other = talk.record(NumbersInput((-1.0, 0.7)))
    whole = Change(name_of(talk, other).value, "patch")
    made = changed(talk, other, whole, beside=clean)
    assert not made.refused
    ends = made.outputs[0]
    numbers = [Tensor.tolist(talk._loop._of(t).value(t, ends)) for t in (clean, made.tape)]
    assert numbers[0] == numbers[1]  # all that comes after is that of the clean pass
    (refused,) = changed(talk, other, whole).refused
    assert refused.text == "No pass is kept beside, from which the numbers could come."


def test_what_is_opened_in_a_changed_pass_is_open_in_its_base() -> None:
    torch.manual_seed(3)
    x = torch.randn(1, 5, 8)
    model = Fused().eval()
    talk = Talk(Subject(model, LiveFeed((x,), {}), "live", {}))
    base = talk.record(ExampleInput())
    made = changed(talk, base, Change("x", "scale", "", 2.0))
    event = next(one for one in made.events if one.opens)
    said = talk.ask(Open(tape=made.tape, event=event.index))
    assert isinstance(said, Unfolded)
    inner = said.recording
    assert len(inner.events) > len(made.events)
    assert inner.changes == made.changes
    assert inner.base not in (0, base)
    softmax = next(r for r, v in enumerate(inner.values) if v.name.endswith("/softmax#0") or
                   v.name.endswith(":weights"))  # fmt: skip
    subject = talk._loop._of(inner.tape)
    before, after = (subject.value(t, softmax) for t in (inner.base, inner.tape))
    assert before.shape == after.shape
    assert not torch.equal(before, after)
    with torch.no_grad():
        torch.testing.assert_close(
            subject.value(inner.tape, inner.outputs[0]), model(x * 2)
        )  # fmt: skip


@pytest.mark.parametrize("make", [nn.Tanh, nn.Sigmoid])
def test_a_changed_input_is_the_pass_of_that_input(make: Callable[[], nn.Module]) -> None:
    x = torch.randn(3, 4)
    talk = Talk(Subject(make(), LiveFeed((x,), {}), "live", {}))
    made = changed(talk, talk.record(ExampleInput()), Change("input", "scale", "0", 2.0))
    other = x.clone()
    other[0] *= 2
    subject = talk._loop._of(made.tape)
    assert torch.equal(subject.value(made.tape, made.outputs[0]), make()(other))


def test_numbers_of_the_input_before_restore_what_it_said(talk: Talk) -> None:
    """Activation patching: the last block's output of the one input, in the pass of the other."""
    clean = talk.open("char-gpt", TextInput("The value of"))
    said = talk.ask(RecordPass(input=TextInput("The names of"), earlier=clean))
    base = said.recording
    logits = base.named["lm_head/linear#0"]
    whole = Change("blocks.3/add#1", "earlier")
    (last, middle) = (Change("blocks.3/add#1", "earlier", f":, {at}") for at in (-1, 5))
    made = changed(talk, base.tape, whole, earlier=clean)
    assert np.array_equal(talk.look(made.tape, logits), talk.look(clean, logits))  # type: ignore[arg-type]
    for one in (last, middle):
        made = changed(talk, base.tape, one, earlier=clean)
        at = slices(one.cells, (1, 12, 1))[1].start
        now, then, plain = (
            talk._loop._now.value(tape, logits)[0] for tape in (made.tape, clean, base.tape)
        )
        assert torch.equal(now[at], then[at])
        others = [i for i in range(12) if i != at]
        assert torch.equal(now[others], plain[others])
        assert not torch.equal(now[at], plain[at])


def test_of_inputs_of_two_lengths_what_fits_is_said(talk: Talk) -> None:
    clean = talk.open("char-gpt", TextInput("The value"))
    base = talk.ask(RecordPass(input=TextInput("The names of"), earlier=clean)).recording
    fits, whole, beyond, none = (
        Change("blocks.3/add#1", "earlier", ":, 4"), Change("blocks.3/add#1", "earlier"),
        Change("blocks.3/add#1", "earlier", ":, 10"), Change("blocks.3/add#1", "patch"),
    )  # fmt: skip
    made = changed(talk, base.tape, fits, whole, beyond, none, earlier=clean)
    assert [one.at for one in made.refused] == [1, 2, 3]
    assert len(made.touched) == 1
    for one in made.refused[:2]:
        said = str(Problem("change", one.text, one.remedy, **one.values))
        assert "is (1, 12, 128) here, and (1, 9, 128) in the pass of the earlier input." in said
        assert "Cells that both have fit, those within [:, 0:9, :]" in said
    gone = changed(talk, base.tape, fits)
    assert "There is no pass of an earlier input" in gone.refused[0].text


def test_one_pass_before_is_kept_and_no_more(talk: Talk) -> None:
    clean = talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    for number in range(5):
        talk.ask(RecordPass(input=NumbersInput((float(number), 0.0)), earlier=clean))
    passes = talk._loop._now._passes
    assert clean in passes
    assert len(passes) == 3
    newest = max(passes)
    talk.ask(RecordPass(input=NumbersInput((9.0, 0.0)), earlier=newest))
    assert clean not in passes
    assert len(passes) == 3


def test_a_pass_keeps_its_weights_when_the_model_gets_fresh_ones(talk: Talk) -> None:
    """Values of it that are computed again, too: those of a changed pass."""
    talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    now = talk._loop._learner
    now.trainer.step()
    base = talk.record(NumbersInput((0.5, 0.2)))
    change = name_of(talk, base)
    before = now.intervene(base, (change,))
    weight, output = before.named["layers.0.weight"], before.outputs[0]
    was, said = now.value(base, weight).clone(), now.value(before.tape, output).clone()
    talk.ask(ResetTraining())
    assert not torch.equal(now.model.get_parameter("layers.0.weight"), was)
    assert torch.equal(now.value(base, weight), was)
    after = changed(talk, base, change)
    assert torch.equal(now.value(after.tape, output), said)


@pytest.mark.parametrize("what", ["map", "mask", "scaled"])
def test_a_map_that_is_changed_may_look_ahead(talk: Talk, what: str) -> None:
    base = changed(talk, talk.open("char-gpt", TextInput("The value")))
    assert all(one.causal for one in base.attention)
    first = base.attention[0].value
    name = base.values[first].name
    mask = next(value.name for value in base.values if value.kind == "buffer")
    change = {
        "map": Change(name, "mean"),
        "mask": Change(mask, "zero"),
        "scaled": Change(name, "scale", "", 2.0),
    }[what]
    made = changed(talk, base.tape, change)
    later = talk._loop._of(made.tape).value(made.tape, first).triu(1)
    assert bool(later.any()) == (what != "scaled")
    assert [one.causal for one in made.attention] == [what == "scaled", True, True, True]
    assert not looks_ahead(made), "it goes on writing"


def test_a_map_inside_of_a_closed_op_may_look_ahead_with_a_change() -> None:
    class Causal(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.scaled_dot_product_attention(x, x, x, is_causal=True)

    talk = Talk(Subject(Causal(), LiveFeed((torch.randn(1, 2, 4, 3),), {}), "live", {}))
    base = changed(talk, talk.record(ExampleInput()))
    name = base.values[base.attention[0].value].name
    for cells, is_causal in ((":, :, 0, 2", False), (":, :, 2, 0", True)):
        (found,) = changed(talk, base.tape, Change(name, "fix", cells, 1.0)).attention
        assert found.causal is is_causal
