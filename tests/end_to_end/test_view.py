"""`explorer.view`: a script and its window as two real processes, and what the end of each does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # processes and windows of their own

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0

# A window with a hand in it: it does what stands in a file, and writes down what is on screen.
HAND = """
import json, os, sys
from pathlib import Path
sys.path.append(sys.argv.pop(1))
import explorer.app
from explorer.cli import main
from PySide6.QtCore import QTimer
from explorer.gui.banner import sentence

folder, Joined = Path(sys.argv.pop(1)), explorer.app.Joined
folder.mkdir()

class Watched(Joined):
    def __init__(self, window, *rest):
        super().__init__(window, *rest)
        self.window = window
        self.timer = QTimer(interval=30)
        self.timer.timeout.connect(self.look)
        self.timer.start()

    def look(self):
        state = self.session.state
        recording = state.recording
        seen = {
            "pid": os.getpid(),
            "title": state.title,
            "engine": [state.engine.status, state.engine.restarts],
            "ops": [event.op for event in recording.events] if recording else None,
            "banner": sentence(state.banner) if state.banner else "",
            "visible": self.window.isVisible(),
            "asked": list(state.tickets),
        }
        beside = folder / "seen.part"
        beside.write_text(json.dumps(seen))
        os.replace(beside, folder / "seen.json")
        if (folder / "close").exists():
            self.window.close()

explorer.app.Joined = Watched
sys.exit(main())
"""

START = """
import os, sys
sys.path.insert(0, {root!r})
import torch
from torch import nn
import explorer
from explorer.core.problem import Problem
from explorer.engine import live

numbers, command = iter(range(100)), live.window_command
live.window_command = lambda name: [  # each window has a folder of its own
    sys.executable, {hand!r}, {root!r}, str(next(numbers)), *command(name)[-2:]
]

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 8)
        self.drop = nn.Dropout(0.5)
        self.runs = 0

    def forward(self, x, *, scale=1.0):
        print("forward runs", flush=True)
        self.runs += 1
        return self.drop(self.inner(x)).relu() * scale

net, x = Net(), torch.randn(3, 4)
"""
OPS = ["linear", "dropout", "relu", "mul"]
Seen = dict[str, Any]


class Script:
    """A script that calls `view` again and again, and what its windows show, by their number."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        (folder / "hand.py").write_text(HAND)
        start = START.format(root=str(ROOT), hand=str(folder / "hand.py"))
        (folder / "script.py").write_text(start + text)
        self.errors = folder / "errors.txt"  # a window that stays would keep a pipe open
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "script.py"], cwd=folder, stdout=subprocess.PIPE, stderr=errors,
                text=True,
                env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "always"},
            )  # fmt: skip

    def seen(self, window: int) -> Seen:
        try:
            return dict(json.loads((self.folder / str(window) / "seen.json").read_text()))
        except FileNotFoundError:
            return {"ops": None, "banner": ""}

    def until(self, window: int, holds: Callable[[Seen], bool]) -> Seen:
        end = time.monotonic() + PATIENCE
        while not holds(seen := self.seen(window)):
            if time.monotonic() > end:
                raise TimeoutError(f"{seen} {self.process.poll()}")
            time.sleep(0.02)
        return seen

    def recorded(self, window: int) -> Seen:
        """A window with a pass, of which nothing more is awaited: what happens in the script then
        happens while it waits, not in the model."""
        return self.until(window, lambda seen: bool(seen["ops"]) and not seen["asked"])

    def close(self, window: int) -> None:
        (self.folder / str(window) / "close").touch()

    def end(self) -> tuple[int, list[str], str]:
        out, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.splitlines(), self.errors.read_text()

    def sweep(self) -> None:
        self.process.kill()
        self.process.communicate()
        for folder in self.folder.glob("*/seen.json"):
            pid = json.loads(folder.read_text())["pid"]
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Callable[[str], Script]]:
    made: list[Script] = []

    def start(text: str) -> Script:
        made.append(Script(tmp_path, text))
        return made[-1]

    yield start
    for one in made:
        one.sweep()


def test_whatever_ends_the_window_the_program_goes_on_as_it_was(
    script: Callable[[str], Script],
) -> None:
    run = script(
        """
import asyncio, signal, threading

def surroundings():
    return (os.getcwd(), sys.stdout, torch.get_num_threads(), signal.getsignal(signal.SIGINT),
            os.fstat(1).st_ino, torch.is_grad_enabled(), sorted(os.listdir("/proc/self/fd")))

before = surroundings()
net.train()
torch.manual_seed(7)
tape = explorer.view(net, x, scale=2.0)
after = torch.rand(1)
assert net.runs == 1
assert net.training and not net._forward_hooks and not net._forward_pre_hooks
assert all(p.grad is None for p in net.parameters())
torch.manual_seed(7)
assert torch.equal(net(x, scale=2.0), tape.output)  # dropout and all
assert torch.equal(torch.rand(1), after)  # random numbers go on as after one call
assert before == surroundings()

async def cell():
    tapes = []
    thread = threading.Thread(target=lambda: tapes.append(explorer.view(net, x)))
    thread.start()
    thread.join()
    tapes.append(explorer.view(net, torch.randn(3, 5)))
    print([len(tape.events) for tape in tapes], tapes[1].failure.op)

asyncio.run(cell())

class Endless(nn.Module):
    def forward(self, x):
        while True:
            x = x + 1

print(explorer.view(Endless(), x))
"""
    )
    seen = run.recorded(0)
    assert seen["ops"] == OPS
    assert (seen["title"], seen["engine"], seen["banner"]) == ("Net", ["ready", 0], "")
    run.close(0)
    os.kill(run.recorded(1)["pid"], signal.SIGKILL)  # seen from a thread, beside an event loop
    assert "linear" in run.until(2, lambda seen: bool(seen["banner"]))["banner"]
    run.close(2)
    run.until(3, lambda seen: "RecordPass" in seen.get("asked", ()))
    time.sleep(0.2)  # it turns and turns
    run.close(3)
    code, out, err = run.end()
    assert (code, err) == (0, "")
    assert out[0] == "forward runs"
    assert out[-2:] == ["[4, 0] linear", "None"]


@pytest.mark.skipif(sys.platform != "linux", reason="signals")
def test_whatever_ends_the_view_the_window_stays(script: Callable[[str], Script]) -> None:
    run = script(
        """
import signal

def alarm(*_):
    raise RuntimeError("time is up")

signal.signal(signal.SIGUSR1, alarm)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
for kind in (RuntimeError, KeyboardInterrupt, Problem):
    try:
        explorer.view(net, x)
    except kind as error:
        print(type(error).__name__, flush=True)
"""
    )
    windows = []
    for number, end in enumerate((signal.SIGUSR1, signal.SIGINT, signal.SIGKILL)):
        assert run.recorded(number)["ops"] == OPS
        run.process.send_signal(end)
        windows.append(run.until(number, lambda seen: bool(seen["banner"])))
    code, out, _ = run.end()
    assert code == -signal.SIGKILL
    assert [line for line in out if line != "forward runs"] == ["RuntimeError", "KeyboardInterrupt"]
    for number, seen in enumerate(windows):
        said = "The program whose model this is has ended; what is on screen stays."
        assert (seen["banner"], seen["engine"]) == (said, ["lost", 0])
        assert (seen["ops"], seen["visible"]) == (OPS, True)
        run.close(number)
    end_of_time = time.monotonic() + PATIENCE
    while any(alive(seen["pid"]) for seen in windows) and time.monotonic() < end_of_time:
        time.sleep(0.02)
    assert not any(alive(seen["pid"]) for seen in windows)


def test_where_there_can_be_no_window_the_caller_hears_why(tmp_path: Path) -> None:
    (tmp_path / "PySide6.py").write_text("raise ImportError('No module named PySide6')")
    text = """
import os, torch, explorer
from explorer.core.problem import Problem
from explorer.engine import live

def view(model, command=None, **environment):
    was, os.environ["DISPLAY"] = live.window_command, ":4711"
    os.environ.update(environment)
    live.window_command = (lambda name: command) if command else was
    try:
        explorer.view(model, torch.zeros(1, 2))
    except Problem as problem:
        print(problem.kind, problem)
    live.window_command = was

model = torch.nn.Linear(2, 2)
view(print)
view(model)
view(model, ["/bin/sh", "-c", "exit 3"])
view(model, ["/no/python"])
view(model, QT_QPA_PLATFORM="offscreen", PYTHONPATH=FOLDER)
"""
    kept = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-c", text.replace("FOLDER", repr(str(tmp_path)))],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, env=kept,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    model, screen, dead, missing, qt = done.stdout.splitlines()
    assert model.startswith("input There is nothing to look at: a builtin_function_or_method is no")
    assert screen.startswith("device There is no screen here: no display server answers at DISPLAY")
    assert dead.startswith("device The window could not be opened (code 3).")
    assert missing.startswith("engine The window could not be started: No such file")
    assert qt.startswith("device Qt cannot be loaded: No module named PySide6.")


def test_the_package_is_found_from_any_folder(tmp_path: Path) -> None:
    """Files of the caller's that are called like modules of ours do not lead it astray."""
    for name in ("explorer", "queue", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    from explorer.engine.live import window_command

    done = subprocess.run(
        window_command("Net"), cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=PATIENCE,
        env={k: v for k, v in os.environ.items() if k != "QT_QPA_PLATFORM"} | {"DISPLAY": ":4711"},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert b"There is no screen here" in done.stdout
