"""The main stream of a pass, read as the stages of a figure: what makes each volume or column.

Only the recording decides, whatever family the model is of: a convolution, a pooling or a linear
layer begins a stage, and activations, norms and additions after it belong to it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from explorer.core.graph import Event, Recording, Value
from explorer.core.ops import Family, op
from explorer.core.problem import phrase
from explorer.picture.figure.batches import Mixed, Passage, batches
from explorer.picture.linear import MATRIX, Weights, activates, weights_of, with_bias

_SAME_NUMBERS = (
    "flatten", "unflatten", "view", "reshape", "squeeze", "unsqueeze", "contiguous", "to", "float",
)  # fmt: skip
_MEETING = ("add", "sub", "rsub", "mul", "div", "truediv")  # elementwise ops where ways may meet
_REDUCING = ("mean", "amax", "sum")
_RESAMPLING = ("pool", "interpolate", "upsample", "pixel_shuffle", "pad")

Role = Literal["input", "linear", "convolution", "pooling", "concat", "reshape", "after"]


class Unfit(NamedTuple):
    """Why a model has no figure: a sentence, with what fills it."""

    text: str
    values: dict[str, str]


class Form(NamedTuple):
    """How one sample of a value is drawn: as a volume of ``channels`` × ``sizes``, or where it has
    no sizes as a column of so many neurons. ``axis`` is that of the channels in the value, -1 if
    it has none."""

    channels: int
    sizes: tuple[int, ...]
    axis: int


class Stage(NamedTuple):
    """One volume or one column, and the ``events`` of the main stream that make it.

    ``begun`` is the value of its layer alone, ``value`` what it becomes after all of its events.
    ``kernel`` is what its layer looks through, in cells of the volume before, ``()`` if at all of
    it. ``lines`` say what it does. ``halved`` tells that an activation reads what has ``begun``.
    """

    role: Role
    family: Family
    events: tuple[int, ...]
    begun: int
    value: int
    form: Form
    lines: tuple[str, ...]
    kernel: tuple[int, ...] = ()
    weights: Weights | None = None
    halved: bool = False


class Branch(NamedTuple):
    """A way beside the main stream, from stage ``start`` to ``end``, with the ``events`` on it:
    none on a residual way that carries a value as it is."""

    start: int
    end: int
    events: tuple[int, ...]
    label: str


class Stream(NamedTuple):
    """What a figure shows: stages in a row, the ways beside them, and how many samples there are,
    of which the first is shown."""

    stages: tuple[Stage, ...]
    branches: tuple[Branch, ...]
    samples: int


_NOTHING = phrase("This pass has no result that a figure could lead to.")
_NO_LAYERS = phrase("A figure shows convolutions and linear layers; this model has neither.")
_FOREIGN = phrase("A figure shows MLPs and CNNs; this model also has {op}, in {event}.")
_SHAPE = phrase("A figure shows one sample of each value; what {event} gives has another shape.")
_SEVERAL = phrase("A figure has one input; this model also reads {value}.")
_ENDS = phrase("A figure has one result; this model gives more than one.")
_SEQUENCE = phrase("A figure shows one vector of each sample; {event} reads a sequence of vectors.")
_MIXED = phrase("A figure follows one sample; {event} brings several into one, or cuts them apart.")


class _Stranger(Exception):
    """Something in the pass has no place in a figure."""

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(text)
        self.why = Unfit(text, values)


def stream_of(recording: Recording) -> Stream | Unfit:
    """The stages of a recorded pass, or why it has none."""
    try:
        return _Reader(recording).stream()
    except _Stranger as stranger:
        return stranger.why


class _Reader:
    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._values = recording.values
        self._roles: dict[int, Role] = {}
        self._lengths: dict[int, tuple[int, int]] = {}  # of the longest way to an event
        self._before: dict[int, int] = {}  # the value by which that way comes
        self._batched: dict[int, bool] = {}  # whether values of the main stream have a batch axis
        self._planes = True  # three axes are a batch of planes, not of channels of a line

    def stream(self) -> Stream:
        recording = self._recording
        if recording.failure is not None or not recording.outputs:
            raise _Stranger(_NOTHING)
        for event in recording.events:
            self._take(event)
        made = [v for v in recording.outputs if self._values[v].writer in self._roles]
        if not made:
            raise _Stranger(_NOTHING)
        # of several results the one at the end, whichever comes first: others may lie on its way
        value = max(made, key=lambda v: self._lengths[self._values[v].writer])
        path: list[Event] = []
        while (writer := self._values[value].writer) >= 0:
            path.append(recording.events[writer])
            value = self._before[writer]
        path.reverse()
        samples = self._settle_axes(value, path)
        stages, place = self._stages(value, path)
        return Stream(tuple(stages), tuple(self._branches(path, place)), samples)

    # ------------------------------------------------------------------ what each op is

    def _flows(self, value: int) -> bool:
        """Whether a value depends on the model's input, and is no mere number."""
        what = self._values[value]
        return what.kind == "input" or what.writer in self._roles

    def _take(self, event: Event) -> None:
        """Say what part an event has, and which of its inputs came the longest way."""
        flowing = [v for v in event.inputs if self._flows(v)]
        if not flowing or not event.outputs:
            return
        role = self._role(event, flowing)
        if role is None:
            raise _Stranger(_FOREIGN, op=op(event.op).name, event=event.id)
        shape = self._values[event.outputs[0]].shape
        if role == "after":  # of two ways that meet, one carries what has the shape of the result
            flowing = [v for v in flowing if self._values[v].shape == shape] or flowing
        self._roles[event.index] = role
        lengths = {v: self._lengths.get(self._values[v].writer, (0, 0)) for v in flowing}
        longest = max(flowing, key=lambda v: lengths[v])
        layers, ops = lengths[longest]
        layer = role in ("linear", "convolution", "pooling")
        self._lengths[event.index] = (layers + layer, ops + 1)
        self._before[event.index] = longest

    def _role(self, event: Event, flowing: list[int]) -> Role | None:
        name, family = event.op.strip("_"), op(event.op).family
        given, made = self._values[flowing[0]], self._values[event.outputs[0]]
        if name == "cat":
            return "concat"
        if len(flowing) > 1:
            return "after" if name.lstrip("i") in _MEETING or name in _MEETING else None
        if name == "linear" and len(given.shape) > 2:
            raise _Stranger(_SEQUENCE, event=event.id)
        if name in MATRIX:
            return "linear" if self._matrix(event, flowing[0]) is not None else None
        if family == "convolution" or name.startswith("conv"):
            return "convolution"
        if family == "pooling" or any(word in name for word in _RESAMPLING):
            return "pooling"
        if name in _SAME_NUMBERS:
            return "reshape" if math.prod(given.shape) == math.prod(made.shape) else None
        if name in _REDUCING and len(given.shape) > 2 and given.shape[:2] == made.shape[:2]:
            return "pooling" if math.prod(made.shape[2:]) == 1 else None
        known = family in ("activation", "norm", "elementwise") or name.endswith("softmax")
        return "after" if known and given.shape == made.shape else None

    def _matrix(self, event: Event, flowing: int) -> Weights | None:
        """The weights of a linear layer, however it is written."""
        if len(self._values[flowing].shape) not in (1, 2):
            return None
        return weights_of(self._recording, event, flowing, self._is_made)

    def _is_made(self, value: int) -> bool:
        """Whether an event that depends on the model's input made a value."""
        return self._values[value].writer in self._roles

    # ------------------------------------------------------------------ forms

    def _settle_axes(self, given: int, path: Sequence[Event]) -> int:
        """Find which values have a batch axis, by the layers that say it; returns the number of
        samples."""
        passages = []
        for event in path:
            role, read = self._roles[event.index], self._values[self._before[event.index]].shape
            batched = None
            if role == "linear":
                batched = len(read) == 2
            elif role == "convolution":
                spatial = self._spatial(event)
                self._planes &= spatial != 1
                batched = len(read) == spatial + 2
            made = self._values[event.outputs[0]].shape
            passages.append(Passage(read, made, batched, role == "reshape"))
        try:
            found = batches(passages)
        except Mixed as mixed:
            raise _Stranger(_MIXED, event=path[mixed.at].id) from mixed
        if found is None:
            raise _Stranger(_NO_LAYERS)
        flags, samples = found
        self._batched = dict(zip((given, *(e.outputs[0] for e in path)), flags, strict=True))
        for event, batched in zip(path, flags, strict=False):
            if event.op in _REDUCING and not batched:  # the channels are not its second axis
                raise _Stranger(_SHAPE, event=event.id)
        return samples

    def _spatial(self, event: Event) -> int:
        weights = [self._values[v].shape for v in event.inputs if not self._flows(v)]
        most = max((len(shape) for shape in weights), default=0)
        found = re.search(r"([123])d", event.op)
        return int(found[1]) if found else most - 2

    def _form(self, value: int, event: Event | None = None) -> Form:
        shape = self._values[value].shape
        first = int(self._batched.get(value, True))
        own = shape[first:]
        if len(shape) < first or 0 in shape or len(own) > 4:
            name = event.id if event is not None else self._values[value].name
            raise _Stranger(_SHAPE, event=name)
        if len(own) < 2:
            return Form(own[0] if own else 1, (), first if own else -1)
        if len(own) == 2 and self._planes:
            return Form(1, own, -1)
        return Form(own[0], own[1:], first)

    # ------------------------------------------------------------------ stages

    def _stages(self, given: int, path: Sequence[Event]) -> tuple[list[Stage], dict[int, int]]:
        """The stages of the main stream, and the stage of each of its events and of its input."""
        name = self._values[given].name
        stages = [Stage("input", "elementwise", (), given, given, self._form(given), (name,))]
        place = {-1: 0}
        idle: tuple[int, ...] = ()  # events before the first layer that leave the input as it is
        for event in path:
            role, value = self._roles[event.index], event.outputs[0]
            form, last = self._form(value, event), stages[-1]
            if role == "linear" and last.form.sizes:
                raise _Stranger(_SHAPE, event=event.id)
            alike = form[:2] == last.form[:2]
            if role == "reshape" and alike and len(stages) == 1 and event is not path[-1]:
                idle = (*idle, event.index)  # the first layer's stage begins with it …
                place[event.index] = 0  # … but what it gives is the input
                continue
            if role in ("after", "reshape") and alike and last.events:
                if role == "after":
                    halved = last.halved or (
                        self._before[event.index] == last.begun and activates(event)
                    )
                    last = self._with_bias(last, event) or last._replace(
                        lines=(*last.lines, _word(event)), halved=halved
                    )
                stages[-1] = last._replace(
                    events=(*last.events, event.index), value=value, form=form
                )
            else:
                begun = self._begun(role, event, form)
                stages.append(begun._replace(events=(*idle, *begun.events)))
                idle = ()
            place[event.index] = len(stages) - 1
        return stages, place

    def _begun(self, role: Role, event: Event, form: Form) -> Stage:
        family: Family = op(event.op).family
        word = _word(event)
        kernel: tuple[int, ...] = ()
        weights = self._matrix(event, self._before[event.index]) if role == "linear" else None
        if role == "convolution":
            shapes = [self._values[v].shape for v in event.inputs if not self._flows(v)]
            kernel = max(shapes, key=len, default=())[2:]
            family = "convolution"
            sizes = "×".join(map(str, kernel)) or "?"
            stride = re.search(r"stride ([\d×]+)", event.detail)
            plain = re.sub(r"[123]d$", "", op(event.op).label)
            way = "↑" if "transpose" in event.op else "↓"
            word = f"{plain} {sizes}" + (f" {way}{stride[1]}" if stride else "")
            word = word.replace("transposed", "transp.")
            kernel = _reach(event, kernel)
        elif role == "pooling":
            family = "pooling"
            found = re.match(r"\d+(×\d+)*", event.detail)
            adaptive = "adaptive" in event.op or event.op.strip("_") in _REDUCING
            if found and not adaptive and "pool" in event.op:
                kernel = tuple(int(n) for n in found[0].split("×"))
                kernel = kernel * len(form.sizes) if len(kernel) == 1 else kernel
                word = f"{op(event.op).label} {'×'.join(map(str, kernel))}"
                kernel = _reach(event, kernel)
            if adaptive:
                word = f"{'global ' if math.prod(form.sizes) == 1 else ''}{op(event.op).label}"
        events, value = (event.index,), event.outputs[0]
        return Stage(role, family, events, value, value, form, (word,), kernel, weights)

    def _with_bias(self, stage: Stage, event: Event) -> Stage | None:
        """A linear layer that is ``x @ W`` gets the bias that is added to it next."""
        if stage.weights is None or stage.value != stage.begun:
            return None
        weights = with_bias(self._recording, stage.weights, stage.form.channels, event, self._flows)
        if weights is None:
            return None
        return stage._replace(weights=weights, begun=event.outputs[0])

    # ------------------------------------------------------------------ beside the main stream

    def _branches(self, path: Sequence[Event], place: dict[int, int]) -> list[Branch]:
        """Where values go around stages, and the ops on these ways."""
        groups: dict[int, set[int]] = {}  # of the events beside the path, joined where they meet
        for index in self._roles:
            if index in place:
                continue
            group = {index}
            for value in self._recording.events[index].inputs:
                writer = self._values[value].writer
                other = groups.get(writer, group)
                if other is not group:  # the smaller joins the larger
                    group, other = (group, other) if len(group) > len(other) else (other, group)
                    group |= other
                    groups |= dict.fromkeys(other, group)
            groups[index] = group
        found: list[Branch] = []
        ends: dict[int, tuple[list[int], list[int]]] = {}  # of each group: its starts, its ends
        seen: dict[int, set[int]] = {}
        for index, group in groups.items():
            seen[id(group)] = group
            starts, _ = ends.setdefault(id(group), ([], []))
            starts += self._sources(index, place)
        for event in path:
            main = self._before[event.index]
            for value in event.inputs:
                if value == main or not self._flows(value):
                    continue
                writer = self._values[value].writer
                if writer in groups:
                    ends[id(groups[writer])][1].append(place[event.index])
                    continue
                start = self._place(value, place)
                if start != place[event.index]:
                    found.append(Branch(start, place[event.index], (), ""))
        outputs = {self._values[v].writer for v in self._recording.outputs}
        for key, group in seen.items():
            starts, stops = ends[key]
            if not stops and not outputs & group:
                continue  # nothing comes of it
            if not stops:
                raise _Stranger(_ENDS)
            start = min(starts, default=0)
            told = sorted(group)
            found.append(Branch(start, max(stops), tuple(told), self._told(told)))
        return sorted(found, key=lambda branch: (branch.end, branch.start))

    def _sources(self, index: int, place: dict[int, int]) -> list[int]:
        """The stages that an event beside the main stream reads from."""
        values = [v for v in self._recording.events[index].inputs if self._flows(v)]
        on_path = [v for v in values if self._values[v].writer in place]
        return [self._place(value, place) for value in on_path]

    def _place(self, value: int, place: dict[int, int]) -> int:
        what = self._values[value]
        if what.writer < 0 and value != self._first(place):
            raise _Stranger(_SEVERAL, value=what.name)
        return place[what.writer]

    def _first(self, place: dict[int, int]) -> int:
        """The input at the beginning of the main stream."""
        return self._before[min(index for index in place if index >= 0)]

    def _told(self, events: list[int]) -> str:
        """What is on a way, in a few words: its layers."""
        layers = [
            event for index in events
            if self._roles[(event := self._recording.events[index]).index]
            in ("linear", "convolution", "pooling")
        ]  # fmt: skip
        names = []
        for event in layers:
            form = self._form(event.outputs[0], event)
            names.append(self._begun(self._roles[event.index], event, form).lines[0])
        return " · ".join(names) if len(names) <= 2 else f"{names[0]} … {names[-1]}"


def _reach(event: Event, kernel: tuple[int, ...]) -> tuple[int, ...]:
    """How far one cell looks, in cells of the volume before: a dilated kernel beyond its own size,
    a transposed one at as many as its strides leave it."""

    def each(name: str) -> tuple[int, ...]:
        found = re.search(rf"{name} ([\d×]+)", event.detail)
        numbers = tuple(map(int, found[1].split("×"))) if found else (1,)
        return numbers * len(kernel) if len(numbers) == 1 else numbers

    reach = tuple((k - 1) * apart + 1 for k, apart in zip(kernel, each("dilation"), strict=True))
    if "transpose" not in event.op:
        return reach
    return tuple(-(-k // stride) for k, stride in zip(reach, each("stride"), strict=True))


def _word(event: Event) -> str:
    """What an op is called in a figure."""
    return op(event.op).label


def shape_of(value: Value, form: Form) -> str:
    """The axes of one sample, with their names where these are certain: ``C 16 × H 8 × W 8``."""
    sizes = value.shape[-(len(form.sizes) + (form.axis >= 0)) :] if value.shape else ()
    if form.axis < 0 and not form.sizes:
        return "1"
    names = value.axes[-len(sizes) :] if len(value.axes) >= len(sizes) else ("",) * len(sizes)
    return " × ".join(f"{name} {size}".strip() for name, size in zip(names, sizes, strict=True))
