"""Recurrent networks step by step, as the formulas of `nn.LSTM`, `nn.GRU` and `nn.RNN` say.

T is the time, B the batch, I the width of the input, H that of the hidden state. ``h`` is the
hidden state (B, H), ``c`` an LSTM's cell state (B, H). With a projection ``h`` is (B, P).

Every step splits the weights into those of its gates by itself, so that all that goes from one
step to the next is the state. What is no step is a part, too, by the name of what it gives: ``xₜ``
the inputs of all steps, ``h₀`` and ``c₀`` the first states of each layer and direction, ``hₜ`` the
hidden states of all steps, ``hₙ`` and ``cₙ`` the last ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.engine.textbook.parts import part

State = tuple[Tensor, ...]  # (h,) or, of an LSTM, (h, c)
Weights = Sequence[Any]  # w_ih, w_hh, b_ih, b_hh (None without) and, with a projection, w_hr
Step = Callable[[Tensor, State], State]
Timed = Callable[[int, Tensor, State], State]  # the step of a time


class Cell(NamedTuple):
    """What a network does at each time: ``step`` of its weights, as ``formula`` says."""

    formula: str
    step: Callable[[Weights], Step]


def lstm_step(weights: Weights) -> Step:
    """One step of long short-term memory: ``x`` (B, I) and (h, c) give the next (h, c)."""
    w_ih, w_hh, b_ih, b_hh, *projection = weights

    def step(x: Tensor, state: State) -> State:
        h, c = state
        W_ii, W_if, W_ig, W_io = _gates(w_ih, 4)  # (H, I) each
        W_hi, W_hf, W_hg, W_ho = _gates(w_hh, 4)  # (H, H) each
        b_ii, b_if, b_ig, b_io = _gates(b_ih, 4)  # (H,) each
        b_hi, b_hf, b_hg, b_ho = _gates(b_hh, 4)
        i = _gate("i", torch.sigmoid, x, W_ii, b_ii, h, W_hi, b_hi)  # (B, H)
        f = _gate("f", torch.sigmoid, x, W_if, b_if, h, W_hf, b_hf)
        g = _gate("g", torch.tanh, x, W_ig, b_ig, h, W_hg, b_hg)
        o = _gate("o", torch.sigmoid, x, W_io, b_io, h, W_ho, b_ho)
        c = f * c + i * g  # (B, H)
        h = o * torch.tanh(c)  # (B, H)
        for w_hr in projection:
            h = F.linear(h, w_hr)  # (B, P)
        return h, c

    return step


def gru_step(weights: Weights) -> Step:
    """One step of a gated recurrent unit: ``x`` (B, I) and (h,) give the next (h,)."""
    w_ih, w_hh, b_ih, b_hh = weights

    def step(x: Tensor, state: State) -> State:
        (h,) = state
        W_ir, W_iz, W_in = _gates(w_ih, 3)  # (H, I) each
        W_hr, W_hz, W_hn = _gates(w_hh, 3)  # (H, H) each
        b_ir, b_iz, b_in = _gates(b_ih, 3)  # (H,) each
        b_hr, b_hz, b_hn = _gates(b_hh, 3)
        r = _gate("r", torch.sigmoid, x, W_ir, b_ir, h, W_hr, b_hr)  # (B, H)
        z = _gate("z", torch.sigmoid, x, W_iz, b_iz, h, W_hz, b_hz)

        def new() -> Tensor:
            return torch.tanh(F.linear(x, W_in, b_in) + r * F.linear(h, W_hn, b_hn))

        formula = "tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn))"
        n = part("n", _without_biases(formula, b_in), new)
        return ((1 - z) * n + z * h,)

    return step


def _rnn_step(weights: Weights, activation: Callable[[Tensor], Tensor]) -> Step:
    w_ih, w_hh, b_ih, b_hh = weights

    def step(x: Tensor, state: State) -> State:
        (h,) = state
        return (activation(F.linear(x, w_ih, b_ih) + F.linear(h, w_hh, b_hh)),)  # (B, H)

    return step


def rnn_tanh_step(weights: Weights) -> Step:
    """One step of a plain network with tanh: ``x`` (B, I) and (h,) give the next (h,)."""
    return _rnn_step(weights, torch.tanh)


def rnn_relu_step(weights: Weights) -> Step:
    """One step of a plain network with ReLU: ``x`` (B, I) and (h,) give the next (h,)."""
    return _rnn_step(weights, torch.relu)


def _gate(
    name: str,
    activation: Callable[[Tensor], Tensor],
    x: Tensor,
    W_x: Tensor,
    b_x: Tensor | None,
    h: Tensor,
    W_h: Tensor,
    b_h: Tensor | None,
) -> Tensor:
    """A gate (B, H) as a part that is seen as one."""

    def gate() -> Tensor:
        return activation(F.linear(x, W_x, b_x) + F.linear(h, W_h, b_h))

    sign = "σ" if activation is torch.sigmoid else "tanh"
    formula = f"{sign}(W_i{name} x + b_i{name} + W_h{name} h + b_h{name})"
    return part(name, _without_biases(formula, b_x), gate)


def _without_biases(formula: str, bias: Tensor | None) -> str:
    """The formula of a layer that may have no biases."""
    return formula if bias is not None else re.sub(r" \+ b_\w+", "", formula)


_LSTM = Cell("c = f ⊙ c + i ⊙ g,  h = o ⊙ tanh(c)", lstm_step)
_GRU = Cell("h = (1 − z) ⊙ n + z ⊙ h", gru_step)
_RNN_TANH = Cell("h = tanh(W_ih x + b_ih + W_hh h + b_hh)", rnn_tanh_step)
_RNN_RELU = Cell("h = ReLU(W_ih x + b_ih + W_hh h + b_hh)", rnn_relu_step)


# ------------------------------------------------------------ whole networks


def lstm(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor, Tensor]:
    """`torch.lstm`: output (T, B, H), last hidden state and last cell state (layers, B, H)."""
    output, (h, c) = _run(_LSTM, args, kwargs)
    return output, h, c


def gru(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """`torch.gru`: output (T, B, H) and last hidden state (layers, B, H)."""
    output, (h,) = _run(_GRU, args, kwargs)
    return output, h


def rnn_tanh(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """`torch.rnn_tanh`: output (T, B, H) and last hidden state (layers, B, H)."""
    output, (h,) = _run(_RNN_TANH, args, kwargs)
    return output, h


def rnn_relu(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """`torch.rnn_relu`: output (T, B, H) and last hidden state (layers, B, H)."""
    output, (h,) = _run(_RNN_RELU, args, kwargs)
    return output, h


def _run(cell: Cell, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Tensor, State]:
    """The overload that was called: its fourth argument tells, a flag or the weights."""
    if "batch_sizes" in kwargs or (len(args) > 3 and not isinstance(args[3], bool)):
        return _packed(cell, *args, **kwargs)
    return _padded(cell, *args, **kwargs)


def _padded(
    cell: Cell,
    input: Tensor,
    hx: Tensor | Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, State]:
    """``input`` (T, B, I), or (B, T, I) if ``batch_first``: every sequence is equally long."""
    x = input.transpose(0, 1) if batch_first else input  # (T, B, I)

    def walk(step: Timed, x: Tensor, state: State, backward: bool) -> tuple[Tensor, State]:
        outputs = []
        times = list(enumerate(part("xₜ", "", x.unbind, 0)))  # (B, I) each
        for t, x_t in reversed(times) if backward else times:
            state = step(t, x_t, state)
            outputs.append(state[0])
        return part("hₜ", "", torch.stack, outputs[::-1] if backward else outputs), state

    rate = dropout if train else 0.0
    x, last = _layers(cell, walk, x, hx, params, has_biases, num_layers, rate, bidirectional)
    return x.transpose(0, 1) if batch_first else x, last


def _packed(
    cell: Cell,
    data: Tensor,
    batch_sizes: Tensor,
    hx: Tensor | Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple[Tensor, State]:
    """``data`` (sum of ``batch_sizes``, I): at each time the sequences that have not ended.

    The longest comes first; ``batch_sizes`` (T,) counts them.
    """
    with torch._C.DisableTorchFunction():  # a plan, not a step
        sizes: list[int] = batch_sizes.tolist()

    def walk(step: Timed, x: Tensor, state: State, backward: bool) -> tuple[Tensor, State]:
        first, times = state, list(enumerate(part("xₜ", "", x.split, sizes)))
        outputs: list[Tensor] = []
        if backward:
            state = _each("₀", _rows, first, 0, sizes[-1])
            for t, x_t in reversed(times):
                running = len(state[0])
                if len(x_t) > running:  # shorter sequences begin here, at their ends
                    begin = _each("₀", _rows, first, running, len(x_t))
                    state = _each("", torch.cat, tuple(zip(state, begin, strict=True)))
                state = step(t, x_t, state)
                outputs.append(state[0])
            return part("hₜ", "", torch.cat, outputs[::-1]), state
        ended: list[State] = []
        for t, x_t in times:
            if len(x_t) < len(state[0]):  # the shortest sequences have ended
                ended.append(_each("ₙ", _rows, state, len(x_t), None))
                state = _each("", _rows, state, 0, len(x_t))
            state = step(t, x_t, state)
            outputs.append(state[0])
        if ended:
            state = _each("ₙ", torch.cat, tuple(zip(state, *ended[::-1], strict=True)))
        return part("hₜ", "", torch.cat, outputs), state

    rate = dropout if train else 0.0
    return _layers(cell, walk, data, hx, params, has_biases, num_layers, rate, bidirectional)


def _layers(
    cell: Cell,
    walk: Callable[[Timed, Tensor, State, bool], tuple[Tensor, State]],
    x: Tensor,
    hx: Tensor | Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    bidirectional: bool,
) -> tuple[Tensor, State]:
    """Layer upon layer, each in one or both directions: the last output and all last states."""
    given = (hx,) if isinstance(hx, Tensor) else tuple(hx)  # (layers · directions, B, H) each
    directions = (False, True) if bidirectional else (False,)
    each = len(params) // (num_layers * len(directions))
    states = list(zip(*_each("₀", torch.unbind, given), strict=True))
    lasts: list[State] = []
    for layer in range(num_layers):
        outputs = []
        for backward in directions:
            at = len(lasts)
            w_ih, w_hh, *rest = params[at * each : (at + 1) * each]
            biases = rest[:2] if has_biases else [None, None]
            projection = rest[2:] if has_biases else rest

            def run(
                weights: Weights = (w_ih, w_hh, *biases, *projection),
                x: Tensor = x,
                state: State = states[at],
                backward: bool = backward,
            ) -> tuple[Tensor, State]:
                step, formula = cell.step(weights), _without_biases(cell.formula, weights[2])

                def timed(t: int, x: Tensor, state: State) -> State:
                    return part(f"t = {t}", formula, step, x, state)

                return walk(timed, x, state, backward)

            name = f"l{layer}{'_reverse' if backward else ''}"  # as its weights are called
            said = f"weight_ih_{name} · weight_hh_{name}"
            output, last = part(name, said, run) if len(states) > 1 else run()
            outputs.append(output)
            lasts.append(last)
        x = torch.cat(outputs, dim=-1) if bidirectional else outputs[0]
        if dropout > 0 and layer < num_layers - 1:
            x = F.dropout(x, dropout)
    return x, _each("ₙ", torch.stack, tuple(zip(*lasts, strict=True)))


def _each(when: str, function: Callable[..., Any], states: Sequence[Any], *args: Any) -> Any:
    """Do something to ``h`` and, of an LSTM, to ``c``; each is seen as what it gives: ``h₀``."""
    return tuple(
        part(f"{name}{when}", "", function, state, *args)
        for name, state in zip("hc", states, strict=False)
    )


def _rows(x: Tensor, begin: int, end: int | None) -> Tensor:
    """The sequences (end − begin, …) of a batch (B, …)."""
    return x[begin:end]


# ------------------------------------------------------------ single cells


def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`torch.lstm_cell`: ``input`` (B, I) and (h, c), each (B, H), give the next (h, c)."""
    h, c = lstm_step((w_ih, w_hh, b_ih, b_hh))(input, tuple(hx))
    return h, c


def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """`torch.gru_cell`: ``input`` (B, I) and ``hx`` (B, H) give the next hidden state (B, H)."""
    return gru_step((w_ih, w_hh, b_ih, b_hh))(input, (hx,))[0]


def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """`torch.rnn_tanh_cell`: ``input`` (B, I) and ``hx`` (B, H) give the next (B, H)."""
    return rnn_tanh_step((w_ih, w_hh, b_ih, b_hh))(input, (hx,))[0]


def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """`torch.rnn_relu_cell`: ``input`` (B, I) and ``hx`` (B, H) give the next (B, H)."""
    return rnn_relu_step((w_ih, w_hh, b_ih, b_hh))(input, (hx,))[0]


def _gates(stacked: Tensor | None, count: int) -> Any:
    """The gates' parts of a weight (count · H, ·) or bias (count · H,), Nones if there is none."""
    return (None,) * count if stacked is None else stacked.chunk(count)
