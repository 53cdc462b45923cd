"""The tape as a program: every op call as a step over numbered values.

A value is one tensor at one moment. An op that overwrites memory makes new values of every tensor
that lies in that memory and is read later, so each value has exactly one writer, and any of them
can be computed again from those before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.weak import TensorWeakRef

from explorer.core.graph import Call, Event, Kind, Value
from explorer.core.problem import Problem, phrase
from explorer.engine.entries import CallEntry, Edge, Entry, edge_of, line_of
from explorer.engine.inputs import Sources
from explorer.engine.memory import Memory, Place, memory_of, place_of, size_of
from explorer.engine.naming import detail, fingerprint, is_overridden, module_detail, op_name
from explorer.engine.nesting import substituted, tensors
from explorer.engine.settings import Settings

_TORCH = torch.__file__.removesuffix("__init__.py")
_RECORDER = __file__.removesuffix("script.py") + "record.py"
_is_wrapped = torch._C._functorch.is_functorch_wrapped_tensor


class Ref:
    """Stands for a value among a step's arguments and results."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


@dataclass
class Step:
    """One op call over values. ``args``, ``kwargs`` and ``result`` hold a `Ref` per tensor.

    ``grads`` tells that autograd followed it. ``reads`` are the values it was given.
    ``results`` are those it returned; ``changed`` pairs every value that it overwrote with what
    became of it, among them other views of that memory; ``places`` says where those and the
    arguments beside them lie. ``covered`` are views that were met only later, of which nobody knows
    what they were, but that they lie in an argument. `perform` notes what ``is_plain``.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    reads: tuple[int, ...]
    results: tuple[int, ...]
    rng: Any
    settings: Settings
    grads: bool
    changed: list[tuple[int, int]] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)
    is_plain: bool | None = None

    @property
    def writes(self) -> tuple[int, ...]:
        """Every value that it made."""
        return (*self.results, *(a for _, a in self.changed if a not in self.results))

    @property
    def needs(self) -> tuple[int, ...]:
        """Every value that what it made depends on."""
        beside = (b for b, _ in self.changed if b not in self.reads and b not in self.covered)
        return (*self.reads, *beside)


class Decision(NamedTuple):
    """A number that the model asked a tensor for, and may have decided by."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    reads: tuple[int, ...]
    answer: Any
    source: str


class Script:
    """The steps and values of a pass, named; see `Step`. Entries may come in several parts.

    ``tensors[ref]`` is the tensor that holds a value (None if it was let go), ``ids[ref]`` the id
    of the one that the model has (another if it got a new shape in place), ``versions[ref]`` its
    version then (None where PyTorch does not count), ``memory[ref]`` what it lies in, ``latest``
    the last value of a tensor by its id, ``edges`` where autograd has the values that need a
    gradient. ``memories`` are all pieces of memory, ``held`` those that hold tensors of the pass,
    in the order in which they came.
    """

    def __init__(
        self,
        model: nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        calls: list[list[Any]],
        versions: dict[int, int],
        reshaped: list[tuple[int, Tensor, Tensor]],
    ) -> None:
        self.sources = Sources(model, args, kwargs)
        self.steps: list[Step] = []
        self.decisions: list[Decision] = []
        self.tensors: list[Tensor | None] = []
        self.ids: list[int] = []
        self.versions: list[int | None] = []
        self.memory: list[Memory] = []
        self.memories: list[Memory] = []
        self.held: dict[Memory, None] = {}
        self.latest: dict[int, int] = {}
        self.edges: dict[int, Edge] = {}
        self.names: dict[str, int] = {}
        self._values: list[Value] = []
        self._drafts: list[tuple[str, str, int, float, str, str, int]] = []
        self._raw_calls = calls
        self._paths = {id(module): path for path, module in model.named_modules()}
        self._source_versions = versions
        self._reshaped = reshaped
        self._shapes: dict[int, list[tuple[int, Tensor]]] = {}  # those, by the id of the tensor
        self._entry = 0  # the entry that is being added
        self._since: list[int] = []  # the step since which a value holds; −1 from the beginning
        self._nested: set[int] = set()
        self._let_go: dict[int, TensorWeakRef] = {}  # tensors that the model may still have
        self._by_key: dict[int, Memory] = {}
        self._written = False  # whether any step overwrote something
        self._constants = 0
        self._told: tuple[Value, ...] = ()
        self._counts: dict[str, int] = {}
        self._labels: dict[str, int] = {}  # values named after a step so far

    # ------------------------------------------------------------ what it says

    @property
    def values(self) -> tuple[Value, ...]:
        """Every value, in the order in which they were first met."""
        if len(self._told) != len(self._values):  # more were met since
            self._told = tuple(self._values)
        return self._told

    def events(self) -> tuple[Event, ...]:
        """The steps as they are shown."""
        return tuple(
            Event(
                index=index, id=name, op=op, call=call, inputs=step.reads, outputs=step.writes,
                seconds=seconds, source=source, detail=said, given=given,
            )
            for index, (step, (name, op, call, seconds, source, said, given)) in enumerate(
                zip(self.steps, self._drafts, strict=True)
            )
        )  # fmt: skip

    def calls(self) -> tuple[Call, ...]:
        """The module calls, as a tree; 0 is the model itself."""
        numbers: dict[int, int] = {}
        found = []
        for index, entry in enumerate(map(CallEntry._make, self._raw_calls)):
            module = entry.module
            number = numbers.get(id(module), 0)
            numbers[id(module)] = number + 1
            found.append(
                Call(
                    index=index,
                    module=self._path(module),
                    number=number,
                    parent=entry.parent,
                    kind=type(module).__name__,
                    first=entry.first,
                    last=entry.end - 1,
                    parameters=sum(p.numel() for p in module.parameters()),
                    detail=module_detail(module),
                )
            )
        return tuple(found)

    @property
    def steps_by_name(self) -> dict[str, int]:
        """The index of every step by its event's id."""
        return {draft[0]: index for index, draft in enumerate(self._drafts)}

    def op(self, step: int) -> str:
        """What a step is called."""
        return self._drafts[step][1]

    def module(self, event: Event) -> str:
        """The path of the module in which an event ran."""
        return self._path(self._raw_calls[event.call][0]) if self._raw_calls else ""

    def writer(self, ref: int) -> int:
        """The step that made a value, −1 for a source."""
        return self._values[ref].writer

    def is_nested(self, ref: int) -> bool:
        """Whether a value is a nested tensor, of sequences of different lengths."""
        return ref in self._nested

    def overwritten(self, ref: int) -> bool:
        """Whether the tensor of a value holds something else by now."""
        then, tensor = self.versions[ref], self.tensors[ref]
        assert tensor is not None, "the tensor was let go"
        if then is not None and not tensor.is_inference() and tensor._version != then:
            return True
        return next(self._writers(tensor, self._since[ref]), None) is not None

    def seconds(self, step: int) -> float:
        """How long a step took."""
        return self._drafts[step][3]

    def knows(self, tensor: Tensor) -> bool:
        """Whether a tensor is a value of the pass."""
        return self._known(tensor) is not None

    # ------------------------------------------------------------ making it

    def extend(self, entries: Iterable[Entry], told: Iterable[tuple[Any, ...]]) -> None:
        """Go on with what happened next; ``told`` as in `tape.Recorded`."""
        for number, tensor, before in self._reshaped:
            self._shapes.setdefault(id(tensor), []).append((number, before))
            known = self._known(tensor)
            for ref in () if known is None else self.memory[known].held:
                if self.tensors[ref] is tensor:  # of an earlier part; it has another shape now
                    self.tensors[ref] = before
        waiting = deque(told)
        for entry in entries:
            while waiting and waiting[0][0] <= self._entry:
                self._add_decision(*waiting.popleft())
            if not any(map(_is_wrapped, tensors((entry.args, entry.result)))):
                self._add_step(entry)  # inside of `vmap` tensors stand for others
            self._entry += 1
        for one in waiting:
            self._add_decision(*one)
        self._forget_shapes()

    def _forget_shapes(self) -> None:
        """From here on a tensor has the shape of its last value; older ones would hold memory."""
        self._shapes.clear()
        for number, tensor, _ in self._reshaped:
            known = self.latest.get(id(tensor))
            if number < self._entry and known is not None and self.tensors[known] is not None:
                self.tensors[known] = tensor
        self._reshaped[:] = [one for one in self._reshaped if one[0] >= self._entry]

    def let_go(self, memory: Memory) -> None:
        """Keep no tensor in a piece of memory; those that the model still has stay known."""
        for ref in memory.held:
            tensor = self.tensors[ref]
            if tensor is not None and self.latest.get(self.ids[ref]) == ref:
                self._let_go[ref] = TensorWeakRef(tensor)
            self.tensors[ref] = None
        memory.held.clear()
        self.held.pop(memory, None)

    def _hold(self, ref: int, tensor: Tensor) -> None:
        self.tensors[ref] = tensor
        self.memory[ref].held.add(ref)
        if self.memory[ref].first >= 0:
            self.held[self.memory[ref]] = None

    def _add_decision(
        self,
        number: int,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None,
        answer: Any,
        source: str,
    ) -> None:
        given = list(tensors((args, kwargs or {})))
        if any(map(_is_wrapped, given)):
            return
        reads = tuple(self.ref(tensor) for tensor in given)
        refs = iter(reads)
        args, named = substituted((args, kwargs or {}), lambda _: Ref(next(refs)))
        self.decisions.append(Decision(func, args, named, reads, answer, source))

    def _add_step(self, entry: Entry) -> None:
        index, kwargs = len(self.steps), entry.kwargs or {}
        given = list(tensors((entry.args, kwargs)))
        reads = tuple(self.ref(tensor) for tensor in given)
        for ref in reads:
            self.memory[ref].last = index
        op = op_name(entry.func)
        path = self._path(self._raw_calls[entry.call][0]) if entry.call >= 0 else ""
        stem = f"{path}/{op}" if path else op
        number = self._counts.get(stem, 0)
        self._counts[stem] = number + 1
        name = f"{stem}#{number}"
        refs = iter(reads)
        args, kwarg_refs = substituted((entry.args, kwargs), lambda _: Ref(next(refs)))
        said = detail(op, entry.func, entry.args, kwargs)
        seconds, place = entry.ended - entry.began, self._source(entry)
        key = fingerprint((entry.args, kwargs))
        self._drafts.append((name, op, max(entry.call, 0), seconds, place, said, key))
        step = Step(
            entry.func, args, kwarg_refs, tuple(reads), (), entry.rng, entry.settings,
            bool(entry.edges),
        )  # fmt: skip
        self.steps.append(step)

        before = {id(t): ref for t, ref in zip(given, reads, strict=True)}
        after = {id(t): version for t, version in entry.mutated}
        results = list(tensors(entry.result))
        one = entry.version  # for all where nobody counts
        versions = one if isinstance(one, tuple) else (one,) * len(results)
        if (
            not after
            and all(map(self._is_handed_out, results, versions, repeat(before)))
            and is_overridden(entry.args, kwargs)
        ):
            results = []  # the model's own code gave what it holds
        made = []
        for tensor, version in zip(results, versions, strict=False):
            made.append(self._new(index, tensor, version))
        step.results = tuple(made)
        for ref, edge in zip(made, entry.edges, strict=False):
            if edge is not None:
                self.edges[ref] = edge
        returned = {id(t): ref for t, ref in zip(results, made, strict=False)}
        for tensor, version in entry.mutated:
            if id(tensor) not in before:
                before[id(tensor)] = self.ref(tensor)  # an `out=` of a list, or the like
            new = returned.get(id(tensor))
            if new is None:
                new = self._new(index, tensor, version)
                self._note_edge(new, tensor)
            step.changed.append((before[id(tensor)], new))
        if after:
            self._note_writes(index, step, entry.mutated, given, reads)

    def _is_handed_out(self, tensor: Tensor, version: int, given: Container[int]) -> bool:
        """Whether a result is a value or a source, as it was, that the op was not given."""
        known = self._known(tensor)
        if known is None:
            return self.sources.get(tensor) is not None
        return id(tensor) not in given and self.versions[known] == version

    def _note_writes(
        self,
        index: int,
        step: Step,
        mutated: tuple[tuple[Tensor, int], ...],
        given: list[Tensor],
        reads: tuple[int, ...],
    ) -> None:
        keys = set()
        for tensor, _ in mutated:
            then = self._as_then(tensor, self._entry)
            place = place_of(then)
            if place is not None:
                keys.add(place.key)
                memory = self._memory(then, index)
                memory.note_write(index, *place.span)
                memory.size = max(memory.size, size_of(then))  # an `out=` may have made it grow
                self._written = True
        for tensor, ref in zip(given, reads, strict=True):
            place = place_of(self._as_then(tensor, self._entry))
            if place is not None and place.key in keys:
                step.places[ref] = place

    def ref(self, tensor: Tensor) -> int:
        """The value that a tensor holds at this moment; a source if it was not met before."""
        known = self._known(tensor)
        is_late = known is None
        if known is None:
            known = self._new_source(tensor)
        elif self.tensors[known] is None:
            self._hold(known, self._as_then(tensor, self._entry))
        for step in self._writers(tensor, self._since[known]):
            if step > self._since[known]:  # written through another view of the same memory
                known = self._seen_through(step, tensor, known, is_late)
                is_late = False
        return known

    def _known(self, tensor: Tensor) -> int | None:
        """The last value of a tensor, None if it has none: another may have had its id before."""
        known = self.latest.get(id(tensor))
        if known is None or self.tensors[known] is not None or self._let_go[known]() is tensor:
            return known
        return None

    def _writers(self, tensor: Tensor, since: int) -> Iterator[int]:
        """The steps after ``since`` that wrote into a tensor's part of memory."""
        place = place_of(self._as_then(tensor, self._entry)) if self._written else None
        if place is None or place.key not in self._by_key:
            return iter(())
        return self._by_key[place.key].writers(since, *place.span)

    def _seen_through(self, index: int, tensor: Tensor, before: int, is_late: bool) -> int:
        step = self.steps[index]
        place = place_of(self._as_then(tensor, self._entry))
        assert place is not None
        version = next(
            (self.versions[a] for _, a in step.changed if self.versions[a] is not None), None
        )
        shared = version is not None and not tensor.is_inference() and tensor._version >= version
        after = self._new(index, tensor, version if shared else None)
        self._note_edge(after, tensor)
        step.changed.append((before, after))
        if is_late and any(step.places[r].holds(place) for r in step.reads if r in step.places):
            step.covered.add(before)
        step.places[before] = place
        return after

    def _new(self, step: int, tensor: Tensor, version: int | None) -> int:
        name = self._drafts[step][0]
        made = self._labels.get(name, 0)  # more of a second result, or of a view read later
        self._labels[name] = made + 1
        label = f"{name}:{made}" if made else name
        return self._add(label, "activation", tensor, step, version)

    def _new_source(self, tensor: Tensor) -> int:
        name, kind = self.sources.get(tensor) or (f"constant#{self._constants}", "constant")
        self._constants += kind == "constant"
        then = self._source_versions.get(id(tensor), version_of(tensor))
        ref = self._add(name, kind, tensor, -1, then)
        self._note_edge(ref, tensor)
        return ref

    def _note_edge(self, ref: int, tensor: Tensor) -> None:
        """What autograd has of a tensor now, which nothing wrote since."""
        edge = edge_of(tensor)
        if edge is not None:
            self.edges[ref] = edge

    def _as_then(self, tensor: Tensor, entry: int) -> Tensor:
        """The tensor, in the shape that it had when an entry began."""
        for number, before in self._shapes.get(id(tensor), ()):
            if number >= entry:
                return before
        return tensor

    def _add(self, name: str, kind: Kind, tensor: Tensor, writer: int, version: int | None) -> int:
        index = len(self._values)
        self.latest[id(tensor)] = index
        self.names[name] = index
        self.ids.append(id(tensor))
        tensor = self._as_then(tensor, self._entry + (writer == len(self.steps) - 1 >= 0))
        if tensor.is_nested:
            self._nested.add(index)
        self.tensors.append(None)
        self.memory.append(self._memory(tensor, writer))
        self._hold(index, tensor)
        if writer < 0:
            self.memory[index].pinned = True
        self.versions.append(version)
        self._since.append(writer)
        self._values.append(
            Value(
                name=name, kind=kind, shape=shape_of(tensor),
                dtype=str(tensor.dtype).removeprefix("torch."), device=str(tensor.device),
                bytes=tensor.numel() * tensor.element_size(), axes=("",) * tensor.dim(),
                writer=writer,
            )
        )  # fmt: skip
        return index

    def _memory(self, tensor: Tensor, writer: int) -> Memory:
        """What a tensor lies in; if that was not met before, a step made it."""
        key = memory_of(tensor)
        found = self._by_key.get(key) if key is not None else None
        if found is None:
            found = Memory(tensor, writer)
            self.memories.append(found)
            if key is not None:
                self._by_key[key] = found
        return found

    def _path(self, module: nn.Module) -> str:
        return self._paths.get(id(module), type(module).__name__)

    def _source(self, entry: Entry) -> str:
        """``file:line`` of an entry in the model's code.

        An op inside a module of PyTorch's own has the place where the model called that module.
        """
        code, instruction, call = entry.code, entry.instruction, entry.call
        while call >= 0 and (code is None or code.co_filename.startswith(_TORCH)):
            caller = CallEntry._make(self._raw_calls[call])
            code, instruction, call = caller.code, caller.instruction, caller.parent
        if code is not None and code.co_filename == _RECORDER:
            return ""  # a function of PyTorch's modules, called beneath no module but the model
        return line_of(code, instruction)


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """The shape; of a nested tensor that of the smallest one that holds all of its parts."""
    if not tensor.is_nested:
        return tuple(tensor.shape)
    if tensor.layout is torch.jagged:  # its shape has a symbol in place of the lengths
        lengths: Tensor | None = tensor.lengths()  # type: ignore[attr-defined]
        if lengths is None:
            lengths = tensor.offsets().diff()  # type: ignore[attr-defined]
        longest = int(lengths.max()) if len(lengths) and not lengths.is_meta else 0
        return tuple(n if isinstance(n, int) else longest for n in tensor.shape)
    sizes = tensor._nested_tensor_size()  # (parts, axes)
    return (len(sizes), *sizes.amax(0).tolist())


def version_of(tensor: Tensor) -> int:
    """How often a tensor's memory was written in place, 0 where PyTorch does not count."""
    return 0 if tensor.is_inference() else tensor._version


def lost(name: str) -> Problem:
    """The problem of a source that was changed after the pass, or before anybody saved it."""
    return Problem(
        "model",
        phrase("{name} was changed after this pass, and its old value is lost."),
        phrase("Run the pass again."),
        name=name,
    )
