"""Training a model by its plan, and what is told of it: curves, probes, weights."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.problem import Problem, phrase
from explorer.core.spec import TrainSpec
from explorer.engine.data import Dataset
from explorer.engine.iteration import RecordedStep, clipping, learning, loss_of, standing, updates
from explorer.engine.optimizing import make_optimizer, tune
from explorer.engine.record import record
from explorer.engine.vitals import Activity, Norms

_LINES = 16  # parts of a model whose gradients are followed
_POINTS_AT_ONCE = 200  # steps whose metrics may wait, so that memory stays small
_VALIDATION_ROWS = 1024  # predictions looked at for one point of the validation curve


class _Step(NamedTuple):
    """What a step leaves, on the device; ``norms`` are those of the gradients before clipping."""

    number: int
    rate: float
    loss: Tensor
    logits: Tensor
    targets: Tensor
    norms: list[Tensor]


class Trainer:
    """Trains ``model`` on ``data``, step by step; the same seed gives the same curve on a CPU.

    Metrics stay on the device until somebody asks (`curves`): the loop never waits for them.
    The batches follow from ``plan.seed`` and ``seen`` alone, so a checkpoint needs no more than
    that number to go on with the same data.
    """

    def __init__(self, model: nn.Module, data: Dataset, plan: TrainSpec) -> None:
        self.model = model
        self.data = data
        self.plan = plan
        self.step_number = 0
        self.seen = 0  # samples drawn so far
        self.optimizer = make_optimizer(model, plan)
        self._owners = _layers(model)
        self._norms = Norms(self._owners, plan.steps)
        self._activity = Activity(model)
        self._waiting: list[_Step] = []
        self._points: dict[str, list[tuple[float, float]]] = {}
        self._order = (-1, torch.empty(0, dtype=torch.int64))
        self._rate = 0.0
        self._tick = (time.perf_counter(), 0)

    @property
    def finished(self) -> bool:
        """Whether the plan is done."""
        return self.step_number >= self.plan.steps

    @property
    def epoch(self) -> float:
        """How often the training data was gone through."""
        inputs = self.data.train[0]
        window = inputs.shape[1] if self.data.text else 1  # windows overlap
        return self.seen * window / len(inputs)

    @property
    def steps_per_second(self) -> float:
        """Measured over about the last second."""
        return self._rate

    @property
    def left(self) -> float:
        """Seconds to the end of the plan, -1 while unknown."""
        remaining = max(0, self.plan.steps - self.step_number)
        return remaining / self._rate if self._rate else -1.0

    def change(self, plan: TrainSpec) -> None:
        """Go on by another plan from the next step; seed and split count from the next start."""
        if plan.optimizer != self.plan.optimizer:
            self.optimizer = make_optimizer(self.model, plan)
        self.plan = plan.model_copy(
            update={"seed": self.plan.seed, "validation": self.plan.validation}
        )

    def step(self) -> None:
        """One batch: forward, loss, backward, update."""
        x, y = self._batch()
        if not self.model.training:
            self.model.train()
        logits = self.model(x)
        loss = loss_of(logits, y)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._update(loss, logits, y)

    def iterate(self) -> RecordedStep:
        """The same, to the last bit, with all that happened in it."""
        x, y = self._batch()
        self.model.train()
        tape = record(learning(self.model), x, y)
        loss, logits = tape.output
        backward = tape.backward(loss)
        tape.keep()
        gradients = {}
        for name, parameter in self.model.named_parameters():
            gradient = backward.gradients.get(tape.ref(name))
            parameter.grad = None if gradient is None else gradient.clone()
            if gradient is not None:
                gradients[name] = gradient
        before = standing(self.model, self.optimizer)
        norm = self._update(loss, logits, y)
        after = standing(self.model, self.optimizer)
        clip = 1.0 if norm is None else clipping(norm.item(), self.plan.max_norm)
        made = updates(self.plan.optimizer, self.optimizer, gradients, clip, before, after)
        return RecordedStep(self.step_number, tape, backward, made)

    def _update(self, loss: Tensor, logits: Tensor, y: Tensor) -> Tensor | None:
        """What follows once the gradients are there: clipping, the optimizer's step, metrics. The
        norm of all gradients, if they are clipped."""
        gradients = [p.grad for own in self._owners.values() for p in own if p.grad is not None]
        norms = list(torch._foreach_norm(gradients))
        norm = None
        if self.plan.max_norm:
            norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.max_norm)
        rate = tune(self.optimizer, self.plan, self.step_number)
        with self._norms.around(self.step_number + 1):
            self.optimizer.step()
        self.step_number += 1
        step = _Step(self.step_number, rate, loss.detach(), logits.detach(), y, norms)
        self._waiting.append(step)
        if len(self._waiting) >= _POINTS_AT_ONCE or logits.numel() * len(self._waiting) > 4e6:
            self._settle()
        every = max(1, self.plan.steps // 100)
        if self.step_number % every == 0 or self.finished:
            with self._activity.watched():
                reached = self.validate(everything=self.finished)
            self._add("validation", *reached)
            for name, value in self._activity.points().items():
                self._extend(name, [self.step_number], [value])
        return norm

    def start_clock(self) -> None:
        """Forget the time since the last step: training was paused."""
        self._tick = (time.perf_counter(), self.step_number)

    def curves(self) -> dict[str, np.ndarray]:
        """The new points of every curve since the last call, (N, 2) each.

        Raises Problem (kind ``training``) if the loss is no longer a number.
        """
        self._settle()
        now, (then, count) = time.perf_counter(), self._tick
        if self.step_number - count >= 1 and (now - then > 0.5 or not self._rate):
            self._rate = (self.step_number - count) / max(now - then, 1e-9)
            self._tick = (now, self.step_number)
        found = {name: np.array(points) for name, points in self._points.items()}
        self._points = {}
        losses = found.get("train/loss")
        if losses is not None and not np.isfinite(losses[:, 1]).all():
            first = losses[~np.isfinite(losses[:, 1])][0]
            raise Problem(
                "training",
                phrase("The loss became {loss} at step {step}, so training stopped."),
                phrase("Reset it and try a smaller learning rate than {rate}."),
                loss="NaN" if math.isnan(first[1]) else "∞",
                step=int(first[0]),
                rate=f"{self.plan.learning_rate:g}",
            )
        return found

    @torch.no_grad()
    def validate(self, everything: bool = False) -> tuple[float, float]:
        """Loss and accuracy over validation data: an even part of it, or all."""
        self.model.eval()
        inputs, targets = self.data.validation
        per_row = inputs.shape[1] if self.data.text else 1
        keep = max(1, _VALIDATION_ROWS // per_row)
        if not everything and len(inputs) > keep:
            inputs, targets = (t[:: len(t) // keep][:keep] for t in (inputs, targets))
        loss, right = 0.0, 0.0
        for x, y in zip(inputs.split(keep), targets.split(keep), strict=True):
            logits = self.model(x).flatten(0, -2)
            answers = y.flatten()
            loss += F.cross_entropy(logits, answers, reduction="sum").item()
            right += (logits.argmax(-1) == answers).sum().item()
        return loss / targets.numel(), right / targets.numel()

    def layers(self) -> tuple[np.ndarray, ...]:
        """The weights (out, in) of a small MLP, empty for any other model."""
        linear = [m for m in self.model.modules() if isinstance(m, nn.Linear)]
        if any(w > 64 for m in linear for w in m.weight.shape) or self.data.text:
            return ()
        if any(isinstance(m, nn.Conv2d) for m in self.model.modules()):
            return ()
        return tuple(m.weight.detach().cpu().numpy().copy() for m in linear)

    def state(self) -> dict[str, Any]:
        """What a checkpoint must keep besides the weights."""
        return {
            "step": self.step_number,
            "seen": self.seen,
            "plan": self.plan.model_dump(mode="json"),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        self.step_number = state["step"]
        self.seen = state["seen"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.start_clock()

    def _batch(self) -> tuple[Tensor, Tensor]:
        inputs, targets = self.data.train
        count = len(inputs)
        epoch, at = divmod(self.seen, count)
        order = self._shuffled(epoch)
        rows = order[at : at + self.plan.batch_size]
        while len(rows) < self.plan.batch_size:
            epoch += 1
            order = self._shuffled(epoch)
            rows = torch.cat([rows, order[: self.plan.batch_size - len(rows)]])
        self.seen += self.plan.batch_size
        return inputs[rows], targets[rows]

    def _shuffled(self, epoch: int) -> Tensor:
        if self._order[0] != epoch:
            generator = torch.Generator().manual_seed(self.plan.seed * 1_000_003 + epoch)
            rows = torch.randperm(len(self.data.train[0]), generator=generator)
            self._order = (epoch, rows.to(self.data.train[0].device))
        return self._order[1]

    def _settle(self) -> None:
        """Bring waiting metrics over from the device, many steps at once."""
        for name, points in self._norms.taken().items():
            self._extend(name, *zip(*points, strict=True))
        waiting, self._waiting = self._waiting, []
        while waiting:
            shape = waiting[0].logits.shape
            changed = (i for i, w in enumerate(waiting) if w.logits.shape != shape)
            same = waiting[: next(changed, None)]  # a changed batch size makes another shape
            waiting = waiting[len(same) :]
            steps = [w.number for w in same]
            logits = torch.stack([w.logits for w in same])
            targets = torch.stack([w.targets for w in same])
            right = (logits.argmax(-1) == targets).flatten(1).float().mean(1)  # (steps,)
            losses = torch.stack([w.loss for w in same]).float()
            norms = torch.stack([n for w in same for n in w.norms]).float().view(len(same), -1)
            table = torch.cat([losses[:, None], right[:, None], norms], 1).double().cpu().numpy()
            self._extend("train/loss", steps, table[:, 0])
            self._extend("train/accuracy", steps, table[:, 1])
            self._extend("learning_rate", steps, np.array([w.rate for w in same]))
            column = 2
            for name, own in self._owners.items():
                part = table[:, column : column + len(own)]
                self._extend(f"gradient/{name}", steps, np.sqrt((part**2).sum(1)))
                column += len(own)

    def _extend(self, name: str, steps: Iterable[int], values: Iterable[float]) -> None:
        points = zip(steps, values, strict=True)
        self._points.setdefault(name, []).extend((step, float(value)) for step, value in points)

    def _add(self, part: str, loss: float, accuracy: float) -> None:
        self._points.setdefault(f"{part}/loss", []).append((self.step_number, loss))
        self._points.setdefault(f"{part}/accuracy", []).append((self.step_number, accuracy))


def _layers(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    """Trainable parameters by the part of the model they belong to, in its order.

    As many parts as can be told apart in one picture: by the longest path of which there are few.
    """
    named = [(n.split(".")[:-1], p) for n, p in model.named_parameters() if p.requires_grad]
    found: dict[str, list[nn.Parameter]] = {}
    for depth in range(1, 1 + max((len(path) for path, _ in named), default=0)):
        parts: dict[str, list[nn.Parameter]] = {}
        for path, parameter in named:
            parts.setdefault(".".join(path[:depth]), []).append(parameter)
        if found and len(parts) > _LINES:
            break
        found = parts
    return found
