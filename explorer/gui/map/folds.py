"""What the key asks for that folds equal blocks to one, or shows them one by one."""

from __future__ import annotations

from collections.abc import Callable

from explorer.core.graph import Call, Recording, closed_around
from explorer.core.problem import phrase
from explorer.gui.map.planner import Planner
from explorer.picture.caption import fold_caption, listed
from explorer.picture.scene import Spot
from explorer.session import intents
from explorer.session.state import AppState

_NONE = phrase("Five or more equal blocks in a row fold to one; here are none.")
_FOLDED = phrase("The cursor is in no row of equal blocks: folded the nearest, {blocks}.")
_UNFOLDED = phrase("The cursor is in no row of equal blocks: unfolded the nearest, {blocks}.")
_INSIDE = phrase("{blocks} are in {module}, which is closed: {keys} opens it.")


def turn_fold(
    state: AppState,
    planner: Planner,
    box_of: Callable[[int], Spot | None],
    show: Callable[[Spot], None],
    ask: Callable[[object], None],
) -> None:
    """Fold or unfold the equal blocks around the cursor; or else the nearest that are drawn, which
    come into view and are named. Where there are none it says so, and where they are if that is
    inside of the closed node under the cursor. ``box_of`` finds where a call is drawn."""
    recording = state.recording
    assert recording is not None

    def say(text: str, **values: str) -> None:
        ask(intents.Report("fold", text, "", values, "news"))

    run = planner.nearest_run(state.cursor)
    if run:
        calls = [recording.calls[call] for call in run]
        if not calls[0].first <= state.cursor <= calls[-1].last:
            drawn = [spot for call in run if (spot := box_of(call)) is not None]
            if drawn:
                show(drawn[0])
            folded = any(spot.box.item.kind == "fold" for spot in drawn)
            say(_UNFOLDED if folded else _FOLDED, blocks=_named(recording, run))
        ask(intents.ToggleFold(run))
        return
    closed = closed_around(recording, state.cursor, state.open)
    if closed is not None:
        outer = recording.calls[closed]
        inner = (call.index for call in recording.calls[closed:] if call.last <= outer.last)
        run = planner.nearest_run(state.cursor, inner)
        if run:
            named = _named(recording, run)
            say(_INSIDE, blocks=named, module=_path(outer), keys="Enter")
            return
    say(_NONE)


def _named(recording: Recording, run: tuple[int, ...]) -> str:
    """``Block ×12 (blocks.0 … blocks.11)``."""
    title = fold_caption(recording, run, False).title
    return f"{title} ({listed([_path(recording.calls[call]) for call in run])})"


def _path(call: Call) -> str:
    return f"{call.module}#{call.number}" if call.number else call.module
