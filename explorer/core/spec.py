"""Specs: frozen, validated descriptions of a model, its data, its input and its training.

A preset is the four of them in one ``preset.toml``. Undo is a list of earlier specs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Size = Annotated[int, Field(gt=0, le=1 << 20)]
Activation = Literal["relu", "tanh", "sigmoid", "gelu"]


class Spec(BaseModel):
    """Base of all specs: immutable, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MLPSpec(Spec):
    """Linear layers with an activation between them: ``sizes`` = (in, hidden…, out)."""

    family: Literal["mlp"]
    sizes: Annotated[tuple[Size, ...], Field(min_length=2)]
    activation: Activation = "relu"


class CNNSpec(Spec):
    """A LeNet: convolution, activation and pooling per entry of ``channels``, then linear."""

    family: Literal["cnn"]
    image: tuple[Size, Size]
    in_channels: Size = 1
    channels: Annotated[tuple[Size, ...], Field(min_length=1)]
    kernel: Annotated[int, Field(gt=0, le=31)] = 3
    hidden: tuple[Size, ...] = ()
    classes: Annotated[int, Field(ge=2)]
    activation: Activation = "relu"

    @model_validator(mode="after")
    def _fits(self) -> CNNSpec:
        if self.kernel % 2 == 0:
            raise ValueError(
                f"kernel {self.kernel} is even, so the map would not keep its size; "
                f"{self.kernel - 1 or 1} or {self.kernel + 1} would do"
            )
        smallest = 2 ** len(self.channels)
        if min(self.image) < smallest:
            raise ValueError(
                f"{len(self.channels)} poolings halve the image {len(self.channels)} times, but "
                f"{self.image[0]}×{self.image[1]} is smaller than {smallest}×{smallest}; "
                "use fewer channels or a larger image"
            )
        return self


class GPTSpec(Spec):
    """A decoder-only Transformer (pre-norm, learned positions, causal self-attention)."""

    family: Literal["gpt"]
    vocabulary: Size
    context: Size
    layers: Annotated[int, Field(gt=0, le=256)]
    heads: Annotated[int, Field(gt=0, le=1024)]
    width: Size
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _divides(self) -> GPTSpec:
        if self.width % self.heads:
            below = self.width - self.width % self.heads
            either = f"{below} or {below + self.heads}" if below else f"{self.heads}"
            raise ValueError(
                f"width {self.width} is not divisible by {self.heads} heads: {either} would do"
            )
        return self


ModelSpec = Annotated[MLPSpec | CNNSpec | GPTSpec, Field(discriminator="family")]


class PointsData(Spec):
    """Points of the plane in two classes, made from a seed."""

    kind: Literal["points"]
    shape: Literal["spirals", "moons", "circles", "xor"]
    samples: Annotated[int, Field(ge=10, le=1_000_000)] = 400
    noise: Annotated[float, Field(ge=0, le=2)] = 0.1


class DigitsData(Spec):
    """scikit-learn's 1,797 handwritten 8×8 digits."""

    kind: Literal["digits"]


class TableData(Spec):
    """A table of scikit-learn's: the first ``features`` columns, standardised; its classes."""

    kind: Literal["table"]
    table: Literal["breast_cancer", "iris", "wine"]
    features: Annotated[int, Field(ge=1)]


class TextData(Spec):
    """Characters of ``pydoc_data.topics``, the manual in Python's own standard library.

    The vocabulary is written down in the preset, because the text differs a little from one
    Python version to the next and the weights must fit on all of them; characters of the text
    outside it are left out.
    """

    kind: Literal["text"]
    text: Literal["pydoc_data.topics"] = "pydoc_data.topics"
    vocabulary: Annotated[str, Field(min_length=2)]

    @model_validator(mode="after")
    def _distinct(self) -> TextData:
        twice = sorted({c for c in self.vocabulary if self.vocabulary.count(c) > 1})
        if twice:
            raise ValueError(f"the vocabulary names some characters twice: {''.join(twice)!r}")
        return self


DataSpec = Annotated[PointsData | DigitsData | TableData | TextData, Field(discriminator="kind")]

OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")


class TrainSpec(Spec):
    """A training plan. ``learning_rate`` per step, ``steps`` of ``batch_size`` samples each."""

    optimizer: Literal["sgd", "adam", "adamw", "rmsprop"] = "adam"
    learning_rate: Annotated[float, Field(gt=0, le=100)] = 1e-3
    batch_size: Annotated[int, Field(gt=0, le=65536)] = 32
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.0
    steps: Annotated[int, Field(gt=0)] = 1000
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2
    seed: Annotated[int, Field(ge=0)] = 0


class InputSpec(Spec):
    """The sample input a preset opens with: exactly one of ``text``, ``values``, ``sample``.

    ``sample`` is an index into the validation part of the preset's data.
    """

    text: str | None = None
    values: tuple[float, ...] | None = None
    sample: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one(self) -> InputSpec:
        given = [n for n in ("text", "values", "sample") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of text, values, sample is needed, {len(given)} given")
        return self


class Weights(Spec):
    """What the shipped ``weights.safetensors`` are and reach, re-checked by a test."""

    made_by: str
    steps: int
    seed: int
    validation_loss: float
    validation_accuracy: Annotated[float, Field(ge=0, le=1)]


class Words(Spec):
    """A text in the two languages of the app."""

    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]


class Preset(Spec):
    """``preset.toml``: everything needed to open, step and train one network."""

    title: Words
    summary: Words
    order: int = 100
    model: ModelSpec
    data: DataSpec
    input: InputSpec
    train: TrainSpec = TrainSpec()
    weights: Weights | None = None

    @model_validator(mode="after")
    def _belong_together(self) -> Preset:
        model, data, given = self.model, self.data, self.input
        takes = {"mlp": ("points", "table"), "cnn": ("digits",), "gpt": ("text",)}[model.family]
        if data.kind not in takes:
            raise ValueError(
                f"a {model.family} cannot learn from {data.kind} data; "
                f"it takes {' or '.join(takes)}"
            )
        if isinstance(model, GPTSpec) and isinstance(data, TextData):
            if model.vocabulary != len(data.vocabulary):
                raise ValueError(
                    f"model.vocabulary is {model.vocabulary}, but data.vocabulary has "
                    f"{len(data.vocabulary)} characters"
                )
            if given.text is None:
                raise ValueError("a gpt reads text: give input.text")
        elif given.text is not None:
            raise ValueError(f"a {model.family} does not read text: give input.sample or values")
        if isinstance(model, MLPSpec):
            width = 2 if isinstance(data, PointsData) else getattr(data, "features", 0)
            if model.sizes[0] != width:
                raise ValueError(
                    f"model.sizes starts with {model.sizes[0]}, but the data has {width} features"
                )
            if given.values is not None and len(given.values) != width:
                raise ValueError(
                    f"input.values has {len(given.values)} numbers, but the model takes {width}"
                )
        if isinstance(model, CNNSpec):
            if model.image != (8, 8) or model.in_channels != 1:
                raise ValueError("the digits are 8×8 with 1 channel: model.image must be [8, 8]")
            if model.classes != 10:
                raise ValueError(f"the digits have 10 classes, model.classes is {model.classes}")
            if given.values is not None and len(given.values) != 64:
                raise ValueError(
                    f"input.values has {len(given.values)} pixels, 8×8 = 64 are needed"
                )
        return self
