"""Where things lie: shipped presets and assets, and the user's own data."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
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


def trusted_file() -> Path:
    """The list of files that a person allowed to run: JSON, a path, digest and date each."""
    from platformdirs import user_config_path

    return user_config_path("layerscope", appauthor=False) / "trusted.json"


def trusted(log: Callable[[str], None]) -> frozenset[str]:
    """The SHA-256 digests of the files that may run. A list that cannot be read counts as empty."""
    return frozenset(entry["digest"] for entry in _entries(log))


def trust(path: str, digest: str, log: Callable[[str], None]) -> None:
    """Remember that this very text may run. The list is replaced as a whole or not at all."""
    import json

    entries = [entry for entry in _entries(log) if entry["digest"] != digest]
    entries.append({"path": path, "digest": digest, "date": time.strftime("%Y-%m-%d")})
    file = trusted_file()
    beside = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(entries, indent=1), encoding="utf-8")
        os.replace(beside, file)
    except OSError as error:
        with contextlib.suppress(OSError):  # that it never came to be
            beside.unlink()
        log(f"what may run cannot be remembered in {file}: {error}")


def _entries(log: Callable[[str], None]) -> list[dict[str, str]]:
    import json

    file = trusted_file()
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        for entry in entries:
            if not all(isinstance(entry[key], str) for key in ("path", "digest", "date")):
                raise TypeError("not a list of path, digest and date")
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, LookupError) as error:
        log(f"{file} cannot be read, so every file asks again before it runs: {error}")
        return []
    return list(entries)
