"""A case for every module class of `torch.nn`, found by looking into it, so that none is forgotten.

The table says how a class is made and what it is fed; a class without an entry is reported as
not tested, unless `LEFT_OUT` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, rnn

from benchmarks.coverage.audit import Case, Given

LEFT_OUT = {
    "Module": "the base class: it has no forward",
    "Container": "an empty base class kept for old code: it has no forward",
    "ModuleList": "holds modules: it has no forward",
    "ModuleDict": "holds modules: it has no forward",
    "ParameterList": "holds parameters: it has no forward",
    "ParameterDict": "holds parameters: it has no forward",
    "RNNBase": "the base class of RNN, LSTM and GRU",
    "RNNCellBase": "the base class of the cells: it has no forward",
    "SyncBatchNorm": "takes tensors on an accelerator only",
}


def cases() -> Iterator[Case]:
    """Every layer, in eval and in train mode."""
    for name, (make, given) in _table().items():
        for training in (False, True):
            yield Case(name, "torch.nn", make, partial(_fed, given), training)


def missing() -> list[str]:
    """The module classes of `torch.nn` that have neither an entry nor an excuse."""
    known = {name.partition(" ")[0] for name in _table()} | LEFT_OUT.keys()
    return [name for name in layer_names() if name not in known]


def layer_names() -> list[str]:
    """Every module class of `torch.nn`."""
    return [
        name
        for name, kind in vars(nn).items()
        if isinstance(kind, type) and issubclass(kind, nn.Module)
    ]


def _fed(given: Callable[[], Any], model: nn.Module) -> Given:
    inputs = given()
    if isinstance(inputs, dict):
        return (), inputs
    return (inputs if type(inputs) is tuple else (inputs,)), {}


Entry = tuple[Callable[[], nn.Module], Callable[[], Any]]


def _x(*shape: int) -> Callable[[], Tensor]:
    return lambda: torch.randn(*shape)


def _table() -> dict[str, Entry]:
    """Class name, with more words where it comes in several forms: how to make and feed it."""
    table: dict[str, Entry] = {}
    for group in (_elementwise, _windows, _norms, _losses, _recurrent, _attention, _others):
        table |= group()
    return table


def _elementwise() -> dict[str, Entry]:
    plain = (
        "CELU ELU GELU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU LogSigmoid Mish PReLU "
        "RReLU ReLU ReLU6 SELU SiLU Sigmoid Softplus Softshrink Softsign Tanh Tanhshrink Identity "
        "AlphaDropout Dropout FeatureAlphaDropout Flatten GLU"
    )
    table: dict[str, Entry] = {name: (getattr(nn, name), _x(2, 6)) for name in plain.split()}
    in_place = (
        "CELU ELU Hardsigmoid Hardswish Hardtanh LeakyReLU Mish RReLU ReLU ReLU6 SELU SiLU Dropout "
        "AlphaDropout"
    )
    for name in in_place.split():
        table[f"{name} (in place)"] = (partial(_between, getattr(nn, name)), _x(2, 6))
    table |= {
        "Threshold": (lambda: nn.Threshold(0.1, 20.0), _x(2, 6)),
        "Softmax": (lambda: nn.Softmax(dim=-1), _x(2, 6)),
        "Softmin": (lambda: nn.Softmin(dim=-1), _x(2, 6)),
        "LogSoftmax": (lambda: nn.LogSoftmax(dim=-1), _x(2, 6)),
        "Softmax2d": (nn.Softmax2d, _x(2, 3, 4, 4)),
        "Dropout1d": (nn.Dropout1d, _x(2, 3, 6)),
        "Dropout2d": (nn.Dropout2d, _x(2, 3, 4, 4)),
        "Dropout3d": (nn.Dropout3d, _x(2, 3, 4, 4, 4)),
        "Unflatten": (lambda: nn.Unflatten(1, (2, 3)), _x(2, 6)),
    }
    return table


def _between(layer: Callable[..., nn.Module]) -> nn.Module:
    """A layer that overwrites the result of another, which then goes on."""
    return nn.Sequential(nn.Linear(6, 6), layer(inplace=True), nn.Linear(6, 2))


def _windows() -> dict[str, Entry]:
    table: dict[str, Entry] = {}
    for d in (1, 2, 3):
        x = _x(2, 4, *[8] * d)
        conv, pool = getattr(nn, f"Conv{d}d"), getattr(nn, f"MaxPool{d}d")
        same: dict[str, Any] = {"padding": "same", "dilation": 2, "padding_mode": "circular"}
        made = {
            f"Conv{d}d": partial(conv, 4, 6, 3, padding=1, groups=2),
            f"Conv{d}d (circular, dilated)": partial(conv, 4, 6, 3, **same),
            f"ConvTranspose{d}d": partial(getattr(nn, f"ConvTranspose{d}d"), 4, 6, 3, stride=2),
            f"LazyConv{d}d": partial(getattr(nn, f"LazyConv{d}d"), 6, 3),
            f"LazyConvTranspose{d}d": partial(getattr(nn, f"LazyConvTranspose{d}d"), 6, 3),
            f"AvgPool{d}d": partial(getattr(nn, f"AvgPool{d}d"), 2),
            f"MaxPool{d}d": partial(pool, 2),
            f"MaxPool{d}d (indices)": partial(pool, 2, return_indices=True),
            f"LPPool{d}d": partial(getattr(nn, f"LPPool{d}d"), 2, 2),
            f"AdaptiveAvgPool{d}d": partial(getattr(nn, f"AdaptiveAvgPool{d}d"), 3),
            f"AdaptiveMaxPool{d}d": partial(getattr(nn, f"AdaptiveMaxPool{d}d"), 3),
            f"CircularPad{d}d": partial(getattr(nn, f"CircularPad{d}d"), 2),
            f"ReflectionPad{d}d": partial(getattr(nn, f"ReflectionPad{d}d"), 2),
            f"ReplicationPad{d}d": partial(getattr(nn, f"ReplicationPad{d}d"), 2),
            f"ZeroPad{d}d": partial(getattr(nn, f"ZeroPad{d}d"), 2),
            f"ConstantPad{d}d": partial(getattr(nn, f"ConstantPad{d}d"), 2, 3.5),
        }
        table |= {name: (make, x) for name, make in made.items()}
        table[f"MaxUnpool{d}d"] = (
            partial(getattr(nn, f"MaxUnpool{d}d"), 2),
            partial(_pooled, pool, x),
        )
    table |= {
        "FractionalMaxPool2d": (lambda: nn.FractionalMaxPool2d(2, output_size=3), _x(2, 3, 8, 8)),
        "FractionalMaxPool3d": (
            lambda: nn.FractionalMaxPool3d(2, output_size=3), _x(2, 3, 8, 8, 8),
        ),
        "Unfold": (lambda: nn.Unfold(3), _x(2, 3, 8, 8)),
        "Fold": (lambda: nn.Fold((8, 8), 3), _x(2, 27, 36)),
        "Upsample": (lambda: nn.Upsample(scale_factor=2), _x(2, 3, 4, 4)),
        "Upsample (bilinear)": (
            lambda: nn.Upsample(size=(7, 9), mode="bilinear", align_corners=True), _x(2, 3, 4, 4),
        ),
        "UpsamplingBilinear2d": (lambda: nn.UpsamplingBilinear2d(scale_factor=2), _x(2, 3, 4, 4)),
        "UpsamplingNearest2d": (lambda: nn.UpsamplingNearest2d(scale_factor=2), _x(2, 3, 4, 4)),
        "PixelShuffle": (lambda: nn.PixelShuffle(2), _x(2, 8, 4, 4)),
        "PixelUnshuffle": (lambda: nn.PixelUnshuffle(2), _x(2, 2, 4, 4)),
        "ChannelShuffle": (lambda: nn.ChannelShuffle(2), _x(2, 6, 4, 4)),
    }  # fmt: skip
    return table


def _pooled(pool: Callable[..., nn.Module], x: Callable[[], Tensor]) -> Any:
    """Maxima and where they were."""
    return pool(2, return_indices=True)(x())


def _norms() -> dict[str, Entry]:
    table: dict[str, Entry] = {}
    for d in (1, 2, 3):
        x = _x(3, 4, *[5] * d)
        for name in ("BatchNorm", "InstanceNorm"):
            table[f"{name}{d}d"] = (partial(getattr(nn, f"{name}{d}d"), 4), x)
            table[f"Lazy{name}{d}d"] = (getattr(nn, f"Lazy{name}{d}d"), x)
        table[f"InstanceNorm{d}d (statistics)"] = (
            partial(getattr(nn, f"InstanceNorm{d}d"), 4, affine=True, track_running_stats=True), x,
        )  # fmt: skip
    table |= {
        "BatchNorm1d (cumulative)": (lambda: nn.BatchNorm1d(4, momentum=None), _x(3, 4)),
        "BatchNorm2d (no statistics)": (
            lambda: nn.BatchNorm2d(4, track_running_stats=False), _x(3, 4, 5, 5),
        ),
        "GroupNorm": (lambda: nn.GroupNorm(2, 4), _x(2, 4, 5)),
        "LayerNorm": (lambda: nn.LayerNorm(6), _x(2, 5, 6)),
        "RMSNorm": (lambda: nn.RMSNorm(6), _x(2, 5, 6)),
        "LocalResponseNorm": (lambda: nn.LocalResponseNorm(2), _x(2, 4, 5, 5)),
        "CrossMapLRN2d": (lambda: nn.CrossMapLRN2d(2), _x(2, 4, 5, 5)),
    }  # fmt: skip
    return table


def _losses() -> dict[str, Entry]:
    x = _x(3, 5)
    sign = lambda *shape: torch.randint(0, 2, shape).float() * 2 - 1  # noqa: E731
    classes = lambda *shape: torch.randint(0, 5, shape)  # noqa: E731
    both = lambda: (x(), x())  # noqa: E731
    table: dict[str, Entry] = {
        name: (getattr(nn, name), both)
        for name in ["L1Loss", "MSELoss", "HuberLoss", "SmoothL1Loss"]
    }
    return table | {
        "BCELoss": (nn.BCELoss, lambda: (x().sigmoid(), torch.rand(3, 5))),
        "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss, lambda: (x(), torch.rand(3, 5))),
        "CTCLoss": (
            nn.CTCLoss,
            lambda: (
                torch.randn(9, 2, 5).log_softmax(-1), torch.randint(1, 5, (2, 4)),
                torch.tensor([9, 8]), torch.tensor([4, 3]),
            ),
        ),
        "CosineEmbeddingLoss": (nn.CosineEmbeddingLoss, lambda: (x(), x(), sign(3))),
        "CrossEntropyLoss": (
            lambda: nn.CrossEntropyLoss(label_smoothing=0.1), lambda: (x(), classes(3)),
        ),
        "LinearCrossEntropyLoss": (
            lambda: nn.LinearCrossEntropyLoss(5, 7), lambda: (x(), classes(3)),
        ),
        "GaussianNLLLoss": (nn.GaussianNLLLoss, lambda: (x(), x(), torch.rand(3, 5) + 0.1)),
        "HingeEmbeddingLoss": (nn.HingeEmbeddingLoss, lambda: (x(), sign(3, 5))),
        "KLDivLoss": (
            lambda: nn.KLDivLoss(reduction="batchmean"),
            lambda: (x().log_softmax(-1), x().softmax(-1)),
        ),
        "MarginRankingLoss": (nn.MarginRankingLoss, lambda: (x()[:, 0], x()[:, 0], sign(3))),
        "MultiLabelMarginLoss": (
            nn.MultiLabelMarginLoss, lambda: (x(), torch.tensor([[3, 0, -1, 1, 4]] * 3)),
        ),
        "MultiLabelSoftMarginLoss": (
            nn.MultiLabelSoftMarginLoss, lambda: (x(), torch.randint(0, 2, (3, 5)).float()),
        ),
        "MultiMarginLoss": (nn.MultiMarginLoss, lambda: (x(), classes(3))),
        "NLLLoss": (nn.NLLLoss, lambda: (x().log_softmax(-1), classes(3))),
        "NLLLoss2d": (
            nn.NLLLoss2d, lambda: (torch.randn(2, 5, 3, 3).log_softmax(1), classes(2, 3, 3)),
        ),
        "PoissonNLLLoss": (nn.PoissonNLLLoss, lambda: (x(), torch.rand(3, 5))),
        "SoftMarginLoss": (nn.SoftMarginLoss, lambda: (x(), sign(3, 5))),
        "TripletMarginLoss": (nn.TripletMarginLoss, lambda: (x(), x(), x())),
        "TripletMarginWithDistanceLoss": (
            nn.TripletMarginWithDistanceLoss, lambda: (x(), x(), x()),
        ),
        "AdaptiveLogSoftmaxWithLoss": (
            lambda: nn.AdaptiveLogSoftmaxWithLoss(5, 20, [4, 10]),
            lambda: (x(), torch.tensor([1, 7, 18])),
        ),
        "CosineSimilarity": (nn.CosineSimilarity, both),
        "PairwiseDistance": (nn.PairwiseDistance, both),
    }  # fmt: skip


def _packed() -> rnn.PackedSequence:
    return rnn.pack_padded_sequence(torch.randn(5, 3, 4), torch.tensor([5, 3, 2]))


def _with_state(steps: tuple[int, ...], state: tuple[int, ...], two: bool) -> Any:
    """An input and a state, which for an LSTM is two tensors."""
    x, h = torch.randn(*steps), torch.randn(*state)
    return x, ((h, torch.randn(*state)) if two else h)


def _recurrent() -> dict[str, Entry]:
    table: dict[str, Entry] = {}
    for name in ("RNN", "LSTM", "GRU"):
        layer, cell, two = getattr(nn, name), getattr(nn, f"{name}Cell"), name == "LSTM"
        both_ways = partial(layer, 4, 6, 2, batch_first=True, bidirectional=True, dropout=0.3)
        table |= {
            name: (partial(layer, 4, 6, 2), _x(5, 3, 4)),
            f"{name} (batch first, both ways, dropout)": (both_ways, _x(3, 5, 4)),
            f"{name} (packed, both ways)": (partial(layer, 4, 6, bidirectional=True), _packed),
            f"{name} (with a state)": (
                partial(layer, 4, 6, 2, bias=False),
                partial(_with_state, (5, 3, 4), (2, 3, 6), two),
            ),
            f"{name} (no batch)": (partial(layer, 4, 6), _x(5, 4)),
            f"{name}Cell": (partial(cell, 4, 6), _x(3, 4)),
            f"{name}Cell (with a state)": (
                partial(cell, 4, 6), partial(_with_state, (3, 4), (3, 6), two),
            ),
        }  # fmt: skip
    table["LSTM (projected)"] = (lambda: nn.LSTM(4, 6, proj_size=3), _x(5, 3, 4))
    table["RNN (relu)"] = (lambda: nn.RNN(4, 6, nonlinearity="relu"), _x(5, 3, 4))
    return table


def _attention() -> dict[str, Entry]:
    qkv = lambda *shape: tuple(torch.randn(*shape) for _ in range(3))  # noqa: E731
    named = lambda *shape: dict(zip(("query", "key", "value"), qkv(*shape), strict=True))  # noqa: E731
    causal = nn.Transformer.generate_square_subsequent_mask
    padded = torch.tensor([[False] * 5, [False] * 3 + [True] * 2])
    encoder = partial(nn.TransformerEncoderLayer, 8, 2, 16, batch_first=True)
    decoder = partial(nn.TransformerDecoderLayer, 8, 2, 16, batch_first=True)
    attention = partial(nn.MultiheadAttention, 8, 2, batch_first=True)
    return {
        "MultiheadAttention": (
            lambda: nn.MultiheadAttention(8, 2, dropout=0.2), lambda: qkv(5, 2, 8),
        ),
        "MultiheadAttention (batch first, self)": (attention, lambda: (torch.randn(2, 5, 8),) * 3),
        "MultiheadAttention (no weights)": (
            lambda: attention(dropout=0.1),
            lambda: {**named(2, 5, 8), "need_weights": False},
        ),
        "MultiheadAttention (weights of each head)": (
            attention,
            lambda: {
                **named(2, 5, 8),
                "average_attn_weights": False, "key_padding_mask": padded, "attn_mask": causal(5),
            },
        ),
        "MultiheadAttention (other widths, extra key)": (
            lambda: attention(kdim=6, vdim=7, add_bias_kv=True, add_zero_attn=True),
            lambda: (torch.randn(2, 5, 8), torch.randn(2, 4, 6), torch.randn(2, 4, 7)),
        ),
        "TransformerEncoderLayer": (encoder, _x(2, 5, 8)),
        "TransformerEncoderLayer (sequence first)": (
            lambda: nn.TransformerEncoderLayer(8, 2, 16), _x(5, 2, 8),
        ),
        "TransformerEncoderLayer (norm first, gelu)": (
            lambda: encoder(norm_first=True, activation="gelu"), _x(2, 5, 8),
        ),
        "TransformerEncoderLayer (padded)": (
            encoder, lambda: {"src": torch.randn(2, 5, 8), "src_key_padding_mask": padded},
        ),
        "TransformerEncoder": (
            lambda: nn.TransformerEncoder(encoder(), 2, norm=nn.LayerNorm(8)), _x(2, 5, 8),
        ),
        "TransformerEncoder (padded, nested)": (
            lambda: nn.TransformerEncoder(encoder(), 2),
            lambda: {"src": torch.randn(2, 5, 8), "src_key_padding_mask": padded},
        ),
        "TransformerEncoder (causal)": (
            lambda: nn.TransformerEncoder(encoder(), 2, enable_nested_tensor=False),
            lambda: {"src": torch.randn(2, 5, 8), "mask": causal(5), "is_causal": True},
        ),
        "TransformerDecoderLayer": (decoder, lambda: (torch.randn(2, 4, 8), torch.randn(2, 5, 8))),
        "TransformerDecoderLayer (norm first, causal)": (
            lambda: decoder(norm_first=True),
            lambda: {
                "tgt": torch.randn(2, 4, 8), "memory": torch.randn(2, 5, 8), "tgt_mask": causal(4),
                "tgt_is_causal": True, "memory_key_padding_mask": padded,
            },
        ),
        "TransformerDecoder": (
            lambda: nn.TransformerDecoder(decoder(), 2),
            lambda: (torch.randn(2, 4, 8), torch.randn(2, 5, 8)),
        ),
        "Transformer": (
            lambda: nn.Transformer(8, 2, 2, 2, 16, batch_first=True),
            lambda: (torch.randn(2, 5, 8), torch.randn(2, 4, 8)),
        ),
        "Transformer (sequence first, masked)": (
            lambda: nn.Transformer(8, 2, 2, 2, 16),
            lambda: {
                "src": torch.randn(5, 2, 8), "tgt": torch.randn(4, 2, 8), "tgt_mask": causal(4),
                "src_key_padding_mask": padded, "memory_key_padding_mask": padded,
            },
        ),
    }  # fmt: skip


def _others() -> dict[str, Entry]:
    ids = lambda: torch.randint(0, 10, (2, 5))  # noqa: E731
    linear = lambda: nn.Linear(6, 4)  # noqa: E731
    return {
        "Linear": (linear, _x(2, 6)),
        "Linear (no bias, more axes)": (lambda: nn.Linear(6, 4, bias=False), _x(2, 3, 5, 6)),
        "LazyLinear": (lambda: nn.LazyLinear(4), _x(2, 6)),
        "Bilinear": (lambda: nn.Bilinear(6, 5, 4), lambda: (torch.randn(2, 6), torch.randn(2, 5))),
        "Embedding": (lambda: nn.Embedding(10, 4, padding_idx=0), ids),
        "Embedding (max_norm)": (lambda: nn.Embedding(10, 4, max_norm=0.5), ids),
        "EmbeddingBag": (lambda: nn.EmbeddingBag(10, 4), ids),
        "EmbeddingBag (offsets, max)": (
            lambda: nn.EmbeddingBag(10, 4, mode="max"),
            lambda: (torch.randint(0, 10, (7,)), torch.tensor([0, 3, 5])),
        ),
        "EmbeddingBag (max_norm)": (lambda: nn.EmbeddingBag(10, 4, max_norm=0.5), ids),
        "Sequential": (
            lambda: nn.Sequential(linear(), nn.ReLU(inplace=True), nn.Linear(4, 2)), _x(2, 6),
        ),
        "DataParallel": (lambda: nn.DataParallel(linear()), _x(2, 6)),
        "Linear (weight norm)": (lambda: parametrizations.weight_norm(linear()), _x(2, 6)),
        "Linear (spectral norm)": (lambda: parametrizations.spectral_norm(linear()), _x(2, 6)),
        "Linear (orthogonal)": (lambda: parametrizations.orthogonal(linear()), _x(2, 6)),
        "Linear (old weight norm)": (lambda: nn.utils.weight_norm(linear()), _x(2, 6)),
        "Linear (old spectral norm)": (lambda: nn.utils.spectral_norm(linear()), _x(2, 6)),
        "Linear (double)": (lambda: linear().double(), lambda: torch.randn(2, 6).double()),
        "Linear (bfloat16)": (lambda: linear().bfloat16(), lambda: torch.randn(2, 6).bfloat16()),
        "Linear (complex)": (lambda: linear().to(torch.complex64), lambda: torch.randn(2, 6) + 1j),
        "Linear (scripted)": (
            lambda: nn.Sequential(torch.jit.script(linear()), nn.ReLU()), _x(2, 6),
        ),
    }  # fmt: skip
