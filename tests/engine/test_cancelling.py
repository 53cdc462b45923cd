"""Work that another thread interrupts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from explorer.engine.cancelling import Cancellable, Cancelled


def endless() -> None:
    """A loop as careless models have them: it catches every exception."""
    while True:
        try:
            time.sleep(0.001)
        except Exception:
            continue


def spinning() -> None:
    while True:
        pass


@pytest.mark.parametrize("loop", [endless, spinning])
def test_an_endless_loop_is_interrupted(loop: Callable[[], None]) -> None:
    work = Cancellable()
    threading.Timer(0.05, work.cancel).start()
    with pytest.raises(Cancelled), work:
        loop()


def test_nothing_is_interrupted_outside_of_the_work() -> None:
    work = Cancellable()
    with work:
        pass
    canceller = threading.Thread(target=work.cancel)
    canceller.start()
    canceller.join()
    for _ in range(1000):
        time.sleep(0)


def test_work_that_ends_while_it_is_being_interrupted_never_passes_it_on() -> None:
    """However the two fall together, it surfaces inside of the ``with`` or not at all."""
    work, seen = Cancellable(), {"inside": 0, "after": 0}
    for turn in range(300):
        begun = threading.Event()

        def interrupt(begun: threading.Event = begun) -> None:
            begun.wait()
            work.cancel()

        canceller = threading.Thread(target=interrupt)
        canceller.start()
        try:
            try:
                with work:
                    begun.set()
                    for _ in range(turn % 60):
                        pass
            except Cancelled:
                seen["inside"] += 1
            canceller.join()
        except Cancelled:
            seen["after"] += 1
    assert seen["after"] == 0
