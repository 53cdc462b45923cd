"""Architectures that see, hear, do both, or go on with a series."""

from __future__ import annotations

import torch

from benchmarks.coverage.feeding import (
    answered,
    both,
    boxes,
    images,
    numbers,
    padded,
    pictures,
    waves,
)
from benchmarks.coverage.shrinking import B, Options, T, V
from benchmarks.coverage.texts import EAGER, Tables, every

PATCHES: Options = {"patch_size": 8}
VISION: Options = {"vision_config": PATCHES}
WINDOWS: Options = {
    "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 4], "window_size": 4, "patch_size": 2,
}  # fmt: skip
STAGES: Options = {"hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1]}
HEADED_STAGES: Options = {**STAGES, "num_attention_heads": [1, 2, 2, 4]}
FILM: Options = {"head": "AutoModel", "num_frames": 4, "feed": pictures(32, 4)}
_PATCHED = "vit data2vec-vision dinov2 dinov2_with_registers ijepa vit_msn"
_PAIRED = "clip siglip blip chinese_clip altclip metaclip_2 clipseg owlvit owlv2"
SPEECH = "AutoModelForSpeechSeq2Seq"
DETECTION = "AutoModelForObjectDetection"


def _forecast(config: object) -> Options:
    """A series with its times, and the times to come."""
    past, future = 8 + 7, 4
    return {
        "past_values": torch.randn(B, past), "past_time_features": torch.randn(B, past, 2),
        "past_observed_mask": torch.ones(B, past), "future_values": torch.randn(B, future),
        "future_time_features": torch.randn(B, future, 2),
    }  # fmt: skip


SERIES: Options = {
    "prediction_length": 4, "context_length": 8, "num_time_features": 2, "feed": _forecast,
}  # fmt: skip


TABLES: Tables = {
    "vision": (
        "AutoModelForImageClassification", images,
        {
            **every(_PATCHED, PATCHES),
            **every("swin swinv2 donut-swin", WINDOWS),
            "deit": {**PATCHES, "head": "DeiTForImageClassification"},
            "vit (eager)": {**PATCHES, **EAGER},
            "beit": {**PATCHES, "use_relative_position_bias": True, "out_indices": [1]},
            "convnext": {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2},
            "convnextv2": {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2},
            "resnet": {"embedding_size": 8, "hidden_sizes": [16, 32], "depths": [1, 1]},
            "regnet": {
                "embedding_size": 8, "hidden_sizes": [16, 32], "depths": [1, 1], "groups_width": 8,
            },
            "mobilenet_v1": {"depth_multiplier": 0.25},
            "mobilenet_v2": {"depth_multiplier": 0.25},
            "mobilevit": {},
            "mobilevitv2": {"feed": pictures(64)},
            "efficientnet": {
                "width_coefficient": 0.25, "depth_coefficient": 0.3, "hidden_dim": 320,
            },
            "dinov3_vit": {**PATCHES, "head": "AutoModel"},
            "segformer": HEADED_STAGES,
            "poolformer": STAGES,
            "levit": {
                "head": "LevitForImageClassification",
                "feed": pictures(64), "image_size": 64, "hidden_sizes": [16, 24, 32],
                "num_attention_heads": [2, 2, 2], "depths": [1, 1, 1], "key_dim": [8, 8, 8],
            },
            "cvt": {"embed_dim": [8, 16, 32], "depth": [1, 2, 3], "num_heads": [1, 2, 4]},
            "pvt": HEADED_STAGES,
            "pvt_v2": HEADED_STAGES,
            "swiftformer": {"depths": [1, 1, 1, 1], "embed_dims": [8, 16, 16, 32]},
            "focalnet": {
                "embed_dim": 8, "depths": [1, 1], "focal_levels": [1, 1], "focal_windows": [3, 3],
                "hidden_sizes": [8, 16],
            },
            "hiera": {"embed_dim": 8, "image_size": [32, 32]},
            "bit": {**STAGES, "embedding_size": 8, "num_groups": 2},
            "imagegpt": {"feed": lambda config: {"input_ids": torch.randint(3, V, (B, T))}},
            "textnet": {"feed": pictures(32), "image_size": [32, 32]},
            "hgnet_v2": {},
            "yolos": {
                **PATCHES, "head": DETECTION, "image_size": [32, 32], "num_detection_tokens": 4,
            },
            "vit_mae": {**PATCHES, "head": "AutoModel"},
            "vitdet": {**PATCHES, "head": "AutoModel"},
            "glpn": {**HEADED_STAGES, "head": "AutoModel"},
            "dpt": {
                "head": "AutoModelForDepthEstimation", "num_hidden_layers": 4,
                "backbone_out_indices": [0, 1, 2, 3], "neck_hidden_sizes": [8, 8, 16, 16],
                "fusion_hidden_size": 16,
            },
            "swin2sr": {**WINDOWS, "head": "AutoModel", "patch_size": 1},
            "superpoint": {"head": "AutoModelForKeypointDetection"},
            "videomae": {**PATCHES, **FILM},
            "timesformer": {**PATCHES, **FILM},
            "vivit": {**FILM, "tubelet_size": [2, 8, 8]},
            "sam": {
                "head": "AutoModel",
                "vision_config": {**PATCHES, "output_channels": 32, "num_pos_feats": 16},
                "prompt_encoder_config": {**PATCHES, "image_size": 32},
                "mask_decoder_config": {"iou_head_hidden_dim": 32, "mlp_dim": 48},
                "feed": lambda config: {
                    "pixel_values": torch.randn(B, 3, 32, 32),
                    "input_points": torch.rand(B, 1, 2, 2) * 32,
                },
            },
        },
    ),
    "audio": (
        "AutoModelForCTC", waves,
        {
            **every("wav2vec2 hubert wavlm unispeech unispeech-sat data2vec-audio"),
            "wav2vec2 (stable norm)": {"do_stable_layer_norm": True, "feat_extract_norm": "layer"},
            "wav2vec2-conformer": {"vocab_size": V},
            "wav2vec2-bert": {
                "vocab_size": V, "feature_projection_input_dim": 16,
                "feed": numbers(input_features=(B, 20, 16)),
            },
            "sew": {"squeeze_factor": 2},
            "sew-d": {"squeeze_factor": 2},
            "whisper": {
                "head": SPEECH, "max_source_positions": 20, "max_target_positions": 20,
                "feed": answered(numbers(input_features=(B, 16, 40))),
            },
            "speech_to_text": {
                "head": SPEECH, "max_source_positions": 64, "max_target_positions": 20,
                "input_feat_per_channel": 16, "conv_channels": 16,
                "feed": answered(numbers(input_features=(B, 40, 16))),
            },
            "audio-spectrogram-transformer": {
                **PATCHES, "head": "AutoModelForAudioClassification", "max_length": 32,
                "time_stride": 8, "frequency_stride": 8, "feed": numbers(input_values=(B, 32, 16)),
            },
            "moonshine": {"head": SPEECH, "feed": answered(numbers(input_values=(B, 4000)))},
            "encodec": {
                "head": "AutoModel", "num_filters": 4, "codebook_size": 16, "codebook_dim": 32,
                "feed": numbers(input_values=(B, 1, 640)),
            },
            "dac": {
                "head": "AutoModel", "encoder_hidden_size": 8, "decoder_hidden_size": 64,
                "codebook_size": 16, "feed": numbers(input_values=(B, 1, 1024)),
            },
            "univnet": {
                "head": "AutoModel", "model_hidden_channels": 8,
                "feed": numbers(input_features=(B, 8, 16), noise_sequence=(B, 8, 64)),
            },
            "vits": {"head": "AutoModel", "feed": padded},
            "parakeet_ctc": {"feed": numbers(input_features=(B, 40, 16))},
        },
    ),
    "several senses": (
        "AutoModel", both,
        {
            **every(_PAIRED, VISION),
            "clip (eager)": {**VISION, **EAGER},
            "groupvit": {},
            "git": VISION,
            "vilt": PATCHES,
            "flava": {"feed": both},
            "align": {
                "projection_dim": 80,
                "vision_config": {
                    "width_coefficient": 0.25, "depth_coefficient": 0.3, "hidden_dim": 320,
                },
            },
            "layoutlmv3": {
                "input_size": 32, "patch_size": 8, "hidden_size": 48, "coordinate_size": 8,
                "shape_size": 8, "feed": lambda config: {**both(config), **boxes(config)},
            },
            "visual_bert": {},
            "lxmert": {
                "visual_feat_dim": 16, "l_layers": 1, "x_layers": 1, "r_layers": 1,
                "feed": lambda config: {
                    **padded(config), "visual_feats": torch.randn(B, 4, 16),
                    "visual_pos": torch.rand(B, 4, 4),
                },
            },
            "bridgetower": {
                "hidden_size": 64,
                "vision_config": {**PATCHES, "hidden_size": 64, "num_hidden_layers": 2},
                "text_config": {"hidden_size": 64},
            },
            "clap": {
                "audio_config": {
                    "patch_embeds_hidden_size": 16, "depths": [1, 1], "num_hidden_layers": 2,
                    "num_attention_heads": [2, 4], "hidden_size": 32, "spec_size": 64,
                },
                "feed": lambda config: {
                    **padded(config), "input_features": torch.randn(B, 1, 64, 16),
                },
            },
        },
    ),
    "time series": (
        "AutoModel", images,
        {
            "time_series_transformer": SERIES,
            "informer": SERIES,
            "autoformer": {**SERIES, "label_length": 4, "lags_sequence": [1, 2, 3, 4, 5, 6, 7]},
            "patchtst": {
                "num_input_channels": 3, "context_length": 16, "patch_length": 4, "patch_stride": 4,
                "feed": numbers(past_values=(B, 16, 3)),
            },
            "patchtsmixer": {
                "num_input_channels": 3, "context_length": 16, "patch_length": 4, "patch_stride": 4,
                "feed": numbers(past_values=(B, 16, 3)),
            },
            "decision_transformer": {
                "state_dim": 5, "act_dim": 3,
                "feed": lambda config: {
                    "states": torch.randn(B, T, 5), "actions": torch.randn(B, T, 3),
                    "returns_to_go": torch.randn(B, T, 1),
                    "timesteps": torch.arange(T).expand(B, T),
                    "attention_mask": torch.ones(B, T, dtype=torch.int64),
                },
            },
        },
    ),
}  # fmt: skip
