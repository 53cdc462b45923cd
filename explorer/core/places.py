"""Where things lie: shipped presets and assets, and the user's own data."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

_KEPT = 7 * 24 * 3600.0  # seconds for which the checkpoints of a window that crashed are kept
_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(what: str) -> Path:
    """The shipped folder ``presets`` or ``assets``: inside a wheel, or beside the package."""
    inside = _PACKAGE / "_shipped" / what
    return inside if inside.is_dir() else _PACKAGE.parent / what


def runs() -> Path:
    """The user's folder of training runs; not made here."""
    from platformdirs import user_data_path  # late: the first frame does not need it

    return user_data_path("layerscope", appauthor=False) / "runs"


def new_run() -> Path:
    """A folder of its own for the checkpoints of one window; those of long ago are removed.

    Two windows must not share one: an engine that is restarted would find the other's weights.
    """
    now = time.time()
    for old in runs().glob("*"):
        if old.is_dir() and now - old.stat().st_mtime > _KEPT:
            shutil.rmtree(old, ignore_errors=True)
    return runs() / f"{int(now * 1000)}-{os.getpid()}"
