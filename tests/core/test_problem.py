"""A problem as one plain text."""

from __future__ import annotations

import pytest

from explorer.core.problem import Problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It broke.", "It broke. Mend it."),
        ("It broke: {why}", "It broke: because. Mend it."),
        ("It broke: {why}…", "It broke: because… Mend it."),
        ("Two broke:\n  • a\n  • b", "Two broke:\n  • a\n  • b\nMend it."),
    ],
)
def test_the_remedy_is_a_sentence_of_its_own(text: str, said: str) -> None:
    assert str(Problem("model", text, "Mend it.", why="because")) == said


def test_without_a_remedy_nothing_is_added() -> None:
    assert str(Problem("model", "It broke: {why}", why="because")) == "It broke: because"
