"""Settings of the process by which ops compute: PyTorch has them as globals, not as arguments.

A model may hold one around an op, as ``with sdpa_kernel(…):``, so each op is recorded with those in
force. Asking for all of them costs as much as recording the op; while somebody records, the
functions that set them tell instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any, NamedTuple

import torch

_C: Any = torch._C
_NAMES = ("flash", "mem_efficient", "math", "cudnn")
_FLAGS: tuple[tuple[Callable[[], Any], Any, str], ...] = (  # read; where and what sets it
    (torch.get_default_dtype, _C, "_set_default_dtype"),
    (torch.get_num_threads, torch, "set_num_threads"),
    *((getattr(_C, f"_get_{name}_sdp_enabled"), _C, f"_set_sdp_use_{name}") for name in _NAMES),
    (_C._get_mkldnn_enabled, _C, "_set_mkldnn_enabled"),
    (_C._get_cudnn_enabled, _C, "_set_cudnn_enabled"),
    (_C._get_cudnn_deterministic, _C, "_set_cudnn_deterministic"),
    (_C._get_cudnn_benchmark, _C, "_set_cudnn_benchmark"),
    (_C._get_deterministic_algorithms, _C, "_set_deterministic_algorithms"),
    (torch.get_float32_matmul_precision, _C, "_set_float32_matmul_precision"),
)


class Settings(NamedTuple):
    """``casts`` are the autocast in force, by device; ``flags`` all others."""

    casts: tuple[tuple[str, torch.dtype], ...] = ()
    flags: tuple[Any, ...] = ()


@contextmanager
def as_set(settings: Settings) -> Iterator[None]:
    """With the settings of another time; afterwards they are as before."""
    before = _flags()
    with ExitStack() as stack:
        for device, dtype in settings.casts:
            stack.enter_context(torch.autocast(device, dtype))
        if settings.flags == before:
            yield
            return
        _put(settings.flags, before)
        try:
            yield
        finally:
            _put(before, _flags())


class _Watch:
    """Knows the settings in force without asking, between `begin` and `end`."""

    def __init__(self) -> None:
        self.settings = Settings()
        self._watchers = 0
        self._plain: list[tuple[Any, str, Any, Any]] = []
        self._lock = Lock()

    def begin(self) -> None:
        """Look, and have oneself told of changes."""
        with self._lock:
            self.settings = Settings(flags=_flags())
            self._watchers += 1
            if self._watchers == 1:
                for _, owner, name in _FLAGS:
                    plain = getattr(owner, name)
                    told = self._telling(plain)
                    self._plain.append((owner, name, plain, told))
                    setattr(owner, name, told)

    def end(self) -> None:
        """Leave PyTorch as it was, if nobody else watches."""
        with self._lock:
            self._watchers -= 1
            if self._watchers:
                return
            for owner, name, plain, told in self._plain:
                if getattr(owner, name) is told:
                    setattr(owner, name, plain)
            self._plain.clear()

    def with_casts(self) -> Settings:
        """Those in force, with the autocast that is on."""
        casts = tuple(
            (device, torch.get_autocast_dtype(device))
            for device in ("cpu", "cuda", "mps")
            if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
        )
        return self.settings._replace(casts=casts)

    def _telling(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def told(*args: Any, **kwargs: Any) -> Any:
            result = plain(*args, **kwargs)
            self.settings = Settings(flags=_flags())
            return result

        return told


watch = _Watch()


def _flags() -> tuple[Any, ...]:
    return tuple([read() for read, _, _ in _FLAGS])


def _put(wanted: tuple[Any, ...], now: tuple[Any, ...]) -> None:
    for (_, owner, name), flag, here in zip(_FLAGS, wanted, now, strict=True):
        if flag != here:
            getattr(owner, name)(flag)
