"""Copies of what an op is about to overwrite and nobody could compute again: sources of a pass, and
results of code that is not PyTorch's own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from types import BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parameter import is_lazy

from explorer.engine.entries import Entry
from explorer.engine.memory import memory_of
from explorer.engine.naming import is_foreign, is_overridden
from explorer.engine.nesting import listed, tensors
from explorer.engine.script import Script, version_of

_BUILT_IN = (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)
_MAKERS = {  # what these return lies in new memory, unless it is given some
    getattr(owner, name)
    for owner in (torch, Tensor, functional)
    for name in (
        "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
        "batch_norm", "layer_norm", "group_norm", "linear", "matmul", "bmm", "add", "sub", "mul",
        "div", "__add__", "__sub__", "__mul__", "__truediv__", "__matmul__", "max_pool2d",
    )
    if hasattr(owner, name)
}  # fmt: skip
_NEAR = 32  # entries back to look for the op that made a tensor


class Protection:
    """Follows the ``entries`` of a pass, which are the fields of an `Entry` each.

    ``kept`` maps the id of an overwritten source to it, what it was before, and its version then.
    """

    def __init__(self, model: nn.Module, given: Any, entries: list[tuple[Any, ...]]) -> None:
        self.kept: dict[int, tuple[Tensor, Tensor, int]] = {}
        self._model, self._given, self._entries = model, given, entries
        self._sources: dict[int, list[Tensor]] | None = None  # by memory address
        self._met: set[int] = set()  # ids of sources and results
        self._read = 0  # entries, or values of a script, looked through for these
        self._fresh: set[int] = set()  # memory that ops of the pass made, which no source shares
        self._own: set[int] = set()  # ids of tensors that lie in such
        self._moved: set[int] = set()  # ids of those that an op may have put into other memory
        self._followed: Script | None = None

    def protect(self, tensor: Tensor, script: Script | None) -> None:
        """Copy the sources that share memory with a tensor about to be overwritten.

        Where entries are handed over to a ``script``, results may be gone and others have their
        ids: then that one is looked through.
        """
        if script is None and self.is_fresh(tensor):
            return
        if self._sources is None:
            self._sources = {}
            for source in (*self._model.parameters(), *self._model.buffers()):
                self._meet(source)
            for source in tensors(self._given):
                self._meet(source)
        if script is None:
            self._look_through_entries()
            self._meet(tensor)
        else:
            self._look_through(script)
            if not script.knows(tensor):
                self._meet(tensor)
        for source in self._sources.get(_memory(tensor), ()):
            if id(source) not in self.kept and not is_lazy(source):
                self.kept[id(source)] = (source, source.detach().clone(), version_of(source))

    def _look_through_entries(self) -> None:
        for entry in map(Entry._make, self._entries[self._read :]):
            for source in tensors((entry.args, entry.kwargs)):
                self._meet(source)
            if is_foreign(entry.func, entry.args, entry.kwargs):
                for result in tensors(entry.result):
                    self._meet(result)
            self._met.update(id(t) for t in tensors(entry.result))
        self._read = len(self._entries)

    def _look_through(self, script: Script) -> None:
        if self._followed is None:
            known = (self._sources or {}).values()
            self._followed, self._read = script, 0
            self._met = {id(source) for sources in known for source in sources}
        for ref in range(self._read, len(script.tensors)):
            source, writer = script.tensors[ref], script.writer(ref)
            step = script.steps[writer] if writer >= 0 else None
            if source is not None and (
                step is None or is_foreign(step.func, step.args, step.kwargs)
            ):
                self._meet(source)
        self._read = len(script.tensors)

    def is_fresh(self, tensor: Tensor) -> bool:
        """Whether a tensor lies in memory that an op of the pass made not long ago.

        Most that are overwritten do, and the search for sources in the whole pass is spared. What
        is asked first costs least: beside ops that empty the caches, every line costs.
        """
        if id(tensor) in self._own:  # it lives as long as the entry that made it
            return True
        if self._entries and not self._moved:
            func, args, kwargs, result = self._entries[-1][:4]
            if result is tensor and func in _MAKERS and not is_overridden(args, kwargs):
                self._own.add(id(tensor))  # or in what it was given for that: copied
                return True
        key = memory_of(tensor)
        if key is None:
            return False
        if key in self._fresh or (id(tensor) not in self._moved and self._is_just_made(tensor)):
            self._fresh.add(key)
            self._own.add(id(tensor))
            return True
        return False

    def forget(self, tensor: Tensor) -> None:
        """An op is about to put a tensor into other memory, perhaps."""
        self._own.discard(id(tensor))
        self._moved.add(id(tensor))

    def _is_just_made(self, tensor: Tensor) -> bool:
        key = memory_of(tensor)
        for entry in islice(reversed(self._entries), _NEAR):
            if entry[3] is tensor:
                given = listed(entry[1], entry[2])
                for other in given:
                    if other is tensor:
                        break  # it has only passed through
                else:
                    return (
                        _makes_memory(entry[0])
                        and not is_overridden(entry[1], entry[2])
                        and all(memory_of(other) not in (key, None) for other in given)
                    )
        return False

    def _meet(self, tensor: Tensor) -> None:
        """A tensor that no event made, or could make again, is a source."""
        if id(tensor) not in self._met and self._sources is not None:
            self._met.add(id(tensor))
            self._sources.setdefault(_memory(tensor), []).append(tensor)


def _memory(tensor: Tensor) -> int:
    key = memory_of(tensor)
    return id(tensor) if key is None else key


def _makes_memory(func: Callable[..., Any]) -> bool:
    """Whether a function is PyTorch's own: what it returns lies in new memory or in an argument's.

    Others may return a tensor that they keep.
    """
    return type(func) in _BUILT_IN or getattr(func, "__module__", "") == "torch.nn.functional"
