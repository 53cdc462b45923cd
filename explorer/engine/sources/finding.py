"""What a path is: told from names, headers and texts, with nothing of it run."""

from __future__ import annotations

import os
from pathlib import Path

from explorer.core.presets import load_preset, readable
from explorer.core.problem import Problem, phrase
from explorer.core.sources import WEIGHTS, Found, PresetFolder
from explorer.engine.sources.files import located, unreadable
from explorer.engine.sources.huggingface import read_folder
from explorer.engine.sources.reading import read_python
from explorer.engine.sources.weights import read_weights


def find(path: str) -> Found:
    """What a file or folder can be opened as. Raises Problem; runs no code of it."""
    place = located(path)
    if place.is_dir():
        return _folder(place)
    suffix = place.suffix.lower()
    if suffix == ".py":
        return read_python(place)
    if place.name == "preset.toml":
        return _preset(place.parent)
    if place.name == "config.json":
        return read_folder(place.parent)
    if suffix in WEIGHTS:
        return read_weights(place)
    raise Problem(
        "model",
        phrase("{path} is none of the files that can be opened."),
        _OTHERS.get(
            suffix,
            phrase(
                "Open a Python file, a folder with config.json or preset.toml, or weights: "
                "{suffixes}."
            ),
        ),
        path=readable(place),
        suffixes=", ".join(WEIGHTS[:-1]),
    )


_OTHERS = {
    ".ipynb": phrase(
        "In the notebook, call explorer.view(model, *inputs); or save its class in a .py file."
    ),
    ".onnx": phrase("Open the Python file or the Hugging Face folder that it was made from."),
}


def _folder(folder: Path) -> Found:
    try:
        inside = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise unreadable(folder, error) from error
    if "preset.toml" in inside:
        return _preset(folder)
    if "config.json" in inside:
        return read_folder(folder)
    if "adapter_config.json" in inside:
        raise Problem(
            "model",
            phrase("{path} holds an adapter: only what was changed of another model."),
            phrase("Merge it first: model.merge_and_unload().save_pretrained(…), and open that."),
            path=readable(folder),
        )
    raise Problem(
        "model",
        phrase("The folder {path} has neither config.json nor preset.toml."),
        _instead(folder, inside),
        path=readable(folder),
        names=", ".join(_openable(folder, inside)[:8]),
    )


def _instead(folder: Path, inside: list[str]) -> str:
    if _openable(folder, inside):
        return phrase("In it, these can be opened: {names}.")
    return phrase("Choose the folder that save_pretrained wrote, or a Python file.")


def _openable(folder: Path, inside: list[str]) -> list[str]:
    """Names in a folder that `find` may know what to do with."""
    found = [name for name in inside if name.lower().endswith((".py", *WEIGHTS))]
    for name in inside:
        inner = (folder / name / file for file in ("config.json", "preset.toml"))
        if any(map(os.path.isfile, inner)):  # a folder that may not be read has none
            found.append(f"{name}/")
    if "snapshots" in inside:  # as the hub keeps what it fetched
        kept = (folder / "snapshots").glob("*/config.json")
        found += sorted(f"snapshots/{file.parent.name}/" for file in kept)
    return [readable(name) for name in found]


def _preset(folder: Path) -> PresetFolder:
    located(str(folder / "preset.toml"))
    return PresetFolder(str(folder), load_preset(folder).preset.model_dump(mode="json"))
