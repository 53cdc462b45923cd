"""What is told of a node when the mouse rests on it."""

from __future__ import annotations

from explorer.gui.map.hint import hint
from explorer.picture.layout import Layout
from tests.recordings import Builder


def test_a_long_name_is_told_in_full_on_lines_that_fit_a_screen() -> None:
    b = Builder("Named")
    name = "projection_" * 27
    made = b.finish([b.linear(name, b.input("x", B=1, C=4), 4)])
    boxes = Layout(made).scene(frozenset({0})).boxes
    (box,) = (box for box in boxes if box.kind == "leaf")
    told = hint(made, box)
    assert name in told.replace("\n", "")
    assert max(map(len, told.split("\n"))) <= 90
