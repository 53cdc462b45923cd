"""Where things lie: shipped presets and assets, and the user's own data."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(what: str) -> Path:
    """The shipped folder ``presets`` or ``assets``: inside a wheel, or beside the package."""
    inside = _PACKAGE / "_shipped" / what
    return inside if inside.is_dir() else _PACKAGE.parent / what


def runs() -> Path:
    """The user's folder of training runs; not made here."""
    from platformdirs import user_data_path  # late: the first frame does not need it

    return user_data_path("layerscope", appauthor=False) / "runs"
