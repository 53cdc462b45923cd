"""What a change is, in the words of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from explorer.core.change import WORDS, Change, Kind, Refused
from explorer.core.problem import Problem
from explorer.gui.banner import PHRASES, sentence
from explorer.picture.paths import briefer
from explorer.session.state import Banner

LONG = 26  # characters of a name, where there are several


def words_of(change: Change) -> str:
    """What becomes of the cells: ``set to 0``."""
    return _said(change.words).format(amount=change.amount_text)


def kind_words(kind: Kind) -> str:
    """The kind alone, in a list of kinds."""
    return _said(WORDS[kind]).format(amount="…")


def brief(change: Change, most: int = LONG) -> str:
    """Where and what, with the end alone of a name of more than so many characters."""
    name = change.value
    known = [name, *briefer(name)]
    short = next((one for one in known if len(one) <= most), known[-1])
    cells = f"[{change.cells}]" if change.cells else ""
    return f"{short}{cells}  {words_of(change)}"


def set_by_change(number: str, computed: str = "") -> str:
    """What somebody made of a number, and of which where that is known: the same words in every
    pane."""
    if not computed:
        text = QCoreApplication.translate("Changed", "set to {number} by your change")
        return text.format(number=number)
    text = QCoreApplication.translate("Changed", "{computed}, set to {number} by your change")
    return text.format(number=number, computed=computed)


def left_by_change(number: str, computed: str = "") -> str:
    """What a number is, and would be where that is known, since somebody changed what it is made
    of."""
    if not computed:
        text = QCoreApplication.translate("Changed", "{number} by your change")
        return text.format(number=number)
    text = QCoreApplication.translate("Changed", "{computed}, {number} by your change")
    return text.format(number=number, computed=computed)


def told(why: Problem | Refused) -> str:
    """What is wrong, in the language of the window."""
    return sentence(Banner("change", why.text, why.remedy, why.values))


def _said(text: str) -> str:
    return QCoreApplication.translate(PHRASES, text)
