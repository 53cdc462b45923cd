"""What a model has and is given before a pass, by name."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor, nn

from explorer.core.graph import Kind
from explorer.engine.nesting import tensors


class Sources:
    """What a model has and is given: every parameter, buffer and input, by the tensor's id.

    One that has several names, as tied weights do, is called by the first.
    """

    def __init__(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._known: dict[int, tuple[str, Kind]] = {}
        self._first_names: dict[str, str] = {}
        for name, parameter in model.named_parameters(remove_duplicate=False):
            self._add(name, "parameter", parameter)
        for name, buffer in model.named_buffers(remove_duplicate=False):
            self._add(name, "buffer", buffer)
        for name, tensor in named_inputs(model, args, kwargs).items():
            self._add(name, "input", tensor)

    def _add(self, name: str, kind: Kind, tensor: Tensor) -> None:
        first, _ = self._known.setdefault(id(tensor), (name, kind))
        self._first_names.setdefault(name, first)

    def get(self, tensor: Tensor) -> tuple[str, Kind] | None:
        """Name and kind of a tensor, None if it is no source."""
        return self._known.get(id(tensor))

    def first_name(self, name: str) -> str:
        """What the source of this name is called, ``""`` if there is none."""
        return self._first_names.get(name, "")


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
