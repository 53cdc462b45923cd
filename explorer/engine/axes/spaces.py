"""Which axes of which values count the same things: position i along one is position i along all.

An op ties the axes of what it reads to those of what it writes; axes tied together are one
*space*. A name that is certain for one axis of a space is certain for all of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from explorer.engine.nesting import filled
from explorer.engine.script import Ref, Script, Step

Sizes = tuple[int | None, ...]  # of an axis, in the recorded pass and the others; None: not known
GIVEN, CERTAIN, USUAL, LIKELY = range(4)  # how strong a name is; the strongest counts


class Spaces:
    """The axes of a script's values as numbered nodes, and how they are tied.

    ``shapes`` are those of further passes, see `ghost.Pass`. `step` is the one being looked at.
    """

    def __init__(self, script: Script, shapes: Sequence[dict[int, tuple[int, ...]]]) -> None:
        self.script = script
        self.values = script.values
        self.step: Step
        self._first = [0]
        for value in self.values:
            self._first.append(self._first[-1] + len(value.shape))
        self.sizes: list[Sizes] = []
        for ref, value in enumerate(self.values):
            others = [known.get(ref, (None,) * len(value.shape)) for known in shapes]
            self.sizes += zip(value.shape, *others, strict=True)
        self._parent = list(range(self._first[-1]))
        self._moved = [_moves(sizes) for sizes in self.sizes]  # by space
        self.products: list[tuple[int, tuple[int, ...]]] = []  # an axis, and those it is made of
        self.names: list[tuple[int, str, int]] = []  # node, name, how strong
        self.mixed: set[int] = set()  # along these an element depends on others
        self.counted: set[int] = set()  # along these positions differ whatever the model is given
        self.linear: list[tuple[int, int]] = []  # what a linear layer reads and writes
        self.used: set[int] = set()  # by more than linear layers and elementwise ops
        self.queries_keys: list[tuple[int, int]] = []
        self.heads: list[
            tuple[int, tuple[int, ...]]
        ] = []  # second axis of attention: what it names
        self._read: set[int] = set()
        self._written: set[int] = set()
        self._carried: set[int] = set()
        self._met: list[tuple[int, int]] = []  # axes tied among what is read
        self.unsized: set[int] = set()  # a size says nothing of these: their positions are others
        self._origins: dict[int, list[int]] = {}  # of what is written, by the ties of the step
        self._ties: list[tuple[int, int]] = []  # of the step
        self._before: tuple[int, ...] = ()  # how much was known when the step began
        self.own: set[int] = set()  # values that come from nothing that the model was given
        for ref, value in enumerate(self.values):
            if value.writer < 0 and value.kind != "input":
                self.own.add(ref)
                self.counted.update(self.axes(ref))

    # ------------------------------------------------------------ axes

    def rank(self, ref: int) -> int:
        """The number of axes of a value."""
        return self._first[ref + 1] - self._first[ref]

    def axis(self, ref: int, axis: int) -> int:
        """The node of an axis, which may count from the end; IndexError where there is none."""
        return self.axes(ref)[axis]

    def axes(self, ref: int) -> range:
        """The nodes of a value."""
        return range(self._first[ref], self._first[ref + 1])

    def rank_of(self, node: int) -> int:
        """The number of axes of the value that an axis belongs to."""
        return self.rank(bisect_right(self._first, node) - 1)

    def space(self, node: int) -> int:
        """The node that stands for the space of another."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def same(self, one: int, other: int) -> bool:
        """Whether two axes had the same size in every pass of which this is known."""
        return _equal(self.sizes[one], self.sizes[other])

    def moved(self, node: int) -> bool:
        """Whether an axis had more than one size."""
        return _moves(self.sizes[node])

    def single(self, node: int) -> bool:
        """Whether an axis had one position in every pass of which this is known."""
        return all(size in (1, None) for size in self.sizes[node])

    # ------------------------------------------------------------ ties

    def begin(self, step: Step) -> None:
        """Look at a step."""
        self.step = step
        self._read = {node for ref in step.reads for node in self.axes(ref)}
        self._written = {node for ref in step.writes for node in self.axes(ref)}
        self._carried = set()
        self._met = []
        self._origins = {}
        self._ties = []
        self._before = tuple(map(len, self._known()))

    def _known(self) -> tuple[list[Any], ...]:
        return self.products, self.names, self.linear, self.queries_keys, self.heads

    def forget(self) -> None:
        """Take back what was said of the step: it has a form that its rule does not foresee."""
        self._carried = set()
        self._met = []
        self._origins = {}
        self._ties = []
        for known, many in zip(self._known(), self._before, strict=True):
            del known[many:]

    def carries(self, node: int) -> bool:
        """Whether what the step read has an axis that this one of its results goes on with."""
        return bool(self._origins.get(node))

    def end(self) -> None:
        """Keep the ties of the step; what it did not carry over, it mixed."""
        for one, other in self._ties:
            self._moved[self.space(other)] |= self._moved[self.space(one)]
            self._parent[self.space(one)] = self.space(other)
        for one, other in self._met:
            if one in self._carried or other in self._carried:
                self._carried |= {one, other}
        self.mixed |= self._read - self._carried
        unsized = self._read & self.unsized
        for node in self._written if unsized else ():
            origins = self._origins.get(node) or [n for n in unsized if self.same(n, node)]
            if origins and unsized.issuperset(origins):
                self.unsized.add(node)

    def shuffle(self, nodes: Iterable[int]) -> None:
        """What lies where along these axes is not known: their sizes give them no name.

        A size that never moved gives none anyhow.
        """
        for node in nodes:
            real, *others = self.sizes[node]
            if any(size not in (None, real) for size in others):
                self.unsized.add(node)

    def tie(self, one: int, other: int) -> None:
        """These axes count the same; of axes that differ in size nothing is said."""
        if not self.same(one, other):
            return
        self._ties.append((one, other))
        for node, beside in ((one, other), (other, one)):
            if node in self._read and beside in self._written:
                self._carried.add(node)
                self._origins.setdefault(beside, []).append(node)
        if one in self._read and other in self._read:
            self._met.append((one, other))

    def tie_all(self, ones: Iterable[int], others: Iterable[int]) -> None:
        """Axis by axis."""
        for one, other in zip(ones, others, strict=False):
            self.tie(one, other)

    def broadcast(self, refs: Sequence[int], out: Sequence[int]) -> None:
        """Values whose axes meet those of a result from the right, as in elementwise ops."""
        for ref in refs:
            self.meet(self.axes(ref), out, alone=len(refs) == 1)

    def meet(self, given: Sequence[int], out: Sequence[int], alone: bool = False) -> None:
        """Axes that meet those of a result from the right; single ones count only ``alone``."""
        for node, there in zip(reversed(given), reversed(out), strict=False):
            if alone or not self.single(there):
                self.tie(node, there)

    # ------------------------------------------------------------ the step's arguments

    def argument(self, place: int, name: str, default: Any = None) -> Any:
        """An argument of the step by place or name; a tensor as its ref."""
        args, kwargs = self.step.args, self.step.kwargs
        if name in ("dim", "dims") and "axis" in kwargs:
            name = "axis"  # as numpy has it
        found = args[place] if len(args) > place else kwargs.get(name, default)
        return filled(found, Ref, lambda ref: ref.index)

    def value(self, place: int, name: str) -> int | None:
        """The ref of an argument that is a tensor, None if it is not one."""
        args, kwargs = self.step.args, self.step.kwargs
        found = args[place] if len(args) > place else kwargs.get(name)
        return found.index if isinstance(found, Ref) else None

    def mix(self, node: int) -> None:
        """Along this axis an element of the result depends on more than one of the argument."""
        self.mixed.add(node)

    def regroup(self, given: Sequence[int], out: Sequence[int]) -> None:
        """Axes reshaped into others: what keeps its place is tied, the rest are products."""
        ins = [node for node in given if not self.single(node)]
        outs = [node for node in out if not self.single(node)]
        if self._may_be_others(ins, outs):
            return
        kept: set[int] = set()
        i = j = 0
        while i < len(ins) and j < len(outs):
            ends = self._group(ins, outs, i, j)
            if ends is None:
                break
            here, there = ins[i : ends[0]], outs[j : ends[1]]
            if len(here) == len(there) == 1:
                self.tie(here[0], there[0])
                kept.update(there)
            elif len(there) == 1:
                self._product(there[0], here)
                if self.unsized.isdisjoint(here):
                    kept.update(there)
            elif len(here) == 1:
                if self._is_split(here[0], there):
                    kept.update(there)
                self._product(here[0], there)
            i, j = ends
        self.shuffle(node for node in outs if node not in kept)

    def _may_be_others(self, ins: Sequence[int], outs: Sequence[int]) -> bool:
        """Whether new axes may have another order than their sizes in the recorded pass say.

        So it is where a pass did not come as far as here, and an axis that may have moved in it is
        as long as another one.
        """
        if all(None not in self.sizes[node] for node in outs):
            return False
        real = Counter(self.sizes[node][0] for node in ins)
        return any(real[self.sizes[node][0]] > 1 and self._moved[self.space(node)] for node in ins)

    def _is_split(self, whole: int, parts: Sequence[int]) -> bool:
        """Whether an axis is split into just what it was made of."""
        sizes = [self.sizes[part] for part in parts]
        return whole not in self.unsized and any(
            self.space(known) == self.space(whole)
            and [self.sizes[part] for part in of] == sizes
            and self.unsized.isdisjoint(of)
            for known, of in self.products
        )

    def _group(self, ins: list[int], outs: list[int], i: int, j: int) -> tuple[int, int] | None:
        """Where the shortest run of axes from each side ends that has the same number."""
        here, there = self.sizes[ins[i]], self.sizes[outs[j]]
        i, j = i + 1, j + 1
        while not _equal(here, there):
            if _below(here, there) and i < len(ins):
                here = _times(here, self.sizes[ins[i]])
                i += 1
            elif _below(there, here) and j < len(outs):
                there = _times(there, self.sizes[outs[j]])
                j += 1
            else:
                return None
        return i, j

    def _product(self, whole: int, parts: Sequence[int]) -> None:
        self.products.append((whole, tuple(parts)))
        self.used.update((whole, *parts))
        self._carried.update(node for node in (whole, *parts) if node in self._read)

    def close(self) -> None:
        """Products of the same spaces are one space; mixing spreads through them."""
        self._tie_products()
        spaces = {self.space(node) for node in self.mixed}
        for ref in range(len(self.values)):
            met: set[int] = set()
            for node in self.axes(ref):
                space = self.space(node)
                if space in met:
                    spaces.add(space)
                met.add(space)
        for whole, parts in self.products * 2:
            if self.space(whole) in spaces:
                spaces.update(self.space(part) for part in parts)
            elif any(self.space(part) in spaces for part in parts):
                spaces.add(self.space(whole))
        self.mixed = spaces
        self.counted = {self.space(node) for node in self.counted if not self.single(node)}
        for whole, parts in self.products:
            if self.space(whole) in self.counted:
                self.counted.update(map(self.space, parts))

    def _tie_products(self) -> None:
        """Tie products of the same parts, and parts of the same sizes of one product."""
        tied = -1
        while tied != (tied := len({self.space(node) for node in range(len(self._parent))})):
            wholes: dict[tuple[int, ...], int] = {}
            parted: dict[tuple[int, tuple[Sizes, ...]], tuple[int, ...]] = {}
            for whole, parts in self.products:
                same = wholes.setdefault(tuple(map(self.space, parts)), whole)
                self._parent[self.space(whole)] = self.space(same)
                key = self.space(whole), tuple(self.sizes[part] for part in parts)
                for one, other in zip(parts, parted.setdefault(key, parts), strict=True):
                    self._parent[self.space(one)] = self.space(other)

    # ------------------------------------------------------------ what is known of axes

    def name(self, node: int, name: str, strength: int) -> None:
        """This axis is called so."""
        self.names.append((node, name, strength))

    def members(self) -> dict[int, list[int]]:
        """The axes of every space."""
        found = defaultdict(list)
        for node in range(len(self._parent)):
            found[self.space(node)].append(node)
        return found


def _moves(sizes: Sizes) -> bool:
    """Whether an axis had more than one size."""
    return len({*sizes} - {None}) > 1


def _times(one: Sizes, other: Sizes) -> Sizes:
    return tuple(None if a is None or b is None else a * b for a, b in zip(one, other, strict=True))


def _equal(one: Sizes, other: Sizes) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a == b for a, b in pairs if a is not None and b is not None)


def _below(one: Sizes, other: Sizes) -> bool:
    """Whether one is nowhere larger than the other."""
    pairs = zip(one, other, strict=True)
    return all(a <= b for a, b in pairs if a is not None and b is not None)
