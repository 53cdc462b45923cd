"""The engine as a process, spoken to as the desktop does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from queue import Empty, Queue
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.core.messages import (
    AnyReply,
    Boundary,
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
from explorer.core.presets import load_preset
from explorer.core.values import NumbersInput, SampleInput, TextInput, View
from explorer.core.wire import Wire
from explorer.engine.build import build
from explorer.engine.checkpoint import load
from explorer.engine.data import load_data
from explorer.engine.inbox import Inbox
from explorer.engine.loop import Loop
from explorer.engine.training import Trainer

pytestmark = pytest.mark.slow  # processes and windows of their own


class Engine:
    """A running engine; ``told`` is everything it said."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "explorer.engine", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.wire: Wire[Reply] = Wire(AnyReply, self.process.stdout, self.process.stdin)  # type: ignore[arg-type]
        self.told: list[Reply] = []
        self._queue: Queue[Reply | None] = Queue()
        self._ticket = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while (reply := self.wire.receive()) is not None:
            self._queue.put(reply)
        self._queue.put(None)

    def send(self, kind: type[Request], **fields: Any) -> int:
        self._ticket += 1
        self.wire.send(kind(ticket=self._ticket, **fields))
        return self._ticket

    def until(self, kind: type[Reply], ticket: int | None = None, **wanted: Any) -> Any:
        while True:
            try:
                reply = self._queue.get(timeout=60)
            except Empty:
                raise AssertionError(f"no {kind.__name__} came") from None
            assert reply is not None, "the engine ended"
            self.told.append(reply)
            fits = all(getattr(reply, name, None) == value for name, value in wanted.items())
            if isinstance(reply, kind) and ticket in (None, reply.ticket) and fits:
                return reply
            if isinstance(reply, Failed) and reply.ticket == ticket:
                raise AssertionError(reply.text.format(**reply.values))

    def ask(self, answer: type[Reply], kind: type[Request], **fields: Any) -> Any:
        return self.until(answer, self.send(kind, **fields))

    def alive(self) -> bool:
        """Whether it answers at all."""
        ticket = self.send(Survey)
        while True:
            reply = self._queue.get(timeout=60)
            if reply is None or reply.ticket == ticket:
                return reply is not None

    def open(self, name: str, run: Path, weights: str | None = None, **more: Any) -> Opened:
        preset = load_preset(name).preset.model_dump(mode="json")
        opened: Opened = self.ask(
            Opened, OpenModel, preset=preset, weights=weights, run=str(run), **more
        )
        return opened

    def close(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=20)


@pytest.fixture
def engine() -> Iterator[Engine]:
    running = Engine("--device", "cpu")
    running.until(Ready)
    yield running
    running.process.kill()
    running.process.wait()


def test_it_says_ready_first_and_ends_with_its_input() -> None:
    running = Engine()
    first = running.until(Ready)
    assert running.told == [first]
    assert first.pid == running.process.pid
    assert first.versions["torch"] == torch.__version__
    assert first.threads >= 1
    assert running.alive()
    assert running.close() == 0


def test_a_device_that_is_not_here() -> None:
    running = Engine("--device", "abacus")
    said = running.until(Failed)
    assert (said.ticket, said.kind) == (0, "device")
    assert "cpu" in said.remedy.format(**said.values)
    assert running.process.wait(timeout=20) == 2


def test_open_record_look_and_measure(engine: Engine, tmp_path: Path) -> None:
    shipped = load_preset("char-gpt")
    opened = engine.open("char-gpt", tmp_path, str(shipped.weights))
    assert (opened.model.weights, opened.model.input, opened.step) == ("shipped", "text", 0)
    assert opened.model.modules[1].path == "token_embedding"
    recording = engine.ask(Recorded, RecordPass, input=TextInput("a cat\n")).recording
    assert recording.labels["T"] == ("a", "␣", "c", "a", "t", "⏎")
    assert recording.weights == "shipped"
    assert len(recording.attention) == 4

    model = build(shipped.preset.model)
    assert shipped.weights is not None
    load(shipped.weights, model)
    data = load_data(shipped.preset, 0, 0.1)
    with torch.no_grad():
        logits = model(data.batch(TextInput("a cat\n")))
    view = View(recording.tape, recording.prediction, (1, 2), (0, 0, 0), (99, 99))
    reading = engine.ask(Looked, LookAt, pane="values", view=view).reading
    # 1e-6: threads may share out the sums otherwise than here
    np.testing.assert_allclose(reading.data, logits[0].numpy(), atol=1e-5)
    found = engine.ask(Measured, Measure, tape=recording.tape, value=recording.prediction)
    assert found.statistics.mean == pytest.approx(logits.mean().item(), rel=1e-4)

    ticket = engine.send(RecordPass, input=TextInput("ü"))
    failed = engine.until(Failed)
    assert (failed.ticket, failed.kind) == (ticket, "input")
    again = engine.ask(Looked, LookAt, pane="values", view=view).reading  # nothing was lost
    assert np.array_equal(again.data, reading.data)


def test_train_pause_change_reset_and_save(engine: Engine, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "one"
    engine.open("spirals-mlp", run)
    first = engine.ask(Recorded, RecordPass, input=NumbersInput((0.1, 0.2))).recording
    weight = next(i for i, v in enumerate(first.values) if v.name == "layers.0.weight")
    look = View(first.tape, weight, (0, 1), (0, 0), (9, 9))
    before = engine.ask(Looked, LookAt, pane="w", view=look).reading.data

    ticket = engine.send(Train, steps=200)
    done = engine.until(Trained, ticket, running=False)
    assert (done.step, done.weights) == (200, "step 200")
    assert isinstance(done.probe, Boundary)
    assert [layer.shape for layer in done.layers] == [(8, 2), (8, 8), (2, 8)]
    told = [r for r in engine.told if isinstance(r, Trained)]
    losses = np.concatenate([r.curves["train/loss"] for r in told if "train/loss" in r.curves])
    assert losses[:, 0].tolist() == list(range(1, 201))

    preset = load_preset("spirals-mlp").preset
    plain = Trainer(build(preset.model, 0), load_data(preset, 0, 0.2), preset.train)
    for _ in range(200):
        plain.step()
    assert losses[:, 1] == pytest.approx(plain.curves()["train/loss"][:, 1], rel=1e-3)

    # the recorded pass still has the weights that made it; a new one has those of now
    assert np.array_equal(engine.ask(Looked, LookAt, pane="w", view=look).reading.data, before)
    now = engine.ask(Recorded, RecordPass, input=NumbersInput((0.1, 0.2))).recording
    assert now.weights == "step 200"

    running = engine.send(Train)
    plan = preset.train.model_copy(update={"optimizer": "sgd", "learning_rate": 0.5, "steps": 9000})
    changed = engine.ask(Trained, ChangePlan, plan=plan.model_dump(mode="json"))
    assert changed.steps >= 4000
    engine.until(Trained, running, running=True)
    paused = engine.ask(Trained, Pause)
    assert not paused.running
    assert paused.step >= 200
    saved = engine.until(Checkpointed)
    assert saved.step == paused.step
    assert len(list(run.iterdir())) <= 2
    assert engine.alive()
    assert engine.told[-1] is not None

    engine.ask(Saved, SaveWeights, path=str(tmp_path / "w.safetensors"))
    reopened = engine.open("spirals-mlp", run, str(tmp_path / "w.safetensors"))
    assert reopened.step == 0
    resumed = engine.open("spirals-mlp", run, saved.path)
    assert (resumed.step, resumed.model.weights) == (paused.step, f"step {paused.step}")

    fresh = engine.ask(Trained, ResetTraining)
    assert (fresh.step, fresh.fresh, fresh.weights) == (0, True, "random")
    assert np.array_equal(fresh.layers[0], before)


def test_one_step_and_a_long_run_that_is_killed_resumes(tmp_path: Path) -> None:
    running = Engine("--device", "cpu")
    running.until(Ready)
    running.open("spirals-mlp", tmp_path)
    ticket = running.send(Train, steps=1)
    assert running.until(Trained, ticket, running=False).step == 1
    saved = running.until(Checkpointed)
    running.send(Train)
    running.until(Trained, running=True)
    running.process.kill()
    assert running.process.wait() != 0

    again = Engine("--device", "cpu")
    again.until(Ready)
    newest = max(tmp_path.glob("checkpoint-*.safetensors"))
    opened = again.open("spirals-mlp", tmp_path, str(newest))
    assert opened.step >= saved.step
    ticket = again.send(Train, steps=2)
    assert again.until(Trained, ticket, running=False).step == opened.step + 2
    assert again.close() == 0


def test_the_checkpoints_of_a_run_come_early_and_then_thin_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cost, now = 0.01, 0.0
    told: list[Any] = []

    def save() -> Path:
        nonlocal now
        now += cost
        return Path("checkpoint")

    learner: Any = SimpleNamespace(trainer=SimpleNamespace(step_number=0), save=save)
    loop = Loop(Inbox(lambda: None), told.append, torch.device("cpu"))
    monkeypatch.setattr(time, "perf_counter", lambda: now)

    def pauses(count: int) -> list[float]:
        nonlocal now
        found = []
        for step in range(count):
            learner.trainer.step_number = step
            loop._checkpoint(learner)
            found.append(loop._next_checkpoint - now)
            now = loop._next_checkpoint
        return found

    first = pauses(40)
    assert first[0] < 0.25
    assert all(after <= 2 * before + 1e-9 for before, after in pairwise(first))
    assert first[-1] == pytest.approx(cost / 0.003)
    assert 40 * cost < 0.004 * now  # of the time, all in all
    assert pauses(3) == pytest.approx(first[:3])  # the next run
    assert [reply.step for reply in told[-3:]] == [0, 1, 2]


def test_what_cannot_be_done_is_said_and_the_engine_goes_on(engine: Engine, tmp_path: Path) -> None:
    engine.send(RecordPass, input=SampleInput(0))
    assert engine.until(Failed).kind == "model"
    engine.open("first-network", tmp_path)
    engine.send(LookAt, pane="x", view=View(77, 0, (), (), ()))
    assert engine.until(Failed).kind == "gone"
    engine.send(SaveWeights, path=str(tmp_path / "file" / "w"))
    (tmp_path / "other").write_text("")
    engine.until(Saved)
    engine.send(SaveWeights, path=str(tmp_path / "other" / "w"))
    assert engine.until(Failed).kind == "disk"
    preset = load_preset("digits-cnn").preset.model_dump(mode="json")
    weights = str(load_preset("first-network").weights)
    engine.send(OpenModel, preset=preset, weights=weights, run="")
    assert engine.until(Failed).kind == "weights"
    engine.send(OpenModel, preset={"title": 3}, weights=None, run="")
    assert engine.until(Failed).kind == "engine"
    assert engine.alive()


def test_a_model_that_cannot_be_opened_leaves_the_open_one_and_its_training(
    engine: Engine, tmp_path: Path
) -> None:
    engine.open("first-network", tmp_path)
    engine.until(Trained, engine.send(Train, steps=3), running=False)
    preset = load_preset("digits-cnn").preset.model_dump(mode="json")
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    ticket = engine.send(OpenModel, preset=preset, weights=str(wrong), run="")
    assert engine.until(Failed).ticket == ticket
    assert engine.ask(Recorded, RecordPass, input=SampleInput(0)).recording.weights == "step 3"


def test_leaving_a_trained_model_saves_it(engine: Engine, tmp_path: Path) -> None:
    engine.open("first-network", tmp_path / "a")
    engine.send(Train)
    while not engine.until(Trained).step:
        pass
    preset = load_preset("spirals-mlp").preset.model_dump(mode="json")
    ticket = engine.send(OpenModel, preset=preset, weights=None, run=str(tmp_path / "b"))
    while not isinstance(said := engine.until(Reply), Opened):
        pass
    assert said.ticket == ticket
    saved = [r for r in engine.told if isinstance(r, Checkpointed)][-1]
    assert saved.step > 0
    opened = engine.open("first-network", tmp_path / "a", saved.path)
    assert opened.step == saved.step


def test_a_longer_plan_lengthens_the_training_that_runs(engine: Engine, tmp_path: Path) -> None:
    plan = load_preset("first-network").preset.train.model_copy(update={"steps": 3000})
    engine.open("first-network", tmp_path, plan=plan.model_dump(mode="json"))
    ticket = engine.send(Train)
    engine.until(Trained, ticket, running=True)
    longer = plan.model_copy(update={"steps": 3500}).model_dump(mode="json")
    engine.ask(Trained, ChangePlan, plan=longer)
    last = engine.until(Trained, ticket, running=False)
    assert (last.step, last.steps) == (3500, 3500)


def test_fresh_weights_and_a_start_are_saved_at_once(engine: Engine, tmp_path: Path) -> None:
    engine.open("first-network", tmp_path)
    engine.send(ResetTraining)
    saved = engine.until(Checkpointed)
    assert saved.step == 0
    engine.send(Train, steps=1)
    assert engine.until(Checkpointed).step == 1  # at the end; the start had one already
    engine.send(OpenModel, preset=load_preset("first-network").preset.model_dump(mode="json"),
                weights=saved.path, run=str(tmp_path))  # fmt: skip
    opened = engine.until(Opened)
    assert (opened.step, opened.model.weights) == (0, "random")  # not the preset's own


def test_the_next_model_counts_its_own_steps(engine: Engine, tmp_path: Path) -> None:
    engine.open("char-gpt", tmp_path / "a")
    engine.send(Train)
    engine.until(Trained, running=True)
    engine.open("first-network", tmp_path / "b")
    assert engine.ask(Trained, Survey).steps == load_preset("first-network").preset.train.steps


def test_a_pass_recorded_while_training_keeps_its_weights(engine: Engine, tmp_path: Path) -> None:
    engine.open("first-network", tmp_path)
    engine.send(Train)
    engine.until(Trained, running=True)
    recording = engine.ask(Recorded, RecordPass, input=SampleInput(0)).recording
    weight = next(i for i, v in enumerate(recording.values) if v.kind == "parameter")
    step = engine.until(Trained).step
    while engine.until(Trained).step <= step:
        pass
    engine.send(Pause)
    view = View(recording.tape, weight, (0, 1), (0, 0), (64, 64))
    first = engine.ask(Looked, LookAt, pane="values", view=view).reading
    engine.until(Trained, engine.send(Train, steps=5), running=False)
    again = engine.ask(Looked, LookAt, pane="values", view=view).reading
    assert np.array_equal(first.data, again.data)


def test_a_loss_that_explodes_stops_training(engine: Engine, tmp_path: Path) -> None:
    plan = load_preset("first-network").preset.train.model_copy(
        update={"optimizer": "sgd", "learning_rate": 100.0, "weight_decay": 10.0}
    )
    engine.open("first-network", tmp_path, plan=plan.model_dump(mode="json"))
    ticket = engine.send(Train, steps=500)
    said = engine.until(Failed)
    assert (said.ticket, said.kind) == (ticket, "training")
    assert engine.ask(Trained, ResetTraining).step == 0


def test_prints_of_models_do_not_reach_the_wire() -> None:
    code = (
        "import os, sys, runpy\n"
        "import explorer.engine.device as d\n"
        "plain = d.choose_device\n"
        "def loud(wanted):\n"
        "    print('hello'); os.write(1, b'from C'); sys.stdout.flush()\n"
        "    return plain(wanted)\n"
        "d.choose_device = loud\n"
        "sys.argv = ['engine']\n"
        "runpy.run_module('explorer.engine', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"", capture_output=True, check=True, timeout=60
    )
    assert b"hello" in done.stderr
    assert b"from C" in done.stderr
    assert b"hello" not in done.stdout
    assert b"from C" not in done.stdout


def test_a_newer_request_replaces_an_unstarted_one_of_its_tag() -> None:
    views = [View(0, i, (), (), ()) for i in range(3)]
    requests: list[Request | None] = [
        LookAt(ticket=1, pane="a", view=views[0]),
        SaveWeights(ticket=2, path="a"),
        LookAt(ticket=3, pane="b", view=views[1]),
        LookAt(ticket=4, pane="a", view=views[2]),
        None,
    ]
    coming = iter(requests)
    read = threading.Event()

    def receive() -> Request | None:
        request = next(coming)
        if request is None:
            read.set()
        return request

    inbox = Inbox(receive)
    assert read.wait(5)
    taken = []
    while (request := inbox.take(wait=True)) is not None:
        taken.append(request.ticket)
    assert taken == [2, 3, 4]
    assert inbox.ended


def test_the_engine_never_loads_qt() -> None:
    code = "import explorer.engine.loop, sys; print([m for m in sys.modules if 'PySide' in m])"
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, env=env
    )
    assert done.stdout.strip() == "[]"
