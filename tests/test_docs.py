"""Pages that a command makes are as it would make them now, but for what pictures show."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    ("command", "page", "count"),
    [("gallery.py", "gallery.md", 8), ("reading.py", "reading-the-panes.md", 17)],
)
def test_a_made_page_is_up_to_date_and_has_its_pictures(
    command: str, page: str, count: int
) -> None:
    made = runpy.run_path(str(DOCS / command))
    text = (DOCS / page).read_text(encoding="utf-8")
    assert text == made["page"]()
    pictures = re.findall(r"!\[.+\]\((.+)\)", text)
    assert len(pictures) == count
    assert all((DOCS / one).stat().st_size <= made["LARGEST"] for one in pictures)
