"""A first input for a model that nobody described.

What its layers say of their inputs, and what its arguments are called, gives shapes to try.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from explorer.core.values import TensorSpec
from explorer.engine.sources.forward import Forward, Taken
from explorer.engine.sources.trying import Specs, Trial, first_running

_T = 8  # the length of a sequence
_SIDES = (32, 28, 224, 64, 96, 128, 16, 256, 299, 8, 48, 84, 112, 160, 192, 384, 512)
_WAVES = (64, 512, 4000, 16000)
_DEEP = 4  # halvings from which a picture is better large
_IMAGE = re.compile(r"image|img|pixel|picture|photo|frame")
_TOKENS = re.compile(r"(^|_)(tokens?|ids?|idx|ind(ex|ices)|src|tgt|text|words?|chars?|seq\w*)($|_)")
_MASK = re.compile(r"mask")
_LENGTH = re.compile(r"(^|_)len(gth)?s?($|_)")
_TIME = re.compile(r"^(t|ts|time\w*|steps?|sigmas?|noise_levels?)$")
_EDGES = re.compile(r"edge_?ind(ex|ices)|^edges$")
_WHOLE = re.compile(r"Long|Int|int64|int32")
_Sketch = tuple[tuple[int, ...], str, str, int]  # shape, dtype, fill, high


def guess(model: nn.Module, forward: Forward) -> Trial:
    """Tensors that ``forward`` runs with, or at least likely ones. The model lies on the CPU."""
    return first_running(model, forward, tries(model, forward))


def tries(model: nn.Module, forward: Forward) -> Iterator[Specs]:
    """One choice per argument: first those that come in the same place, then every combination."""
    numbers = _numbers(model)
    layers = list(_sketches(model, numbers))
    arguments = forward.needed
    lists = [_for_argument(one, layers, numbers, n == 0) for n, one in enumerate(arguments)]
    if not lists:
        yield ()
        return
    longest = max(map(len, lists))
    rows = (tuple(part[min(n, len(part) - 1)] for part in lists) for n in range(longest))
    for choice in (*rows, *islice(product(*lists), 4000)):
        yield tuple(
            TensorSpec(one.name, shape, dtype, fill, high)  # type: ignore[arg-type]
            for one, (shape, dtype, fill, high) in zip(arguments, choice, strict=True)
        )


def _for_argument(
    taken: Taken, layers: Sequence[_Sketch], numbers: str, first: bool
) -> list[_Sketch]:
    """Sketches for one argument, the likeliest first: its name and type may tell."""
    name = taken.name.lower()
    if taken.hint in ("int", "float", "bool"):
        dtype = {"int": "int64", "float": "float32", "bool": "bool"}[taken.hint]
        return [((), dtype, "ones", 2)]
    if _MASK.search(name):
        shapes = ((1, _T), (_T, _T), (1, 1, _T, _T))
        return [(shape, "bool", "ones", 2) for shape in shapes]
    if _LENGTH.search(name):
        return [((1,), "int64", "ones", 2)]
    if _TIME.match(name) and not first:
        return [((1,), "int64", "integers", 1000), ((1,), numbers, "uniform", 2),
                ((1, 1), numbers, "uniform", 2), ((), "int64", "integers", 1000)]  # fmt: skip
    if _EDGES.search(name):
        return [((2, 16), "int64", "integers", _T)]
    found = list(layers)
    whole = [sketch for sketch in found if sketch[2] == "integers"]
    if _TOKENS.search(name) or _WHOLE.search(taken.hint):
        found = whole + [sketch for sketch in found if sketch not in whole]
    elif _IMAGE.search(name):
        found.sort(key=lambda sketch: len(sketch[0]) < 4)
    usual: list[_Sketch] = [
        (shape, numbers, "normal", 2)
        for shape in ((1, _T), (1, 3, 32, 32), (1, 1, 28, 28), (1, _T, _T), (_T,), (1, 1), ())
    ]
    integers: _Sketch = ((1, _T), "int64", "integers", 2)
    return [*found, *usual, *([] if integers in found else [integers])]


def _numbers(model: nn.Module) -> str:
    """The dtype that a model computes in: of its first weights that are not whole numbers."""
    kinds = [t.dtype for t in model.parameters() if t.is_floating_point() or t.is_complex()]
    return str(kinds[0]).removeprefix("torch.") if kinds else "float32"


def _sketches(model: nn.Module, numbers: str) -> Iterator[_Sketch]:
    """What the first layers take, in the order in which they were registered."""
    seen = set()
    kinds = [type(m) for m in model.modules()]
    halvings = sum(_stride(module) > 1 for module in model.modules())
    for module in model.modules():
        for shape, whole in _taken(module, halvings >= _DEEP, nn.Flatten in kinds):
            sketch: _Sketch = (
                (shape, "int64", "integers", whole) if whole else (shape, numbers, "normal", 2)
            )
            if sketch not in seen:
                seen.add(sketch)
                yield sketch
    for weight in islice(model.parameters(), 4):
        if not is_lazy(weight) and weight.dim() == 2:
            for width in weight.shape:
                yield (1, int(width)), numbers, "normal", 2
                yield (1, _T, int(width)), numbers, "normal", 2


def _stride(module: nn.Module) -> int:
    stride = getattr(module, "stride", 1)
    return max(stride) if isinstance(stride, tuple) else stride if isinstance(stride, int) else 1


def _taken(module: nn.Module, deep: bool, flat: bool) -> Iterator[tuple[tuple[int, ...], int]]:
    """Shapes that a layer takes; the second number is where integers end, 0 for real numbers."""
    if isinstance(module, nn.Embedding | nn.EmbeddingBag):
        yield from (((1, _T), module.num_embeddings), ((1,), module.num_embeddings))
    elif isinstance(module, nn.modules.conv._ConvNd):
        yield from ((shape, 0) for shape in _convolved(module, deep))
    elif isinstance(module, _SEQUENCES):
        width = _width(module)
        first = bool(getattr(module, "batch_first", True))
        yield from (((1, _T, width) if first else (_T, 1, width), 0), ((_T, width), 0))
    elif isinstance(module, nn.modules.rnn.RNNCellBase):
        yield (1, module.input_size), 0
    elif isinstance(module, nn.Bilinear):
        yield (1, module.in1_features), 0
    elif isinstance(module, nn.Linear) and not is_lazy(module.weight):
        width = module.in_features
        pictures = [(1, c, side, side) for c in (1, 3) if (side := _side(width, c)) > 3]
        yield from ((shape, 0) for shape in (pictures if flat else []))
        yield from (((1, width), 0), ((1, _T, width), 0), ((_T, width), 0))
        yield from ((shape, 0) for shape in pictures)
    elif isinstance(module, nn.modules.batchnorm._BatchNorm) and module.num_features:
        more = (32,) * (2 if isinstance(module, nn.BatchNorm2d) else 0)
        yield (1, module.num_features, *more), 0
    elif isinstance(module, nn.LayerNorm | nn.RMSNorm):
        yield from (((1, *module.normalized_shape), 0), ((1, _T, *module.normalized_shape), 0))
    elif isinstance(module, nn.GroupNorm):
        yield (1, module.num_channels, 32, 32), 0
    elif _stride(module) > 1:  # a pooling, of pictures more often than of anything else
        yield (1, 3, 32, 32), 0


_SEQUENCES = (
    nn.modules.rnn.RNNBase, nn.MultiheadAttention, nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer, nn.Transformer,
)  # fmt: skip


def _width(module: nn.Module) -> int:
    if isinstance(module, nn.modules.rnn.RNNBase):
        return module.input_size
    attention = module if isinstance(module, nn.MultiheadAttention) else None
    inner = attention or next(m for m in module.modules() if isinstance(m, nn.MultiheadAttention))
    return inner.embed_dim


def _side(width: int, channels: int) -> int:
    """The side of a square picture of so many numbers, 0 if there is none."""
    side = round((width / channels) ** 0.5)
    return side if side * side * channels == width else 0


def _convolved(module: Any, deep: bool) -> Iterator[tuple[int, ...]]:
    axes = len(module.kernel_size)
    if is_lazy(module.weight):
        channels: Sequence[int] = (3, 1)
    else:
        channels = (module.in_channels,)
    for count in channels:
        if module.transposed:
            yield from ((1, count, *(side,) * axes) for side in (8, 1, 4, 16))
        elif axes == 1:
            yield from ((1, count, length) for length in _WAVES)
        elif axes == 3:
            yield from ((1, count, *(side,) * 3) for side in (16, 32, 8))
        else:
            sides = (224, *_SIDES) if deep else _SIDES
            yield from ((1, count, side, side) for side in sides)
            yield from ((1, count, side, side) for side in range(20, 260, 4))
