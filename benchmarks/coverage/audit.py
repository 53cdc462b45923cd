"""One model put to the test: is what was recorded the pass that really happened?

Four questions are asked of every case: does recording change anything (output, buffers, random
state), does every tensor on the tape have an origin, can every event be computed again, and which
attention maps are found. What the recorder did not see is found by a `TorchDispatchMode` beneath
it, which sees every aten op, however it was called.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from sys import _getframe
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import explorer
from explorer.engine import record as recorder
from explorer.engine.proof import same
from explorer.engine.tape import Tape

SEED = 0
Given = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A small model with something to feed it. ``make`` and ``given`` build both anew."""

    name: str
    group: str
    make: Callable[[], nn.Module]
    given: Callable[[nn.Module], Given]
    training: bool = False


@dataclass
class Result:
    """What was found out about a case.

    ``constants`` counts tensors on the tape that no event made and that are neither parameters,
    buffers nor inputs. Those of them that were computed during the pass are ``dangling``: the
    tape does not know where they come from. ``unseen`` are the aten ops on tensors that ran
    outside of every event. ``unmoved`` counts inputs whose change did not show, see `Proof`.
    ``reasons`` says in one line each what is not as it should be.
    """

    name: str
    group: str
    training: bool
    kind: str = ""
    events: int = 0
    calls: int = 0
    constants: int = 0
    dangling: int = 0
    unseen: list[str] = field(default_factory=list)
    unmoved: int = 0
    maps: int = 0
    equal: bool = False
    proved: bool = False
    seconds: float = 0.0
    reasons: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether all is well."""
        return self.equal and self.proved and not self.dangling and not self.reasons


def audit(case: Case) -> Result:
    """Put one case to the test. Never raises: what goes wrong is a reason in the result."""
    result = Result(case.name, case.group, case.training)
    began = time.perf_counter()
    for step in (_compare, _trace):
        try:
            step(case, result)
        except Exception as error:
            said = str(error).strip() or "no message"
            result.reasons.append(f"{type(error).__name__}: {said.splitlines()[0][:200]}")
            break
    result.seconds = time.perf_counter() - began
    return result


def proof(tape: Tape) -> tuple[list[str], int]:
    """What is wrong with the events of a tape, and how many inputs could not be seen to count."""
    found = tape.check()
    return list(found), len(found.unmoved)


def _compare(case: Case, result: Result) -> None:
    """Record beside a plain call of an equal model, from the same random state, and compare."""
    twin, given = _made(case)
    plain, drawn = _called(twin, given)
    model, (args, kwargs) = _made(case)
    result.kind = type(model).__name__
    with torch.no_grad():
        _seed()
        tape = explorer.record(model, *args, **kwargs)
        drawn_too = torch.get_rng_state()
        differs = _difference(plain, tape.output)
        if differs:
            if _difference(plain, _called(*_made(case))[0]):
                differs += " (two plain calls differ, too)"
            result.reasons.append(f"output: {differs}")
        if not torch.equal(drawn, drawn_too):
            result.reasons.append("other random numbers were drawn")
        left = _difference(_state(twin), _state(model))
        if left:
            result.reasons.append(f"model left in another state: {left}")
        result.equal = not result.reasons
        result.events, result.calls = len(tape.events), len(tape.calls)
        wrong, result.unmoved = proof(tape)
        result.proved = not wrong
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            result.reasons.append(f"check: {wrong[0].splitlines()[0][:200]}{more}")
        result.maps = len(tape.attention())


def _seed() -> None:
    """Set every generator that a model may draw from to where it begins."""
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    random.seed(SEED)


def _made(case: Case) -> tuple[nn.Module, Given]:
    """The model and what it is fed, the same numbers every time."""
    _seed()
    model = case.make().train(case.training)
    return model, case.given(model)


def _called(model: nn.Module, given: Given) -> tuple[Any, Tensor]:
    """What the plain call gives, and the random state after it."""
    _seed()
    with torch.no_grad():
        return model(*given[0], **given[1]), torch.get_rng_state()


def _trace(case: Case, result: Result) -> None:
    """Record once more, with a look at every aten op, and find the tensors without origin."""
    model, (args, kwargs) = _made(case)
    _seed()
    with torch.no_grad(), Watch() as watch:
        tape = explorer.record(model, *args, **kwargs)
    sources, constants = set(), []
    for value in tape.values:
        if value.kind == "constant":
            constants.append(tape.value(value.name))
        elif value.writer < 0:
            sources.add(_memory(tape.value(value.name)))
    computed = (watch.computed | sources) - {0}
    result.constants = len(constants)
    result.dangling = sum(_memory(tensor) in computed for tensor in constants)
    result.unseen = watch.unseen
    for ref in tape.outputs:
        value = tape.values[ref]
        if value.kind == "constant" and _memory(tape.value(ref)) in watch.computed:
            result.reasons.append(f"the output {tuple(value.shape)} has no writer on the tape")
    if result.dangling:
        ops = ", ".join(dict.fromkeys(watch.unseen)) or "inside of an event that is not kept"
        result.reasons.append(f"{result.dangling} dangling tensors, from {ops[:150]}")


class Watch(TorchDispatchMode):
    """Sees every aten op beneath the recorder, also those that it does not.

    ``computed`` are the addresses of all memory that an op filled from other tensors, ``unseen``
    the ops of these that ran outside of every recorded event. Everything is kept alive, so that
    an address stands for one tensor only.
    """

    def __init__(self) -> None:
        super().__init__()
        self.computed: set[int] = set()
        self.unseen: list[str] = []
        self._alive: list[Any] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        with torch._C.DisableTorchFunction():  # or the recorder would see this very call
            made = func(*args, **(kwargs or {}))
        given = list(leaves((args, kwargs)))
        if given:
            old = {_memory(tensor) for tensor in given}
            self.computed |= {_memory(tensor) for tensor in leaves(made)} - old
            if not _in_event():
                self.unseen.append(str(func))
        self._alive.append((given, made))
        return made


def _in_event() -> bool:
    """Whether the recorder is calling a function right now."""
    frame: Any = _getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__torch_function__" and code.co_filename == recorder.__file__:
            return True
        frame = frame.f_back
    return False


def leaves(thing: Any, seen: set[int] | None = None) -> Iterator[Tensor]:
    """Every tensor inside of an output: also in the attributes of plain objects, as in a cache."""
    seen = set() if seen is None else seen
    if isinstance(thing, Tensor):
        yield thing
    elif isinstance(thing, str | bytes | int | float | type | None) or id(thing) in seen:
        return
    else:
        seen.add(id(thing))
        if isinstance(thing, dict):
            inside: Any = thing.values()
        elif isinstance(thing, list | tuple | set):
            inside = thing
        else:
            inside = (
                ()
                if isinstance(thing, nn.Module)
                else vars(thing).values()
                if hasattr(thing, "__dict__")
                else ()
            )
        for item in list(inside):
            yield from leaves(item, seen)


def _state(model: nn.Module) -> dict[str, Any]:
    """Parameters and buffers, also those that are not saved, and the training flags."""
    state: dict[str, Any] = dict(model.named_parameters())
    state |= dict(model.named_buffers())
    return state


def _difference(one: Any, other: Any) -> str:
    """How two nested outputs differ, ``""`` if they are equal bit for bit."""
    first, second = list(leaves(one)), list(leaves(other))
    if type(one) is not type(other):
        return f"{type(one).__name__} became {type(other).__name__}"
    if len(first) != len(second):
        return f"{len(first)} tensors became {len(second)}"
    for index, (a, b) in enumerate(zip(first, second, strict=True)):
        if a.is_nested and b.is_nested:
            a, b = a.to_padded_tensor(0.0), b.to_padded_tensor(0.0)
        if isinstance(a, nn.UninitializedParameter | nn.UninitializedBuffer):
            if type(a) is not type(b):
                return f"tensor {index} was initialised in one only"
        elif not same(a, b):
            if a.shape != b.shape:
                return f"tensor {index} {tuple(a.shape)} became {tuple(b.shape)}"
            gap = (
                (a.double() - b.double()).abs().max() if not a.is_complex() else (a - b).abs().max()
            )
            return f"tensor {index} {tuple(a.shape)} differs by up to {float(gap):.2g}"
    return ""


def _memory(tensor: Tensor) -> int:
    """The address of a tensor's memory, 0 for one without."""
    try:
        return tensor.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):
        return 0
