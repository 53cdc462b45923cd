"""`Learner`: a preset's model with its data, which can be trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from msgspec.structs import replace
from torch import Tensor
from torch.nn import functional as F

from explorer.core.graph import ModelInfo, Recording
from explorer.core.messages import OpenModel
from explorer.core.neurons import Planes, PlanesView
from explorer.core.quantities import Amounts, Quantity
from explorer.core.spec import Preset, TrainSpec
from explorer.core.values import BatchInput, Input, SampleInput, TextInput
from explorer.engine.axes import Axes
from explorer.engine.axes.meaning import names_of
from explorer.engine.build import build
from explorer.engine.checkpoint import load, save_checkpoint
from explorer.engine.data import DataFeed, Dataset, load_data
from explorer.engine.iterating import ShownStep
from explorer.engine.probes import reach_of
from explorer.engine.quantities import LOSS, NEXT_LOSS, Target, live, next_token_loss
from explorer.engine.subject import Pass, Subject, outline_of
from explorer.engine.tape import Tape
from explorer.engine.training import Trainer

_POINTS = 400  # of a plane's data that the desktop gets to draw
_CHECKPOINTS_KEPT = 2


class Learner(Subject):
    """A subject that learns. ``saved`` is the step of the last checkpoint of these weights."""

    def __init__(self, request: OpenModel, device: torch.device) -> None:
        self.preset = Preset.model_validate(request.preset)
        wanted = TrainSpec.model_validate(request.plan) if request.plan is not None else None
        self.plan = wanted or self.preset.train
        self.device = device
        self.run = Path(request.run) if request.run else None
        self.saved = -1
        self.checkpoints: list[Path] = []
        model = build(self.preset.model, self.plan.seed).to(device).eval()
        label = "random" if request.weights is None else "shipped"
        torch.manual_seed(self.plan.seed)
        state = load(request.weights, model) if request.weights is not None else None
        if state is not None:
            self.plan = TrainSpec.model_validate(state["plan"])
            label = state.get("label", "random")
        data = self._load_data()
        axes = names_of(self.preset.model, model)
        super().__init__(model, DataFeed(self.preset, data), label, axes)
        self._step_axes: tuple[list[tuple[str, int]], list[Axes]] = ([], [])
        self.trainer = Trainer(model, data, self.plan)
        if state is not None:
            self.trainer.load_state(state)
            self.saved = self.trainer.step_number
        if state is not None and wanted is not None:
            self.change(wanted)

    @property
    def weights(self) -> str:
        """In which state the weights are, in a word."""
        step = self.trainer.step_number
        return f"step {step}" if step else self.label

    def describe(self) -> ModelInfo:
        """With its data."""
        data, kind = self.trainer.data, self.preset.data.kind
        return replace(
            super().describe(),
            family=self.preset.model.family,
            samples=len(data.validation[0]),
            targets=() if data.text else tuple(data.validation[1].tolist()),
            points=_points(data) if kind == "points" else (),
            standardised=kind == "table",
            trainable=True,
        )

    def run_once(self, given: Input) -> Tape:
        """As the model is used, not as it learns."""
        self.model.eval()
        return super().run_once(given)

    def quantify(self, tape: int, quantity: Quantity, start: int) -> Amounts:
        """As the model is used, also while it learns."""
        self.model.eval()
        return super().quantify(tape, quantity, start)

    def planes(self, view: PlanesView) -> Planes:
        """As the model is used, also while it learns."""
        self.model.eval()
        return super().planes(view)

    def reach(self, points: Tensor) -> float:
        """As far as the decision boundary is drawn: around all data."""
        data = self.trainer.data
        return reach_of(torch.cat([data.train[0], data.validation[0]]))

    def target(self, given: Input, tape: Tape, labels: Mapping[str, tuple[str, ...]]) -> Target:
        """The loss, where the data says what the answer is; of text, what follows each token."""
        data, logits = self.trainer.data, live(tape, tape.outputs[0])
        if isinstance(given, SampleInput):
            answer = data.validation[1][given.index : given.index + 1]
            return Target(F.cross_entropy(logits.flatten(0, -2), answer.flatten()), LOSS)
        if isinstance(given, TextInput) and logits.shape[1] > 1:
            return Target(next_token_loss(logits, data.batch(given)), NEXT_LOSS)
        return super().target(given, tape, labels)

    def iterate(self) -> Recording:
        """Train one step, and keep its pass with all that the step did."""
        weights = self.weights
        self.keep_tapes()
        step = self.trainer.iterate()
        outline = outline_of(step.tape)
        if outline != self._step_axes[0]:
            axes = tuple(next(iter(self.given_axes.values())))
            targets = axes if self.trainer.data.text else axes[:1]
            step.tape.name_axes({**self.given_axes, "targets": targets})
            self._step_axes = outline, [value.axes for value in step.tape.values]
        made = ShownStep(step, self._step_axes[1])
        labels = self.feed.axis_labels(step.tape)
        labels.pop("T", None)  # every sample of the batch has tokens of its own
        kept = Pass(step.tape, made.shown, BatchInput(step.number), weights, labels)
        return self._keep(kept._replace(iteration=made.describe(self.plan.batch_size)))

    def change(self, plan: TrainSpec) -> None:
        """Another plan; its seed and split count from the next reset."""
        self.plan = plan
        self.trainer.change(plan)

    def put(self, path: str) -> None:
        """Other weights, with which training begins anew."""
        super().put(path)
        self._begin()

    def reset(self) -> None:
        """Fresh weights from the plan's seed, and data split by it."""
        self.keep_tapes()
        self.model.load_state_dict(build(self.preset.model, self.plan.seed).state_dict())
        self.label = "random"
        self._begin()

    def save(self) -> Path | None:
        """Write a checkpoint and forget old ones; None if there is nowhere to. Raises Problem."""
        if self.run is None:
            return None
        path = self.run / f"checkpoint-{self.trainer.step_number:08d}.safetensors"
        save_checkpoint(path, self.model, {**self.trainer.state(), "label": self.label})
        self.saved = self.trainer.step_number
        self.checkpoints = [p for p in self.checkpoints if p != path] + [path]
        for old in self.checkpoints[:-_CHECKPOINTS_KEPT]:
            old.unlink(missing_ok=True)
        self.checkpoints = self.checkpoints[-_CHECKPOINTS_KEPT:]
        return path

    def _begin(self) -> None:
        """A training at step 0."""
        self.saved = -1
        torch.manual_seed(self.plan.seed)
        data = self._load_data()
        self.feed = DataFeed(self.preset, data)
        self.trainer = Trainer(self.model, data, self.plan)

    def _load_data(self) -> Dataset:
        data = load_data(self.preset, self.plan.seed, self.plan.validation)
        return data.to(self.device)


def _points(data: Dataset) -> tuple[tuple[float, float, int], ...]:
    """The first training points and their classes: enough to see the shape of the data."""
    places, classes = (part[:_POINTS].tolist() for part in data.train)
    return tuple((x, y, label) for (x, y), label in zip(places, classes, strict=True))
