"""The activations a spec can name."""

from __future__ import annotations

from torch import nn

_KINDS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
}


def activation(name: str) -> nn.Module:
    """A new activation module by its name in a spec."""
    return _KINDS[name]()
