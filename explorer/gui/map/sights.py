"""What was in view at the places of the history."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from explorer.gui.map.outlook import Outlook, Sight
from explorer.session.history import Place
from explorer.session.state import AppState


class Sights:
    """Keeps a sight for each place as long as the history has it."""

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook
        self._kept: WeakKeyDictionary[Place, Sight] = WeakKeyDictionary()
        self._wanted: Sight | None = None

    def leave(self, before: AppState | None, new: AppState) -> None:
        """Somebody leaves a place, which is still in view: keep the sight. Of the place that they
        come back to, show it on arrival, when the map is there."""
        if before is None or before.history is new.history:
            return
        old, now = before.history, new.history
        known = {*old.past, *old.ahead}
        for place in (*now.past[-1:], *now.ahead[-1:]):
            if place not in known:
                self._kept[place] = self._outlook.sight

        self._wanted = None
        if now.reached is not None:
            self._wanted = self._kept.get(now.reached)

    def arrive(self) -> None:
        """The map of where they are is there."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self._outlook.restore(wanted)
            self._outlook.follow()
