"""A LeNet: convolutions that halve the image, then linear layers."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from explorer.engine.models.activation import activation


class CNN(nn.Module):
    """``channels`` gives one convolution, activation and pooling each, ``hidden`` one linear."""

    def __init__(
        self,
        image: tuple[int, int],
        in_channels: int,
        channels: tuple[int, ...],
        kernel: int,
        hidden: tuple[int, ...],
        classes: int,
        act: str = "relu",
    ) -> None:
        super().__init__()
        height, width = image
        maps: list[nn.Module] = []
        for inputs, outputs in pairwise((in_channels, *channels)):
            maps += [
                nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2),  # keeps height and width
                activation(act),
                nn.MaxPool2d(2),  # halves both
            ]
            height, width = height // 2, width // 2
        self.features = nn.Sequential(*maps)
        self.flatten = nn.Flatten()

        layers: list[nn.Module] = []
        sizes = (channels[-1] * height * width, *hidden, classes)
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), activation(act)]
        self.classifier = nn.Sequential(*layers[:-1])  # no activation after the last one

    def forward(self, x: Tensor) -> Tensor:
        """From images ``(B, C, H, W)`` to logits ``(B, classes)``."""
        x = self.features(x)  # (B, C, H, W), smaller and with more channels
        x = self.flatten(x)  # (B, C * H * W)
        logits: Tensor = self.classifier(x)  # (B, classes)
        return logits
