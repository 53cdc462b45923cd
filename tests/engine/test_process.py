"""What a model's code sets for its process is put back, and whatever it raises is survived."""

from __future__ import annotations

import gc
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from explorer.core.messages import (
    Failed,
    LoadWeights,
    OpenOwn,
    Recorded,
    RecordPass,
    Reply,
    Request,
)
from explorer.core.sources import PythonFile, PythonModel
from explorer.core.values import ExampleInput, TensorsInput, TensorSpec
from explorer.engine.feeds import Opened
from explorer.engine.inbox import Inbox
from explorer.engine.live import LiveFeed
from explorer.engine.loop import Loop
from explorer.engine.process import of_signal, unchanged
from explorer.engine.sources import find, open_own
from explorer.engine.subject import Subject

CPU = torch.device("cpu")
HEAD = """
import gc, logging, os, random, sys, warnings
import numpy as np
import torch
from torch import nn

def leave():
    {statement}
"""
NET = """
class Net(nn.Module):
    def forward(self, x):
        y = x * 2
        {call}
        return y + 1
"""
SPEC = TensorsInput((TensorSpec("x", (2, 3)),))

STATEMENTS: dict[str, tuple[str, Callable[[], Any]]] = {
    "default dtype": ("torch.set_default_dtype(torch.float64)", torch.get_default_dtype),
    "default device": ("torch.set_default_device('meta')", torch.get_default_device),
    "gradients": (
        "torch.set_grad_enabled(not torch.is_grad_enabled())",
        torch.is_grad_enabled,
    ),
    "inference": (
        "sys._inference = torch.inference_mode(); sys._inference.__enter__()",
        torch.is_inference_mode_enabled,
    ),
    "autocast": (
        "torch.set_autocast_enabled('cpu', True)",
        lambda: torch.is_autocast_enabled("cpu"),
    ),
    "threads": ("torch.set_num_threads(torch.get_num_threads() + 1)", torch.get_num_threads),
    "anomalies": ("torch.autograd.set_detect_anomaly(True)", torch.is_anomaly_enabled),
    "determinism": (
        "torch.use_deterministic_algorithms(True, warn_only=True)",
        lambda: (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
    ),
    "cudnn": (
        "torch.backends.cudnn.deterministic = True",
        lambda: torch.backends.cudnn.deterministic,
    ),
    "precision": (
        "torch.set_float32_matmul_precision('medium')",
        torch.get_float32_matmul_precision,
    ),
    "attention": (
        "torch.backends.cuda.enable_flash_sdp(False)",
        torch.backends.cuda.flash_sdp_enabled,
    ),
    "folder": ("os.chdir('/')", os.getcwd),
    "environment": (
        "os.environ['LEFT_BY_A_MODEL'] = '1'; os.environ.pop('PATH')",
        lambda: dict(os.environ),
    ),
    "path": ("sys.path.insert(0, '/nowhere')", lambda: "/nowhere" in sys.path),
    "recursion": (
        "sys.setrecursionlimit(sys.getrecursionlimit() + 7)",
        sys.getrecursionlimit,
    ),
    "warnings": ("warnings.simplefilter('error')", lambda: list(warnings.filters)),
    "level": ("logging.disable(logging.ERROR)", lambda: logging.root.manager.disable),
    "root": (
        "logging.root.setLevel(1); logging.root.addHandler(logging.NullHandler())",
        lambda: (logging.root.level, list(logging.root.handlers)),
    ),
    "stdout": ("sys.stdout = sys.stderr = None", lambda: (sys.stdout, sys.stderr)),
    "numpy": ("np.seterr(all='raise')", np.geterr),
    "garbage": ("gc.disable()", gc.isenabled),
}


class Desk:
    """A loop in this process: each request is sent when the one before it was answered."""

    def __init__(self, *requests: Request, subject: Subject | None = None) -> None:
        self.replies: list[Reply] = []
        self._requests = list(requests)
        self._answered = threading.Semaphore(1)
        Loop(Inbox(self._receive), self._send, CPU, subject).run()

    def _send(self, reply: Reply) -> None:
        self.replies.append(reply)
        if not (isinstance(reply, Recorded) and reply.more):
            self._answered.release()

    def _receive(self) -> Request | None:
        answered = self._answered.acquire(timeout=60)  # never, where what ends the loop is tried
        return self._requests.pop(0) if answered and self._requests else None


def written(folder: Path, statement: str, call: str, at_import: bool = False) -> PythonModel:
    path = folder / "net.py"
    text = HEAD.format(statement=statement) + NET.format(call=call)
    path.write_text(text + ("\nleave()\n" if at_import else ""))
    found = find(str(path))
    assert isinstance(found, PythonFile)
    return PythonModel(str(path), found.digest, "Net", {}, SPEC)


def run(folder: Path, statement: str, times: int = 1) -> list[Reply]:
    """The replies to opening a model whose forward does something, and to passes of it."""
    own = written(folder, statement, "leave()")
    passes = [RecordPass(ticket=2 + n, input=SPEC) for n in range(times)]
    return Desk(OpenOwn(ticket=1, own=own), *passes).replies


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_pass_leaves_the_process_as_it_was(name: str, tmp_path: Path) -> None:
    statement, state = STATEMENTS[name]
    with unchanged():  # so that a failing case hurts no other test
        before = state()
        last = run(tmp_path, statement)[-1]
        assert isinstance(last, Recorded), last
        assert state() == before
        assert torch.overrides._get_current_function_mode_stack() == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_opening_leaves_the_process_as_it_was(name: str, tmp_path: Path) -> None:
    statement, state = STATEMENTS[name]
    with unchanged():
        before = state()
        made: Opened = open_own(written(tmp_path, statement, "pass", at_import=True), CPU)
        assert state() == before
    assert isinstance(made.model, nn.Module)


def test_what_a_model_imports_in_forward_is_found_at_every_pass(tmp_path: Path) -> None:
    (tmp_path / "only_here.py").write_text("")
    statement = "import only_here; del sys.modules['only_here']"
    replies = run(tmp_path, statement, times=2)
    passes = [one.recording for one in replies if isinstance(one, Recorded)]
    assert len(passes) >= 2
    assert not any(one.failure for one in passes)


def test_a_seed_set_in_forward_is_not_that_of_what_comes_next(tmp_path: Path) -> None:
    statement = "torch.manual_seed(5); np.random.seed(5); random.seed(5)"
    with unchanged():
        drawn = []
        for _ in range(2):
            run(tmp_path, statement)
            drawn.append((torch.rand(1).item(), np.random.rand(), random.random()))
    for one, other in zip(*drawn, strict=True):
        assert one != other
    torch.manual_seed(5)
    assert torch.rand(1).item() not in [one[0] for one in drawn]


def test_a_model_that_draws_draws_anew_at_every_pass() -> None:
    drawn = []
    with unchanged():
        for _ in range(3):
            with unchanged(fresh=True):
                drawn += [torch.rand(1).item(), np.random.rand(), random.random()]
                torch.manual_seed(5)
                random.seed(5)
                np.random.seed(5)
    assert len(set(drawn)) == 9


def test_opening_leaves_random_numbers_as_they_were(tmp_path: Path) -> None:
    own = written(tmp_path, "torch.rand(3); np.random.rand(3); random.random()", "pass", True)
    states = torch.get_rng_state(), random.getstate(), list(map(str, np.random.get_state()))
    open_own(own, CPU)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert list(map(str, np.random.get_state())) == states[2]


def test_a_live_model_does_in_its_own_program_what_it_does() -> None:
    class Setting(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            torch.set_default_dtype(torch.float64)
            return x + 1

    with unchanged():
        subject = Subject(Setting(), LiveFeed((torch.ones(2),), {}), "live", {})
        Desk(RecordPass(ticket=1, input=ExampleInput()), subject=subject)
        assert torch.get_default_dtype() == torch.float64


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("sys.exit(3)", "sys.exit(3)"),
        ("raise GeneratorExit('so')", "GeneratorExit: so"),
        ("raise type('Own', (BaseException,), {})('so')", "Own: so"),
        ("raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})()", "Mute"),
    ],
)
def test_whatever_ends_a_forward_is_shown_with_what_ran_before(
    statement: str, text: str, tmp_path: Path
) -> None:
    replies = [one for one in run(tmp_path, statement, times=2) if isinstance(one, Recorded)]
    assert replies
    for one in replies:
        assert [event.op for event in one.recording.events] == ["mul"]
        assert one.recording.failure is not None
        assert one.recording.failure.text == text


def test_a_forward_that_raises_keyboard_interrupt_is_told(tmp_path: Path) -> None:
    replies = run(tmp_path, "raise KeyboardInterrupt", times=2)
    told = [one for one in replies if isinstance(one, Failed)]
    assert [one.ticket for one in told] == [2, 3]
    assert told[0].text.format(**told[0].values) == (
        "The model's code raised KeyboardInterrupt, which ends programs."
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("SystemExit(2)", "The model's code called sys.exit(2)."),
        ("KeyboardInterrupt", "The model's code raised KeyboardInterrupt, which ends programs."),
        ("Own", "The model's code raised Own, which ends programs."),
        ("Mute", "The engine could not do that: Mute."),
    ],
)
def test_what_a_model_raises_elsewhere_is_said_and_survived(
    error: str, text: str, tmp_path: Path
) -> None:
    own = written(tmp_path, "pass", "pass")
    path = Path(own.path)
    path.write_text(
        path.read_text()
        + f"""
class Own(BaseException): ...
class Mute(RuntimeError):
    def __str__(self): raise KeyError
Net.state_dict = lambda self, *args, **kwargs: (_ for _ in ()).throw({error})
"""
    )
    found = find(str(path))
    assert isinstance(found, PythonFile)
    own = PythonModel(own.path, found.digest, "Net", {}, SPEC)
    safetensors.torch.save_file({"w": torch.ones(1)}, tmp_path / "w.safetensors")
    replies = Desk(
        OpenOwn(ticket=1, own=own),
        LoadWeights(ticket=2, path=str(tmp_path / "w.safetensors")),
        RecordPass(ticket=3, input=SPEC),
    ).replies
    (told,) = [one for one in replies if isinstance(one, Failed)]
    assert told.ticket == 2
    assert told.text.format(**told.values) == text
    assert isinstance(replies[-1], Recorded)


def test_ctrl_c_ends_the_loop_of_a_live_model() -> None:
    class Interrupted(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise KeyboardInterrupt

    subject = Subject(Interrupted(), LiveFeed((torch.ones(2),), {}), "live", {})
    with pytest.raises(KeyboardInterrupt):
        Desk(RecordPass(ticket=1, input=ExampleInput()), subject=subject)


class Alarm:
    """Handlers of every kind."""

    def __call__(self, *_: object) -> None:
        raise TimeoutError("time is up")

    def method(self, *_: object) -> None:
        self()


def _raises(what: str, *_: object) -> None:
    raise TimeoutError(what)


HANDLERS: dict[str, Callable[..., Any]] = {
    "function": lambda *_: _raises("time is up"),
    "partial": partial(_raises, "time is up"),
    "method": Alarm().method,
    "object": Alarm(),
}


@pytest.fixture
def alarm() -> Iterator[Callable[[Callable[..., Any]], object]]:
    """Makes something the handler of a signal that nobody else uses here."""
    before = signal.getsignal(signal.SIGUSR2)
    yield partial(signal.signal, signal.SIGUSR2)
    signal.signal(signal.SIGUSR2, before)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("kind", HANDLERS)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_signals_own_exception_ends_the_loop_of_a_live_model(
    kind: str, wrapped: bool, alarm: Callable[[Callable[..., Any]], object]
) -> None:
    class Interrupted(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            try:
                signal.raise_signal(signal.SIGUSR2)
            except TimeoutError as error:
                if not wrapped:
                    raise
                raise ValueError("something else") from error
            return x

    alarm(HANDLERS[kind])
    subject = Subject(Interrupted(), LiveFeed((torch.ones(2),), {}), "live", {})
    with pytest.raises(TimeoutError, match="time is up"):
        Desk(RecordPass(ticket=1, input=ExampleInput()), subject=subject)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_same_exception_from_elsewhere_is_no_signals(
    alarm: Callable[[Callable[..., Any]], object],
) -> None:
    alarm(HANDLERS["method"])
    with pytest.raises(TimeoutError) as raised:
        _raises("from the model")
    assert of_signal(raised.value) is None
