"""Files of changes, so that an experiment can be repeated and handed on:

[[change]]
value = "blocks.0.attn/softmax#0"
cells = ":, 2"
kind = "zero"
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from explorer.core.change import Entry
from explorer.core.mistakes import mistakes_of
from explorer.core.problem import Problem, phrase
from explorer.core.spec import ChangeSpec, Spec
from explorer.core.toml import toml
from explorer.core.writing import write_whole


class _File(Spec):
    change: tuple[ChangeSpec, ...] = ()


def write_changes(path: str, entries: tuple[Entry, ...]) -> None:
    """Write them to a TOML file. Raises Problem (kind ``disk``)."""
    lines = [ChangeSpec.of(one).model_dump(exclude_defaults=True) for one in entries]
    text = f"# Changes to a pass; see docs/changes.md\n{toml({'change': lines} if lines else {})}"
    try:
        write_whole(text.encode(), Path(path))
    except OSError as error:
        raise Problem(
            "disk",
            phrase("{path} could not be written: {error}."),
            phrase("Choose another place."),
            path=path, error=error.strerror or error,
        ) from error  # fmt: skip


def read_changes(path: str) -> tuple[Entry, ...]:
    """What a file holds. Raises Problem: ``disk`` if it cannot be read, ``change`` if it is
    something else, with every mistake in it."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problem(
            "disk", phrase("{path} could not be read: {error}."), "",
            path=path, error=error.strerror or error,
        ) from error  # fmt: skip
    except UnicodeDecodeError as error:
        raise _no_file(path, "it is not UTF-8 text") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _no_file(path, str(error)) from error
    try:
        return tuple(one.entry for one in _File.model_validate(data).change)
    except ValidationError as error:
        mistakes = mistakes_of(error, data, "file of changes")
        raise Problem(
            "change",
            phrase("{file} has {count} mistake(s):\n{mistakes}"),
            phrase("docs/changes.md lists every key."),
            file=path, count=len(mistakes), mistakes="\n".join(f"  • {one}" for one in mistakes),
        ) from error  # fmt: skip


def _no_file(path: str, error: str) -> Problem:
    return Problem(
        "change",
        phrase("{path} holds no changes: {error}."),
        phrase("A change has a value, a kind, and what docs/changes.md says."),
        path=path, error=error.rstrip("."),
    )  # fmt: skip
