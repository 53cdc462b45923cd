"""What is done about a failure in the window's own code: it is told, and leaves nothing behind."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget


def tell_and_let_go(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Write a failure to stderr, and let go of all that the failed calls held; for
    ``sys.excepthook``.

    Python keeps the last failure with all of its frames. A paint that failed would so keep its
    painter, and Qt could never again paint the window without one that is still open. A picture
    that goes before the painter on it would end the process, so painters are ended first.
    """
    sys.__excepthook__(kind, error, trace)
    for frame, _ in traceback.walk_tb(trace):
        for held in frame.f_locals.values():
            if isinstance(held, QPainter) and held.isActive():
                held.end()
    traceback.clear_frames(trace)


def picture_of(widget: QWidget) -> QPixmap:
    """What a widget shows, as its `grab` gives it; where painting fails, which is told, as much of
    it as was painted.

    The picture that `grab` makes is gone with the failure, while painters on it are still open:
    that would end the process.
    """
    ratio = widget.devicePixelRatioF()
    made = QPixmap(widget.size() * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(widget.palette().window().color())
    try:
        QWidget.render(widget, made)  # panels have a `render` of their own
    except Exception as error:  # whatever the paint of the widget or of one in it raised
        tell_and_let_go(type(error), error, error.__traceback__)
    return made
