"""What was in view at the places of the history, and how near one looks at what was found."""

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
        self._found = False  # whether the cursor has gone to something that was looked for

    def leave(self, before: AppState | None, new: AppState) -> None:
        """Somebody leaves a place, which is still in view: keep the sight. Of the place that they
        come back to, show it on arrival, when the map is there; of what they have found, one in
        which it can be read."""
        if before is None:
            return
        same = before.recording is new.recording
        if new.search is not before.search and same and new.search.at >= 0:
            self._found = True
        if before.history is new.history:
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
        found, self._found = self._found, False
        if found:
            self._outlook.read_cursor()
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self._outlook.restore(wanted)
            self._outlook.follow()
