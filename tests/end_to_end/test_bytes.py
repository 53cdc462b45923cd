"""What travels from the engine to the window: never more bytes than a pane has pixels of four."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.core.messages import Lost
from explorer.core.wire import Wire
from explorer.picture.readout import panes_for
from explorer.session import intents
from tests.end_to_end.test_window import App, app, open_preset  # noqa: F401 (a fixture)

pytestmark = pytest.mark.slow  # processes and windows of their own


@pytest.fixture
def arrived(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every message that came, by its kind, with the bytes of its arrays."""
    found: list[tuple[str, int]] = []
    receive = Wire.receive

    def counted(wire: Wire[Any]) -> Any:
        message = receive(wire)
        if message is not None and not isinstance(message, Lost):
            found.append((type(message).__name__, len(wire._payload)))
        return message

    monkeypatch.setattr(Wire, "receive", counted)
    return found


@pytest.mark.parametrize("name", ["first-network", "spirals-mlp", "digits-cnn", "char-gpt"])
def test_no_pane_moves_more_bytes_than_it_has_pixels(
    arrived: list[tuple[str, int]],
    app: App,  # noqa: F811
    name: str,
) -> None:
    open_preset(app, name)
    recording = app.state.recording
    assert recording is not None
    seen: set[tuple[str, str]] = set()
    values = 0
    for event in recording.events:
        for pane in panes_for(recording, event.outputs[0]) if event.outputs else ():
            if (event.op, pane) in seen:
                continue
            seen.add((event.op, pane))
            shown = app.desk.inspector.panes[pane]
            app.joined.session.take(intents.StepTo(event.index, reveal=True))
            away = "values" if pane != "values" else "distribution"
            app.joined.session.take(intents.ChoosePane(away))
            app.settle()
            arrived.clear()
            app.joined.session.take(intents.ChoosePane(pane))
            app.until(lambda s: s.settled and s.pane == pane and shown.up_to_date)  # noqa: B023
            room = 4 * shown.width() * shown.height()
            for kind, size in arrived:
                assert size <= room, (event.op, pane, kind)
            values += sum(size for _, size in arrived)
    assert {pane for _, pane in seen} >= {"values", "distribution"}
    assert values > 0, "something was asked for"
