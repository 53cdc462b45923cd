"""What the window remembers from one day to the next: one's own models, and where they lie."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QDir, QSettings

from explorer.core.sources import HuggingFaceModel, LiveModel, Own, PythonModel, title
from explorer.core.values import TensorsInput, TensorSpec
from explorer.gui.habits import user_settings

_MOST = 8  # models
_KEY = "opening/recent"
_FOLDER = "opening/folder"


class Recent(Struct, frozen=True):
    """A model that was opened, and how: enough to open it again as it was.

    ``tensors`` are what suits it by shape, where that is known.
    """

    path: str
    title: str
    own: PythonModel | HuggingFaceModel
    tensors: tuple[TensorSpec, ...] = ()


class Memory:
    """Kept in the user's settings. What cannot be read there is as if it had never been."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings or user_settings()

    def recent(self) -> tuple[Recent, ...]:
        """The own models, the newest first. Those that are gone are forgotten."""
        return tuple(one for one in self._read() if os.path.exists(one.path))

    def keep(self, own: Own, tensors: tuple[TensorSpec, ...] = ()) -> None:
        """Remember a model that was opened; of what it was fed only shapes are kept."""
        if isinstance(own, LiveModel):
            return
        path = str(Path(own.path).absolute())
        self.keep_folder(path)
        given = own.input if isinstance(own.input, TensorsInput) else None
        here = Recent(path, title(own), replace(own, path=path, input=given), tensors)
        others = [one for one in self._read() if (one.path, one.title) != (path, here.title)]
        newest = [here, *others][:_MOST]
        self._settings.setValue(_KEY, msgspec.json.encode(newest).decode())
        self._settings.sync()

    def choice(self, path: str) -> Recent | None:
        """How a file or folder was opened the last time."""
        wanted = str(Path(path).absolute())
        return next((one for one in self._read() if one.path == wanted), None)

    def folder(self) -> str:
        """Where the last file or folder came from; home if that is gone."""
        last = str(self._settings.value(_FOLDER, ""))
        return last if os.path.isdir(last) else QDir.homePath()

    def keep_folder(self, path: str) -> None:
        """Remember where a file or folder came from."""
        self._settings.setValue(_FOLDER, str(Path(path).absolute().parent))

    def _read(self) -> list[Recent]:
        try:
            return msgspec.json.decode(str(self._settings.value(_KEY, "[]")), type=list[Recent])
        except msgspec.DecodeError:
            return []
