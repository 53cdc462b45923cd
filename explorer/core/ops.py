"""What is known of ops and modules by name: family, label, formula. A table, no code to run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from explorer.core.problem import phrase

Family = Literal[
    "embedding", "linear", "attention", "norm", "activation", "convolution", "pooling",
    "recurrent", "elementwise", "reshape", "container",
]  # fmt: skip

GLYPHS: dict[Family, str] = {
    "embedding": "▤", "linear": "╳", "attention": "◎", "norm": "≈", "activation": "ƒ",
    "convolution": "▦", "pooling": "▽", "recurrent": "↻", "elementwise": "±", "reshape": "⇄",
    "container": "▢",
}  # fmt: skip


@dataclass(frozen=True)
class Op:
    """An op's family, what to write on its node, and its formula in the field's notation."""

    family: Family
    label: str
    formula: str

    @property
    def name(self) -> str:
        """The label in words: ``add`` for ``+``."""
        return _WORDS.get(self.label, self.label)


# The states of PyTorch's recurrent networks and of their cells, in the order they are given in.
NETWORKS = {"lstm": "hc", "gru": "h", "rnn_tanh": "h", "rnn_relu": "h"}
CELLS = {"lstm_cell": "hc", "gru_cell": "h", "rnn_tanh_cell": "h", "rnn_relu_cell": "h"}

_WORDS = {"+": "add", "−": "subtract", "×": "multiply", "÷": "divide", "√": "square root",
          "1/√": "reciprocal root"}  # fmt: skip


def _table(family: Family, rows: dict[str, tuple[str, str]]) -> dict[str, Op]:
    return {name: Op(family, label, formula) for name, (label, formula) in rows.items()}


OPS: dict[str, Op] = {
    **_table("embedding", {
        "embedding": ("embedding", "y = W[ids]"),
        "arange": ("arange", "y = (start, start + 1, …)"),
        "one_hot": ("one-hot", phrase("y[i] = 1 where i = class, else 0")),
    }),
    **_table("linear", {
        "linear": ("linear", "y = x·Wᵀ + b"),
        "matmul": ("matmul", "y = a · b"),
        "bmm": ("matmul", "y = a · b"),
        "mm": ("matmul", "y = a · b"),
        "addmm": ("addmm", "y = c + a · b"),
        "einsum": ("einsum", phrase("y = Σ over the repeated indices")),
        "bilinear": ("bilinear", "y = x₁ᵀ·A·x₂ + b"),
    }),
    **_table("attention", {
        "softmax": ("softmax", "yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)"),
        "log_softmax": ("log softmax", "yᵢ = xᵢ − log Σⱼ exp(xⱼ)"),
        "scaled_dot_product_attention": ("attention", phrase("y = softmax(Q·Kᵀ / √d + mask) · V")),
        "multi_head_attention_forward": (
            "multi-head attention", "y = concat(softmax(Qₕ·Kₕᵀ / √d) · Vₕ) · Wₒ"
        ),
        "native_multi_head_attention": (
            "multi-head attention", "y = concat(softmax(Qₕ·Kₕᵀ / √d) · Vₕ) · Wₒ"
        ),
        "transformer_encoder_layer_fwd": (
            "encoder layer", phrase("h = norm(x + attention(x)), y = norm(h + feed-forward(h))")
        ),
        "masked_fill": ("mask", phrase("yᵢ = value if maskᵢ else xᵢ")),
    }),
    **_table("norm", {
        "layer_norm": ("layer norm", "y = (x − μ) / √(σ² + ε) · γ + β"),
        "batch_norm": ("batch norm", phrase("y = (x − μ) / √(σ² + ε) · γ + β, per channel")),
        "group_norm": ("group norm", phrase("y = (x − μ) / √(σ² + ε) · γ + β, per group")),
        "instance_norm": ("instance norm", phrase("y = (x − μ) / √(σ² + ε) · γ + β, per map")),
        "rms_norm": ("RMS norm", "y = x / √(mean(x²) + ε) · γ"),
        "normalize": ("normalize", "y = x / ‖x‖"),
    }),
    **_table("activation", {
        "relu": ("ReLU", "y = max(0, x)"),
        "leaky_relu": ("leaky ReLU", "y = max(0, x) + a·min(0, x)"),
        "gelu": ("GELU", "y = x · Φ(x)"),
        "silu": ("SiLU", "y = x · σ(x)"),
        "tanh": ("tanh", "y = tanh(x)"),
        "sigmoid": ("sigmoid", "y = 1 / (1 + exp(−x))"),
        "elu": ("ELU", phrase("y = x if x > 0, else a·(exp(x) − 1)")),
        "softplus": ("softplus", "y = log(1 + exp(x))"),
        "relu6": ("ReLU6", "y = min(max(0, x), 6)"),
        "prelu": ("PReLU", "y = max(0, x) + a·min(0, x)"),
        "hardswish": ("hard swish", "y = x · min(max(0, x + 3), 6) / 6"),
        "hardsigmoid": ("hard sigmoid", "y = min(max(0, x + 3), 6) / 6"),
        "mish": ("Mish", "y = x · tanh(log(1 + exp(x)))"),
        "softsign": ("softsign", "y = x / (1 + |x|)"),
        "hardtanh": ("hard tanh", "y = min(max(x, a), b)"),
        "dropout": ("dropout", phrase("y = x · mask / (1 − p) in training, x otherwise")),
    }),
    **_table("convolution", {
        "conv1d": ("conv1d", "y = W ∗ x + b"),
        "conv2d": ("conv2d", "y[o,i,j] = Σ W[o,c,u,v] · x[c,i+u,j+v] + b[o]"),
        "conv3d": ("conv3d", "y = W ∗ x + b"),
        "conv_transpose1d": ("transposed conv", "y = Wᵀ ∗ x + b"),
        "conv_transpose2d": ("transposed conv", "y = Wᵀ ∗ x + b"),
        "conv_transpose3d": ("transposed conv", "y = Wᵀ ∗ x + b"),
    }),
    **_table("pooling", {
        "max_pool1d": ("max pool", phrase("y = max over each window")),
        "max_pool2d": ("max pool", phrase("y[c,i,j] = max over each window")),
        "max_pool3d": ("max pool", phrase("y = max over each window")),
        "avg_pool1d": ("average pool", phrase("y = mean over each window")),
        "avg_pool2d": ("average pool", phrase("y[c,i,j] = mean over each window")),
        "avg_pool3d": ("average pool", phrase("y = mean over each window")),
        "adaptive_avg_pool1d": ("average pool", phrase("y = mean over each cell of a grid")),
        "adaptive_avg_pool3d": ("average pool", phrase("y = mean over each cell of a grid")),
        "adaptive_avg_pool2d": ("average pool", phrase("y = mean over each cell of a grid")),
        "adaptive_max_pool2d": ("max pool", phrase("y = max over each cell of a grid")),
        "interpolate": ("interpolate", phrase("y = x resampled")),
    }),
    **_table("recurrent", {
        "lstm": ("LSTM", "cₜ = f⊙cₜ₋₁ + i⊙g,  hₜ = o⊙tanh(cₜ)"),
        "gru": ("GRU", "hₜ = (1 − z)⊙n + z⊙hₜ₋₁"),
        "rnn_tanh": ("RNN", "hₜ = tanh(W·xₜ + U·hₜ₋₁ + b)"),
        "rnn_relu": ("RNN", "hₜ = ReLU(W·xₜ + U·hₜ₋₁ + b)"),
        "lstm_cell": ("LSTM cell", "cₜ = f⊙cₜ₋₁ + i⊙g,  hₜ = o⊙tanh(cₜ)"),
        "gru_cell": ("GRU cell", "hₜ = (1 − z)⊙n + z⊙hₜ₋₁"),
        "rnn_tanh_cell": ("RNN cell", "hₜ = tanh(W·xₜ + U·hₜ₋₁ + b)"),
        "rnn_relu_cell": ("RNN cell", "hₜ = ReLU(W·xₜ + U·hₜ₋₁ + b)"),
    }),
    **_table("elementwise", {
        "add": ("+", "y = a + b"),
        "sub": ("−", "y = a − b"),
        "rsub": ("−", "y = b − a"),
        "mul": ("×", "y = a ⊙ b"),
        "div": ("÷", "y = a / b"),
        "truediv": ("÷", "y = a / b"),
        "pow": ("power", "y = aᵇ"),
        "neg": ("negate", "y = −x"),
        "exp": ("exp", "y = eˣ"),
        "log": ("log", "y = ln x"),
        "sqrt": ("√", "y = √x"),
        "rsqrt": ("1/√", "y = 1 / √x"),
        "sum": ("sum", "y = Σ x"),
        "mean": ("mean", phrase("y = mean of x")),
        "max": ("max", phrase("y = max of x")),
        "argmax": ("argmax", phrase("y = index of the largest x")),
        "cross_entropy": ("cross-entropy", "L = −log softmax(x)[target]"),
        "zeros": ("zeros", "yᵢ = 0"),
        "ones": ("ones", "yᵢ = 1"),
        "full": ("full", phrase("yᵢ = one number")),
        "empty": ("empty", phrase("yᵢ = what the memory held")),
        "eye": ("eye", phrase("yᵢⱼ = 1 where i = j, else 0")),
        "linspace": ("linspace", phrase("y = numbers evenly spaced from start to end")),
        "rand": ("rand", phrase("yᵢ = random, evenly from 0 to 1")),
        "randn": ("randn", phrase("yᵢ = random, normal around 0 with deviation 1")),
        "randint": ("randint", phrase("yᵢ = random whole number")),
        "randperm": ("randperm", phrase("y = 0, 1, 2, … in random order")),
        "tensor": ("tensor", phrase("y = numbers that the code gives")),
        "as_tensor": ("tensor", phrase("y = numbers that the code gives")),
    }),
    **_table("reshape", {
        "view": ("view", phrase("same numbers, new shape")),
        "reshape": ("reshape", phrase("same numbers, new shape")),
        "flatten": ("flatten", phrase("same numbers, axes joined")),
        "unflatten": ("unflatten", phrase("same numbers, an axis split")),
        "transpose": ("transpose", phrase("same numbers, two axes swapped")),
        "permute": ("permute", phrase("same numbers, axes reordered")),
        "contiguous": ("contiguous", phrase("same numbers, laid out in order")),
        "getitem": ("index", phrase("y = x[index]")),
        "split": ("split", phrase("parts of x along an axis")),
        "chunk": ("chunk", phrase("parts of x along an axis")),
        "unbind": ("unbind", phrase("slices of x along an axis")),
        "cat": ("concat", phrase("inputs joined along an axis")),
        "stack": ("stack", phrase("inputs joined along a new axis")),
        "squeeze": ("squeeze", phrase("same numbers, axes of size 1 dropped")),
        "unsqueeze": ("unsqueeze", phrase("same numbers, an axis of size 1 added")),
        "expand": ("expand", phrase("same numbers, repeated along an axis")),
        "T": ("transpose", phrase("same numbers, two axes swapped")),
        "mT": ("transpose", phrase("same numbers, two axes swapped")),
        "to": ("to", phrase("same numbers, other type or device")),
        "tril": ("tril", phrase("x on and below the diagonal, else 0")),
        "triu": ("triu", phrase("x on and above the diagonal, else 0")),
    }),
}  # fmt: skip


# What a fused op always computes on the way, whatever it is given: its steps once it is opened.
# Masks, dropout and the like are there only sometimes, so they are not named.
_ATTENDS = ("matmul", "mul", "softmax")
_INSIDE: dict[str, tuple[str, ...]] = {
    "scaled_dot_product_attention": _ATTENDS,
    "multi_head_attention_forward": ("linear", *_ATTENDS),
    "native_multi_head_attention": ("linear", *_ATTENDS),
    "transformer_encoder_layer_fwd": ("layer_norm", "linear", *_ATTENDS, "add"),
    **dict.fromkeys(
        ("lstm", "lstm_cell", "gru", "gru_cell"), ("linear", "add", "sigmoid", "tanh", "mul")
    ),
    **dict.fromkeys(("rnn_tanh", "rnn_tanh_cell"), ("linear", "add", "tanh")),
    **dict.fromkeys(("rnn_relu", "rnn_relu_cell"), ("linear", "add", "relu")),
}


def inside(name: str) -> tuple[str, ...]:
    """The ops that a fused one is certain to be made of; none where that is not known."""
    return _INSIDE.get(name.strip("_"), ())


@lru_cache(maxsize=4096)
def op(name: str) -> Op:
    """What is known of an op; an unknown one is an elementwise op with its own name."""
    plain = name.strip("_")
    if shape_only(name):  # ``zeros_like`` and ``new_zeros`` make what ``zeros`` makes
        made = OPS.get(plain.removesuffix("_like").removeprefix("new_"))
        return Op("elementwise", plain, made.formula if made else f"y = {plain}()")
    return OPS.get(name) or OPS.get(plain) or Op("elementwise", plain, f"y = {plain}(x)")


@lru_cache(maxsize=4096)
def shape_only(name: str) -> bool:
    """Whether an op reads the shape of its input and none of its numbers, as ``randn_like``."""
    plain = name.strip("_")
    return plain.endswith("_like") or plain.startswith("new_")


_FUSED_ATTENTION = "scaled_dot_product_attention"
# Parts of a formula that an op has only if it got so many inputs.
_OPTIONAL: dict[str, tuple[tuple[int, str], ...]] = {
    "linear": ((3, " + b"),),
    "bilinear": ((4, " + b"),),
    **dict.fromkeys(
        ("conv1d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
        ((3, " + b"),),
    ),
    "conv2d": ((3, " + b[o]"),),
    **dict.fromkeys(
        ("layer_norm", "batch_norm", "group_norm", "instance_norm"), ((2, " · γ"), (3, " + β"))
    ),
    "rms_norm": ((2, " · γ"),),
}


def formula(
    name: str, kinds: Sequence[str], say: Callable[[str], str] = phrase, detail: str = ""
) -> str:
    """The formula of a call of an op with inputs of these kinds (`Value.kind`, in order), and of
    the arguments that ``detail`` tells (`Event.detail`).

    ``say`` translates the words in it.

    ``linear`` without a bias has no ``+ b``. The running statistics of a norm are buffers and
    scale nothing.
    """
    plain = name.strip("_")
    running = plain in ("batch_norm", "instance_norm")
    count = sum(kind != "buffer" or not running for kind in kinds)
    text = say(op(name).formula)
    if plain == _FUSED_ATTENTION:
        if len(kinds) < 4 and "is_causal" not in detail:
            text = "y = softmax(Q·Kᵀ / √d) · V"  # there is no mask
        if "scale=" in detail:
            text = text.replace("/ √d", "· scale")
    if not kinds and plain not in OPS:
        text = text.replace("(x)", "()")  # there is no x
    for least, part in _OPTIONAL.get(plain, ()):
        if count < least:
            text = text.replace(part, "")
    return text


_MODULE_WORDS: tuple[tuple[str, Family], ...] = (
    ("embed", "embedding"), ("attention", "attention"), ("attn", "attention"),
    ("norm", "norm"), ("conv", "convolution"), ("pool", "pooling"),
    ("lstm", "recurrent"), ("gru", "recurrent"), ("rnn", "recurrent"),
    ("relu", "activation"), ("gelu", "activation"), ("silu", "activation"),
    ("tanh", "activation"), ("sigmoid", "activation"), ("softmax", "activation"),
    ("dropout", "activation"), ("flatten", "reshape"), ("linear", "linear"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def module_family(kind: str) -> Family:
    """The family of a module by its class name; ``container`` for what only holds others."""
    lower = kind.lower()
    return next((family for word, family in _MODULE_WORDS if word in lower), "container")
