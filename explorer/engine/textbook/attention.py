"""Attention in small steps ("Attention Is All You Need", arXiv:1706.03762).

B is the batch, T the queries, S the keys, C the width, hs the size of one head: C = heads · hs.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.core.problem import Problem, phrase

_HALF = (torch.float16, torch.bfloat16)


def attention_weights(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
    head: int | None = None,
) -> Tensor:
    """The weights (..., heads, T, S) of `F.scaled_dot_product_attention`, before dropout.

    ``query`` (..., heads, T, hs), ``key`` (..., heads, S, hs). With ``head`` only that one is
    computed: (..., 1, T, S). Half precision is computed and given in float32, as the fused
    kernels do inside.
    """
    if head is not None:
        heads = query.size(-3)
        query = _one_head(query, head, heads)
        key = _one_head(key, head, heads)  # of fewer key heads, each serves a group
        if attn_mask is not None:
            attn_mask = _one_head(attn_mask, head, heads)
    elif enable_gqa:
        key = _repeated(key, query.size(-3))
    return _weights(query, key, attn_mask, is_causal, scale)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """`F.scaled_dot_product_attention`: softmax(q kᵀ · scale + mask) v, (..., heads, T, hs).

    Dropout draws the same numbers as PyTorch on the CPU. A fused kernel elsewhere draws others.
    """
    _refuse_nested(query, key, value)
    if enable_gqa:
        key = _repeated(key, query.size(-3))  # (B, heads, S, hs)
        value = _repeated(value, query.size(-3))
    weights = _weights(query, key, attn_mask, is_causal, scale)  # (B, heads, T, S)
    if dropout_p > 0:
        weights = F.dropout(weights, dropout_p)
    if value.dtype in _HALF and value.dtype != weights.dtype:
        return (weights @ value.to(weights.dtype)).to(value.dtype)
    return weights @ value  # (B, heads, T, hs)


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """`F.multi_head_attention_forward`: ``query`` (T, B, C) or (T, C), ``key`` (S, B, C) or (S, C).

    Gives the output, shaped as the query, and the weights: (B, T, S) averaged over heads or
    (B, heads, T, S), without B if the query has none, None if not needed.
    """
    batched = query.dim() == 3
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)  # (1, S)
    T, B, C = query.shape
    hs = C // num_heads

    if use_separate_proj_weight:
        W_q, W_k, W_v = q_proj_weight, k_proj_weight, v_proj_weight
    else:
        assert in_proj_weight is not None  # as PyTorch itself demands
        W_q, W_k, W_v = in_proj_weight.chunk(3)  # (C, C) each
    b_q, b_k, b_v = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
    assert W_q is not None
    assert W_k is not None
    assert W_v is not None
    q = F.linear(query, W_q, b_q)  # (T, B, C)
    k = F.linear(key, W_k, b_k)  # (S, B, C)
    v = F.linear(value, W_v, b_v)
    added = 0  # keys that no mask speaks of
    if bias_k is not None and bias_v is not None:
        k = torch.cat([k, bias_k.repeat(1, B, 1)])  # (S + 1, B, C)
        v = torch.cat([v, bias_v.repeat(1, B, 1)])
        added += 1

    q = _split(q, num_heads)  # (B, heads, T, hs)
    k = _split(k, num_heads) if static_k is None else static_k.view(B, num_heads, -1, hs)
    v = _split(v, num_heads) if static_v is None else static_v.view(B, num_heads, -1, hs)
    if add_zero_attn:
        zero = k.new_zeros(B, num_heads, 1, hs)
        k = torch.cat([k, zero], dim=2)  # (B, heads, S + 1, hs)
        v = torch.cat([v, zero], dim=2)
        added += 1

    mask = _additive(attn_mask, q.dtype)
    if mask is not None and mask.dim() == 3:
        mask = mask.view(B, num_heads, T, -1)
    padding = _additive(key_padding_mask, q.dtype)
    if added:
        mask = None if mask is None else F.pad(mask, (0, added))
        padding = None if padding is None else F.pad(padding, (0, added))
    if padding is not None:
        padding = padding[:, None, None, :]  # (B, 1, 1, S)
        mask = padding if mask is None else mask + padding
    elif is_causal and not need_weights:
        mask = None  # PyTorch takes the caller's word for what the mask is
    causal = is_causal and mask is None

    weights = _weights(q, k, mask, causal, None, empty_is_zero=not need_weights)
    weights = weights.to(v.dtype)
    if training and dropout_p > 0:
        weights = F.dropout(weights, dropout_p)
    heads = weights @ v  # (B, heads, T, hs)
    joined = heads.permute(2, 0, 1, 3).reshape(T, B, C)
    output = F.linear(joined, out_proj_weight, out_proj_bias)  # (T, B, C)
    if not batched:
        output = output.squeeze(1)
    if not need_weights:
        return output, None
    if average_attn_weights:
        weights = weights.mean(dim=1)  # (B, T, S)
    return output, weights if batched else weights.squeeze(0)


def native_multi_head_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim: int,
    num_head: int,
    qkv_weight: Tensor,
    qkv_bias: Tensor,
    proj_weight: Tensor,
    proj_bias: Tensor,
    mask: Tensor | None = None,
    need_weights: bool = True,
    average_attn_weights: bool = True,
    mask_type: int | None = None,
) -> tuple[Tensor, Tensor | None]:
    """`torch._native_multi_head_attention`, the fast path of `nn.MultiheadAttention`.

    ``query``, ``key``, ``value`` (B, T, C). True in ``mask`` hides: (T, S) if its type is 0,
    (B, S) if 1, (B, heads, T, S) if 2. Gives the output (B, T, C) and, if needed, the weights
    (B, T, S) averaged over heads or (B, heads, T, S).
    """
    _refuse_nested(query, key, value)
    W_q, W_k, W_v = qkv_weight.chunk(3)  # (C, C) each
    b_q, b_k, b_v = qkv_bias.chunk(3)
    q = F.linear(query, W_q, b_q)  # (B, T, C)
    k = F.linear(key, W_k, b_k)
    v = F.linear(value, W_v, b_v)
    B, T, C = q.shape
    q = q.view(B, T, num_head, -1).transpose(1, 2)  # (B, heads, T, hs)
    k = k.view(B, k.size(1), num_head, -1).transpose(1, 2)  # (B, heads, S, hs)
    v = v.view(B, v.size(1), num_head, -1).transpose(1, 2)

    if mask is not None and mask_type == 1:
        mask = mask[:, None, None, :]  # (B, 1, 1, S)
    weights = _weights(q, k, _additive(mask, q.dtype), False, None, empty_is_zero=False)
    weights = weights.to(v.dtype)
    heads = weights @ v  # (B, heads, T, hs)
    joined = heads.transpose(1, 2).reshape(B, T, C)
    output = F.linear(joined, proj_weight, proj_bias)  # (B, T, C)
    if not need_weights:
        return output, None
    return output, weights.mean(dim=1) if average_attn_weights else weights


def transformer_encoder_layer(
    src: Tensor,
    embed_dim: int,
    num_heads: int,
    qkv_weight: Tensor,
    qkv_bias: Tensor,
    proj_weight: Tensor,
    proj_bias: Tensor,
    use_gelu: bool,
    norm_first: bool,
    eps: float,
    norm_weight_1: Tensor,
    norm_bias_1: Tensor,
    norm_weight_2: Tensor,
    norm_bias_2: Tensor,
    ffn_weight_1: Tensor,
    ffn_bias_1: Tensor,
    ffn_weight_2: Tensor,
    ffn_bias_2: Tensor,
    mask: Tensor | None = None,
    mask_type: int | None = None,
) -> Tensor:
    """`torch._transformer_encoder_layer_fwd`, the fast path of `nn.TransformerEncoderLayer`.

    ``src`` (B, T, C) gives (B, T, C). For where the norms go see arXiv:2002.04745, figure 1.
    Nested, it is padded to its longest sequence, and no query looks at the padding.
    """
    given = src
    if src.is_nested:
        if mask is not None or src.layout is not torch.strided:
            _refuse_nested(src)
        src = src.to_padded_tensor(0.0)
        mask, mask_type = _padding(given), 1

    def norm_1(x: Tensor) -> Tensor:
        return F.layer_norm(x, (embed_dim,), norm_weight_1, norm_bias_1, eps)

    def norm_2(x: Tensor) -> Tensor:
        return F.layer_norm(x, (embed_dim,), norm_weight_2, norm_bias_2, eps)

    def attend(x: Tensor) -> Tensor:
        return native_multi_head_attention(
            x, x, x, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias,
            mask, False, False, mask_type,
        )[0]  # fmt: skip

    def feed_forward(x: Tensor) -> Tensor:
        hidden = F.linear(x, ffn_weight_1, ffn_bias_1)  # (B, T, 4 C)
        hidden = F.gelu(hidden) if use_gelu else F.relu(hidden)
        return F.linear(hidden, ffn_weight_2, ffn_bias_2)  # (B, T, C)

    x = src
    if norm_first:
        x = x + attend(norm_1(x))
        x = x + feed_forward(norm_2(x))
    else:
        x = norm_1(x + attend(x))
        x = norm_2(x + feed_forward(x))
    return torch._nested_from_padded_and_nested_example(x, given) if given.is_nested else x


def _weights(
    q: Tensor,
    k: Tensor,
    mask: Tensor | None,
    causal: bool,
    scale: float | None,
    *,
    empty_is_zero: bool = True,
) -> Tensor:
    """softmax(q kᵀ · scale + mask), (B, heads, T, S).

    A query that may look nowhere gets zeros, or NaN if not ``empty_is_zero``: PyTorch's ops differ.
    """
    if q.dtype in _HALF:  # fused kernels keep scores in float32
        q, k = q.to(torch.float32), k.to(torch.float32)
    scores = q @ k.transpose(-2, -1)  # (B, heads, T, S)
    scores = scores * (1 / math.sqrt(q.size(-1)) if scale is None else scale)
    if causal:
        T, S = scores.shape[-2:]
        past = torch.ones(T, S, dtype=torch.bool, device=scores.device).tril()  # (T, S)
        scores = scores.masked_fill(~past, -math.inf)
    if mask is not None:
        if mask.dtype == torch.bool:
            scores = scores.masked_fill(~mask, -math.inf)
        else:
            scores = scores + mask
    if mask is None or not empty_is_zero or not _some_row_empty(scores):
        return F.softmax(scores, dim=-1)
    empty = (scores == -math.inf).all(dim=-1, keepdim=True)  # (B, heads, T, 1)
    weights = F.softmax(scores.masked_fill(empty, 0), dim=-1)
    return weights.masked_fill(empty, 0)


def _some_row_empty(scores: Tensor) -> bool:
    """Whether a query may look nowhere. Looking it up is no step of the computation."""
    if scores.is_meta:
        return False
    with torch._C.DisableTorchFunction():
        return bool((scores.detach() == -math.inf).all(dim=-1).any())


def _split(x: Tensor, heads: int) -> Tensor:
    """(T, B, C) to (B, heads, T, hs)."""
    T, B, C = x.shape
    return x.view(T, B, heads, C // heads).permute(1, 2, 0, 3)


def _repeated(x: Tensor, heads: int) -> Tensor:
    """(B, groups, S, hs) to (B, heads, S, hs): consecutive query heads share one of keys, values.

    Grouped-query attention, arXiv:2305.13245.
    """
    return x.repeat_interleave(heads // x.size(-3), dim=-3)


def _one_head(x: Tensor, head: int, heads: int) -> Tensor:
    """The part (..., 1, ·, ·) that serves one of ``heads`` query heads."""
    if x.dim() < 3:
        return x
    at = head % heads * x.size(-3) // heads
    return x.narrow(-3, at, 1)


def _additive(mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """A mask of which True hides, as numbers to add to the scores; one of numbers as it is."""
    if mask is None or mask.is_floating_point():
        return mask
    return torch.zeros_like(mask, dtype=dtype).masked_fill(mask, -math.inf)


def _padding(x: Tensor) -> Tensor:
    """Where a nested tensor would be padded, (B, T). It tells no step of the computation."""
    with torch._C.DisableTorchFunction():
        lengths = x._nested_tensor_size()[:, 0]  # (B)
        places = torch.arange(int(lengths.max()))  # (T)
        return (places >= lengths[:, None]).to(x.device)


def _refuse_nested(*given: Tensor) -> None:
    if any(x.is_nested for x in given):
        raise Problem(
            "model",
            phrase("This op works on sequences of different lengths and cannot be opened."),
            phrase("Pad the sequences to one length to see its steps."),
        )
