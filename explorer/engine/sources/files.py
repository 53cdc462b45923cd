"""Files of the user's own, and what is said of those that are not what they seem."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from explorer.core.presets import readable
from explorer.core.problem import Problem, phrase

_HEAD = 512  # bytes, enough to tell what a file is
_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml|head|body)", re.IGNORECASE)
_POINTER = b"version https://git-lfs.github.com/spec/"


def located(path: str) -> Path:
    """The absolute path of a file or folder that is there. Raises Problem (kind ``disk``)."""
    try:
        if not path:
            raise FileNotFoundError  # else it would be the folder that this process is in
        place = Path(os.path.abspath(os.path.expanduser(path)))
        mode = place.stat().st_mode
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise Problem(
            "disk",
            phrase("{path} is neither a file nor a folder."),
            phrase("Choose a file or a folder."),
            path=readable(path),
        )
    return place


def check_entries(folder: Path) -> None:
    """Raises Problem if something in a folder is neither a file nor a folder: to open a pipe is to
    wait for it.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise unreadable(folder, error) from error
    for entry in entries:
        if entry.exists():  # unlike what a broken link leads to
            located(str(entry))


def contents(file: Path, limit: int | None = None) -> bytes:
    """All bytes of a file. Raises Problem if it cannot be read or has more than ``limit``."""
    located(str(file))
    try:
        size = file.stat().st_size
        if limit is not None and size > limit:
            raise Problem(
                "model",
                phrase("{path} has {size} MB: that is too long for a model's code."),
                phrase("Choose the file that the model's class is written in."),
                path=readable(file),
                size=f"{size / 1e6:.1f}",
            )
        return file.read_bytes()
    except OSError as error:
        raise unreadable(file, error) from error


def head(file: Path) -> bytes:
    """The first bytes of a file that holds something. Raises Problem for what stands in for one:
    nothing at all, a web page, a pointer of git-lfs.
    """
    located(str(file))
    try:
        with file.open("rb") as stream:
            found = stream.read(_HEAD)
    except OSError as error:
        raise unreadable(file, error) from error
    if not found:
        raise Problem(
            "disk", phrase("{path} is empty."), phrase("Fetch it again."), path=readable(file)
        )
    if _PAGE.match(found):
        raise Problem(
            "disk",
            phrase("{path} is a web page that was saved under that name."),
            phrase("Download the file itself, not the page that shows it."),
            path=readable(file),
        )
    if found.startswith(_POINTER):
        raise Problem(
            "disk",
            phrase("{path} is a pointer of git-lfs; the file itself was not fetched."),
            phrase("Run “git lfs pull” in its folder."),
            path=readable(file),
        )
    return found


def unreadable(path: str | Path, error: Exception) -> Problem:
    """Why something cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        text, remedy = phrase("There is nothing at {path}."), phrase("Check how it is written.")
    elif isinstance(error, PermissionError):
        text = phrase("{path} may not be read by you.")
        remedy = phrase("Give yourself the right to read it, or copy it elsewhere.")
    else:
        text, remedy = phrase("{path} cannot be read: {error}."), phrase("Choose another.")
    said = error.strerror if isinstance(error, OSError) and error.strerror else error
    return Problem("disk", text, remedy, path=readable(path), error=said)
