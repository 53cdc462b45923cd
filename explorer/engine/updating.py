"""How an optimizer came to change a number: its formula, with the numbers of one weight.

The formulas are those of PyTorch's documentation, https://docs.pytorch.org/docs/stable/optim.html,
which names the papers: w is the weight, g its gradient, η the learning rate, λ the weight decay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from explorer.core.explanation import Explanation
from explorer.core.problem import phrase
from explorer.engine.explain import finished
from explorer.engine.explain.asking import Answer, Cells, Operand, Sum, Terms, wide
from explorer.engine.iteration import Update


def explain_update(
    update: Update, refs: Mapping[str, int], wanted: str, index: Sequence[int], limit: int | None
) -> Explanation:
    """How cell ``index`` of what an update made came to be: of the parameter (``after``), of what
    was added to it (``change``), or of what the optimizer remembers (``exp_avg after``, and
    ``exp_avg`` from the update before).

    ``refs`` are the numbers of the values, by the names that `values_of` has.
    """
    place = tuple(index)
    values = values_of(update)
    book = _Book(update, values, refs, place)
    if wanted == "change":
        answer = book.answer(
            "Δw = w′ − w",
            book.cell("w′", "after").term(),
            book.cell("w", "before").times("−", -1.0),
        )
    elif wanted == "after":
        answer = _STEPS[update.optimizer](book)
    elif wanted in update.state:
        answer = Answer("made", "", [], note=_REMEMBERED)
    else:
        answer = _MEMORIES[wanted.removesuffix(" after")](book)
    return finished(refs[wanted], place, answer, values[wanted][place].item(), limit)


_REMEMBERED = phrase("What the optimizer remembered from the steps before; at first it is 0.")


def values_of(update: Update) -> dict[str, Tensor]:
    """What an update was given and made, by name: ``before``, ``gradient``, ``after``, ``change``,
    and of what the optimizer remembers both, as ``exp_avg`` and ``exp_avg after``."""
    found = {"before": update.before, "gradient": update.gradient}
    for name, (old, new) in update.state.items():
        found |= {name: old, f"{name} after": new}
    return {**found, "after": update.after, "change": update.change}


class _Part(NamedTuple):
    """A number in a formula: a cell of a value, or a quantity that has a line of its own."""

    symbol: str
    number: float
    cells: list[Cells]

    def term(self) -> Terms:
        """It alone."""
        return Terms(self.symbol, self.cells, _one(self.number))

    def times(self, lead: str, factor: float, form: str = "{}") -> Terms:
        """It multiplied with a factor that is written in front of it."""
        return Terms(lead + form.format(self.symbol), self.cells, _one(self.number * factor))


class _Book:
    """The numbers of one weight, and the quantities that its formula speaks of."""

    def __init__(
        self,
        update: Update,
        values: Mapping[str, Tensor],
        refs: Mapping[str, int],
        place: tuple[int, ...],
    ) -> None:
        self.update = update
        self.set: dict[str, Any] = update.settings
        self.quantities: list[Sum] = []
        self._values = values
        self._refs = refs
        self._place = place

    def cell(self, symbol: str, name: str) -> _Part:
        """A number of the weight."""
        found = Operand(symbol, self._refs[name], self._values[name]).cell(self._place)
        return _Part(symbol, float(wide(found.numbers)), [found])

    def constant(self, symbol: str, number: float) -> float:
        """A number of the plan."""
        self.quantities.append(Sum(symbol, value=number))
        return number

    def power(self, symbol: str, rate: float) -> float:
        """A number of the plan to the power of how many updates there were."""
        number = float(rate) ** self.update.age
        self.quantities.append(Sum(symbol, f"{rate:g}^{self.update.age}", value=number))
        return number

    def quantity(self, symbol: str, formula: str, *terms: Terms) -> _Part:
        """What some terms add up to."""
        self.quantities.append(Sum(symbol, formula, _in_order(*terms)))
        return _Part(symbol, sum(float(one.values.sum()) for one in terms), [])

    def gradient(self) -> _Part:
        """As the optimizer sees it: clipped, with the weight decay that is part of it."""
        g, clip = self.cell("g", "gradient"), self.update.clip
        decay = 0.0 if self.update.optimizer == "adamw" else float(self.set["weight_decay"])
        if clip == 1 and not decay:
            return g
        terms = [g.term()]
        formula = "g"
        if clip != 1:
            formula = "c · g"
            terms = [g.times("c · ", self.constant("c", clip))]
        if decay:
            formula += " + λ · w"
            terms.append(self.cell("w", "before").times("λ · ", self.constant("λ", decay)))
        return self.quantity("ĝ", formula, *terms)

    def step(self, form: str, number: float, cells: list[Cells]) -> Answer:
        """w′ = w − η · ``form``, which is that number."""
        w, lr = self.cell("w", "before"), self.constant("η", float(self.set["lr"]))
        terms, formula = [w.term()], f"w′ = w − η · {form}"
        decay = float(self.set["weight_decay"])
        if self.update.optimizer == "adamw" and decay:
            terms.append(w.times("−η · λ · ", -lr * self.constant("λ", decay)))
            formula = f"w′ = w − η · λ · w − η · {form}"
        terms.append(Terms(f"−η · {form}", cells, _one(-lr * number)))
        return self.answer(formula, *terms)

    def answer(self, formula: str, *terms: Terms) -> Answer:
        """With the quantities so far: constants last."""
        named = sorted(self.quantities, key=lambda one: not one.terms)
        return Answer("sum", formula, _in_order(*terms), named)


def _sgd(book: _Book) -> Answer:
    if "momentum_buffer" not in book.update.state:
        g = book.gradient()
        return book.step(g.symbol, g.number, g.cells)
    b = book.cell("b", "momentum_buffer after")
    if not book.set["nesterov"]:
        return book.step("b", b.number, b.cells)
    g, rate = book.gradient(), book.constant("μ", float(book.set["momentum"]))
    return book.step(f"({g.symbol} + μ · b)", g.number + rate * b.number, g.cells + b.cells)


def _adam(book: _Book) -> Answer:
    m, v = book.cell("m", "exp_avg after"), book.cell("v", "exp_avg_sq after")
    rates = zip(("β₁ᵗ", "β₂ᵗ"), book.set["betas"], strict=True)
    one, two = (book.power(symbol, rate) for symbol, rate in rates)
    mean = book.quantity("m̂", "m / (1 − β₁ᵗ)", m.times("", 1 / (1 - one), "{} / (1 − β₁ᵗ)"))
    square = book.quantity("v̂", "v / (1 − β₂ᵗ)", v.times("", 1 / (1 - two), "{} / (1 − β₂ᵗ)"))
    eps = book.constant("ε", float(book.set["eps"]))
    return book.step("m̂ / (√v̂ + ε)", mean.number / (square.number**0.5 + eps), [])


def _scaled(book: _Book, square: str) -> tuple[str, float, list[Cells]]:
    """The gradient over the root of what was added up of its squares."""
    g, s = book.gradient(), book.cell("s", square)
    eps = book.constant("ε", float(book.set["eps"]))
    cells = [*g.cells, *s.cells]
    return f"{g.symbol} / (√s + ε)", g.number / (s.number**0.5 + eps), cells


def _rmsprop(book: _Book) -> Answer:
    if "momentum_buffer" not in book.update.state:
        return book.step(*_scaled(book, "square_avg after"))
    b = book.cell("b", "momentum_buffer after")
    return book.step("b", b.number, b.cells)


def _adagrad(book: _Book) -> Answer:
    return book.step(*_scaled(book, "sum after"))


def _momentum(book: _Book) -> Answer:
    """b′ = μ · b + g, or what RMSprop makes of that."""
    b, rate = book.cell("b", "momentum_buffer"), book.constant("μ", float(book.set["momentum"]))
    if book.update.optimizer == "rmsprop":
        form, number, cells = _scaled(book, "square_avg after")
        last = Terms(form, cells, _one(number))
    else:
        g = book.gradient()
        form, last = g.symbol, g.term()
    return book.answer(f"b′ = μ · b + {form}", b.times("μ · ", rate), last)


def _average(
    symbol: str, name: str, rate: str, of: Callable[[_Book], float], power: int
) -> Callable[[_Book], Answer]:
    """A moving average of the gradient, or of its square."""

    def told(book: _Book) -> Answer:
        old, g = book.cell(symbol, name), book.gradient()
        kept = book.constant(rate, of(book))
        form = g.symbol + ("²" if power == 2 else "")
        new = Terms(f"(1 − {rate}) · {form}", g.cells, _one((1 - kept) * g.number**power))
        formula = f"{symbol}′ = {rate} · {symbol} + (1 − {rate}) · {form}"
        return book.answer(formula, old.times(f"{rate} · ", kept), new)

    return told


def _sum_of_squares(book: _Book) -> Answer:
    s, g = book.cell("s", "sum"), book.gradient()
    square = Terms(f"{g.symbol}²", g.cells, _one(g.number**2))
    return book.answer(f"s′ = s + {g.symbol}²", s.term(), square)


_STEPS: dict[str, Callable[[_Book], Answer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}
_MEMORIES: dict[str, Callable[[_Book], Answer]] = {  # by torch's names
    "momentum_buffer": _momentum,
    "exp_avg": _average("m", "exp_avg", "β₁", lambda book: float(book.set["betas"][0]), 1),
    "exp_avg_sq": _average("v", "exp_avg_sq", "β₂", lambda book: float(book.set["betas"][1]), 2),
    "square_avg": _average("s", "square_avg", "α", lambda book: float(book.set["alpha"]), 2),
    "sum": _sum_of_squares,
}


def _in_order(*terms: Terms) -> list[Terms]:
    """They are told as the formula has them, not the largest first."""
    for n, one in enumerate(terms):
        one.rank = _one(-n)
    return list(terms)


def _one(number: float) -> Tensor:
    return torch.tensor([number], dtype=torch.float64)
