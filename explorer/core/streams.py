"""The standard streams of a process, taken for the wire. Imports almost nothing."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO


def take_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout as (reader, writer), for nobody else from now on.

    What models, libraries or C code print goes to stderr, and what they read is empty. Call it
    before anything can print.
    """
    sys.stdout.flush()
    writer = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    reader = os.fdopen(os.dup(0), "rb", buffering=1 << 16)
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.stdout = sys.stderr
    return reader, writer
