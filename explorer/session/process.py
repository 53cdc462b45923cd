"""The process of the engine: one that we start, or the one that started us. Imports almost nothing,
so it can be the first thing done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import BinaryIO

from explorer.core.streams import take_standard_streams


def spawn(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the engine; cheap (one fork), so it can be done before anything else is imported."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=-1,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def engine_command(device: str = "auto") -> list[str]:
    """How to start an engine on this machine; ``auto`` leaves the device to it.

    ``-P``: a ``torch.py`` in the folder where somebody starts us is not to run in its place.
    """
    chosen = [] if device == "auto" else ["--device", device]
    return [sys.executable, "-P", "-m", "explorer.engine", *chosen]


class Host:
    """The program that called `explorer.view` and started this window: the engine runs in it.

    It has the surface of `subprocess.Popen` that a link needs: ``stdin`` is what it reads,
    ``stdout`` what it writes. It is not ours to end or to wait for.
    """

    stderr = None  # what it prints goes where it always went

    def __init__(self) -> None:
        self.stdout: BinaryIO
        self.stdin: BinaryIO
        self.stdout, self.stdin = take_standard_streams()
        self.pid = os.getppid()

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code is not ours to know."""
        return 0

    def kill(self) -> None:
        """It goes on without us."""
