"""What runs again and again among the items of a room, and in which steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from explorer.picture.inside import Item


class Order:
    """The items of a room as they ran, with what those of equal steps have in common. ``taken`` are
    in loops that were found, whose events have their times in ``time_of``."""

    def __init__(self, ran: list[Item], signs: list[tuple[Hashable, bool]]) -> None:
        self.ran = ran
        self.signs = [sign for sign, _ in signs]
        self.place = {item: n for n, item in enumerate(ran)}
        self.taken: set[int] = set()
        self.time_of: dict[int, int] = {}
        self._weighed = [weighed for _, weighed in signs]

    def anchors(self) -> Iterable[list[int]]:
        """Where the same weights are used, for all that are."""
        places: dict[Hashable, list[int]] = defaultdict(list)
        for n, sign in enumerate(self.signs):
            if self._weighed[n]:
                places[sign].append(n)
        return places.values()


def consecutive(read: list[dict[Hashable, tuple[int, int]]], begin: int) -> list[tuple[int, int]]:
    """The longest run, from ``begin`` on, of neighbouring slices of one sequence."""
    best = [(0, 0)]
    if begin + 1 == len(read):
        return best
    for key in read[begin]:
        if key not in read[begin + 1]:
            continue
        run = [read[begin][key], read[begin + 1][key]]
        step = run[1][0] - run[0][0]
        if abs(step) != 1:
            continue
        for parts in read[begin + 2 :]:
            if key not in parts or parts[key][0] != run[-1][0] + step:
                break
            run.append(parts[key])
        if len(run) > len(best):
            best = run
    return best


def stretched(run: list[int], period: int, signs: list[Hashable]) -> list[tuple[int, int]]:
    """From where to where each step goes, of which the items in ``run`` are parts. Each has what is
    equal in all; the last may end early."""
    ahead = 0
    while ahead < period - 1 and ahead < run[0]:
        if len({signs[n - ahead - 1] for n in run}) > 1:
            break
        ahead += 1
    spans = [(n - ahead, n - ahead + period) for n in run]
    begin, whole = spans[-1]
    end = run[-1] + 1
    model = [signs[n] for n in range(*spans[-2])]
    while end < min(whole, len(signs)) and signs[end] == model[end - begin]:
        end += 1
    spans[-1] = begin, end
    return spans
