"""The menus of the values pane: what to compare with, and what to do with the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from explorer.core.plane import Against, Plane
from explorer.core.values import Odd
from explorer.gui.memory import Memory
from explorer.session.others import input_of, near, other_of
from explorer.session.state import AppState

_LONG = 60  # characters of a name in a menu


class CompareMenu(QMenu):
    """Values of the same shape to subtract. ``ask`` says what is on screen, ``choose`` is given the
    plane that is wanted."""

    def __init__(
        self,
        parent: QWidget,
        ask: Callable[[], tuple[AppState | None, Plane]],
        choose: Callable[[Plane], None],
    ) -> None:
        super().__init__(parent)
        self._ask = ask
        self._choose = choose
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List what there is now."""
        self.clear()
        state, plane = self._ask()
        if state is None or state.recording is None or state.value is None:
            return
        recording, value = state.recording, state.value
        self._group = QActionGroup(self)
        self._offer(self.tr("Nothing"), None, plane)
        read = input_of(recording, value)
        said = self.tr("The input of its op")
        if read is not None:
            said = f"{said}: {_short(recording.values[read].name)}"
        self._offer(said, Against("input"), plane, read is not None)
        beside = other_of(state, Against("beside"), value) is not None
        self._offer(
            self.tr("The same value of the pass beside"), Against("beside"), plane, beside,
            "" if state.beside is not None else self.tr("B keeps a pass beside"),
        )  # fmt: skip
        before = other_of(state, Against("before"), value) is not None
        self._offer(
            self.tr("The value before the changes"), Against("before"), plane, before,
            "" if before else self.tr("C changes the pass"),
        )  # fmt: skip
        self.addSeparator()
        for index in near(recording, value):
            name = recording.values[index].name
            self._offer(_short(name), Against("value", name), plane)

    def _offer(
        self, text: str, against: Against | None, plane: Plane, there: bool = True, tip: str = ""
    ) -> None:
        action = self.addAction(text.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(plane.against == against)
        action.setEnabled(there or plane.against == against)
        action.setToolTip(tip)
        action.triggered.connect(partial(self._choose, replace(plane, against=against)))
        self._group.addAction(action)


class NumbersMenu(QMenu):
    """What can be done with numbers: ``copy`` them, as a table if that is true, ``save`` them as
    ``npy`` or ``csv``, ``seek`` one that is none."""

    def __init__(
        self,
        parent: QWidget,
        copy: Callable[[bool], None],
        save: Callable[[str], None],
        seek: Callable[[Odd], None],
    ) -> None:
        super().__init__(parent)
        self.addAction(
            self.tr("Copy what is seen as NumPy array") + "\tCtrl+C", partial(copy, False)
        )
        self.addAction(self.tr("Copy what is seen as table"), partial(copy, True))
        self.addSeparator()
        self.addAction(self.tr("Save the whole value as .npy…"), partial(save, "npy"))
        self.addAction(self.tr("Save this slice as .csv…"), partial(save, "csv"))
        self.addSeparator()
        self.addAction(self.tr("Next NaN") + "\tN", partial(seek, "nan"))
        self.addAction(self.tr("Next infinity") + "\tShift+N", partial(seek, "infinity"))


def ask_path(parent: QWidget, name: str, ending: str) -> str:
    """Where a file of numbers goes, ``""`` if nowhere after all; a value's ``name`` is offered."""
    memory = Memory()
    plain = re.sub(r'[\x00-\x1f<>:"/\\|?*#]+', " ", name).strip(" .") or "value"
    path, _ = QFileDialog.getSaveFileName(
        parent,
        QCoreApplication.translate("NumbersMenu", "Save numbers"),
        str(Path(memory.folder()) / f"{plain}.{ending}"),
        f"{ending.upper()} (*.{ending})",
    )
    if not path:
        return ""
    if not path.lower().endswith(f".{ending}"):
        path = f"{path}.{ending}"
    memory.keep_folder(path)
    return path


def _short(name: str) -> str:
    """The end of a long name tells it from others."""
    return name if len(name) <= _LONG else f"…{name[1 - _LONG :]}"
