"""The rule of the house, on every import, those inside functions and under TYPE_CHECKING too."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "explorer"
ROOMS = ("core", "engine", "session", "picture", "gui")

# who may import whom; `face` is explorer/__init__.py, the rest of the top level has its own rows
ALLOWED = {
    "core": set(),
    "engine": {"core"},
    "session": {"core"},
    "picture": {"core"},
    "gui": {"core", "session", "picture"},
    "app": {"core", "session", "gui"},
    "bench": {"core"},
    "doctor": {"core", "app", "gui"},
    "headless": {"core", "session", "app"},
    "exporting": {"core", "session", "gui", "app", "headless"},
    "differing": {"core"},
    "arguments": set(),
    "cli": {
        "arguments",
        "core",
        "session",
        "app",
        "headless",
        "exporting",
        "differing",
        "bench",
        "doctor",
    },
    "__main__": {"cli"},
    "__init__": {"engine"},  # the lazy public face
}
FOREIGN = {
    "torch": {"engine"},
    "safetensors": {"engine"},
    "transformers": {"engine"},
    "tokenizers": {"engine"},
    "torchvision": {"engine"},
    "torchaudio": {"engine"},
    "sklearn": {"engine"},
    "PySide6": {"gui"},
    "pyqtgraph": {"gui"},
    "qtawesome": {"gui"},
    "superqt": {"gui"},
    "ziamath": {"gui"},
    "networkx": {"picture", "engine"},
}


def imports(file: Path) -> set[str]:
    """Full names of everything a file imports, relative imports resolved."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return imported(file.read_text(encoding="utf-8"), parts)


def imported(source: str, parts: tuple[str, ...]) -> set[str]:
    """The same of a source text whose module is ``parts``, ``import_module("…")`` included."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(parts[: -node.level]) if node.level else ""
            module = ".".join(p for p in (base, node.module or "") if p)
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value  # wherever it goes; `-m explorer.engine` is a process, not an import
            if re.fullmatch(r"explorer(\.\w+){2,}", name):
                found.add(name)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            called = called.id if isinstance(called, ast.Name) else called
            if called in ("import_module", "__import__"):
                found.add(str(node.args[0].value))
    return found


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('importlib.import_module("explorer.picture.numbers")', "explorer.picture.numbers"),
        ('name = "explorer.picture.numbers"; import_module(name)', "explorer.picture.numbers"),
        ('__import__("torch")', "torch"),
        ("from ..picture import numbers", "explorer.picture.numbers"),
    ],
)
def test_every_way_to_import_is_seen(source: str, name: str) -> None:
    assert name in imported(source, ("explorer", "session", "link"))


def room(file: Path) -> str:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


FILES = sorted(PACKAGE.rglob("*.py"))


def test_the_top_level_holds_what_was_agreed() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    top = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    agreed = {"pyproject.toml", "constraints.txt", "dev.py", "LICENSE", "README.md", "explorer",
              "assets", "tests", "presets", "benchmarks", "docs"}  # fmt: skip
    assert {name for name in top if not name.startswith(".")} <= agreed


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_keep_to_the_rule(file: Path) -> None:
    here = room(file)
    for name in imports(file):
        if name.startswith("explorer."):
            there = name.split(".")[1]
            if there != here and (PACKAGE / there).exists() | (PACKAGE / f"{there}.py").exists():
                assert there in ALLOWED[here], f"{here} must not import {there} ({name})"
            known = (PACKAGE / there).exists() or (PACKAGE / f"{there}.py").exists()
            assert known or there.startswith("__"), f"{name} is for those outside"
        top = name.split(".")[0]
        if top in FOREIGN:
            assert here in FOREIGN[top], f"{here} must not know {top}"


def test_no_circles() -> None:
    graph = nx.DiGraph()
    names = {".".join(f.relative_to(ROOT).with_suffix("").parts): f for f in FILES}
    for name, file in names.items():
        for wanted in imports(file):
            target = wanted if wanted in names else f"{wanted}.__init__"
            if target in names and target != name:
                graph.add_edge(name, target)
    circles = [c for c in nx.strongly_connected_components(graph) if len(c) > 1]
    assert circles == []


def test_no_grab_bags() -> None:
    forbidden = {"utils", "util", "misc", "common", "helpers", "helper"}
    assert not [f for f in PACKAGE.rglob("*") if f.stem in forbidden]


def test_no_file_is_too_long() -> None:
    long = {
        str(f.relative_to(ROOT)): n for f in FILES if (n := len(f.read_text().splitlines())) > 520
    }
    assert not long


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["explorer", "explorer.app", "explorer.cli", "explorer.gui.desk"]
)
def test_the_desktop_never_loads_torch(module: str) -> None:
    assert "torch" not in loaded_after(f"import {module}")


def test_the_engine_never_loads_qt() -> None:
    assert "PySide6" not in loaded_after("import explorer.engine.loop")


def test_the_way_to_the_first_frame_is_short() -> None:
    """Nothing slow is imported before the window is painted."""
    loaded = loaded_after("import explorer.cli, explorer.app, explorer.gui.window")
    assert not loaded & {"torch", "numpy", "pydantic", "pyqtgraph", "networkx", "rich"}


def test_what_sets_formulas_waits_for_the_first() -> None:
    """It takes as long to import as the window to open."""
    loaded = loaded_after("import explorer.app, explorer.gui.desk, explorer.gui.shot")
    assert not loaded & {"ziamath", "ziafont", "latex2mathml"}
