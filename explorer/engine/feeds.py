"""Feeds: from what a person types, draws or picks to what ``forward`` is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        """Names of positions along the axes of a pass: tokens, vocabulary, classes, features."""

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


def row_of_tokens(given: Given) -> Tensor | None:
    """The one tensor (1, T) of whole numbers among what a model is given, None if there is not
    just one. Ones beside it are a mask that hides nothing, whatever the tokens are."""
    rows = [t for t in tensors(given) if t.dim() == 2 and len(t) == 1 and t.dtype in _WHOLE]
    if len(rows) > 1:
        rows = [row for row in rows if not bool((row == 1).all())]
    return rows[0] if len(rows) == 1 and rows[0].shape[1] else None


def moved_on(given: Given, then: Sequence[int]) -> Given:
    """With other tokens after the row of tokens, which keeps its length: as many are left out in
    front. Raises Problem (kind ``input``) where there is no such row."""
    row = row_of_tokens(given)
    if row is None:
        raise Problem(
            "input", phrase("No token can come after this input: it has no row of tokens (1, T).")
        )
    more = torch.tensor([list(then)], dtype=row.dtype, device=row.device)
    longer = torch.cat([row, more], 1)[:, -row.shape[1] :]
    moved: Given = substituted(given, lambda tensor: longer if tensor is row else tensor)
    return moved


def numbered(tape: Tape) -> dict[str, tuple[str, ...]]:
    """Tokens and vocabulary by their numbers, where a model looks a row of tokens (1, T) up in a
    table and gives as many numbers as that has rows for each of them; else nothing."""
    rows = {
        ref: ref
        for ref, value in enumerate(tape.values)
        if value.kind == "input" and len(value.shape) == 2 and value.shape[0] == 1
        if value.device != "meta"  # there are no numbers
    }
    tables: dict[int, set[int]] = {}  # how many rows they have, of each row of tokens
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
    for ref in tape.outputs if len(tables) == 1 else ():
        ((row, sizes),) = tables.items()
        shape, length = tape.values[ref].shape, tape.values[row].shape[1]
        if len(shape) == 3 and shape[:2] == (1, length) and shape[2] in sizes:
            said = tape.value(row)[0].tolist()
            return {"T": tuple(map(str, said)), "V": tuple(map(str, range(shape[2])))}
    return {}


def by_number(given: Given) -> Tokens | None:
    """Tokens of which nobody says what they stand for."""
    if row_of_tokens(given) is None:
        return None
    return Tokens(frozenset(), lambda drawn: " ".join(map(str, drawn)))


_WHOLE = (torch.int64, torch.int32)
_SAME = frozenset(("view", "reshape", "contiguous", "to", "long", "int", "clone", "detach"))
