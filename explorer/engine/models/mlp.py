"""A multilayer perceptron: linear layers with an activation between them."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from explorer.engine.models.activation import activation


class MLP(nn.Module):
    """``sizes`` = (features, hidden…, classes)."""

    def __init__(self, sizes: tuple[int, ...], act: str = "relu") -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), activation(act)]
        self.layers = nn.Sequential(*layers[:-1])  # no activation after the last one

    def forward(self, x: Tensor) -> Tensor:
        """From features ``(B, features)`` to logits ``(B, classes)``."""
        logits: Tensor = self.layers(x)  # (B, classes)
        return logits
