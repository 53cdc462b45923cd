"""A decoder-only Transformer: pre-norm blocks, learned positions, causal self-attention.

The attention is written out step by step rather than fused, because people step through it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class CausalSelfAttention(nn.Module):
    """Every position looks at itself and at those before it, in several heads at once."""

    future: Tensor

    def __init__(self, width: int, heads: int, context: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.proj = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout) if dropout else None
        # True where the key is later than the query: what must not be seen
        future = torch.ones(context, context, dtype=torch.bool).triu(1)
        self.register_buffer("future", future, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Mix positions: ``(B, T, C)`` to ``(B, T, C)``."""
        B, T, C = x.shape
        hs = C // self.heads  # the width of one head

        q = self.query(x).view(B, T, self.heads, hs).transpose(1, 2)  # (B, heads, T, hs)
        k = self.key(x).view(B, T, self.heads, hs).transpose(1, 2)  # (B, heads, T, hs)
        v = self.value(x).view(B, T, self.heads, hs).transpose(1, 2)  # (B, heads, T, hs)

        scores = q @ k.transpose(-2, -1) / math.sqrt(hs)  # (B, heads, T, T)
        scores = scores.masked_fill(self.future[:T, :T], float("-inf"))
        weights = scores.softmax(dim=-1)  # (B, heads, T, T), each row sums to 1
        if self.dropout is not None:
            weights = self.dropout(weights)

        y = weights @ v  # (B, heads, T, hs)
        y = y.transpose(1, 2).reshape(B, T, C)  # heads side by side again
        out: Tensor = self.proj(y)
        return out


class FeedForward(nn.Module):
    """Two linear layers, each position by itself."""

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.gelu = nn.GELU()
        self.fc2 = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout) if dropout else None

    def forward(self, x: Tensor) -> Tensor:
        """Think about each position: ``(B, T, C)`` to ``(B, T, C)``."""
        x = self.fc1(x)  # (B, T, 4C)
        x = self.gelu(x)
        x = self.fc2(x)  # (B, T, C)
        if self.dropout is not None:
            x = self.dropout(x)
        return x


class Block(nn.Module):
    """Attention, then feed-forward; each reads a normed copy and adds its answer."""

    def __init__(self, width: int, heads: int, context: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(width)
        self.attn = CausalSelfAttention(width, heads, context, dropout)
        self.ln2 = nn.LayerNorm(width)
        self.mlp = FeedForward(width, dropout)

    def forward(self, x: Tensor) -> Tensor:
        """One layer: ``(B, T, C)`` to ``(B, T, C)``."""
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    """Guesses the next token at every position."""

    def __init__(
        self,
        vocabulary: int,
        context: int,
        layers: int,
        heads: int,
        width: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.context = context
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.position_embedding = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads, context, dropout) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.apply(self._start)

    @staticmethod
    def _start(module: nn.Module) -> None:
        """Small random weights: the first guesses are then near even."""
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """From token ids ``(B, T)`` to logits ``(B, T, V)``."""
        T = tokens.shape[1]
        positions = torch.arange(T, device=tokens.device)  # (T,)
        x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, C)
        for block in self.blocks:
            x = block(x)  # (B, T, C)
        x = self.ln_f(x)
        logits: Tensor = self.lm_head(x)  # (B, T, V)
        return logits
