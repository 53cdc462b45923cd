"""One iteration of a training as it travels: what its pass, its gradients and its update are."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Phase = Literal["batch", "forward", "loss", "backward", "update"]
PHASES: tuple[Phase, ...] = ("batch", "forward", "loss", "backward", "update")


class Kept(Struct, frozen=True):
    """What an optimizer remembers of a parameter, by torch's ``name`` (``exp_avg``): the values of
    the recording that it was ``before`` and ``after`` the update."""

    name: str
    before: int
    after: int


class Updated(Struct, frozen=True):
    """What the update did to one parameter, as values of the recording: the ``parameter`` as it was
    in the pass, the ``gradient`` of the loss for it, what it was ``after``, and the ``change`` from
    one to the other."""

    parameter: int
    gradient: int
    after: int
    change: int
    state: tuple[Kept, ...] = ()


class Iteration(Struct, frozen=True):
    """Step ``step`` of a training, counted from 1.

    ``inputs`` and ``targets`` are the values that the batch of ``samples`` came as, ``loss`` the
    value that was made small, which is ``cost``, ``logits`` that which it was computed from.
    ``gradients`` are pairs
    of a value and its gradient, ``backward`` the events in the order in which autograd went through
    them. ``norm`` is that of all gradients, which clipping multiplied with ``clip``; ``rate`` is
    the learning rate of the update.
    """

    step: int
    samples: int
    inputs: int
    targets: int
    logits: int
    loss: int
    cost: float
    gradients: tuple[tuple[int, int], ...]
    backward: tuple[int, ...]
    optimizer: str
    rate: float
    norm: float
    clip: float
    updates: tuple[Updated, ...]
