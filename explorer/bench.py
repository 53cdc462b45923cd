"""Finds and runs the files of ``benchmarks/``: each has ``run() -> list[row]``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from explorer.core.problem import Problem, phrase

KEYS = ("name", "ours", "other", "ratio", "goal", "held")


def run_benchmarks(wanted: str | None) -> list[dict[str, Any]]:
    """Rows with the keys ``KEYS``, of every file or row whose name contains ``wanted``. What is
    measured only to be compared with has no goal: ``goal`` and ``held`` are None.

    Raises Problem when the benchmarks are not there (they come with the source, not the wheel) or
    when none is called so.
    """
    folder = Path(__file__).resolve().parents[1] / "benchmarks"
    files = sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))
    if not files:
        raise Problem(
            "input",
            phrase("There is no folder {folder}."),
            phrase("Benchmarks come with a clone of the repository: run them there."),
            folder=folder,
        )
    chosen = [file for file in files if wanted is None or wanted in file.stem]
    if not chosen:
        raise Problem(
            "input",
            phrase("There is no benchmark “{name}”."),
            phrase("Choose one of: {names}."),
            name=wanted,
            names=", ".join(file.stem for file in files),
        )
    if str(folder.parent) not in sys.path:  # they use each other's models
        sys.path.append(str(folder.parent))
    rows: list[dict[str, Any]] = []
    for file in chosen:
        print(f"{file.stem} …", file=sys.stderr)
        spec = importlib.util.spec_from_file_location(f"benchmarks.{file.stem}", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        rows += [{key: row[key] for key in KEYS} for row in module.run()]
    return rows
