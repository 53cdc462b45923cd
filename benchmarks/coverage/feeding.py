"""What the models are fed: functions from a model's configuration to its keyword arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.coverage.shrinking import B, Options, T, V

Feed = Callable[[Any], Options]


def ids(length: int = T) -> Tensor:
    """Tokens (B, length), none of them a special one."""
    return torch.randint(3, V, (B, length))


def tokens(config: Any) -> Options:
    """A text."""
    return {"input_ids": ids()}


def longer(length: int) -> Feed:
    """A text of some length."""
    return lambda config: {"input_ids": ids(length)}


def padded(config: Any) -> Options:
    """Two texts, of which one is shorter."""
    mask = torch.ones(B, T, dtype=torch.int64)
    mask[1, -2:] = 0
    return {"input_ids": ids(), "attention_mask": mask}


def answered(feed: Feed) -> Feed:
    """Something for the encoder, and a text for the decoder."""
    return lambda config: {**feed(config), "decoder_input_ids": ids(5)}


def boxes(config: Any) -> Options:
    """A text with the place of every token on the page."""
    low = torch.randint(0, 500, (B, T, 2))
    return {**padded(config), "bbox": torch.cat([low, low + 100], -1)}


def images(config: Any) -> Options:
    """Pictures of the size that the configuration names."""
    size = getattr(config, "image_size", None) or 32
    height, width = size if isinstance(size, list | tuple) else (size, size)
    return {"pixel_values": torch.randn(B, 3, height, width)}


def pictures(size: int, *before: int) -> Feed:
    """Pictures of some size; ``before`` are further axes, as the frames of a film."""
    return lambda config: {"pixel_values": torch.randn(B, *before, 3, size, size)}


def both(config: Any) -> Options:
    """Texts and pictures."""
    vision = getattr(config, "vision_config", config)
    return {**padded(config), **images(vision)}


def waves(config: Any) -> Options:
    """Sound as it is sampled."""
    return {"input_values": torch.randn(B, 400)}


def numbers(**shapes: tuple[int, ...]) -> Feed:
    """Normally distributed numbers for every name."""
    return lambda config: {name: torch.randn(*shape) for name, shape in shapes.items()}
