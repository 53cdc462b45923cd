"""`Tape`: one recorded pass, with every value as it was at that moment.

A tape keeps function, arguments and results of every op, so it is also a program: what was
overwritten since is computed again from what was not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from explorer.core.graph import Call, Event, Kind, Value
from explorer.core.problem import Problem, phrase
from explorer.engine.naming import detail, module_detail, op_name, substituted, tensors


class Entry(NamedTuple):
    """One op call as it happened.

    ``version`` is that of the result (a tuple for several), to notice later overwriting.
    ``mutated`` are the arguments that it changed in place, ``rng`` the random state before it.
    ``code`` and ``instruction`` are the place in the model's code.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] | None
    result: Any
    version: Any
    call: int
    began: float
    ended: float
    code: CodeType | None
    instruction: int
    mutated: tuple[Tensor, ...] = ()
    rng: Any = None


class CallEntry(NamedTuple):
    """One module call as it happened: entries ``first … end`` (excluded) ran inside it.

    ``code`` and ``instruction`` are the place that called it.
    """

    module: nn.Module
    parent: int
    first: int
    end: int
    code: CodeType
    instruction: int


@dataclass(frozen=True)
class AttentionMap:
    """Attention found on a tape: ``weights`` (B, heads, Q, K) are the softmax's exact output."""

    module: str
    event: int
    value: int
    weights: Tensor
    causal: bool


class Tape:
    """What ``model(*args, **kwargs)`` did.

    ``output`` is what it returned. ``events``, ``values`` and ``calls`` describe the pass; they
    are derived at first use. Inputs and weights are kept by reference: call `keep` before
    changing them.
    """

    def __init__(
        self,
        model: nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Any,
        entries: list[tuple[Any, ...]],
        calls: list[list[Any]],
        kept: dict[int, tuple[Tensor, Tensor]],
        seconds: float,
    ) -> None:
        self.model = model
        self.output = output
        self.seconds = seconds
        self._args, self._kwargs = args, kwargs
        self._raw = entries
        self._raw_calls = calls
        self._kept = kept
        self._restored: dict[int, Tensor] | None = None

    @cached_property
    def _entries(self) -> list[Entry]:
        return [Entry._make(fields) for fields in self._raw]

    @cached_property
    def _calls(self) -> list[CallEntry]:
        return [CallEntry._make(fields) for fields in self._raw_calls]

    # ------------------------------------------------------------ what happened

    @property
    def events(self) -> tuple[Event, ...]:
        """The op calls, in execution order."""
        return self._derived.events

    @property
    def values(self) -> tuple[Value, ...]:
        """Every tensor of the pass; the index of a value is its ref."""
        return self._derived.values

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The module calls, as a tree; 0 is the model itself."""
        paths = {id(module): path for path, module in self.model.named_modules()}
        numbers: dict[int, int] = {}
        found = []
        for index, entry in enumerate(self._calls):
            module = entry.module
            number = numbers.get(id(module), 0)
            numbers[id(module)] = number + 1
            found.append(
                Call(
                    index=index,
                    module=paths.get(id(module), type(module).__name__),
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

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """The values that the model returned."""
        latest = self._derived.latest
        return tuple(latest[id(t)] for t in tensors(self.output) if id(t) in latest)

    @property
    def bytes(self) -> int:
        """Memory of all activations; what shares memory counts once."""
        sizes: dict[int, int] = {}
        for value, tensor in zip(self.values, self._derived.tensors, strict=True):
            if value.kind == "activation":
                sizes[address(tensor)] = max(sizes.get(address(tensor), 0), value.bytes)
        return sum(sizes.values())

    def ref(self, name: str) -> int:
        """The ref of a value by its name: an event's id, a parameter's path, an argument."""
        return self._derived.names[name]

    # ------------------------------------------------------------ values

    def value(self, ref: int | str) -> Tensor:
        """The tensor as it was then."""
        index = self.ref(ref) if isinstance(ref, str) else ref
        derived = self._derived
        tensor = derived.tensors[index]
        if self.values[index].writer < 0:
            kept = self._kept.get(id(tensor))
            if kept is not None:
                return kept[1]
            if version(tensor) != derived.versions[index]:
                raise Problem(
                    "model",
                    phrase("{name} was changed after this pass, and its old value is lost."),
                    phrase("Run the pass again."),
                    name=self.values[index].name,
                )
            return tensor
        if self._intact(index):
            return tensor
        if self._restored is None:
            self._restored = self._restore()
        return self._restored[index]

    def keep(self) -> None:
        """Copy inputs, weights and buffers, because they are about to change."""
        for value, tensor in zip(self.values, self._derived.tensors, strict=True):
            if value.writer < 0 and id(tensor) not in self._kept:
                self._kept[id(tensor)] = (tensor, tensor.detach().clone())

    def replay(self, event: int) -> Any:
        """Compute one event again from its recorded inputs; equal to its recorded result."""
        entry = self._entries[event]
        inputs = dict(
            zip(
                (id(t) for t in tensors((entry.args, entry.kwargs))),
                self.events[event].inputs,
                strict=True,
            )
        )
        changed = {id(t) for t in entry.mutated}

        def recorded(tensor: Tensor) -> Tensor:
            was = self.value(inputs[id(tensor)])
            return was.detach().clone() if id(tensor) in changed else was

        return run(entry, recorded)

    def attention(self) -> list[AttentionMap]:
        """Every attention map of the pass.

        That is the output of a softmax over scores that a matmul made, where another matmul
        weighs its right operand with it. Dropout in between is looked through.
        """
        found = []
        for event in self.events:
            if event.op != "softmax" or not self._reaches_matmul(event):
                continue
            ref = event.outputs[0]
            weights = self.value(ref)
            if weights.dim() < 2 or not self._weighs(ref):
                continue
            Q, K = weights.shape[-2:]
            causal = Q == K and Q > 1 and not bool(weights.triu(1).any())
            module = self.calls[event.call].module
            found.append(AttentionMap(module, event.index, ref, weights, causal))
        return found

    def _reaches_matmul(self, event: Event) -> bool:
        """Whether elementwise steps alone lead from a matmul to this event's first input."""
        ref = event.inputs[0]
        while (writer := self.values[ref].writer) >= 0:
            before = self.events[writer]
            if before.op in _MATMULS:
                return True
            if before.op not in _BETWEEN or not before.inputs:
                return False
            same = [r for r in before.inputs if self.values[r].shape == self.values[ref].shape]
            ref = same[0] if same else before.inputs[0]
        return False

    def _weighs(self, ref: int) -> bool:
        """Whether a value, dropout aside, is the left operand of a matmul."""
        for use in self.events:
            if use.inputs[:1] == (ref,):
                if use.op in _MATMULS:
                    return True
                if use.op in ("dropout", "to", "type_as", "view", "reshape"):
                    return self._weighs(use.outputs[0])
        return False

    # ------------------------------------------------------------ derived, lazily

    @cached_property
    def _derived(self) -> _Derived:
        return _Derived(self)

    def _intact(self, index: int) -> bool:
        tensor = self._derived.tensors[index]
        if not tensor.is_inference():
            return version(tensor) == self._derived.versions[index]
        here = address(tensor)
        later = self._entries[self.values[index].writer + 1 :]
        return not any(address(t) == here for entry in later for t in entry.mutated)

    def _restore(self) -> dict[int, Tensor]:
        """Compute every overwritten value again, by running once more what led to it.

        What no op overwrote is taken from the tape; the rest runs on copies of the sources, with
        its in-place ops, so views see what they saw.
        """
        derived = self._derived
        now: dict[int, Tensor] = {
            key: before.clone() for key, (_, before) in self._kept.items() if key in derived.latest
        }
        found: dict[int, Tensor] = {}
        with torch.no_grad():
            for entry, event in zip(self._entries, self.events, strict=True):
                lost = [ref for ref in event.outputs if not self._intact(ref)]
                if not lost and not entry.mutated:
                    continue
                result = run(entry, lambda tensor: now.get(id(tensor), tensor))
                pairs = zip(tensors(entry.result), tensors(result), strict=True)
                for (old, new), ref in zip(pairs, event.outputs, strict=False):
                    now[id(old)] = new
                    if ref in lost:
                        found[ref] = new.clone()
        return found


_MATMULS = frozenset({"matmul", "bmm", "mm", "baddbmm"})
_BETWEEN = frozenset({
    "add", "sub", "mul", "div", "masked_fill", "where", "to", "float", "view", "reshape", "add_",
    "mul_", "div_", "masked_fill_", "clamp", "tril", "contiguous", "nan_to_num", "type_as",
})  # fmt: skip


class _Derived:
    """Events and values of a tape, named. ``tensors`` and ``versions`` go along ``values``.

    ``latest`` maps a tensor's id to the last value it held.
    """

    def __init__(self, tape: Tape) -> None:
        self.tensors: list[Tensor] = []
        self.versions: list[int] = []
        self.latest: dict[int, int] = {}
        self.names: dict[str, int] = {}
        self._values: list[Value] = []
        self._sources = self._named_sources(tape)
        self._constants = 0
        counts: dict[str, int] = {}
        events = []
        for index, entry in enumerate(tape._entries):
            kwargs = entry.kwargs or {}
            inputs = tuple(self._source(t) for t in tensors((entry.args, kwargs)))
            op = op_name(entry.func)
            path = tape.calls[entry.call].module if entry.call >= 0 else ""
            stem = f"{path}/{op}" if path else op
            name = f"{stem}#{counts.get(stem, 0)}"
            counts[stem] = counts.get(stem, 0) + 1
            versions = entry.version if isinstance(entry.version, tuple) else (entry.version,)
            results = list(tensors(entry.result))
            outputs = tuple(
                self._add(f"{name}:{i}" if i else name, "activation", tensor, index, v)
                for i, (tensor, v) in enumerate(zip(results, versions, strict=False))
            )
            known = {id(t) for t in results}
            for tensor in entry.mutated:  # what no result shows: a buffer, or x[i] = y
                if id(tensor) not in known:
                    label = f"{name}:{len(outputs)}" if outputs else name
                    outputs += (self._add(label, "activation", tensor, index, version(tensor)),)
            events.append(
                Event(
                    index=index, id=name, op=op, call=max(entry.call, 0), inputs=inputs,
                    outputs=outputs, seconds=entry.ended - entry.began, source=_source(tape, entry),
                    detail=detail(op, entry.func, entry.args, kwargs),
                )
            )  # fmt: skip
        self.events = tuple(events)
        self.values = tuple(self._values)

    @staticmethod
    def _named_sources(tape: Tape) -> dict[int, tuple[str, Kind]]:
        found: dict[int, tuple[str, Kind]] = {}
        for name, parameter in tape.model.named_parameters():
            found[id(parameter)] = (name, "parameter")
        for name, buffer in tape.model.named_buffers():
            found[id(buffer)] = (name, "buffer")
        given = inspect.signature(tape.model.forward).bind(*tape._args, **tape._kwargs)
        for name, argument in given.arguments.items():
            inside = list(tensors(argument))
            for i, tensor in enumerate(inside):
                label = name if len(inside) == 1 else f"{name}[{i}]"
                found.setdefault(id(tensor), (label, "input"))
        return found

    def _source(self, tensor: Tensor) -> int:
        known = self.latest.get(id(tensor))
        if known is not None:
            return known
        name, kind = self._sources.get(id(tensor), (f"constant#{self._constants}", "constant"))
        self._constants += kind == "constant"
        return self._add(name, kind, tensor, -1, version(tensor))

    def _add(self, name: str, kind: Kind, tensor: Tensor, writer: int, version: int) -> int:
        index = len(self._values)
        self.latest[id(tensor)] = index
        self.names[name] = index
        self.tensors.append(tensor)
        self.versions.append(version)
        self._values.append(
            Value(
                name=name, kind=kind, shape=tuple(tensor.shape),
                dtype=str(tensor.dtype).removeprefix("torch."), device=str(tensor.device),
                bytes=tensor.numel() * tensor.element_size(), axes=("",) * tensor.dim(),
                writer=writer,
            )
        )  # fmt: skip
        return index


def run(entry: Entry, swap: Callable[[Tensor], Tensor]) -> Any:
    """Call an entry's function again, on its arguments as ``swap`` gives them."""
    args, kwargs = substituted(entry.args, swap), substituted(entry.kwargs or {}, swap)
    if entry.rng is None:
        return entry.func(*args, **kwargs)
    now = random_state()
    set_random_state(entry.rng)
    try:
        return entry.func(*args, **kwargs)
    finally:
        set_random_state(now)


RandomState = tuple[Tensor, Tensor | None]


def random_state() -> RandomState:
    """The state of the random generators of the CPU and, if in use, of the GPU."""
    gpu = torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None
    return torch.get_rng_state(), gpu


def set_random_state(state: RandomState) -> None:
    """Go back to what `random_state` gave."""
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1])


def address(tensor: Tensor) -> int:
    """Where a tensor's memory begins; views share it."""
    return tensor.untyped_storage().data_ptr()


def version(tensor: Tensor) -> int:
    """How often a tensor's memory was written in place, 0 where PyTorch does not count."""
    return 0 if tensor.is_inference() else tensor._version


_TORCH = torch.__file__.removesuffix("__init__.py")


def _source(tape: Tape, entry: Entry) -> str:
    """``file:line`` of an entry in the model's code.

    An op inside a module of PyTorch's own has the place where the model called that module.
    """
    code, instruction, call = entry.code, entry.instruction, entry.call
    while call >= 0 and (code is None or code.co_filename.startswith(_TORCH)):
        caller = tape._calls[call]
        code, instruction, call = caller.code, caller.instruction, caller.parent
    if code is None:
        return ""
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= instruction < end and number is not None:
            line = number
    return f"{code.co_filename}:{line}"
