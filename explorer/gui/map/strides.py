"""What the arrow keys that walk on the map ask for."""

from __future__ import annotations

from explorer.picture.scene import Scene
from explorer.picture.walking import Way, walked
from explorer.session import intents
from explorer.session.state import AppState


def stride(scene: Scene, state: AppState, way: Way) -> object | None:
    """The intent to go to the node that is drawn on that side of the cursor's; up and down where
    nothing tells more, along the main wire. None if there is nothing."""
    if state.recording is None:
        return None
    event = walked(scene, state.recording, state.cursor, way)
    if event is not None:
        return intents.StepTo(event)
    return intents.Walk(way) if way == "up" or way == "down" else None
