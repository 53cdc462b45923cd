"""The link against real processes: a small engine of the test's own that speaks the wire."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from explorer.core.messages import (
    AnyRequest,
    Failed,
    Lost,
    Measure,
    Measured,
    Reply,
    Saved,
    SaveWeights,
    Train,
)
from explorer.core.wire import Wire
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
        if isinstance(request, m.SaveWeights):
            time.sleep(0.2)
            wire.send(m.Saved(ticket=request.ticket, path=request.path))
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


def process(link: Link) -> subprocess.Popen[bytes]:
    """The engine's, which is a child of ours."""
    assert isinstance(link.process, subprocess.Popen)
    return link.process


def test_an_unsent_request_is_replaced_by_the_newest_of_its_tag() -> None:
    with engine(ECHO) as (link, replies, _):
        link.send(SaveWeights(ticket=1, path="a"))
        assert replies.get(timeout=60) == Saved(ticket=1, path="a")  # it is up, and reads again
        link.send(SaveWeights(ticket=2, path="b"))  # keeps the engine busy
        for value in range(3000):
            link.send(Measure(ticket=10 + value, tape=1, value=value))
        assert replies.get(timeout=60) == Saved(ticket=2, path="b")
        seen: list[int] = []
        while not seen or seen[-1] != 2999:
            reply = replies.get(timeout=60)
            assert isinstance(reply, Measured)
            seen.append(reply.statistics.value)
        assert seen == sorted(seen)
        assert len(seen) < 3000


def test_a_replaced_request_goes_to_the_end_of_the_queue() -> None:
    with engine("import time; time.sleep(60)") as (link, _, _log):
        huge = "x" * (1 << 20)  # more than a pipe holds, so the sending thread waits in it
        link.send(SaveWeights(ticket=1, path=huge))
        deadline = time.monotonic() + 30
        while link._outbox and time.monotonic() < deadline:
            time.sleep(0.01)
        link.send(Measure(ticket=2, tape=1, value=1))
        link.send(SaveWeights(ticket=3, path="b"))
        link.send(Measure(ticket=4, tape=1, value=2))
        assert [request.ticket for request in link._outbox.values()] == [3, 4]


def test_what_cannot_be_sent_is_answered_and_the_link_goes_on() -> None:
    with engine(ECHO) as (link, replies, _):
        link.send(Train(ticket=1, steps=10**23))
        failed = replies.get(timeout=60)
        assert isinstance(failed, Failed)
        assert (failed.ticket, failed.kind) == (1, "input")
        assert "cannot be sent" in failed.text
        link.send(SaveWeights(ticket=2, path="half a letter: \ud800"))
        assert replies.get(timeout=60).ticket == 2
        link.send(SaveWeights(ticket=3, path="a"))
        assert replies.get(timeout=60) == Saved(ticket=3, path="a")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_engine_that_hangs_can_be_ended() -> None:
    with engine(ECHO) as (link, replies, _):
        link.send(SaveWeights(ticket=1, path="a"))
        replies.get(timeout=60)
        process(link).send_signal(signal.SIGSTOP)
        link.kill()
        assert process(link).poll() == -signal.SIGKILL
        with pytest.raises(queue.Empty):
            replies.get(timeout=0.2)  # it was asked for


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_engine_is_reported_once_with_its_code() -> None:
    with engine(ECHO) as (link, replies, _):
        link.send(SaveWeights(ticket=1, path="a"))
        replies.get(timeout=60)
        process(link).send_signal(signal.SIGKILL)
        lost = replies.get(timeout=60)
        assert lost == Lost(last_words="", code=-signal.SIGKILL)
        link.send(SaveWeights(ticket=2, path="b"))  # nobody is there; nothing hangs, nothing raises
        with pytest.raises(queue.Empty):
            replies.get(timeout=0.3)


def test_last_words_are_kept() -> None:
    with engine("raise SystemError('the core is on fire')") as (_, replies, log):
        lost = replies.get(timeout=60)
        assert isinstance(lost, Lost)
        assert "the core is on fire" in lost.last_words
        assert lost.code == 1
        assert any("on fire" in line for line in log)


def test_noise_on_the_wire_ends_the_engine_and_says_so() -> None:
    noise = "import sys, time; sys.stdout.buffer.write(b'\\x04\\0\\0\\0\\0\\0\\0\\0spam'); "
    with engine(noise + "sys.stdout.flush(); time.sleep(60)") as (_, replies, _log):
        lost = replies.get(timeout=60)
        assert isinstance(lost, Lost)
        assert "cannot be read" in lost.last_words


def test_an_engine_that_ends_before_all_threads_run_is_still_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start

    def slowly(thread: threading.Thread) -> None:
        start(thread)
        time.sleep(0.3)

    monkeypatch.setattr(threading.Thread, "start", slowly)
    with engine("raise SystemExit('last words')") as (_, replies, _log):
        lost = replies.get(timeout=10)
        assert isinstance(lost, Lost)
        assert "last words" in lost.last_words


def test_closing_ends_even_an_engine_that_does_not_listen() -> None:
    with engine("import time; time.sleep(60)") as (link, replies, _):
        link.close()
        assert process(link).poll() is not None
        with pytest.raises(queue.Empty):
            replies.get(timeout=0.2)  # closing is no loss


def test_spawning_does_not_block() -> None:
    process = spawn([sys.executable, "-c", "import time; time.sleep(60)"])
    assert isinstance(process, subprocess.Popen)
    process.kill()
    process.communicate()


def hosted(code: str, closes: bool) -> subprocess.CompletedProcess[str]:
    """A window's process in our hands: it runs ``code`` with a link to us as its host.

    We hang up first, or when it ``closes``.
    """
    start = """
import queue, sys
from explorer.core import messages as m
from explorer.core.wire import Wire
from explorer.session.link import Link
from explorer.session.process import Host
replies = queue.SimpleQueue()
link = Link(Host(), replies.put)
print("not for the wire")
link.send(m.SaveWeights(ticket=1, path="a"))
"""
    process = spawn([sys.executable, "-c", start + textwrap.dedent(code)])
    assert process.stdin is not None
    assert process.stdout is not None
    wire: Wire[SaveWeights] = Wire(AnyRequest, process.stdout, process.stdin)  # type: ignore[arg-type]
    assert wire.receive() == SaveWeights(ticket=1, path="a")
    wire.send(Saved(ticket=1, path="a"))
    assert not closes or wire.receive() is None
    out, err = process.communicate(timeout=60)  # closes its stdin: the host ends
    return subprocess.CompletedProcess((), process.returncode, out.decode(), err.decode())


def test_the_end_of_a_host_is_told_once_and_nothing_is_killed() -> None:
    done = hosted(
        """
        assert replies.get(timeout=60) == m.Saved(ticket=1, path="a")
        assert replies.get(timeout=60) == m.Lost(last_words="", code=0)
        link.kill()
        assert replies.empty()
        """,
        closes=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "not for the wire\n")


def test_closing_a_link_tells_the_host() -> None:
    done = hosted("replies.get(timeout=60); link.close(); assert replies.empty()", closes=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "not for the wire\n")
