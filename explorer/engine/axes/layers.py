"""What layers do to axes: norms, products with weights, convolutions, attention, recurrence."""

from __future__ import annotations

from explorer.engine.axes.rules import Rule, rule
from explorer.engine.axes.spaces import CERTAIN, USUAL, Spaces


@rule("layer_norm rms_norm")
def _layer_norm(spaces: Spaces) -> None:
    x, out = spaces.step.reads[0], spaces.step.results[0]
    spaces.broadcast(spaces.step.reads, spaces.axes(out))
    shape = spaces.argument(1, "normalized_shape") or (0,)
    for axis in range(1, len(shape) + 1):
        spaces.mix(spaces.axis(x, -axis))
    if len(shape) == 1:
        spaces.name(spaces.axis(x, -1), "C", USUAL)


@rule("batch_norm instance_norm group_norm")
def _per_channel(spaces: Spaces) -> None:
    """Batch, group and instance norm: one weight per channel."""
    x, *rest = spaces.step.reads
    out = spaces.step.results[0]
    spaces.tie_all(spaces.axes(x), spaces.axes(out))
    for ref in (*rest, *(ref for ref in spaces.step.writes if ref != out)):
        if spaces.rank(ref) == 1 and spaces.rank(x) > 1:
            spaces.tie(spaces.axis(ref, 0), spaces.axis(x, 1))
    for axis in range(2, spaces.rank(x)):
        spaces.mix(spaces.axis(x, axis))
    _maps(spaces, x, out, spaces.rank(x) - 2)


def _maps(spaces: Spaces, x: int, out: int, dims: int) -> None:
    """(B, C, …) as PyTorch's documentation has it for convolutions, pooling and their norms."""
    for ref in (x, out):
        if spaces.rank(ref) == dims + 2:
            spaces.name(spaces.axis(ref, 1), "C", CERTAIN)
        if dims == 2:
            spaces.name(spaces.axis(ref, -2), "H", CERTAIN)
            spaces.name(spaces.axis(ref, -1), "W", CERTAIN)


# ---------------------------------------------------------------- products


@rule("linear")
def _linear(spaces: Spaces) -> None:
    x, weight = spaces.value(0, "input"), spaces.value(1, "weight")
    if x is None or weight is None:
        return
    out, bias = spaces.step.results[0], spaces.value(2, "bias")
    spaces.tie_all(spaces.axes(x)[:-1], spaces.axes(out)[:-1])
    spaces.tie(spaces.axis(weight, 1), spaces.axis(x, -1))
    spaces.tie(spaces.axis(weight, 0), spaces.axis(out, -1))
    if bias is not None:
        spaces.tie(spaces.axis(bias, 0), spaces.axis(out, -1))
    spaces.linear.append((spaces.axis(x, -1), spaces.axis(out, -1)))


@rule("matmul bmm mm mv")
def _matmul(spaces: Spaces) -> None:
    _multiply(spaces, *spaces.step.reads[:2])


@rule("rmatmul")
def _right_matmul(spaces: Spaces) -> None:
    _multiply(spaces, *reversed(spaces.step.reads[:2]))


@rule("addmm baddbmm")
def _added_matmul(spaces: Spaces) -> None:
    if len(spaces.step.reads) == 3:
        bias, one, other = spaces.step.reads
        spaces.meet(spaces.axes(bias), spaces.axes(spaces.step.results[0]))
        _multiply(spaces, one, other)


def _multiply(spaces: Spaces, one: int, other: int) -> None:
    """(…, n, k) by (…, k, m) is (…, n, m); a vector lacks n or m."""
    left, right = list(spaces.axes(one)), list(spaces.axes(other))
    out = list(spaces.axes(spaces.step.results[0]))
    inner, outer = left.pop(), right.pop(-2 if len(right) > 1 else -1)
    spaces.tie(inner, outer)
    spaces.mix(inner)
    spaces.mix(outer)
    if right:
        spaces.tie(right[-1], out[-1])
        if spaces.values[other].kind == "parameter" and len(right) == 1:
            spaces.linear.append((inner, out[-1]))
        else:
            spaces.used.update((inner, outer, right[-1]))
        out, right = out[:-1], right[:-1]
    if left and out:
        spaces.tie(left[-1], out[-1])
        out, left = out[:-1], left[:-1]
    spaces.meet(left, out)
    spaces.meet(right, out)


@rule("einsum")
def _einsum(spaces: Spaces) -> None:
    equation = spaces.step.args[0]
    if not isinstance(equation, str) or "." in equation or "->" not in equation:
        return
    left, _, right = equation.replace(" ", "").partition("->")
    known = dict(zip(right, spaces.axes(spaces.step.results[0]), strict=False))
    for letters, ref in zip(left.split(","), spaces.step.reads, strict=False):
        if len(letters) != spaces.rank(ref) or len(set(letters)) != len(letters):
            return
        for letter, node in zip(letters, spaces.axes(ref), strict=True):
            spaces.used.add(node)
            spaces.tie(node, known.setdefault(letter, node))


def _convolution(dims: int) -> Rule:
    def apply(spaces: Spaces) -> None:
        x, weight = spaces.value(0, "input"), spaces.value(1, "weight")
        if x is None or weight is None or spaces.rank(x) != dims + 2:
            return
        out, bias = spaces.step.results[0], spaces.value(2, "bias")
        spaces.tie(spaces.axis(x, 0), spaces.axis(out, 0))
        spaces.tie(spaces.axis(weight, 0), spaces.axis(out, 1))
        groups = spaces.argument(6, "groups", 1)
        if groups == 1:
            spaces.tie(spaces.axis(weight, 1), spaces.axis(x, 1))
        elif groups == spaces.values[weight].shape[0]:  # each channel by itself
            spaces.tie(spaces.axis(x, 1), spaces.axis(out, 1))
        if bias is not None:
            spaces.tie(spaces.axis(bias, 0), spaces.axis(out, 1))
        _maps(spaces, x, out, dims)

    return apply


def _transposed_convolution(dims: int) -> Rule:
    def apply(spaces: Spaces) -> None:
        x, weight = spaces.value(0, "input"), spaces.value(1, "weight")
        if x is None or weight is None or spaces.rank(x) != dims + 2:
            return
        out = spaces.step.results[0]
        spaces.tie(spaces.axis(x, 0), spaces.axis(out, 0))
        spaces.tie(spaces.axis(weight, 0), spaces.axis(x, 1))
        if spaces.argument(6, "groups", 1) == 1:
            spaces.tie(spaces.axis(weight, 1), spaces.axis(out, 1))
        _maps(spaces, x, out, dims)

    return apply


def _pooling(dims: int) -> Rule:
    def apply(spaces: Spaces) -> None:
        x = spaces.step.reads[0]
        for out in spaces.step.results:
            spaces.tie_all(spaces.axes(x)[:-dims], spaces.axes(out)[:-dims])
            _maps(spaces, x, out, dims)

    return apply


@rule("interpolate upsample")
def _resized(spaces: Spaces) -> None:
    x, out = spaces.step.reads[0], spaces.step.results[0]
    spaces.tie_all(spaces.axes(x)[:2], spaces.axes(out)[:2])
    _maps(spaces, x, out, spaces.rank(x) - 2)


for _dims in (1, 2, 3):
    rule(f"conv{_dims}d")(_convolution(_dims))
    rule(f"conv_transpose{_dims}d")(_transposed_convolution(_dims))
    for _kind in ("max", "avg", "lp", "adaptive_avg", "adaptive_max"):
        rule(f"{_kind}_pool{_dims}d")(_pooling(_dims))


# ---------------------------------------------------------------- attention, embedding, recurrence


@rule("scaled_dot_product_attention")
def _attention(spaces: Spaces) -> None:
    """(…, L, E), (…, S, E), (…, S, V) to (…, L, V)."""
    refs = [spaces.value(i, name) for i, name in enumerate(("query", "key", "value"))]
    q, k, v = (ref for ref in refs if ref is not None)
    out, mask = spaces.step.results[0], spaces.value(3, "attn_mask")
    spaces.tie(spaces.axis(q, -2), spaces.axis(out, -2))
    spaces.tie(spaces.axis(v, -1), spaces.axis(out, -1))
    spaces.tie(spaces.axis(q, -1), spaces.axis(k, -1))
    spaces.tie(spaces.axis(k, -2), spaces.axis(v, -2))
    spaces.mix(spaces.axis(k, -2))
    spaces.mix(spaces.axis(q, -1))
    for ref in (q, k, v):
        spaces.meet(spaces.axes(ref)[:-2], spaces.axes(out)[:-2])
    if mask is not None and spaces.rank(mask) > 1:
        for there, node in ((k, spaces.axis(mask, -1)), (q, spaces.axis(mask, -2))):
            if not spaces.single(node):
                spaces.tie(node, spaces.axis(there, -2))
        spaces.meet(spaces.axes(mask)[:-2], spaces.axes(out)[:-2])
    spaces.queries_keys.append((spaces.axis(q, -2), spaces.axis(k, -2)))
    spaces.used.update((spaces.axis(q, -1), spaces.axis(v, -1)))
    if all(spaces.rank(ref) == 4 for ref in (q, k, v)):
        heads = spaces.axis(q, 1)
        spaces.heads.append((heads, (heads, spaces.axis(q, -1), spaces.axis(v, -1))))


@rule("multi_head_attention_forward")
def _multi_head(spaces: Spaces) -> None:
    """(L, N, E), (S, N, E) to (L, N, E) and, if wanted, weights (N, heads, L, S)."""
    refs = [spaces.value(i, name) for i, name in enumerate(("query", "key", "value"))]
    q, k, v = (ref for ref in refs if ref is not None)
    out = spaces.step.results[0]
    if spaces.rank(q) != 3:
        return
    weight, last = spaces.value(5, "in_proj_weight"), spaces.value(11, "out_proj_weight")
    spaces.tie_all(spaces.axes(q)[:2], spaces.axes(out)[:2])
    for ref in (k, v):
        spaces.tie(spaces.axis(ref, 1), spaces.axis(out, 1))
    spaces.tie(spaces.axis(k, 0), spaces.axis(v, 0))
    spaces.mix(spaces.axis(k, 0))
    if weight is not None:
        for ref in (q, k, v):
            spaces.tie(spaces.axis(weight, 1), spaces.axis(ref, -1))
    if last is not None:
        spaces.tie(spaces.axis(last, 0), spaces.axis(out, -1))
    padding, mask = spaces.value(14, "key_padding_mask"), spaces.value(16, "attn_mask")
    if padding is not None and spaces.rank(padding) == 2:
        spaces.tie_all(spaces.axes(padding), (spaces.axis(k, 1), spaces.axis(k, 0)))
    if mask is not None:
        spaces.tie_all(spaces.axes(mask)[-2:], (spaces.axis(q, 0), spaces.axis(k, 0)))
    spaces.queries_keys.append((spaces.axis(q, 0), spaces.axis(k, 0)))
    spaces.used.update((spaces.axis(q, -1), spaces.axis(out, -1)))
    for weights in spaces.step.results[1:]:
        spaces.tie(spaces.axis(weights, 0), spaces.axis(q, 1))
        spaces.tie(spaces.axis(weights, -2), spaces.axis(q, 0))
        spaces.tie(spaces.axis(weights, -1), spaces.axis(k, 0))
        if spaces.rank(weights) == 4:
            spaces.name(spaces.axis(weights, 1), "heads", CERTAIN)


@rule("transformer_encoder_layer_fwd")
def _encoder_layer(spaces: Spaces) -> None:
    x, out = spaces.step.reads[0], spaces.step.results[0]
    if spaces.rank(x) == 3:
        spaces.tie_all(spaces.axes(x), spaces.axes(out))
        spaces.mix(spaces.axis(x, 1))
        spaces.name(spaces.axis(x, 2), "C", USUAL)
        spaces.queries_keys.append((spaces.axis(x, 1), spaces.axis(x, 1)))


@rule("embedding")
def _embedding(spaces: Spaces) -> None:
    ids, table = spaces.value(0, "input"), spaces.value(1, "weight")
    if ids is None or table is None:
        return
    out = spaces.step.results[0]
    spaces.tie_all(spaces.axes(ids), spaces.axes(out)[:-1])
    spaces.tie(spaces.axis(table, 1), spaces.axis(out, -1))
    spaces.name(spaces.axis(out, -1), "C", USUAL)  # or heads, for a table of attention biases


@rule("one_hot")
def _one_hot(spaces: Spaces) -> None:
    spaces.tie_all(spaces.axes(spaces.step.reads[0]), spaces.axes(spaces.step.results[0])[:-1])


@rule("lstm gru rnn_tanh rnn_relu")
def _recurrent(spaces: Spaces) -> None:
    """(L, N, in) to (L, N, hidden), both with the batch first if so wanted, and the last state."""
    x, out = spaces.step.reads[0], spaces.step.results[0]
    args = spaces.step.args
    if spaces.rank(x) != 3 or not isinstance(args[-1], bool) or len(args) != 9:
        return  # packed sequences
    batch = 0 if args[-1] else 1
    spaces.tie_all(spaces.axes(x)[:2], spaces.axes(out)[:2])
    spaces.mix(spaces.axis(x, 1 - batch))
    states = [*spaces.step.results[1:], *spaces.step.reads[1:]]
    for state in states:
        if spaces.rank(state) == 3:
            spaces.tie(spaces.axis(state, 1), spaces.axis(x, batch))
    spaces.queries_keys.append((spaces.axis(x, 1 - batch), spaces.axis(x, 1 - batch)))
    if not args[-2]:  # one direction
        spaces.name(spaces.axis(out, -1), "hidden", CERTAIN)
        for state in spaces.step.results[1:]:
            spaces.tie(spaces.axis(state, -1), spaces.axis(out, -1))
    spaces.used.add(spaces.axis(out, -1))
