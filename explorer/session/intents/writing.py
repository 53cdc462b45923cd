"""Intents about what a model writes: tokens drawn one after another."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.session.intents.intent import Intent


@dataclass(frozen=True)
class Generate(Intent):
    """Draw so many more tokens after those that there are; each is put after the input, and the
    pass recorded."""

    count: int = 1


@dataclass(frozen=True)
class TogglePlayTokens(Intent):
    """Draw one token after another, as many as are wanted in a row or to the end of the text; or
    stop."""


@dataclass(frozen=True)
class ShowToken(Intent):
    """Show the pass that gave token ``at``, where it predicts it; after the last one that is the
    pass which gives the next."""

    at: int


@dataclass(frozen=True)
class StepToken(Intent):
    """Go to the pass of the next token (1), which is drawn if it is not there yet, or to that of
    the one before (-1). The cursor stays on its op."""

    by: int


@dataclass(frozen=True)
class WriteAgain(Intent):
    """Drop the tokens from that on which the pass on screen gave, and draw another one."""


@dataclass(frozen=True)
class EndWriting(Intent):
    """Drop all tokens that were drawn: the input is as it was typed."""


@dataclass(frozen=True)
class SetWriting(Intent):
    """Draw with this ``seed``, and so many tokens in a row."""

    seed: int
    most: int
