"""`view`: the window on a model that is alive in the caller's own process.

The roles are turned round: the caller's process runs the engine's loop, on the model itself, and
starts the window, which talks to it over its own stdin and stdout. So nothing is copied, and
neither of the two can hurt the other.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import torch
from torch import nn

from explorer.core.graph import Choice, Editor
from explorer.core.messages import AnyRequest, Failed, Opened, Reply, Request
from explorer.core.problem import Problem, phrase
from explorer.core.values import ExampleInput, Input
from explorer.core.wire import Wire
from explorer.engine.feeds import Given, Tokens, by_number, moved_on, numbered
from explorer.engine.inbox import Inbox
from explorer.engine.loop import Loop, ready
from explorer.engine.nesting import tensors
from explorer.engine.subject import Subject
from explorer.engine.tape import Tape

_PATIENCE = 10.0  # seconds for a window that hung up to end
_START = (
    "import sys; sys.path.append(sys.argv.pop(1)); from explorer.cli import main; sys.exit(main())"
)


def view(model: nn.Module, /, *args: Any, **kwargs: Any) -> Tape | None:
    """Open the window on ``model(*args, **kwargs)`` and wait until it is closed.

    The model stays where it is: it runs in this process and thread, as it is (training or
    evaluation, on its device), once at first and again whenever the window asks. Returns the tape
    of the last pass, None if there was none::

        tape = explorer.view(model, torch.randn(1, 3, 224, 224))

    Raises Problem if no window can be opened. Ctrl+C ends it here and leaves the window as it is.
    """
    if not isinstance(model, nn.Module):
        raise Problem(
            "input",
            phrase("There is nothing to look at: a {what} is no torch.nn.Module."),
            phrase("Call explorer.view(model, *inputs)."),
            what=type(model).__name__,
        )
    subject = Subject(model, LiveFeed(args, kwargs), "live", {})
    held = [*model.parameters(), *model.buffers(), *tensors((args, kwargs))]
    device = held[0].device if held else torch.device("cpu")
    window = _Window(window_command(type(model).__name__))
    try:
        inbox = Inbox(window.receive)
        loop = Loop(inbox, window.send, device, subject)
        window.hung_up = inbox.interrupt
        window.send(ready(device, torch.get_num_threads(), os.getpid()))
        window.send(Opened(model=subject.describe(), step=0))
        loop.run()
    finally:
        window.leave()
    window.end()
    return subject.last


class LiveFeed:
    """Feeds a model what `view` was given, and nothing else."""

    editor: Editor = "example"
    shape: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    sample: Input = ExampleInput()
    choices: tuple[Choice, ...] = ()

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._given = args, kwargs

    def arguments(self, given: Input) -> Given:
        """What the caller gave, as it is."""
        if not isinstance(given, ExampleInput):
            raise Problem(
                "input",
                phrase("This model is fed by the program that it lives in."),
                phrase("Call explorer.view again with another input."),
            )
        return moved_on(self._given, given.then) if given.then else self._given

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """The numbers of tokens; nobody told what others are."""
        return numbered(tape)

    def tokens(self, given: Input) -> Tokens | None:
        """By their numbers."""
        return by_number(self._given)


def window_command(name: str) -> list[str]:
    """How to start a window on the live model ``name`` with this Python.

    It finds this package wherever the caller found it, and is not led astray by files that lie in
    the caller's folder.
    """
    return [sys.executable, "-P", "-c", _START, str(Path(__file__).parents[2]), "attached", name]


class _Window:
    """The process that shows the model.

    It has a session of its own, so that Ctrl+C and a closed terminal reach only the caller.
    ``hung_up`` is called, in the thread that receives, when it is gone.
    """

    def __init__(self, command: list[str]) -> None:
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **apart
            )
        except OSError as error:
            raise Problem(
                "engine",
                phrase("The window could not be started: {error}."),
                phrase("Check that {python} is the Python that runs this program."),
                error=error.strerror or error,
                python=sys.executable,
            ) from error
        self.hung_up: Callable[[], None] = lambda: None
        self._refusal: Failed | None = None
        self._there = False  # it asked for something
        self._reader = cast(BinaryIO, self._process.stdout)
        self._writer = cast(BinaryIO, self._process.stdin)
        self._wire: Wire[Request | Failed] = Wire(AnyRequest | Failed, self._reader, self._writer)

    def send(self, reply: Reply) -> None:
        """To one that is gone nothing is sent; the end of its requests says that it is."""
        with contextlib.suppress(OSError):
            self._wire.send(reply)

    def receive(self) -> Request | None:
        """The next request, None when the window is gone or says why there is none."""
        said = self._wire.receive()
        if isinstance(said, Request):
            self._there = True
            return said
        self._refusal = said
        self._reader.close()
        self.hung_up()
        return None

    def leave(self) -> None:
        """Hang up. A window that is still open says so and stays as it is."""
        with contextlib.suppress(OSError):
            self._writer.close()
        threading.Thread(target=self._process.wait, name="window", daemon=True).start()

    def end(self) -> None:
        """See it end. Raises Problem if there never was a window."""
        try:
            code = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return
        said = self._refusal
        if said is not None:
            raise Problem(said.kind, said.text, said.remedy, **said.values)
        if code and not self._there:
            raise Problem(
                "device",
                phrase("The window could not be opened (code {code})."),
                phrase("`layerscope doctor` says what is missing."),
                code=code,
            )
