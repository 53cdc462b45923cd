"""Keys that belong to what has the keyboard, though the window has other uses for them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QToolButton,
    QWidget,
)

Key = Qt.Key
ARROWS = frozenset({Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down})
PAGES = frozenset({Key.Key_PageUp, Key.Key_PageDown, Key.Key_Home, Key.Key_End})
_ENTER = frozenset({Key.Key_Return, Key.Key_Enter})


class OwnKeys(QObject):
    """Watches a window. Who came to a button by Tab presses it with Space or Enter, though Space
    plays the pass; and the arrows move in what names them as its ``own_keys``, though they step.

    Who clicked there goes on stepping: a click on a button is no wish to type into it. Only what a
    widget names as its ``steady_keys`` is for it however the keyboard came there.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._clicked = False
        window.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._note)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A key that nothing in the window has taken for itself comes here."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if not override and event.type() != QEvent.Type.KeyPress:
            return False
        assert isinstance(event, QKeyEvent)
        focused = QApplication.focusWidget()
        key = Key(event.key())
        steady = key in getattr(focused, "steady_keys", frozenset())
        if override and steady and not event.modifiers() & ~(_KEYPAD | _SHIFT):
            event.accept()  # a plus is a key with Shift on many keyboards
            return True
        if self._clicked or focused is None or event.modifiers() & ~_KEYPAD:
            return False
        if override and key in _own_keys(focused):
            event.accept()
            return True
        if not override and key in _ENTER and isinstance(focused, QAbstractButton):
            _press(focused)
            return True
        return False

    def _note(self, old: QWidget | None, new: QWidget | None) -> None:
        """Whether the mouse brought the keyboard there."""
        self._clicked = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if new is not None:
            new.setProperty(_CLICKED, self._clicked)


def has_arrows(widget: QWidget) -> bool:
    """Whether the arrows are for a widget, which then has a frame: it has the keyboard, and not by
    a click."""
    return widget.hasFocus() and not widget.property(_CLICKED)


_CLICKED = "clicked"
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


def _own_keys(widget: QWidget) -> frozenset[Qt.Key]:
    """The keys that a widget wants for itself."""
    if isinstance(widget, QAbstractButton):
        group = widget.group()
        one_of_many = group is not None and group.exclusive()
        return _ENTER | {Key.Key_Space} | (ARROWS if one_of_many else frozenset())
    if isinstance(widget, QComboBox):
        return frozenset({Key.Key_Space, Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End})
    if isinstance(widget, QAbstractSlider):
        return ARROWS | PAGES
    own: frozenset[Qt.Key] = getattr(widget, "own_keys", frozenset())
    return own


def _press(button: QAbstractButton) -> None:
    """As Space would; a menu opens at once."""
    instant = QToolButton.ToolButtonPopupMode.InstantPopup
    if isinstance(button, QToolButton) and button.menu() and button.popupMode() == instant:
        button.showMenu()
    else:
        button.click()
