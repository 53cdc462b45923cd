"""From a `DataSpec` to tensors: what a model learns from, and how an input becomes a tensor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from explorer.core.graph import Choice, Editor
from explorer.core.problem import Problem, phrase
from explorer.core.spec import DigitsData, GPTSpec, PointsData, Preset, TableData, TextData
from explorer.core.values import Input, NumbersInput, SampleInput, TextInput
from explorer.engine.feeds import Given, Tokens
from explorer.engine.tape import Tape

Pair = tuple[Tensor, Tensor]
_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥"}


@dataclass(frozen=True)
class Dataset:
    """Samples and their targets, on one device, as (inputs, targets).

    ``(N, features)`` and ``(N,)`` for tables and points, ``(N, C, H, W)`` and ``(N,)`` for
    images, and for text every window ``(N, T)`` and the same window one character later.
    ``features`` names the inputs, or is the vocabulary; ``classes`` names the outputs.
    """

    train: Pair
    validation: Pair
    features: tuple[str, ...]
    classes: tuple[str, ...]
    shape: tuple[int, ...]  # of one input; for text the longest
    text: bool = False

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {character: i for i, character in enumerate(self.features)}

    def to(self, device: torch.device) -> Dataset:
        """The same data on ``device``."""
        parts = [tuple(t.to(device) for t in pair) for pair in (self.train, self.validation)]
        train, validation = parts
        return Dataset(
            (train[0], train[1]), (validation[0], validation[1]),
            self.features, self.classes, self.shape, self.text,
        )  # fmt: skip

    def encode(self, text: str) -> Tensor:
        """Token ids ``(T,)``. Raises Problem (kind ``input``) for what cannot be read."""
        unknown = sorted(set(text) - self._codes.keys())
        if unknown:
            raise Problem(
                "input",
                phrase("The vocabulary has no {characters}."),
                phrase("Leave it out; this model reads {count} characters: {vocabulary}"),
                characters=" ".join(f"“{c}”" for c in unknown),
                count=len(self.features),
                vocabulary="".join(show(c) for c in self.features),
            )
        if not text:
            raise Problem(
                "input", phrase("There is no text to read."), phrase("Type at least one character.")
            )
        if len(text) > self.shape[0]:
            raise Problem(
                "input",
                phrase("The text has {length} characters, but the model reads at most {context}."),
                phrase("Shorten it."),
                length=len(text),
                context=self.shape[0],
            )
        return torch.tensor([self._codes[c] for c in text], device=self.train[0].device)

    def decode(self, tokens: Tensor) -> str:
        """The text of token ids ``(T,)``."""
        return "".join(self.features[i] for i in tokens.tolist())

    def batch(self, given: Input) -> Tensor:
        """A batch of one: ``(1, T)``, ``(1, features)`` or ``(1, C, H, W)``."""
        inputs = self.validation[0]
        if isinstance(given, SampleInput):
            if not 0 <= given.index < len(inputs):
                raise Problem(
                    "input",
                    phrase("There is no sample {index}: the validation data has {count}."),
                    phrase("Choose one between 0 and {last}."),
                    index=given.index,
                    count=len(inputs),
                    last=len(inputs) - 1,
                )
            return inputs[given.index : given.index + 1].clone()
        if isinstance(given, TextInput):
            if not self.text:
                raise Problem("input", phrase("This model does not read text."))
            drawn = torch.tensor(given.then, dtype=torch.int64, device=inputs.device)
            return torch.cat([self.encode(given.text), drawn])[None, -self.shape[0] :]
        if not isinstance(given, NumbersInput):
            raise Problem("input", phrase("This model reads its preset's kind of input only."))
        count = int(np.prod(self.shape))
        if self.text or len(given.values) != count:
            raise Problem(
                "input",
                phrase("{found} numbers were given, but the model takes {wanted}."),
                found=len(given.values),
                wanted=0 if self.text else count,
            )
        return torch.tensor(given.values, dtype=torch.float32, device=inputs.device).view(
            1, *self.shape
        )


class DataFeed:
    """Feeds a preset's model: samples of its data, text in its vocabulary, points, drawings."""

    def __init__(self, preset: Preset, data: Dataset) -> None:
        self._data = data
        self.editor: Editor = _EDITORS[preset.data.kind]
        self.shape = data.shape[-2:] if preset.data.kind == "digits" else data.shape
        self.labels = data.features
        self.classes = () if data.text else data.classes
        self.sample = given_input(preset)
        self.choices: tuple[Choice, ...] = ()

    def arguments(self, given: Input) -> Given:
        """A batch of one."""
        return (self._data.batch(given),), {}

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """Tokens and vocabulary, or classes and features."""
        data = self._data
        if not data.text:
            labels = {"classes": data.classes}
            return labels | {"features": data.features} if data.features else labels
        tokens = next(i for i, value in enumerate(tape.values) if value.kind == "input")
        text = data.decode(tape.value(tokens)[0])
        return {"T": tuple(map(show, text)), "V": tuple(map(show, data.features))}

    def tokens(self, given: Input) -> Tokens | None:
        """Characters, of which none ends a text."""
        if not isinstance(given, TextInput):
            return None
        return Tokens(frozenset(), lambda drawn: self._data.decode(torch.tensor(drawn)))


_EDITORS: dict[str, Editor] = {
    "text": "text", "digits": "image", "points": "point", "table": "numbers",
}  # fmt: skip


def show(character: str) -> str:
    """A character as people can see it: ``␣`` for a space, ``⏎`` for a line end."""
    return _VISIBLE.get(character, character)


def given_input(preset: Preset) -> Input:
    """The sample input that a preset opens with."""
    given = preset.input
    if given.text is not None:
        return TextInput(given.text)
    if given.values is not None:
        return NumbersInput(given.values)
    return SampleInput(given.sample or 0)


def load_data(preset: Preset, seed: int, validation: float) -> Dataset:
    """The data of a preset, split the same way for the same ``seed``, on the CPU."""
    spec = preset.data
    if isinstance(spec, TextData):
        assert isinstance(preset.model, GPTSpec)
        return _text(spec.vocabulary, preset.model.context, validation)
    rng = np.random.default_rng(seed)
    if isinstance(spec, PointsData):
        x, y = _points(spec, rng)
        return _split(x, y, validation, rng, ("x", "y"), ("0", "1"), (2,))
    if isinstance(spec, DigitsData):
        return _digits(validation, rng)
    return _table(spec, validation, rng)


def _split(
    x: np.ndarray,
    y: np.ndarray,
    validation: float,
    rng: np.random.Generator,
    features: tuple[str, ...],
    classes: tuple[str, ...],
    shape: tuple[int, ...],
    standardise: bool = False,
) -> Dataset:
    """Shuffle and cut; ``standardise`` to mean 0 and deviation 1 over the training part."""
    order = rng.permutation(len(x))
    cut = min(max(1, round(len(x) * (1 - validation))), len(x) - 1)
    x, y = x[order], y[order]
    if standardise:
        x = (x - x[:cut].mean(0)) / (x[:cut].std(0) + 1e-8)
    inputs = torch.from_numpy(x.astype(np.float32))
    targets = torch.from_numpy(y.astype(np.int64))
    return Dataset(
        (inputs[:cut], targets[:cut]), (inputs[cut:], targets[cut:]), features, classes, shape
    )


def _points(spec: PointsData, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two classes of points ``(N, 2)``, about within −1 … 1."""
    n = spec.samples
    y = np.arange(n) % 2
    if spec.shape == "xor":
        x = rng.uniform(-1, 1, (n, 2))
        y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    elif spec.shape == "circles":
        angle = rng.uniform(0, 2 * np.pi, n)
        radius = np.where(y == 0, 0.9, 0.45)
        x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    elif spec.shape == "moons":
        angle = rng.uniform(0, np.pi, n)
        side = 1 - 2 * y
        x = np.stack(
            [side * np.cos(angle) * 0.6 + 0.3 * -side, side * (np.sin(angle) - 0.25) * 0.7], 1
        )
    else:  # two spirals, one and a quarter turns each
        along = np.sqrt(rng.uniform(0.01, 1, n))
        angle = along * 2.5 * np.pi + np.pi * y
        x = np.stack([along * np.cos(angle), along * np.sin(angle)], 1)
    return x + rng.normal(0, spec.noise * 0.3, (n, 2)), y


def _digits(validation: float, rng: np.random.Generator) -> Dataset:
    from sklearn.datasets import load_digits  # takes a second: only who needs it waits

    data = load_digits()
    images = data.images[:, None] / 16.0  # (N, 1, 8, 8), 0 … 1
    names = tuple(str(n) for n in data.target_names)
    return _split(images, data.target, validation, rng, (), names, (1, 8, 8))


def _table(spec: TableData, validation: float, rng: np.random.Generator) -> Dataset:
    from sklearn import datasets  # takes a second: only who needs it waits

    data = getattr(datasets, f"load_{spec.table}")()
    names = tuple(str(n) for n in data.feature_names)
    n = spec.features
    return _split(
        data.data[:, :n], data.target, validation, rng, names[:n],
        tuple(str(c) for c in data.target_names), (n,), standardise=True,
    )  # fmt: skip


def _text(vocabulary: str, context: int, validation: float) -> Dataset:
    from pydoc_data.topics import topics

    codes = {c: i for i, c in enumerate(vocabulary)}
    text = "\n".join(topics.values())
    tokens = torch.tensor([codes[c] for c in text if c in codes])
    cut = round(len(tokens) * (1 - validation))  # the end is for validation, unshuffled
    if min(cut, len(tokens) - cut) <= context:
        raise Problem(
            "preset",
            phrase("The text is too short for windows of {context} characters."),
            phrase("Give a smaller model.context or another train.validation."),
            context=context,
        )

    def windows(part: Tensor, stride: int) -> Pair:
        return part[:-1].unfold(0, context, stride), part[1:].unfold(0, context, stride)

    names = tuple(vocabulary)
    return Dataset(
        windows(tokens[:cut], 1), windows(tokens[cut:], context), names, names, (context,), True
    )
