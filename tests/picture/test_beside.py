"""Finding wires, and the free places beside them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from explorer.picture.beside import WIDE, stretch, wire_at
from explorer.picture.layout import Layout
from explorer.picture.scene import Placed, Scene
from tests import recordings


@pytest.fixture(scope="module")
def scene() -> Scene:
    recording = recordings.gpt()
    return Layout(recording).scene(frozenset(range(len(recording.calls))))


def rooms(scene: Scene) -> list[Placed]:
    found = [scene.whole]
    for placed in found:
        found += [placed.within(at) for at, _ in placed.room.rooms]
    return found


def test_the_wire_at_a_point_on_it_is_found(scene: Scene) -> None:
    for placed in rooms(scene):
        for wire in placed.room.wires:
            (ax, ay), (bx, by) = wire.points[-2:]
            x, y = placed.x + ax + 0.9 * (bx - ax), placed.y + ay + 0.9 * (by - ay)
            found = wire_at(scene, x + 1.0, y, 3.0)
            assert found is not None
            assert found.wire.value == wire.value


def test_there_is_no_wire_far_from_all(scene: Scene) -> None:
    assert wire_at(scene, -50.0, 10.0, 5.0) is None


def test_places_along_wires_are_free(scene: Scene) -> None:
    count = 0
    for placed in rooms(scene):
        room = placed.room
        for n in range(len(room.wires)):
            free = stretch(room, n)
            if free is None:
                continue
            count += 1
            for box in room.boxes:
                beside = box.x >= free.left + WIDE or box.x + box.width <= free.left
                assert beside or box.y >= free.bottom or box.y + box.height <= free.top
            for m, other in enumerate(room.wires):
                for (ax, ay), (bx, by) in pairwise(other.points):
                    if m == n or other.points == room.wires[n].points:
                        continue
                    aside = max(ax, bx) < free.left or min(ax, bx) > free.left + WIDE
                    assert aside or min(ay, by) >= free.bottom or max(ay, by) <= free.top
    assert count >= 8  # both residuals of every block have room
