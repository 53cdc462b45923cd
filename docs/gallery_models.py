"""Models of the gallery that are no presets: shapes from the papers, with random weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Bottleneck(nn.Module):
    """A residual block of ResNet-50. https://arxiv.org/abs/1512.03385"""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if channels != 4 * width:
            conv = nn.Conv2d(channels, 4 * width, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(4 * width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, 4·width, H/stride, W/stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    """The shape of ResNet-50: stages of 3, 4, 6 and 3 blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 64
        for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), 1):
            layers = []
            for n in range(blocks):
                layers.append(Bottleneck(channels, width, 2 if stage > 1 and n == 0 else 1))
                channels = 4 * width
            self.add_module(f"layer{stage}", nn.Sequential(*layers))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 1000)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in (1, 2, 3, 4):
            x = self.get_submodule(f"layer{stage}")(x)
        return self.fc(self.avgpool(x).flatten(1))


class LSTMStep(nn.Module):
    """One step of an LSTM, as textbooks write it. https://doi.org/10.1162/neco.1997.9.8.1735"""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.gates = nn.Linear(inputs + width, 4 * width)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """x (B, inputs), h and c (B, width) to the next h and c."""
        i, f, g, o = self.gates(torch.cat((x, h), dim=-1)).chunk(4, dim=-1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class LSTM(nn.Module):
    """An LSTM, step by step."""

    def __init__(self, inputs: int = 32, width: int = 64, classes: int = 10) -> None:
        super().__init__()
        self.step = LSTMStep(inputs, width)
        self.head = nn.Linear(width, classes)
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, inputs) to (B, classes)."""
        h = c = x.new_zeros(x.shape[0], self.width)
        for x_t in x.unbind(1):
            h, c = self.step(x_t, h, c)
        return self.head(h)


class Seq2Seq(nn.Module):
    """The Transformer of the paper, encoder and decoder. https://arxiv.org/abs/1706.03762"""

    def __init__(self, vocabulary: int = 1000, width: int = 128, layers: int = 2) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.transformer = nn.Transformer(
            width, 4, layers, layers, 4 * width, dropout=0.0, batch_first=True
        )
        self.head = nn.Linear(width, vocabulary)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """(B, S) and (B, T) to (B, T, vocabulary)."""
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        made = self.transformer(
            self.embedding(source), self.embedding(target), tgt_mask=mask, tgt_is_causal=True
        )
        return self.head(made)
