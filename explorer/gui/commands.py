"""`Commands`: by a key, what else only the mouse comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QWidget

from explorer.core.values import Odd
from explorer.gui.inspector import Inspector
from explorer.gui.map.maps import Maps
from explorer.gui.panes.attention import AttentionPane
from explorer.gui.panes.values import ValuesPane
from explorer.gui.stepper import Stepper
from explorer.session import intents

_STRIDE = 0.5  # of the view: how far one key press moves the map


class Commands:
    """Does the actions of `ACTIONS` that are about the parts of one window: moves the map, tells
    of a node, and goes from panel to panel, in the order of ``panels``."""

    def __init__(
        self, maps: Maps, inspector: Inspector, stepper: Stepper, panels: Sequence[QWidget]
    ) -> None:
        self._maps = maps
        self._inspector = inspector
        self._panels = panels
        self.does: dict[str, Callable[[], None]] = {
            "move-up": lambda: self._move(0, -_STRIDE),
            "move-down": lambda: self._move(0, _STRIDE),
            "move-left": lambda: self._move(-_STRIDE, 0),
            "move-right": lambda: self._move(_STRIDE, 0),
            "node-menu": lambda: self._show(lambda: maps.active.open_menu()),
            "tell": lambda: self._show(lambda: maps.active.tell(maps.active.outlook.current)),
            "next-pane": lambda: inspector.turn(1),
            "previous-pane": lambda: inspector.turn(-1),
            "next-attention": lambda: self._turn_attention(1),
            "previous-attention": lambda: self._turn_attention(-1),
            "next-nan": lambda: self._seek("nan"),
            "next-infinity": lambda: self._seek("infinity"),
            "pace": stepper.change_pace,
            "breaks": stepper.open_breaks,
            "next-panel": lambda: self._go(1),
            "previous-panel": lambda: self._go(-1),
        }

    def _show(self, said: Callable[[], None]) -> None:
        """What stands beside a node is for those who see the node."""
        if self._maps.active.isVisible():
            said()

    def _move(self, right: float, down: float) -> None:
        canvas = self._maps.active
        canvas.outlook.shift(QPointF(right * canvas.width(), down * canvas.height()))

    def _seek(self, sort: Odd) -> None:
        """In the picture that shows every number."""
        pane = self._inspector.panes["values"]
        assert isinstance(pane, ValuesPane)
        if not pane.isVisible():
            self._inspector.intent.emit(intents.ChoosePane(pane.name))
        if pane.isVisible():
            pane.seek(sort)

    def _turn_attention(self, by: int) -> None:
        """To another picture of attention; from numbers that are some, to that of it."""
        pane = self._inspector.panes["attention"]
        assert isinstance(pane, AttentionPane)
        if pane.isVisible():
            pane.turn(by)
        else:
            self._inspector.intent.emit(intents.ChoosePane(pane.name))

    def _go(self, by: int) -> None:
        """To the next panel that is on screen and has something for the keyboard."""
        doors = [(panel, door) for panel in self._panels if (door := _door(panel)) is not None]
        focused = QApplication.focusWidget()
        here = next(
            (
                n
                for n, (panel, _) in enumerate(doors)
                if focused is not None and (panel is focused or panel.isAncestorOf(focused))
            ),
            -1 if by > 0 else 0,
        )
        if doors:
            doors[(here + by) % len(doors)][1].setFocus(Qt.FocusReason.TabFocusReason)


def _door(panel: QWidget) -> QWidget | None:
    """What of a panel gets the keyboard first, None if nothing of it can."""
    if not panel.isVisible():
        return None
    parts = [panel, *panel.findChildren(QWidget)]
    return next((part for part in parts if _can_focus(part)), None)


def _can_focus(widget: QWidget) -> bool:
    by_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
    return by_tab and widget.isVisible() and widget.isEnabled()
