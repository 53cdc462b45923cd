"""A recorded pass as data: calls, events and values. It is what travels from engine to desktop.

The tensors themselves stay in the engine; a `Recording` only names and describes them.
Everything refers to everything else by index into the recording's tuples.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import chain, zip_longest
from typing import Literal

import numpy as np
from msgspec import Struct

from explorer.core.change import Change, Refused
from explorer.core.iteration import Iteration
from explorer.core.values import Input

Kind = Literal[
    "activation", "parameter", "buffer", "input", "constant",
    "gradient", "state", "updated", "change",  # of an iteration of a training
]  # fmt: skip


class Value(Struct, frozen=True):
    """One tensor of a pass, as it was at that moment (a *ref*).

    ``axes`` holds one name per axis, ``""`` where no name is certain. ``writer`` is the index of
    the event that made it, -1 for sources (parameters, buffers, inputs, constants).
    ``name`` is the event id (``#…:1`` for a second output), the parameter's path, or the
    argument's name.
    """

    name: str
    kind: Kind
    shape: tuple[int, ...]
    dtype: str
    device: str
    bytes: int
    axes: tuple[str, ...] = ()
    writer: int = -1


def named_shape(value: Value) -> str:
    """``B 1 × T 18 × C 128``: every axis by name, where it is certain, and size. So are shapes
    written everywhere on the map."""
    return _named(value.shape, value.axes or ("",) * len(value.shape))


@lru_cache(maxsize=4096)
def _named(shape: tuple[int, ...], axes: tuple[str, ...]) -> str:
    parts = (f"{name} {n}".strip() for name, n in zip(axes, shape, strict=True))
    return " × ".join(parts) or "scalar"


class Event(Struct, frozen=True):
    """One op call. ``id`` is ``module/op#n``; ``call`` the module call it happened in.

    ``inputs`` and ``outputs`` index `Recording.values`. ``detail`` says the op's arguments that
    are not tensors (``dim=-1``, ``3×3, stride 1``). ``source`` is ``file:line`` in the model.
    """

    index: int
    id: str
    op: str
    call: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    seconds: float
    source: str = ""
    detail: str = ""
    opens: bool = False
    given: int = 0


class Call(Struct, frozen=True):
    """One call of a module. Calls nest; 0 is the model itself.

    Its events are ``first … last`` inclusive, those of the calls inside it too (a pass is
    sequential, so they are contiguous); ``last < first`` if it ran no op. ``number`` counts
    repeated calls of one module. ``parameters`` are those of the module and all below it.
    ``opened`` is the id of the event that it is the inside of, or a part of that (``kind`` is its
    name: ``t = 3``, ``detail`` its formula), ``""`` for a real call.
    """

    index: int
    module: str
    number: int
    parent: int
    kind: str
    first: int
    last: int
    parameters: int
    detail: str = ""
    opened: str = ""

    @property
    def name(self) -> str:
        """Last part of the path, with the call number where it repeats: ``attn``, ``cell#2``."""
        if self.opened:
            return self.kind
        short = self.module.rpartition(".")[2]
        return f"{short}#{self.number}" if self.number else short


class Attention(Struct, frozen=True):
    """An attention map found on the tape: ``value`` has axes (…, heads, Q, K). ``causal`` says that
    no query looks ahead, ``ahead`` that one which the last query depends on certainly does."""

    event: int
    value: int
    causal: bool
    ahead: bool = False


class Failure(Struct, frozen=True):
    """Where and how a pass ended before its end.

    ``op`` raised ``text`` in ``module`` at ``source`` (``file:line``); ``shapes`` are those of the
    tensors that met there, ``names`` what the op calls each of them, ``""`` where it says nothing.
    """

    op: str
    module: str
    shapes: tuple[tuple[int, ...], ...]
    source: str
    text: str
    names: tuple[str, ...] = ()

    @property
    def met(self) -> str:
        """The shapes with their names: ``input 1×128, weight 32×64``."""
        texts = ["×".join(map(str, shape)) or "()" for shape in self.shapes]
        named = zip_longest(self.names, texts, fillvalue="")
        return ", ".join(f"{name} {text}".lstrip() for name, text in named)


class Recording(Struct, frozen=True, dict=True):
    """What one recorded pass was. ``tape`` names it in later requests, also after a restart. Once
    an op is opened the pass has another name; ``origin`` is its first one, 0 if that is ``tape``.

    ``weights`` says in which state the model was: ``shipped``, ``random``, ``step 1240``.
    ``labels`` gives names to positions along an axis: ``{"T": tokens, "V": vocabulary,
    "classes": names}``; ``"vocabulary"`` are the tokens of a model that gives no number for each.
    ``seconds`` is the whole forward, ``bytes`` all activations kept.
    ``prediction`` is the value whose last axis is a distribution's logits, -1 if there is none.
    A pass that raised has a ``failure``, and the events before it. ``output_names`` say where each
    of ``outputs`` is in what the model returned: ``.logits``, ``[0]``, ``""`` for the only one.
    A pass with ``changes`` has the events and values of the pass ``base`` without them, by the same
    indices; ``touched`` are the values that were changed, ``refused`` the changes that could not be
    made. ``base`` is 0 where no changes were asked for. One of a training's ``iteration`` has its
    gradients and updates as values beside those of the pass.
    """

    tape: int
    weights: str
    input: Input
    calls: tuple[Call, ...]
    events: tuple[Event, ...]
    values: tuple[Value, ...]
    outputs: tuple[int, ...]
    attention: tuple[Attention, ...]
    labels: dict[str, tuple[str, ...]]
    prediction: int
    seconds: float
    bytes: int
    failure: Failure | None = None
    output_names: tuple[str, ...] = ()
    base: int = 0
    changes: tuple[Change, ...] = ()
    touched: tuple[int, ...] = ()
    refused: tuple[Refused, ...] = ()
    origin: int = 0
    iteration: Iteration | None = None

    @property
    def run(self) -> int:
        """One number for a run of the model, whatever was opened and changed since."""
        return self.origin or self.tape

    @cached_property
    def readings(self) -> np.ndarray:
        """Who reads what, (readings,) sorted: ``value * (events + 1) + event``. What the model
        returns is read by an event after the last."""
        read = [*(event.inputs for event in self.events), self.outputs]
        values = np.fromiter(chain.from_iterable(read), np.int64)
        events = np.repeat(np.arange(len(read)), np.fromiter(map(len, read), np.int64))
        keys = np.sort(values * len(read) + events)
        return keys[np.flatnonzero(np.diff(keys, prepend=-1))]

    @cached_property
    def shared(self) -> dict[int, list[int]]:
        """The parameters that several events read, and these in order."""
        values, events = np.divmod(self.readings, len(self.events) + 1)
        of, counts = np.unique(values, return_counts=True)
        return {
            v: events[values == v].tolist()
            for v in of[counts > 1].tolist()
            if self.values[v].kind == "parameter"
        }

    @cached_property
    def depths(self) -> list[int]:
        """For every event, how many ops the longest way from an input of the model takes, itself
        included; -1 for what does not depend on an input."""
        depths: list[int] = []
        for event in self.events:
            given = (self.values[v] for v in event.inputs)
            before = [
                depths[value.writer] if value.writer >= 0 else -(value.kind != "input")
                for value in given
            ]
            longest = max(before, default=-1)
            depths.append(longest + (longest >= 0))
        return depths

    @cached_property
    def named(self) -> dict[str, int]:
        """The index of every value by its name."""
        return {value.name: index for index, value in enumerate(self.values)}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The index of every event by its id."""
        return {event.id: event.index for event in self.events}


class Module(Struct, frozen=True):
    """A module of the model, called or not: what the outline shows."""

    path: str
    kind: str
    parameters: int
    depth: int


Editor = Literal["text", "image", "point", "numbers", "tensors", "picture", "example"]


class Choice(Struct, frozen=True):
    """One way to feed a model; see `ModelInfo`."""

    input: Editor
    shape: tuple[int, ...]
    labels: tuple[str, ...]
    sample: Input


class ModelInfo(Struct, frozen=True):
    """An open model: its tree, and what may be fed to it.

    ``input`` is the editor to offer: ``text``, ``image``, ``point``, ``numbers``, ``tensors`` (a
    form of shapes), ``picture`` (a file) or ``example`` (nothing to edit); ``shape`` its size
    (context length; height and width; count); ``labels`` the features' names or, for text, the
    allowed characters, empty if all are; ``sample`` is what to feed it first. ``choices`` are the
    editors to choose among, this one too, where there are several. Only what is ``trainable`` has
    data and a plan to train by; ``samples`` says how many validation samples can be picked, and
    ``targets`` the class of each. ``points`` are some of the training data of a plane, as
    (x, y, class). ``standardised`` says that the numbers have mean 0 and deviation 1 over the data.
    """

    family: str
    parameters: int
    modules: tuple[Module, ...]
    weights: str
    device: str
    input: Editor
    shape: tuple[int, ...]
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    samples: int
    targets: tuple[int, ...] = ()
    points: tuple[tuple[float, float, int], ...] = ()
    standardised: bool = False
    sample: Input | None = None
    trainable: bool = True
    choices: tuple[Choice, ...] = ()


def below(path: str, module: str) -> str | None:
    """What follows ``module`` in the path of a module or parameter in it, None if it is not."""
    if not module or path == module:
        return path.removeprefix(module)
    rest = path.removeprefix(f"{module}.")
    return None if rest == path else rest


def is_leaf(call: Call) -> bool:
    """Whether a call holds exactly one op: then it is that op, under the module's name."""
    return call.first == call.last


def ancestry(recording: Recording, call: int) -> list[int]:
    """The calls from the model (0) down to ``call``, both included."""
    chain = []
    while call >= 0:
        chain.append(call)
        call = recording.calls[call].parent
    return chain[::-1]


def closed_around(recording: Recording, event: int, opened: frozenset[int]) -> int | None:
    """The outermost closed call that hides ``event``, None if the event itself is shown."""
    chain = ancestry(recording, recording.events[event].call)
    return next((call for call in chain if call not in opened), None)


def stops(recording: Recording, opened: frozenset[int]) -> list[int]:
    """Where the cursor can rest, in execution order: every event in open boxes, and the last
    event of every closed call (its output is the call's)."""
    hidden: list[int] = []  # of each call the outermost closed one that it is in, -1 if none
    for call in recording.calls:
        around = hidden[call.parent] if call.parent >= 0 else -1
        hidden.append(around if around >= 0 or call.index in opened else call.index)
    found = []
    event = 0
    while event < len(recording.events):
        closed = hidden[recording.events[event].call]
        if closed >= 0:
            event = recording.calls[closed].last
        found.append(event)
        event += 1
    return found
