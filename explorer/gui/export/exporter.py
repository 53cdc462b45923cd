"""`Exporter`: what the window does when somebody wants what is on show in a file or on the
clipboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.core.problem import Problem, phrase
from explorer.gui.export.dialog import ExportDialog
from explorer.gui.export.figure import FigureSource
from explorer.gui.export.files import Format, Source, Wanted, format_of, write_file
from explorer.gui.memory import Memory
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState


class Exporter(QObject):
    """Asks what is wanted, and how; then writes, and says so. What was chosen is offered again."""

    def __init__(self, window: QWidget, session: Session, memory: Memory) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._memory = memory
        self._chosen: dict[type[Source], tuple[Wanted, Format]] = {}  # of graphs, and of figures

    def ask(self, source: Source) -> None:
        """Ask how to write what is on show, then where."""
        state = self._session.state
        new = Wanted(look=state.theme, stepped=_shows_step(source, state))
        wanted, kind = self._chosen.get(type(source), (new, "svg"))
        dialog = ExportDialog(self._window, source, state, wanted, kind)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._take(dialog, source))
        dialog.open()

    def copy(self, source: Source) -> None:
        """Put a picture of what is in view on the clipboard, as it is on screen."""
        state = self._session.state
        stepped = state.tab == "forward"
        wanted = Wanted("view", state.theme, stepped=stepped)
        with self._saying(), _busy():
            image = source.picture(state, wanted).image(source.ratio)
            QGuiApplication.clipboard().setImage(image)
            self._tell(phrase("The picture of the view is on the clipboard."))

    def _take(self, dialog: ExportDialog, source: Source) -> None:
        wanted, kind = dialog.wanted, dialog.format
        self._chosen[type(source)] = wanted, kind
        name = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", self._session.state.title).strip(" .")
        path, _ = QFileDialog.getSaveFileName(
            self._window,
            dialog.windowTitle(),
            str(Path(self._memory.folder()) / f"{name or 'model'}.{kind}"),
            f"{kind.upper()} (*.{kind})",
        )
        if not path:
            return
        if not path.lower().endswith(tuple(f".{one}" for one in source.formats)):
            path = f"{path}.{kind}"
        self._memory.keep_folder(path)
        self.write(source, wanted, Path(path))

    def write(self, source: Source, wanted: Wanted, out: Path) -> None:
        """Write what is on show, and say where; or why it cannot be."""
        with self._saying(), _busy():
            kind = format_of(out, source.formats)
            write_file(source.content(self._session.state, wanted, kind), out)
            said = phrase("The graph is saved in {path}.")
            if isinstance(source, FigureSource):
                said = phrase("The figure is saved in {path}.")
            self._tell(said, path=str(out))

    def _tell(self, text: str, **values: str) -> None:
        self._session.take(intents.Report("saved", text, "", values, "news"))

    @contextmanager
    def _saying(self) -> Iterator[None]:
        """A problem becomes what the window shows."""
        try:
            yield
        except Problem as problem:
            self._session.take(
                intents.Report(problem.kind, problem.text, problem.remedy, problem.values)
            )


def _shows_step(source: Source, state: AppState) -> bool:
    """Whether the step belongs to what is on show: a figure lives, a graph is one of all steps."""
    return isinstance(source, FigureSource) and state.tab == "forward"


@contextmanager
def _busy() -> Iterator[None]:
    """The mouse shows that it takes a while."""
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()
