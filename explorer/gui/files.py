"""What comes from the disk and goes there: models to open, weights to save."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.core.values import TensorsInput, TensorSpec
from explorer.gui.inputs.picture import is_picture, read_picture
from explorer.gui.memory import Memory
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState


class Files(QObject):
    """Asks for files and folders where the last ones were, and remembers what was opened."""

    def __init__(self, window: QWidget, session: Session, memory: Memory) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._memory = memory

    def open_file(self) -> None:
        """Ask for a file."""
        if self._session.state.live:
            self._session.take(intents.OpenPath(""))  # which says why there is no other
            return
        path, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Open a model or its weights"),
            self._memory.folder(),
            self.tr("Models and weights ({endings});;All files (*)").format(
                endings="*.py *.safetensors *.pt *.pth *.bin preset.toml config.json"
            ),
        )
        if path:
            self._open_path(path)

    def open_folder(self) -> None:
        """Ask for a folder."""
        if self._session.state.live:
            self._session.take(intents.OpenPath(""))
            return
        path = QFileDialog.getExistingDirectory(
            self._window, self.tr("Open a folder with a model"), self._memory.folder()
        )
        if path:
            self._open_path(path)

    def _open_path(self, path: str) -> None:
        self._memory.keep_folder(path)
        self._session.take(intents.OpenPath(path))

    def take_dropped(self, path: str) -> None:
        """A picture is for a model that looks at pictures; anything else is to be opened."""
        state = self._session.state
        takes = state.page == "model" and state.model is not None and state.model.input == "picture"
        given = read_picture(path) if takes and is_picture(path) else None
        if given is not None:
            self._session.take(intents.EditInput(given))
        else:
            self._open_path(path)

    def save(self) -> None:
        """Ask where the weights go."""
        path, _ = QFileDialog.getSaveFileName(
            self._window,
            self.tr("Save weights"),
            str(Path(self._memory.folder()) / "weights.safetensors"),
            "safetensors (*.safetensors)",
        )
        if path:
            self._memory.keep_folder(path)
            self._session.take(intents.SaveWeightsTo(path))

    def remember(self, old: AppState | None, new: AppState) -> None:
        """Own models that were opened are in the gallery next time."""
        if new.own is not None and (old is None or old.own is not new.own):
            self._memory.keep(new.own, _tensors_for(new))


def _tensors_for(state: AppState) -> tuple[TensorSpec, ...]:
    """The tensors by shape that the open model is or can be fed with, empty if nobody knows."""
    if state.model is None:
        return ()
    samples = (state.model.sample, *(choice.sample for choice in state.model.choices))
    return next((one.tensors for one in samples if isinstance(one, TensorsInput)), ())
