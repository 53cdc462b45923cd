"""What the engine answers about reach: counts, pictures of it, and giving it up."""

from __future__ import annotations

import threading
from queue import SimpleQueue

import numpy as np
import pytest

from explorer.core.messages import Cancel, Failed, FindReach, LookAt, Measure, Reached, Request
from explorer.core.reach import Reach
from explorer.core.values import Reading, SampleInput, View
from explorer.engine.inbox import Inbox
from explorer.engine.subject import Subject
from tests.engine.test_beside import Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_counts_and_pictures_say_the_same(talk: Talk) -> None:
    tape = talk.open("digits-cnn", SampleInput(0))
    shapes = talk.shapes[tape]
    value = next(ref for ref, shape in enumerate(shapes) if shape == (1, 32, 4, 4))
    reach = Reach("from", value, (0, 3, 0, 0))
    told = talk.ask(FindReach(tape=tape, reach=reach))
    assert isinstance(told, Reached)
    image = next(ref for ref, shape in enumerate(shapes) if shape == (1, 1, 8, 8))
    assert told.extent.counts[image] == 25
    assert told.extent.counts[value] == 1

    def seen(ref: int, size: int, window: tuple[range, ...] = ()) -> Reading:
        view = View(tape, ref, (2, 3), (0,) * 4, (size, size), "max", window=window, reach=reach)
        reading: Reading = talk.ask(LookAt(pane="values/reach", view=view)).reading
        return reading

    whole = seen(image, 8).data
    assert (whole[:5, :5] >= 0).all()
    assert (whole[5:] == -1).all()
    assert (whole[:, 5:] == -1).all()
    assert whole.max() == pytest.approx(told.extent.peaks[image])
    assert whole.clip(0).sum() == pytest.approx(told.extent.sums[image], rel=1e-5)
    blocks = seen(image, 4).data  # a block takes part if one of its cells does
    assert (blocks[:3, :3] >= 0).all()
    assert (blocks[3] == -1).all()
    assert np.array_equal(seen(image, 8, (range(4, 8), range(8))).data, whole[4:])
    later = next(r for r, s in enumerate(shapes) if s == (1, 32, 4, 4) and r > value)
    assert told.extent.counts[later] == 0
    assert (seen(later, 4).data == -1).all()


def test_a_reach_is_worked_out_once_and_forgotten_with_its_pass(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = talk.open("first-network", SampleInput(0))
    reach = Reach("to", 0, (0, 1))
    assert isinstance(talk.ask(FindReach(tape=tape, reach=reach)), Reached)
    subject = talk._loop._open
    assert isinstance(subject, Subject)
    shown = subject.passed(tape).shown
    monkeypatch.setattr(shown, "field", lambda _: pytest.fail("worked out again"))
    view = View(tape, 0, (), (0, 1), (), "max", reach=reach)
    assert float(talk.ask(LookAt(pane="values/reach", view=view)).reading.data) > 0
    for index in (1, 2, 3):  # what was asked about last stays, so another is asked about
        assert talk.look(talk.record(SampleInput(index))) is not None
    assert not subject._fields
    assert isinstance(talk.ask(FindReach(tape=tape, reach=reach)), Failed)


def test_a_cell_that_is_not_there_is_said_to_be_so(talk: Talk) -> None:
    tape = talk.open("first-network", SampleInput(0))
    told = talk.ask(FindReach(tape=tape, reach=Reach("from", 0, (7, 0))))
    assert isinstance(told, Failed)
    assert "outside of axis" in told.text


def test_only_what_is_meant_is_given_up() -> None:
    coming: SimpleQueue[Request | None] = SimpleQueue()
    reach = FindReach(ticket=1, tape=1, reach=Reach("from", 0, ()))
    inbox, interrupted = Inbox(coming.get), threading.Event()
    inbox.interrupt = interrupted.set
    coming.put(Measure(ticket=2, tape=1, value=0))
    first = inbox.take(wait=True)
    assert first is not None
    assert first.ticket == 2
    coming.put(Cancel(only="FindReach"))  # nothing of the kind is being done
    coming.put(Measure(ticket=2, tape=1, value=0))
    assert inbox.take(wait=True) is not None  # it comes behind the `Cancel`
    assert not interrupted.is_set()
    coming.put(reach)
    coming.put(Cancel(only="FindReach"))  # it has not begun
    coming.put(Measure(ticket=3, tape=1, value=1))
    then = inbox.take(wait=True)
    while then is not None and then.ticket == 1:  # it was taken before that was read
        assert interrupted.wait(5)
        then = inbox.take(wait=True)
    assert then is not None
    assert then.ticket == 3
    interrupted.clear()
    coming.put(reach)
    assert inbox.take(wait=True) is reach
    coming.put(Cancel(only="FindReach"))
    assert interrupted.wait(5)
    coming.put(None)
