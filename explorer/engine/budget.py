"""How much memory a tape may use, and how much there is."""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

import torch

_SHARE = 4  # of the free memory, a tape takes one part in this many
_UNLIMITED = 1 << 62
_asked: ContextVar[tuple[int | None, int | None]] = ContextVar("_asked", default=(None, None))


@contextmanager
def budget(device: int | None = None, host: int | None = None) -> Iterator[None]:
    """Tapes recorded inside keep at most so many bytes of activations.

    ``device`` bytes stay where they were computed, for each device; on a GPU, what is more goes to
    ``host`` bytes of main memory. The rest is let go and computed again when it is asked for.
    None means a quarter of what is free when a pass begins to need much.
    """
    before = _asked.set((device, host))
    try:
        yield
    finally:
        _asked.reset(before)


class Budget:
    """The bytes that a tape may keep, settled for each device when first asked for."""

    def __init__(self) -> None:
        self._device, self._host = _asked.get()
        self._found: dict[torch.device, int] = {}

    @property
    def asked(self) -> int | None:
        """What the user said, None for the usual."""
        return self._device

    def of(self, device: torch.device, used: int = 0) -> int:
        """The bytes that may stay on a device, where a pass has ``used`` some already."""
        if device not in self._found:
            if self._device is not None:
                self._found[device] = self._device
            else:
                free = free_memory(device)
                self._found[device] = _UNLIMITED if free is None else (free + used) // _SHARE
        return self._found[device]

    def least(self) -> int:
        """The smallest of what was settled so far."""
        return min(self._found.values(), default=_UNLIMITED)

    def beside(self, device: torch.device) -> int:
        """The bytes of main memory for what a device has no room for."""
        if device.type != "cuda":
            return 0
        if self._host is None:
            self._host = (free_memory(torch.device("cpu")) or 0) // _SHARE
        return self._host


def free_memory(device: torch.device) -> int | None:
    """The bytes that could be had on a device now, None if nobody can tell."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return free + cached
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    if device.type != "cpu":
        return None
    if sys.platform == "win32":
        return _free_on_windows()
    if sys.platform == "darwin":
        return _free_on_macos()
    return _free_on_linux()


def _free_on_linux() -> int | None:
    try:
        found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text())
        groups = Path("/proc/self/cgroup").read_text()
    except OSError:
        return None
    free = [int(found[1]) * 1024] if found else []
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            free += _free_in_group(Path("/sys/fs/cgroup"), path, "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
            free += _free_in_group(Path("/sys/fs/cgroup/memory"), path, *names)
    return min(free, default=None)


def _free_in_group(root: Path, path: str, limit: str, usage: str) -> list[int]:
    """What each control group around this process has left.

    https://docs.kernel.org/admin-guide/cgroup-v2.html: file caches count as used, yet go when
    memory is needed. Inside a container the own group may be the root.
    """
    own = root / path.strip("/")
    found = []
    for group in (own, *own.parents):
        with suppress(OSError, ValueError):  # not here, or "max"
            most = int((group / limit).read_text())
            used = int((group / usage).read_text())
            cached = re.search(r"^inactive_file (\d+)", (group / "memory.stat").read_text(), re.M)
            found.append(max(0, most - used + (int(cached[1]) if cached else 0)))
        if group == root:
            break
    return found


def _free_on_macos() -> int | None:
    """https://keith.github.io/xcode-man-pages/vm_stat.1.html: pages that are or can be freed."""
    try:
        said = subprocess.run(["vm_stat"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    size = re.search(r"page size of (\d+) bytes", said)
    pages = re.findall(r"^Pages (?:free|inactive|speculative|purgeable):\s+(\d+)", said, re.M)
    return int(size[1]) * sum(map(int, pages)) if size and pages else None


class _MemoryStatus(ctypes.Structure):
    """``MEMORYSTATUSEX`` of https://learn.microsoft.com/windows/win32/api/sysinfoapi."""

    _fields_ = [
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        *(
            (name, ctypes.c_ulonglong)
            for name in (
                "total", "available", "total_page", "available_page", "total_virtual",
                "available_virtual", "available_extended",
            )
        ),
    ]  # fmt: skip


def _free_on_windows() -> int | None:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None
    return int(status.available)
