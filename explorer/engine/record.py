"""Recording a forward pass: references to what each op was given and gave, nothing else.

A `TorchFunctionMode` sees every torch function that the model calls; while it is on, the modules'
``forward`` is wrapped to know the module around each. (A module with hooks is called the slow way,
6 µs each; wrapping `nn.Module.__call__` empties Python's caches of every module class.) Nothing is
copied and nothing is named here; `Tape` does that afterwards, when somebody asks. The one exception
are inputs, weights and buffers that an op overwrites: only these cannot be computed again, so they
are copied just before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from sys import _getframe
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explorer.engine.naming import Care, care, targets, tensors
from explorer.engine.tape import Entry, Tape, address, random_state

_TORCH = torch.__file__.removesuffix("__init__.py")
_MODULES = os.path.join(_TORCH, "nn", "modules", "")
_CALL = nn.Module._call_impl.__code__
_CALLING = _CALL.co_filename
_clock = time.perf_counter
_care: dict[Callable[..., Any], Care] = {}
_OWN, _MODULE, _BETWEEN = 0, 1, 2  # whose code a file is: the model's, a torch module's, neither
_where: dict[str, int] = {__file__: _BETWEEN}


def record(model: nn.Module, *args: Any, **kwargs: Any) -> Tape:
    """Run ``model(*args, **kwargs)`` and keep what happened.

    The caller's gradient mode, autocast and random state hold, and the output is that of the
    plain call, bit for bit. The model is left exactly as it was, also after an exception.
    """
    recorder = _Recorder(model, args, kwargs)
    began = _clock()
    output = recorder.run(model, args, kwargs)
    seconds = _clock() - began
    return Tape(
        model, args, kwargs, output, recorder.entries, recorder.calls, recorder.kept, seconds
    )


class _Recorder(TorchFunctionMode):
    """``kept`` maps the id of an overwritten source to it and to what it was before."""

    def __init__(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__()
        self.entries: list[tuple[Any, ...]] = []  # the fields of an `Entry`
        self.calls: list[list[Any]] = []  # the fields of a `CallEntry`
        self.kept: dict[int, tuple[Tensor, Tensor]] = {}
        self._call = -1
        self._thread = get_ident()
        self._tracked = not torch.is_inference_mode_enabled()
        self._model = model
        self._given = (args, kwargs)
        self._sources: dict[int, list[Tensor]] | None = None  # by memory address
        self._met: set[int] = set()  # ids of sources and results
        self._read = 0  # entries looked through for these

    def run(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The forward pass itself, with every module's ``forward`` wrapped meanwhile."""
        modules = _modules(model)
        before = [module.__dict__.get("forward") for module in modules]
        try:
            for module in modules:
                module.__dict__["forward"] = self._wrapped(module, module.forward)
            with self:
                return model(*args, **kwargs)
        finally:
            for module, own in zip(modules, before, strict=True):
                if own is None:
                    module.__dict__.pop("forward", None)
                else:
                    module.__dict__["forward"] = own

    def _wrapped(self, module: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
        """The module's ``forward``, which notes when it began and ended."""
        entries, calls, thread = self.entries, self.calls, self._thread

        def call(*args: Any, **kwargs: Any) -> Any:
            if get_ident() != thread:
                return forward(*args, **kwargs)
            caller: Any = _getframe(1)
            if caller.f_code is _CALL:  # the usual way, which needs only this look at its frames
                caller = _getframe(3)
            while caller.f_code.co_filename == _CALLING:  # with hooks there are more
                caller = caller.f_back
            parent = self._call
            entry = [module, parent, len(entries), 0, caller.f_code, caller.f_lasti]
            self._call = len(calls)
            calls.append(entry)
            try:
                return forward(*args, **kwargs)
            finally:
                entry[3] = len(entries)
                self._call = parent

        return call

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        mind = _care.get(func)
        if mind is None:
            mind = _care[func] = care(func)
        if mind is _SILENT:
            return func(*args, **kwargs) if kwargs else func(*args)

        before: tuple[tuple[Tensor, int], ...] = ()
        rng: Any = None
        if mind is not _NONE or (kwargs and "out" in kwargs):
            before, rng = self._prepare(func, args, kwargs or {}, mind)
        began = _clock()
        result = func(*args, **kwargs) if kwargs else func(*args)
        ended = _clock()

        version: Any = 0
        if isinstance(result, Tensor):
            if self._tracked:
                version = result._version
        elif result is None or not any(True for _ in tensors(result)):
            if not before:
                return result  # a number or a flag: not an event
        elif self._tracked:
            version = tuple(t._version for t in tensors(result))
        mutated: tuple[Tensor, ...] = ()
        if before:
            mutated = tuple(t for t, v in before if not self._tracked or t._version != v)

        frame: Any = _getframe(1)
        while (where := _where.get(frame.f_code.co_filename)) is not _OWN:
            if where is _MODULE:
                break
            if where is None:
                _where[frame.f_code.co_filename] = _classify(frame.f_code.co_filename)
            else:
                frame = frame.f_back
        own = where is _OWN
        self.entries.append(
            (
                func, args, kwargs, result, version, self._call, began, ended,
                frame.f_code if own else None, frame.f_lasti if own else 0, mutated, rng,
            )
        )  # fmt: skip
        return result

    def _prepare(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], mind: Care
    ) -> tuple[tuple[tuple[Tensor, int], ...], Any]:
        """Save what this call would make impossible to compute again."""
        rng = random_state() if mind & Care.RANDOM else None
        before = []
        for tensor in tensors(targets(func, args, kwargs)):
            self._protect(tensor)
            before.append((tensor, tensor._version if self._tracked else 0))
        return tuple(before), rng

    def _protect(self, tensor: Tensor) -> None:
        """Copy the sources that share memory with a tensor about to be overwritten."""
        if self._sources is None:
            self._sources = {}
            for source in (*self._model.parameters(), *self._model.buffers()):
                self._meet(source)
            for source in tensors(self._given):
                self._meet(source)
        for entry in map(Entry._make, self.entries[self._read :]):
            for source in tensors((entry.args, entry.kwargs)):
                self._meet(source)
            self._met.update(id(t) for t in tensors(entry.result))
        self._read = len(self.entries)
        self._meet(tensor)
        for source in self._sources.get(address(tensor), ()):
            if id(source) not in self.kept:
                self.kept[id(source)] = (source, source.detach().clone())

    def _meet(self, tensor: Tensor) -> None:
        """A tensor that no event made is a source."""
        if id(tensor) not in self._met and self._sources is not None:
            self._met.add(id(tensor))
            self._sources.setdefault(address(tensor), []).append(tensor)


_NONE = Care.NONE
_SILENT = Care.SILENT


def _modules(model: nn.Module) -> list[nn.Module]:
    """The model and every module below it, once each; compiled ones stay closed."""
    found = {id(model): model}
    waiting = [model]
    while waiting:
        for module in waiting.pop()._modules.values():
            if module is not None and id(module) not in found:
                found[id(module)] = module
                waiting.append(module)
    return [m for m in found.values() if not isinstance(m, torch.jit.ScriptModule)]


def _classify(file: str) -> int:
    """Whose code a file is. Beneath a module of PyTorch's own, the place is where it was called."""
    if not file.startswith(_TORCH):
        return _OWN
    return _MODULE if file.startswith(_MODULES) else _BETWEEN
