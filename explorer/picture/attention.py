"""Attention as pictures: what each asks for, what tokens are called, which layers roll out, and
where the patches of an image are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec import structs

from explorer.core.attention import ROLLOUT, AttentionLook
from explorer.core.graph import Attention, Recording, Value
from explorer.core.ops import op
from explorer.core.plane import Plane
from explorer.core.problem import phrase
from explorer.core.values import Along, View
from explorer.picture.plane import blocked, extents, plane_view
from explorer.picture.readout import axis_labels

_PRODUCTS = frozenset({
    "matmul", "bmm", "baddbmm", "einsum", "inner", "linear", "mm", "addmm", "tensordot",
})  # fmt: skip
_FUSED = frozenset({
    "scaled_dot_product_attention", "multi_head_attention_forward", "_native_multi_head_attention",
})  # fmt: skip
_LAYER = "_transformer_encoder_layer_fwd"  # which has one input
_SOURCES = frozenset({"activation", "input"})
_FIRST_TOKENS = (0, 1, 2, 5)  # before the patches: none, a class token, a second one, registers


# ---------------------------------------------------------------------- heads and looks


def heads_axis(what: Value) -> int | None:
    """The axis of a map (…, heads, Q, K) along which the heads are, None if there is none."""
    axis = len(what.shape) - 3
    if axis < 0 or (axis < len(what.axes) and what.axes[axis] == "B"):
        return None
    return axis


def heads_of(what: Value) -> int:
    """How many heads a map has."""
    axis = heads_axis(what)
    return 1 if axis is None else what.shape[axis]


def fitted(look: AttentionLook, what: Value) -> AttentionLook:
    """The look at a map nearest to one that was chosen for another: the same head, if it has one;
    the same part, of as many queries and keys."""
    count, (queries, keys) = heads_of(what), what.shape[-2:]
    head = look.head if look.head < count else count - 1
    if head < 0 and head != ROLLOUT and heads_axis(what) is None:
        head = 0
    axis = heads_axis(what)
    leading = what.shape[: -2 if axis is None else axis]
    given = ((0,) * len(leading) + look.at)[len(look.at) :]
    at = tuple(min(i, n - 1) for i, n in zip(given, leading, strict=True))
    same = look.of == (queries, keys)
    return replace(
        look, head=head, at=at, of=(queries, keys), seen=look.seen if same else (),
        lines=look.lines if same else (), query=look.query if look.query < queries else -1,
    )  # fmt: skip


# ---------------------------------------------------------------------- what is asked for


def map_view(
    recording: Recording, value: int, look: AttentionLook, room: tuple[int, int],
    through: Sequence[int] = (),
) -> View:  # fmt: skip
    """One map (Q, K) on so many pixels, down and across, with square cells: of the head, the mean
    over heads, or the rollout ``through`` layers."""
    what = recording.values[value]
    plane = _plane(what, look)
    rows, columns = (end - begin for begin, end in extents(plane))
    step = min(room[0] / rows, room[1] / columns)
    room = (max(1, round(rows * step)), max(1, round(columns * step)))
    view = plane_view(recording.tape, value, plane, room, (what.dtype,), fit=True)
    return structs.replace(view, through=tuple(through) if look.head == ROLLOUT else ())


def stack_view(recording: Recording, value: int, look: AttentionLook, side: int) -> View:
    """All heads (heads, Q, K), each on ``side`` × ``side`` pixels."""
    what = recording.values[value]
    plane = _plane(what, replace(look, head=0, seen=()))
    view = plane_view(recording.tape, value, plane, (side, side), (what.dtype,))
    axis = heads_axis(what)
    if axis is None:
        return view
    return structs.replace(view, keep=(axis, *view.keep), size=(what.shape[axis], *view.size))


def overview(
    recording: Recording, rows: range, look: AttentionLook, side: int
) -> list[tuple[tuple[int, ...], View]]:
    """All heads of some of the recording's maps, each on ``side`` × ``side`` pixels: the rows that
    each question is about, and the question. Maps of one shape are one, up to what an engine reads
    at once without being slow to hear."""
    found: dict[tuple[object, ...], list[int]] = {}
    for row in rows:
        what = recording.values[recording.attention[row].value]
        each = max(1, _AT_ONCE // max(1, math.prod(what.shape)))
        alike = sum(
            len(v) for k, v in found.items() if k[:3] == (what.shape, what.axes, what.dtype)
        )
        found.setdefault((what.shape, what.axes, what.dtype, alike // each), []).append(row)
    asked = []
    for group in found.values():
        values = tuple(recording.attention[row].value for row in group)
        fit = fitted(look, recording.values[values[0]])
        view = stack_view(recording, values[0], fit, side)
        asked.append((tuple(group), structs.replace(view, stack=values)))
    return asked


_AT_ONCE = 1 << 26  # weights


def lines_view(
    recording: Recording, value: int, look: AttentionLook, heads: Sequence[int],
    windows: tuple[range, range], pixels: tuple[int, int], through: Sequence[int] = (),
) -> View:  # fmt: skip
    """The weights between the queries and keys of two windows: (heads, Q, K), or (Q, K) of the mean
    or a rollout. In all no more numbers than there are ``pixels``, and no more tokens down than can
    be told apart there."""
    what, axis = recording.values[value], heads_axis(recording.values[value])
    plane = _plane(what, replace(look, head=look.head if look.head < 0 else 0, seen=()))
    each = look.head >= 0 and axis is not None
    number = 2 if what.dtype == "float64" else 1
    most = math.isqrt(max(1, pixels[0] * pixels[1] // (number * (len(heads) if each else 1))))
    most = max(1, min(most, pixels[0] // 3))
    cut = [
        blocked((window.start, window.stop), size, most)
        for window, size in zip(windows, what.shape[-2:], strict=True)
    ]
    view = View(
        tape=recording.tape, value=value, keep=plane.keep, at=plane.at,
        size=tuple(len(window) // block for window, block in cut), reduce="max",
        window=tuple(window for window, _ in cut),
        along=plane.along if any(plane.along) else (),
        through=tuple(through) if look.head == ROLLOUT else (),
    )  # fmt: skip
    if not each or axis is None:
        return view
    return structs.replace(
        view, keep=(axis, *view.keep), size=(len(heads), *view.size),
        window=(range(len(heads)), *view.window), take=(tuple(heads), (), ()),
    )  # fmt: skip


def row_view(
    recording: Recording, value: int, look: AttentionLook, query: int, through: Sequence[int] = ()
) -> View:
    """What one query gives to every key, (1, K)."""
    what = recording.values[value]
    rows = ((float(query), query + 1.0), (0.0, float(what.shape[-1])))
    plane = replace(_plane(what, look), seen=rows)
    return View(
        tape=recording.tape, value=value, keep=plane.keep, at=plane.at, size=(1, what.shape[-1]),
        reduce="max", window=(range(query, query + 1), range(what.shape[-1])),
        along=plane.along if any(plane.along) else (),
        through=tuple(through) if look.head == ROLLOUT else (),
    )  # fmt: skip


def _plane(what: Value, look: AttentionLook) -> Plane:
    """The queries and keys of a head or, for the mean and a rollout, of what the heads make."""
    rank, axis = len(what.shape), heads_axis(what)
    at, along = [*look.at, *[0] * (rank - len(look.at))], [""] * rank
    if axis is not None:
        at[axis] = max(0, look.head)
        along[axis] = "mean" if look.head < 0 else ""
    named: list[Along] = ["mean" if one else "" for one in along]
    return Plane(
        of=what.name, shape=what.shape, axes=what.axes, keep=(rank - 2, rank - 1), at=tuple(at),
        along=tuple(named), seen=look.seen, reduce="max",
    )  # fmt: skip


# ---------------------------------------------------------------------- lines


def strongest(weights: np.ndarray, most: int) -> tuple[np.ndarray, int]:
    """Of weights (heads, Q, K) the ``most`` largest above 0.005, as (lines, 3) indices with the
    strongest last, and how many there are above it."""
    flat = np.nan_to_num(weights, nan=0.0).ravel()
    there = np.flatnonzero(flat > _FAINT)
    count = there.size
    if count > most:
        there = there[np.argpartition(flat[there], count - most)[count - most :]]
    there = there[np.argsort(flat[there], kind="stable")]
    return np.stack(np.unravel_index(there, weights.shape), 1), count


_FAINT = 0.005  # a fainter line cannot be seen


# ---------------------------------------------------------------------- what tokens are called


def token_names(recording: Recording, value: int, axis: int) -> tuple[str, ...]:
    """What the queries (axis −2) or keys (axis −1) of a map are called: by the recording, or as
    patches of an image by row and column; () where they are just numbers."""
    what = recording.values[value]
    found = axis_labels(recording, value, len(what.shape) + axis)
    grid = None if found else patch_grid(recording, value)
    if grid is None or what.shape[axis] != grid.tokens:
        return found
    patches = [f"{i},{j}" for i in range(grid.rows) for j in range(grid.columns)]
    return (*grid.names, *patches)


def layer_name(recording: Recording, one: Attention) -> str:
    """Where a map was found: the path of its module, or the op's name where it has none."""
    event = recording.events[one.event]
    module = recording.calls[event.call].module
    return module or op(event.op).name


# ---------------------------------------------------------------------- rollout


@dataclass(frozen=True)
class Chain:
    """The maps that roll out to one: ``values``, it the last, or ``why`` there are none: a template
    filled by ``given``."""

    values: tuple[int, ...] = ()
    why: str = ""
    given: tuple[tuple[str, str], ...] = ()


def chain(recording: Recording, value: int) -> Chain:
    """The self-attention of all layers that leads to a map, first to last, if one leads to the
    next and all have one size."""
    maps = {one.event: one.value for one in recording.attention}
    last = next((one.event for one in recording.attention if one.value == value), None)
    if last is None:
        return Chain(why=phrase("This is no attention."))
    if not _is_self(recording, last):
        return Chain(why=_NOT_SELF)
    shape, found, event = recording.values[value].shape, [value], last
    while True:
        before = [e for e in sorted(_before(recording, event)) if e in maps]
        if not before:
            return Chain(tuple(reversed(found)))
        event = before[-1]
        name = recording.events[event].id
        if not _is_self(recording, event):
            return Chain(why=_THROUGH_CROSS, given=(("name", name),))
        if recording.values[maps[event]].shape != shape:
            sizes = "×".join(map(str, recording.values[maps[event]].shape[-2:]))
            here = "×".join(map(str, shape[-2:]))
            return Chain(why=_OTHER_SIZE, given=(("name", name), ("there", sizes), ("here", here)))
        if not set(before[:-1]) <= _before(recording, event):
            return Chain(why=_SIDE_BY_SIDE, given=(("name", name),))
        found.append(maps[event])


_NOT_SELF = phrase(
    "Rollout multiplies self-attention through the layers; here queries and keys are two sequences."
)
_THROUGH_CROSS = phrase(
    "Rollout multiplies self-attention through the layers; on the way here is {name}, which mixes "
    "two sequences."
)
_OTHER_SIZE = phrase(
    "Rollout multiplies maps of one size: {name} before this one is {there}, this one {here}."
)
_SIDE_BY_SIDE = phrase(
    "Rollout follows layers one after the other; {name} is beside another attention."
)


def _is_self(recording: Recording, event: int) -> bool:
    """Whether queries and keys are made from one sequence: from a value after which neither has
    been through another attention."""
    pair = _queries_and_keys(recording, event)
    if pair is None:
        return False
    if pair[0] == pair[1]:
        return True
    queries, keys = (_behind(recording, v) for v in pair)
    shared = queries & keys
    if not shared:
        return False
    newest = max(recording.values[v].writer for v in shared)
    mixing = {one.event for one in recording.attention}
    writers = {recording.values[v].writer for v in (queries | keys) - shared}
    return not any(writer > newest for writer in writers & mixing)


def _queries_and_keys(recording: Recording, event: int) -> tuple[int, int] | None:
    """The values that the scores of an attention were made from."""
    if recording.events[event].op == _LAYER:
        return recording.events[event].inputs[0], recording.events[event].inputs[0]
    ahead, met = [event], {event}
    while ahead:
        at = ahead.pop(0)
        one = recording.events[at]
        given = [v for v in one.inputs if recording.values[v].kind in _SOURCES]
        name = one.op.removesuffix("_")
        if (name in _FUSED or (name in _PRODUCTS and at != event)) and one.inputs:
            if name in _FUSED:
                return one.inputs[0], one.inputs[min(1, len(one.inputs) - 1)]
            if len(given) > 1:
                return given[-2], given[-1]
            if name != "linear":
                return given[0], given[0]
        for v in given:
            writer = recording.values[v].writer
            if writer >= 0 and writer not in met:
                met.add(writer)
                ahead.append(writer)
    given = [v for v in recording.events[event].inputs if recording.values[v].kind in _SOURCES]
    return (given[0], given[0]) if given else None


def _behind(recording: Recording, value: int) -> set[int]:
    """The values that one was made from, and itself, without parameters and constants."""
    ahead, met = [value], set()
    while ahead:
        v = ahead.pop()
        if v in met or recording.values[v].kind not in _SOURCES:
            continue
        met.add(v)
        if recording.values[v].writer >= 0:
            ahead += recording.events[recording.values[v].writer].inputs
    return met


def _before(recording: Recording, event: int) -> set[int]:
    """The events that an event depends on."""
    found: set[int] = set()
    for v in recording.events[event].inputs:
        found |= {recording.values[one].writer for one in _behind(recording, v)}
    return found - {-1}


# ---------------------------------------------------------------------- patches


@dataclass(frozen=True)
class PatchGrid:
    """The tokens of an image: ``first`` others, then ``rows`` × ``columns`` patches of the value
    ``image`` (B, C, H, W)."""

    image: int
    first: int
    rows: int
    columns: int

    @property
    def tokens(self) -> int:
        """How many there are in all."""
        return self.first + self.rows * self.columns

    @property
    def names(self) -> tuple[str, ...]:
        """Of the tokens before the patches."""
        return tuple("CLS" if n == 0 else f"[{n}]" for n in range(self.first))

    def place(self, token: int) -> tuple[int, int] | None:
        """The row and column of a token's patch, None of those before the patches."""
        at = token - self.first
        return divmod(at, self.columns) if 0 <= at < self.rows * self.columns else None


def patch_grid(recording: Recording, value: int) -> PatchGrid | None:
    """Where the keys of a map are on the image that the model was given; None if they are not.

    A convolution over the image says how many patches there are. Where patches are cut otherwise,
    they are square and cover the image, with as few tokens before them as possible.
    """
    keys = recording.values[value].shape[-1]
    images = [
        v
        for v, one in enumerate(recording.values)
        if one.kind == "input" and len(one.shape) == 4 and min(one.shape[-2:]) > 1
        and "float" in one.dtype
    ]  # fmt: skip
    if len(images) != 1 or keys < 4:
        return None
    high, wide = recording.values[images[0]].shape[-2:]
    behind = None
    for event in recording.events:
        if event.op.startswith("conv") and images[0] in event.inputs:
            made = recording.values[event.outputs[0]].shape[-2:]
            behind = (made[0], made[1])
            break
    for first in _FIRST_TOKENS:
        if behind is not None and behind[0] * behind[1] + first == keys:
            return PatchGrid(images[0], first, *behind)
        for side in range(2, min(high, wide) // 2 + 1) if behind is None else ():
            if high % side == wide % side == 0 and high // side * (wide // side) + first == keys:
                return PatchGrid(images[0], first, high // side, wide // side)
    return None


def picture_view(recording: Recording, image: int, pixels: int) -> View:
    """An image (C, H, W) in no more numbers than there are ``pixels``."""
    shape = recording.values[image].shape
    share = math.sqrt(pixels / (shape[1] * shape[2] * shape[3]))
    size = tuple(max(1, min(n, int(n * share))) for n in shape[2:])
    return View(
        tape=recording.tape, value=image, keep=(1, 2, 3), at=(0,) * 4, size=(shape[1], *size),
        reduce="mean",
    )  # fmt: skip


def picture(data: np.ndarray) -> np.ndarray:
    """An image (C, H, W) of any scale as bytes (H, W, 3): three channels as red, green and blue,
    any other number as their mean in grey."""
    colours = data if data.shape[0] == 3 else data.mean(0, keepdims=True).repeat(3, 0)
    finite = colours[np.isfinite(colours)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    scaled = np.nan_to_num((colours - low) / ((high - low) or 1.0)) * 255
    return np.ascontiguousarray(scaled.clip(0, 255).astype(np.uint8).transpose(1, 2, 0))
