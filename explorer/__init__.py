"""Layerscope: open a neural network, run it for real, and see it think, one step at a time.

``record`` and ``Tape`` are loaded when first used: importing this package loads neither torch
nor Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.engine.record import record
    from explorer.engine.tape import Tape

__all__ = ["Tape", "record"]


def __getattr__(name: str) -> Any:
    if name == "record":
        from explorer.engine.record import record

        return record
    if name == "Tape":
        from explorer.engine.tape import Tape

        return Tape
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
