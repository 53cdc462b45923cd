"""Names for the axes of every value of a pass, given only where they are certain.

The model runs again on tensors without numbers, with one input axis longer each time (`ghost`): an
axis whose size moved exactly as that of an input axis has its name. What an op does to axes ties
them to others (`rules`, `spaces`), so a name that is certain in one place, because the caller gave
it, because an op's documentation says so or because the model's configuration does, holds for all
axes that are tied to it. An axis with two names has none, and neither has one that has the size of
an input axis but not its positions, as after a sort or a reshape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor, nn

from explorer.engine.axes import layers, views  # noqa: F401 (they hold the rules)
from explorer.engine.axes.ghost import Pass, again
from explorer.engine.axes.meaning import known_inputs, label
from explorer.engine.axes.rules import tie
from explorer.engine.axes.spaces import GIVEN, LIKELY, Spaces
from explorer.engine.inputs import named_inputs
from explorer.engine.nesting import tensors
from explorer.engine.script import Script

Axes = tuple[str, ...]
Given = Mapping[str, Sequence[str]]
_MOST_PASSES = 16
_MOST_STEPS = 12_000  # of all passes together, a few seconds


class Symbol(NamedTuple):
    """Input axes that move together: ``members`` are (id of the tensor, axis)."""

    name: str
    size: int
    members: tuple[tuple[int, int], ...]


class Move(NamedTuple):
    """A pass in which a symbol had the size ``to``."""

    symbol: Symbol
    to: int
    seen: Pass


def axis_names(
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    script: Script,
    outputs: Sequence[int],
    given: Given | None = None,
) -> list[Axes]:
    """The names along every value of a script, ``""`` where none is certain.

    ``given`` names the axes of sources (arguments, parameters, buffers) by the sources' names:
    ``{"input_ids": ("B", "T")}``.
    """
    inputs = named_inputs(model, args, kwargs)
    if any(tensor.is_nested for tensor in tensors((args, kwargs))):
        return [("",) * len(value.shape) for value in script.values]  # no size is one number
    known = known_inputs(model, inputs, script) | dict(given or {})
    moves = _moves(model, args, kwargs, script, _symbols(inputs, known))
    spaces = Spaces(script, [move.seen.shapes for move in moves])
    tie(spaces)
    for ref, value in enumerate(script.values):
        if value.writer < 0 and value.name in known:
            for node, name in zip(spaces.axes(ref), known[value.name], strict=False):
                if name:
                    spaces.name(node, name, GIVEN)
    label(spaces, model)
    unnamed = {id(t): t.dim() for name, t in inputs.items() if name not in known}
    return _Namer(spaces, moves, outputs, unnamed).names()


# ---------------------------------------------------------------- the other passes


def _symbols(inputs: Mapping[str, Tensor], known: Given) -> list[list[Symbol]]:
    """What may be moved: the axes with a name, by it, and those of a first input without one.

    Of several that may belong together in more than one way, the first that moves counts.
    """
    named: dict[str, list[tuple[Tensor, int]]] = {}
    for name, tensor in inputs.items():
        for axis, called in enumerate(known.get(name, ())[: tensor.dim()]):
            if called not in ("", "C"):  # a width is that of the weights
                named.setdefault(called, []).append((tensor, axis))
    found = []
    for called, members in named.items():
        size = max(tensor.shape[axis] for tensor, axis in members)
        alike = tuple((id(t), axis) for t, axis in members if t.shape[axis] == size)
        found.append([Symbol(called, size, alike)])
    unnamed = [tensor for name, tensor in inputs.items() if name not in known]
    for axis, size in enumerate(unnamed[0].shape if unnamed else ()):
        own = (id(unnamed[0]), axis)
        there = [(id(t), i) for t in unnamed[1:] for i, n in enumerate(t.shape) if n == size]
        here = [(tensor, i) for tensor, i in there if i == axis]
        ways = dict.fromkeys((own, *more) for more in (here, there, []))
        found.append([Symbol("", size, members) for members in ways])
    return found


def _moves(
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    script: Script,
    symbols: Sequence[Sequence[Symbol]],
) -> list[Move]:
    """For every symbol a pass with another size of it, where the model takes one."""
    shapes = {id(tensor): tuple(tensor.shape) for tensor in tensors((args, kwargs))}
    taken = {size for value in script.values for size in value.shape}
    found: list[Move] = []
    reach = -1  # how far a pass comes without numbers, −1 if not known yet
    left = min(_MOST_PASSES, _MOST_STEPS // max(1, len(script.steps)))
    for ways in symbols:
        sizes = _other_sizes(ways[0].size, taken)
        tries = [(symbol, to) for symbol in ways for to in sizes][:left]
        tried: list[Move] = []
        for symbol, to in tries:
            left -= 1
            resized = dict(shapes)
            for tensor, axis in symbol.members:
                shape = resized[tensor]
                resized[tensor] = (*shape[:axis], to, *shape[axis + 1 :])
            tried.append(Move(symbol, to, again(model, args, kwargs, script, resized)))
            if tried[-1].seen.whole:
                break
        if not tried:
            break  # enough passes
        best = max(tried, key=lambda move: move.seen.steps)
        if not best.seen.whole and reach < 0:
            reach = again(model, args, kwargs, script, {}).steps
        if best.seen.whole or best.seen.elsewhere or 0 <= reach <= best.seen.steps:
            found.append(best)
            taken.add(best.to)
    return found


def _other_sizes(size: int, taken: set[int]) -> list[int]:
    """A larger prime and a smaller one that no axis of the pass has."""
    larger = size + 2
    while larger in taken or not _is_prime(larger):
        larger += 1
    smaller = size - 1
    while smaller > 1 and (smaller in taken or not _is_prime(smaller)):
        smaller -= 1
    return [larger, smaller] if smaller > 1 else [larger]


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % i for i in range(2, int(number**0.5) + 1))


# ---------------------------------------------------------------- the names


class _Namer:
    """Finds the one name of every axis."""

    def __init__(
        self,
        spaces: Spaces,
        moves: Sequence[Move],
        outputs: Sequence[int],
        unnamed: Mapping[int, int],
    ) -> None:
        self._spaces = spaces
        self._moves = moves
        self._unnamed = unnamed  # the ranks of inputs that nobody named, by their ids
        self._members = spaces.members()
        self._names = self._of_spaces()
        self._outputs = {spaces.space(node) for ref in outputs for node in spaces.axes(ref)}
        self._called = self._of_symbols()

    def names(self) -> list[Axes]:
        """The names along every value."""
        spaces = self._spaces
        self._extend_symbols()
        self._multiply()
        return [
            tuple(self._name(node) for node in spaces.axes(ref))
            for ref in range(len(spaces.values))
        ]

    def _name(self, node: int) -> str:
        if node in self._spaces.unsized and self._hits(node):
            name = self._names.get(self._spaces.space(node), "")
            return name if name in ("H", "W") else ""
        called = {self._called[hit] for hit in self._hits(node)} - {""}
        if called:
            return called.pop() if len(called) == 1 else ""
        name = self._names.get(self._spaces.space(node), "")
        real, *others = self._spaces.sizes[node]
        if any(size not in (None, real) for size in others) and not _may_move(name):
            return ""
        return name

    def _hits(self, node: int) -> list[int]:
        """The symbols whose sizes an axis had in all passes."""
        real, *others = self._spaces.sizes[node]
        return [
            number
            for number, move in enumerate(self._moves)
            if real == move.symbol.size
            and others[number] == move.to
            and all(size in (None, real) for i, size in enumerate(others) if i != number)
        ]

    def _stayed(self, node: int, hit: int) -> bool:
        """Whether an axis is known not to have moved with a symbol."""
        return self._spaces.sizes[node][hit + 1] not in (None, self._moves[hit].to)

    def _of_spaces(self) -> dict[int, str]:
        """By space, the strongest name that an axis of it was given, if there is just one."""
        spaces = self._spaces
        said: dict[int, dict[int, set[str]]] = {}
        for node, name, strength in spaces.names:
            said.setdefault(spaces.space(node), {}).setdefault(strength, set()).add(name)
        self._add_hidden(said)
        twice = {
            space
            for ref in range(len(spaces.values))
            for space, times in Counter(map(spaces.space, spaces.axes(ref))).items()
            if times > 1
        }
        found = {}
        for space, by_strength in said.items():
            strongest = by_strength[min(by_strength)]
            found[space] = next(iter(strongest)) if len(strongest) == 1 else ""
            if space in twice and len(set().union(*by_strength.values())) > 1:
                found[space] = ""  # one axis added to another of the same value
        return found

    def _add_hidden(self, said: dict[int, dict[int, set[str]]]) -> None:
        """What lies between two linear layers and nowhere else is hidden."""
        spaces = self._spaces
        used = {spaces.space(node) for node in spaces.used}
        eaten = {spaces.space(node) for node, _ in spaces.linear}
        makers: dict[int, set[int]] = {}
        for node, out in spaces.linear:
            makers.setdefault(spaces.space(out), set()).add(spaces.space(node))
        for space, sources in makers.items():
            if space in eaten and space not in used and len(sources) == 1 and space not in sources:
                said.setdefault(space, {}).setdefault(LIKELY, set()).add("hidden")

    def _of_symbols(self) -> list[str]:
        """What each moved input axis is called: as the caller says, or by what happens along it.

        Where attention or recurrence goes along an axis, it is ``T``.
        """
        spaces, found = self._spaces, []
        sequences = {spaces.space(q) for q, k in spaces.queries_keys if self._alike(q, k)}
        first = 0  # the axis that may be the batch
        for move in self._moves:
            name, axis = move.symbol.name, move.symbol.members[0][1]
            nodes = [] if name else self._input_axes(move)
            if nodes:
                space, *others = dict.fromkeys(map(spaces.space, nodes))
                said = self._names.get(space, "")
                if space in sequences and not others and _may_move(said):
                    self._names[space] = ""  # attention along what a convolution calls H
                elif space in sequences and not others:
                    name, first = "T", first + (axis == 0)
                elif _may_move(said):
                    name = said
                elif not others and axis == first and self._is_batch(move, nodes):
                    name = "B"
            found.append(name)
        often = Counter(found)
        return [
            "" if often[name] > 1 and not move.symbol.name else name  # two axes, one name
            for name, move in zip(found, self._moves, strict=True)
        ]

    def _is_batch(self, move: Move, nodes: Sequence[int]) -> bool:
        """Whether an input's first axis, or the one behind ``T``, is certain to count samples.

        Along it no op brings two positions together, the model takes any number of them, its output
        has as many, and so has every input that is not of sizes known otherwise.
        """
        spaces = self._spaces
        if not move.seen.whole or spaces.rank_of(nodes[0]) < 2:
            return False
        moved = {member for other in self._moves for member in other.symbol.members}
        shared = {tensor for tensor, _ in move.symbol.members}
        for tensor, rank in self._unnamed.items():
            known = all((tensor, axis) in moved for axis in range(rank))
            if rank > 1 and tensor not in shared and not known:
                return False
        apart = {*map(spaces.space, nodes)}.isdisjoint(spaces.mixed | spaces.counted)
        return apart and spaces.space(nodes[0]) in self._outputs

    def _alike(self, one: int, other: int) -> bool:
        return self._spaces.space(one) == self._spaces.space(other)

    def _input_axes(self, move: Move) -> list[int]:
        """The nodes of a symbol's input axes, those that no op read left out."""
        script = self._spaces.script
        refs = {script.ids[ref]: ref for ref, v in enumerate(script.values) if v.kind == "input"}
        return [
            self._spaces.axis(refs[tensor], axis)
            for tensor, axis in move.symbol.members
            if tensor in refs
        ]

    def _extend_symbols(self) -> None:
        """Where sizes are not known, what is tied to a moved axis has its name."""
        for space, members in self._members.items():
            sized = [node for node in members if node not in self._spaces.unsized]
            hits = {hit for node in sized for hit in self._hits(node)}
            if hits:
                called = {self._called[hit] for hit in hits} - {""}
                if any(self._stayed(node, hit) for node in members for hit in hits):
                    called = {""}  # tied where sizes were not known: two axes, one space
                if called:
                    self._names[space] = called.pop() if len(called) == 1 else ""

    def _multiply(self) -> None:
        """Axes that are several in one: ``B·T``, ``heads·hs``."""
        spaces = self._spaces
        for whole, parts in spaces.products:
            space = spaces.space(whole)
            if space not in self._names:
                names = [self._name(part) for part in parts]
                if all(names) and len(names) < 4:
                    self._names[space] = "·".join(names)


def _may_move(name: str) -> bool:
    """Names that hold though the size is another than that of the input."""
    return name in ("H", "W") or "·" in name
