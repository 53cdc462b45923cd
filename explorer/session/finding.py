"""Finding modules, ops and parameters of a recording by what a `Query` says of them.

`Names` is what can be found, made once of a recording: texts in lower case, and columns of numbers.
What many ops share, as their name or shape, is looked at once for all of them. So an answer on
50,000 ops takes a few milliseconds, and is asked for at every key.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from explorer.core.flow import Span, results
from explorer.core.garbage import no_search
from explorer.core.graph import Recording
from explorer.core.ops import inside, op
from explorer.core.problem import Problem
from explorer.session.query import Expression, Query, Term, parse

Kind = Literal["module", "op", "parameter"]
KINDS: tuple[Kind, ...] = ("module", "op", "parameter")
_EXACT, _BEGINS, _PART = 0, 1, 2


class Result(NamedTuple):
    """Something found: ``at`` indexes the recording's calls, events or values, and ``event`` is
    where to look at it: a module's last, the one that reads a parameter first."""

    kind: Kind
    at: int
    event: int


class _Column(NamedTuple):
    """What every item has of a kind: ``codes`` (N,) index ``entries``, the different ones."""

    codes: np.ndarray
    entries: tuple[Any, ...]

    def where(self, fits: Callable[[Any], bool]) -> np.ndarray:
        """Which items (N,) have an entry that fits."""
        return np.array([fits(entry) for entry in self.entries], bool)[self.codes]


def _column(entries: Iterable[Hashable]) -> _Column:
    number: dict[Hashable, int] = {}
    codes = np.array([number.setdefault(entry, len(number)) for entry in entries], np.int32)
    return _Column(codes, tuple(number))


class Texts:
    """Texts of several lines, looked through as one: that is ten times as fast as one by one."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self._all = "".join([f"\0\n{text}\n" for text in texts])
        self._begins = np.cumsum([0, *(len(text) + 3 for text in texts)])

    def holding(self, term: Term) -> np.ndarray:
        """Which texts (N,) hold a word or a pattern."""
        found = np.zeros(len(self.texts), bool)
        rest = r"[^\0]*"  # what was found takes it along, so that each text is found once
        if term.word:
            word = re.compile(re.escape(term.word) + rest)
            at = [one.start() for one in word.finditer(self._all)]
            found[np.searchsorted(self._begins, at) - 1] = True
            return found
        if isinstance(term.pattern, re.Pattern):
            whole = re.compile(f"(?:{term.pattern.pattern}){rest}", term.pattern.flags)
            spans = [at for one in whole.finditer(self._all) for at in one.span()]
            begins, ends = np.array(spans, np.int64).reshape(-1, 2).T
            of = np.searchsorted(self._begins, begins, side="right") - 1
            if (self._begins[of] < begins).all() and (self._begins[of + 1] == ends).all():
                found[of] = True  # none of them reaches from one text into the next
                return found
        return self.holding_among(term, np.arange(len(self.texts)))

    def holding_among(self, term: Term, among: np.ndarray) -> np.ndarray:
        """Which of some texts (M,) hold a word or a pattern."""
        texts, pattern = self.texts, term.pattern
        if pattern is not None:
            search = pattern.search
            at_once = isinstance(pattern, Expression) and pattern.whole
            found = [
                (not at_once or bool(search(texts[n]))) and any(map(search, texts[n].split("\n")))
                for n in among.tolist()
            ]
        else:
            found = [term.word in texts[n] for n in among.tolist()]
        return np.array(found, bool)

    def beginning(self, line: str) -> list[int]:
        """The texts of which this is the first line."""
        found, at = [], self._all.find(f"\0\n{line}\n")
        while at >= 0:
            found.append(int(np.searchsorted(self._begins, at)))
            at = self._all.find(f"\0\n{line}\n", at + 1)
        return found


class Names:
    """All that can be found in a recording: its module calls that ran an op, then its ops, then
    the parameters and buffers that are read, each in execution order. Items are numbered so."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        with no_search():
            ran = [c.index for c in recording.calls[1:] if c.last >= c.first]
            self.calls = np.array(ran, np.int64)
            readers: dict[int, int] = {}
            for event in recording.events:
                for value in event.inputs:
                    readers.setdefault(value, event.index)
            kept = ("parameter", "buffer")
            self.read = [v for v in readers if recording.values[v].kind in kept]
            self.readers = np.array([readers[v] for v in self.read], np.int64)
            self._texts = Texts(self._names())
        self.sizes = (len(self.calls), len(recording.events), len(self.read))
        self.starts = (0, self.sizes[0], self.sizes[0] + self.sizes[1])

    def __len__(self) -> int:
        return sum(self.sizes)

    @property
    def texts(self) -> list[str]:
        """The names of every item in lower case, a line each, the path or id first."""
        return self._texts.texts

    def kind_of(self, item: int) -> int:
        """Index in `KINDS`."""
        return bisect_right(self.starts, item) - 1

    def result(self, item: int) -> Result:
        """What an item is."""
        recording, kind = self.recording, self.kind_of(item)
        at = item - self.starts[kind]
        if kind == 0:
            call = int(self.calls[at])
            return Result("module", call, recording.calls[call].last)
        if kind == 1:
            return Result("op", at, at)
        return Result("parameter", self.read[at], int(self.readers[at]))

    def _names(self) -> list[str]:
        """The names of every item in lower case, a line each."""
        recording = self.recording
        ops: dict[tuple[str, bool], str] = {}
        texts = []
        for c in self.calls.tolist():
            call = recording.calls[c]
            number = f"#{call.number}" if call.number else ""
            texts.append(f"{call.module}{number}\n{call.kind}".lower())
        for event in recording.events:
            key = event.op, event.opens
            said = ops.get(key)
            if said is None:
                said = ops[key] = "\n".join(_names_of_op(*key)).lower()
            texts.append(f"{event.id.lower()}\n{said}")
        texts += [recording.values[v].name.lower() for v in self.read]
        return texts

    # ------------------------------------------------------------------ columns

    def hits(self, term: Term) -> np.ndarray:
        """The items (N,) that a term holds for, ``slow`` and exclusion aside."""
        if term.field == "op":
            return self._ops.where(lambda key: key is not None and term.fits(_names_of_op(*key)))
        if term.field == "module":
            return self._paths.holding(term)[self._modules.codes]
        if term.field == "kind":
            return self._kinds.where(lambda kind: term.fits((kind,)))
        if term.field == "shape":
            return self._shapes.where(lambda some: any(term.fits_shape(*one) for one in some))
        if term.field == "dtype":
            return self._dtypes.where(term.fits)
        if term.field == "param":
            found = self._texts.holding(term)
            found[: self.starts[2]] = False
            return found
        numbers, times = {
            "params": (self._params, 1.0), "bytes": (self._bytes, 1.0),
            "s": (self.seconds, 1.0), "ms": (self.seconds, 1e3), "us": (self.seconds, 1e6),
        }[term.field]  # fmt: skip
        with np.errstate(invalid="ignore"):
            return _compared(term, numbers * times)

    def named(self, term: Term, among: np.ndarray) -> np.ndarray:
        """Which of the items ``among`` (M,) have a name that holds a word or pattern."""
        if len(among) < len(self) // 20:
            return self._texts.holding_among(term, among)
        return self._texts.holding(term)[among]

    def ranks(self, words: Iterable[str], items: np.ndarray) -> np.ndarray:
        """How well words name the items (M,): one is the name, the name begins so, neither."""
        best = np.full(len(self), _PART)
        for word in words:
            table = [min(_rank(name.lower(), word) for name in some) for some in self._own.entries]
            best = np.minimum(best, np.array(table, int)[self._own.codes])
            best[self._texts.beginning(word)] = _EXACT  # a whole path or id
        return best[items]

    @cached_property
    def _ops(self) -> _Column:
        ops = ((event.op, event.opens) for event in self.recording.events)
        return _column(chain(repeat(None, self.sizes[0]), ops, repeat(None, self.sizes[2])))

    @cached_property
    def _own(self) -> _Column:
        """The short names: of a module its last part and kind, of an op itself and its label."""
        calls, values = self.recording.calls, self.recording.values
        names: dict[str, tuple[str, ...]] = {}
        for event in self.recording.events:
            if event.op not in names:
                names[event.op] = _names_of_op(event.op, False)
        return _column(
            chain(
                ((calls[c].module.rpartition(".")[2], calls[c].kind) for c in self.calls.tolist()),
                (names[event.op] for event in self.recording.events),
                ((values[v].name.rpartition(".")[2],) for v in self.read),
            )
        )

    @cached_property
    def _modules(self) -> _Column:
        calls, values = self.recording.calls, self.recording.values
        return _column(
            chain(
                (calls[c].module for c in self.calls.tolist()),
                (calls[event.call].module for event in self.recording.events),
                (values[v].name.rpartition(".")[0] for v in self.read),
            )
        )

    @cached_property
    def _paths(self) -> Texts:
        return Texts([path.lower() for path in self._modules.entries])

    @cached_property
    def _kinds(self) -> _Column:
        calls, events = self.recording.calls, self.recording.events
        return _column(
            chain(
                (calls[c].kind for c in self.calls.tolist()),
                (calls[event.call].kind for event in events),
                (calls[events[reader].call].kind for reader in self.readers.tolist()),
            )
        )

    @cached_property
    def _made(self) -> list[tuple[int, ...]]:
        """The values that an item is looked at for: what a module or an op gives, a parameter."""
        calls, events = self.recording.calls, self.recording.events
        spans = (Span(calls[c].first, calls[c].last) for c in self.calls.tolist())
        made = [results(self.recording, span) for span in spans]
        made += [event.outputs for event in events]
        return made + [(v,) for v in self.read]

    @cached_property
    def _dtypes(self) -> _Column:
        values = self.recording.values
        return _column(tuple(values[v].dtype for v in some) for some in self._made)

    @cached_property
    def _shapes(self) -> _Column:
        values = self.recording.values
        return _column(
            tuple((values[v].shape, values[v].axes) for v in some) for some in self._made
        )

    @cached_property
    def seconds(self) -> np.ndarray:
        """How long every item (N,) took; of a parameter nobody knows."""
        calls, events = self.recording.calls, self.recording.events
        each = np.array([event.seconds for event in events], float)
        until = np.concatenate(([0.0], np.cumsum(each)))
        of_calls = [until[calls[c].last + 1] - until[calls[c].first] for c in self.calls.tolist()]
        return np.concatenate((of_calls, each, np.full(self.sizes[2], np.nan)))

    @cached_property
    def _params(self) -> np.ndarray:
        """How many learned numbers an item (N,) has, or reads."""
        calls, values = self.recording.calls, self.recording.values
        size = {v: prod(values[v].shape) for v in self.read if values[v].kind == "parameter"}
        reads = [sum(size.get(v, 0) for v in set(e.inputs)) for e in self.recording.events]
        own = [float(calls[c].parameters) for c in self.calls.tolist()]
        return np.array([*own, *reads, *(size.get(v, 0) for v in self.read)], float)

    @cached_property
    def _bytes(self) -> np.ndarray:
        values = self.recording.values
        return np.array([sum(values[v].bytes for v in some) for some in self._made], float)


@dataclass(frozen=True, eq=False)
class Found:
    """The answer: ``items`` (M,) of ``names`` in the order of the list, modules first, then ops,
    then parameters, of each what is named best first. A ``problem`` says why there is none."""

    names: Names
    query: Query
    items: np.ndarray
    problem: Problem | None = None

    def __len__(self) -> int:
        return len(self.items)

    def result(self, at: int) -> Result:
        """One of them."""
        return self.names.result(int(self.items[at]))

    @cached_property
    def counts(self) -> tuple[int, int, int]:
        """How many of each of `KINDS`."""
        ends = np.searchsorted(np.sort(self.items), (*self.names.starts[1:], len(self.names)))
        return int(ends[0]), int(ends[1] - ends[0]), int(ends[2] - ends[1])

    def inside_of(self, event: int) -> str:
        """The op inside of a fused one that was looked for, ``""`` if it is the op itself."""
        made = self.names.recording.events[event]
        if not made.opens:
            return ""
        terms = [t for t in self.query.terms if t.field in ("", "op") and not t.excluded]
        own = (made.id, *_names_of_op(made.op, False))
        missing = [term for term in terms if not term.fits(own)]
        within = (name for name in inside(made.op) for term in missing
                  if term.fits(_names_of_op(name, False)))  # fmt: skip
        return next(within, "")

    @cached_property
    def lit(self) -> Lit:
        """Where they are on the map."""
        names, items = self.names, self.items
        kinds = np.searchsorted(names.starts, items, side="right") - 1
        modules, ops, read = (items[kinds == kind] - names.starts[kind] for kind in range(3))
        events = np.concatenate((ops, names.readers[read]))
        return Lit(names.recording, names.calls[modules], events)


class Lit:
    """Calls and events of a recording that are to be seen on the map, by their indices."""

    def __init__(self, recording: Recording, calls: np.ndarray, events: np.ndarray) -> None:
        self.calls = frozenset(calls.tolist())
        there = np.zeros(len(recording.events), bool)
        there[events] = True
        self._events = np.flatnonzero(there).tolist()
        spans = [(recording.calls[call].first, -recording.calls[call].last) for call in self.calls]
        self._spans = sorted(spans)
        self._firsts = [first for first, _ in self._spans]

    def __bool__(self) -> bool:
        return bool(self.calls or self._events)

    def within(self, first: int, last: int) -> bool:
        """Whether one of the events, or all of one of the calls, is among ``first … last``."""
        at = bisect_left(self._events, first)
        if at < len(self._events) and self._events[at] <= last:
            return True
        after = bisect_right(self._firsts, first)  # calls nest: what begins later, ends within
        if bisect_right(self._firsts, last) > after:
            return True
        return (
            after > 0 and self._spans[after - 1][0] == first and -self._spans[after - 1][1] <= last
        )


def find(names: Names, text: str) -> Found:
    """What was typed, looked up."""
    nothing = np.empty(0, np.int64)
    try:
        query = parse(text)
    except Problem as problem:
        return Found(names, Query(), nothing, problem)
    if not query.terms:
        return Found(names, query, nothing)
    try:
        return Found(names, query, _find(names, query))
    except Problem as problem:
        return Found(names, Query(), nothing, problem)


def _find(names: Names, query: Query) -> np.ndarray:
    """The items that hold all terms, in the order in which they are shown."""
    alive = np.ones(len(names), bool)
    for term in query.terms:
        if term.field and term.field != "slow":
            alive &= names.hits(term) != term.excluded
    items = np.flatnonzero(alive)
    for term in query.terms:
        if not term.field and len(items):
            items = items[names.named(term, items) != term.excluded]
    slow = [term for term in query.terms if term.field == "slow"]
    for term in slow:  # of all that is left
        ops = items[(items >= names.starts[1]) & (items < names.starts[2])]
        count = int(min(term.number, len(ops)))
        first = ops[np.argsort(-names.seconds[ops], kind="stable")][:count]
        items = items[~np.isin(items, first)] if term.excluded else first
    if any(not term.excluded for term in slow):
        return items  # the slowest first
    sections = np.searchsorted(names.starts, items, side="right")
    order = np.lexsort((items, names.ranks(query.words, items), sections))
    return items[order]


@dataclass(frozen=True, eq=False)
class Search:
    """What somebody looks for: the ``text`` typed, what was ``found`` (None while nothing is
    recorded), and ``at`` which of it one is, -1 before one went to any. ``names`` are kept from
    one search to the next."""

    text: str = ""
    found: Found | None = None
    at: int = -1
    names: Names | None = None


def _names_of_op(name: str, opens: bool) -> tuple[str, ...]:
    """What people call an op: its name, its label, that in words; and those inside of it."""
    known = op(name)
    names = [name, known.label, known.name]
    if known.label == "−":
        names.append("-")  # as it is typed
    if opens:
        names += [word for one in inside(name) for word in _names_of_op(one, False)]
    return tuple(dict.fromkeys(names))


def _rank(name: str, word: str) -> int:
    if name == word:
        return _EXACT
    return _BEGINS if name.startswith(word) else _PART


def _compared(term: Term, numbers: np.ndarray) -> np.ndarray:
    known = ~np.isnan(numbers)
    if not term.sign:
        return known
    compare = {
        ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal,
        "=": np.equal,
    }[term.sign]  # fmt: skip
    found: np.ndarray = known & compare(numbers, term.number)
    return found
