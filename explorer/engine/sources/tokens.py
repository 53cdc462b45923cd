"""Text for models of transformers: tokenized as the model's own folder says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from explorer.core.graph import Choice, Editor
from explorer.core.problem import Problem, phrase
from explorer.core.values import Input, TextInput
from explorer.engine.data import show
from explorer.engine.feeds import Given, Tokens
from explorer.engine.sources.feeding import class_labels
from explorer.engine.sources.forward import Forward
from explorer.engine.tape import Tape

_SENTENCE = "The quick brown fox jumps over the lazy dog because it is late."
_POSITIONS = (
    "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_seq_length",
    "max_sequence_length",
)  # fmt: skip
_UNLIMITED = 1 << 20  # a tokenizer that knows no limit says 1e30


class TextFeed:
    """A text, tokenized; an encoder–decoder model begins to answer with its start token."""

    reads: type[Input] = TextInput
    choices: tuple[Choice, ...] = ()
    editor: Editor = "text"
    labels: tuple[str, ...] = ()

    def __init__(
        self,
        forward: Forward,
        tokenizer: Any,
        model: Any,
        device: torch.device,
        beside: Mapping[str, Tensor],
        classes: tuple[str, ...],
    ) -> None:
        self._forward = forward
        self._tokenizer = tokenizer
        self._device = device
        self._beside = dict(beside)
        self._vocabulary = int(getattr(model.config.get_text_config(), "vocab_size", 0) or 0)
        self._tokens: list[int] = []
        self._answer: Tensor | None = None  # of an encoder–decoder model, what it has said so far
        self._ends = _ends(model, tokenizer)
        self.classes = classes
        self.shape: tuple[int, ...] = (_longest(tokenizer, model),)
        words = _SENTENCE.split()
        while len(words) > 1 and len(tokenizer(" ".join(words))["input_ids"]) > self.shape[0]:
            words.pop()
        self.sample: Input = TextInput(" ".join(words))

    def arguments(self, given: Input) -> Given:
        """Token ids and masks (1, T) as ``forward`` takes them."""
        assert isinstance(given, TextInput)
        made = self._tokenizer(given.text, return_tensors="pt", verbose=False)
        self._tokens = made["input_ids"][0].tolist()
        self._answer = self._beside.get("decoder_input_ids")
        if not self._tokens:
            raise Problem(
                "input", phrase("There is no text to read."), phrase("Type at least one character.")
            )
        if len(self._tokens) > self.shape[0]:
            raise Problem(
                "input",
                phrase("The text has {length} tokens, but the model reads at most {longest}."),
                phrase("Shorten it."),
                length=len(self._tokens),
                longest=self.shape[0],
            )
        if max(self._tokens) >= self._vocabulary > 0:
            raise Problem(
                "input",
                phrase("The tokenizer has {token}, but the model knows {count} tokens only."),
                phrase(
                    "The tokenizer belongs to another model: put the right one into its folder."
                ),
                token=max(self._tokens),
                count=self._vocabulary,
            )
        taken = {one.name for one in self._forward.arguments}
        named = {name: tensor for name, tensor in made.items() if name in taken}
        if self._answer is None and given.then:
            named = {name: self._longer(name, row, given.then) for name, row in named.items()}
            self._tokens = named["input_ids"][0].tolist()
        named |= self._beside
        if self._answer is not None:
            self._answer = self._longer("input_ids", self._answer, given.then)
            named["decoder_input_ids"] = self._answer
        on_device = {name: tensor.to(self._device) for name, tensor in named.items()}
        return self._forward.given(on_device)

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """Tokens, and the vocabulary, or the classes where the output has a number for each."""
        labels = class_labels(tape, self.classes)
        read = self._readable(self._tokens)
        if self._answer is None:
            labels["T"] = read
        else:
            labels |= {"S": read, "T": self._readable(self._answer[0].tolist())}
        shape = tape.values[tape.outputs[0]].shape if tape.outputs else ()
        said = hasattr(tape.output, "logits") and shape[-1:] == (self._vocabulary,)
        labels["V" if said else "vocabulary"] = self._names
        return labels

    def tokens(self, given: Input) -> Tokens | None:
        """Those of the tokenizer; what comes after a text is written as its end, or as an answer
        of its own where the model begins one."""
        assert isinstance(given, TextInput)
        before = [] if self._answer is not None else self._tokenizer(given.text)["input_ids"]

        def text(drawn: Sequence[int]) -> str:
            known = [token for token in drawn if token < len(self._tokenizer)]
            head, whole = (self._tokenizer.decode([*before, *more]) for more in ([], known))
            return str(whole).removeprefix(str(head))

        return Tokens(self._ends, text)

    def _longer(self, name: str, row: Tensor, then: Sequence[int]) -> Tensor:
        """A row (1, T) of ids with others after it, or of what else goes with each token, which is
        for these as for the last one; as long as the model reads."""
        if row.dim() != 2 or not then:
            return row
        more = torch.tensor([list(then)], dtype=row.dtype, device=row.device)
        if name != "input_ids":
            more = row[:, -1:].expand(-1, len(then))
        return torch.cat([row, more], 1)[:, -self.shape[0] :]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """What each token that the model knows is called."""
        known = self._readable(range(min(len(self._tokenizer), self._vocabulary)))
        return known + tuple(map(_number, range(len(known), self._vocabulary)))

    def _readable(self, tokens: Any) -> tuple[str, ...]:
        """Tokens as people read them: a space shows as ␣, bytes as the characters they are; those
        that the tokenizer does not know are numbers."""
        ids = list(tokens)
        names = self._tokenizer.convert_ids_to_tokens(ids)
        special = set(self._tokenizer.all_special_tokens)
        as_bytes = self._reads_bytes
        return tuple(
            _number(token) if not name else name if name in special else _read(name, as_bytes)
            for token, name in zip(ids, names, strict=True)
        )

    @cached_property
    def _reads_bytes(self) -> bool:
        """Whether its tokens stand for bytes, as those of GPT-2 do."""
        inner = getattr(self._tokenizer, "backend_tokenizer", None)
        return "ByteLevel" in repr(getattr(inner, "decoder", None))


def _number(token: int) -> str:
    """How a token is written of which the tokenizer says nothing."""
    return f"⟨{token}⟩"


def _read(token: str, as_bytes: bool) -> str:
    if as_bytes and all(character in _BYTES for character in token):
        data = bytes(_BYTES[character] for character in token)
        try:
            token = data.decode()
        except UnicodeDecodeError:  # a part of a character
            return "".join(chr(b) if 32 < b < 127 else f"⟨{b:02X}⟩" for b in data)
    return "".join(map(show, token.replace("▁", " ")))


def _bytes_by_character() -> dict[str, int]:
    """The characters that byte-level BPE writes bytes with: those that print are themselves.

    Radford et al. 2019, https://github.com/openai/gpt-2.
    """
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(256 + n): b for n, b in enumerate(others)}


_BYTES = _bytes_by_character()


def _longest(tokenizer: Any, model: Any) -> int:
    """How many tokens a model reads: as its tokenizer, configuration and table of positions say."""
    limits = [int(tokenizer.model_max_length)] if tokenizer.model_max_length < _UNLIMITED else []
    config = model.config.get_text_config()
    for name in _POSITIONS:
        if isinstance(found := getattr(config, name, None), int) and found > 0:
            limits.append(found)
    for path, module in model.named_modules():
        if path.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            padding = module.padding_idx
            limits.append(module.num_embeddings - (0 if padding is None else padding + 1))
    return min(limits, default=_UNLIMITED)


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens with which a text is over, as the folder says."""
    told = (
        getattr(getattr(model, "generation_config", None), "eos_token_id", None),
        getattr(model.config.get_text_config(), "eos_token_id", None),
        tokenizer.eos_token_id,
    )
    found = next((one for one in told if one is not None), ())
    return frozenset(found if isinstance(found, list | tuple) else (found,))
