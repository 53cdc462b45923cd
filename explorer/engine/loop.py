"""The engine's loop: answer requests, and train in slices between them."""

from __future__ import annotations

import platform
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch

from explorer.core.change import Kind
from explorer.core.messages import (
    Arrange,
    Changed,
    ChangePass,
    ChangePlan,
    Checkpointed,
    DrawToken,
    Failed,
    Find,
    Iterate,
    Iterated,
    LoadWeights,
    Located,
    Opened,
    OpenEvent,
    OpenModel,
    OpenOwn,
    Pause,
    Probe,
    Quantify,
    Ready,
    Recorded,
    RecordPass,
    Reply,
    Request,
    ResetTraining,
    Saved,
    SavePreset,
    SaveWeights,
    Survey,
    Train,
    Trained,
    Unfolded,
)  # fmt: skip
from explorer.core.problem import Problem, phrase
from explorer.core.sources import LiveModel
from explorer.core.spec import Preset, TrainSpec
from explorer.engine.cancelling import Cancellable, Cancelled
from explorer.engine.changing import Sources
from explorer.engine.checkpoint import save_weights
from explorer.engine.device import device_name, is_out_of_memory
from explorer.engine.failure import ended, said_of
from explorer.engine.inbox import Inbox
from explorer.engine.learner import Learner
from explorer.engine.probes import probe
from explorer.engine.process import of_signal, unchanged
from explorer.engine.questions import QUESTIONS, Questions
from explorer.engine.saving import save_preset
from explorer.engine.sources import find, open_own
from explorer.engine.subject import Subject

# These call the open model's own code.
_RUNNING = (RecordPass, OpenEvent, ChangePass, LoadWeights, Quantify, DrawToken)
_SLICE = 1 / 30  # seconds between messages while training
_PROBE_SHARE = 0.008  # of the time may go into probes …
_CHECKPOINT_SHARE = 0.003  # … and into checkpoints
_CHECKPOINT_EVERY = 1.0  # seconds, at least
_EARLY = 1 / 16  # of that pause is the first of a run; each is twice as long as the one before


class Loop:
    """Takes requests from an inbox and sends replies; trains whenever nothing waits."""

    def __init__(
        self,
        inbox: Inbox,
        send: Callable[[Reply], None],
        device: torch.device,
        subject: Subject | None = None,
    ) -> None:
        self._inbox = inbox
        self._send = send
        self._device = device
        self._open = subject
        self._beside: Subject | None = None  # of which a pass is kept beside that of the open one
        self._live = subject  # a model of the program that this runs in
        self._work = Cancellable()
        self._questions = Questions(self._asked)
        inbox.interrupt = self._work.cancel
        self._ticket = 0  # of the Train request that runs
        self._target = 0  # the step to train to …
        self._to_the_end = False  # … which is the plan's last
        self._training = False
        self._sent = 0.0  # when the last Trained went out
        self._next_probe = 0.0
        self._next_checkpoint = 0.0
        self._thinned = _EARLY
        self._handlers: dict[type[Request], Callable[[Any], None]] = {
            OpenModel: self._open_model,
            RecordPass: self._record,
            OpenEvent: self._open_event,
            ChangePass: self._change_pass,
            Arrange: self._arrange,
            **dict.fromkeys(QUESTIONS, self._ask),
            Train: self._train,
            Iterate: self._iterate,
            Pause: self._pause,
            ResetTraining: self._reset,
            Survey: lambda request: self._tell(request.ticket, last=True),
            ChangePlan: self._change_plan,
            SaveWeights: self._save,
            SavePreset: self._save_preset,
            Find: self._find,
            OpenOwn: self._open_own,
            LoadWeights: self._put_weights,
        }

    def run(self) -> None:
        """Until the other side is gone."""
        while not self._inbox.ended:
            request = self._inbox.take(wait=not self._training)
            if request is not None:
                self._guard(request.ticket, partial(self._answer, request))
            elif self._training:
                self._guard(self._ticket, self._train_a_slice)

    def _answer(self, request: Request) -> None:
        """Do what was asked. What the code of an opened model sets for its process is put back."""
        opened = self._open not in (None, self._live) and not isinstance(self._open, Learner)
        with unchanged(fresh=True) if opened and isinstance(request, _RUNNING) else nullcontext():
            self._handlers[type(request)](request)

    def _guard(self, ticket: int, work: Callable[[], None]) -> None:
        """Do it; whatever goes wrong becomes one `Failed`, and the loop goes on."""
        try:
            work()
        except BrokenPipeError:
            raise
        except BaseException as error:
            if self._live is not None:  # in a program that stops its own way
                if isinstance(error, KeyboardInterrupt):
                    raise
                alarm = of_signal(error)
                if alarm is not None:
                    raise alarm from alarm.__cause__
            self._fail(ticket, self._problem(error))

    def _problem(self, error: BaseException) -> Problem:
        """What went wrong, in the words for it."""
        if isinstance(error, Problem):
            return error
        if isinstance(error, Cancelled):
            return Problem("cancelled", phrase("Cancelled."))
        if not isinstance(error, Exception):  # a model's own: this program is not its to end
            return ended(error)
        said = said_of(error)
        can_say = said != type(error).__name__  # its own code may raise when it is asked
        if can_say and is_out_of_memory(error):
            return self._full()
        traceback.print_exception(error)
        return Problem(
            "engine",
            phrase("The engine could not do that: {error}."),
            phrase("The log has the details."),
            error=said.rstrip("."),
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

    def _of(self, tape: int) -> Subject:
        """The model that a pass is of; the open one where nobody knows it."""
        beside = self._beside
        return beside if beside is not None and beside.knows(tape) else self._now

    def _asked(self, tape: int) -> Subject:
        """The model of a pass that somebody asks about, which is on screen."""
        subject = self._of(tape)
        subject.keep_shown(tape)
        return subject

    @property
    def _learner(self) -> Learner:
        now = self._now
        if not isinstance(now, Learner):
            raise Problem(
                "training",
                phrase("This model came without data, so it cannot be trained here."),
                phrase("Open a preset to train one."),
            )
        return now

    @property
    def _step(self) -> int:
        return self._open.trainer.step_number if isinstance(self._open, Learner) else 0

    def _find(self, request: Find) -> None:
        with self._work:
            found = find(request.path)
        self._send(Located(ticket=request.ticket, found=found))

    def _open_model(self, request: OpenModel) -> None:
        self._show(request.ticket, lambda: Learner(request, self._device))

    def _open_own(self, request: OpenOwn) -> None:
        def make() -> Subject:
            if isinstance(request.own, LiveModel):
                raise Problem("model", phrase("That model lives in another program."))
            made = Subject(*open_own(request.own, self._device))
            if request.weights:
                made.put(request.weights)
            return made

        self._show(request.ticket, make)

    def _show(self, ticket: int, make: Callable[[], Subject]) -> None:
        """Open what ``make`` makes; the model that is open stays if that fails."""
        try:
            with self._work:
                now = make()
        except Exception as error:
            if not is_out_of_memory(error) or self._open is None:
                raise
            self._training = False
            self._open = None  # there is no room for both
            with self._work:
                now = make()
        before = self._open
        if isinstance(before, Learner) and before.trainer.step_number not in (0, before.saved):
            self._checkpoint(before)  # whoever comes back to that model finds it as it was
        self._training = False
        self._target = 0
        self._open = now
        self._send(Opened(ticket=ticket, model=now.describe(), step=self._step))

    def _put_weights(self, request: LoadWeights) -> None:
        self._training = False
        self._now.put(request.path)
        self._send(Opened(ticket=request.ticket, model=self._now.describe(), step=self._step))

    def _record(self, request: RecordPass) -> None:
        with self._work:
            self._now.keep_earlier(request.earlier)
            recording = self._now.record(request.input)
        if self._training:
            self._now.keep_tapes()
        named = self._now.is_named(recording.tape)
        self._send(Recorded(ticket=request.ticket, recording=recording, more=not named))
        if not named:  # the graph is on screen meanwhile
            with self._work:
                recording = self._now.name(recording.tape)
            self._send(Recorded(ticket=request.ticket, recording=recording))

    def _arrange(self, request: Arrange) -> None:
        """Change which of the two sides is active; the model of the other one stays open too."""
        subjects = [one for one in (self._open, self._beside) if one is not None]
        active = next((one for one in subjects if one.knows(request.active)), self._open)
        if active is not self._open:
            self._training = False
            self._open = active
        self._beside = next((one for one in subjects if one.knows(request.beside)), None)
        for one in subjects:
            one.hold(request.beside if one is self._beside else 0, request.active)

    def _open_event(self, request: OpenEvent) -> None:
        with self._work:
            subject, sources = self._asked(request.tape), self._sources(request)
            recording, call = subject.open(request.tape, request.event, sources)
        self._send(Unfolded(ticket=request.ticket, recording=recording, call=call))

    def _change_pass(self, request: ChangePass) -> None:
        with self._work:
            subject, sources = self._of(request.tape), self._sources(request)
            recording = subject.intervene(request.tape, request.changes, sources)
        self._send(Changed(ticket=request.ticket, recording=recording))

    def _sources(self, request: OpenEvent | ChangePass) -> Sources:
        """The passes that changes may take numbers from, those that are kept."""
        named: dict[Kind, int] = {"patch": request.beside, "earlier": request.earlier}
        found = {kind: self._of(tape).values_of(tape) for kind, tape in named.items()}
        return {kind: values for kind, values in found.items() if values is not None}

    def _ask(self, request: Request) -> None:
        with self._work:
            answer = self._questions.answer(request)
        self._send(answer)

    def _save(self, request: SaveWeights) -> None:
        save_weights(request.path, self._now.model)
        self._send(Saved(ticket=request.ticket, path=request.path))

    def _save_preset(self, request: SavePreset) -> None:
        save_preset(request.path, Preset.model_validate(request.preset), self._now.model)
        self._send(Saved(ticket=request.ticket, path=request.path, what="preset"))

    # ------------------------------------------------------------ training

    def _train(self, request: Train) -> None:
        now = self._learner
        now.keep_tapes()
        step, end = now.trainer.step_number, now.plan.steps
        self._ticket = request.ticket
        self._to_the_end = request.steps is None
        self._target = end if request.steps is None else step + request.steps
        if not self._training:
            now.trainer.start_clock()
            if now.saved != step:  # so that a lost engine begins again where this one did
                self._checkpoint(now)
        self._training = step < self._target
        self._tell(request.ticket, last=not self._training)

    def _train_a_slice(self) -> None:
        trainer = self._learner.trainer
        while trainer.step_number < self._target:
            trainer.step()
            if self._inbox or time.perf_counter() - self._sent >= _SLICE:
                break
        self._training = trainer.step_number < self._target
        if not self._training or time.perf_counter() - self._sent >= _SLICE:
            self._tell(self._ticket, last=not self._training)
        if not self._training or time.perf_counter() >= self._next_checkpoint:
            self._checkpoint(self._learner)

    def _iterate(self, request: Iterate) -> None:
        self._training = False
        now = self._learner
        recording = now.iterate()
        self._send(Iterated(ticket=request.ticket, recording=recording))
        self._guard(0, partial(self._tell, 0, last=True))  # that the loss is NaN is no answer
        self._checkpoint(now)

    def _pause(self, request: Pause) -> None:
        was, self._training = self._training, False
        self._tell(request.ticket, last=True)
        if was:
            self._checkpoint(self._learner)

    def _reset(self, request: ResetTraining) -> None:
        self._training = False
        self._learner.reset()
        self._tell(request.ticket, last=True, fresh=True)
        self._checkpoint(self._learner)

    def _change_plan(self, request: ChangePlan) -> None:
        self._learner.change(TrainSpec.model_validate(request.plan))
        if self._training and self._to_the_end:
            self._target = max(self._learner.plan.steps, self._learner.trainer.step_number)
        self._tell(request.ticket)

    def _tell(self, ticket: int, last: bool = False, fresh: bool = False) -> None:
        """Send how training stands; a probe comes along when it is due, and at the end."""
        trainer = self._learner.trainer
        curves = trainer.curves()
        began = time.perf_counter()
        seen: Probe | None = None
        if last or (self._training and began >= self._next_probe):
            seen = probe(trainer.model, self._learner.preset, trainer.data, trainer.step_number)
            done = time.perf_counter()
            self._next_probe = done + (done - began) / _PROBE_SHARE
        self._sent = time.perf_counter()
        self._send(
            Trained(
                ticket=ticket,
                step=trainer.step_number,
                steps=max(self._learner.plan.steps, self._target, trainer.step_number),
                epoch=trainer.epoch,
                running=self._training,
                steps_per_second=trainer.steps_per_second,
                left=trainer.left,
                curves=curves,
                weights=self._learner.weights,
                probe=seen,
                layers=trainer.layers(),
                fresh=fresh,
            )
        )

    def _checkpoint(self, learner: Learner) -> None:
        began = time.perf_counter()
        self._next_checkpoint = began + _CHECKPOINT_EVERY
        try:
            path = learner.save()
        except Problem as problem:  # training itself goes on
            self._next_checkpoint = time.perf_counter() + 60
            self._send(failed(problem))
            return
        if path is None:
            return
        done = time.perf_counter()
        if learner.trainer.step_number == 0:
            self._thinned = _EARLY
        pause = max(_CHECKPOINT_EVERY, (done - began) / _CHECKPOINT_SHARE)
        self._next_checkpoint = done + pause * self._thinned
        self._thinned = min(1.0, 2 * self._thinned)
        self._send(Checkpointed(step=learner.trainer.step_number, path=str(path)))


def failed(problem: Problem, ticket: int = 0) -> Failed:
    """A problem as a message."""
    return Failed(
        ticket=ticket, kind=problem.kind, text=problem.text, remedy=problem.remedy,
        values=problem.values,
    )  # fmt: skip


def ready(device: torch.device, threads: int, pid: int) -> Ready:
    """The first message of an engine."""
    versions = {"python": platform.python_version(), "torch": str(torch.__version__)}
    if torch.version.cuda:
        versions["cuda"] = torch.version.cuda
    return Ready(
        device=str(device), device_name=device_name(device), threads=threads,
        versions=versions, pid=pid,
    )  # fmt: skip
