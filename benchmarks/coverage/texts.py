"""Architectures that read and write text."""

from __future__ import annotations

from benchmarks.coverage.feeding import Feed, answered, boxes, ids, longer, padded, tokens
from benchmarks.coverage.shrinking import C, Options, T, V

EAGER: Options = {"attention": "eager"}
LINEAR_ROPE: Options = {
    "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}
}
DISENTANGLED: Options = {"pos_att_type": ["c2p", "p2c"], "relative_attention": True}
GROUPS: Options = {"n_group": 1, "topk_group": 1, "first_k_dense_replace": 1}
LATENT: Options = {
    "q_lora_rank": 16, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8,
    "num_key_value_heads": 4, "first_k_dense_replace": 1, "topk_group": 1,
}  # fmt: skip
SPARSE: Options = {"encoder_sparse_step": 1, "decoder_sparse_step": 1, "expert_capacity": 16}
MAMBA: Options = {
    "mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_n_groups": 1,
    "mamba_chunk_size": 4, "mamba_d_ssm": 64,
}  # fmt: skip
LINEAR: Options = {
    "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8,
    "linear_value_head_dim": 8, "layer_types": ["linear_attention", "full_attention"],
}  # fmt: skip

_LANGUAGE = (
    "gpt2 openai-gpt llama mistral qwen2 qwen3 gemma gemma2 gemma3_text phi phi3 falcon bloom opt "
    "gpt_neox gpt_bigcode stablelm olmo olmo2 olmo3 cohere cohere2 starcoder2 granite smollm3 mpt "
    "biogpt persimmon glm glm4 helium diffllama bitnet arcee exaone4 apertus seed_oss "
    "ernie4_5 modernbert-decoder xlnet gpt_neox_japanese vaultgemma nanochat lfm2 trocr"
)
_ENCODERS = (
    "bert roberta distilbert albert electra mpnet xlm-roberta xlm-roberta-xl camembert squeezebert "
    "convbert modernbert eurobert rembert megatron-bert ernie roformer ibert flaubert xlm "
    "data2vec-text yoso roberta-prelayernorm nomic_bert"
)
_TRANSLATORS = (
    "t5 mt5 umt5 bart mbart pegasus marian blenderbot blenderbot-small longt5 m2m_100 plbart mvp"
)


def every(names: str, options: Options | None = None) -> dict[str, Options]:
    """Several architectures with the same options, if they need any."""
    return dict.fromkeys(names.split(), options or {})


Tables = dict[str, tuple[str, Feed, dict[str, Options]]]
TABLES: Tables = {
    "language": (
        "AutoModelForCausalLM", tokens,
        {
            **every(_LANGUAGE),
            "gpt2 (eager)": EAGER,
            "llama (eager)": EAGER,
            "llama (scaled rope)": LINEAR_ROPE,
            "nemotron": {"num_key_value_heads": 2},
            "ministral": {"head_dim": 8},
            "hunyuan_v1_dense": {"head_dim": 8},
            "falcon (alibi)": {"alibi": True},
            "gptj": {"rotary_dim": 4},
            "gpt_neo": {"attention_types": [[["global", "local"], 1]], "num_layers": 2},
            "codegen": {"rotary_dim": 4},
            "xglm": {"attention_heads": 4},
            "ctrl": {"dff": 48},
        },
    ),
    "encoder": (
        "AutoModelForMaskedLM", padded,
        {
            **every(_ENCODERS),
            "bert (eager)": EAGER,
            "deberta": DISENTANGLED,
            "deberta-v2": DISENTANGLED,
            "funnel": {"block_sizes": [1, 1], "num_decoder_layers": 1, "d_head": 8, "d_inner": 48},
            "longformer": {"attention_window": 4},
            "big_bird": {"attention_type": "original_full"},
            "big_bird (sparse)": {
                "attention_type": "block_sparse", "block_size": 4, "num_random_blocks": 1,
                "feed": longer(64),
            },
            "fnet": {"feed": tokens},
            "nystromformer": {"num_landmarks": 7, "segment_means_seq_len": 7},
            "mobilebert": {"true_hidden_size": 32, "intra_bottleneck_size": 32},
            "xmod": {"languages": ["en_XX"], "default_language": "en_XX"},
            "esm": {"vocab_size": V, "mask_token_id": 3},
            "luke": {"entity_vocab_size": 9, "entity_emb_size": 16},
            "mra": {"feed": longer(64)},
            "layoutlm": {"feed": boxes},
            "lilt": {"head": "AutoModel", "feed": boxes, "hidden_size": 48},
            "markuplm": {"head": "AutoModel", "max_depth": 4},
            "splinter": {"head": "AutoModel"},
            "tapas": {"head": "AutoModel"},
            "dpr": {"head": "DPRContextEncoder"},
            "bert-generation": {"head": "AutoModel"},
            "canine": {
                "head": "AutoModel", "feed": longer(16), "local_transformer_stride": 8,
                "downsampling_rate": 4,
            },
            "reformer": {
                "modes": (False,),  # to train it takes a new seed from the clock at every call
                "is_decoder": False, "attn_layers": ["local", "lsh"], "axial_pos_shape": [8, 8],
                "axial_pos_embds_dim": [16, 16], "num_buckets": 4, "hash_seed": 0,
                "local_attn_chunk_length": 4, "lsh_attn_chunk_length": 4,
                "num_attention_heads": 2, "attention_head_size": 16, "feed": longer(64),
            },
            "perceiver": {
                "d_latents": 16, "num_latents": 8, "num_blocks": 1,
                "num_self_attends_per_block": 2, "num_self_attention_heads": 2,
                "num_cross_attention_heads": 2, "feed": lambda config: {"inputs": ids()},
            },
        },
    ),
    "encoder–decoder": (
        "AutoModelForSeq2SeqLM", answered(padded),
        {
            **every(_TRANSLATORS),
            "t5 (gated)": {"feed_forward_proj": "gated-gelu"},
            "bart (eager)": EAGER,
            "pegasus_x": {
                "feed": answered(longer(16)), "block_size": 4, "num_global_tokens": 4,
            },
            "longt5 (global)": {
                "encoder_attention_type": "transient-global", "feed": answered(longer(40)),
                "local_radius": 4, "global_block_size": 4,
            },
            "led": {
                "attention_window": 4, "max_encoder_position_embeddings": 64,
                "max_decoder_position_embeddings": 64,
            },
            "switch_transformers": {
                "num_sparse_encoder_layers": 1, "num_sparse_decoder_layers": 1,
                "expert_capacity": 16,
            },
            "nllb-moe": SPARSE,
            "prophetnet": {"ngram": 2},
            "bigbird_pegasus": {"attention_type": "original_full"},
            "fsmt": {"langs": ["en", "de"], "src_vocab_size": V, "tgt_vocab_size": V},
        },
    ),
    "mixture of experts": (
        "AutoModelForCausalLM", tokens,
        {
            **every("mixtral qwen2_moe qwen3_moe olmoe flex_olmo phimoe granitemoe gpt_oss"),
            "granitemoeshared": {"shared_intermediate_size": 16},
            "dbrx": {
                "attn_config": {"kv_n_heads": 2, "rope_theta": 1e4, "clip_qkv": 8},
                "ffn_config": {"ffn_hidden_size": 48, "moe_num_experts": 4, "moe_top_k": 2},
            },
            "jetmoe": {"kv_channels": 8},
            "deepseek_v2": {**LATENT, "n_group": 1, "num_experts_per_tok": 2},
            "deepseek_v3": {**LATENT, "n_group": 2},
            "ernie4_5_moe": {"moe_num_experts": 4, "moe_k": 2, "moe_layer_start_index": 1},
            "glm4_moe": GROUPS,
            "llama4_text": {"intermediate_size_mlp": 48},
            "dots1": {
                **GROUPS, "n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2,
            },
            "minimax": {},
            "hunyuan_v1_moe": {"head_dim": 8, "moe_topk": 2, "num_experts": 4},
        },
    ),
    "state space and linear attention": (
        "AutoModelForCausalLM", tokens,
        {
            "mamba": {},
            "mamba2": {"num_heads": 8, "head_dim": 8, "n_groups": 2, "chunk_size": 4},
            "falcon_mamba": {},
            "rwkv": {"attention_hidden_size": C, "context_length": 64},
            "recurrent_gemma": {
                "lru_width": C, "attention_window_size": 8, "num_hidden_layers": 3,
            },
            "jamba": {
                "attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2,
                "mamba_d_state": 8, "mamba_dt_rank": 4, "use_mamba_kernels": False,
            },
            "bamba": {**MAMBA, "attn_layer_indices": [1]},
            "falcon_h1": MAMBA,
            "zamba": {
                "num_hidden_layers": 3, "layers_block_type": ["mamba", "hybrid", "hybrid"],
                "mamba_d_state": 8, "mamba_dt_rank": 4,
                "n_mamba_heads": 2, "attention_head_dim": 16, "attention_hidden_size": 64,
            },
            "zamba2": {
                "layers_block_type": ["mamba", "hybrid"], "mamba_d_state": 8, "n_mamba_heads": 8,
                "mamba_headdim": 8, "mamba_ngroups": 1, "chunk_size": 4, "num_mem_blocks": 1,
                "attention_head_dim": 16, "attention_hidden_size": 64, "adapter_rank": 4,
            },
            "qwen3_next": LINEAR,
            "granitemoehybrid": {**MAMBA, "layer_types": ["mamba", "attention"]},
            "nemotron_h": {},
            "xlstm": {"use_cache": False, "mode": "train", "chunk_size": T},
            "olmo_hybrid": {},
            "kimi_linear": {
                **LINEAR, "kv_lora_rank": 16, "linear_num_heads": 2, "linear_head_dim": 8,
                "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "num_key_value_heads": 4,
            },
        },
    ),
}  # fmt: skip
