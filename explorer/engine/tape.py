"""`Tape`: one recorded pass, with every value as it was at that moment.

A tape keeps function, arguments and results of every op, so it is also a program (`Script`): what
was overwritten since is computed again, and so is everything that follows from a changed value.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from msgspec import structs
from torch import Tensor, nn

from explorer.core.graph import Call, Event, Value
from explorer.core.nodelink import node_link
from explorer.core.problem import Problem, phrase
from explorer.engine.attention import AttentionMap, attention_maps
from explorer.engine.axes import axis_names
from explorer.engine.backward import Backward, run_backward
from explorer.engine.budget import Budget
from explorer.engine.carrying import Carry, carry_of
from explorer.engine.closed import Closed
from explorer.engine.entries import Entry
from explorer.engine.explain import MANY, Explanation, explain_cell
from explorer.engine.failure import Ending, Failure
from explorer.engine.lookup import is_unread, known_cell, known_event, known_value
from explorer.engine.naming import argument_names, is_foreign, op_name
from explorer.engine.nesting import filled, named, substituted, tensors
from explorer.engine.opening import Inside, arguments, deviation, inside
from explorer.engine.proof import Proof, prove
from explorer.engine.reach import Field, influence, receptive_field
from explorer.engine.replay import Edit, as_then, changed, checked, perform, recomputed
from explorer.engine.retention import Recent, Retention, kept_bytes
from explorer.engine.script import Ref, Script, lost, version_of
from explorer.engine.textbook import TAKES_NESTED, textbook
from explorer.engine.textbook.parts import Listener, heard

if TYPE_CHECKING:
    import networkx


class Recorded(NamedTuple):
    """What a recorder noted.

    ``entries`` are the fields of an `Entry` each, ``calls`` those of a `CallEntry`. ``told`` are
    numbers that Python was given: (entries before it, function, args, kwargs, answer, source).
    ``reshaped`` are tensors that got another shape in place: (entries before it, tensor, the same
    memory in the shape that it had); the script empties this as it goes. ``kept`` maps the id of an
    overwritten source to it, what it was before, and its version then, ``versions`` the id of every
    tensor that an op was given to how often it had been overwritten when the first was. ``failed``
    is the call that raised what ended the pass: function, args, kwargs, module call. ``ending``
    tells of that; the exception itself, which holds the tape, is not kept. ``budget`` is the memory
    that the tape may use; ``retention`` has the script where that was made during the pass, to keep
    within it.
    """

    entries: list[tuple[Any, ...]]
    calls: list[list[Any]]
    told: list[tuple[Any, ...]]
    reshaped: list[tuple[int, Tensor, Tensor]]
    kept: dict[int, tuple[Tensor, Tensor, int]]
    versions: dict[int, int]
    failed: tuple[Any, ...] | None
    ending: Ending | None
    budget: Budget
    retention: Retention | None = None


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
        recorded: Recorded,
        seconds: float,
        record: Callable[..., Tape],
    ) -> None:
        self.model = model
        self.deviation = 0.0
        self.given: dict[int, int] = {}
        self._record = record
        self.output = output
        self.seconds = seconds
        self._args, self._kwargs = args, kwargs
        self._recorded = recorded
        self._kept = recorded.kept
        self._changed: dict[int, Tensor] = {}  # what `replay` computed anew
        self._stale: frozenset[int] = frozenset()  # those and what else follows from the change
        self.replaced: dict[int, Carry] = {}  # what `replay` was given, see `carry_of`
        self.altered: dict[int, Tape] = {}  # the insides of events that were changed
        self._recent = Recent()
        self._rooms: dict[torch.device, int] = {}  # the bytes for that
        self._named: tuple[Value, ...] = ()
        self._insides: dict[int, Tape] = {}  # of the events that were explained last

    # ------------------------------------------------------------ what happened

    @property
    def script(self) -> Script:
        """The pass as a program."""
        return self._described[0]

    @property
    def _output(self) -> Any:
        """What the model returned, with a `Ref` in place of every tensor."""
        return self._described[1]

    @cached_property
    def _described(self) -> tuple[Script, Any]:
        """Both at once, as what was returned may be a view that was written through."""
        noted = self._recorded
        if noted.retention is not None:
            made = noted.retention.script
        else:
            made = Script(
                self.model, self._args, self._kwargs, noted.calls, noted.versions, noted.reshaped
            )
            made.extend(map(Entry._make, noted.entries), noted.told)
        return made, substituted(self.output, lambda tensor: Ref(made.ref(tensor)))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The op calls, in execution order."""
        return self.script.events()

    @property
    def values(self) -> tuple[Value, ...]:
        """Every tensor of the pass; the index of a value is its ref."""
        return self._named or self.script.values

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The module calls, as a tree; 0 is the model itself."""
        return self.script.calls()

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """The values that the model returned."""
        return tuple(ref.index for _, ref in named(self._output, Ref))

    @cached_property
    def output_names(self) -> tuple[str, ...]:
        """Where each of `outputs` is in what the model returned: ``.logits``, ``[0]``; ``""`` for
        the only one."""
        return tuple(path for path, _ in named(self._output, Ref))

    @cached_property
    def bytes(self) -> int:
        """Memory of all activations, kept or not; what shares memory counts once."""
        return sum(memory.size for memory in self.script.memories if memory.first >= 0)

    @property
    def kept_bytes(self) -> int:
        """Memory of the activations that need not be computed again, where they were computed."""
        return sum(kept_bytes(self.script).values()) + self._recent.bytes

    @property
    def spilled_bytes(self) -> int:
        """Memory of the activations that were copied from a GPU to main memory."""
        retention = self._recorded.retention
        return 0 if retention is None else retention.spilled_bytes

    @property
    def failure(self) -> Failure | None:
        """Why the pass ended before its end, None if it did not."""
        ending, failed = self._recorded.ending, self._recorded.failed
        if ending is None:
            return None
        source, text = ending
        if failed is None:
            return Failure("", "", (), source, text)
        func, args, kwargs, call = failed
        shapes = tuple(tuple(t.shape) for t in tensors((args, kwargs or {})))
        module = self.calls[call].module if call >= 0 else ""
        if func is None:
            return Failure("", module, shapes, source, text)
        names = argument_names(func, args, kwargs or {})
        return Failure(op_name(func), module, shapes, source, text, names)

    def name_axes(self, given: Mapping[str, Sequence[str]] | None = None) -> None:
        """Name the axes of `values` where that is certain; see `axis_names`.

        ``given`` names axes of arguments, parameters or buffers by their names, as in
        ``{"x": ("B", "T", "C")}``.
        """
        model, outputs = self.model, self.outputs
        names = axis_names(model, self._args, self._kwargs, self.script, outputs, given)
        self._named = tuple(
            structs.replace(value, axes=axes)
            for value, axes in zip(self.script.values, names, strict=True)
        )

    def ref(self, name: str) -> int:
        """The ref of a value by its name: an event's id, a parameter's path, an argument."""
        return known_value(self.script, name)

    def graph(self) -> networkx.MultiDiGraph:
        """Events and sources as nodes, an edge for every value that an event takes.

        Nodes are named as `Event.id` and `Value.name`, in execution order; `node_link` says what
        is told of each, and of an edge.
        """
        from networkx import MultiDiGraph

        nodes, edges = node_link(self.calls, self.events, self.values)
        graph = MultiDiGraph()
        graph.add_nodes_from(nodes)
        graph.add_edges_from(edges)
        return graph

    # ------------------------------------------------------------ values

    def value(self, ref: int | str) -> Tensor:
        """The tensor as it was then."""
        index = known_value(self.script, ref)
        there = self._there(index)
        if there is None:
            there = recomputed(self.script, index, self._there, self._remember, self._stale)
        return there

    def keep(self) -> None:
        """Copy inputs, weights and buffers, because they are about to change."""
        script = self.script
        self._insides.clear()
        for step in script.steps:
            if isinstance(step.func, Closed):
                step.func.keep()
        for ref, value in enumerate(self.values):
            known = script.ids[ref] in self._kept
            tensor = script.tensors[ref]
            if value.writer >= 0 or tensor is None or known:
                continue
            if not script.overwritten(ref):
                copied = tensor.detach().clone()
                self._kept[script.ids[ref]] = (tensor, copied, version_of(tensor))

    def attention(self) -> list[AttentionMap]:
        """Every attention map of the pass, also inside of PyTorch's fused attention."""
        return attention_maps(self.script, self.value, self._maps_inside)

    def _maps_inside(self, event: int) -> list[AttentionMap]:
        opened = self.open(event)
        assert opened is not None, "fused attention has a textbook expansion"
        return opened.attention()

    # ------------------------------------------------------------ the program

    def again(self, event: int) -> dict[int, Tensor]:
        """Compute one event again from its recorded inputs: what it writes, by ref."""
        return perform(self.script.steps[event], self.value)

    def replay(self, given: Mapping[int | str, Tensor | Edit]) -> Tape:
        """A tape on which some values are others, and what follows from them with them.

        A value is given as a tensor, or as a function of what it is with all other changes, which
        returns another tensor. Only what follows is computed; this tape stays as it is. Python's
        own decisions in the model are those of the recorded pass: where the model asked a changed
        value for a number and the answer would be another now, this raises Problem (kind
        ``model``). Shape and dtype of a value cannot change. Of an input that the pass did not
        read, nothing follows.
        """
        script = self.script
        if not isinstance(given, Mapping):
            raise Problem(
                "model",
                phrase("A replay takes a dictionary of values, and was given a {kind}."),
                phrase('Write it so: tape.replay({{"x": tensor}}).'),
                kind=type(given).__name__,
            )
        for name in given:
            if is_unread(script, name):
                self._check_unread(str(name))
        refs = {known_value(script, k): t for k, t in given.items() if not is_unread(script, k)}
        edits = {ref: checked(self.values[ref], what) for ref, what in refs.items()}
        made = copy.copy(self)
        made._recent, made._insides, made.altered = Recent(), {}, {}

        def keeps(ref: int, tensor: Tensor) -> bool:
            value = self.values[ref]
            if not tensor.is_nested and tuple(tensor.shape) != value.shape:
                raise _elsewhere(self.events[value.writer].source)
            return self.script.tensors[ref] is not None

        new, stale = changed(self.script, edits, self.value, keeps)
        made._changed = {r: t for r, t in self._changed.items() if r not in stale} | new
        made._stale = self._stale | stale
        made.replaced = {r: one for r, one in self.replaced.items() if r not in stale}
        made.replaced |= {ref: carry_of(what) for ref, what in refs.items()}
        self._check_decisions(made)
        made.output = filled(self._output, Ref, lambda ref: made.value(ref.index))
        return made

    @property
    def follows(self) -> frozenset[int]:
        """The values that `replay` was given, and all that follow from them."""
        return self._stale

    def open(self, event: int | str) -> Tape | None:
        """The inside of one event as a tape of its own, None if it has none.

        A composite function runs again with its ops in sight. A fused one (attention, LSTM, GRU,
        a whole encoder layer) is computed step by step as a textbook writes it; ``deviation`` of
        the tape is how far that is from what was recorded, at most. ``given`` of it says which
        of its values are which of this tape; ``calls`` of it are its parts, as time steps are.
        """
        index = known_event(self.script, event)
        step = self.script.steps[index]
        function = inside(step)
        if function is None:
            return None
        args, kwargs = arguments(step, self.value)
        model = Inside(function)
        with as_then(step, args, kwargs):
            made = self._record(model, *args, **kwargs)
        if len(made.events) < 2:
            return None
        parts = tuple(model.part.made)
        made.calls = (
            made.calls[0],
            *(
                structs.replace(one, kind=parts[one.number][0], detail=parts[one.number][1])
                if one.module == "part"
                else one  # of a module that the function was given
                for one in made.calls[1:]
            ),
        )
        made.deviation = deviation(made.output, [self.value(ref) for ref in step.results])
        given = {id(t): ref for t, ref in zip(tensors((args, kwargs)), step.reads, strict=True)}
        made.given = {
            ref: given[id(tensor)]
            for ref, tensor in enumerate(made.script.tensors)
            if made.script.writer(ref) < 0 and id(tensor) in given
        }
        return made

    def overheard(self, event: int, by: Listener) -> Any:
        """What a fused event gives when a textbook's way computes it again, as in `open`, but with
        no tape of that: ``by`` is called for each of its parts (see `parts.heard`). Raises Problem
        (kind ``engine``) where no textbook has it."""
        step = self.script.steps[event]
        function = textbook(step.func)
        if function is None:
            raise Problem("engine", phrase("There is nothing inside of this op."))
        args, kwargs = arguments(step, self.value)
        with as_then(step, args, kwargs), heard(by):
            return function(*args, **kwargs)

    def opens(self, event: int) -> bool:
        """Whether `open` has something to show. Of composite functions that is tried once."""
        step = self.script.steps[event]
        func = step.func
        if textbook(func) is not None:
            return func in TAKES_NESTED or not self.script.is_nested(step.reads[0])
        if inside(step) is None:
            return False
        if func not in _composite:
            _composite[func] = self.open(event) is not None
        return _composite[func]

    def explain(
        self, ref: int | str, index: Sequence[int] | int = (), limit: int | None = MANY
    ) -> Explanation:
        """How one number came to be: cell ``index`` of a value, by formula, numbers and cells.

        Its terms add up to it. The ``limit`` largest are told one by one, the others by their
        number and sum.
        """
        return explain_cell(self.script, self.value, self.inside, ref, index, limit)

    def receptive_field(self, ref: int | str, index: Sequence[int] | int = ()) -> Field:
        """Which cells of every value before it cell ``index`` of a value depends on, and how much.

        Weights take no part in it.
        """
        return receptive_field(self, *known_cell(self.script, ref, index))

    def influence(self, ref: int | str, index: Sequence[int] | int = ()) -> Field:
        """Which cells of every value after it depend on cell ``index`` of a value, and how much."""
        return influence(self, *known_cell(self.script, ref, index))

    def inside(self, event: int) -> Tape | None:
        """What `open` makes, with its changes, kept for whoever asks about cell after cell."""
        if event in self.altered:
            return self.altered[event]
        made = self._insides.pop(event, None) or self.open(event)
        if made is not None and made.bytes <= _INSIDES:
            self._insides[event] = made
            while sum(one.bytes for one in self._insides.values()) > _INSIDES:
                del self._insides[next(iter(self._insides))]
        return made

    def backward(
        self, loss: int | str | Tensor | None = None, gradient: Tensor | None = None
    ) -> Backward:
        """The backward pass from a loss: a value of the tape, a tensor computed from its output,
        or by default the output itself. The pass must have been recorded with gradients on.

        The gradients are autograd's own; ``.grad`` of no parameter changes.
        """
        if loss is None and not self.outputs:
            raise Problem(
                "model",
                phrase("The model returned no tensor to go back from."),
                phrase("Give the loss: a value of the tape."),
            )
        if loss is None:
            loss = self.outputs[0]
        if not isinstance(loss, Tensor):
            ref = known_value(self.script, loss)
            recorded = self.script.tensors[ref]
            loss = self.value(ref) if recorded is None else recorded
        return run_backward(self.script, loss, gradient)

    def check(self) -> Proof:
        """Prove the tape: every event replays bit for bit, and every input of it counts.

        What no event wrote is not compared, nor what `replay` was given: see `Proof`.
        """
        return prove(self.script, self.value, self.replaced.keys())

    def _check_unread(self, name: str) -> None:
        """No module that runs as one event may have read a weight where nobody sees it."""
        model = self.model
        held = dict((*model.named_parameters(remove_duplicate=False),
                     *model.named_buffers(remove_duplicate=False)))  # fmt: skip
        for event, step in zip(self.events, self.script.steps, strict=True):
            if name in held and isinstance(step.func, Closed) and step.func.holds(held[name]):
                raise Problem(
                    "model",
                    phrase("{name} is read inside of {event}, which is one step."),
                    phrase("Run the model itself with the change."),
                    name=name,
                    event=event.id,
                )

    def _check_decisions(self, made: Tape) -> None:
        script = self.script
        for decision in script.decisions:
            if made._stale.isdisjoint(decision.reads):
                continue
            args, kwargs = filled(
                (decision.args, decision.kwargs), Ref, lambda ref: made.value(ref.index)
            )
            if not _same(decision.func(*args, **kwargs), decision.answer):
                raise _elsewhere(decision.source)

    def _remember(self, ref: int, tensor: Tensor) -> None:
        """Keep a recomputed value while the budget has room beside what was kept."""
        device = tensor.device
        if device not in self._rooms:
            kept = kept_bytes(self.script).get(device, 0)
            self._rooms[device] = self._recorded.budget.of(device, kept) - kept
        self._recent.put(ref, tensor, self._rooms[device])

    def _there(self, ref: int) -> Tensor | None:
        """A value that need not be computed again, None if it must."""
        if ref in self._changed:
            return self._changed[ref]
        known = self._recent.get(ref)
        if known is not None or ref in self._stale:
            return known
        script = self.script
        tensor = script.tensors[ref]
        if tensor is None:
            retention = self._recorded.retention
            known = None if retention is None else retention.fetch(ref)
            if known is not None:
                self._remember(ref, known)
            return known
        kept, writer = self._kept.get(script.ids[ref]), script.writer(ref)
        if kept is not None and (writer < 0 or self._is_foreign(ref, kept[2])):
            return kept[1]
        if not script.overwritten(ref):
            return tensor
        if writer < 0:
            raise lost(self.values[ref].name)
        return None

    def _is_foreign(self, ref: int, version: int) -> bool:
        """Whether code that is not PyTorch's made a value, which is this version of its tensor."""
        script = self.script
        step = script.steps[script.writer(ref)]
        return (
            script.versions[ref] == version
            and all(script.ids[read] != script.ids[ref] for read in step.reads)
            and is_foreign(step.func, step.args, step.kwargs)
        )


_INSIDES = 1 << 28  # bytes of opened events that are kept
_composite: dict[Callable[..., Any], bool] = {}


def _elsewhere(source: str) -> Problem:
    return Problem(
        "model",
        phrase("With this change the model would decide otherwise at {source}."),
        phrase("Run the model itself with the change; a replay keeps its path."),
        source=source,
    )


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except ValueError:  # arrays
        return bool((one == other).all())
