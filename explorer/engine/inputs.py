"""What a model has and is given before a pass, by name."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor, nn

from explorer.core.graph import Kind
from explorer.engine.nesting import tensors


def named_sources(
    model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[int, tuple[str, Kind]]:
    """Name and kind of every parameter, buffer and input, by the tensor's id."""
    found: dict[int, tuple[str, Kind]] = {}
    for name, parameter in model.named_parameters():
        found[id(parameter)] = (name, "parameter")
    for name, buffer in model.named_buffers():
        found[id(buffer)] = (name, "buffer")
    for name, tensor in named_inputs(model, args, kwargs).items():
        found.setdefault(id(tensor), (name, "input"))
    return found


def named_inputs(
    model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Tensor]:
    """Every tensor that a model is given, by the name of its argument."""
    found: dict[str, Tensor] = {}
    try:
        given = dict(inspect.signature(model.forward).bind(*args, **kwargs).arguments)
    except (TypeError, ValueError):  # a built-in forward tells no names
        given = {f"input{i}": argument for i, argument in enumerate(args)} | kwargs
    for name, argument in given.items():
        inside = list(tensors(argument))
        for i, tensor in enumerate(inside):
            found[name if len(inside) == 1 else f"{name}[{i}]"] = tensor
    return found
