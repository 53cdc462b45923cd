"""Plain data as TOML: the standard library reads it, and this writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml(data: Mapping[str, Any], within: str = "") -> str:
    """Tables of text, numbers, booleans, lists of these, further tables and lists of tables; all
    names are plain ones. What is None is left out."""
    plain, tables = [], []
    for name, value in data.items():
        path = f"{within}{name}"
        if isinstance(value, Mapping):
            tables.append(f"\n[{path}]\n{toml(value, f'{path}.')}")
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            tables += [f"\n[[{path}]]\n{toml(one, f'{path}.')}" for one in value]
        elif value is not None:
            plain.append(f"{name} = {_written(value)}\n")
    return "".join((*plain, *tables))


def _written(value: Any) -> str:
    """TOML writes texts as JSON does, but for one letter, and numbers as Python does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    return repr(value)
