"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(data: bytes, out: Path) -> None:
    """Write beside ``out``, then rename: an older file stays until the new one is whole.

    Raises OSError.
    """
    target = out.resolve()
    beside = ""
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=".layerscope-", suffix=target.suffix, delete=False
        ) as file:
            beside = file.name
            file.write(data)
        os.chmod(beside, 0o666 & ~_umask())  # as any new file: a temporary one is for us alone
        os.replace(beside, target)
    except OSError:
        if beside:
            Path(beside).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
