"""Which boxes and wires of a room are lit by a cone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explorer.core.flow import Cone
from explorer.picture.scene import Box, Room


class Lit(NamedTuple):
    """Of a room: whether its boxes (boxes,) and its wires (wires,) are lit."""

    boxes: np.ndarray
    wires: np.ndarray


def lit(room: Room, cone: Cone) -> Lit:
    """An open box is lit if something in it is, a wire if what it leads to reads its value."""
    spans = np.array([_span(box) for box in room.boxes], dtype=np.int64).reshape(-1, 2)
    ends = np.array([(w.value, w.first, w.last) for w in room.wires], dtype=np.int64).reshape(-1, 3)
    boxes = cone.has_events(spans[:, 0], spans[:, 1])
    after = len(cone.events)
    for at, box in enumerate(room.boxes):
        if box.item.kind == "input":
            boxes[at] = cone.values[box.item.at]
        elif box.item.kind == "output":
            value = np.array([box.item.at])
            boxes[at] = cone.has_readings(value, np.array([after]), np.array([after]))[0]
    return Lit(boxes, cone.has_readings(ends[:, 0], ends[:, 1], ends[:, 2]))


def _span(box: Box) -> tuple[int, int]:
    """The events of a box; a source has none."""
    return (box.first, box.last) if box.first >= 0 else (0, -1)
