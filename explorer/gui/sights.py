"""What was in view at the places of the history."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from explorer.gui.outlook import Outlook, Sight
from explorer.session.history import Place
from explorer.session.state import AppState


class Sights:
    """Keeps a sight for each place as long as the history has it."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook
        self._kept: WeakKeyDictionary[Place, Sight] = WeakKeyDictionary()

    def leave(self, before: AppState | None, new: AppState) -> None:
        """Somebody leaves a place, which is still in view: keep the sight."""
        if before is None or before.history is new.history:
            return
        old, now = before.history, new.history
        known = {*old.past, *old.ahead}
        for place in (*now.past[-1:], *now.ahead[-1:]):
            if place not in known:
                self._kept[place] = self._outlook.sight

    def arrive(self, before: AppState | None, new: AppState) -> None:
        """Somebody has come back to a place: show what was in view there."""
        if before is None or before.history is new.history or new.history.reached is None:
            return
        sight = self._kept.get(new.history.reached)
        if sight is not None:
            self._outlook.restore(sight)
            self._outlook.follow()
