"""Folders of transformers write as the library itself does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.core.generation import looks_ahead, next_token_view, predicts_tokens
from explorer.core.prediction import Sampling
from explorer.core.problem import Problem
from explorer.core.values import ExampleInput, TensorsInput, TextInput
from explorer.engine.generating import Generator
from explorer.engine.live import LiveFeed
from explorer.engine.subject import Subject
from tests.engine.test_sources_huggingface import (  # noqa: F401 (fixtures)
    TEXT,
    bert,
    copy,
    gpt2,
    opened,
    tokenizers,
    transformers,
)
from tests.engine.writing import by_hand, written


def ids_of(folder: Path, text: str) -> Any:
    return transformers.AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt").input_ids


def lively(model: Any) -> None:
    """Random weights large enough that texts differ."""
    torch.manual_seed(4)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.5 * torch.randn_like(parameter))


@torch.no_grad()
def says_only(model: Any, token: int) -> None:
    """Weights with which one token is the likeliest always."""
    model.get_parameter("transformer.ln_f.weight").zero_()
    model.get_parameter("transformer.ln_f.bias").fill_(1.0)
    model.get_parameter("transformer.wte.weight")[token] = 1.0


@torch.no_grad()
def test_a_greedy_text_is_that_of_the_library(gpt2: Path) -> None:  # noqa: F811
    one = opened(gpt2)
    lively(one.model)
    now = Subject(*one)
    found = written(now, TextInput("the cat"), 12, Sampling(0.0))
    assert not any(map(looks_ahead, found.passes))
    ids = ids_of(gpt2, "the cat")
    model: Any = one.model
    wanted = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False,
        eos_token_id=None, pad_token_id=0,
    )  # fmt: skip
    assert found.ids == wanted[0, ids.shape[1] :].tolist()
    tokenizer = transformers.AutoTokenizer.from_pretrained(gpt2)
    whole = tokenizer.decode([*ids[0].tolist(), *[t for t in found.ids if t < len(tokenizer)]])
    assert "the cat" + found.text == whole


@torch.no_grad()
def test_tokens_stay_those_that_were_drawn_and_the_window_goes_on(
    gpt2: Path,  # noqa: F811
) -> None:
    one = opened(gpt2)
    lively(one.model)
    now = Subject(*one)
    found = written(now, TextInput("the cat sat"), 40, Sampling(1.5), seed=2)
    ids = ids_of(gpt2, "the cat sat")[0].tolist()
    expected = by_hand(
        lambda ids: one.model(torch.tensor([ids[-32:]])).logits[0, -1], ids, 40, Sampling(1.5), 2
    )
    assert found.ids == expected
    assert len(found.passes[-1].labels["T"]) == 32
    again = now.record(found.passes[-1].input)
    plain = one.model(torch.tensor([[*ids, *found.ids[:-1]][-32:]])).logits
    assert torch.equal(now.value(again.tape, again.prediction), plain)


def test_the_folder_says_with_which_token_a_text_is_over(gpt2: Path) -> None:  # noqa: F811
    one = opened(gpt2)
    says_only(one.model, 0)
    (drawn,) = written(Subject(*one), TextInput("the"), 1, Sampling(0.0)).tokens
    assert (drawn.token, drawn.ends) == (0, True)


def test_a_token_that_the_tokenizer_does_not_know_is_shown_by_its_number(
    gpt2: Path,  # noqa: F811
) -> None:
    one = opened(gpt2)  # it has 310 rows, the tokenizer 300 at most
    says_only(one.model, 309)
    found = written(Subject(*one), TextInput("the"), 2, Sampling(0.0))
    assert found.ids == [309, 309]
    assert found.tokens[-1].name == "⟨309⟩"
    assert found.text == ""
    assert found.passes[1].labels["T"][-1] == "⟨309⟩"


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize("hidden", [1, 3])
def test_padding_before_the_text_does_not_tell_whether_a_model_looks_ahead(
    gpt2: Path,  # noqa: F811
    bert: Path,  # noqa: F811
    attention: str,
    writes: bool,
    hidden: int,
) -> None:
    one = opened(gpt2) if writes else opened(bert, "BertForMaskedLM", random=True)
    model: Any = one.model
    model.set_attn_implementation(attention)
    lively(model)
    ids, mask = (
        torch.tensor([[3, 4, 5, 6, 7, 8]]),
        torch.tensor([[0] * hidden + [1] * (6 - hidden)]),
    )
    now = Subject(model, LiveFeed((), {"input_ids": ids, "attention_mask": mask}), "", {})
    recording = now.record(ExampleInput())
    assert recording.attention
    assert looks_ahead(recording) is not writes
    view = next_token_view(recording, Sampling())
    if writes:
        Generator().draw(now, view, 0)
    else:
        with pytest.raises(Problem, match="depends on those after it"):
            Generator().draw(now, view, 0)


def test_an_encoder_does_not_write(bert: Path) -> None:  # noqa: F811
    one = opened(bert, "BertForMaskedLM", random=True)
    now = Subject(*one)
    recording = now.record(TextInput("the cat sat on"))
    assert predicts_tokens(recording)
    assert looks_ahead(recording)
    assert looks_ahead(now.name(recording.tape))
    with pytest.raises(Problem, match="depends on those after it") as refused:
        Generator().draw(now, next_token_view(recording, Sampling()), 0)
    assert refused.value.kind == "looks ahead"
    classes = Subject(*opened(bert, "BertForSequenceClassification", random=True))
    assert not predicts_tokens(classes.record(TextInput("the cat sat on")))


@torch.no_grad()
def test_an_encoder_without_a_tokenizer_does_not_write_either(copy: Path) -> None:  # noqa: F811
    for file in (*copy.glob("*token*"), copy / "vocab.txt"):
        file.unlink()
    one = opened(copy, "BertLMHeadModel", random=True)
    assert isinstance(one.feed.sample, TensorsInput)
    now = Subject(*one)
    recording = now.record(one.feed.sample)
    assert predicts_tokens(recording)
    with pytest.raises(Problem, match="depends on those after it"):
        Generator().draw(now, next_token_view(recording, Sampling()), 0)


@torch.no_grad()
def test_an_answer_is_written_by_a_decoder(tmp_path: Path) -> None:
    config = transformers.T5Config(
        vocab_size=120, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
        decoder_start_token_id=0, architectures=["T5ForConditionalGeneration"],
    )  # fmt: skip
    config.save_pretrained(tmp_path)
    made = tokenizers.SentencePieceUnigramTokenizer()
    made.train_from_iterator([TEXT] * 3, vocab_size=60, special_tokens=["<pad>", "</s>", "<unk>"],
                             unk_token="<unk>", show_progress=False)  # fmt: skip
    made.save(str(tmp_path / "tokenizer.json"))
    one = opened(tmp_path, random=True)
    lively(one.model)
    found = written(Subject(*one), TextInput("the cat"), 8, Sampling(0.0))
    ids = ids_of(tmp_path, "the cat")
    model: Any = one.model
    wanted = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False,
        eos_token_id=None,
    )  # fmt: skip
    assert found.ids == wanted[0, 1:].tolist()
    assert found.passes[-1].labels["T"][0] == "<pad>"
