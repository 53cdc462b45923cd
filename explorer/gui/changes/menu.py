"""The menu with which a change begins: of a cell, a row, a head, all of a value."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtWidgets import QMenu, QWidget

from explorer.core.change import Change, Kind, spelled
from explorer.session import intents


class Says(Protocol):
    """Takes what somebody asks for."""

    def __call__(self, intent: object, /) -> object:
        """An intent of `explorer.session.intents`."""


Place = tuple[str, str]  # what it is called, and its cells


class ChangeMenu(QMenu):
    """For every place what can become of it, the first one at once: nothing but 0 needs a number.

    ``name`` is what the value is called in the recording, ``value`` its index.
    """

    def __init__(
        self, parent: QWidget, value: int, name: str, places: list[Place], say: Says
    ) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Change"))
        kinds: tuple[tuple[Kind, str], ...] = (
            ("scale", self.tr("Scale…")),
            ("fix", self.tr("Set to a number…")),
            ("noise", self.tr("Add noise…")),
            ("mean", self.tr("Set to their mean…")),
            ("patch", self.tr("Take from the pass beside…")),
            ("earlier", self.tr("Take from the pass of the earlier input…")),
        )
        for text, cells in places:
            inner = self.addMenu(text.replace("&", "&&"))
            change = Change(name, "zero", cells)
            inner.addAction(self.tr("Set to 0"), partial(say, intents.MakeChange(change)))
            for kind, said in kinds:
                inner.addAction(said, partial(say, intents.ProposeChange(value, cells, kind)))


def run_of(position: int, block: int, size: int) -> int | str:
    """The cells along an axis that one of a picture stands for."""
    first = position * block
    return first if block == 1 else f"{first}:{min(size, first + block)}"


def index_of(keep: tuple[int, ...], rank: int, places: tuple[int | str | None, ...]) -> str:
    """The cells at places of the kept axes, all along the others."""
    found: list[int | str | None] = [None] * rank
    for axis, place in zip(keep, places, strict=True):
        found[axis] = place
    return spelled(tuple(found))
