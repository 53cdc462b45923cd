"""A recorded pass once more with other sizes, on tensors that have shapes but no numbers.

They lie on PyTorch's ``meta`` device, but say that they are where the recorded ones are. Whatever
the model asks a tensor for a number, it gets the answer of the recorded pass, so it takes the same
path as long as the path does not depend on sizes. Every op is held against the recorded one: from
the first that differs nothing is said any more.
"""

from __future__ import annotations

import copy
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors

from explorer.core.graph import Value
from explorer.engine.axes.hollow import META, Shape, result
from explorer.engine.naming import SILENT, TELLS, Care, care, op_name, targets
from explorer.engine.nesting import substituted, tensors
from explorer.engine.quiet import printing_nothing
from explorer.engine.replay import random_state, set_random_state
from explorer.engine.script import Script, Step

_is_wrapped = torch._C._functorch.is_functorch_wrapped_tensor


class Pass(NamedTuple):
    """The shapes that values had, by ref, in the ``steps`` that went as recorded.

    ``whole`` says that these are all, ``elsewhere`` that the model went another way after them
    (otherwise it raised, or could not go on without numbers).
    """

    shapes: dict[int, Shape]
    steps: int
    whole: bool = False
    elsewhere: bool = False


class Elsewhere(Exception):
    """The model went another way than in the recorded pass."""


def again(
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    script: Script,
    resized: Mapping[int, Shape],
) -> Pass:
    """Run a copy of the model without numbers; ``resized`` are new shapes of tensors by their id.

    The model, the arguments and the random generators stay as they are.
    """
    gradients = any(script.writer(ref) >= 0 for ref in script.edges)
    memo: dict[int, Any] = {}
    with (
        warnings.catch_warnings(), printing_nothing(), _same_randomness(), _compiling_nothing(),
        torch.set_grad_enabled(gradients),
    ):  # fmt: skip
        warnings.simplefilter("ignore")  # the recorded pass warned already, and printed
        ghost = _Ghost(script)
        try:
            twin = _hollow_model(model, memo)
            for tensor in tensors((args, kwargs)):
                memo[id(tensor)] = _hollow(tensor, resized.get(id(tensor)))
            with _Copying():
                given, named = copy.deepcopy((args, kwargs), memo)
            ghost.run(twin, given, named)
        except Elsewhere:
            return Pass(ghost.shapes, ghost.steps, elsewhere=True)
        except (Exception, SystemExit):  # the model's own: what was seen before holds
            return Pass(ghost.shapes, ghost.steps)
    return Pass(ghost.shapes, ghost.steps, ghost.steps == len(script.steps))


class _Ghost(TorchFunctionMode):
    """Holds every op against the recorded one and notes the shapes of what goes in and out."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.shapes: dict[int, Shape] = {}
        self._script = script
        self._values = script.values
        self.steps = 0
        self._decision = 0
        self._origin = _origins(script)
        self._met: dict[int, int] = {}  # by the id of a tensor: the ref that it first had
        self._alive: list[Any] = []
        self._cares: dict[Callable[..., Any], Care] = {}
        self._hollowed: dict[int, Tensor] = {}
        self._numbers: set[int] = set()  # ids of tensors made here whose numbers are known
        held = (t for t in script.tensors if t is not None)
        self._device = next((t.device for t in held), torch.device("cpu"))

    def run(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The pass."""
        plain = torch.overrides.has_torch_function
        torch.overrides.has_torch_function = _but_for_the_top  # type: ignore[assignment]
        try:
            with self:
                model(*args, **kwargs)
        finally:
            torch.overrides.has_torch_function = plain

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        mind = self._cares.get(func)
        if mind is None:
            mind = self._cares[func] = care(func)
        if mind is SILENT:
            answer = self._pretended(func)
            return func(*args, **kwargs) if answer is None else answer
        if any(map(_is_wrapped, tensors((args, kwargs)))):
            return func(*args, **kwargs)
        if mind is TELLS:
            return self._answer(func, args, kwargs)
        given = [(tensor, tuple(tensor.shape)) for tensor in tensors((args, kwargs))]
        returned = self._called(func, args, kwargs)
        made = list(tensors(returned))
        if made or targets(mind, args, kwargs):
            self._note(func, given, made)
        return returned

    def _called(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """What the op returns: with numbers if it is small and made of sizes alone."""
        op = op_name(func)
        if self._is_known(func, op, args, kwargs):
            args, kwargs = _placed(func, op, args, kwargs, torch.device("cpu"))
            made = list(tensors(returned := func(*args, **kwargs)))
            if all(tensor.numel() <= _SMALL for tensor in made):
                self._numbers.update(map(id, made))
                return returned
            return substituted(returned, self._emptied)
        told: list[Value] = []  # of the results
        itself = -1
        if self.steps < len(self._script.steps) and self._script.steps[self.steps].func == func:
            step = self._script.steps[self.steps]
            told = [self._values[ref] for ref in step.results]
            itself = self._returned_itself(step)
        if any(tensor.device != META for tensor in tensors((args, kwargs))):
            args, kwargs = substituted((args, kwargs), self._emptied)
        args, kwargs = _placed(func, op, args, kwargs, META)
        return result(func, op, args, kwargs, told, itself)

    def _is_known(
        self, func: Callable[..., Any], op: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> bool:
        """Whether an op has nothing but numbers that Python had: sizes, lists, literals."""
        given = list(tensors((args, kwargs)))
        if given:
            return all(id(tensor) in self._numbers for tensor in given)
        if op == "arange":
            return all(abs(n) <= _SMALL for n in args if isinstance(n, int | float))
        return op in ("tensor", "as_tensor", "scalar_tensor") or func not in _device_constructors()

    def _returned_itself(self, step: Step) -> int:
        """Which of its arguments a step returned, −1 if it made a new tensor."""
        ids = self._script.ids
        given = [ids[ref] for ref in step.reads]
        if len(step.results) == 1 and ids[step.results[0]] in given:
            return given.index(ids[step.results[0]])
        return -1

    def _pretended(self, func: Callable[..., Any]) -> Any:
        """What a tensor says of where it is, None if it is not asked that."""
        name = op_name(func)
        if name == "device":
            return self._device
        if name in ("is_cpu", "is_cuda", "is_mps", "is_xpu", "is_meta"):
            return self._device.type == name.removeprefix("is_")
        return None

    def _answer(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        """What the recorded pass was told here, or the number itself where it is known."""
        decisions = self._script.decisions
        if self._decision >= len(decisions):
            raise Elsewhere
        decision = decisions[self._decision]
        given = list(tensors((args, kwargs)))
        if decision.func != func or len(given) != len(decision.reads):
            raise Elsewhere
        for tensor, ref in zip(given, decision.reads, strict=True):
            self._meet(tensor, tuple(tensor.shape), ref)
        self._decision += 1
        if all(id(tensor) in self._numbers for tensor in given):
            return func(*args, **kwargs)
        if op_name(func) in _LISTS and tuple(given[0].shape) != self._values[ref].shape:
            raise Elsewhere
        return copy.deepcopy(decision.answer)

    def _emptied(self, tensor: Tensor) -> Tensor:
        if tensor.device == META or (id(tensor) in self._numbers and tensor.dim() == 0):
            return tensor  # PyTorch takes single numbers from anywhere
        if id(tensor) not in self._hollowed:
            self._hollowed[id(tensor)] = _hollow(tensor)
            self._alive.append(tensor)
        return self._hollowed[id(tensor)]

    def _note(
        self, func: Callable[..., Any], given: list[tuple[Tensor, Shape]], made: list[Tensor]
    ) -> None:
        """The next step, if it is the recorded one; ``given`` with the shapes before it."""
        if self.steps == len(self._script.steps):
            raise Elsewhere
        step = self._script.steps[self.steps]
        same = len(given) == len(step.reads) and len(made) == len(step.results)
        if step.func != func or not same:
            raise Elsewhere
        for (tensor, shape), ref in zip(given, step.reads, strict=True):
            self._meet(tensor, shape, ref)
        for tensor, ref in zip(made, step.results, strict=True):
            self._met[id(tensor)] = self._origin.get(ref, ref)
            self._see(tuple(tensor.shape), ref)
        for before, after in step.changed:
            if before in self.shapes:
                self.shapes.setdefault(after, self.shapes[before])
        self._alive.append((given, made))  # or another tensor would get an id that counts
        self.steps += 1

    def _meet(self, tensor: Tensor, shape: Shape, ref: int) -> None:
        """This tensor must be the one that has this ref in the recorded pass."""
        origin = self._origin.get(ref, ref)
        known = self._met.get(id(tensor))
        if known is None:
            if self._script.writer(origin) >= 0:
                raise Elsewhere
            self._met[id(tensor)] = origin
        elif known != origin:
            raise Elsewhere
        self._see(shape, ref)

    def _see(self, shape: Shape, ref: int) -> None:
        if len(shape) != len(self._values[ref].shape):
            raise Elsewhere
        self.shapes[ref] = shape


_LISTS = ("tolist", "numpy", "array")
_SMALL = 4096  # numbers that may really be computed


def _placed(
    func: Callable[..., Any],
    op: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    device: torch.device,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of an op with every device in them another one."""
    kinds = (torch.device, str) if op == "to" else (torch.device,)
    if any(isinstance(argument, kinds) for argument in args):
        args = tuple(device if isinstance(argument, kinds) else argument for argument in args)
    if "device" in kwargs or func in _device_constructors():
        kwargs = kwargs | {"device": device}
    return args, kwargs


def _but_for_the_top(given: Any) -> bool:
    """PyTorch's own answer but for the mode that is on: by it modules choose how to compute."""
    if torch._C._len_torch_function_stack() == 0:
        return _has_torch_function(given)
    top = torch.overrides._pop_mode()
    try:
        return _has_torch_function(given)
    finally:
        torch.overrides._push_mode(top)


_has_torch_function = torch._C._has_torch_function


def _origins(script: Script) -> dict[int, int]:
    """The first ref of the tensor of every value that came to be by overwriting."""
    found: dict[int, int] = {}
    for step in script.steps:
        for before, after in step.changed:
            found[after] = found.get(before, before)
    return found


class _Copying(TorchFunctionMode):
    """While it is on, the copy of a tensor is one without numbers."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is Tensor.__deepcopy__ or func is Tensor.clone:
            return _hollow(args[0])
        return func(*args, **(kwargs or {}))


def _hollow(tensor: Tensor, shape: Shape | None = None) -> Tensor:
    """A tensor like another one, without numbers, in another shape if one is given."""
    if shape is not None:
        made = torch.empty(shape, dtype=tensor.dtype, device=META)
    else:
        made = torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device=META)
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(made, tensor.requires_grad)
    return made.requires_grad_(tensor.requires_grad)


def _hollow_model(model: nn.Module, memo: dict[int, Any]) -> nn.Module:
    """A copy of a model whose tensors have no numbers and to which no hook but torch's own is tied.

    Much of a module is its empty tables of hooks; these are made, not copied.
    """
    modules = list(model.modules())
    for module in modules:
        memo[id(module)] = module.__class__.__new__(module.__class__)
        for tensor in (*module._parameters.values(), *module._buffers.values()):
            if tensor is not None and id(tensor) not in memo:
                memo[id(tensor)] = _hollow(tensor)
    with _Copying():
        for module in modules:
            made = memo[id(module)].__dict__
            for name, what in module.__dict__.items():
                if "_hooks" in name and isinstance(what, dict):
                    what = type(what)((k, hook) for k, hook in what.items() if _is_own(hook))
                made[name] = copy.deepcopy(what, memo) if not _is_plain(what) else what
    twin: nn.Module = memo[id(model)]
    return twin


def _is_own(hook: Any) -> bool:
    """Whether PyTorch itself made a hook, as for weight norm; others are not to be called."""
    return type(hook).__module__.startswith("torch.")


def _is_plain(what: Any) -> bool:
    return what is None or isinstance(what, bool | int | float | str)


def _compiling_nothing() -> AbstractContextManager[object]:
    """What `torch.compile` made runs as it was written: else it would be compiled once more for
    every size, and give up after a few."""
    if "torch._dynamo" not in sys.modules:  # it costs seconds where nobody needs it
        return nullcontext()
    return torch.compiler.set_stance("force_eager")


@contextmanager
def _same_randomness() -> Iterator[None]:
    """Leave the random generators of torch, Python and numpy as they are."""
    state, own = random_state(), random.getstate()
    numpy = sys.modules.get("numpy")
    drawn = numpy.random.get_state() if numpy is not None else None
    try:
        yield
    finally:
        set_random_state(state)
        random.setstate(own)
        if numpy is not None:
            numpy.random.set_state(drawn)
