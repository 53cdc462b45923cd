"""A recorded step of training as the desktop sees it: its gradients and updates are values, too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from msgspec.structs import replace
from torch import Tensor

from explorer.core.graph import Kind, Value
from explorer.core.iteration import Iteration, Kept, Updated
from explorer.engine.axes import Axes
from explorer.engine.chain import explain_gradient
from explorer.engine.iteration import RecordedStep, Update
from explorer.engine.recording import Shown
from explorer.engine.updating import explain_update, values_of

_KINDS: dict[str, Kind] = {"after": "updated", "change": "change"}  # the others: "state"


class ShownStep:
    """A `RecordedStep`, whose pass is ``shown`` with what came after it as further values."""

    def __init__(self, step: RecordedStep, axes: Sequence[Axes]) -> None:
        self._step = step
        self.shown = Shown(step.tape)
        self.shown.name(axes)
        tape = step.tape
        self._gradients: dict[int, int] = {}  # of each value that has one
        self._updates: list[Updated] = []
        for ref, gradient in sorted(step.backward.gradients.items()):
            explain = partial(
                explain_gradient, tape.script, tape.value, step.backward.gradients,
                self._gradients, ref,
            )  # fmt: skip
            name = f"∂L/∂{tape.values[ref].name}"
            value = _like(self.shown.values[ref], name, "gradient", gradient)
            self._gradients[ref] = self.shown.add(value, gradient, explain)
        for name, update in step.updates.items():
            self._updates.append(self._add(tape.ref(name), update))

    def describe(self, samples: int) -> Iteration:
        """What of the recording is which part of the iteration."""
        tape, step = self._step.tape, self._step
        loss, logits = tape.outputs
        given = (ref for ref, value in enumerate(tape.values) if value.kind == "input")
        norms = torch.stack([update.gradient.norm() for update in step.updates.values()])
        one = next(iter(step.updates.values()))
        order = [event.event for event in step.backward.events if event.event >= 0]
        return Iteration(
            step=step.number,
            samples=samples,
            inputs=next(given),
            targets=tape.ref("targets"),
            logits=logits,
            loss=loss,
            cost=tape.output.loss.item(),
            gradients=tuple(self._gradients.items()),
            backward=tuple(dict.fromkeys(order)),
            optimizer=one.optimizer,
            rate=float(one.settings["lr"]),
            norm=norms.norm().item(),
            clip=one.clip,
            updates=tuple(self._updates),
        )

    def _add(self, parameter: int, update: Update) -> Updated:
        """The values of an update, listed."""
        what = self.shown.values[parameter]
        refs = {"before": parameter, "gradient": self._gradients[parameter]}
        for name, tensor in values_of(update).items():
            if name in refs:
                continue
            kind = _KINDS.get(name, "state")
            explain = partial(explain_update, update, refs, name)
            value = _like(what, f"{what.name} {name}", kind, tensor)
            refs[name] = self.shown.add(value, tensor, explain)
        state = tuple(Kept(name, refs[name], refs[f"{name} after"]) for name in update.state)
        return Updated(parameter, refs["gradient"], refs["after"], refs["change"], state)


def _like(what: Value, name: str, kind: Kind, tensor: Tensor) -> Value:
    return replace(what, name=name, kind=kind, writer=-1, bytes=tensor.nbytes)
