"""Recording a forward pass: references to what each op was given and gave, nothing else.

A `TorchFunctionMode` sees every torch function that the model calls, a `Watcher` the modules around
them. Nothing is copied and nothing is named here; `Tape` does that afterwards, when somebody asks.
The one exception are inputs, weights and buffers that an op overwrites: only these cannot be
computed again, so they are copied just before.

Where there is not room for every result (see `budget`), the script is made during the pass, a part
at a time, and `Retention` lets go of some of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from sys import _getframe
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parameter import Parameter
from torch.overrides import TorchFunctionMode

from explorer.engine import watching
from explorer.engine.budget import Budget
from explorer.engine.closed import Closed
from explorer.engine.entries import Edge, Entry, line_of
from explorer.engine.failure import Ending, error_place, said_of
from explorer.engine.memory import size_of
from explorer.engine.naming import NONE, SILENT, TELLS, Care, care, targets
from explorer.engine.nesting import PLAIN, is_plain, listed, substituted, tensors
from explorer.engine.protection import Protection
from explorer.engine.replay import randomness
from explorer.engine.retention import Retention
from explorer.engine.script import Script, version_of
from explorer.engine.settings import Settings, settings_now
from explorer.engine.tape import Recorded, Tape
from explorer.engine.watching import IMPL, Watcher

_TORCH = torch.__file__.removesuffix("__init__.py")
_MODULES = os.path.join(_TORCH, "nn", "modules", "")
_clock = time.perf_counter
_care: dict[Callable[..., Any], Care] = {}
_OWN, _MODULE, _BETWEEN = 0, 1, 2  # whose code a file is: the model's, a torch module's, neither
_RECORDING = (__file__, watching.__file__)
_where: dict[str, int] = dict.fromkeys(_RECORDING, _BETWEEN)


def record(model: nn.Module, /, *args: Any, **kwargs: Any) -> Tape:
    """Run ``model(*args, **kwargs)`` and keep what happened.

    The caller's gradient mode, autocast and random state hold, and the output is that of the
    plain call, bit for bit. The model is left exactly as it was, also after an exception; that
    one comes through, with the tape of what happened before it as its attribute ``tape``. So do
    `SystemExit`, `KeyboardInterrupt` and whatever else ends a pass.
    """
    recorder = _Recorder(model, args, kwargs)
    began = _clock()
    try:
        output = recorder.run(args, kwargs)
    except BaseException as error:
        recorder.clean()  # again: what came through may have interrupted the first time
        with suppress(AttributeError):  # an exception that is frozen comes through without it
            error.tape = recorder.tape(None, _clock() - began, error)  # type: ignore[attr-defined]
        recorder.failed = recorder.broken = None  # else error, frames and this one hold each other
        raise
    return recorder.tape(output, _clock() - began)


class _Recorder(Watcher, TorchFunctionMode):
    """Notes what happens."""

    failed: tuple[Any, ...] | None = None  # func, args, kwargs, call, what it raised
    _settings: Settings
    _protection: Protection | None = None  # of what ops overwrite; made when one does
    _retention: Retention | None = None  # of the script that is made during the pass
    _described = 0  # entries in that; they are empty in ``entries``

    def __init__(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__(model)
        self.reshaped: list[tuple[int, Tensor, Tensor]] = []  # see `Recorded`
        self.told: list[tuple[Any, ...]] = []  # see `Recorded`
        self.versions: dict[int, int] = {}  # see `Recorded`
        self._compiled: list[Closed] = []
        self._tracked = not torch.is_inference_mode_enabled()
        self._given = (args, kwargs)
        self._budget = Budget()
        self._granted = _MUCH if self._budget.asked is None else self._budget.asked
        self._room = self._granted  # bytes that may come before memory is looked at again

    def run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The forward pass itself."""
        self._settings = settings_now()
        try:
            torch.overrides.has_torch_function = self._has_torch_function  # type: ignore[assignment]
            functional.handle_torch_function = self._handle  # type: ignore[attr-defined]
            _push_mode(self)
            return self.watch(args, kwargs)
        finally:
            self.clean()

    def clean(self) -> None:
        """Leave PyTorch as it was, also if this was interrupted before."""
        self.unwatch()
        modes = [_mode_at(n) for n in range(_modes())]
        if self in modes:  # below those that the model switched on and left so
            at = modes.index(self)
            for _ in modes[at:]:
                _pop_mode()
            for mode in modes[at + 1 :]:
                _push_mode(mode)
        around = self._outer  # a pass inside of which this one was, and which goes on
        if isinstance(around, _Recorder):
            torch.overrides.has_torch_function = around._has_torch_function  # type: ignore[assignment]
            functional.handle_torch_function = around._handle  # type: ignore[attr-defined]
        else:
            torch.overrides.has_torch_function = _has_torch_function
            functional.handle_torch_function = _handle_torch_function  # type: ignore[attr-defined]
        for func in self._compiled:  # it holds the model
            _care.pop(func, None)

    def closed(self, module: nn.Module, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        """What calls it as one op: nothing inside of it is seen, and it sees no recorder, by which
        PyTorch would compile it anew."""
        func = Closed(module, call, name)
        _care[func] = _DRAWS
        self._compiled.append(func)
        return partial(self._handle, func, ())

    def _has_torch_function(self, given: Any) -> bool:
        """PyTorch's own answer but for this recorder, and those of passes around it.

        By it `nn.MultiheadAttention` and `nn.TransformerEncoderLayer` choose between their two
        ways of computing, so it must be what a plain call gets.
        """
        if _modes() == 0:
            return _has_torch_function(given)
        top = _pop_mode()
        try:
            if isinstance(self._outer, _Recorder):
                return self._outer._has_torch_function(given)
            return _has_torch_function(given)
        finally:
            _push_mode(top)

    def _handle(self, func: Callable[..., Any], relevant: Any, *args: Any, **kwargs: Any) -> Any:
        """PyTorch's own way from a function written in Python to this recorder, but shorter."""
        on = _modes()
        if not on or _mode_at(on - 1) is not self:
            return _handle_torch_function(func, relevant, *args, **kwargs)
        _pop_mode()
        try:
            return self.__torch_function__(func, (), args, kwargs)
        finally:
            _push_mode(self)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if _transforming() is not None:  # inside of `vmap`, `grad` … tensors stand for others
            return func(*args, **kwargs) if kwargs else func(*args)
        mind = _care.get(func)
        if mind is None:
            mind = _care[func] = care(func)
        before: tuple[tuple[Tensor, int], ...] = ()
        rng: Any = None
        minded = False
        if mind is not NONE:
            if mind is SILENT:
                return func(*args, **kwargs) if kwargs else func(*args)
            if mind is TELLS:
                result = func(*args, **kwargs) if kwargs else func(*args)
                place = self._line(_getframe(1))
                self.told.append((len(self.entries), func, args, kwargs, result, place))
                return result
            if mind.borrows and next(tensors(args), None) is None:
                return func(*args, **kwargs) if kwargs else func(*args)
            if mind.settles:
                self._settings = settings_now()
            minded = bool(
                (mind.writes and mind.overwrites(args, kwargs))
                or (mind.random and mind.is_drawing(args, kwargs or {}))
            )
        if minded or (kwargs and "out" in kwargs):
            before, rng = self._prepare(args, kwargs or {}, mind)
        tracked, versions, nested = self._tracked, self.versions, False
        for argument in (*args, *kwargs.values()) if kwargs else args:
            kind = type(argument)
            if kind is Tensor or kind is Parameter:
                if tracked and (key := id(argument)) not in versions:
                    try:
                        versions[key] = argument._version
                    except RuntimeError:  # made in inference mode, where nobody counts
                        versions[key] = 0
            elif kind is not int and kind not in PLAIN and not is_plain(argument):
                nested = True
        if nested:
            args = tuple([self._owned(one) for one in args])
            kwargs = kwargs and {name: self._owned(one) for name, one in kwargs.items()}
        began = _clock()
        try:
            result = func(*args, **kwargs) if kwargs else func(*args)
        except BaseException as error:
            if self.failed is None or self.failed[-1] is not error:
                self.failed = (func, args, kwargs, self.call_at(_getframe(1)), error)
            raise
        ended = _clock()

        version: Any = 0
        if type(result) is Tensor or isinstance(result, Tensor):
            if not before or result is not before[0][0] or "out" in (kwargs or ()):
                self._room -= _bytes(result)  # what was overwritten is counted already
            if tracked:
                try:
                    version = result._version
                except RuntimeError:  # made in inference mode
                    version = version_of(result)
        else:
            if result is None:
                several = []
            else:
                several = listed(result if isinstance(result, tuple) else (result,))
            if several:
                for one in several:
                    self._room -= _bytes(one)
                if tracked:
                    version = tuple([version_of(one) for one in several])
            elif not before:
                return result  # a number or a flag: not an event
        mutated: tuple[tuple[Tensor, int], ...] = ()
        if before:
            mutated = tuple(_changed(before, self._tracked))
        settings = self._settings.casting() if _any_autocast() else self._settings
        edges = _edges(result) if _grad_enabled() else ()

        frame: Any = _getframe(1)
        while (where := _where.get(frame.f_code.co_filename)) is not _OWN:
            if where is _MODULE:
                break
            if where is None:
                _where[frame.f_code.co_filename] = _classify(frame.f_code.co_filename)
            else:
                frame = frame.f_back
        own = where is _OWN
        call = self.call
        if self._direct or (back := frame.f_back) is None or back.f_code is not IMPL:
            call = self.call_at(frame)
        self.entries.append(
            (
                func, args, kwargs, result, version, call, began, ended,
                frame.f_code if own else None, frame.f_lasti if own else 0,
                mutated, rng, settings, edges,
            )
        )  # fmt: skip
        if self._direct:
            self.extend_direct()
        if self._room < 0:
            self._make_room()
        return result

    def _owned(self, argument: Any) -> Any:
        """The argument, but a copy of a list, which the model may change later; the versions of
        the tensors inside are noted."""
        kind = type(argument)
        if kind is Tensor or kind is Parameter or is_plain(argument):
            return argument
        if kind is list and all(type(one) in _SINGLE for one in argument):
            argument = given = [*argument]
        else:
            given = [*tensors(argument)]
            if kind is list or kind is dict or (kind is tuple and any(map(_is_list, argument))):
                argument = substituted(argument, _itself)
        if self._tracked:
            for tensor in given:
                if not tensor.is_inference():
                    self.versions.setdefault(id(tensor), tensor._version)
        return argument

    def _make_room(self) -> None:
        """Let go of results, if there is really no room for all of them.

        Up to then, views were counted as if they had memory of their own.
        """
        with torch._C.DisableTorchFunction():
            used = self._granted - self._room
            for tensor in tensors(self.entries[-1][3]):
                self._budget.of(tensor.device, used)
            if self._retention is None and used <= self._budget.least():
                self._granted = self._budget.least()
                self._room = self._granted - used
            else:
                self._room = self._describe().settle()

    def _describe(self) -> Retention:
        """Hand what happened so far over to the script."""
        if self._retention is None:
            script = Script(self.model, *self._given, self.calls, self.versions, self.reshaped)
            self._retention = Retention(script, self._budget)
        new = self.entries[self._described :]
        self._retention.script.extend(map(Entry._make, new), self.told)
        self.told.clear()
        self.versions.clear()  # from here on, others may get the ids of what is let go
        self.entries[self._described :] = [()] * len(new)
        self._described = len(self.entries)
        return self._retention

    @staticmethod
    def _line(frame: Any) -> str:
        """The place in the model's own code from which a call came, as ``file:line``."""
        while frame.f_back is not None and _classify(frame.f_code.co_filename) is not _OWN:
            frame = frame.f_back
        return line_of(frame.f_code, frame.f_lasti)

    def _prepare(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], mind: Care
    ) -> tuple[tuple[tuple[Tensor, int], ...], Any]:
        """Save what this call would make impossible to compute again."""
        protection = self._protection
        if protection is None:
            protection = Protection(self.model, self._given, self.entries)
            self._protection = protection
        if mind.first and args and args[0].__class__ is Tensor and self._retention is None:
            first = args[0]
            if protection.is_fresh(first):
                counted = self._tracked and not first.is_inference()
                return ((first, first._version if counted else -1),), None
        rng = randomness(args, kwargs) if mind.is_drawing(args, kwargs) else None
        if mind.reshapes and isinstance(args[0], Tensor):
            protection.forget(args[0])
            self.reshaped.append((len(self.entries), args[0], args[0].detach()))
        before = []
        script: Script | None = None
        if self._retention is not None:
            with torch._C.DisableTorchFunction():
                script = self._describe().script
        for tensor in tensors(targets(mind, args, kwargs)):
            protection.protect(tensor, script)
            if kwargs.get("out") is not None:  # it may take the shape of the result
                self.reshaped.append((len(self.entries), tensor, tensor.detach()))
            counted = self._tracked and not mind.uncounted and not tensor.is_inference()
            before.append((tensor, tensor._version if counted else -1))
        return tuple(before), rng

    def _failure(self, error: BaseException | None) -> tuple[Any, ...] | None:
        """The op that raised this error, or the module call that it came from."""
        if self.failed is not None and self.failed[-1] is error:
            return self.failed[:-1]
        if self.broken is not None and self.broken[0] is error:
            return (None, (), {}, self.broken[1])
        return None

    def tape(self, output: Any, seconds: float, error: BaseException | None = None) -> Tape:
        """What was recorded."""
        if self._retention is not None:
            with torch._C.DisableTorchFunction():
                self._describe().close(output)
        recorded = Recorded(
            self.entries,
            self.calls,
            self.told,
            self.reshaped,
            {} if self._protection is None else self._protection.kept,
            self.versions,
            self._failure(error),
            None if error is None else Ending(error_place(error), said_of(error)),
            self._budget,
            self._retention,
        )
        return Tape(self.model, *self._given, output, recorded, seconds, record)


_DRAWS = Care(random=True)
_MUCH = 1 << 27  # bytes of results before anybody looks how much room there is
_SINGLE = (Tensor, Parameter)
_itself = lambda tensor: tensor  # noqa: E731
_modes = torch._C._len_torch_function_stack
_mode_at = torch._C._get_function_stack_at
_pop_mode = torch._C._pop_torch_function_stack
_push_mode = torch._C._push_on_torch_function_stack
_grad_enabled = torch.is_grad_enabled
_transforming = torch._C._functorch.peek_interpreter_stack
_any_autocast = torch._C._is_any_autocast_enabled
_has_torch_function = torch.overrides.has_torch_function
_handle_torch_function = torch.overrides.handle_torch_function


def _is_list(argument: Any) -> bool:
    return type(argument) is list


def _bytes(tensor: Tensor) -> int:
    try:
        return tensor.nbytes
    except RuntimeError:  # sparse
        return size_of(tensor)


def _edges(result: Any) -> tuple[Edge | None, ...]:
    """Where autograd has each tensor of a result at this moment."""
    return tuple(
        Edge(t.grad_fn, t.output_nr) if t.grad_fn is not None else None for t in tensors(result)
    )


def _changed(before: tuple[tuple[Tensor, int], ...], tracked: bool) -> Iterator[tuple[Tensor, int]]:
    """The tensors that were overwritten since, each with its version now."""
    for tensor, then in before:
        now = version_of(tensor) if tracked else 0
        if now != then:
            yield tensor, now


def _classify(file: str) -> int:
    """Whose code a file is. Beneath a module of PyTorch's own, the place is where it was called."""
    if file in _RECORDING:
        return _BETWEEN
    if not file.startswith(_TORCH):
        return _OWN
    return _MODULE if file.startswith(_MODULES) else _BETWEEN
