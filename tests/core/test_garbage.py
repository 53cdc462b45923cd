"""When and where garbage is searched for."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from explorer.core.garbage import no_search, search_if_due


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    was, thresholds = gc.isenabled(), gc.get_threshold()
    gc.enable()
    yield
    gc.set_threshold(*thresholds)
    (gc.enable if was else gc.disable)()


def test_no_search_ends_when_the_last_thread_is_done() -> None:
    begun, end = threading.Event(), threading.Event()

    def work() -> None:
        with no_search():
            begun.set()
            end.wait(10)

    with no_search():
        thread = threading.Thread(target=work)
        thread.start()
        begun.wait(10)
    assert not gc.isenabled()  # the other one still makes things
    end.set()
    thread.join()
    assert gc.isenabled()


def test_where_there_was_none_there_is_none_afterwards() -> None:
    gc.disable()
    with no_search():
        pass
    assert not gc.isenabled()


def test_what_is_due_is_searched_here_but_not_while_somebody_puts_it_off() -> None:
    gc.collect()
    gc.disable()
    ring = Ring()
    gone = weakref.ref(ring)
    del ring
    search_if_due()
    assert gone() is not None, "little was made since, so nothing is due"
    gc.set_threshold(1, 10, 10)
    more = [Ring() for _ in range(9)]
    with no_search():
        search_if_due()
        assert gone() is not None
    search_if_due()
    assert gone() is None
    assert more
