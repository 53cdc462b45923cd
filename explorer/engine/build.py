"""From a spec to a module, with weights that depend on the seed alone."""

from __future__ import annotations

import torch
from torch import nn

from explorer.core.spec import CNNSpec, GPTSpec, MLPSpec
from explorer.engine.models.cnn import CNN
from explorer.engine.models.gpt import GPT
from explorer.engine.models.mlp import MLP


def build(spec: MLPSpec | CNNSpec | GPTSpec, seed: int = 0) -> nn.Module:
    """A new model in evaluation mode, on the default device.

    The weights are drawn from ``seed`` without disturbing the caller's random state.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _module(spec).eval()


def _module(spec: MLPSpec | CNNSpec | GPTSpec) -> nn.Module:
    if isinstance(spec, MLPSpec):
        return MLP(spec.sizes, spec.activation)
    if isinstance(spec, CNNSpec):
        return CNN(
            spec.image,
            spec.in_channels,
            spec.channels,
            spec.kernel,
            spec.hidden,
            spec.classes,
            spec.activation,
        )
    return GPT(spec.vocabulary, spec.context, spec.layers, spec.heads, spec.width, spec.dropout)
