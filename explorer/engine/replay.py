"""Running a script again: to get back a value that is gone, or with some values changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from explorer.core.graph import Value
from explorer.core.problem import Problem, phrase
from explorer.engine.memory import Place
from explorer.engine.naming import UNSET, care, follows_autograd, op_name, targets
from explorer.engine.nesting import filled, tensors
from explorer.engine.script import Ref, Script, Step, shape_of
from explorer.engine.settings import as_set

Get = Callable[[int], Tensor]
Unset = Callable[[Tensor], object]


def perform(
    step: Step, get: Get, fresh: Collection[int] = (), unset: Unset = Tensor.zero_
) -> dict[int, Tensor]:
    """Compute a step from the values that ``get`` gives: what it writes, by ref.

    What it overwrites lies in memory of its own meanwhile, so no given tensor changes. Where two
    values share memory and differ, those in ``fresh`` count. ``unset`` fills the memory that a step
    makes and leaves as it is; what it held in the pass is gone. Raises Problem (kind ``model``) for
    a step that goes by autograd's graph, which is used up.
    """
    if follows_autograd(step.func):
        raise Problem(
            "model",
            phrase("{name} went by autograd's graph, and cannot be computed again."),
            phrase("Run the model itself with the change; a replay keeps its path."),
            name=op_name(step.func),
        )
    memory: dict[int, torch.UntypedStorage] = {}
    placed: dict[int, Tensor] = {}
    for ref in sorted(step.places.keys() - step.covered, key=lambda ref: ref in fresh):
        given = get(ref)
        placed[ref] = _placed(step.places[ref], step.places.values(), memory, given.device)
        _fill(placed[ref], given.detach())
    for ref in step.covered:  # nothing to fill in that the others do not hold
        place = step.places[ref]
        placed[ref] = place.within(memory[place.key])
    overwritten = {before for before, _ in step.changed}
    for ref in overwritten - placed.keys():  # of a layout that has no plain memory
        placed[ref] = get(ref).detach().clone()
    for one in targets(care(step.func), step.args, step.kwargs):
        if isinstance(one, Ref) and one.index not in placed:  # `detach_` writes no number
            placed[one.index] = get(one.index).detach()

    given_as: dict[int, Tensor] = {}  # the same tensor twice is one: some ops look at that

    def argument(ref: Ref) -> Tensor:
        if ref.index in placed:
            return placed[ref.index]
        if ref.index not in given_as:
            given_as[ref.index] = get(ref.index)
        return given_as[ref.index]

    args, kwargs = filled((step.args, step.kwargs), Ref, argument)
    size = sum(storage.nbytes() for storage in memory.values())
    # Some ops (LSTM) compute another way, with other last bits, where autograd follows them.
    with as_then(step, args, kwargs), torch.set_grad_enabled(step.grads):
        result = step.func(*args, **kwargs)
    if op_name(step.func) in UNSET:
        for made in tensors(result):
            unset(_behind(made.detach(), size))
    found = dict(zip(step.results, tensors(result), strict=False))
    for before, after in step.changed:
        found.setdefault(after, placed[before])
    return {ref: tensor.detach() for ref, tensor in found.items()}


@contextmanager
def as_then(step: Step, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[None]:
    """Without gradients, with the settings of a step, drawing the random numbers that it drew."""
    with torch.no_grad(), _drawing_as(step.rng, args, kwargs), as_set(step.settings):
        yield


def recomputed(
    script: Script,
    wanted: int,
    there: Callable[[int], Tensor | None],
    made: Callable[[int, Tensor], None],
    fresh: Collection[int] = (),
) -> Tensor:
    """The ``wanted`` value, by running again what leads to it.

    ``there(ref)`` gives a value that need not be computed, or None. What else comes to be on the
    way is told to ``made(ref, tensor)``. ``fresh`` as in `perform`.
    """
    have: dict[int, Tensor] = {}
    run: set[int] = set()
    missing = [wanted]
    asked = {wanted}
    while missing:
        writer = script.writer(missing.pop())
        if writer in run:
            continue
        run.add(writer)
        for ref in script.steps[writer].needs:
            if ref in have or ref in asked:
                continue
            asked.add(ref)
            tensor = there(ref)
            if tensor is None:
                missing.append(ref)
            else:
                have[ref] = tensor
    uses = Counter(ref for index in run for ref in script.steps[index].needs)
    for index in sorted(run):
        step = script.steps[index]
        for ref, tensor in perform(step, have.__getitem__, fresh).items():
            made(ref, tensor)
            if uses[ref] or ref == wanted:
                have.setdefault(ref, tensor)
        for ref in step.needs:
            uses[ref] -= 1
            if not uses[ref] and ref != wanted:
                del have[ref]
    return have[wanted]


def changed(
    script: Script,
    given: Mapping[int, Tensor],
    value: Get,
    keeps: Callable[[int, Tensor], bool],
) -> tuple[dict[int, Tensor], frozenset[int]]:
    """What differs or may differ when some values are ``given``: those and what follows.

    ``value(ref)`` gives a value as it was recorded. Returns the new values of which
    ``keeps(ref, tensor)`` is true, and the refs of all.
    """
    follows = set(given)
    cone = []
    for step in script.steps:
        if not follows.isdisjoint(step.needs):
            cone.append(step)
            follows.update(step.writes)
    uses = Counter(ref for step in cone for ref in step.needs)
    new, kept = dict(given), set(given)

    def get(ref: int) -> Tensor:
        return new[ref] if ref in follows else value(ref)

    for step in cone:
        for ref, tensor in perform(step, get, follows).items():
            if ref not in given:
                new[ref] = tensor
                if keeps(ref, tensor):
                    kept.add(ref)
        uses.subtract(step.needs)
        for ref in (*step.needs, *step.writes):
            if not uses[ref] and ref not in kept:
                new.pop(ref, None)
    return new, frozenset(follows)


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


def randomness(args: Iterable[Any], kwargs: Mapping[str, Any]) -> tuple[RandomState, Tensor | None]:
    """All that a call may draw random numbers from: also a generator among its arguments."""
    own = _generator(args, kwargs)
    return random_state(), own.get_state() if own is not None else None


@contextmanager
def _drawing_as(
    then: tuple[RandomState, Tensor | None] | None, args: Iterable[Any], kwargs: Mapping[str, Any]
) -> Iterator[None]:
    """Draw the random numbers that were drawn then, if any, and leave the state as it is."""
    if then is None:
        yield
        return
    now, own = randomness(args, kwargs), _generator(args, kwargs)
    try:
        _set_randomness(then, own)
        yield
    finally:
        _set_randomness(now, own)


def _set_randomness(state: tuple[RandomState, Tensor | None], own: torch.Generator | None) -> None:
    set_random_state(state[0])
    if own is not None and state[1] is not None:
        own.set_state(state[1])


def _generator(args: Iterable[Any], kwargs: Mapping[str, Any]) -> torch.Generator | None:
    given = (*args, *kwargs.values())
    return next((one for one in given if isinstance(one, torch.Generator)), None)


def _placed(
    place: Place,
    places: Iterable[Place],
    memory: dict[int, torch.UntypedStorage],
    device: torch.device,
) -> Tensor:
    """An empty tensor at a place in memory that is made at first use."""
    if place.key not in memory:
        size = max(other.span[1] for other in places if other.key == place.key)
        memory[place.key] = torch.UntypedStorage(size, device=device)
    return place.within(memory[place.key])


def _behind(tensor: Tensor, size: int) -> Tensor:
    """What a tensor has of its memory behind the first ``size`` bytes."""
    if not size:
        return tensor
    start = max(size // tensor.element_size(), tensor.storage_offset())
    end = max(tensor.storage_offset() + tensor.numel(), start)  # after `resize_` it has no gaps
    return tensor.as_strided((end - start,), (1,), start)


def _fill(target: Tensor, given: Tensor) -> None:
    """Copy into a tensor, which may be expanded: every element once."""
    for axis, stride in enumerate(target.stride()):
        if stride == 0 and target.shape[axis] > 1:
            target, given = target.narrow(axis, 0, 1), given.narrow(axis, 0, 1)
    target.copy_(given)


def check_kind(value: Value, tensor: object) -> None:
    """Raise Problem (kind ``model``) if a tensor cannot take the place of a value."""
    if not isinstance(tensor, Tensor):
        raise Problem(
            "model",
            phrase("{name} is a tensor, and cannot become a {kind}."),
            phrase("Give a tensor of the same shape and dtype."),
            name=value.name,
            kind=type(tensor).__name__,
        )
    if str(tensor.device) != value.device:
        raise Problem(
            "model",
            phrase("{name} is on {device}, and cannot become a tensor on {other}."),
            phrase("Give a tensor on the same device."),
            name=value.name,
            device=value.device,
            other=tensor.device,
        )
    dtype = str(tensor.dtype).removeprefix("torch.")
    shape = shape_of(tensor)
    if (shape, dtype) != (value.shape, value.dtype):
        raise Problem(
            "model",
            phrase("{name} is {dtype} {shape}, and cannot become {other_dtype} {other}."),
            phrase("Give a tensor of the same shape and dtype."),
            name=value.name,
            dtype=value.dtype,
            shape=value.shape,
            other_dtype=dtype,
            other=shape,
        )
