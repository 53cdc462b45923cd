"""Arrays as text that can be pasted: every number in the fewest digits that bring it back."""

from __future__ import annotations

import re
import sys

import numpy as np

_WIDE = 100  # characters of a line


def numpy_text(data: np.ndarray) -> str:
    """What makes the same array in Python, with NumPy as ``np``."""
    with np.printoptions(threshold=sys.maxsize, linewidth=_WIDE, floatmode="unique"):
        text = np.array_repr(data)
    text = re.sub(r"\b(nan|inf)\b", r"np.\1", text)
    return re.sub(r"dtype=(\w+)", r"dtype=np.\1", f"np.{text}")


def table_text(data: np.ndarray) -> str:
    """(rows, columns) numbers with tabs between them, as spreadsheets take them."""
    return "\n".join("\t".join(row) for row in data.astype(str).tolist())
