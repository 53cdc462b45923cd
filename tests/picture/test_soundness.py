"""What a layout must keep to be shown."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from explorer.picture import layered, timeline
from explorer.picture.grid import Arranged, Flat, Net
from explorer.picture.soundness import is_sound

# four nodes: 0 feeds 1 and 3, 2 stands beside 1
FLAT = Flat(
    ((40.0, 20.0),) * 4,
    (Net(0, None, ((1, None), (3, None))), Net(1, None, ((3, None),)), Net(2, None, ((3, None),))),
)
# time for the loop: 1 and 2 are steps of it
STEPS = ((-1, -1), (0, 0), (0, 1), (-1, -1))


def rerouted(*points: tuple[float, float]) -> Arranged:
    """The layout with another way from the second node to the last."""
    made = layered.arrange(FLAT)
    begin, *_, end = made.routes[1][0]
    line = begin, *points, end
    routes = made.routes[0], (line,), made.routes[2]
    parts = {key: part for key, part in made.parts.items() if key[0] != 1}
    return replace(made, routes=routes, parts=parts)


def test_a_layout_is_sound() -> None:
    assert is_sound(FLAT, layered.arrange(FLAT))


def test_a_wire_must_not_run_obliquely() -> None:
    (x, y), *_ = layered.arrange(FLAT).routes[1][0]
    assert not is_sound(FLAT, rerouted((x + 3.0, y + 5.0)))


def test_a_wire_must_not_go_through_a_node() -> None:
    made = layered.arrange(FLAT)
    (x, y), *_, (_, end) = made.routes[1][0]
    _, top = made.places[2]
    assert top < y  # beside it
    far = made.places[2][0] + 60.0
    way = (x, y + 4.0), (far, y + 4.0), (far, top + 9.0), (2.0, top + 9.0), (2.0, end - 4.0)
    last = made.routes[1][0][-1][0]
    wide = replace(rerouted(*way, (last, end - 4.0)), width=made.width + 200.0)
    assert not is_sound(FLAT, wide)


@pytest.mark.parametrize("at", [0, -1])
def test_a_wire_must_have_both_ends(at: int) -> None:
    made = layered.arrange(FLAT)
    line = list(made.routes[1][0])
    line[at] = line[at][0], line[at][1] + (30.0 if at == 0 else -30.0)
    assert not is_sound(
        FLAT, replace(made, routes=(made.routes[0], (tuple(line),), *made.routes[2:]))
    )


def test_what_is_shared_must_be_drawn() -> None:
    made = layered.arrange(FLAT)
    end = made.routes[0][1][-1]
    assert not is_sound(FLAT, replace(made, parts={**made.parts, (0, 1): (end, end)}))


def test_a_loop_that_cannot_be_drawn_soundly_is_drawn_plainly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looped = replace(FLAT, steps=STEPS)
    plain = layered.arrange(replace(FLAT, steps=()))
    assert timeline.arrange(looped) != plain
    monkeypatch.setattr(timeline, "is_sound", lambda _flat, _made: False)
    assert timeline.arrange(looped) == plain
