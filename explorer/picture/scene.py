"""The scene: boxes and wires with what is written on them, in colour roles. Data to be painted."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.core.graph import Recording
from explorer.core.ops import Family, shape_only
from explorer.picture.caption import Kind, flowing, named_shape, shape_label
from explorer.picture.grid import Point
from explorer.picture.layout import Item, Layout

# ops whose result holds the numbers of their input
_SAME = frozenset((
    "view", "reshape", "flatten", "unflatten", "transpose", "permute", "contiguous", "squeeze",
    "unsqueeze", "expand", "T", "mT", "to", "detach", "clone", "float",
))  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A node or an open box.

    ``first … last`` are the events it stands for; a source has -1, a sink the event that made
    it. ``call`` is the call that it is, -1 for anything else. ``parent`` is the index in
    the scene of the open box around it, -1 if none; ``depth`` counts those.
    """

    item: Item
    kind: Kind
    x: float
    y: float
    width: float
    height: float
    title: str
    subtitle: str
    family: Family
    first: int
    last: int
    call: int
    parent: int
    depth: int
    parameters: int


@dataclass(frozen=True)
class Wire:
    """A value on its way: a polyline, and its shape in short and in full near its beginning.

    ``writer`` is the event that makes the value (-1 for inputs), ``reader`` the first event it is
    for on this wire. ``arrow`` tells that it ends at a node, not at a border. ``parent`` is the
    open box it lies in, as for `Box`.
    """

    points: tuple[Point, ...]
    value: int
    writer: int
    reader: int
    residual: bool
    arrow: bool
    short: str
    full: str
    label: tuple[float, float, float] | None
    parent: int


@dataclass(frozen=True)
class Scene:
    """All that is drawn. Boxes are ordered from the outside in."""

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    width: float
    height: float

    def about_as_large_as(self, other: Scene) -> bool:
        """Whether a view of the other shows much the same of this one."""
        sides = ((self.width, other.width), (self.height, other.height))
        return all(abs(one - another) <= 0.1 * max(one, another) for one, another in sides)

    def text(self) -> str:
        """The scene in lines, for tests and for people."""
        lines = [f"scene {self.width:g}×{self.height:g}"]
        for box in self.boxes:
            said = " | ".join(part.strip() for part in (box.title, box.subtitle) if part)
            said += f" | {box.parameters}" if box.parameters else ""
            lines.append(
                f"{'  ' * box.depth}{box.kind} [{said}] {box.family}"
                f" at {box.x:g},{box.y:g} {box.width:g}×{box.height:g}"
                f" events {box.first}…{box.last}"
            )
        for wire in self.wires:
            way = " → ".join(f"{x:g},{y:g}" for x, y in wire.points)
            marks = (" residual" if wire.residual else "") + (" arrow" if wire.arrow else "")
            label = f" [{wire.short}]" if wire.label else ""
            lines.append(f"wire {wire.writer}→{wire.reader}{marks}{label}: {way}")
        return "\n".join(lines)


def scene(recording: Recording, layout: Layout) -> Scene:
    """What there is to draw of a recording, laid out."""
    boxes: list[Box] = []
    opened: dict[int, int] = {}  # open call → its index in the scene
    ranges: dict[Item, tuple[int, int]] = {}
    for spot in layout.spots:
        item, caption = spot.item, spot.caption
        if item.kind == "event":
            first = last = item.at
        elif item.kind == "call":
            first, last = recording.calls[item.at].first, recording.calls[item.at].last
        else:
            first = last = recording.values[item.at].writer
        ranges[item] = (first, last)
        parent = opened.get(spot.box, -1)
        depth = boxes[parent].depth + 1 if parent >= 0 else 0
        if caption.kind == "open":
            opened[item.at] = len(boxes)
        boxes.append(
            Box(
                item, caption.kind, spot.x, spot.y, spot.width, spot.height, caption.title,
                caption.subtitle, caption.family, first, last,
                item.at if item.kind == "call" else -1, parent, depth, caption.parameters,
            )
        )  # fmt: skip

    wires: list[Wire] = []
    for path in layout.paths:
        value = recording.values[path.value]
        target = path.target
        if target.kind == "bottom":
            reader = recording.calls[path.box].last
        else:
            reader = ranges[target][0]
        arrow = target.kind not in ("bottom",) and not (
            target.kind == "call" and target.at in opened
        )
        residual = path.skips > 0 and _skips(recording, path.value, target)
        wires.append(
            Wire(
                path.points, path.value, value.writer, reader, residual, arrow,
                shape_label(value), named_shape(value), path.label, opened.get(path.box, -1),
            )
        )  # fmt: skip
    return Scene(tuple(boxes), tuple(wires), layout.width, layout.height)


def _skips(recording: Recording, value: int, item: Item) -> bool:
    """Whether a value is added to something that was made from it."""
    if item.kind != "event" or recording.events[item.at].op.strip("_") != "add":
        return False
    value = _unshaped(recording, value)
    since = recording.values[value].writer
    seen: set[int] = set()
    ahead = [v for v in recording.events[item.at].inputs if _unshaped(recording, v) != value]
    while ahead:
        one = ahead.pop()
        if one == value:
            return True
        writer = recording.values[one].writer
        if one in seen or writer <= since:  # what is older cannot be made from it
            continue
        seen.add(one)
        event = recording.events[writer]
        ahead += () if shape_only(event.op) else event.inputs
    return False


def _unshaped(recording: Recording, value: int) -> int:
    """The value that this one holds the numbers of, in another shape."""
    while (writer := recording.values[value].writer) >= 0:
        event = recording.events[writer]
        given = flowing(recording, event)
        if event.op not in _SAME or len(given) != 1:
            break
        value = given[0]
    return value
