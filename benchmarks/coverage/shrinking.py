"""Configurations of `transformers` made small by one rule.

Every size that `SMALL` names is set to a small one, in the configurations inside of it too. Where
that does not fit an architecture, its entry in the tables says more.
"""

from __future__ import annotations

import copy
from typing import Any

from transformers import AutoConfig, PretrainedConfig

B, T, V, C = 2, 7, 99, 32  # batch, length, vocabulary, width
Options = dict[str, Any]

_WIDTH = (
    "hidden_size d_model n_embd dim embed_dim word_embed_proj_dim emb_dim embedding_size d_embed"
)
_INNER = (
    "intermediate_size ffn_dim d_ff n_inner encoder_ffn_dim decoder_ffn_dim ffn_hidden_size "
    "hidden_dim moe_intermediate_size shared_expert_intermediate_size feed_forward_size"
)
_HEADS = (
    "num_attention_heads n_head n_heads num_heads encoder_attention_heads decoder_attention_heads "
    "num_encoder_attention_heads num_decoder_attention_heads num_experts num_local_experts "
    "n_routed_experts time_step_rank num_conv_pos_embeddings"
)
_DEPTH = (
    "num_hidden_layers n_layer n_layers num_layers encoder_layers decoder_layers "
    "num_decoder_layers num_encoder_layers num_conv_pos_embedding_groups num_feat_extract_layers "
    "num_key_value_heads num_experts_per_tok"
)
SMALL: Options = {
    **dict.fromkeys(_WIDTH.split(), C),
    **dict.fromkeys(_INNER.split(), 48),
    **dict.fromkeys(_HEADS.split(), 4),
    **dict.fromkeys(_DEPTH.split(), 2),
    **dict.fromkeys(("head_dim", "d_kv", "attention_head_size", "v_head_dim", "state_size"), 8),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len"), 64),
    **dict.fromkeys(("image_size", "projection_dim"), 32),
    **dict.fromkeys(("pad_token_id", "decoder_start_token_id"), 0),
    "bos_token_id": 1,
    "eos_token_id": 2,
    "vocab_size": V,
    "num_labels": 5,
    "num_mel_bins": 16,
    "conv_dim": (16, 16),
    "conv_kernel": (5, 3),
    "conv_stride": (4, 2),
}
_NONE_AT_FIRST = ("pad_token_id", "bos_token_id", "eos_token_id")


def small(kind: str, more: Options) -> PretrainedConfig:
    """A configuration of a kind, made small, with ``more`` on top.

    An entry of ``more`` for a configuration inside of it goes on top of that one's small sizes.
    """
    usual = AutoConfig.for_model(kind)
    parts = {}
    for name in getattr(usual, "sub_configs", {}):
        part = getattr(usual, name, None)
        if isinstance(part, PretrainedConfig):
            parts[name] = type(part)(**_fitting(part) | more.get(name, {}))
    made = type(usual)(
        **_fitting(usual) | parts | {k: v for k, v in more.items() if k not in parts}
    )
    assert isinstance(made, PretrainedConfig)
    return made


def _fitting(config: PretrainedConfig) -> Options:
    """Of the small sizes, those that a configuration has, and as one number where that is one."""
    scratch, found = copy.deepcopy(config), {}
    for name, size in SMALL.items():
        usual = getattr(config, name, None)
        if usual is None and name not in _NONE_AT_FIRST:
            continue
        if isinstance(usual, list | tuple) != isinstance(size, tuple):
            continue
        try:
            setattr(scratch, name, size)
        except (AttributeError, NotImplementedError):  # follows from others, cannot be set
            continue
        found[name] = size
    return found
