"""The link against real processes: a small engine of the test's own that speaks the wire."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from explorer.core.messages import Lost, Measure, Measured, Ping, Pong, Reply
from explorer.session.link import Link
from explorer.session.process import spawn

ECHO = """
    import sys, time
    from explorer.core import messages as m
    from explorer.core.wire import Wire
    import numpy as np
    from explorer.core.values import Statistics
    wire = Wire(m.AnyRequest, sys.stdin.buffer, sys.stdout.buffer)
    while (request := wire.receive()) is not None:
        if isinstance(request, m.Ping):
            time.sleep(0.2)
            wire.send(m.Pong(ticket=request.ticket))
        elif isinstance(request, m.Measure):
            s = Statistics(1, request.value, 1, 0, 0, 0, 0, 0, 0, 0, np.zeros(3), 1)
            wire.send(m.Measured(ticket=request.ticket, statistics=s))
"""


@contextmanager
def engine(code: str) -> Iterator[tuple[Link, queue.SimpleQueue[Reply], list[str]]]:
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    log: list[str] = []
    process = spawn([sys.executable, "-c", textwrap.dedent(code)])
    link = Link(process, replies.put, log.append)
    try:
        yield link, replies, log
    finally:
        link.close()


def test_an_unsent_request_is_replaced_by_the_newest_of_its_tag() -> None:
    with engine(ECHO) as (link, replies, _):
        link.send(Ping(ticket=1))
        assert replies.get(timeout=10) == Pong(ticket=1)  # it is up, and reads again
        link.send(Ping(ticket=2))  # keeps the engine busy
        for value in range(3000):
            link.send(Measure(ticket=10 + value, tape=1, value=value))
        assert replies.get(timeout=10) == Pong(ticket=2)
        seen = []
        while not seen or seen[-1] != 2999:
            reply = replies.get(timeout=10)
            assert isinstance(reply, Measured)
            seen.append(reply.statistics.value)
        assert seen == sorted(seen)
        assert len(seen) < 3000


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_engine_is_reported_once_with_its_code() -> None:
    with engine(ECHO) as (link, replies, _):
        link.send(Ping(ticket=1))
        replies.get(timeout=10)
        link.process.send_signal(signal.SIGKILL)
        lost = replies.get(timeout=10)
        assert lost == Lost(last_words="", code=-signal.SIGKILL)
        link.send(Ping(ticket=2))  # nobody is there; nothing hangs, nothing raises
        with pytest.raises(queue.Empty):
            replies.get(timeout=0.3)


def test_last_words_are_kept() -> None:
    with engine("raise SystemError('the core is on fire')") as (_, replies, log):
        lost = replies.get(timeout=10)
        assert isinstance(lost, Lost)
        assert "the core is on fire" in lost.last_words
        assert lost.code == 1
        assert any("on fire" in line for line in log)


def test_noise_on_the_wire_ends_the_engine_and_says_so() -> None:
    noise = "import sys, time; sys.stdout.buffer.write(b'\\x04\\0\\0\\0\\0\\0\\0\\0spam'); "
    with engine(noise + "sys.stdout.flush(); time.sleep(60)") as (_, replies, _log):
        lost = replies.get(timeout=10)
        assert isinstance(lost, Lost)
        assert "cannot be read" in lost.last_words


def test_closing_ends_even_an_engine_that_does_not_listen() -> None:
    with engine("import time; time.sleep(60)") as (link, replies, _):
        link.close()
        assert link.process.poll() is not None
        with pytest.raises(queue.Empty):
            replies.get(timeout=0.2)  # closing is no loss


def test_spawning_does_not_block() -> None:
    process = spawn([sys.executable, "-c", "import time; time.sleep(60)"])
    assert isinstance(process, subprocess.Popen)
    process.kill()
    process.communicate()
