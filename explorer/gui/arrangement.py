"""`Arrangement`: how somebody arranged the window, to be so again when its panels are made anew."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSplitter, QWidget

from explorer.gui.outline import Outline


class Arrangement(NamedTuple):
    """The sizes of parts beside each other, and the modules that are open in the outline."""

    sizes: tuple[QByteArray, ...]
    opened: frozenset[str] | None

    @classmethod
    def of(cls, whole: QWidget) -> Arrangement:
        """As it is now."""
        sizes = tuple(splitter.saveState() for splitter in whole.findChildren(QSplitter))
        outline = whole.findChild(Outline)
        return cls(sizes, None if outline is None else outline.opened)

    def restore(self, whole: QWidget) -> None:
        """Make it so in panels of the same kinds."""
        for splitter, size in zip(whole.findChildren(QSplitter), self.sizes, strict=False):
            splitter.restoreState(size)
        outline = whole.findChild(Outline)
        if outline is not None:
            outline.open_again(self.opened)
