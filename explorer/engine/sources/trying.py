"""Which of some inputs a model runs with: tried on a copy of it, so that nothing of it changes.

A small model is copied as it is. A large one is copied without its numbers, to the ``meta`` device,
where a pass takes milliseconds whatever the size; but PyTorch first loads seconds' worth of code
for that, and models that look at numbers cannot do without.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from explorer.core.values import TensorSpec
from explorer.engine.cancelling import Cancelled
from explorer.engine.quiet import printing_nothing
from explorer.engine.sources.feeding import made_by
from explorer.engine.sources.forward import Forward

_SECONDS = 1.0  # for all tries, but for the one that goes on
_SMALL = 200_000_000  # bytes of a model that is copied
_META = torch.device("meta")
Specs = tuple[TensorSpec, ...]


class Trial(NamedTuple):
    """What was tried last; ``runs`` says whether it went through, else it is only likely."""

    specs: Specs
    runs: bool


def first_running(model: nn.Module, forward: Forward, tries: Iterator[Specs]) -> Trial:
    """The first of some inputs that a copy of the model runs with, or the very first.

    The model lies on the CPU: there a wrong index is an exception and no more. What it prints
    meanwhile is not heard.
    """
    with printing_nothing():
        return _first_running(model, forward, tries)


def _first_running(model: nn.Module, forward: Forward, tries: Iterator[Specs]) -> Trial:
    twin = _copy(model)
    until = time.monotonic() + _SECONDS
    first: Specs = ()
    seen = set()
    for specs in tries:
        first = first or specs
        if time.monotonic() > until:
            break
        if specs in seen:
            continue
        seen.add(specs)
        rows = _rows_read(twin, forward, specs)
        if rows is not None:
            return Trial(tuple(_within(spec, rows) for spec in specs), True)
    return Trial(first, False)


def _copy(model: nn.Module) -> nn.Module:
    """A copy, without numbers if the model is large; itself if it cannot be copied."""
    size = sum(t.nbytes for t in model.parameters() if not is_lazy(t))
    try:
        if size <= _SMALL:
            return copy.deepcopy(model)
        memo: dict[int, Any] = {}
        for parameter in model.parameters():
            if not is_lazy(parameter):
                memo[id(parameter)] = nn.Parameter(parameter.detach().to(_META), False)
        with _Weightless():
            return copy.deepcopy(model, memo)
    except Cancelled:
        raise
    except BaseException:  # whatever the objects in it do when they are copied
        return model


class _Weightless(TorchFunctionMode):
    """While it is on, copies of tensors have their shape and no numbers."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func is Tensor.__deepcopy__:
            found, memo = args
            if id(found) not in memo:
                memo[id(found)] = found.detach().to(_META)
            return memo[id(found)]
        return func(*args, **(kwargs or {}))


def _rows_read(model: nn.Module, forward: Forward, specs: Specs) -> dict[str, int] | None:
    """None if it does not run; else how many rows the tables have that each argument indexes."""
    device = next((t.device for t in model.parameters()), torch.device("cpu"))
    rows: dict[str, int] = {}

    def seen(module: nn.Module, args: tuple[Any, ...]) -> None:
        count = module.num_embeddings
        assert isinstance(count, int)
        for name, tensor in given.items():
            read = (args[0], args[0]._base) if args and isinstance(args[0], Tensor) else ()
            if any(tensor is one for one in read):
                rows[name] = min(rows.get(name, count), count)

    tables = [m for m in model.modules() if isinstance(m, nn.Embedding | nn.EmbeddingBag)]
    hooks = [table.register_forward_pre_hook(seen) for table in tables]
    try:
        given = {spec.name: _value(spec, forward, device) for spec in specs}
        args, kwargs = forward.given(given)
        with torch.no_grad(), torch.device(device):
            model(*args, **kwargs)
    except Cancelled:
        raise
    except BaseException:  # whatever a model raises for what it cannot take
        return None
    finally:
        for hook in hooks:
            hook.remove()
    return rows


def _value(spec: TensorSpec, forward: Forward, device: torch.device) -> Any:
    if device == _META:
        made = torch.empty(spec.shape, dtype=getattr(torch, spec.dtype), device=device)
    else:
        made = made_by(spec, torch.Generator().manual_seed(0)).to(device)
    return forward.typed(spec.name, made)


def _within(spec: TensorSpec, rows: dict[str, int]) -> TensorSpec:
    high = rows.get(spec.name, spec.high)
    return TensorSpec(spec.name, spec.shape, spec.dtype, spec.fill, high)
