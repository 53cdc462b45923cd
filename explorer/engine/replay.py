"""Running a script again: to get back a value that is gone, or with some values changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor

from explorer.core.graph import Value
from explorer.core.ops import Family, op
from explorer.core.problem import Problem, phrase
from explorer.engine.memory import Place
from explorer.engine.naming import UNSET, care, follows_autograd, op_name, targets
from explorer.engine.nesting import filled, tensors
from explorer.engine.script import Ref, Script, Step, shape_of
from explorer.engine.settings import as_set, flags_now

_CHEAP: frozenset[Family] = frozenset({"norm", "activation", "elementwise", "reshape"})
_CHEAP_TOO = frozenset({"softmax", "log_softmax", "masked_fill"})  # of families that are not
_FEW = 3  # ops, to compute a value again
_SMALL = 1 << 16  # bytes
Get = Callable[[int], Tensor]
Unset = Callable[[Tensor], object]
Edit = Callable[[Tensor], Tensor]


def perform(
    step: Step, get: Get, fresh: Collection[int] = (), unset: Unset = Tensor.zero_
) -> dict[int, Tensor]:
    """Compute a step from the values that ``get`` gives: what it writes, by ref.

    What it overwrites lies in memory of its own meanwhile, so no given tensor changes. Where two
    values share memory and differ, those in ``fresh`` count. ``unset`` fills the memory that a step
    makes and leaves as it is; what it held in the pass is gone. Raises Problem (kind ``model``) for
    a step that goes by autograd's graph, which is used up.
    """
    if _is_plain(step):
        return _performed(step, get)
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


def _is_plain(step: Step) -> bool:
    """Whether a step only reads tensors and makes others, as most do."""
    if step.is_plain is None:
        func = step.func
        writes = bool(care(func).writes or step.changed or step.places)
        writes |= step.kwargs.get("out") is not None
        special = step.rng is not None or bool(step.settings.casts) or op_name(func) in UNSET
        step.is_plain = not (writes or special or follows_autograd(func))
    return step.is_plain


def _performed(step: Step, get: Get) -> dict[int, Tensor]:
    """A plain step, without what others need: of a small op that is most of the time."""
    given: dict[int, Tensor] = {}

    def argument(ref: Ref) -> Tensor:
        if ref.index not in given:
            given[ref.index] = get(ref.index)
        return given[ref.index]

    args = [
        argument(one) if type(one) is Ref else one if type(one) in _ATOMS else
        filled(one, Ref, argument)
        for one in step.args
    ]  # fmt: skip
    kwargs = filled(step.kwargs, Ref, argument) if step.kwargs else {}
    if torch.is_grad_enabled() == step.grads and step.settings.flags == flags_now():
        result = step.func(*args, **kwargs)
    else:
        with torch.set_grad_enabled(step.grads), as_set(step.settings):
            result = step.func(*args, **kwargs)
    made = (result,) if isinstance(result, Tensor) else tensors(result)
    return {ref: tensor.detach() for ref, tensor in zip(step.results, made, strict=False)}


_ATOMS = (int, float, bool, str, type(None))


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
    given: Mapping[int, Tensor | Edit],
    value: Get,
    keeps: Callable[[int, Tensor], bool],
) -> tuple[dict[int, Tensor], frozenset[int]]:
    """What differs or may differ when some values are ``given``: those and what follows.

    A value is given as it is to be, or by what makes it of the one that came to be with all other
    changes. ``value(ref)`` gives a value as it was recorded. Returns the new values of which
    ``keeps(ref, tensor)`` is true, and the refs of all. What is soon computed again from those
    that are kept is not kept itself: to write it where nobody wrote before costs more than it
    helps.
    """
    follows = set(given)
    cone: list[tuple[Step, tuple[int, ...], tuple[int, ...]]] = []  # what it needs and writes
    for step in script.steps:
        needs = step.needs
        if not follows.isdisjoint(needs):
            cone.append((step, needs, step.writes))
            follows.update(step.writes)
    uses = Counter(ref for _, needs, _ in cone for ref in needs)
    computed = {ref for _, _, writes in cone for ref in writes}
    kept = set(given)
    late: dict[int, int] = {}  # values that are not kept, and how many ops make them of kept ones
    new: dict[int, Tensor] = {}
    for ref, what in given.items():
        if isinstance(what, Tensor):
            new[ref] = what
        elif ref not in computed:
            new[ref] = what(value(ref))

    def get(ref: int) -> Tensor:
        return new[ref] if ref in follows else value(ref)

    with torch.no_grad():
        for step, needs, writes in cone:
            if step.changed:
                _check_memory(script, step, get, follows)
            ops = 1 + max((late.get(ref, 0) for ref in needs), default=0)
            is_soon_made = ops <= _FEW and _is_cheap(script, step, follows)
            for ref, tensor in perform(step, get, follows).items():
                edit = given.get(ref)
                if isinstance(edit, Tensor):
                    continue
                new[ref] = tensor if edit is None else edit(tensor)
                if edit is None and keeps(ref, tensor):
                    if is_soon_made:
                        late[ref] = ops
                    else:
                        kept.add(ref)
            for ref in needs:
                uses[ref] -= 1
            for ref in (*needs, *writes):
                if not uses[ref] and ref not in kept:
                    new.pop(ref, None)
    return new, frozenset(follows)


@cache
def _does_little(name: str) -> bool:
    """Whether an op costs little for each number, by its name."""
    return op(name).family in _CHEAP or name in _CHEAP_TOO


def _is_cheap(script: Script, step: Step, follows: set[int]) -> bool:
    """Whether a step does little for each of many numbers, and makes them of those of one value
    that differs, so that nothing long leads to them."""
    return (
        _does_little(op_name(step.func))
        and _is_plain(step)
        and sum(ref in follows for ref in step.needs) == 1
        and all(script.values[ref].bytes > _SMALL for ref in step.writes)
    )


def checked(value: Value, given: Tensor | Edit) -> Tensor | Edit:
    """What is given for a value, or makes it: a tensor of its kind, or Problem."""
    if isinstance(given, Tensor) or not callable(given):
        _same_kind(value, given)
        return given
    edit = given

    def made_of(before: Tensor) -> Tensor:
        made = edit(before)
        _same_kind(value, made)
        return made

    return made_of


def _same_kind(value: Value, tensor: object) -> None:
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


def _check_memory(script: Script, step: Step, get: Get, follows: set[int]) -> None:
    """A changed value is a tensor of its own; where a step overwrites the memory that it shared
    with one that did not change, the pass would have to go on in two memories. Raises Problem."""
    places = {ref: place for ref, place in step.places.items() if ref not in step.covered}
    if follows.isdisjoint(places) or follows.issuperset(places):
        return
    memory: dict[int, torch.UntypedStorage] = {}
    placed: dict[int, Tensor] = {}
    for ref in sorted(places, key=lambda ref: ref in follows):
        given = get(ref).detach()
        placed[ref] = _placed(places[ref], places.values(), memory, given.device)
        _fill(placed[ref], given)
    for ref in places.keys() - follows:
        is_other = placed[ref] != get(ref)
        if (is_other & ~(placed[ref].isnan() & get(ref).isnan())).any():
            raise Problem(
                "model",
                phrase("{name} shares memory with a changed value, and {op} writes into it."),
                phrase("Change {name} itself, or what {op} gives."),
                name=script.values[ref].name, op=op_name(step.func),
            )  # fmt: skip


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
