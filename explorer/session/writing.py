"""What the model writes after its input: how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.core.generation import Drawn
from explorer.core.values import Input

Landing = Literal["", "first", "last", "prediction"]


@dataclass(frozen=True)
class Writing:
    """The ``tokens`` that were drawn after an input, the ``prompt``, whose own tokens are called
    ``read``, with the ``weights`` that the model had; ``text`` is how people write them.

    ``left`` is how many more are wanted now; in a row these are ``most``. They are drawn by the
    random numbers of the ``seed``. ``landing`` says where the cursor goes in the pass that is on
    its way, ``""`` if it stays where it is. ``never`` tells that the model was tried, and looks
    ahead.
    """

    tokens: tuple[Drawn, ...] = ()
    prompt: Input | None = None
    read: tuple[str, ...] = ()
    weights: str = ""
    text: str = ""
    left: int = 0
    most: int = 20
    seed: int = 0
    landing: Landing = ""
    never: bool = False

    @property
    def then(self) -> tuple[int, ...]:
        """The numbers of the tokens."""
        return tuple(one.token for one in self.tokens)
