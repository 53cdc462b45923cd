"""What is done about a failure in the window's own code: it is told, and leaves nothing behind."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType


def tell_and_let_go(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Write a failure to stderr, and let go of all that the failed calls held; for
    ``sys.excepthook``.

    Python keeps the last failure with all of its frames. A paint that failed would so keep its
    painter, and Qt could never again paint the window without one that is still open.
    """
    sys.__excepthook__(kind, error, trace)
    traceback.clear_frames(trace)
