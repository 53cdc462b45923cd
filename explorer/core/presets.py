"""Finding and reading presets; every mistake in one is reported at once, by file and key."""

from __future__ import annotations

import contextlib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from explorer.core.mistakes import mistakes_of
from explorer.core.places import shipped
from explorer.core.problem import Problem, phrase
from explorer.core.sources import PresetFolder
from explorer.core.spec import Preset


@dataclass(frozen=True)
class ShippedPreset:
    """A preset with the folder it came from; ``name`` is the folder's."""

    name: str
    folder: Path
    preset: Preset

    @classmethod
    def of(cls, found: PresetFolder) -> ShippedPreset:
        """One that the engine found and checked."""
        folder = Path(found.path)
        return cls(folder.name, folder, Preset.model_validate(found.preset))

    @property
    def weights(self) -> Path | None:
        """Its trained weights, if it ships any."""
        file = self.folder / "weights.safetensors"
        return file if file.is_file() else None


def load_preset(name_or_path: str | Path) -> ShippedPreset:
    """Read a preset by the name of a shipped one, by its folder, or by its ``preset.toml``.

    Raises Problem (kind ``preset``) naming the file and every mistake in it.
    """
    folder = _find(name_or_path)
    _check_names(folder)
    file = folder / "preset.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise Problem(
            "preset",
            phrase("{file} is not valid TOML: {error}."),
            phrase("Mend that line and open it again."),
            file=file,
            error=error,
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(
            "preset",
            phrase("{file} cannot be read: {error}."),
            phrase("Check that the file exists, is UTF-8 text, and that you may read it."),
            file=file,
            error=error,
        ) from error
    try:
        preset = Preset.model_validate(data)
    except ValidationError as error:
        mistakes = "\n".join(f"  • {line}" for line in mistakes_of(error, data))
        raise Problem(
            "preset",
            phrase("{file} has {count} mistake(s):\n{mistakes}"),
            phrase("docs/presets.md lists every key."),
            file=file,
            count=error.error_count(),
            mistakes=mistakes,
        ) from error
    return ShippedPreset(folder.resolve().name, folder, preset)


def is_preset(name_or_path: str | Path) -> bool:
    """Whether it names a preset, as `load_preset` takes it; it may have mistakes all the same."""
    try:
        _find(name_or_path)
    except Problem:
        return False
    return True


def shipped_presets() -> tuple[list[ShippedPreset], list[Problem]]:
    """All shipped presets in gallery order, and the problems of those that cannot be read."""
    found, problems = [], []
    for file in sorted(shipped("presets").glob("*/preset.toml")):
        try:
            found.append(load_preset(file.parent))
        except Problem as problem:
            problems.append(problem)
    return sorted(found, key=lambda p: (p.preset.order, p.name)), problems


def readable(path: str | Path) -> str:
    """A path as it can be printed anywhere: bytes that are not UTF-8 escaped, not too long."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return text if len(text) <= 300 else text[:299] + "…"


def _check_names(folder: Path) -> None:
    """Raises Problem for a folder that cannot be named to the engine, or odd weights in it."""
    try:
        str(folder.absolute()).encode()
    except UnicodeEncodeError as error:
        raise Problem(
            "preset",
            phrase("The name of the folder {folder} is not valid UTF-8."),
            phrase("Rename it and open it again."),
            folder=readable(folder),
        ) from error
    weights = folder / "weights.safetensors"
    if os.path.lexists(weights) and not weights.is_file():
        raise Problem(
            "weights",
            phrase("{file} is not a file."),
            phrase("Remove it, or put the weights there."),
            file=weights,
        )


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    with contextlib.suppress(OSError):  # too long to be the name of a file: there is none
        if path.name == "preset.toml" and path.is_file():
            return path.parent
        if (path / "preset.toml").is_file():
            return path
    home = shipped("presets")
    names = sorted(file.parent.name for file in home.glob("*/preset.toml"))
    if str(name_or_path) in names:
        return home / name_or_path
    raise Problem(
        "preset",
        phrase("There is no preset “{name}”."),
        phrase("Choose one of: {names}; or give a folder that holds a preset.toml."),
        name=readable(name_or_path),
        names=", ".join(names),
    )
