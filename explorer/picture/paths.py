"""Paths of modules in little room: what tells one from those like it stays."""

from __future__ import annotations


def briefer(path: str) -> list[str]:
    """Shorter ways to say a path, the longest first, each with its numbers and its end:
    ``encoder.layer.3.attention.self`` becomes ``…layer.3.attention.self``, ``…3.attention.self``
    and ``…3…self``."""
    parts = path.split(".")
    first = next((n for n, part in enumerate(parts) if part.isdigit()), len(parts) - 1)
    said = ["…" + ".".join(parts[begin:]) for begin in range(1, first + 1)]
    numbers = [part for part in parts[first:-1] if part.isdigit()]
    if len(parts) - first > len(numbers) + 1:  # there is something between them
        said.append(("…" if first else "") + "…".join([*numbers, parts[-1]]))
    return said
