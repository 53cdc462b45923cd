"""The engine's loop: answer requests, and train in slices between them."""

from __future__ import annotations

import platform
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from explorer.core.messages import (
    ChangePlan,
    Checkpointed,
    Failed,
    LookAt,
    Looked,
    Measure,
    Measured,
    Opened,
    OpenModel,
    Pause,
    Probe,
    Ready,
    Recorded,
    RecordPass,
    Reply,
    Request,
    ResetTraining,
    Saved,
    SaveWeights,
    Survey,
    Train,
    Trained,
)  # fmt: skip
from explorer.core.problem import Problem, phrase
from explorer.core.spec import Preset, TrainSpec
from explorer.engine.axes import Axes
from explorer.engine.axes.meaning import names_of
from explorer.engine.build import build
from explorer.engine.checkpoint import load, save_checkpoint, save_weights
from explorer.engine.data import Dataset, load_data
from explorer.engine.device import device_name, is_out_of_memory
from explorer.engine.inbox import Inbox
from explorer.engine.probes import probe
from explorer.engine.record import record
from explorer.engine.recording import describe_model, describe_pass
from explorer.engine.tape import Tape
from explorer.engine.training import Trainer
from explorer.engine.values import measure, read

_SLICE = 1 / 30  # seconds between messages while training
_PROBE_SHARE = 0.015  # of the time may go into probes …
_CHECKPOINT_SHARE = 0.005  # … and into checkpoints
_CHECKPOINT_EVERY = 1.0  # seconds, at least
_CHECKPOINTS_KEPT = 2
_TAPES_KEPT = 2


class Subject:
    """One open model: its data, its training, its tapes."""

    def __init__(self, request: OpenModel, device: torch.device) -> None:
        self.preset = Preset.model_validate(request.preset)
        wanted = TrainSpec.model_validate(request.plan) if request.plan is not None else None
        self.plan = wanted or self.preset.train
        self.device = device
        self.run = Path(request.run) if request.run else None
        self.saved = -1  # the step of the last checkpoint of these weights
        self.model: nn.Module = build(self.preset.model, self.plan.seed).to(device)
        self.label = "random" if request.weights is None else "shipped"
        torch.manual_seed(self.plan.seed)
        state = load(request.weights, self.model) if request.weights is not None else None
        if state is not None:
            self.plan = TrainSpec.model_validate(state["plan"])
            self.label = state.get("label", "random")
        self.data = self._load_data()
        self.trainer = Trainer(self.model, self.data, self.plan)
        if state is not None:
            self.trainer.load_state(state)
            self.saved = self.trainer.step_number
        if state is not None and wanted is not None:
            self.change(wanted)
        self._axes: tuple[list[tuple[str, int]], list[Axes]] = ([], [])
        self.tapes: dict[int, Tape] = {}
        self.checkpoints: list[Path] = []

    @property
    def weights(self) -> str:
        """In which state the weights are, in a word."""
        step = self.trainer.step_number
        return f"step {step}" if step else self.label

    def change(self, plan: TrainSpec) -> None:
        """Another plan; its seed and split count from the next reset."""
        self.plan = plan
        self.trainer.change(plan)

    def reset(self) -> None:
        """Fresh weights from the plan's seed, and data split by it."""
        self.keep_tapes()
        self.model.load_state_dict(build(self.preset.model, self.plan.seed).state_dict())
        self.label = "random"
        self.saved = -1
        torch.manual_seed(self.plan.seed)
        self.data = self._load_data()
        self.trainer = Trainer(self.model, self.data, self.plan)

    def axes(self, tape: Tape) -> list[Axes]:
        """The names along every value of a pass: the same for all passes that have the same."""
        values = [(value.name, len(value.shape)) for value in tape.values]
        if values != self._axes[0]:
            tape.name_axes(names_of(self.preset.model, self.model))
            self._axes = (values, [value.axes for value in tape.values])
        return self._axes[1]

    def keep_tapes(self) -> None:
        """Recorded passes keep the weights that they were made with."""
        for tape in self.tapes.values():
            tape.keep()

    def tape(self, number: int) -> Tape:
        """A recorded pass by its number."""
        if number not in self.tapes:
            raise Problem("engine", phrase("That pass is no longer kept."), phrase("Run it again."))
        return self.tapes[number]

    def _load_data(self) -> Dataset:
        data = load_data(self.preset, self.plan.seed, self.plan.validation)
        return data.to(self.device)


class Loop:
    """Takes requests from an inbox and sends replies; trains whenever nothing waits."""

    def __init__(self, inbox: Inbox, send: Callable[[Reply], None], device: torch.device) -> None:
        self._inbox = inbox
        self._send = send
        self._device = device
        self._open: Subject | None = None
        self._tape_number = time.time_ns() // 1_000_000  # no two engines count alike
        self._ticket = 0  # of the Train request that runs
        self._target = 0  # the step to train to …
        self._to_the_end = False  # … which is the plan's last
        self._training = False
        self._sent = 0.0  # when the last Trained went out
        self._next_probe = 0.0
        self._next_checkpoint = 0.0
        self._handlers: dict[type[Request], Callable[[Any], None]] = {
            OpenModel: self._open_model,
            RecordPass: self._record,
            LookAt: self._look,
            Measure: self._measure,
            Train: self._train,
            Pause: self._pause,
            ResetTraining: self._reset,
            Survey: lambda request: self._tell(request.ticket, last=True),
            ChangePlan: self._change_plan,
            SaveWeights: self._save,
        }

    def run(self) -> None:
        """Until the other side is gone."""
        while not self._inbox.ended:
            request = self._inbox.take(wait=not self._training)
            if request is not None:
                self._guard(request.ticket, partial(self._handlers[type(request)], request))
            elif self._training:
                self._guard(self._ticket, self._train_a_slice)

    def _guard(self, ticket: int, work: Callable[[], None]) -> None:
        """Do it; whatever goes wrong becomes one `Failed`, and the loop goes on."""
        try:
            work()
        except Problem as problem:
            self._fail(ticket, problem)
        except BrokenPipeError:
            raise
        except Exception as error:
            if is_out_of_memory(error):
                self._fail(ticket, self._full())
                return
            traceback.print_exc()
            self._fail(
                ticket,
                Problem(
                    "engine",
                    phrase("The engine could not do that: {error}."),
                    phrase("The log has the details."),
                    error=f"{type(error).__name__}: {error}".rstrip("."),
                ),
            )

    def _full(self) -> Problem:
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        return Problem(
            "memory",
            phrase("The memory of {device} is full."),
            phrase("Choose a smaller batch or model, or close what else uses it."),
            device=self._device,
        )

    def _fail(self, ticket: int, problem: Problem) -> None:
        if ticket == self._ticket:
            self._training = False
        self._send(failed(problem, ticket))

    # ------------------------------------------------------------ the model and its passes

    @property
    def _now(self) -> Subject:
        if self._open is None:
            raise Problem("model", phrase("No model is open."), phrase("Open a preset first."))
        return self._open

    def _open_model(self, request: OpenModel) -> None:
        try:
            now = Subject(request, self._device)  # the old one stays if the new one fails
        except Exception as error:
            if not is_out_of_memory(error) or self._open is None:
                raise
            self._training = False
            self._open = None  # there is no room for both
            now = Subject(request, self._device)
        if self._open is not None and self._open.trainer.step_number not in (0, self._open.saved):
            self._checkpoint()  # whoever comes back to that model finds it as it was
        self._training = False
        self._target = 0
        self._open = now
        info = describe_model(now.model, now.preset, now.data, now.weights)
        self._send(Opened(ticket=request.ticket, model=info, step=now.trainer.step_number))

    def _record(self, request: RecordPass) -> None:
        now = self._now
        batch = now.data.batch(request.input)
        now.model.eval()
        with torch.no_grad():
            tape = record(now.model, batch)
        self._tape_number += 1
        recording = describe_pass(
            tape, self._tape_number, now.weights, request.input, now.axes(tape), now.data
        )
        if self._training:
            tape.keep()
        now.tapes[self._tape_number] = tape
        for old in sorted(now.tapes)[:-_TAPES_KEPT]:
            del now.tapes[old]
        self._send(Recorded(ticket=request.ticket, recording=recording))

    def _look(self, request: LookAt) -> None:
        view = request.view
        reading = read(self._now.tape(view.tape).value(view.value), view)
        self._send(Looked(ticket=request.ticket, pane=request.pane, reading=reading))

    def _measure(self, request: Measure) -> None:
        tensor = self._now.tape(request.tape).value(request.value)
        statistics = measure(tensor, request.tape, request.value)
        self._send(Measured(ticket=request.ticket, statistics=statistics))

    def _save(self, request: SaveWeights) -> None:
        save_weights(request.path, self._now.model)
        self._send(Saved(ticket=request.ticket, path=request.path))

    # ------------------------------------------------------------ training

    def _train(self, request: Train) -> None:
        now = self._now
        now.keep_tapes()
        step, end = now.trainer.step_number, now.plan.steps
        self._ticket = request.ticket
        self._to_the_end = request.steps is None
        self._target = end if request.steps is None else step + request.steps
        if not self._training:
            now.trainer.start_clock()
            if now.saved != step:  # so that a lost engine begins again where this one did
                self._checkpoint()
        self._training = step < self._target
        self._tell(request.ticket, last=not self._training)

    def _train_a_slice(self) -> None:
        trainer = self._now.trainer
        while trainer.step_number < self._target:
            trainer.step()
            if self._inbox or time.perf_counter() - self._sent >= _SLICE:
                break
        self._training = trainer.step_number < self._target
        if not self._training or time.perf_counter() - self._sent >= _SLICE:
            self._tell(self._ticket, last=not self._training)
        if not self._training or time.perf_counter() >= self._next_checkpoint:
            self._checkpoint()

    def _pause(self, request: Pause) -> None:
        was, self._training = self._training, False
        self._tell(request.ticket, last=True)
        if was:
            self._checkpoint()

    def _reset(self, request: ResetTraining) -> None:
        self._training = False
        self._now.reset()
        self._tell(request.ticket, last=True, fresh=True)
        self._checkpoint()

    def _change_plan(self, request: ChangePlan) -> None:
        self._now.change(TrainSpec.model_validate(request.plan))
        if self._training and self._to_the_end:
            self._target = max(self._now.plan.steps, self._now.trainer.step_number)
        self._tell(request.ticket)

    def _tell(self, ticket: int, last: bool = False, fresh: bool = False) -> None:
        """Send how training stands; a probe comes along when it is due, and at the end."""
        trainer = self._now.trainer
        curves = trainer.curves()
        began = time.perf_counter()
        seen: Probe | None = None
        if last or (self._training and began >= self._next_probe):
            seen = probe(trainer.model, self._now.preset, trainer.data, trainer.step_number)
            done = time.perf_counter()
            self._next_probe = done + (done - began) / _PROBE_SHARE
        self._sent = time.perf_counter()
        self._send(
            Trained(
                ticket=ticket,
                step=trainer.step_number,
                steps=max(self._now.plan.steps, self._target),
                epoch=trainer.epoch,
                running=self._training,
                steps_per_second=trainer.steps_per_second,
                left=trainer.left,
                curves=curves,
                weights=self._now.weights,
                probe=seen,
                layers=trainer.layers(),
                fresh=fresh,
            )
        )

    def _checkpoint(self) -> None:
        now, began = self._now, time.perf_counter()
        self._next_checkpoint = began + _CHECKPOINT_EVERY
        if now.run is None:
            return
        path = now.run / f"checkpoint-{now.trainer.step_number:08d}.safetensors"
        try:
            save_checkpoint(path, now.model, {**now.trainer.state(), "label": now.label})
        except Problem as problem:  # training itself goes on
            self._next_checkpoint = time.perf_counter() + 60
            self._send(failed(problem))
            return
        done = time.perf_counter()
        now.saved = now.trainer.step_number
        pause = max(_CHECKPOINT_EVERY, (done - began) / _CHECKPOINT_SHARE)
        self._next_checkpoint = done + pause
        now.checkpoints = [p for p in now.checkpoints if p != path] + [path]
        for old in now.checkpoints[:-_CHECKPOINTS_KEPT]:
            old.unlink(missing_ok=True)
        now.checkpoints = now.checkpoints[-_CHECKPOINTS_KEPT:]
        self._send(Checkpointed(step=now.trainer.step_number, path=str(path)))


def failed(problem: Problem, ticket: int = 0) -> Failed:
    """A problem as a message."""
    return Failed(
        ticket=ticket,
        kind=problem.kind,
        text=problem.text,
        remedy=problem.remedy,
        values=problem.values,
    )


def ready(device: torch.device, threads: int, pid: int) -> Ready:
    """The first message of an engine."""
    versions = {"python": platform.python_version(), "torch": str(torch.__version__)}
    if torch.version.cuda:
        versions["cuda"] = torch.version.cuda
    return Ready(
        device=str(device), device_name=device_name(device), threads=threads,
        versions=versions, pid=pid,
    )  # fmt: skip
