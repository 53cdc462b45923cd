"""Writing, token by token: which pass is asked for, drawn from and shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import count

import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.change import Change
from explorer.core.generation import Drawn, next_token_view
from explorer.core.graph import Recording, stops
from explorer.core.prediction import Sampling
from explorer.core.values import NumbersInput, TextInput, View
from explorer.session import intents as i
from explorer.session.state import AppState
from explorer.session.update import update
from tests.recordings import cnn, gpt, info

PROMPT = TextInput("The cat")
ZERO = Change("lm_head/linear#0", "zero")


@cache
def told(text: str) -> Recording:
    return gpt(text, layers=1)


class Talk:
    """A session with an engine that draws the letters of ``text`` and forgets all passes but the
    last."""

    def __init__(self, text: str = "sat_on_a_mat", ends: int = -1) -> None:
        self.text, self.ends = text, ends
        self.tapes: Iterator[int] = count(1)
        self.weights = "shipped"
        self.asked: list[m.Request] = []  # all that was ever asked
        self.open: list[m.Request] = []  # what is unanswered
        self.state = AppState(page="model", typed=PROMPT, model=info(told(PROMPT.text)))
        self.says(m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1))
        self.state = replace(self.state, recording=self.passed(PROMPT))

    def passed(self, given: TextInput) -> Recording:
        """A pass of an input; the engine has no other."""
        vocabulary = told("a").labels["V"]
        text = given.text + "".join(vocabulary[token] for token in given.then)
        return structs.replace(
            told(text), tape=next(self.tapes), input=given, weights=self.weights
        )  # fmt: skip

    def says(self, *said: object) -> None:
        for one in said:
            self.state, requests = update(self.state, one)
            self.asked += requests
            self.open = [r for r in self.open if r.tag not in {one.tag for one in requests}]
            self.open += [r for r in requests if isinstance(r, m.Request)]

    def answer(self) -> bool:
        """Answer the oldest request; False if there is none."""
        wanted = (m.RecordPass, m.DrawToken, m.ChangePass)
        found = next((one for one in self.open if isinstance(one, wanted)), None)
        if found is None:
            return False
        self.open.remove(found)
        reply: m.Reply
        if isinstance(found, m.RecordPass):
            assert isinstance(found.input, TextInput)
            reply = m.Recorded(recording=self.passed(found.input))
        elif isinstance(found, m.ChangePass):
            recording = self.state.recording
            assert recording is not None
            base = found.tape if found.changes else 0
            reply = m.Changed(
                recording=structs.replace(
                    recording, tape=next(self.tapes) if base else found.tape, base=base,
                    changes=found.changes,
                )
            )  # fmt: skip
        else:
            assert self.state.recording is not None
            assert found.view.tape == self.state.recording.tape  # it has no other
            at = len(self.then)
            reply = m.TokenDrawn(
                tape=found.view.tape, drawn=self.drawn(at), text=self.text[: at + 1]
            )  # fmt: skip
        self.says(structs.replace(reply, ticket=found.ticket))
        return True

    def drawn(self, number: int) -> Drawn:
        name = self.text[number]
        token = told("a").labels["V"].index(name)
        return Drawn(token, name, 0.5, 0.25, number == self.ends)

    def settle(self) -> None:
        while self.answer():
            pass
        assert not self.state.tickets

    @property
    def then(self) -> tuple[int, ...]:
        recording = self.state.recording
        assert recording is not None
        assert isinstance(recording.input, TextInput)
        return recording.input.then

    @property
    def written(self) -> str:
        return "".join(one.name for one in self.state.writing.tokens)

    @property
    def here(self) -> str:
        assert self.state.recording is not None
        return self.state.recording.events[self.state.cursor].id

    def count(self, kind: type[m.Request]) -> int:
        return sum(isinstance(one, kind) for one in self.asked)


def test_a_token_is_drawn_and_the_pass_with_it_recorded() -> None:
    talk = Talk()
    talk.says(i.SetSampling(Sampling(0.5, 3)), i.SetWriting(7, 4), i.Generate())
    (request,) = talk.open
    recording = talk.state.recording
    assert recording is not None
    assert isinstance(request, m.DrawToken)
    assert request.view == next_token_view(recording, Sampling(0.5, 3))
    assert request.view.at == (0, len(PROMPT.text) - 1)
    assert request.seed == 7
    talk.answer()
    (request,) = talk.open
    assert isinstance(request, m.RecordPass)
    assert request.input == structs.replace(PROMPT, then=(talk.drawn(0).token,))
    talk.settle()
    assert talk.written == talk.state.writing.text == "s"
    assert len(talk.then) == 1
    assert talk.state.writing.read == recording.labels["T"]
    assert (talk.count(m.DrawToken), talk.count(m.RecordPass)) == (1, 1)


def test_many_are_drawn_in_a_row_and_the_cursor_stays_on_its_op() -> None:
    talk = Talk()
    talk.says(i.SetWriting(0, 5), i.StepTo(30, reveal=True))
    here = talk.here
    talk.says(i.TogglePlayTokens())
    talk.settle()
    assert (talk.written, len(talk.then), talk.state.writing.left) == ("sat_o", 5, 0)
    assert talk.here == here
    talk.says(i.Generate(2))  # it goes on after these
    talk.settle()
    assert talk.written == "sat_on_"


def test_play_stops_when_it_is_asked_to() -> None:
    talk = Talk()
    talk.says(i.Generate(9))
    for _ in range(4):
        talk.answer()
    talk.says(i.TogglePlayTokens())
    talk.settle()
    assert talk.written in ("sat", "sa")  # the one on its way still comes
    assert len(talk.then) == len(talk.written)


def test_play_stops_where_the_text_is_over_and_can_go_on_after_it() -> None:
    talk = Talk(ends=2)
    talk.says(i.Generate(9))
    talk.settle()
    assert talk.written == "sat"
    talk.says(i.StepBy("last"), i.StepBy("over"))
    assert talk.state.banner is not None
    assert talk.state.banner.values == {"token": "t"}
    assert talk.open == []
    talk.says(i.Generate(1))
    talk.settle()
    assert talk.written == "sat_"


def test_a_token_leads_to_the_pass_that_gave_it() -> None:
    talk = Talk()
    talk.says(i.Generate(6))
    talk.settle()
    talk.says(i.ShowToken(2))
    (request,) = talk.open
    assert isinstance(request, m.RecordPass)
    assert request.input == structs.replace(PROMPT, then=talk.state.writing.then[:2])
    talk.settle()
    recording = talk.state.recording
    assert recording is not None
    assert talk.state.cursor == recording.values[recording.prediction].writer
    assert talk.state.pane == "prediction"
    assert talk.written == "sat_on"  # all of them stay
    talk.says(i.StepBy("first"), i.ShowToken(2))  # the pass is there
    assert talk.open == []
    assert talk.state.cursor == recording.values[recording.prediction].writer
    talk.says(i.ShowToken(7), i.ShowToken(-1))  # there are none such
    assert talk.open == []


def test_past_the_end_a_step_goes_on_into_the_next_pass_and_back() -> None:
    talk = Talk()
    talk.says(i.Generate(2))
    talk.settle()
    talk.says(i.ShowToken(0))
    talk.settle()
    talk.says(i.StepBy("last"))
    end = talk.here
    talk.says(i.StepBy("over"), i.StepBy("over"), i.StepBy("over"))  # a key held down
    assert talk.count(m.RecordPass) == 4
    talk.settle()
    recording = talk.state.recording
    assert recording is not None
    assert (len(talk.then), talk.state.cursor) == (1, stops(recording, talk.state.open)[0])
    talk.says(i.StepBy("back"))
    talk.settle()
    assert (len(talk.then), talk.here) == (0, end)
    first = talk.state
    talk.says(i.StepBy("first"))
    talk.says(i.StepBy("back"))  # before the prompt there is nothing
    assert (talk.open, talk.here) == ([], first.recording.events[0].id)  # type: ignore[union-attr]


def test_past_the_last_pass_a_step_draws_the_next_token() -> None:
    talk = Talk()
    talk.says(i.StepBy("last"), i.StepBy("over"))
    assert talk.open == []  # nothing was generated, so a pass ends where it ends
    talk.says(i.Generate())
    talk.settle()
    talk.says(i.StepBy("last"), i.StepBy("into"))
    assert isinstance(talk.open[0], m.DrawToken)
    talk.settle()
    assert (talk.written, len(talk.then), talk.state.cursor) == ("sa", 2, 0)


def test_playing_the_steps_goes_from_pass_to_pass() -> None:
    talk = Talk()
    talk.says(i.Generate())
    talk.settle()
    talk.says(i.StepBy("last"), i.TogglePlay(), i.Tick(), i.Tick())
    assert (talk.state.playing, talk.count(m.DrawToken)) == (True, 2)
    talk.settle()
    talk.says(i.Tick())
    assert (talk.written, talk.state.playing) == ("sa", True)
    assert talk.state.cursor > 0


def test_the_keys_of_tokens_keep_the_cursor() -> None:
    talk = Talk()
    talk.says(i.Generate(3), i.StepTo(20, reveal=True))
    talk.settle()
    here = talk.here
    for by, length in ((-1, 2), (-1, 1), (1, 2), (1, 3), (1, 4)):
        talk.says(i.StepToken(by))
        talk.settle()
        assert (len(talk.then), talk.here) == (length, here)
    assert talk.written == "sat_"


def test_to_look_at_a_token_ends_the_row() -> None:
    talk = Talk()
    talk.says(i.Generate(9))
    for _ in range(6):
        talk.answer()
    talk.says(i.ShowToken(1))
    talk.settle()
    assert len(talk.written) == 3
    assert len(talk.then) == 1
    assert talk.state.writing.left == 0


def test_generate_goes_on_at_the_end_wherever_one_looks() -> None:
    talk = Talk()
    talk.says(i.Generate(3))
    talk.settle()
    talk.says(i.ShowToken(0))
    talk.settle()
    talk.says(i.Generate())
    talk.settle()
    assert (talk.written, len(talk.then)) == ("sat_", 4)


def test_a_token_is_drawn_again_by_the_next_seed() -> None:
    talk = Talk()
    talk.says(i.Generate(5))
    talk.settle()
    talk.says(i.ShowToken(2))
    talk.settle()
    talk.text = "saw_it"
    talk.says(i.WriteAgain())
    talk.settle()
    assert (talk.written, len(talk.then), talk.state.writing.seed) == ("saw", 3, 1)
    draws = [one for one in talk.asked if isinstance(one, m.DrawToken)]
    assert [one.seed for one in draws] == [0] * 5 + [1]


def test_what_was_written_is_dropped_on_request() -> None:
    talk = Talk()
    talk.says(i.SetWriting(5, 3), i.TogglePlayTokens())
    talk.settle()
    talk.says(i.EndWriting())
    talk.settle()
    writing = talk.state.writing
    assert (talk.then, writing.tokens, writing.seed, writing.most) == ((), (), 5, 3)
    assert talk.state.typed == PROMPT


@pytest.mark.parametrize("answered", range(6))
def test_another_text_ends_it_whenever_it_is_typed(answered: int) -> None:
    talk = Talk()
    talk.says(i.Generate(5))
    for _ in range(answered):
        talk.answer()
    other = TextInput("A dog")
    talk.says(i.EditInput(other))
    talk.settle()
    assert talk.state.recording is not None
    assert talk.state.recording.input == talk.state.typed == other
    assert talk.state.writing.tokens == ()
    assert talk.state.writing.left == 0


def test_with_changes_on_the_changed_pass_is_drawn_from() -> None:
    talk = Talk()
    talk.says(i.MakeChange(ZERO))
    talk.settle()
    talk.says(i.Generate(2))
    talk.settle()
    draws = [one for one in talk.asked if isinstance(one, m.DrawToken)]
    changes = [one for one in talk.asked if isinstance(one, m.ChangePass)]
    assert len(draws) == 2
    assert len(changes) == 3  # of the prompt's pass and of those with one and two tokens
    recording = talk.state.recording
    assert recording is not None
    assert (recording.changes, len(talk.then)) == ((ZERO,), 2)
    for one in draws:  # a pass with changes knows that without
        assert one.view.base not in (0, one.view.tape)
    talk.says(i.PauseChanges())
    talk.settle()
    talk.says(i.Generate())
    talk.settle()
    assert talk.asked[-1].tag == "RecordPass"
    (last,) = [one for one in talk.asked if isinstance(one, m.DrawToken)][2:]
    assert last.view.base == 0


def test_what_goes_wrong_stops_it() -> None:
    talk = Talk()
    talk.says(i.Generate(5))
    (request,) = talk.open
    talk.open = []
    talk.says(m.Failed(ticket=request.ticket, kind="generate", text="No.", remedy="", values={}))
    assert talk.open == []
    assert talk.state.writing.left == 0
    assert talk.state.banner is not None
    assert talk.state.banner.text == "No."


def test_a_small_picture_that_fails_does_not_stop_it() -> None:
    talk = Talk()
    talk.says(i.Generate(3))
    recording = talk.state.recording
    assert recording is not None
    view = View(recording.tape, 0, (1,), (0, 0), (4,))
    talk.says(i.Look("glimpse/0", view, kept=True))
    look = talk.asked[-1]
    talk.says(m.Failed(ticket=look.ticket, kind="let go", text="", remedy="", values={}))
    talk.open = [one for one in talk.open if one is not look]
    talk.settle()
    assert talk.written == "sat"


def test_a_new_engine_brings_the_text_back() -> None:
    talk = Talk()
    talk.says(i.Generate(4))
    talk.settle()
    before = talk.state
    talk.says(i.Generate(4))
    talk.open = []
    talk.says(m.Lost(last_words="", code=1))
    assert talk.state.writing.left == 0
    assert (talk.written, talk.state.typed) == ("sat_", before.typed)


def test_a_text_of_other_weights_is_dropped() -> None:
    talk = Talk()
    talk.says(i.Generate(3))
    talk.settle()
    talk.weights = "step 100"
    assert talk.state.typed is not None
    talk.state, requests = update(talk.state, i.EditInput(structs.replace(PROMPT, then=(3,))))
    talk.open = list(requests)
    talk.settle()
    assert talk.state.writing.tokens == ()
    assert (talk.state.typed, talk.then) == (PROMPT, ())


def test_each_side_has_its_own_text() -> None:
    talk = Talk()
    talk.says(i.Generate(2))
    talk.settle()
    talk.says(i.KeepBeside())
    talk.open = []
    talk.says(i.Generate())
    talk.settle()
    assert talk.written == "sat"
    talk.says(i.SwitchSides())
    assert talk.written == "sa"
    assert len(talk.then) == 2


def test_why_a_model_does_not_write() -> None:
    for state in (
        AppState(page="model"),
        AppState(page="model", recording=cnn(), typed=NumbersInput((0.5,))),
    ):
        for said in (i.Generate(), i.TogglePlayTokens(), i.WriteAgain()):
            after, requests = update(state, said)
            assert requests == []
            assert after.banner is not None
            assert after.banner.text.startswith("This model does not write")
            assert after.writing.left == 0


def test_a_model_that_was_refused_once_is_known_to_look_ahead() -> None:
    talk = Talk()
    talk.says(i.Generate())
    (asked,) = (one for one in talk.open if isinstance(one, m.DrawToken))
    assert not talk.state.looks_ahead
    talk.says(m.Failed(ticket=asked.ticket, kind="looks ahead", text="No.", remedy="", values={}))
    assert talk.state.looks_ahead
    assert talk.state.writing.left == 0
    talk.says(i.EndWriting())
    assert talk.state.looks_ahead  # of the same model
    model = talk.state.model
    assert model is not None
    talk.says(i.SetSampling(Sampling(0.4)))
    talk.state = replace(talk.state, opening="another")
    talk.says(m.Opened(model=model, step=0))
    assert not talk.state.looks_ahead
    assert talk.state.sampling == Sampling()  # what the next model says is shown as it says it
