"""The model of a picture in docs/reading-the-panes.md that no preset has."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LETTERS = torch.tensor([*b"abcdefghijklmnopqrstuvwxyz     "])
_QUOTE = ord('"')


class Quotes(nn.Module):
    """An LSTM that reads bytes and tells of each whether it stands in quotation marks.

    It learns that when it is made, on strings of letters drawn at random: a few seconds.
    """

    def __init__(self, width: int = 12, steps: int = 400) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(256, 8)
        self.lstm = nn.LSTM(8, width, batch_first=True)
        self.head = nn.Linear(width, 2)
        optimizer = torch.optim.Adam(self.parameters(), lr=0.02)
        for _ in range(steps):
            ids, inside = _strings(32, 40)
            loss = F.cross_entropy(self(ids).flatten(0, 1), inside.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def forward(self, ids: Tensor) -> Tensor:
        """ids (B, T) to (B, T, 2): the logits of outside and of inside."""
        h, _ = self.lstm(self.embedding(ids))
        return self.head(h)


def _strings(count: int, length: int) -> tuple[Tensor, Tensor]:
    """Random strings (B, T), and which of their bytes stand in quotation marks (B, T)."""
    ids = _LETTERS[torch.randint(len(_LETTERS), (count, length))]
    marks = torch.rand(count, length) < 0.12
    ids = torch.where(marks, _QUOTE, ids)
    return ids, marks.cumsum(1) % 2
