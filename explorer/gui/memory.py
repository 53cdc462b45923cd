"""What the window remembers from one day to the next: the models of one's own."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QSettings

from explorer.core.sources import HuggingFaceModel, LiveModel, Own, PythonModel, title

_MOST = 8  # models
_KEY = "opening/recent"


class Recent(Struct, frozen=True):
    """A model that was opened, and how: enough to open it again as it was."""

    path: str
    title: str
    own: PythonModel | HuggingFaceModel


class Memory:
    """Kept in the user's settings. What cannot be read there is as if it had never been."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "layerscope", "layerscope"
        )

    def recent(self) -> tuple[Recent, ...]:
        """The own models, the newest first. Those that are gone are forgotten."""
        return tuple(one for one in self._read() if os.path.exists(one.path))

    def keep(self, own: Own) -> None:
        """Remember a model that was opened; what it was fed is not kept."""
        if isinstance(own, LiveModel):
            return
        path = str(Path(own.path).absolute())
        here = Recent(path, title(own), replace(own, path=path, input=None))
        others = [one for one in self._read() if (one.path, one.title) != (path, here.title)]
        newest = [here, *others][:_MOST]
        self._settings.setValue(_KEY, msgspec.json.encode(newest).decode())
        self._settings.sync()

    def choice(self, path: str) -> PythonModel | HuggingFaceModel | None:
        """How a file or folder was opened the last time."""
        wanted = str(Path(path).absolute())
        return next((one.own for one in self._read() if one.path == wanted), None)

    def _read(self) -> list[Recent]:
        try:
            return msgspec.json.decode(str(self._settings.value(_KEY, "[]")), type=list[Recent])
        except msgspec.DecodeError:
            return []
