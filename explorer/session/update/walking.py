"""Finding one's way: along the wires, to places seen before, to bookmarks; and what is lit."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from explorer.core import flow, messages
from explorer.core.flow import Span, node_span
from explorer.core.graph import Recording, ancestry
from explorer.core.messages import Request
from explorer.core.problem import phrase
from explorer.session import intents
from explorer.session.history import Bookmark, History, Place
from explorer.session.state import AppState, Banner
from explorer.session.update.stepping import step_to

Result = tuple[AppState, list[Request]]
_NO_BOOKMARK = phrase("There is no bookmark {number}; {keys} sets it.")
_NOT_HERE = phrase("Bookmark {number} is on {event}, which did not run in this pass.")
_NO_START = phrase("Mark where paths begin first: {keys}.")


def walk(state: AppState, intent: intents.Walk) -> Result:
    """One step along the wires; where there is none to follow, nothing happens."""
    recording = state.recording
    if recording is None or not recording.events:
        return state, []
    node = node_span(recording, state.open, state.cursor)
    if intent.way == "down":
        return _go(state, flow.reader_of(recording, node), None)
    if intent.way == "up":
        value = flow.main_input(recording, node)
        return _go(state, None if value is None else recording.values[value].writer, None)
    value = _followed(state, recording, node)
    if intent.way == "reader":
        after = None if value is None else flow.next_reader(recording, value, node.last)
        return _go(state, after, value)
    if value is None or recording.values[value].writer >= node.first:  # it is made right here
        value = flow.main_input(recording, node)
    return _go(state, None if value is None else recording.values[value].writer, value)


def _followed(state: AppState, recording: Recording, node: Span) -> int | None:
    """The value to follow from a node: the selected one, also where a closed module hides it."""
    selected = state.selected
    if selected is not None and flow.touches(recording, selected, node):
        return selected
    return state.value


def _go(state: AppState, event: int | None, value: int | None) -> Result:
    """Go to the node of an event, with a value selected. A source has none (-1)."""
    if event is None or event < 0:
        return state, []
    state, requests = step_to(state, intents.StepTo(event))
    return replace(state, selected=value), requests


def retrace(state: AppState, intent: intents.Retrace) -> Result:
    """Back to where we were before the last jump, or forward again; the boxes open as then."""
    recording, here = state.recording, _place(state)
    if recording is None or here is None:
        return state, []
    history = state.history
    while True:
        turned = history.back(here) if intent.way == "back" else history.forward(here)
        if turned is history or turned.reached is None:
            return state, []
        event = flow.locate(recording, turned.reached.event)
        if event is not None:
            break
        gone = turned.reached  # it is not in this pass: as if we had never been there
        history = replace(
            history,
            past=tuple(p for p in history.past if p is not gone),
            ahead=tuple(p for p in history.ahead if p is not gone),
        )
    reached = turned.reached
    state = replace(
        state, history=turned, open=reached.open, unfolded=reached.unfolded, playing=False
    )
    return step_to(state, intents.StepTo(event))


def set_bookmark(state: AppState, intent: intents.SetBookmark) -> Result:
    """Put a bookmark on a node; one that is there already is taken away."""
    recording, name = state.recording, _name(state, intent.event)
    if recording is None or not name:
        return state, []
    marks = dict(state.bookmarks)
    if (before := marks.pop(intent.number, None)) is None or before.event != name:
        around = ancestry(recording, recording.events[recording.numbers[name]].call)
        depth = sum(1 for _ in takewhile(lambda call: call in state.open, around))
        marks[intent.number] = Bookmark(name, depth)
    return replace(state, bookmarked={**state.bookmarked, state.subject: marks}), []


def go_to_bookmark(state: AppState, intent: intents.GoToBookmark) -> Result:
    """Go to where a bookmark is, and open the boxes around it that were open then."""
    mark, recording = state.bookmarks.get(intent.number), state.recording
    if recording is None:
        return state, []
    if mark is None:
        number = str(intent.number)
        values = {"number": number, "keys": f"Ctrl+Shift+{number}"}
        return _told(state, Banner("bookmark", _NO_BOOKMARK, "", values, "news")), []
    event = flow.locate(recording, mark.event)
    if event is None:
        values = {"number": str(intent.number), "event": mark.event}
        return _told(state, Banner("bookmark", _NOT_HERE, "", values, "news")), []
    around = ancestry(recording, recording.events[event].call)[: mark.depth]
    state = replace(state, open=state.open | frozenset(around), playing=False)
    return step_to(state, intents.StepTo(event))


def mark_start(state: AppState, intent: intents.MarkStart) -> Result:
    """Let paths begin at a node, or no more at that one."""
    name = _name(state, intent.event)
    return replace(state, start="" if name == state.start else name), []


def light(state: AppState, intent: intents.Light) -> Result:
    """Light a cone of a node, or the paths to it from the marked one."""
    recording = state.recording
    if recording is None or not recording.events:
        return state, []
    event = state.cursor if intent.event is None else intent.event
    if not 0 <= event < len(recording.events):
        return state, []
    node = node_span(recording, state.open, event)
    if intent.what == "paths":
        begin = flow.locate(recording, state.start) if state.start else None
        if begin is None:
            return _told(state, Banner("paths", _NO_START, "", {"keys": "Ctrl+M"}, "news")), []
        start = node_span(recording, state.open, begin)
        return replace(state, cone=flow.paths(recording, start, node)), []
    value = intent.value
    if value is None and event == state.cursor:
        value = state.value
    if value not in recording.events[event].inputs:
        value = None  # what the node makes is what the node is
    made = flow.sources if intent.what == "sources" else flow.readers
    return replace(state, cone=made(recording, node, value)), []


def unlight(state: AppState, _: intents.Unlight) -> Result:
    """Everything is as bright as it was; asked once more, no path begins anywhere."""
    return (replace(state, start="") if state.cone is None else replace(state, cone=None)), []


def _told(state: AppState, why: Banner) -> AppState:
    """Why nothing happens; a problem that stands there is worth more."""
    if state.banner is not None and state.banner.level == "problem":
        return state
    return replace(state, banner=why)


def remembered(before: AppState, after: AppState, said: object) -> AppState:
    """``after``, with the place that somebody jumped away from; what is lit is of its pass."""
    recording = after.recording
    if recording is None:  # another model is on its way
        return replace(after, history=History(), start="", cone=None)
    if after.cone is not None and after.cone.recording is not recording:
        after = replace(after, cone=flow.again(after.cone, recording))
    ran = before.recording is not None and before.recording is not recording
    if ran and before.history is after.history:  # of another side there is another
        assert before.recording is not None
        after = replace(after, history=after.history.moved(before.recording, recording))
    if before.recording is recording and _jumped(before, after, said):
        here = _place(before)
        if here is not None:
            after = replace(after, history=after.history.left(here))
    return after


def _jumped(before: AppState, after: AppState, said: object) -> bool:
    """Whether somebody went further than to the node before or after, or looked for it."""
    recording = after.recording
    sought = isinstance(said, intents.ShowFound | intents.NextFound | intents.NextDifference)
    broke = isinstance(said, intents.SetBreaks | intents.NextBreak | messages.Quantified)
    if sought or broke:
        return before.cursor != after.cursor
    far = (
        isinstance(said, intents.Walk | intents.GoToBookmark | intents.Derive)
        or (isinstance(said, intents.StepTo) and not said.dragged)
        or (isinstance(said, intents.StepBy) and said.step in ("first", "last"))
    )
    if not far or recording is None or before.cursor == after.cursor:
        return False
    one = node_span(recording, before.open, before.cursor)
    other = node_span(recording, after.open, after.cursor)
    return not (other.first == one.last + 1 or one.first == other.last + 1)


def _place(state: AppState) -> Place | None:
    name = _name(state, None)
    return Place(name, state.open, state.unfolded) if name else None


def _name(state: AppState, event: int | None) -> str:
    """The id of an event, or of the one under the cursor; ``""`` if there is none."""
    recording = state.recording
    event = state.cursor if event is None else event
    if recording is None or not 0 <= event < len(recording.events):
        return ""
    return recording.events[event].id
