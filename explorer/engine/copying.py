"""Seeing `copy.copy` of a tensor as one op: by itself it takes the memory out of everybody's sight.

What it makes is another tensor in the same memory, put together from storage, offset and strides.
"""

from __future__ import annotations

import copy
from threading import Lock, get_ident
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import Parameter

# By type, what `copy.copy` asks first; without it copies are put together unseen, as anywhere else.
_COPIERS: dict[type, Any] = getattr(copy, "_copy_dispatch", {})
_KINDS = (Tensor, Parameter)
_seeing: set[int] = set()  # threads
_lock = Lock()


def copied(tensor: Tensor) -> Any:
    """What `copy.copy` makes of a tensor. Where it is seen, function modes are told of it."""
    if get_ident() in _seeing and torch._C._is_torch_function_mode_enabled():
        return torch.overrides.handle_torch_function(copied, (), tensor)
    make, given = tensor.__reduce_ex__(4)
    return make(*given)


copied.__name__ = "copy"


def see_copies(see: bool) -> bool:
    """Have copies of this thread seen, or not; returns whether they were before."""
    thread = get_ident()
    with _lock:
        before = thread in _seeing
        if see:
            _seeing.add(thread)
        else:
            _seeing.discard(thread)
        for kind in _KINDS:
            if _seeing:
                _COPIERS[kind] = copied
            else:
                _COPIERS.pop(kind, None)
        return before
