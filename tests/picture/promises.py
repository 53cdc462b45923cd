"""What a layout promises for whatever it is given, checked room by room."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from explorer.picture.scene import Room, Scene


def keeps_its_promises(made: Scene) -> None:
    """No two boxes overlap, no wire meets a box that is not its own, all lies inside of what is
    around it, every wire goes from its writer to its reader, and all of it is drawn."""
    for placed in rooms(made):
        _boxes_stand_apart(placed)
        _wires_pass_boxes(placed)
        _wires_have_their_ends(placed)


def rooms(made: Scene) -> list[Room]:
    """All rooms of a scene."""
    found = [made.root]
    for room in found:
        found += [inner for _, inner in room.rooms]
    return found


def _frames(room: Room) -> np.ndarray:
    """Left, top, right, bottom of every box (N, 4)."""
    frames = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in room.boxes]
    return np.array(frames, dtype=float).reshape(-1, 4)


def _boxes_stand_apart(room: Room) -> None:
    frames = _frames(room)
    if not len(frames):
        return
    assert frames[:, :2].min() >= 0.0
    assert frames[:, 2].max() <= room.width
    assert frames[:, 3].max() <= room.height
    for n, (left, top, right, bottom) in enumerate(frames):
        others = frames[n + 1 :]
        meets = (
            (others[:, 0] < right) & (others[:, 2] > left)
            & (others[:, 1] < bottom) & (others[:, 3] > top)
        )  # fmt: skip
        assert not meets.any(), (room.boxes[n], room.boxes[n + 1 + int(meets.argmax())])
    for at, inner in room.rooms:
        assert (inner.width, inner.height) == (room.boxes[at].width, room.boxes[at].height)


def _wires_pass_boxes(room: Room) -> None:
    frames = _frames(room) + np.array((0.5, 0.5, -0.5, -0.5))
    for wire in room.wires:
        for (ax, ay), (bx, by) in pairwise(wire.points):
            assert abs(ax - bx) < 1e-6 or abs(ay - by) < 1e-6, wire  # only right angles
            assert min(ax, bx) >= -1e-6, wire
            assert max(ax, bx) <= room.width + 1e-6, wire
            meets = (
                (frames[:, 0] < max(ax, bx)) & (frames[:, 2] > min(ax, bx))
                & (frames[:, 1] < max(ay, by)) & (frames[:, 3] > min(ay, by))
            )  # fmt: skip
            assert not meets.any(), (wire, room.boxes[int(meets.argmax())])


def _wires_have_their_ends(room: Room) -> None:
    for wire in room.wires:
        (x, y), end = wire.points[0], wire.points[-1]
        sources = [b for b in room.boxes if b.first <= wire.writer <= b.last]
        assert any(
            (abs(y - b.y - b.height) < 1.0 and b.x <= x <= b.x + b.width)
            or (min(abs(x - b.x), abs(x - b.x - b.width)) < 1.0 and b.y <= y <= b.y + b.height)
            for b in sources
        ) or (room.call and abs(y) < 1.0), wire
        readers = [b for b in room.boxes if b.first <= wire.reader <= b.last]
        assert any(
            b.x - 1 <= end[0] <= b.x + b.width + 1 and b.y - 1 <= end[1] <= b.y + b.height + 1
            for b in readers
        ) or (room.call and abs(end[1] - room.height) < 1.0), wire


def names_stand_free(room: Room) -> None:
    """What is written beside wires, a state or a time, lies on no box and on nothing written; no
    level wire strikes a time through."""
    names = [name for wire in room.wires for name in wire.names]
    if not names or not room.boxes:
        return
    letters = np.array([(n.x, n.y + 2, n.x + 6.2 * len(n.text), n.y + 12) for n in names])
    for others in (_frames(room), letters):
        meets = (
            (letters[:, None, 0] < others[:, 2]) & (letters[:, None, 2] > others[:, 0])
            & (letters[:, None, 1] < others[:, 3]) & (letters[:, None, 3] > others[:, 1])
        )  # fmt: skip
        if others is letters:
            np.fill_diagonal(meets, val=False)
        assert not meets.any(), names[int(meets.any(1).argmax())]
    times = [name for name in names if "=" in name.text]
    for wire in room.wires if times else ():
        for (ax, y), (bx, end) in pairwise(wire.points):
            for name in times if y == end else ():
                beside = max(ax, bx) <= name.x + 1 or min(ax, bx) >= name.x + 5 * len(name.text)
                assert beside or not name.y + 3 < y < name.y + 11, (name, wire)


def all_is_drawn(room: Room) -> None:
    """Wires draw what they share once, but all of their ways."""
    drawn = np.array(
        [(*a, *b) for wire in room.wires for a, b in pairwise(wire.drawn)], dtype=float
    ).reshape(-1, 4)
    left, right = drawn[:, 0::2].min(1) - 0.6, drawn[:, 0::2].max(1) + 0.6
    top, bottom = drawn[:, 1::2].min(1) - 0.6, drawn[:, 1::2].max(1) + 0.6
    for wire in room.wires:
        for (ax, ay), (bx, by) in pairwise(wire.points):
            for share in np.linspace(0.0, 1.0, 9):
                x, y = ax + (bx - ax) * share, ay + (by - ay) * share
                on = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
                assert on.any(), (wire, x, y)
