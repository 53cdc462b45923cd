"""Which activations of a pass stay in memory when there is not room for all of them.

A *cut* is a moment between two steps of which everything is kept that a later step reads. A value
that was let go is computed again from the cut before it, so that costs no more than the steps
between two cuts. At first every moment is one; where memory is short, those cuts go first that
hold much and leave little to compute. In a transformer that leaves the moments between blocks.
Keeping a few moments to compute the rest from is Chen et al.'s, https://arxiv.org/abs/1604.06174.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from explorer.engine.budget import Budget
from explorer.engine.device import hand_back_freed_memory
from explorer.engine.memory import Memory, Place, memory_of, place_of, size_of
from explorer.engine.naming import UNSET, is_overridden, is_repeatable
from explorer.engine.nesting import tensors
from explorer.engine.script import Script

_MUCH = 1 << 24  # bytes


@dataclass(frozen=True)
class _Spilled:
    """A copy of a piece of memory, and where values lie in it."""

    copy: Tensor
    places: dict[int, Place]


class Retention:
    """Keeps a script within a budget while it is being recorded."""

    def __init__(self, script: Script, budget: Budget) -> None:
        self.script = script
        self._budget = budget
        self._spilled: dict[Memory, _Spilled] = {}
        self._cuts: list[int] = []  # a cut is after the step of this number
        self._clock = [0.0]  # seconds before each step
        self._values = 0  # how many values were looked at
        self._freed = 0  # bytes of main memory since that was handed back

    @property
    def spilled_bytes(self) -> int:
        """What was copied to main memory."""
        return sum(memory.size for memory in self._spilled)

    def settle(self) -> int:
        """Let go of what there is no room for; returns how many bytes may come until next time."""
        self._follow()
        used = kept_bytes(self.script)
        room = self._budget.least()
        for device, size in used.items():
            limit = self._budget.of(device, size)
            if size > limit:
                self._relieve(device, limit, limit * 3 // 4)
                size = kept_bytes(self.script).get(device, 0)
            room = min(room, max(limit - size, limit // 16))
        return room

    def close(self, output: Any) -> None:
        """The pass is over: what it returned stays, and a quarter is left for `Recent`."""
        for tensor in tensors(output):
            self.script.memory[self.script.ref(tensor)].pinned = True
        self.settle()
        for device, size in kept_bytes(self.script).items():
            limit = self._budget.of(device, size)
            if size > limit * 3 // 4:
                self._relieve(device, limit * 3 // 4, limit * 3 // 4)

    def fetch(self, ref: int) -> Tensor | None:
        """A value that was copied to main memory, back on its device."""
        memory = self.script.memory[ref]
        found = self._spilled.get(memory)
        if found is None or ref not in found.places:
            return None
        if memory.device.type == "cuda":
            torch.cuda.synchronize(memory.device)  # the copy was not waited for
        return found.places[ref].within(found.copy.to(memory.device).untyped_storage())

    def _follow(self) -> None:
        """Take note of new values and steps."""
        script = self.script
        for ref in range(self._values, len(script.tensors)):
            tensor = script.tensors[ref]
            if tensor is not None and tensor.requires_grad:
                script.memory[ref].pinned = True  # autograd keeps it anyway
        self._values = len(script.tensors)
        for index in range(len(self._clock) - 1, len(script.steps)):
            step = script.steps[index]
            self._cuts.append(index)
            self._clock.append(self._clock[-1] + script.seconds(index))
            devices = {script.memory[ref].device.type for ref in step.writes}
            is_unset = script.op(index) in UNSET
            own = is_repeatable(step.func, devices) and not is_overridden(step.args, step.kwargs)
            if is_unset or not own:
                for ref in step.writes:
                    if not is_unset or script.values[ref].bytes:
                        script.memory[ref].pinned = True

    def _relieve(self, device: torch.device, limit: int, enough: int) -> None:
        """Make room on a device that has more than the limit, until that is small enough."""
        before = kept_bytes(self.script).get(device, 0)
        beside = self._budget.beside(device)
        present = self._present(device)
        if sum(memory.size for memory in present) > limit + beside:
            self._thin(device, enough + beside * 3 // 4)
        if device.type == "cpu":
            self._freed += before - kept_bytes(self.script).get(device, 0)
            if self._freed > _MUCH:
                hand_back_freed_memory()
                self._freed = 0
        if not beside:
            return
        used = kept_bytes(self.script).get(device, 0)
        for memory in [m for m in self.script.held if m.device == device and not m.pinned]:
            if used <= enough:
                break
            self._spill(memory, beside)
            used -= memory.size

    def _present(self, device: torch.device) -> list[Memory]:
        found = [*self.script.held, *self._spilled]
        return [memory for memory in found if memory.device == device]

    def _thin(self, device: torch.device, enough: int) -> None:
        """Give up cuts, and what only they held on a device, until that is small enough."""
        while True:
            excess: float = self._let_go_between_cuts(device) - enough
            if excess <= 0 or not self._cuts:
                return
            shares = self._shares(device)
            ends = [-1, *self._cuts, len(self.script.steps) - 1]
            gaps = [
                self._clock[after + 1] - self._clock[before + 1]
                for before, after in zip(ends, ends[2:], strict=False)
            ]
            gone: set[int] = set()
            for cut in sorted(range(len(gaps)), key=lambda cut: gaps[cut] / shares[cut]):
                if excess <= 0:
                    break
                if cut - 1 not in gone and cut + 1 not in gone:  # that would be another gap
                    gone.add(cut)
                    excess -= shares[cut]
            self._cuts = [at for cut, at in enumerate(self._cuts) if cut not in gone]

    def _let_go_between_cuts(self, device: torch.device) -> int:
        """Let go of what no cut holds on a device; returns the bytes that are left."""
        left = 0
        for memory in self._present(device):
            first, end = self._held_by(memory)
            if first < end or memory.pinned:
                left += memory.size
                continue
            self.script.let_go(memory)
            self._spilled.pop(memory, None)
        return left

    def _held_by(self, memory: Memory) -> tuple[int, int]:
        """The first of the cuts that hold a piece of memory, and the one after the last."""
        return bisect_left(self._cuts, memory.first), bisect_left(self._cuts, memory.last)

    def _shares(self, device: torch.device) -> list[float]:
        """The bytes that each cut holds, where several that hold the same share it."""
        changes = [0.0] * (len(self._cuts) + 1)
        for memory in self._present(device):
            first, end = self._held_by(memory)
            if first < end and not memory.pinned:
                changes[first] += memory.size / (end - first)
                changes[end] -= memory.size / (end - first)
        return [max(share, 1.0) for share in accumulate(changes)]

    def _spill(self, memory: Memory, beside: int) -> None:
        """Copy to main memory, without waiting for it, what lies in a piece of memory."""
        script = self.script
        places: dict[int, Place] = {}
        whole: Tensor | None = None
        for ref in memory.held:
            tensor = script.tensors[ref]
            place = None if tensor is None or tensor.is_quantized else place_of(tensor)
            if tensor is not None and place is not None and not script.overwritten(ref):
                places[ref] = place
                whole = torch.empty(0, dtype=torch.uint8, device=tensor.device)
                whole.set_(tensor.untyped_storage())
        known = self._spilled.get(memory)
        known_places = known.places if known is not None else {}
        is_new = not places.keys() <= known_places.keys()
        if whole is not None and is_new and self.spilled_bytes + memory.size <= beside:
            on_gpu = whole.device.type == "cuda"
            copy = torch.empty(len(whole), dtype=torch.uint8, pin_memory=on_gpu)
            copy.copy_(whole, non_blocking=True)
            if on_gpu:
                whole.record_stream(torch.cuda.current_stream(whole.device))
            self._spilled[memory] = _Spilled(copy, places)
        script.let_go(memory)


class Recent:
    """Values that were computed again: those asked for last, as many as there is room for."""

    def __init__(self) -> None:
        self._values: OrderedDict[int, Tensor] = OrderedDict()
        self._shared: dict[int, tuple[int, int]] = {}  # memory: values in it, bytes
        self.bytes = 0

    def get(self, ref: int) -> Tensor | None:
        """A value, None if it is not here."""
        if ref in self._values:
            self._values.move_to_end(ref)
        return self._values.get(ref)

    def put(self, ref: int, tensor: Tensor, room: int) -> None:
        """Remember a value if that, with others, takes no more bytes than there is room for."""
        key, size = _memory(tensor)
        if size > room or ref in self._values:
            return
        self._values[ref] = tensor
        users, _ = self._shared.get(key, (0, 0))
        self._shared[key] = users + 1, size
        self.bytes += 0 if users else size
        while self.bytes > room:
            _, oldest = self._values.popitem(last=False)
            key, _ = _memory(oldest)
            users, size = self._shared.pop(key)
            if users > 1:
                self._shared[key] = users - 1, size
            else:
                self.bytes -= size


def kept_bytes(script: Script) -> dict[torch.device, int]:
    """The bytes of activations that a script has, by device."""
    found: dict[torch.device, int] = {}
    for memory in script.held:
        if memory.device.type != "meta":
            found[memory.device] = found.get(memory.device, 0) + memory.size
    return found


def _memory(tensor: Tensor) -> tuple[int, int]:
    key = memory_of(tensor)
    return id(tensor) if key is None else key, size_of(tensor)
