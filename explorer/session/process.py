"""Starting the engine's process. Imports almost nothing, so it can be the first thing done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence


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
    """How to start an engine on this machine; ``auto`` leaves the device to it."""
    chosen = [] if device == "auto" else ["--device", device]
    return [sys.executable, "-m", "explorer.engine", *chosen]
