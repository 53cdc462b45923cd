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
    text = tokens("input_ids", config)
    begun = TensorSpec("decoder_input_ids", (1, 1), "int64", "zeros")
    answers = getattr(config, "is_encoder_decoder", False) and main != "pixel_values"
    answer = (begun,) if answers else ()
    if main == "input_ids":
        yield text, *answer
        for name, shape in chain(_pictures(config), _sounds(config)):
            yield text, TensorSpec(name, shape, dtype), *answer
        for seen in _looked_at(config):
            yield text, *(TensorSpec(name, shape, dtype) for name, shape in seen), *answer
    elif main == "pixel_values":
        for _, shape in _pictures(config):
            picture = TensorSpec(main, shape, dtype)
            yield from ((picture,), (picture, text), (picture, begun))
    elif main in ("input_values", "input_features"):
        for name, shape in _sounds(config):
            if name == main:
                yield TensorSpec(main, shape, dtype), *answer
    elif main == "past_values":
        for named in _series(config):
            yield tuple(TensorSpec(name, shape, dtype) for name, shape in named)
    elif main == "states":
        yield from _decisions(config, dtype)
    else:
        yield tokens(main, config), *answer
        for _, shape in chain(_pictures(config), _sounds(config)):
            yield TensorSpec(main, shape, dtype), *answer


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


def _series(config: Any) -> Iterator[tuple[tuple[str, Sizes], ...]]:
    """A series, with its times and with those to come where the model asks for them."""
    ahead = _numbers(config, "prediction_length")
    channels = _numbers(config, "num_input_channels", "input_size") or [1]
    for length, count in product(_numbers(config, "context_length") + ahead or [64], channels):
        lags = max(getattr(config, "lags_sequence", None) or [0])
        values = (1, length + lags) if lags and count == 1 else (1, length + lags, count)
        yield (("past_values", values),)
        times = int(getattr(config, "num_time_features", 0))
        past = (
            ("past_values", values), ("past_time_features", (1, length + lags, times)),
            ("past_observed_mask", values),
        )  # fmt: skip
        yield past
        for steps in ahead:
            future = (1, steps) if count == 1 else (1, steps, count)
            yield *past, ("future_values", future), ("future_time_features", (1, steps, times))


def _looked_at(config: Any) -> Iterator[tuple[tuple[str, Sizes], ...]]:
    """Parts of a picture that another model found."""
    for width in _numbers(config, "visual_embedding_dim"):
        yield (("visual_embeds", (1, 4, width)),)
    for width, corners in product(
        _numbers(config, "visual_feat_dim"), _numbers(config, "visual_pos_dim")
    ):
        yield ("visual_feats", (1, 4, width)), ("visual_pos", (1, 4, corners))


def _decisions(config: Any, dtype: str) -> Iterator[tuple[TensorSpec, ...]]:
    """What was seen, done and hoped for, step by step."""
    widths = (*_numbers(config, "state_dim"), *_numbers(config, "act_dim"), 1)
    named = zip(("states", "actions", "returns_to_go"), widths, strict=False)
    yield (
        *(TensorSpec(name, (1, _T, width), dtype) for name, width in named),
        TensorSpec("timesteps", (1, _T), "int64", "range"),
    )
