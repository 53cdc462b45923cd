"""Settings of the process by which ops compute: PyTorch has them as globals, not as arguments.

Asking for all of them costs as much as recording an op, so they are read when a pass begins and at
the ops around which models set one, as ``with sdpa_kernel(…):`` (see `naming.Care`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch

_C: Any = torch._C
_NAMES = ("flash", "mem_efficient", "math", "cudnn")
FLAGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (  # reads one; sets it
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_num_threads, torch.set_num_threads),
    *(
        (getattr(_C, f"_get_{name}_sdp_enabled"), getattr(_C, f"_set_sdp_use_{name}"))
        for name in _NAMES
    ),
    (_C._get_mkldnn_enabled, _C._set_mkldnn_enabled),
    (_C._get_cudnn_enabled, _C._set_cudnn_enabled),
    (_C._get_cudnn_deterministic, _C._set_cudnn_deterministic),
    (_C._get_cudnn_benchmark, _C._set_cudnn_benchmark),
    (_C._get_deterministic_algorithms, _C._set_deterministic_algorithms),
    (_C._get_float32_matmul_precision, _C._set_float32_matmul_precision),
)
_READ = tuple(read for read, _ in FLAGS)


class Settings(NamedTuple):
    """``casts`` are the autocast in force, by device; ``flags`` all others."""

    casts: tuple[tuple[str, torch.dtype], ...] = ()
    flags: tuple[Any, ...] = ()

    def casting(self) -> Settings:
        """The same with the autocast that is on now."""
        casts = tuple(
            (device, torch.get_autocast_dtype(device))
            for device in ("cpu", "cuda", "mps")
            if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
        )
        return self._replace(casts=casts)


def settings_now() -> Settings:
    """Those in force, but for autocast."""
    return Settings((), flags_now())


@contextmanager
def as_set(settings: Settings) -> Iterator[None]:
    """With the settings of another time; afterwards they are as before."""
    before = flags_now()
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
            _put(before, flags_now())


def flags_now() -> tuple[Any, ...]:
    """All settings in force but for autocast."""
    return tuple([read() for read in _READ])


def _put(wanted: tuple[Any, ...], now: tuple[Any, ...]) -> None:
    for (_, put), flag, here in zip(FLAGS, wanted, now, strict=True):
        if flag != here:
            put(flag)
