"""The inside of one event: a composite function run with its ops in sight, or a textbook expansion
of a fused one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from types import FunctionType
from typing import Any

from torch import Tensor, nn

from explorer.engine.naming import follows_autograd
from explorer.engine.nesting import filled, tensors
from explorer.engine.script import Ref, Step
from explorer.engine.textbook import textbook
from explorer.engine.textbook.parts import Part

Get = Callable[[int], Tensor]


class Inside(nn.Module):
    """A function as a module, so that it can be recorded.

    Its parts are calls of ``part``, which knows their names.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.part = part = Part()

        @wraps(function)
        def forward(*args: Any, **kwargs: Any) -> Any:
            with part.listening():
                return function(*args, **kwargs)

        self.forward = forward


def arguments(step: Step, value: Get) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a step was given, with copies of what it overwrites."""
    overwritten = {before for before, _ in step.changed}

    def given(ref: Ref) -> Tensor:
        tensor = value(ref.index).detach()
        return tensor.clone() if ref.index in overwritten else tensor

    args, kwargs = filled((step.args, step.kwargs), Ref, given)
    return args, kwargs


def inside(step: Step) -> Callable[..., Any] | None:
    """The function whose ops are the inside of a step, None if it has no inside."""
    expansion = textbook(step.func)
    if expansion is not None:
        return expansion
    func = step.func
    if follows_autograd(func):
        return None  # its graph is used up
    if isinstance(func, FunctionType) and func.__module__.startswith("torch."):
        return _seen_through(func)
    return None


def deviation(result: Any, recorded: list[Tensor]) -> float:
    """The largest absolute difference between what an expansion gave and what was recorded."""
    worst = 0.0
    for one, other in zip(_parts(tensors(result)), _parts(recorded), strict=False):
        if one.shape == other.shape and one.numel():
            gap = (one.detach().double() - other.detach().double()).abs().nan_to_num()
            worst = max(worst, float(gap.max()))
    return worst


def _parts(given: Iterable[Tensor]) -> Iterator[Tensor]:
    """Each of them, of a nested one its parts."""
    for one in given:
        yield from one.detach().unbind() if one.is_nested else (one,)


def _seen_through(func: FunctionType) -> Callable[..., Any]:
    """A function of PyTorch's that does not hand itself over to a recorder.

    It asks ``has_torch_function`` first thing; a copy of it that hears "no" goes on to its ops.
    """
    names = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")
    blind = {name: (lambda *_: False) for name in names if name in func.__globals__}
    copy = FunctionType(
        func.__code__, func.__globals__ | blind, func.__name__, func.__defaults__, func.__closure__
    )
    copy.__kwdefaults__ = func.__kwdefaults__
    return copy
