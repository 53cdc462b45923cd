"""Where a Python file of the user's own runs: what it may import, and what is put back after it."""

from __future__ import annotations

import ast
import importlib
import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from explorer.engine.process import unchanged

_INSTALLED = tuple(
    os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "purelib", "platlib")
)


class _Guests:
    """What the files that were opened last brought into this process, to be sent away again."""

    def __init__(self) -> None:
        self._before: frozenset[str] | None = None
        self._folders: list[str] = []

    def welcome(self, folders: list[str]) -> None:
        """Let modules in these folders be imported. What came from there before is forgotten, so
        that it is read anew.
        """
        if self._before is None:
            self._before = frozenset(sys.modules)
        for name, module in list(sys.modules.items()):
            if name not in self._before and self._is_theirs(module, [*self._folders, *folders]):
                del sys.modules[name]
        self.seat(folders, 0)
        importlib.invalidate_caches()

    def seat(self, folders: list[str], at: int) -> None:
        """Put folders into the import path, in place of those that were put there before."""
        for folder in self._folders:
            with suppress(ValueError):  # the file took it out itself
                sys.path.remove(folder)
        sys.path[at:at] = folders
        self._folders = folders

    @staticmethod
    def _is_theirs(module: ModuleType, folders: list[str]) -> bool:
        spec = getattr(module, "__spec__", None)
        said = [getattr(module, "__file__", None)]
        said += list(getattr(spec, "submodule_search_locations", None) or ())
        places = [os.fspath(place) for place in said if isinstance(place, str | os.PathLike)]
        return any(
            place.startswith(os.path.join(folder, "")) and not is_installed(place)
            for place in places
            for folder in folders
        )


_guests = _Guests()


def is_installed(place: str) -> bool:
    """Whether a file belongs to Python or a package, even if a folder of the user's holds those."""
    return place.startswith(_INSTALLED)


@contextmanager
def hosted(file: Path, data: bytes) -> Iterator[ModuleType]:
    """A module to run a file in: its folder can be imported from, and pickle finds its classes.

    A file that imports relatively is taken as a part of the package that its folder is.
    """
    package, folders = _package(file, data)
    _guests.welcome(folders)
    name = f"{file.stem}_opened"  # the package itself may import the file by its own name
    module = ModuleType(f"{package}.{name}" if package else name)
    module.__file__ = str(file)
    module.__package__ = package
    sys.modules[module.__name__] = module
    try:
        with unchanged():
            sys.argv, sys.dont_write_bytecode = [str(file)], True
            yield module
    finally:
        _guests.seat(folders, len(sys.path))  # for imports inside of ``forward``


def _package(file: Path, data: bytes) -> tuple[str, list[str]]:
    """The package that a file belongs to, "" if to none, and the folders to import from."""
    parts = []
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        parts.append(folder.name)
        folder = folder.parent
    relative = any(
        isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(ast.parse(data))
    )
    if relative and not parts:
        parts, folder = [file.parent.name], file.parent.parent
    if not parts:
        return "", [str(file.parent)]
    return ".".join(reversed(parts)), [str(file.parent), str(folder)]
