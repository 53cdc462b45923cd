"""Standing in for the ``forward`` of a model's modules during a pass."""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import getitem
from sys import _getframe
from threading import get_ident
from typing import Any

from torch import Tensor, nn
from torch.jit import ScriptModule

_CALL = nn.Module._call_impl.__code__
_CALLING = _CALL.co_filename
_PUT = ("forward", "__getstate__")
_Module = tuple[nn.Module, dict[str, Any]]
_Closed = tuple[nn.Module, dict[str, Any], str]


class Wrapped:
    """A module's ``forward``, which notes when it began and ended.

    It has the signature of the one that it wraps, and a copy of the module gets its own. ``own`` is
    what the module itself had, None if that is its class's.
    """

    __slots__ = ("__weakref__", "__wrapped__", "_module", "own", "recorder")

    def __init__(
        self, recorder: Any, module: nn.Module, forward: Callable[..., Any], own: Any
    ) -> None:
        self.recorder, self._module, self.__wrapped__, self.own = recorder, module, forward, own

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it, as a call on the tape."""
        recorder = self.recorder
        if get_ident() != recorder.thread:
            return self._elsewhere(args, kwargs)
        caller: Any = _getframe(1)
        if caller.f_code is _CALL:  # the usual way, which needs only this look at its frames
            caller = _getframe(3)
        else:
            while caller.f_code.co_filename == _CALLING:  # with hooks there are more
                caller = caller.f_back
        parent = recorder.call
        entry = [
            self._module, parent, len(recorder.entries), 0, caller.f_code, caller.f_lasti,
        ]  # fmt: skip
        recorder.call = len(recorder.calls)
        recorder.calls.append(entry)
        try:
            return self.__wrapped__(*args, **kwargs)
        except BaseException as error:
            if recorder.broken is None or recorder.broken[0] is not error:
                recorder.broken = (error, recorder.call)
            raise
        finally:
            entry[3] = len(recorder.entries)
            recorder.call = parent

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """It passes for the method that it stands for, by which others get at the source."""
        return type(self.__wrapped__)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __reduce__(self) -> Any:
        return getitem, ((self.__wrapped__,), 0)

    def state(self) -> Any:
        """What a copy of the module is made from, without what a recorder put into it."""
        state = type(self._module).__getstate__(self._module)
        if isinstance(state, dict) and state.get("forward") is self:
            state = {name: value for name, value in state.items() if name not in _PUT}
            if self.own is not None:
                state["forward"] = self.own
        return state

    def _elsewhere(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call that is not recorded, also of a replica that shares the module's ``__dict__``."""
        module = _getframe(2).f_locals.get("self")
        if isinstance(module, nn.Module) and vars(module).get("forward") is self:
            forward = self.__wrapped__
            if getattr(forward, "__self__", None) is self._module:
                return forward.__func__(module, *args, **kwargs)
        return self.__wrapped__(*args, **kwargs)


def unwrap(own: dict[str, Any], name: str) -> None:
    """Give a module the ``forward`` back that it had itself.

    One that another recording wrapped since stays so, and gets it when that one ends.
    """
    forward = own.pop(name).own
    own.pop("__getstate__", None)
    while type(forward) is Wrapped and forward.recorder.thread == -1:
        forward = forward.own
    if forward is not None:
        own[name] = forward
    if type(forward) is Wrapped and name == "forward":
        own["__getstate__"] = forward.state


class Closed:
    """Compiled code as one function, called ``name``."""

    def __init__(self, code: Callable[..., Any], name: str) -> None:
        self.__name__ = name
        self._code = code

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it."""
        return self._code(*args, **kwargs)


def modules_of(model: nn.Module) -> tuple[list[_Module], list[_Closed], list[Tensor | None]]:
    """The model and every module below it, once each, and what parameters and buffers they hold.

    Each module comes with its ``__dict__``. Compiled modules come apart, with what it is that runs
    them, and are not looked into.
    """
    modules, met = [(model, model.__dict__)], {id(model)}
    closed: list[_Closed] = []
    held: list[Tensor | None] = []
    compiler: Any = sys.modules.get("torch._dynamo.eval_frame")  # costs seconds where nobody needs
    kinds = ScriptModule if compiler is None else (ScriptModule, compiler.OptimizedModule)
    for module, own in modules:
        if isinstance(module, kinds) or own.get("_compiled_call_impl") is not None:
            here = own.get("_compiled_call_impl") is not None
            closed.append((module, own, "_compiled_call_impl" if here else "forward"))
            held += [*module.parameters(), *module.buffers()]
            continue
        if own["_parameters"]:  # asking costs less than a walk through nothing
            held += own["_parameters"].values()
        if own["_buffers"]:
            held += own["_buffers"].values()
        if own["_modules"]:
            for inner in own["_modules"].values():
                if inner is not None and id(inner) not in met:
                    met.add(id(inner))
                    modules.append((inner, inner.__dict__))
    if closed:
        apart = {id(module) for module, *_ in closed}
        modules = [(module, own) for module, own in modules if id(module) not in apart]
    return modules, closed, held
