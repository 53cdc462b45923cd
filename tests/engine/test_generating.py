"""Writing: every token is drawn as the textbook says, from a pass that equals a plain run."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.core.generation import next_token_view, predicts_tokens
from explorer.core.messages import OpenModel
from explorer.core.prediction import Sampling
from explorer.core.presets import load_preset
from explorer.core.problem import Problem
from explorer.core.values import ExampleInput, Input, TensorsInput, TensorSpec, TextInput
from explorer.engine.generating import Generator, choose
from explorer.engine.learner import Learner
from explorer.engine.live import LiveFeed
from explorer.engine.predicting import drawn
from explorer.engine.sources.feeding import BytesFeed, ExampleFeed, TensorsFeed
from explorer.engine.sources.forward import Forward
from explorer.engine.subject import Subject
from tests.engine.writing import by_hand, written

CPU = torch.device("cpu")
V, T = 23, 9


@pytest.fixture(scope="module")
def gpt() -> Learner:
    """The preset with its own weights."""
    shipped = load_preset("char-gpt")
    dump = shipped.preset.model_dump(mode="json")
    return Learner(OpenModel(preset=dump, weights=str(shipped.weights), run=""), CPU)


def encoded(gpt: Learner, text: str) -> list[int]:
    return [int(i) for i in gpt.trainer.data.encode(text)]


@torch.no_grad()
def last(gpt: Learner, ids: list[int]) -> Tensor:
    """What the plain model says after the last of its window of tokens."""
    row: Tensor = gpt.model(torch.tensor([ids[-128:]]))[0, -1]
    return row


# ------------------------------------------------------------------ drawing


@pytest.mark.parametrize(
    "sampling",
    [Sampling(0.0), Sampling(), Sampling(0.7), Sampling(1.5, 4), Sampling(1.0, 0, 0.6),
     Sampling(0.9, 10, 0.8)],
)  # fmt: skip
def test_a_text_is_what_the_textbook_draws(gpt: Learner, sampling: Sampling) -> None:
    found = written(gpt, TextInput("The value of "), 24, sampling, seed=5)
    ids = encoded(gpt, "The value of ")
    assert found.ids == by_hand(lambda ids: last(gpt, ids), ids, 24, sampling, 5)
    data = gpt.trainer.data
    assert found.text == data.decode(torch.tensor(found.ids))
    assert len({one.tape for one in found.passes}) == 24


def test_a_token_says_how_likely_it_was(gpt: Learner) -> None:
    (one,) = written(gpt, TextInput("The "), 1, Sampling(0.5, 3), seed=1).tokens
    row = last(gpt, encoded(gpt, "The ")).double()
    assert one.likely == pytest.approx(float(row.softmax(0)[one.token]))
    assert one.chance == pytest.approx(float(drawn(row, Sampling(0.5, 3))[one.token]))
    assert one.name == gpt.feed.labels[one.token]
    assert not one.ends


def test_the_seed_alone_decides(gpt: Learner) -> None:
    texts = [written(gpt, TextInput("A"), 16, Sampling(), seed).ids for seed in (0, 0, 1, 2)]
    assert texts[0] == texts[1]
    assert len({tuple(ids) for ids in texts}) == 3


def test_draws_are_as_frequent_as_they_are_likely() -> None:
    chances = torch.tensor([0.0, 0.5, 0.0, 0.2, 0.3, 0.0])
    found = torch.tensor([choose(chances, seed, 3) for seed in range(4000)])
    shares = found.bincount(minlength=6) / len(found)
    torch.testing.assert_close(shares, chances, atol=0.03, rtol=0)
    assert not shares[[0, 2, 5]].any()  # what cannot be drawn never is
    assert choose(torch.tensor([0.0, 1e-300, 0.0], dtype=torch.float64), 7, 0) == 1


# ------------------------------------------------------------------ passes


@torch.no_grad()
def test_each_pass_is_the_plain_run_on_the_longer_text(gpt: Learner) -> None:
    prompt = "The value of the "
    given: Input = TextInput(prompt)
    ids = encoded(gpt, prompt)
    for token in written(gpt, given, 6).ids:
        recording = gpt.record(given)
        plain = gpt.model(torch.tensor([ids]))
        assert torch.equal(gpt.value(recording.tape, recording.prediction), plain)
        ids.append(token)
        given = TextInput(prompt, tuple(ids[len(prompt) :]))
    again = gpt.record(given)  # in a later pass, as when somebody comes back
    once_more = gpt.record(given)
    for ref in range(len(again.values)):
        one, other = gpt.value(again.tape, ref), gpt.value(once_more.tape, ref)
        assert torch.equal(one, other)


@torch.no_grad()
def test_past_the_context_the_window_goes_on(gpt: Learner) -> None:
    prompt = "x" * 126
    found = written(gpt, TextInput(prompt), 6, Sampling(0.0))
    ids = encoded(gpt, prompt)
    assert found.ids == by_hand(lambda ids: last(gpt, ids), ids, 6, Sampling(0.0), 0)
    assert [len(one.labels["T"]) for one in found.passes] == [126, 127, 128, 128, 128, 128]
    recording = found.passes[-1]
    window = torch.tensor([[*ids, *found.ids[:5]][-128:]])
    value = gpt.value(gpt.record(recording.input).tape, recording.prediction)
    assert torch.equal(value, gpt.model(window))
    with pytest.raises(Problem, match="129 characters, but the model reads at most 128"):
        gpt.record(TextInput("x" * 129))  # what somebody types is never cut


def test_a_changed_pass_draws_from_its_own_numbers(gpt: Learner) -> None:
    recording = gpt.record(TextInput("The value of "))
    name = recording.values[recording.prediction].name
    likeliest = int(gpt.value(recording.tape, recording.prediction)[0, -1].argmax())
    change = Change(name, "fix", f":, :, {likeliest}", -50.0)
    new = gpt.intervene(recording.tape, (change,))
    greedy = Sampling(0.0)
    before = Generator().draw(gpt, next_token_view(recording, greedy), 0).drawn
    after = Generator().draw(gpt, next_token_view(new, greedy), 0).drawn
    assert before.token == likeliest
    value = gpt.value(new.tape, new.prediction)[0, -1]
    assert after.token == int(value.argmax()) != likeliest


# ------------------------------------------------------------------ models of one's own


class Sums(nn.Module):
    """Predicts from the mean of all tokens so far or, ``ahead``, of all that there are."""

    def __init__(self, ahead: bool = False, rows: int = V) -> None:
        super().__init__()
        self.table = nn.Embedding(rows, 12)
        self.head = nn.Linear(12, rows)
        self.ahead = ahead

    def forward(self, ids: Tensor) -> Tensor:
        x = self.table(ids)
        counts = torch.arange(1, ids.shape[1] + 1)[:, None]
        mixed = x.mean(1, keepdim=True).expand_as(x) if self.ahead else x.cumsum(1) / counts
        found: Tensor = self.head(mixed)
        return found


def own(model: nn.Module, kind: str) -> tuple[Subject, Input, list[int]]:
    """A model that reads tokens in one of three ways, its input, and the tokens of that."""
    ids = torch.arange(T)[None] * 2 % V
    spec = TensorSpec("ids", (1, T), "int64", "range")
    if kind == "tensors":
        feed, given = TensorsFeed(Forward(model), (spec,), CPU), TensorsInput((spec,))
        return Subject(model, feed, "", {}), given, list(range(T))
    example = ExampleFeed(((ids,), {})) if kind == "example" else LiveFeed((ids,), {})
    return Subject(model, example, "", {}), ExampleInput(), ids[0].tolist()


@torch.no_grad()
@pytest.mark.parametrize("kind", ["tensors", "example", "live"])
def test_a_model_of_ones_own_writes_in_a_window_of_its_length(kind: str) -> None:
    torch.manual_seed(0)
    model = Sums()
    now, given, ids = own(model, kind)
    found = written(now, given, 12, Sampling(1.2), seed=3)
    expected = by_hand(
        lambda ids: model(torch.tensor([ids[-T:]]))[0, -1], ids, 12, Sampling(1.2), 3
    )
    assert found.ids == expected
    assert found.tokens[0].name == str(found.ids[0])
    assert found.text == " ".join(map(str, found.ids))
    assert all(len(one.labels["T"]) == T for one in found.passes)


@torch.no_grad()
def test_a_model_of_bytes_writes_text() -> None:
    torch.manual_seed(0)
    model = Sums(rows=260)
    feed = BytesFeed(Forward(model), TensorSpec("ids", (1, 8), "int64", "integers", 260), CPU, 16)
    now = Subject(model, feed, "", {})
    found = written(now, TextInput("héllo"), 14, Sampling(), seed=1)
    expected = by_hand(
        lambda ids: model(torch.tensor([ids[-16:]]))[0, -1], list("héllo".encode()), 14,
        Sampling(), 1,
    )  # fmt: skip
    assert found.ids == expected
    known = bytes(b for b in found.ids if b < 256).decode(errors="replace")
    assert found.text == known
    assert found.passes[0].labels["T"] == ("h", "⟨C3⟩", "⟨A9⟩", "l", "l", "o")
    assert found.passes[0].labels["V"][97] == "a"


@pytest.mark.parametrize("kind", ["tensors", "example", "live"])
def test_a_model_that_looks_ahead_does_not_write(kind: str) -> None:
    torch.manual_seed(0)
    now, given, _ = own(Sums(ahead=True), kind)
    recording = now.record(given)
    assert predicts_tokens(recording)  # by its shapes alone it could
    with pytest.raises(Problem, match="depends on those after it"):
        Generator().draw(now, next_token_view(recording, Sampling()), 0)


@pytest.mark.parametrize("never", [-torch.inf, torch.finfo(torch.float32).min])
@pytest.mark.parametrize("ahead", [True, False])
def test_a_token_that_is_never_said_hides_nothing(never: float, ahead: bool) -> None:
    torch.manual_seed(0)
    model = Sums(ahead)
    model.head.bias = nn.Parameter(model.head.bias.detach().index_fill(0, torch.tensor(5), never))
    now, given, _ = own(model, "live")
    view = next_token_view(now.record(given), Sampling())
    if ahead:
        with pytest.raises(Problem, match="depends on those after it"):
            Generator().draw(now, view, 0)
    else:
        assert Generator().draw(now, view, 0).drawn.token != 5


def test_what_differs_by_rounding_looks_not_ahead() -> None:
    class Rounded(Sums):
        def forward(self, ids: Tensor) -> Tensor:
            exact = super().forward(ids)
            return exact * (1 + ids[:, -1:, None] * 2.0**-26)  # as of another order of sums

    torch.manual_seed(0)
    now, given, _ = own(Rounded(), "live")
    said = [now.run_once(ExampleInput((last,))) for last in (0, V // 2)]
    one, other = (tape.value(tape.outputs[0])[0, -2] for tape in said)
    assert not torch.equal(one, other)
    Generator().draw(now, next_token_view(now.record(given), Sampling()), 0)


def test_a_window_of_one_token_proves_nothing_of_a_longer_one() -> None:
    torch.manual_seed(0)
    now, _, _ = own(Sums(ahead=True), "tensors")
    generator, specs = Generator(), [TensorSpec("ids", (1, n), "int64", "range") for n in (1, T)]
    one, long = (now.record(TensorsInput((spec,))) for spec in specs)
    generator.draw(now, next_token_view(one, Sampling()), 0)
    with pytest.raises(Problem, match="depends on those after it"):
        generator.draw(now, next_token_view(long, Sampling()), 0)


def test_a_model_that_draws_random_numbers_itself_writes_all_the_same() -> None:
    torch.manual_seed(0)
    noisy = nn.Sequential(Sums(), nn.Dropout(0.2)).train()
    state = torch.random.get_rng_state()
    now, given, _ = own(noisy, "live")
    recording = now.record(given)
    after = torch.random.get_rng_state()
    Generator().draw(now, next_token_view(recording, Sampling()), 0)
    assert torch.equal(torch.random.get_rng_state(), after)  # the program's own numbers go on
    assert not torch.equal(state, after)


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Embedding(V, 4), nn.Linear(4, V + 1)),  # says something else than tokens
        nn.Sequential(nn.Embedding(V, 4), nn.Flatten(), nn.Linear(4 * T, V)),  # once for all
    ],
)
def test_what_gives_no_number_for_each_token_does_not_predict_tokens(model: nn.Module) -> None:
    feed = LiveFeed((torch.arange(T)[None],), {})
    recording = Subject(model, feed, "", {}).record(ExampleInput())
    assert not predicts_tokens(recording)


def test_a_model_that_breaks_on_a_longer_text_says_so() -> None:
    class Fixed(Sums):
        def forward(self, ids: Tensor) -> Tensor:
            if int(ids[0, -1]) == 0:
                raise ValueError("a text cannot end with 0")
            return super().forward(ids)

    now, given, _ = own(Fixed(), "example")
    recording = now.record(given)
    with pytest.raises(Problem, match=r"one more token: .*a text cannot end with 0"):
        Generator().draw(now, next_token_view(recording, Sampling()), 0)


def test_a_model_without_numbers_predicts_no_tokens() -> None:
    with torch.device("meta"):
        model = nn.Sequential(nn.Embedding(V, 4), nn.Linear(4, V))
        now = Subject(model, LiveFeed((torch.arange(T)[None],), {}), "", {})
    recording = now.record(ExampleInput())
    assert recording.failure is None
    assert not predicts_tokens(recording)


def test_nothing_is_drawn_from_nan() -> None:
    model = Sums()
    with torch.no_grad():
        model.head.bias[3] = torch.nan
    now, given, _ = own(model, "example")
    recording = now.record(given)
    for sampling in (Sampling(), Sampling(0.0)):
        with pytest.raises(Problem, match=r"NaN, \+∞ or nothing at all"):
            Generator().draw(now, next_token_view(recording, sampling), 0)


@pytest.mark.parametrize("bias", [[-torch.inf] * V, [0.0] * (V - 1) + [torch.inf]])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_nothing_is_drawn_where_nothing_or_more_than_all_is_likely(
    bias: list[float], temperature: float
) -> None:
    model = Sums()
    model.head.bias = nn.Parameter(torch.tensor(bias))
    now, given, _ = own(model, "example")
    view = next_token_view(now.record(given), Sampling(temperature))
    with pytest.raises(Problem, match=r"NaN, \+∞ or nothing at all"):
        Generator().draw(now, view, 0)


@pytest.mark.parametrize("temperature", [1e-6, 1e-300, 5e-324])
def test_the_coldest_temperature_draws_the_likeliest(temperature: float) -> None:
    logits = torch.tensor([3.0, -1e6, 1e6, -torch.inf], dtype=torch.float64)
    assert drawn(logits, Sampling(temperature)).tolist() == [0.0, 0.0, 1.0, 0.0]
    assert drawn(logits, Sampling(temperature, 0, 0.0)).tolist() == [0.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize(("number", "token"), [(0.0, 1), (1 - 2.0**-53, 3)])
def test_no_random_number_draws_what_has_no_chance(
    number: float, token: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chances = torch.tensor([0, 0.1, 0.2, 0.3, 0], dtype=torch.float64)
    monkeypatch.setattr(torch, "rand", lambda *_, **__: torch.tensor([number], dtype=torch.float64))
    assert choose(chances, 0, 0) == token


def test_a_vocabulary_of_one_token_and_a_window_of_one() -> None:
    feed = LiveFeed((torch.zeros(1, 1, dtype=torch.int64),), {})
    found = written(Subject(Sums(rows=1), feed, "", {}), ExampleInput(), 3)
    assert found.ids == [0, 0, 0]
    assert all((one.chance, one.likely) == (1.0, 1.0) for one in found.tokens)


def test_tokens_that_nobody_uses_do_not_hide_that_a_model_looks_ahead() -> None:
    model = Sums(ahead=True)
    with torch.no_grad():
        model.table.weight[:2] = 0  # as of special ones that are never read
    now, given, _ = own(model, "live")
    with pytest.raises(Problem, match="depends on those after it"):
        Generator().draw(now, next_token_view(now.record(given), Sampling()), 0)


@torch.no_grad()
def test_tokens_that_come_with_a_mask_and_are_reshaped_first() -> None:
    """As a tokenizer gives them, and as GPT-2 reads them."""

    class Masked(Sums):
        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:  # type: ignore[override]
            return super().forward(ids.view(-1, ids.shape[-1]).long()) * mask[..., None]

    torch.manual_seed(0)
    model, ids = Masked(), torch.arange(T)[None] * 2 % V
    mask = torch.ones_like(ids)
    now = Subject(model, LiveFeed((), {"ids": ids, "mask": mask}), "", {})
    found = written(now, ExampleInput(), 12, Sampling(), seed=3)
    assert found.ids == by_hand(
        lambda ids: model(torch.tensor([ids[-T:]]), mask)[0, -1], ids[0].tolist(), 12,
        Sampling(), 3,
    )  # fmt: skip


def test_two_rows_of_tokens_are_no_single_one() -> None:
    class Places(Sums):
        def forward(self, ids: Tensor, places: Tensor) -> Tensor:  # type: ignore[override]
            return super().forward(ids) + places[..., None]

    ids = torch.arange(T)[None]
    now = Subject(Places(), LiveFeed((ids, ids + 1), {}), "", {})
    recording = now.record(ExampleInput())
    assert predicts_tokens(recording)
    with pytest.raises(Problem, match="no single row of tokens"):
        Generator().draw(now, next_token_view(recording, Sampling()), 0)


def test_a_model_of_no_tokens_says_so() -> None:
    feed = LiveFeed((torch.ones(1, 4),), {})
    now = Subject(nn.Linear(4, V), feed, "", {})
    with pytest.raises(Problem, match="no row of tokens"):
        now.record(ExampleInput((1, 2)))
