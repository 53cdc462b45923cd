"""Which device to compute on, what people call it, and how many threads to use."""

from __future__ import annotations

import ctypes
import os
import platform
import re
from functools import cache
from pathlib import Path

import torch

from explorer.core.problem import Problem, phrase


def choose_device(wanted: str | None = None) -> torch.device:
    """CUDA, then MPS, then the CPU; or the one that is wanted.

    Raises Problem (kind ``device``) if that is not here.
    """
    here = available()
    if not wanted:
        return torch.device(here[0])
    try:
        device = torch.device(wanted)
        known = device.type in {name.partition(":")[0] for name in here}
        if device.type == "cuda" and known:
            device = torch.device("cuda", device.index or 0)
            known = str(device) in here
    except RuntimeError:  # no such word
        known = False
    if not known:
        raise Problem(
            "device",
            phrase("There is no device “{wanted}” on this machine."),
            phrase("Choose one of: {here}."),
            wanted=wanted,
            here=", ".join(here),
        )
    return device


def available() -> list[str]:
    """The devices of this machine, the fastest kind first."""
    found = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def device_name(device: torch.device) -> str:
    """What people call a device: ``NVIDIA H200``, ``AMD EPYC``."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", info.read_text()) if info.is_file() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def leave_a_core() -> int:
    """Use all cores but one, which is the window's; returns how many.

    Two threads on two busy cores spin and wait for each other: a 1.7 ms forward pass then takes
    280 ms.
    """
    cores = torch.get_num_threads()  # PyTorch counts physical cores
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    threads = max(1, cores - 1)
    torch.set_num_threads(threads)
    return threads


def keep_freed_memory() -> None:
    """Let freed memory stay with the process, for the next recording to use.

    A tape holds every value of a pass. Without this, glibc hands that memory back to the system
    when a tape goes, and the next pass pays for each page anew: a third of its time on a small
    GPT. Other systems' allocators do not need it.
    """
    libc = _glibc()
    if libc is None:
        return
    trim_threshold, mmap_threshold = -1, -3  # from malloc.h
    libc.mallopt(trim_threshold, 1 << 30)
    libc.mallopt(mmap_threshold, 1 << 25)  # the largest that glibc takes


def hand_back_freed_memory() -> None:
    """Give the system all memory that is free now, also what lies between blocks in use.

    What a tape keeps lies scattered among what it let go of. Without this, glibc holds on to the
    gaps, where the next large block does not fit: five times the memory on a small GPT.
    """
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device, or the CPU's allocator, has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    said = str(error)
    return isinstance(error, RuntimeError) and (
        "DefaultCPUAllocator" in said or "not enough memory" in said or "out of memory" in said
    )
