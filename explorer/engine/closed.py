"""Modules that run as one event, `torch.jit` ones and compiled ones: computed again, they begin
with the state that they had in the pass, and leave the one that they have by now alone."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.jit import ScriptModule

from explorer.core.problem import Problem, phrase
from explorer.engine.nesting import tensors
from explorer.engine.script import lost, version_of


class Closed:
    """A call of such a module as one function, called ``name``.

    The first call is that of the pass; ``call(module, *args, **kwargs)`` makes it, ``module`` being
    the module itself. Those after it are of a copy that shares its parameters and has buffers and
    other attributes of its own.
    """

    def __init__(self, module: nn.Module, call: Callable[..., Any], name: str) -> None:
        self.__name__ = name
        self._module, self._call = module, call
        self._began = False
        self._state: _ScriptState | _EagerState | None = None
        self.why = ""  # the state could not be kept
        with torch._C.DisableTorchFunction():  # before the call, whose time is told
            try:
                self._state = _state(module)
            except (RuntimeError, TypeError, AttributeError) as error:
                self.why = str(error).partition("\n")[0] or type(error).__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it."""
        if not self._began:
            self._began = True
            return self._call(self._module, *args, **kwargs)
        if self._state is None:
            raise Problem(
                "model",
                phrase("The state that {name} had in this pass could not be kept: {why}"),
                phrase("Run the model itself with the change."),
                name=self.__name__,
                why=self.why,
            )
        with self._state.put_back() as module:
            return self._call(module, *args, **kwargs)

    def holds(self, tensor: Tensor) -> bool:
        """Whether a tensor is a parameter or buffer of the module."""
        return any(tensor is one for one in (*self._module.parameters(), *self._module.buffers()))

    def keep(self) -> None:
        """Copy the parameters too, because they are about to change."""
        if self._state is not None:
            self._state.keep()


def _state(module: nn.Module) -> _ScriptState | _EagerState:
    return _ScriptState(module) if isinstance(module, ScriptModule) else _EagerState(module)


class _ScriptState:
    """What a `torch.jit` module holds at this moment, as a copy that never runs itself."""

    def __init__(self, module: ScriptModule) -> None:
        self._parameters = _Parameters(module)
        self._held = _copied(module._c, {}, {}, whole=False)

    def keep(self) -> None:
        self._parameters.check()
        self._held = _copied(self._held, {}, {}, whole=True)
        self._parameters.forget()

    @contextmanager
    def put_back(self) -> Iterator[nn.Module]:
        """The module as it was."""
        self._parameters.check()
        yield torch.jit._recursive.wrap_cpp_module(_copied(self._held, {}, {}, whole=False))


class _EagerState:
    """Buffers and modes of a module that PyTorch compiles: it runs itself, with these in it."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._inner: nn.Module = getattr(module, "_orig_mod", module)
        self._parameters = _Parameters(self._inner)
        self._modes = [one.training for one in self._inner.modules()]
        self._held = self._copied([one._buffers for one in self._inner.modules()])

    @staticmethod
    def _copied(given: list[dict[str, Tensor | None]]) -> list[dict[str, Tensor | None]]:
        return [
            {n: None if t is None else t.detach().clone() for n, t in one.items()} for one in given
        ]

    def keep(self) -> None:
        """Its parameters stay those of the module: PyTorch would compile it again for others."""

    @contextmanager
    def put_back(self) -> Iterator[nn.Module]:
        """The module as it was; afterwards it is as it is now."""
        self._parameters.check()
        modules = list(self._inner.modules())
        now = [(dict(one._buffers), one.training) for one in modules]
        try:
            then = zip(modules, self._copied(self._held), self._modes, strict=True)
            for one, buffers, training in then:
                one._buffers.update(buffers)
                one.training = training
            yield self._module
        finally:
            for one, (buffers, training) in zip(modules, now, strict=True):
                one._buffers.update(buffers)
                one.training = training


class _Parameters:
    """The parameters of a module, which are kept by reference."""

    def __init__(self, module: nn.Module) -> None:
        self._then = {name: (p, version_of(p)) for name, p in module.named_parameters()}

    def check(self) -> None:
        """Raise Problem if one was changed since."""
        for name, (parameter, version) in self._then.items():
            if version_of(parameter) != version:
                raise lost(name)

    def forget(self) -> None:
        """They may change."""
        self._then.clear()


def _copied(module: Any, modules: dict[int, Any], memo: dict[int, Any], whole: bool) -> Any:
    """A C++ module with attributes of its own; its parameters only if ``whole``.

    ``modules`` are those that were copied already, ``memo`` what `copy.deepcopy` keeps.
    """
    known = hash(module)
    if known in modules:
        return modules[known]
    made = modules[known] = copy.copy(module)
    kind: Any = torch._C.ConcreteModuleType.from_jit_type(module._type())
    for name, (_, is_parameter) in kind.get_attributes().items():
        if whole or not is_parameter:
            value = module.getattr(name)
            if not isinstance(value, _PLAIN):
                made.setattr(name, _copy_of(value, memo))
    for name, inner in torch._C.ModuleDict(module).items():
        made.setattr(name, _copied(inner, modules, memo, whole))
    return made


def _copy_of(value: Any, memo: dict[int, Any]) -> Any:
    """A copy of an attribute without autograd's graph; what shares memory does so again."""
    copies: dict[int, Any] = {}
    for tensor in tensors(value):
        made = copy.deepcopy(tensor.detach(), memo)
        copies[id(tensor)] = made.requires_grad_(tensor.is_leaf and tensor.requires_grad)
    return copies[id(value)] if id(value) in copies else copy.deepcopy(value, copies)


_PLAIN = (bool, int, float, complex, str, torch.dtype, torch.device, type(None))
