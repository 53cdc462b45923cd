"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write_whole(data: bytes, out: Path) -> None:
    """Write beside ``out``, then rename: an older file stays until the new one is whole.

    Raises OSError.
    """
    with written_whole(out) as file:
        file.write(data)


@contextmanager
def written_whole(out: Path) -> Iterator[IO[bytes]]:
    """A file beside ``out`` to write into, which takes its place at the end. If anything is raised
    meanwhile, OSError too, what was written is gone and an older file stays."""
    target = out.resolve()
    beside = ""
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=".layerscope-", suffix=target.suffix, delete=False
        ) as file:
            beside = file.name
            yield file
        os.chmod(beside, 0o666 & ~_umask())  # as any new file: a temporary one is for us alone
        os.replace(beside, target)
    except BaseException:
        if beside:
            Path(beside).unlink(missing_ok=True)
        raise


@contextmanager
def folder_whole(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` to write into, which gets that name at the end. If anything is raised
    meanwhile it is gone; OSError, if there is something of that name."""
    target = out.resolve()
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".layerscope-"))
    try:
        yield beside
        beside.chmod(0o777 & ~_umask())  # as any new folder
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
