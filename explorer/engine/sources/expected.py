"""What models of transformers take, as their configurations tell: shapes to try."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product
from typing import Any

from explorer.core.values import TensorSpec

_T = 8  # tokens, where there is no tokenizer
_SECOND = 16000  # samples of sound
Sizes = tuple[int, ...]


def parts(config: Any) -> list[Any]:
    """A configuration and those inside of it."""
    names = getattr(config, "sub_configs", {})
    inner = [getattr(config, name, None) for name in names]
    return [config, *(part for part in inner if part is not None)]


def _numbers(config: Any, *names: str) -> list[int]:
    """Whole numbers that a configuration has under these names, or those inside of it."""
    found = []
    for part in parts(config):
        for name in names:
            value = getattr(part, name, None)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                found.append(value)
    return found


def picture_sizes(config: Any) -> list[Sizes]:
    """(C, H, W) of pictures, the likeliest first."""
    channels = _numbers(config, "num_channels", "in_channels", "in_chans")[:1] or [3]
    sizes = []
    for part in parts(config):
        for name in ("image_size", "input_size"):
            side = getattr(part, name, None)
            if isinstance(side, int) and side > 1:
                sizes.append((side, side))
            elif isinstance(side, list | tuple) and len(side) == 2:
                sizes.append((int(side[0]), int(side[1])))
    return [(channels[0], *size) for size in [*sizes, (224, 224), (64, 64), (32, 32)]]


def tokens(name: str, config: Any) -> TensorSpec:
    """Token ids (1, T) of the whole vocabulary."""
    rows = min(_numbers(config.get_text_config(), "vocab_size")[:1] or [2])
    return TensorSpec(name, (1, _T), "int64", "integers", rows)


def start_token(config: Any) -> int:
    """What an encoder–decoder model begins its answer with."""
    for part in (config, config.get_text_config(decoder=True)):
        for name in ("decoder_start_token_id", "bos_token_id", "pad_token_id"):
            if isinstance(found := getattr(part, name, None), int) and found >= 0:
                return found
    return 0


def choices(config: Any, main: str, dtype: str) -> Iterator[tuple[TensorSpec, ...]]:
    """What to try for a model whose main input is ``main``, the likeliest first."""
    answer: tuple[TensorSpec, ...] = ()
    if getattr(config, "is_encoder_decoder", False) and main != "pixel_values":
        answer = (TensorSpec("decoder_input_ids", (1, 1), "int64", "zeros"),)
    text = tokens("input_ids", config)
    if main == "input_ids":
        yield text, *answer
        for name, shape in chain(_pictures(config), _sounds(config), _tables(config)):
            yield text, TensorSpec(name, shape, dtype), *answer
        return
    if main not in ("pixel_values", "input_values", "input_features", "past_values"):
        yield tokens(main, config), *answer
    shapes = {"pixel_values": _pictures, "past_values": _series}.get(main, _sounds)
    for name, shape in shapes(config):
        if name == main or main not in ("pixel_values", "input_values", "input_features"):
            spec = TensorSpec(main, shape, dtype)
            yield spec, *answer
            if main == "pixel_values":
                yield spec, text
                yield spec, TensorSpec("decoder_input_ids", (1, 1), "int64", "zeros")


def _pictures(config: Any) -> Iterator[tuple[str, Sizes]]:
    for frames in ((), *((n,) for n in _numbers(config, "num_frames")[:1])):
        for size in picture_sizes(config):
            yield "pixel_values", (1, *frames, *size)


def _sounds(config: Any) -> Iterator[tuple[str, Sizes]]:
    bins = _numbers(
        config, "num_mel_bins", "input_feat_per_channel", "feature_projection_input_dim",
        "spec_size", "model_in_channels",
    ) or [80]  # fmt: skip
    for positions, rows in product(_numbers(config, "max_source_positions"), bins):
        yield "input_features", (1, rows, 2 * positions)
    for length in _numbers(config, "max_length"):
        yield "input_values", (1, length, bins[0])
    for count in bins:
        for length in (128, 1024):
            yield "input_features", (1, length, count)
            yield "input_features", (1, count, length)
            yield "input_features", (1, 1, length, count)
    for shape in ((1, _SECOND), (1, 1, _SECOND), (1, 1, _SECOND + 384)):
        yield "input_values", shape


def _series(config: Any) -> Iterator[tuple[str, Sizes]]:
    lengths = _numbers(config, "context_length", "prediction_length") or [64]
    channels = _numbers(config, "num_input_channels", "input_size") or [1]
    for length, count in product(lengths, channels):
        yield "past_values", (1, length, count)
        yield "past_values", (1, length)


def _tables(config: Any) -> Iterator[tuple[str, Sizes]]:
    for count in _numbers(config, "visual_embedding_dim", "visual_feat_dim"):
        yield "visual_embeds", (1, 4, count)
