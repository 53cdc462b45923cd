"""docs/shortcuts.md names every key of the table of actions, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from explorer.gui.actions import ACTIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "shortcuts.md"
WHERE = {
    "": "Everywhere",
    "forward": "Forward pass",
    "graph": "Architecture and forward pass",
    "canvas": "On the graph",
    "training": "Training",
}


def rows(heading: str) -> list[tuple[str, str]]:
    """(text, keys) of the table under a heading."""
    part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.M | re.S)
    assert part is not None, f"no heading {heading}"
    found = re.findall(r"^\| (.+?) \| (.*?) \|$", part[1], re.M)
    return [row for row in found if row[0] not in ("Command",) and set(row[0]) != {"-"}]


def test_the_page_is_the_table() -> None:
    for where, heading in WHERE.items():
        wanted = [
            (
                action.text.format(number=action.number),
                ", ".join(f"`{key}`" for key in action.keys) or "by name",
            )
            for action in ACTIONS
            if action.where == where
        ]
        if wanted:
            assert rows(heading) == wanted
