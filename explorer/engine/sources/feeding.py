"""Feeds for models of the user's own: made-up tensors, pictures, bytes, a file's own example."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.core.graph import Choice, Editor
from explorer.core.problem import Problem, phrase
from explorer.core.values import (
    ExampleInput,
    Input,
    PictureInput,
    TensorsInput,
    TensorSpec,
    TextInput,
)
from explorer.engine.budget import free_memory
from explorer.engine.data import show
from explorer.engine.feeds import Feed, Given, Tokens, by_number, looked_up, moved_on, numbered
from explorer.engine.nesting import substituted
from explorer.engine.sources.forward import Forward
from explorer.engine.tape import Tape

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
    "bool", "complex64", "complex128",
)  # fmt: skip
_LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601
_LONGEST_SIDE = 480  # of a picture to begin with


class SingleFeed(Feed, Protocol):
    """A feed that reads one kind of input, and so leaves no choice."""

    reads: type[Input]


class Several:
    """Feeds of one model: what is given chooses among them, the first is the one to begin with."""

    def __init__(self, feeds: Sequence[SingleFeed], sample: Input | None = None) -> None:
        self._feeds = {feed.reads: feed for feed in reversed(feeds)}
        first = self._of(sample) if sample is not None else feeds[0]
        self.editor: Editor = first.editor
        self.shape = first.shape
        self.labels = first.labels
        self.classes = first.classes
        self.sample = sample if sample is not None else first.sample
        several = feeds if len(feeds) > 1 else ()
        self.choices = tuple(
            Choice(feed.editor, feed.shape, feed.labels, feed.sample) for feed in several
        )
        self._last = first

    def arguments(self, given: Input) -> Given:
        """By the feed that reads such input."""
        self._last = self._of(given)
        return self._last.arguments(given)

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """Those of the feed that was used last."""
        return self._last.axis_labels(tape)

    def tokens(self, given: Input) -> Tokens | None:
        """Those of the feed that reads such input."""
        return self._of(given).tokens(given)

    def _of(self, given: Input) -> SingleFeed:
        if type(given) not in self._feeds:
            raise Problem(
                "input",
                phrase("This model is not fed with {given}."),
                phrase("It takes: {kinds}."),
                given=type(given).__name__.removesuffix("Input").lower(),
                kinds=", ".join(feed.editor for feed in self._feeds.values()),
            )
        return self._feeds[type(given)]


class TensorsFeed:
    """Tensors made on the spot for the arguments of ``forward``."""

    reads: type[Input] = TensorsInput
    choices: tuple[Choice, ...] = ()
    editor: Editor = "tensors"
    shape: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def __init__(
        self, forward: Forward, tensors: tuple[TensorSpec, ...], device: torch.device
    ) -> None:
        self._forward = forward
        self._device = device
        self.sample: Input = TensorsInput(tensors)

    def arguments(self, given: Input) -> Given:
        """The tensors, and numbers where ``forward`` asks for a number and the shape is ()."""
        assert isinstance(given, TensorsInput)
        generator = torch.Generator().manual_seed(given.seed % (1 << 63))
        named: dict[str, Any] = {}
        total = 0
        free = free_memory(self._device)
        for spec in given.tensors:
            total += _check(spec)
            if free is not None and total > free:
                raise _wrong(spec, phrase("{name} does not fit into the memory of the device."))
            if spec.name in named:
                raise _wrong(spec, phrase("{name} is given twice."))
            made = made_by(spec, generator).to(self._device)
            named[spec.name] = self._forward.typed(spec.name, made)
        made_up = self._forward.given(named)
        return moved_on(made_up, given.then) if given.then else made_up

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """The numbers of tokens; nobody said what others are."""
        return numbered(tape)

    def tokens(self, given: Input) -> Tokens | None:
        """By their numbers."""
        return by_number(self.arguments(given))


def _check(spec: TensorSpec) -> int:
    """The bytes of a tensor to be. Raises Problem for one that cannot be made."""
    if spec.dtype not in DTYPES:
        raise _wrong(spec, phrase("There is no dtype “{dtype}” for {name}."))
    kind: torch.dtype = getattr(torch, spec.dtype)
    if any(length < 0 for length in spec.shape) or len(spec.shape) > 16:
        raise _wrong(spec, phrase("{name} cannot have the shape {shape}."))
    whole = not (kind.is_floating_point or kind.is_complex)
    if spec.fill in ("normal", "uniform") and whole:
        raise _wrong(spec, phrase("{name} of {dtype} is filled with whole numbers only."))
    most = 2 if kind is torch.bool else torch.iinfo(kind).max if whole else 1 << 24
    if spec.fill == "integers" and not 1 <= spec.high <= most:
        raise _wrong(spec, phrase("The numbers of {name} end at {high}, outside of {dtype}."))
    size = kind.itemsize
    for length in spec.shape:
        size *= length
    return size


def _wrong(spec: TensorSpec, text: str) -> Problem:
    return Problem(
        "input",
        text,
        phrase("Choose among: {dtypes}; sizes from 0 up; integers, zeros, ones or range."),
        name=spec.name,
        dtype=spec.dtype,
        shape="×".join(map(str, spec.shape)) or "()",
        high=spec.high,
        dtypes=", ".join(DTYPES),
    )


def made_by(spec: TensorSpec, generator: torch.Generator | None = None) -> Tensor:
    """The tensor that a specification describes, on the CPU: the same for the same seed."""
    kind: torch.dtype = getattr(torch, spec.dtype)
    if spec.fill == "integers":
        return torch.randint(0, spec.high, spec.shape, generator=generator).to(kind)
    if spec.fill == "normal":
        return torch.randn(spec.shape, generator=generator, dtype=_drawn(kind)).to(kind)
    if spec.fill == "uniform":
        return torch.rand(spec.shape, generator=generator, dtype=_drawn(kind)).to(kind)
    if spec.fill == "range":
        count = int(np.prod(spec.shape, dtype=np.int64))
        return torch.arange(count).reshape(spec.shape).to(kind)
    return torch.full(spec.shape, spec.fill == "ones", dtype=kind)


def _drawn(kind: torch.dtype) -> torch.dtype:
    """Half the precision is drawn in full, so that the numbers are the same but for rounding."""
    return torch.float32 if kind in (torch.float16, torch.bfloat16) else kind


class PictureFeed:
    """A picture, brought to the size and the numbers that a model takes: (1, C, H, W).

    It is scaled until it covers (H, W) and cut around its middle. Its bytes become 0 … 1, and from
    that ``mean`` is subtracted and the result divided by ``std``, per channel.
    """

    reads: type[Input] = PictureInput
    choices: tuple[Choice, ...] = ()
    editor: Editor = "picture"
    labels: tuple[str, ...] = ()

    def __init__(
        self,
        forward: Forward,
        spec: TensorSpec,
        device: torch.device,
        mean: Sequence[float] = (0.0,),
        std: Sequence[float] = (1.0,),
        beside: Mapping[str, Tensor] | None = None,
        classes: tuple[str, ...] = (),
    ) -> None:
        self._forward = forward
        self._spec = spec
        self._device = device
        self._mean = torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1)
        self._std = torch.tensor(std, dtype=torch.float32).view(-1, 1, 1)
        self._beside = dict(beside or {})
        self.shape = spec.shape[-2:]
        self.classes = classes
        self.sample: Input = photograph()

    def arguments(self, given: Input) -> Given:
        """The picture as one batch, and what goes beside it."""
        assert isinstance(given, PictureInput)
        return self._forward.given({self._spec.name: self.image(given), **self._beside})

    def image(self, picture: PictureInput) -> Tensor:
        """A picture as (1, C, H, W). Raises Problem (kind ``input``) for what is none."""
        pixels = np.asarray(picture.pixels)
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
            raise Problem(
                "input",
                phrase("{name} is no picture of red, green and blue bytes."),
                phrase("Choose another picture."),
                name=picture.name,
            )
        image = torch.from_numpy(pixels.copy()).permute(2, 0, 1) / 255  # (3, H, W)
        channels, height, width = self._spec.shape[-3:]
        if channels == 1:
            image = torch.einsum("chw,c->hw", image, torch.tensor(_LUMINANCE))[None]
        image = (_covering(image, height, width) - self._mean) / self._std
        return image.to(self._device, getattr(torch, self._spec.dtype)).reshape(self._spec.shape)

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """The classes, where the output has one number for each."""
        return class_labels(tape, self.classes)

    def tokens(self, given: Input) -> Tokens | None:
        """None: it has pixels."""
        return None


def class_labels(tape: Tape, classes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Names of classes, where the last axis of the output has as many."""
    shape = tape.values[tape.outputs[0]].shape if tape.outputs else ()
    return {"classes": classes} if classes and shape[-1:] == (len(classes),) else {}


def _covering(image: Tensor, height: int, width: int) -> Tensor:
    """(C, H, W) scaled to cover height × width, and its middle."""
    scale = max(height / image.shape[1], width / image.shape[2])
    size = (max(height, round(image.shape[1] * scale)), max(width, round(image.shape[2] * scale)))
    scaled = F.interpolate(image[None], size, mode="bilinear", antialias=True)[0]
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    return scaled[:, top : top + height, left : left + width].clamp(0, 1)


@cache
def photograph() -> PictureInput:
    """A picture that is on every machine: a photograph that comes with scikit-learn.

    It is a JPEG, which takes Pillow to read; without that it is a handwritten digit, enlarged.
    """
    found = importlib.util.find_spec("sklearn")  # to import it takes seconds
    folder = Path(((found and found.submodule_search_locations) or [""])[0]) / "datasets" / "images"
    try:
        from PIL import Image

        with Image.open(folder / "china.jpg") as image:
            pixels, name = np.asarray(image.convert("RGB")), "china.jpg"
    except (ImportError, OSError):
        from sklearn.datasets import load_digits

        grey = np.kron(load_digits().images[0], np.full((32, 32), 255 / 16)).astype(np.uint8)
        pixels, name = np.repeat(grey[:, :, None], 3, axis=2), "digit"
    step = -(-max(pixels.shape[:2]) // _LONGEST_SIDE)
    return PictureInput(name, np.ascontiguousarray(pixels[::step, ::step]))


class BytesFeed:
    """Text as the numbers of its UTF-8 bytes (1, T), for models that read bytes."""

    reads: type[Input] = TextInput
    choices: tuple[Choice, ...] = ()
    editor: Editor = "text"
    labels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def __init__(
        self, forward: Forward, spec: TensorSpec, device: torch.device, longest: int
    ) -> None:
        self._forward = forward
        self._spec = spec
        self._device = device
        self.shape: tuple[int, ...] = (longest,)
        self.sample: Input = TextInput("The cat sat on the mat."[:longest])
        self._bytes = b""
        self._read: tuple[int, ...] = ()

    def arguments(self, given: Input) -> Given:
        """The bytes of a text, not longer than the model reads."""
        assert isinstance(given, TextInput)
        self._bytes = given.text.encode()
        if not self._bytes:
            raise Problem(
                "input", phrase("There is no text to read."), phrase("Type at least one character.")
            )
        if len(self._bytes) > self.shape[0]:
            raise Problem(
                "input",
                phrase("The text has {length} bytes, but the model reads at most {longest}."),
                phrase("Shorten it."),
                length=len(self._bytes),
                longest=self.shape[0],
            )
        kind = getattr(torch, self._spec.dtype)
        self._read = (*self._bytes, *given.then)[-self.shape[0] :]
        tokens = torch.tensor([self._read], dtype=kind, device=self._device)
        return self._forward.given({self._spec.name: tokens})

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """The characters; of one in several bytes, the number of each byte; other tokens of the
        vocabulary by their numbers."""
        labels = {"T": tuple(map(_byte, self._read))}
        if found := numbered(tape):
            labels["V"] = tuple(map(_byte, range(len(found["V"]))))
        elif tables := looked_up(tape):
            most = max(size for sizes in tables.values() for size in sizes)
            labels["vocabulary"] = tuple(map(_byte, range(most)))
        return labels

    def tokens(self, given: Input) -> Tokens | None:
        """Bytes; what is no byte is left out of a text."""
        return Tokens(
            frozenset(),
            lambda drawn: bytes(b for b in drawn if b < 256).decode(errors="replace"),
        )


def _byte(number: int) -> str:
    if number >= 256:
        return str(number)
    seen = show(chr(number)) if number < 128 else ""
    return seen if seen.isprintable() and seen else f"⟨{number:02X}⟩"


class ExampleFeed:
    """What the file's ``example_inputs()`` returned: it is called once, each pass gets a copy."""

    reads: type[Input] = ExampleInput
    choices: tuple[Choice, ...] = ()
    editor: Editor = "example"
    shape: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    sample: Input = ExampleInput()

    def __init__(self, given: Given) -> None:
        self._given = given

    def arguments(self, given: Input) -> Given:
        """A copy, for models that write into what they are given; what was one stays one."""
        assert isinstance(given, ExampleInput)
        copies: dict[int, Tensor] = {}

        def copied(tensor: Tensor) -> Tensor:
            if id(tensor) not in copies:
                copies[id(tensor)] = tensor.detach().clone().requires_grad_(tensor.requires_grad)
            return copies[id(tensor)]

        copy: Given = substituted(self._given, copied)
        return moved_on(copy, given.then) if given.then else copy

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """The numbers of tokens; nobody said what others are."""
        return numbered(tape)

    def tokens(self, given: Input) -> Tokens | None:
        """By their numbers."""
        return by_number(self._given)
