"""The link: carries messages to the engine, which is another process, and back.

The engine is reached by running it, never by importing it, so a crash or a lack of memory in a
model cannot take the window down, and the same protocol runs through ``ssh``, and in a program
that started the window itself (`explorer.view`).
"""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from explorer.core.messages import AnyReply, Failed, Lost, Reply, Request
from explorer.core.problem import phrase
from explorer.core.wire import Wire
from explorer.session.process import Host


class Link:
    """A running engine: a child of ours, or the `Host` that we are a child of.

    ``deliver`` is called with every reply, in a thread of the link; the owner takes it from there
    to its own. The last reply is `Lost`, unless `close` was called. ``log`` gets the engine's
    stderr line by line.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes] | Host,
        deliver: Callable[[Reply], None],
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._deliver = deliver
        self._log = log
        self._wire: Wire[Reply] = Wire(AnyReply, process.stdout, process.stdin)  # type: ignore[arg-type]
        self._outbox: dict[str, Request] = {}
        self._ready = threading.Condition()
        self._closed = False
        self._last_words: deque[str] = deque(maxlen=12)
        self._threads = [
            threading.Thread(target=work, name=f"link-{work.__name__}", daemon=True)
            for work in (self._send, self._listen, self._receive)
        ]
        self._listening = self._threads[1]  # the last words come by it: it runs before we receive
        for thread in self._threads:
            thread.start()

    def send(self, request: Request) -> None:
        """Queue a request; one not sent yet with the same tag is replaced and moves to the end."""
        with self._ready:
            self._outbox.pop(request.tag, None)
            self._outbox[request.tag] = request
            self._ready.notify()

    def kill(self) -> None:
        """End the engine at once, even one that hangs; nothing is delivered any more."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End the engine: it stops at the end of its input, or is stopped. A host only hears that
        we are gone."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        try:
            self.process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join(timeout=1)
        if any(thread.is_alive() for thread in self._threads):
            return  # it reads a pipe that others hold open; closing that would wait for them
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _send(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._outbox or self._closed)
                if self._closed:
                    break
                request = self._outbox.pop(next(iter(self._outbox)))
            try:
                self._wire.send(request)
            except OSError:
                break  # the engine is gone; the receiving thread says so
            except (ArithmeticError, TypeError, ValueError) as error:
                self._deliver(_unsendable(request, error))
        self._end_input()

    def _end_input(self) -> None:
        pipe: Any = self.process.stdin
        try:
            pipe.close()
        except BrokenPipeError:
            return  # what was unsent has no reader any more

    def _receive(self) -> None:
        try:
            while (reply := self._wire.receive()) is not None:
                self._deliver(reply)
        except msgspec.MsgspecError as error:
            self._last_words.append(f"The engine sent something that cannot be read: {error}")
            self.process.kill()
        code = self.process.wait()
        self._listening.join(timeout=1)
        with self._ready:
            closed, self._closed = self._closed, True
            self._ready.notify()
        if not closed:
            self._deliver(Lost(last_words="\n".join(self._last_words), code=code))

    def _listen(self) -> None:
        for line in self.process.stderr or ():
            text = line.decode(errors="replace").rstrip()
            self._last_words.append(text)
            self._log(text)


def _unsendable(request: Request, error: Exception) -> Failed:
    """The answer to a request that cannot be written down: too large a number, half a letter."""
    return Failed(
        ticket=request.ticket,
        kind="input",
        text=phrase("This cannot be sent to the engine: {error}."),
        remedy=phrase("Use a smaller number, or letters that UTF-8 has."),
        values={"error": str(error)},
    )
