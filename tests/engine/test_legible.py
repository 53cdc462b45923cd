"""Names of somebody's model that cannot be shown as they are."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer.engine.legible import legible
from explorer.engine.live import LiveFeed
from explorer.engine.subject import Subject
from explorer.picture.layout import Layout


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("abc", "abc"),
        ("卷积 1", "卷积 1"),
        ("a\u202eb", r"a\u202eb"),
        ("a\nb\x00", r"a\nb\x00"),
        ("\u200bx", r"\u200bx"),
        ("\U000e0001", r"\U000e0001"),
    ],
)
def test_what_cannot_be_seen_is_an_escape(name: str, shown: str) -> None:
    assert legible(name) == shown


def test_no_name_that_is_shown_turns_the_text_around() -> None:
    """In the map, and wherever else the recording and the list of modules are shown."""

    class Odd(nn.Module):
        """One layer with a strange name, one output with another."""

        def __init__(self) -> None:
            super().__init__()
            self.add_module("mirror\u202eed", nn.Sequential(nn.Linear(2, 2), nn.ReLU()))

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            """(B, 2) → (B, 2)."""
            return {"up\u202edown": self.get_submodule("mirror\u202eed")(x)}

    given = (torch.ones(1, 2),)
    feed = LiveFeed(given, {})
    subject = Subject(Odd(), feed, "live", {})
    recording = subject.record(feed.sample)
    names = [module.path for module in subject.describe().modules]
    names += [text for call in recording.calls for text in (call.module, call.kind)]
    names += [event.id for event in recording.events]
    names += [value.name for value in recording.values]
    names += recording.output_names
    assert all(name.isprintable() for name in names)
    assert r"mirror\u202eed.0.weight" in names
    titles = [box.title for box in Layout(recording).scene(frozenset({0})).boxes]
    assert r"mirror\u202eed" in titles
    assert any(r"up\u202edown" in title for title in titles)
