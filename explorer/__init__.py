"""Layerscope: open a neural network, run it for real, and see it think, one step at a time.

Everything here is loaded when first used: importing this package loads neither torch nor Qt.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.engine.attention import AttentionMap
    from explorer.engine.backward import Backward
    from explorer.engine.budget import budget
    from explorer.engine.explain import Explanation
    from explorer.engine.failure import Failure
    from explorer.engine.live import view
    from explorer.engine.proof import Proof
    from explorer.engine.reach import Field
    from explorer.engine.record import record
    from explorer.engine.tape import Tape

__all__ = [
    "AttentionMap", "Backward", "Explanation", "Failure", "Field", "Proof", "Tape", "budget",
    "record", "view",
]  # fmt: skip

_HOMES = {
    "AttentionMap": "explorer.engine.attention",
    "Backward": "explorer.engine.backward",
    "Explanation": "explorer.engine.explain",
    "Failure": "explorer.engine.failure",
    "Field": "explorer.engine.reach",
    "Proof": "explorer.engine.proof",
    "Tape": "explorer.engine.tape",
    "budget": "explorer.engine.budget",
    "record": "explorer.engine.record",
    "view": "explorer.engine.live",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
