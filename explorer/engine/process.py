"""What belongs to the whole process, put back after code of the user's own has run in it."""

from __future__ import annotations

import gc
import logging
import os
import random
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.utils._device import DeviceContext

from explorer.engine.settings import FLAGS

_Setting = tuple[Callable[[], Any], Callable[[Any], Any]]  # how it is, and making it so


@contextmanager
def unchanged(fresh: bool = False) -> Iterator[None]:
    """Whatever runs in here may set what it likes for its process: afterwards it is as before.

    Random numbers go on as if none had been drawn; with ``fresh``, from a new seed: the next pass
    of a model that draws some gets others, whatever seed this one set.
    """
    before, gradients = [read() for read, _ in _SETTINGS], torch.is_grad_enabled()
    put_random = _newly_seeded() if fresh else _as_drawn()
    try:
        with torch.inference_mode(torch.is_inference_mode_enabled()):
            torch.set_grad_enabled(gradients)
            yield
    finally:
        for (read, put), was in zip(_SETTINGS, before, strict=True):
            if read() != was:
                put(was)
        put_random()


def of_signal(error: BaseException) -> BaseException | None:
    """What a signal's handler raised, if that is why there is this error; None if not.

    A handler runs between any two lines, so whatever was at work then seems to raise it.
    """
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    codes = [_code(handler) for handler in handlers if callable(handler)]
    at: BaseException | None = error
    while at is not None:
        if any(frame.f_code in codes for frame, _ in traceback.walk_tb(at.__traceback__)):
            return at
        at = at.__cause__ or at.__context__
    return None


def _code(handler: Callable[..., Any]) -> Any:
    """Of its function, also where it is a method, a partial or an object that can be called."""
    while isinstance(handler, partial):
        handler = handler.func
    function = getattr(handler, "__func__", handler)
    if not hasattr(function, "__code__"):
        function = type(handler).__call__
    return getattr(function, "__code__", None)


def _newly_seeded() -> Callable[[], None]:
    seed = int(torch.randint(1 << 32, (), device="cpu"))

    def put() -> None:
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)

    return put


def _as_drawn() -> Callable[[], None]:
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()

    def put() -> None:
        torch.set_rng_state(states[0])
        random.setstate(states[1])
        np.random.set_state(states[2])

    return put


def _attribute(owner: Any, name: str) -> _Setting:
    return (lambda: getattr(owner, name)), (lambda was: setattr(owner, name, was))


def _list(owner: Any, name: str) -> _Setting:
    def put(was: list[Any]) -> None:
        getattr(owner, name)[:] = was

    return (lambda: list(getattr(owner, name))), put


def _autocast(device: str) -> tuple[_Setting, _Setting]:
    return (
        (
            lambda: torch.is_autocast_enabled(device),
            lambda was: torch.set_autocast_enabled(device, was),
        ),
        (
            lambda: torch.get_autocast_dtype(device),
            lambda was: torch.set_autocast_dtype(device, was),
        ),
    )


def _folder() -> str:
    """The current one, "" if somebody deleted it."""
    with suppress(OSError):
        return os.getcwd()
    return ""


def _go_back(folder: str) -> None:
    with suppress(OSError):  # it is gone, and there is nothing to go back to
        os.chdir(folder)


def _devices() -> tuple[Any, ...]:
    """The default device, None where none is set, and all that are in force.

    One that is set costs every op, and has PyTorch's own attention take its slow path, also where
    it is the device that would be taken anyway.
    """
    modes = torch.overrides._get_current_function_mode_stack()
    own = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return own, *(mode for mode in modes if isinstance(mode, DeviceContext))


def _put_devices(was: tuple[Any, ...]) -> None:
    torch.set_default_device(None if was[0] is None else was[0].device)
    modes = torch.overrides._get_current_function_mode_stack()
    for _ in modes:
        torch.overrides._pop_mode()
    for mode in modes:  # one set inside of a ``with device:`` leaves that behind
        if was[0] is not None or mode in was or not isinstance(mode, DeviceContext):
            torch.overrides._push_mode(mode)


def _put_environment(was: dict[str, str]) -> None:
    for name in os.environ.keys() - was.keys():
        del os.environ[name]
    os.environ.update(was)


def _put_filters(was: list[Any]) -> None:
    warnings.resetwarnings()  # makes Python forget what the filters said to each warning
    warnings.filters[:] = was  # type: ignore[index]


_SETTINGS: tuple[_Setting, ...] = (
    *FLAGS,
    (_devices, _put_devices),
    (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (torch.backends.mha.get_fastpath_enabled, torch.backends.mha.set_fastpath_enabled),
    *_autocast("cpu"),
    *_autocast("cuda"),
    (np.geterr, lambda was: np.seterr(**was)),
    (_folder, _go_back),
    (os.environ.copy, _put_environment),
    _list(sys, "path"),
    _list(sys, "argv"),
    *(
        _attribute(sys, name)
        for name in ("dont_write_bytecode", "stdin", "stdout", "stderr", "excepthook")
    ),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (gc.isenabled, lambda was: gc.enable() if was else gc.disable()),
    (lambda: list(warnings.filters), _put_filters),
    _attribute(warnings, "showwarning"),
    (lambda: logging.root.level, logging.root.setLevel),
    _list(logging.root, "handlers"),
    _attribute(logging.root.manager, "disable"),
)
