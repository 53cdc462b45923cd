"""Recordings made by hand, in the shape of what the engine records: for tests without torch.

`Builder` writes one op and one module call after the other; `gpt`, `mlp`, `cnn` are whole models
as the presets have them, `chain`, `skip` and the like are the smallest cases of a layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

from msgspec.structs import replace

from explorer.core.graph import Attention, Call, Event, ModelInfo, Module, Recording, Value
from explorer.core.values import Input, NumbersInput, SampleInput, TextInput

BYTES = {"float32": 4, "int64": 8, "bool": 1}


class Builder:
    """Records by hand. Shapes and axes are given as ``{"B": 1, "T": 18}``; unnamed axes have
    keys that start with ``_``. Every method that makes a value returns its index."""

    def __init__(self, kind: str, detail: str = "") -> None:
        self.calls: list[Call] = []
        self.events: list[Event] = []
        self.values: list[Value] = []
        self.attention: list[Attention] = []
        self.modules: list[Module] = []
        self._stack: list[int] = []
        self._own: dict[str, int] = {}  # module path → numbers in its own parameters
        self._parameters: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._visits: dict[str, int] = {}
        self._begin("", kind, detail)

    def value(self, name: str, kind: str, axes: dict[str, int], dtype: str, writer: int) -> int:
        shape = tuple(axes.values())
        names = tuple("" if a.startswith("_") else a.rstrip("'") for a in axes)
        size = prod(shape) * BYTES[dtype]
        self.values.append(Value(name, kind, shape, dtype, "cpu", size, names, writer))  # type: ignore[arg-type]
        return len(self.values) - 1

    def input(self, name: str, dtype: str = "float32", **axes: int) -> int:
        return self.value(name, "input", axes, dtype, -1)

    def buffer(self, name: str, dtype: str = "float32", **axes: int) -> int:
        return self.value(name, "buffer", axes, dtype, -1)

    def parameter(self, name: str, **axes: int) -> int:
        """A parameter of the module being called: its path is put before the name."""
        path = ".".join(part for part in (self.path, name) if part)
        if path in self._parameters:
            return self._parameters[path]
        for depth in range(len(self.path.split(".")) + 1 if self.path else 1):
            above = ".".join(self.path.split(".")[:depth])
            self._own[above] = self._own.get(above, 0) + prod(axes.values())
        self._parameters[path] = self.value(path, "parameter", axes, "float32", -1)
        return self._parameters[path]

    def op(
        self, op: str, inputs: list[int], detail: str = "", dtype: str = "float32",
        microseconds: float = 0.0, **axes: int,
    ) -> int:  # fmt: skip
        """One event with one output."""
        return self.ops(op, inputs, [axes], detail, dtype, microseconds)[0]

    def ops(
        self, op: str, inputs: list[int], outputs: list[dict[str, int]], detail: str = "",
        dtype: str = "float32", microseconds: float = 0.0,
    ) -> list[int]:  # fmt: skip
        """One event with several outputs."""
        plain = f"{self.path}/{op}" if self.path else op
        number = self._counts.get(plain, 0)
        self._counts[plain] = number + 1
        index, name = len(self.events), f"{plain}#{number}"
        made = [
            self.value(f"{name}:{k}" if k else name, "activation", axes, dtype, index)
            for k, axes in enumerate(outputs)
        ]
        seconds = (microseconds or 2.0 + 7.0 * (index % 5)) * 1e-6
        self.events.append(
            Event(
                index, name, op, self._stack[-1], tuple(inputs), tuple(made), seconds,
                "model.py:12", detail,
            )
        )  # fmt: skip
        return made

    @property
    def path(self) -> str:
        """Dotted path of the module being called."""
        return self.calls[self._stack[-1]].module if self._stack else ""

    @contextmanager
    def module(self, name: str, kind: str, detail: str = "") -> Iterator[None]:
        """A call of the submodule ``name`` (may be dotted: ``blocks.0``) of the current one."""
        self._begin(".".join(part for part in (self.path, name) if part), kind, detail)
        try:
            yield
        finally:
            self._end()

    def finish(
        self, outputs: list[int], given: Input | None = None, weights: str = "shipped",
        labels: dict[str, tuple[str, ...]] | None = None, tape: int = 1,
    ) -> Recording:  # fmt: skip
        """The whole recording."""
        while self._stack:
            self._end()
        return Recording(
            tape=tape,
            weights=weights,
            input=given or NumbersInput((0.0,)),
            calls=tuple(
                replace(call, parameters=self._own.get(call.module, 0)) for call in self.calls
            ),
            events=tuple(self.events),
            values=tuple(self.values),
            outputs=tuple(outputs),
            attention=tuple(self.attention),
            labels=labels or {},
            prediction=outputs[0],
            seconds=sum(event.seconds for event in self.events),
            bytes=sum(value.bytes for value in self.values if value.kind == "activation"),
        )

    def _begin(self, path: str, kind: str, detail: str) -> None:
        number = self._visits.get(path, 0)
        self._visits[path] = number + 1
        parent = self._stack[-1] if self._stack else -1
        self._stack.append(len(self.calls))
        first = len(self.events)
        self.calls.append(
            Call(len(self.calls), path, number, parent, kind, first, first - 1, 0, detail)
        )

    def _end(self) -> None:
        call = self._stack.pop()
        self.calls[call] = replace(self.calls[call], last=len(self.events) - 1)

    # ------------------------------------------------------------------ layers

    def linear(self, name: str, x: int, outputs: int, bias: bool = True, last: str = "C") -> int:
        """A called `nn.Linear`."""
        *before, _ = self._axes(x)
        width = self.values[x].shape[-1]
        with self.module(name, "Linear", f"{width} → {outputs}"):
            given = [x, self.parameter("weight", _out=outputs, _in=width)]
            if bias:
                given.append(self.parameter("bias", _out=outputs))
            shape: dict[str, Any] = dict(before) | {last: outputs}
            return self.op("linear", given, f"{width} → {outputs}", microseconds=18, **shape)

    def layer_norm(self, name: str, x: int) -> int:
        """A called `nn.LayerNorm`."""
        width = self.values[x].shape[-1]
        with self.module(name, "LayerNorm", str(width)):
            given = [x, self.parameter("weight", _n=width), self.parameter("bias", _n=width)]
            return self.op("layer_norm", given, "ε = 1e-05", **dict(self._axes(x)))

    def embedding(self, name: str, ids: int, count: int, width: int) -> int:
        """A called `nn.Embedding`."""
        with self.module(name, "Embedding", f"{count} × {width}"):
            weight = self.parameter("weight", V=count, C=width)
            shape: dict[str, Any] = {**dict(self._axes(ids)), "C": width}
            return self.op("embedding", [ids, weight], f"{count} × {width}", **shape)

    def activation(self, name: str, x: int, kind: str = "ReLU") -> int:
        """A called activation module: one op of the same name."""
        with self.module(name, kind):
            return self.op(kind.lower(), [x], **dict(self._axes(x)))

    def add(self, a: int, b: int) -> int:
        """``a + b``, of the shape of ``a``."""
        return self.op("add", [a, b], **dict(self._axes(a)))

    def _axes(self, x: int) -> list[tuple[str, Any]]:
        value = self.values[x]
        found: dict[str, int] = {}
        for i, (name, size) in enumerate(zip(value.axes, value.shape, strict=True)):
            key = name or f"_{i}"
            found[key + "'" if key in found else key] = size
        return list(found.items())


# ---------------------------------------------------------------------- models


def gpt(
    text: str = "The cat sat on the", layers: int = 4, heads: int = 4, width: int = 128,
    vocabulary: int = 96, context: int = 128,
) -> Recording:  # fmt: skip
    """A decoder-only Transformer like the preset ``char-gpt``; 24 events a block."""
    b = Builder("GPT")
    T, hs = len(text), width // heads
    tokens = b.input("tokens", "int64", B=1, T=T)
    positions = b.op("arange", [], str(T), "int64", T=T)
    x = b.add(
        b.embedding("token_embedding", tokens, vocabulary, width),
        b.embedding("position_embedding", positions, context, width),
    )
    for layer in range(layers):
        with b.module(f"blocks.{layer}", "Block"):
            normed = b.layer_norm("ln1", x)
            with b.module("attn", "CausalSelfAttention"):
                split = []
                for name in ("query", "key", "value"):
                    p = b.linear(name, normed, width)
                    p = b.op("view", [p], f"1, {T}, {heads}, {hs}", B=1, T=T, heads=heads, hs=hs)
                    split.append(b.op("transpose", [p], "1, 2", B=1, heads=heads, T=T, hs=hs))
                q, k, v = split
                kt = b.op("transpose", [k], "-2, -1", B=1, heads=heads, hs=hs, T=T)
                square: dict[str, Any] = {"B": 1, "heads": heads, "T": T, "T'": T}
                scores = b.op("matmul", [q, kt], microseconds=30, **square)
                scores = b.op("div", [scores], f"{hs**0.5:.4g}", **square)
                future = b.buffer("future", "bool", _q=context, _k=context)
                mask = b.op("getitem", [future], f"[:{T}, :{T}]", "bool", **{"T": T, "T'": T})
                scores = b.op("masked_fill", [scores, mask], "→ −∞", **square)
                weights = b.op("softmax", [scores], "dim=-1", microseconds=21, **square)
                b.attention.append(Attention(len(b.events) - 1, weights, True))
                y = b.op(
                    "matmul", [weights, v], microseconds=25, B=1, heads=heads, T=T, hs=hs
                )  # fmt: skip
                y = b.op("transpose", [y], "1, 2", B=1, T=T, heads=heads, hs=hs)
                y = b.op("reshape", [y], f"1, {T}, {width}", B=1, T=T, C=width)
                y = b.linear("proj", y, width)
            x = b.add(x, y)
            normed = b.layer_norm("ln2", x)
            with b.module("mlp", "FeedForward"):
                y = b.linear("fc1", normed, 4 * width, last="4C")
                y = b.linear("fc2", b.activation("gelu", y, "GELU"), width)
            x = b.add(x, y)
    logits = b.linear("lm_head", b.layer_norm("ln_f", x), vocabulary, bias=False, last="V")
    shown = tuple("␣" if c == " " else c for c in text)
    alphabet = tuple(chr(33 + i) for i in range(vocabulary))
    return b.finish([logits], TextInput(text), labels={"T": shown, "V": alphabet})


def mlp(sizes: tuple[int, ...] = (2, 8, 8, 2), classes: tuple[str, ...] = ("a", "b")) -> Recording:
    """Linear layers with ReLU between them, like ``spirals-mlp`` and ``first-network``."""
    b = Builder("MLP")
    x = b.input("x", B=1, features=sizes[0])
    with b.module("layers", "Sequential"):
        for i, size in enumerate(sizes[1:]):
            final = i == len(sizes) - 2
            x = b.linear(str(2 * i), x, size, last="classes" if final else "_hidden")
            if not final:
                x = b.activation(str(2 * i + 1), x)
    return b.finish([x], NumbersInput((0.5,) * sizes[0]), labels={"classes": classes})


def cnn(
    channels: tuple[int, ...] = (12, 24), hidden: tuple[int, ...] = (64,), image: int = 8
) -> Recording:
    """A small LeNet like ``digits-cnn``: convolution, ReLU, pooling; then linear layers."""
    b = Builder("CNN")
    x = b.input("x", B=1, C=1, H=image, W=image)
    size, inputs = image, 1
    with b.module("features", "Sequential"):
        for i, outputs in enumerate(channels):
            shape: dict[str, Any] = {"B": 1, "C": outputs, "H": size, "W": size}
            with b.module(str(3 * i), "Conv2d", f"{inputs} → {outputs}, 3×3"):
                weight = b.parameter("weight", _o=outputs, _i=inputs, _h=3, _w=3)
                bias = b.parameter("bias", _o=outputs)
                x = b.op(
                    "conv2d", [x, weight, bias], f"{inputs} → {outputs}, 3×3, padding 1",
                    microseconds=60, **shape,
                )  # fmt: skip
            x = b.activation(str(3 * i + 1), x)
            size, inputs = size // 2, outputs
            with b.module(str(3 * i + 2), "MaxPool2d", "2"):
                x = b.op("max_pool2d", [x], "2×2", **(shape | {"H": size, "W": size}))
    with b.module("flatten", "Flatten"):
        x = b.op("flatten", [x], "1", B=1, _features=inputs * size * size)
    with b.module("classifier", "Sequential"):
        for i, outputs in enumerate((*hidden, 10)):
            final = i == len(hidden)
            x = b.linear(str(2 * i), x, outputs, last="classes" if final else "_hidden")
            if not final:
                x = b.activation(str(2 * i + 1), x)
    return b.finish([x], SampleInput(0), labels={"classes": tuple("0123456789")})


def info(recording: Recording, family: str = "gpt") -> ModelInfo:
    """The `ModelInfo` that goes with a recording: its called modules, and the lists between."""
    modules: dict[str, Module] = {}
    for call in recording.calls:
        parts = call.module.split(".") if call.module else []
        for depth in range(len(parts)):  # a ModuleList is never called, but is a module
            path = ".".join(parts[:depth])
            if path not in modules:
                inside = {
                    c.module: c.parameters
                    for c in recording.calls
                    if c.module.startswith(path + ".") and c.module.count(".") == depth
                }
                modules[path] = Module(path, "ModuleList", sum(inside.values()), depth)
        if call.module not in modules:
            modules[call.module] = Module(call.module, call.kind, call.parameters, len(parts))
    editor = {"gpt": "text", "cnn": "image"}.get(family, "numbers")
    shape = {"gpt": (128,), "cnn": (8, 8)}.get(family, (2,))
    return ModelInfo(
        family=family,
        parameters=recording.calls[0].parameters,
        modules=tuple(modules.values()),
        weights=recording.weights,
        device="cpu",
        input=editor,  # type: ignore[arg-type]
        shape=shape,
        labels=recording.labels.get("V", ()),
        classes=recording.labels.get("classes", ()),
        samples=360,
    )


# ---------------------------------------------------------------------- the smallest cases


def chain() -> Recording:
    """Three ops, one after the other, in no module."""
    b = Builder("Chain")
    x = b.input("x", B=1, C=4)
    for op in ("relu", "tanh", "sigmoid"):
        x = b.op(op, [x], B=1, C=4)
    return b.finish([x])


def skip() -> Recording:
    """``x + mlp(x)``: one residual path around two layers."""
    b = Builder("Skip")
    x = b.input("x", B=1, C=4)
    x = b.linear("before", x, 4)
    y = b.linear("fc1", x, 4)
    y = b.linear("fc2", b.activation("act", y), 4)
    return b.finish([b.add(x, y)])


def branches() -> Recording:
    """Three parallel paths of different length, joined by ``cat``."""
    b = Builder("Branches")
    x = b.input("x", B=1, C=4)
    paths = []
    for n in (1, 2, 3):
        y = x
        for i in range(n):
            y = b.linear(f"path{n}_{i}", y, 4)
        paths.append(y)
    return b.finish([b.op("cat", paths, "-1", B=1, C=12)])


def nested() -> Recording:
    """A residual path around a block that has a residual path inside."""
    b = Builder("Nested")
    x = b.input("x", B=1, C=4)
    with b.module("outer", "Outer"):
        with b.module("inner", "Inner"):
            y = b.linear("fc1", x, 4)
            y = b.add(x, b.activation("act", y))
        z = b.linear("fc2", y, 4)
        z = b.add(x, z)
    return b.finish([b.linear("head", z, 2)])


def recurrent(steps: int = 3, layers: int = 2, backwards: bool = False) -> Recording:
    """Layers of one cell each, called at every step of a sequence, and what they give joined."""
    b = Builder("Recurrent")
    x = b.input("x", B=1, T=steps, C=4)
    state = [b.op("zeros", [], B=1, C=4) for _ in range(layers)]
    given = []
    for t in range(steps)[:: -1 if backwards else 1]:
        y = b.op("getitem", [x], f"[:, {t}]", B=1, C=4)
        for k in range(layers):
            with b.module(f"cells.{k}", "Cell"):
                y = b.op("tanh", [b.add(b.linear("x", y, 4), b.linear("h", state[k], 4))], B=1, C=4)
            state[k] = y
        given.append(y)
    return b.finish([b.op("stack", given[:: -1 if backwards else 1], "1", B=1, T=steps, C=4)])


def shared() -> Recording:
    """One module called twice in a row, and a third time on the first answer."""
    b = Builder("Shared")
    x = b.input("x", B=1, C=4)
    results = []
    for _ in range(2):
        with b.module("cell", "Cell"):
            x = b.op("tanh", [b.linear("fc", x, 4)], B=1, C=4)
            results.append(x)
    with b.module("cell", "Cell"):
        y = b.op("tanh", [b.linear("fc", results[0], 4)], B=1, C=4)
    return b.finish([b.add(x, y)])
