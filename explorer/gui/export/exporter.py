"""`Exporter`: what the window does when somebody wants the graph in a file or on the clipboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.core.problem import Problem, phrase
from explorer.gui.export.dialog import ExportDialog
from explorer.gui.export.files import (
    FORMATS,
    Format,
    Wanted,
    content,
    format_of,
    picture_of,
    write_graph,
)
from explorer.gui.map.canvas import Canvas
from explorer.gui.memory import Memory
from explorer.session import intents
from explorer.session.session import Session


class Exporter(QObject):
    """Asks what is wanted, and how; then writes, and says so. What was chosen is offered again."""

    def __init__(self, window: QWidget, session: Session, memory: Memory) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._memory = memory
        self._wanted: Wanted | None = None
        self._format: Format = "svg"

    def ask(self, canvas: Canvas) -> None:
        """Ask how to write what a canvas shows, then where."""
        state = self._session.state
        wanted = self._wanted or Wanted()
        if self._wanted is None:
            wanted = replace(wanted, look=state.theme)
        dialog = ExportDialog(self._window, canvas, state, wanted, self._format)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._take(canvas, dialog.wanted, dialog.format))
        dialog.open()

    def copy(self, canvas: Canvas) -> None:
        """Put a picture of what is in view on the clipboard, as it is on screen."""
        state = self._session.state
        stepped = state.tab == "forward"
        wanted = Wanted("view", state.theme, stepped=stepped)
        with self._saying(), _busy():
            image = picture_of(canvas, state, wanted).image(canvas.devicePixelRatioF())
            QGuiApplication.clipboard().setImage(image)
            self._tell(phrase("The picture of the view is on the clipboard."))

    def copy_widget(self, widget: QWidget) -> None:
        """Put a picture of a widget on the clipboard."""
        QGuiApplication.clipboard().setImage(widget.grab().toImage())
        self._tell(phrase("The picture of the view is on the clipboard."))

    def _take(self, canvas: Canvas, wanted: Wanted, kind: Format) -> None:
        self._wanted, self._format = wanted, kind
        name = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", self._session.state.title).strip(" .")
        path, _ = QFileDialog.getSaveFileName(
            self._window,
            QCoreApplication.translate("ExportDialog", "Export the graph"),
            str(Path(self._memory.folder()) / f"{name or 'graph'}.{kind}"),
            f"{kind.upper()} (*.{kind})",
        )
        if not path:
            return
        if not path.lower().endswith(tuple(f".{one}" for one in FORMATS)):
            path = f"{path}.{kind}"
        self._memory.keep_folder(path)
        self.write(canvas, wanted, Path(path))

    def write(self, canvas: Canvas, wanted: Wanted, out: Path) -> None:
        """Write what a canvas shows, and say where; or why it cannot be."""
        with self._saying(), _busy():
            write_graph(content(canvas, self._session.state, wanted, format_of(out)), out)
            self._tell(phrase("The graph is saved in {path}."), path=str(out))

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


@contextmanager
def _busy() -> Iterator[None]:
    """The mouse shows that it takes a while."""
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()
