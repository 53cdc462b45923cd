"""The thread that compares: the newest wins, and what goes wrong is told."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest
from msgspec import structs

from explorer.core import matching
from explorer.core.comparison import Comparison
from explorer.core.graph import Recording
from explorer.session import comparer as comparer_module
from explorer.session.comparer import Compare, Comparer
from explorer.session.intents import Compared, Intent, Report
from tests import recordings


def gpt(tape: int, layers: int = 2) -> Recording:
    return structs.replace(recordings.gpt(layers=layers), tape=tape)


class Gate:
    """Stands for the work: it is told of, and done when it may go on."""

    def __init__(self) -> None:
        self.begun: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
        self.open = threading.Event()
        self.threads: set[int] = set()

    def compare(self, before: Recording, after: Recording) -> Comparison:
        self.threads.add(threading.get_ident())
        self.begun.put((before.tape, after.tape))
        assert self.open.wait(20)
        return matching.compare(before, after)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(comparer_module, "compare", made.compare)
    return made


@pytest.fixture
def said() -> queue.SimpleQueue[Intent]:
    return queue.SimpleQueue()


@pytest.fixture
def comparer(said: queue.SimpleQueue[Intent]) -> Iterator[Comparer]:
    made = Comparer(said.put)
    yield made
    made.close()


def test_the_newest_wins(comparer: Comparer, gate: Gate, said: queue.SimpleQueue[Intent]) -> None:
    """What has begun is done, what has not is forgotten when something newer comes."""
    first = gpt(1)
    comparer.compare(Compare(before=first, after=gpt(2)))
    assert gate.begun.get(timeout=20) == (1, 2)
    for tape in (3, 4, 5):
        comparer.compare(Compare(before=first, after=gpt(tape, layers=3)))
    assert said.empty()
    gate.open.set()
    told = [said.get(timeout=20) for _ in range(2)]
    assert [one.tapes for one in told if isinstance(one, Compared)] == [(1, 2), (1, 5)]
    assert gate.begun.get(timeout=20) == (1, 5)
    assert gate.begun.empty()
    assert threading.get_ident() not in gate.threads
    assert isinstance(told[1], Compared)
    found = told[1].comparison
    assert found is not None
    assert found.differences == matching.compare(first, gpt(5, layers=3)).differences
    assert "marks" in vars(found)  # so that no frame has to wait for them


def test_after_the_end_nothing_is_told(
    comparer: Comparer, gate: Gate, said: queue.SimpleQueue[Intent]
) -> None:
    comparer.compare(Compare(before=gpt(1), after=gpt(2)))
    gate.begun.get(timeout=20)
    comparer.compare(Compare(before=gpt(1), after=gpt(3)))
    comparer.close()
    gate.open.set()
    comparer._pool.shutdown(wait=True)
    assert said.empty()
    assert gate.begun.empty()


def test_what_goes_wrong_is_told_and_nobody_waits(
    comparer: Comparer,
    said: queue.SimpleQueue[Intent],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(before: Recording, after: Recording) -> Comparison:
        raise LookupError("no such call")

    with monkeypatch.context() as broken:
        broken.setattr(comparer_module, "compare", fail)
        comparer.compare(Compare(before=gpt(1), after=gpt(2)))
        report, told = said.get(timeout=20), said.get(timeout=20)
    assert isinstance(report, Report)
    assert "LookupError: no such call" in report.text.format(**report.values)
    assert told == Compared((1, 2), None)
    assert "Traceback" in capfd.readouterr().err  # for whoever mends it
    comparer.compare(Compare(before=gpt(1), after=gpt(3)))
    told = said.get(timeout=20)
    assert isinstance(told, Compared)
    assert told.comparison is not None
