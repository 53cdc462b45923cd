"""Specs: frozen, validated descriptions of a model, its data, its input and its training.

A preset is the four of them in one ``preset.toml``, with changes to its pass if there are any.
Undo is a list of earlier specs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails

from explorer.core.change import Change, Entry, Kind, spells_an_index
from explorer.core.problem import Problem

Size = Annotated[int, Field(gt=0, le=1 << 20)]
Steps = Annotated[int, Field(gt=0, le=10**9)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Mistake = tuple[tuple[str | int, ...], str]  # key path and what is wrong there
CLASSES = {"points": 2, "breast_cancer": 2, "iris": 3, "wine": 3}
COLUMNS = {"breast_cancer": 30, "iris": 4, "wine": 13}
Activation = Literal["relu", "tanh", "sigmoid", "gelu"]


class Spec(BaseModel):
    """Base of all specs: immutable, unknown keys are mistakes, and all mistakes come at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def between(cls, fields: dict[str, Any]) -> Iterator[Mistake]:
        """What is wrong between fields that are valid in themselves; only those are in here."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _every_mistake(cls, given: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Check between the valid fields also when others are not: nobody mends twice."""
        mistakes: list[InitErrorDetails] = []
        made: Self | None = None
        try:
            made = validate(given)
            fields = dict(made)
        except ValidationError as error:
            if not isinstance(given, dict):
                raise
            for item in error.errors(include_url=False):
                same = InitErrorDetails(type=item["type"], loc=item["loc"], input=item["input"])
                if "ctx" in item:
                    same["ctx"] = item["ctx"]
                mistakes.append(same)
            fields = cls._valid_fields(given)
        for path, said in cls.between(fields):
            wrong = {"error": ValueError(said)}
            mistakes.append(InitErrorDetails(type="value_error", loc=path, input=given, ctx=wrong))
        if made is None or mistakes:
            raise ValidationError.from_exception_data(cls.__name__, mistakes)
        return made

    @classmethod
    def _valid_fields(cls, given: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for name, field in cls.model_fields.items():
            if name in given:
                try:
                    kind: Any = Annotated[field.annotation, field]  # with its bounds
                    found[name] = TypeAdapter(kind).validate_python(given[name])
                except ValidationError:
                    continue  # it is among the mistakes already
            elif not field.is_required():
                found[name] = field.get_default(call_default_factory=True)
        return found


def _odd(kernel: int) -> int:
    if kernel % 2 == 0:
        raise ValueError(
            f"kernel {kernel} is even, so the map would not keep its size; "
            f"{kernel - 1 or 1} or {kernel + 1} would do"
        )
    return kernel


def _distinct(vocabulary: str) -> str:
    twice = sorted({c for c in vocabulary if vocabulary.count(c) > 1})
    if twice:
        raise ValueError(f"the vocabulary names some characters twice: {''.join(twice)!r}")
    return vocabulary


def _index(cells: str) -> str:
    try:
        return spells_an_index(cells)
    except Problem as problem:
        raise ValueError(str(problem)) from problem


def _number(amount: float) -> float:
    if math.isnan(amount):
        raise ValueError("must be a number, not nan")
    return amount


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
    kernel: Annotated[int, Field(gt=0, le=31), AfterValidator(_odd)] = 3
    hidden: tuple[Size, ...] = ()
    classes: Annotated[int, Field(ge=2, le=1 << 20)]
    activation: Activation = "relu"

    @classmethod
    def between(cls, fields: dict[str, Any]) -> Iterator[Mistake]:
        """The image must be large enough for the poolings."""
        image, channels = fields.get("image"), fields.get("channels")
        if image and channels and min(image) < 2 ** len(channels):
            smallest = 2 ** len(channels)
            yield (
                ("image",),
                f"{len(channels)} poolings halve the image {len(channels)} times, but "
                f"{image[0]}×{image[1]} is smaller than {smallest}×{smallest}; "
                "use fewer channels or a larger image",
            )


class GPTSpec(Spec):
    """A decoder-only Transformer (pre-norm, learned positions, causal self-attention)."""

    family: Literal["gpt"]
    vocabulary: Size
    context: Size
    layers: Annotated[int, Field(gt=0, le=256)]
    heads: Annotated[int, Field(gt=0, le=1024)]
    width: Size
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @classmethod
    def between(cls, fields: dict[str, Any]) -> Iterator[Mistake]:
        """Every head gets the same share of the width."""
        width, heads = fields.get("width"), fields.get("heads")
        if width and heads and width % heads:
            below = width - width % heads
            either = f"{below} or {below + heads}" if below else f"{heads}"
            yield ("width",), f"width {width} is not divisible by {heads} heads: {either} would do"


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

    @classmethod
    def between(cls, fields: dict[str, Any]) -> Iterator[Mistake]:
        """No more features than columns."""
        table, features = fields.get("table"), fields.get("features")
        if table and features and features > COLUMNS[table]:
            yield ("features",), f"{features} are wanted, but {table} has {COLUMNS[table]} columns"


class TextData(Spec):
    """Characters of ``pydoc_data.topics``, the manual in Python's own standard library.

    The vocabulary is written down in the preset, because the text differs a little from one
    Python version to the next and the weights must fit on all of them; characters of the text
    outside it are left out.
    """

    kind: Literal["text"]
    text: Literal["pydoc_data.topics"] = "pydoc_data.topics"
    vocabulary: Annotated[str, Field(min_length=2), AfterValidator(_distinct)]


DataSpec = Annotated[PointsData | DigitsData | TableData | TextData, Field(discriminator="kind")]

Optimizer = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad"]
Schedule = Literal["constant", "step", "cosine"]
Rate = Annotated[float, Field(ge=0, lt=1)]  # of decay, of one step

# What each optimizer is told besides the learning rate and the weight decay.
TUNED: dict[str, tuple[str, ...]] = {
    "sgd": ("momentum", "nesterov"),
    "adam": ("beta1", "beta2", "eps"),
    "adamw": ("beta1", "beta2", "eps"),
    "rmsprop": ("alpha", "momentum", "eps"),
    "adagrad": ("eps",),
}


class TrainSpec(Spec):
    """A training plan. ``learning_rate`` per step, ``steps`` of ``batch_size`` samples each.

    ``max_norm`` is that of all gradients together, 0 for no clipping. What ``schedule``,
    ``warmup``, ``step_size`` and ``gamma`` make of the learning rate: `schedule.learning_rate_at`.
    An optimizer is told those of the others that `TUNED` names.
    """

    optimizer: Optimizer = "adam"
    learning_rate: Annotated[float, Field(gt=0, le=100)] = 1e-3
    batch_size: Annotated[int, Field(gt=0, le=65536)] = 32
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.0
    momentum: Rate = 0.0
    nesterov: bool = False
    beta1: Rate = 0.9
    beta2: Rate = 0.999
    alpha: Rate = 0.99
    eps: Annotated[float, Field(gt=0, le=1)] = 1e-8
    schedule: Schedule = "constant"
    warmup: Annotated[int, Field(ge=0, le=10**9)] = 0
    step_size: Steps = 1000
    gamma: Annotated[float, Field(gt=0, le=1)] = 0.1
    max_norm: Annotated[float, Field(ge=0, le=10**6)] = 0.0
    steps: Steps = 1000
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2
    seed: Seed = 0

    @classmethod
    def between(cls, fields: dict[str, Any]) -> Iterator[Mistake]:
        """Nesterov's way of momentum needs some."""
        if (
            fields.get("optimizer") == "sgd"
            and fields.get("nesterov")
            and fields.get("momentum") == 0
        ):
            yield ("nesterov",), "needs a momentum above 0, such as 0.9"


class InputSpec(Spec):
    """The sample input a preset opens with: exactly one of ``text``, ``values``, ``sample``.

    ``sample`` is an index into the validation part of the preset's data.
    """

    text: str | None = None
    values: tuple[float, ...] | None = None
    sample: Annotated[int, Field(ge=0, le=10**9)] | None = None

    @classmethod
    def between(cls, fields: dict[str, Any]) -> Iterator[Mistake]:
        """One of them, no more and no less."""
        given = [name for name, value in fields.items() if value is not None]
        if len(fields) == len(cls.model_fields) and len(given) != 1:
            yield (), f"exactly one of text, values, sample is needed, {len(given)} given"


class Weights(Spec):
    """What the shipped ``weights.safetensors`` are and reach, re-checked by a test."""

    made_by: str
    steps: Steps
    seed: Seed
    validation_loss: float
    validation_accuracy: Annotated[float, Field(ge=0, le=1)]


class ChangeSpec(Spec):
    """A `Change` as people write it in a file, which may be off."""

    value: Annotated[str, Field(min_length=1)]
    kind: Kind
    cells: Annotated[str, AfterValidator(_index)] = ""
    amount: Annotated[float, AfterValidator(_number)] = 0.0
    seed: Seed = 0
    on: bool = True

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The one that says this."""
        one = entry.change
        return cls(
            value=one.value, kind=one.kind, cells=one.cells, amount=one.amount, seed=one.seed,
            on=entry.on,
        )  # fmt: skip

    @property
    def entry(self) -> Entry:
        """As it stands in the list of a pass."""
        return Entry(Change(self.value, self.kind, self.cells, self.amount, self.seed), self.on)


class Words(Spec):
    """A text in the two languages of the app."""

    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]


class Preset(Spec):
    """``preset.toml``: everything needed to open, step and train one network."""

    title: Words
    summary: Words
    order: Annotated[int, Field(ge=-(10**6), le=10**6)] = 100
    model: ModelSpec
    data: DataSpec
    input: InputSpec
    train: TrainSpec = TrainSpec()
    weights: Weights | None = None
    change: tuple[ChangeSpec, ...] = ()

    @classmethod
    def between(cls, fields: dict[str, Any]) -> Iterator[Mistake]:
        """Model, data and input must belong together."""
        model, data, given = (fields.get(name) for name in ("model", "data", "input"))
        if model is not None and data is not None:
            yield from _learns(model, data)
        if model is not None and given is not None:
            yield from _reads(model, given)


_LEARNS_FROM = {"mlp": ("points", "table"), "cnn": ("digits",), "gpt": ("text",)}


def _learns(
    model: MLPSpec | CNNSpec | GPTSpec, data: PointsData | DigitsData | TableData | TextData
) -> Iterator[Mistake]:
    takes = _LEARNS_FROM[model.family]
    if data.kind not in takes:
        yield (
            ("data", "kind"),
            f"a {model.family} cannot learn from {data.kind} data; it takes {' or '.join(takes)}",
        )
    elif isinstance(model, MLPSpec):
        width = data.features if isinstance(data, TableData) else 2
        classes = CLASSES[data.table if isinstance(data, TableData) else data.kind]
        first, last = model.sizes[0], model.sizes[-1]
        if first != width:
            yield (
                ("model", "sizes", 0),
                f"model.sizes starts with {first}, but the data has {width} features",
            )
        if last != classes:
            yield (
                ("model", "sizes", len(model.sizes) - 1),
                f"model.sizes ends with {last}, but the data has {classes} classes",
            )
    elif isinstance(model, CNNSpec):
        if model.image != (8, 8):
            yield (("model", "image"), "the digits are 8×8: model.image must be [8, 8]")
        if model.in_channels != 1:
            yield (("model", "in_channels"), "the digits have 1 channel")
        if model.classes != 10:
            yield (
                ("model", "classes"),
                f"the digits have 10 classes, model.classes is {model.classes}",
            )
    elif isinstance(data, TextData) and model.vocabulary != len(data.vocabulary):
        yield (
            ("model", "vocabulary"),
            f"model.vocabulary is {model.vocabulary}, but data.vocabulary has "
            f"{len(data.vocabulary)} characters",
        )


def _reads(model: MLPSpec | CNNSpec | GPTSpec, given: InputSpec) -> Iterator[Mistake]:
    if isinstance(model, GPTSpec):
        if given.text is None:
            yield ("input",), "a gpt reads text: give input.text"
    elif given.text is not None:
        yield (
            ("input", "text"),
            f"a {model.family} does not read text: give input.sample or values",
        )
    elif given.values is not None:
        count = len(given.values)
        if isinstance(model, MLPSpec) and count != model.sizes[0]:
            yield (
                ("input", "values"),
                f"input.values has {count} numbers, but the model takes {model.sizes[0]}",
            )
        if isinstance(model, CNNSpec) and count != 64:
            yield ("input", "values"), f"input.values has {count} pixels, 8×8 = 64 are needed"
