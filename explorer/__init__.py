"""Layerscope: open a neural network, run it for real, and see it think, one step at a time.

``record``, ``Tape`` and ``budget`` are loaded when first used: importing this package loads
neither torch nor Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.engine.budget import budget
    from explorer.engine.record import record
    from explorer.engine.tape import Tape

__all__ = ["Tape", "budget", "record"]


def __getattr__(name: str) -> Any:
    if name == "budget":
        from explorer.engine.budget import budget

        return budget
    if name == "record":
        from explorer.engine.record import record

        return record
    if name == "view":
        from explorer.engine.live import view

        return view
    if name == "Tape":
        from explorer.engine.tape import Tape

        return Tape
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
