"""Feeds: from what a person types, draws or picks to what ``forward`` is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from explorer.core.graph import Choice, Editor
from explorer.core.problem import Problem, phrase
from explorer.core.values import Input
from explorer.engine.nesting import substituted, tensors
from explorer.engine.tape import Tape

Given = tuple[tuple[Any, ...], dict[str, Any]]  # the arguments of ``forward``, the named ones too


class Tokens(NamedTuple):
    """The tokens of an input that others can come after: ``ends`` are those with which a text is
    over, ``text`` writes what was drawn as people do."""

    ends: frozenset[int]
    text: Callable[[Sequence[int]], str]


class Feed(Protocol):
    """How one model is fed.

    ``editor`` is what a person gets to change it by, ``shape`` and ``labels`` its size and names
    (see `ModelInfo`), ``classes`` the names of what the model tells apart, ``sample`` what to begin
    with, ``choices`` the kinds of input that it reads, if there are several.
    """

    editor: Editor
    shape: tuple[int, ...]
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    sample: Input
    choices: tuple[Choice, ...]

    def arguments(self, given: Input) -> Given:
        """On the model's device. Raises Problem (kind ``input``) for what it cannot be fed with."""

    def axis_labels(self, tape: Tape) -> dict[str, tuple[str, ...]]:
        """Names of positions along the axes of a pass: tokens, vocabulary, classes, features. A
        vocabulary that the output does not go along is called ``vocabulary`` and not ``V``."""

    def tokens(self, given: Input) -> Tokens | None:
        """The tokens of an input, None if it is not made of any."""


class Opened(NamedTuple):
    """A model that was opened, in evaluation mode on its device.

    ``weights`` says in a word where its numbers come from, ``axes`` names the axes of what it is
    given, by argument, as far as the source tells.
    """

    model: nn.Module
    feed: Feed
    weights: str
    axes: dict[str, tuple[str, ...]]


class Row(NamedTuple):
    """The one row of tokens (1, T) among what a model is given, and what goes with each of them:
    ``masks`` of ones and zeros, and ``places``, their positions."""

    tokens: Tensor
    masks: tuple[Tensor, ...] = ()
    places: tuple[Tensor, ...] = ()

    def moved(self, then: Sequence[int]) -> dict[int, Tensor]:
        """All of it with other tokens after those, by the ids of what it replaces. A row keeps its
        length: as many are left out in front. What is new is not masked. Positions that count on
        stay; those that leave out what a mask hides count anew."""
        more = torch.tensor([list(then)], dtype=self.tokens.dtype, device=self.tokens.device)
        found = {id(self.tokens): _after(self.tokens, more)}
        for mask in self.masks:
            found[id(mask)] = _after(mask, torch.ones_like(more, dtype=mask.dtype))
        for place in self.places:
            if not _counts_on(place):
                mask = next(one for one in self.masks if _counts(place, one))
                found[id(place)] = _counted(found[id(mask)], place)
        return found


def row_of_tokens(given: Given) -> Row | None:
    """The row of tokens among what a model is given, None if there is not just one. Raises Problem
    (kind ``generate``) where a mask hides its last token: what comes next is of no token."""
    rows = [t for t in tensors(given) if t.dim() == 2 and len(t) == 1 and t.shape[1]]
    at = _tokens_among(rows)
    if at is None:
        return None
    beside = [row for row in rows if row is not at and row.shape == at.shape]
    masks = tuple(row for row in beside if _masks(row) and row.any())
    places = tuple(row for row in beside if row.dtype in _WHOLE and not _masks(row))
    if any(not bool(mask[0, -1]) for mask in masks):
        raise Problem(
            "generate",
            phrase("Nothing can be written here: a mask hides the last token."),
            phrase("Give the tokens without padding after them."),
        )
    return Row(at, masks, places)


def moved_on(given: Given, then: Sequence[int]) -> Given:
    """With other tokens after the row of tokens, see `Row.moved`. Raises Problem (kind ``input``)
    where there is no such row."""
    row = row_of_tokens(given)
    if row is None:
        raise Problem(
            "input", phrase("No token can come after this input: it has no row of tokens (1, T).")
        )
    new = row.moved(then)
    moved: Given = substituted(given, lambda tensor: new.get(id(tensor), tensor))
    return moved


def _tokens_among(rows: Sequence[Tensor]) -> Tensor | None:
    """Of rows (1, T) the one of tokens, in whole numbers: ones and zeros beside it are a mask, and
    numbers that count on, or count what a mask does not hide, are positions."""
    whole = [row for row in rows if row.dtype in _WHOLE]
    if len(whole) == 1:
        return whole[0]
    left = [row for row in whole if not _masks(row)] or [row for row in whole if not row.all()]
    masks = [row for row in rows if _masks(row) and row.any()]
    if len(left) > 1:
        left = [
            row
            for row in left
            if not _counts_on(row) and not any(_counts(row, mask) for mask in masks)
        ]
    return left[0] if len(left) == 1 else None


def _after(row: Tensor, more: Tensor) -> Tensor:
    return torch.cat([row, more], 1)[:, -row.shape[1] :]


def _masks(row: Tensor) -> bool:
    """Whether all numbers are 0 or 1."""
    return bool(((row == 0) | (row == 1)).all())


def _counts_on(row: Tensor) -> bool:
    """Whether each number is one more than that before it."""
    return bool((row.diff() == 1).all())


def _counts(row: Tensor, mask: Tensor) -> bool:
    """Whether a row has the number of each token among those that a mask does not hide."""
    if row.shape != mask.shape:
        return False
    return bool(((mask.cumsum(1) - 1 == row) | (mask == 0)).all())


def _counted(mask: Tensor, like: Tensor) -> Tensor:
    """Those numbers; what is hidden has the one that it had at first."""
    return torch.where(mask == 0, like[0, 0], mask.cumsum(1) - 1).to(like.dtype)


def numbered(tape: Tape) -> dict[str, tuple[str, ...]]:
    """Tokens and vocabulary by their numbers, where a model looks a row of tokens (1, T) up in a
    table and gives as many numbers as that has rows for each of them; else nothing."""
    tables = looked_up(tape)
    row = _read_as_tokens(tape, tables)
    for ref in tape.outputs if row >= 0 else ():
        shape, length, sizes = tape.values[ref].shape, tape.values[row].shape[1], tables[row]
        if len(shape) == 3 and shape[:2] == (1, length) and shape[2] in sizes:
            said = tape.value(row)[0].tolist()
            return {"T": tuple(map(str, said)), "V": tuple(map(str, range(shape[2])))}
    return {}


def looked_up(tape: Tape) -> dict[int, set[int]]:
    """The rows of tokens (1, T) that a model is given, and how many rows the tables have in which
    it looks each up."""
    rows = {
        ref: ref
        for ref, value in enumerate(tape.values)
        if value.kind == "input" and len(value.shape) == 2 and value.shape[0] == 1
        if value.device != "meta"  # there are no numbers
    }
    tables: dict[int, set[int]] = {}
    for event in tape.events:
        read = next((rows[ref] for ref in event.inputs if ref in rows), None)
        if read is None:
            continue
        if event.op in _SAME and tape.values[event.outputs[0]].shape == tape.values[read].shape:
            rows[event.outputs[0]] = read
        elif event.op == "embedding":
            found = (tape.values[ref] for ref in event.inputs)
            tables.setdefault(read, set()).update(
                one.shape[0] for one in found if one.kind == "parameter"
            )
    return tables


def _read_as_tokens(tape: Tape, tables: Mapping[int, object]) -> int:
    """The row of tokens among the inputs that are looked up in tables, −1 if that is not certain:
    positions are looked up, too."""
    if len(tables) < 2:
        return next(iter(tables), -1)
    refs = [
        ref
        for ref, value in enumerate(tape.values)
        if value.kind == "input" and len(value.shape) == 2 and value.shape[0] == 1
        if value.shape[1]
    ]
    values = [tape.value(ref) for ref in refs]
    found = _tokens_among(values)
    at = next((ref for ref, one in zip(refs, values, strict=True) if one is found), -1)
    return at if at in tables else -1


def by_number(given: Given) -> Tokens | None:
    """Tokens of which nobody says what they stand for."""
    if row_of_tokens(given) is None:
        return None
    return Tokens(frozenset(), lambda drawn: " ".join(map(str, drawn)))


_WHOLE = (torch.int64, torch.int32)
_SAME = frozenset(("view", "reshape", "contiguous", "to", "long", "int", "clone", "detach"))
