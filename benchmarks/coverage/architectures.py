"""Small models with random weights, of the architectures in `transformers`, made offline."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import transformers
from torch import nn

from benchmarks.coverage import senses, texts
from benchmarks.coverage.audit import Case, Given
from benchmarks.coverage.feeding import Feed
from benchmarks.coverage.shrinking import Options, small


def cases() -> Iterator[Case]:
    """Every architecture of the tables, in eval and in train mode.

    An entry is called as the architecture is in `transformers`, with more words where it comes in
    several forms. ``head`` (the class), ``feed``, ``attention`` (the implementation) and
    ``modes`` are for the case; all other options are for the configuration.
    """
    for group, (head, feed, entries) in (texts.TABLES | senses.TABLES).items():
        for name, options in entries.items():
            more = dict(options)
            usual = {"head": head, "feed": feed, "attention": None, "modes": (False, True)}
            own = {key: more.pop(key, value) for key, value in usual.items()}
            make = partial(_make, name.partition(" ")[0], own["head"], own["attention"], more)
            for training in own["modes"]:
                yield Case(name, group, make, partial(_fed, own["feed"]), training)


def _make(kind: str, head: str, attention: str | None, more: Options) -> nn.Module:
    extra = {"attn_implementation": attention} if attention else {}
    made = getattr(transformers, head)
    build = made.from_config if head.startswith("Auto") else made._from_config
    model = build(small(kind, more), **extra)
    assert isinstance(model, nn.Module)
    return model


def _fed(feed: Feed, model: nn.Module) -> Given:
    return (), feed(model.config)
