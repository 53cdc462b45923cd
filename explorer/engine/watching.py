"""Seeing every module call of a thread while a pass is recorded.

Modules are called through one function of PyTorch's, `nn.Module.__call__`. For the length of a pass
its bytecode is another (`_stand_in`). Nothing is put into any module, and the function
stays the one that it was. (Hooks would send every module call of the process down a slow path of
6 µs; wrapping each module's ``forward`` costs as much as recording all of its ops, and copies and
compilers would see it.) A ``forward`` that somebody calls directly is found in the stack of frames.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from sys import _getframe, modules, version_info
from threading import Lock, get_ident
from types import CodeType, FrameType, FunctionType
from typing import Any

import torch
from torch import nn
from torch.jit import ScriptModule

_CALL: Any = nn.Module.__call__
IMPL: CodeType = nn.Module._call_impl.__code__
_plainly = FunctionType(_CALL.__code__, _CALL.__globals__, _CALL.__name__)
_watching: dict[int, Watcher] = {}  # by thread, the innermost one
_lock = Lock()


class Watcher:
    """Notes the module calls of a pass in ``calls``, the fields of a `CallEntry` each.

    ``call`` is the one that runs now, -1 for none. ``entries`` are the op calls so far.
    """

    broken: tuple[BaseException, int] | None = None  # what came through, from which call first

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.call = -1
        self._direct: tuple[tuple[FrameType, int], ...] = ()  # see `call_at`
        self._outer = _watching.get(get_ident())  # of the pass inside of which this one is
        self._inner = 0  # passes inside of this one, which run now
        self.entries: list[tuple[Any, ...]] = []
        self.calls: list[list[Any]] = []
        compiler: Any = modules.get("torch._dynamo.eval_frame")  # costs seconds where nobody needs
        self._kinds: Any = ScriptModule
        if compiler is not None:
            self._kinds = (ScriptModule, compiler.OptimizedModule)

    def watch(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the model, and note all module calls of this thread until `unwatch`."""
        _put(self)
        outer = self._outer
        while outer is not None:
            outer._inner += 1
            outer = outer._outer
        return self.model(*args, **kwargs)

    def unwatch(self) -> None:
        """Note no more. Once is enough, but the first may be interrupted."""
        now = _watching.get(get_ident())
        if now is not self:
            _put(now)  # an interruption may have come before the bytecode was put back
        else:
            _put(self._outer)
            outer = self._outer
            while outer is not None:
                outer._inner -= 1
                outer = outer._outer
        self._direct = ()
        if self.calls:
            self.calls[0][3] = len(self.entries)

    def closed(self, module: nn.Module, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        """What calls a ``module`` whose inside is not to be seen: ``call`` with it, where nobody
        notes it as an op."""
        return partial(call, module)

    def enter(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], caller: FrameType
    ) -> Any:
        """Call a module, and note it."""
        parent = self.call
        if parent < 0 and module is self.model:
            pass
        elif self._direct or caller.f_back is None or caller.f_back.f_code is not IMPL:
            parent = self.call_at(caller)
        before, direct = self.call, self._direct
        calls, entries, own = self.calls, self.entries, module.__dict__
        entry = [module, parent, len(entries), 0, caller.f_code, caller.f_lasti]
        self.call, self._direct = len(calls), ()
        calls.append(entry)
        try:
            if own.get("_compiled_call_impl") is not None or isinstance(module, self._kinds):
                kind = type(getattr(module, "_orig_mod", module)).__name__
                name = getattr(module, "original_name", kind)
                return self.closed(module, _unseen, name)(*args, **kwargs)
            if self._outer is not None:
                return self._outer.enter(module, args, kwargs, caller)
            if "_initialize_hook" in own:
                return _call_lazy(module, args, kwargs)
            return module._call_impl(*args, **kwargs)
        except BaseException as error:
            if self.broken is None or self.broken[0] is not error:
                self.broken = (error, self.call)
            raise
        finally:
            entry[3] = len(entries)
            self.call, self._direct = before, direct
            if direct:
                self.extend_direct()

    def call_at(self, frame: FrameType | None) -> int:
        """The call of which a frame of the model's code is a part.

        That is the one that runs now, or one for a ``forward`` around the frame that was not called
        through its module; it is noted here, at the first op or module call that comes from it.
        """
        found: list[FrameType] = []
        inner = self._inner
        while frame is not None and id(code := frame.f_code) not in _BOUNDS:
            back = frame.f_back
            if code is _WATCH:
                if not inner:
                    break
                inner -= 1
            elif code.co_name == "forward" and (back is None or id(back.f_code) not in _BOUNDS):
                found.append(frame)
            frame = back
        if self.call < 0:  # the model's own `__call__` is not PyTorch's
            self.call = 0
            self.calls.append([self.model, -1, 0, 0, *_place(found[-1] if found else _getframe())])
        index, known = self.call, self._direct
        direct: list[tuple[FrameType, int]] = []
        for n, forward in enumerate(reversed(found)):
            if n < len(known) and known[n][0] is forward:
                index = known[n][1]
            else:
                module = _first_argument(forward)
                if isinstance(module, nn.Module) and module is not self.calls[index][0]:
                    now = len(self.entries)
                    self.calls.append([module, index, now, now, *_place(forward.f_back)])
                    index = len(self.calls) - 1
            direct.append((forward, index))
        self._direct = tuple(direct)
        return index

    def extend_direct(self) -> None:
        """What just happened was a part of each ``forward`` that was called directly."""
        for _, index in self._direct:
            self.calls[index][3] = len(self.entries)


def _first_argument(frame: FrameType) -> Any:
    """What a method calls ``self``; None where it could be told that we looked.

    Up to Python 3.12 to look at the variables of a frame makes a dict of them that stays, the same
    that the code itself gets from ``locals()``.
    """
    code = frame.f_code
    if not code.co_argcount or not _LOOKING.isdisjoint(code.co_names):
        return None
    variables = frame.f_locals
    found = variables.get(code.co_varnames[0])
    if version_info < (3, 13):
        variables.clear()  # else what the code lets go of would stay
    return found


def _place(frame: FrameType | None) -> tuple[CodeType | None, int]:
    return (None, 0) if frame is None else (frame.f_code, frame.f_lasti)


def _call_lazy(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A lazy module makes its parameters at its first call; that is no part of the pass."""
    make: Any = module.initialize_parameters

    def quietly(*args: Any, **kwargs: Any) -> None:
        with torch._C.DisableTorchFunction():
            make(*args, **kwargs)

    module.__dict__["initialize_parameters"] = quietly
    try:
        return module._call_impl(*args, **kwargs)
    finally:
        del module.__dict__["initialize_parameters"]


def _unseen(module: nn.Module, /, *args: Any, **kwargs: Any) -> Any:
    """Call a module with nobody watching: a compiler would look at us, too."""
    before = _put(None)
    try:
        return _plainly(module, *args, **kwargs)
    finally:
        _put(before)


def _stand_in(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
    # This runs with the globals of PyTorch's function; what it needs is put in for that word.
    needed: Any = "needed"
    watching, thread, frame, plainly = needed
    watcher = watching.get(thread())
    if watcher is None:
        return plainly(self, *args, **kwargs)
    return watcher.enter(self, args, kwargs, frame(1))


_NEEDED = (_watching, get_ident, _getframe, _plainly)
_PLAIN: CodeType = _CALL.__code__
_STAND_IN = _stand_in.__code__.replace(
    co_name=_PLAIN.co_name,
    co_filename=_PLAIN.co_filename,
    co_firstlineno=_PLAIN.co_firstlineno,
    co_consts=tuple(_NEEDED if one == "needed" else one for one in _stand_in.__code__.co_consts),
)
_frames = torch._C._dynamo.eval_frame  # what Dynamo runs may come upon us, and is not to compile us
_frames.set_code_exec_strategy(
    Watcher.enter.__code__,
    _frames._FrameExecStrategy(_frames._FrameAction.SKIP, _frames._FrameAction.DEFAULT),
)
_LOOKING = {"locals", "vars", "dir", "eval", "exec"}
_WATCH = Watcher.watch.__code__
# By hooks, forward is called from a function within.
_BOUNDS = {id(code) for code in (IMPL, _STAND_IN, *IMPL.co_consts) if isinstance(code, CodeType)}


def _put(watcher: Watcher | None) -> Watcher | None:
    """Have this thread watched by another, None for nobody, and tell by whom it was."""
    thread = get_ident()
    with _lock:
        before = _watching.get(thread)
        if watcher is None:
            _watching.pop(thread, None)
        else:
            _watching[thread] = watcher
        code = _STAND_IN if _watching else _PLAIN
        if _CALL.__code__ is not code:
            _CALL.__code__ = code
        return before
