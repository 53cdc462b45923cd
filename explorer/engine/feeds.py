"""Feeds: from what a person types, draws or picks to what ``forward`` is given."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from torch import nn

from explorer.core.graph import Choice, Editor
from explorer.core.values import Input
from explorer.engine.tape import Tape

Given = tuple[tuple[Any, ...], dict[str, Any]]  # the arguments of ``forward``, the named ones too


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


class Opened(NamedTuple):
    """A model that was opened, in evaluation mode on its device.

    ``weights`` says in a word where its numbers come from, ``axes`` names the axes of what it is
    given, by argument, as far as the source tells.
    """

    model: nn.Module
    feed: Feed
    weights: str
    axes: dict[str, tuple[str, ...]]
