"""Textbook expansions: what PyTorch's fused ops compute, written in small plain ops.

Each function here takes what the fused op takes, gives what it gives, and computes the same
numbers one step at a time. Run under the recorder it shows the inside of a fused event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F

from explorer.engine.textbook import attention, recurrent
from explorer.engine.textbook.attention import attention_weights

__all__ = ["TAKES_NESTED", "attention_weights", "textbook"]

TAKES_NESTED = frozenset({torch._transformer_encoder_layer_fwd})  # sequences of several lengths

_EXPANSIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    F.scaled_dot_product_attention: attention.scaled_dot_product_attention,
    F.multi_head_attention_forward: attention.multi_head_attention_forward,
    torch._native_multi_head_attention: attention.native_multi_head_attention,
    torch._transformer_encoder_layer_fwd: attention.transformer_encoder_layer,
    torch.lstm: recurrent.lstm,
    torch.gru: recurrent.gru,
    torch.rnn_tanh: recurrent.rnn_tanh,
    torch.rnn_relu: recurrent.rnn_relu,
    torch.lstm_cell: recurrent.lstm_cell,
    torch.gru_cell: recurrent.gru_cell,
    torch.rnn_tanh_cell: recurrent.rnn_tanh_cell,
    torch.rnn_relu_cell: recurrent.rnn_relu_cell,
}


def textbook(func: Callable[..., Any]) -> Callable[..., Any] | None:
    """The textbook expansion of a function that a `TorchFunctionMode` sees, None if it has none.

    It has the signature and the result structure of ``func``. Random numbers are drawn as
    PyTorch draws them on the CPU; a fused kernel on another device draws other ones, so there
    only what comes before dropout is the same.
    """
    try:
        return _EXPANSIONS.get(func)
    except TypeError:  # a callable that cannot be hashed
        return None
