"""What a formula is made of, once it is read."""

from __future__ import annotations

from typing import NamedTuple


class Unread(Exception):
    """The text is not of the language, or has two readings."""


class Symbol(NamedTuple):
    """A letter, Greek or not, that stands for something: ``x``, ``σ``."""

    letter: str


class Word(NamedTuple):
    """A word that stands for something: ``mask``."""

    text: str


class Number(NamedTuple):
    """Digits without a sign; ``power`` of ten times them, where that is said."""

    digits: str
    power: int | None = None
    negative: bool = False  # the minus is a part of it: −2 ^ x is (−2) ^ x


class Complex(NamedTuple):
    """A number such as 0+2j."""

    text: str


class Sign(NamedTuple):
    """What stands for itself: ``∞``, ``…``, and the text of small signs."""

    text: str


class Partial(NamedTuple):
    """The ∂ of a symbol."""

    symbol: str


class Minus(NamedTuple):
    """What has the other sign."""

    body: Node


class Scripts(NamedTuple):
    """Something with an index, a power or both."""

    base: Node
    sub: Node | None = None
    sup: Node | None = None


class Fence(NamedTuple):
    """Something between brackets or bars, which begin with ``kind``: ``(``, ``|`` or ``‖``."""

    kind: str
    inner: Node


class Call(NamedTuple):
    """A function and, in brackets, what it is of."""

    name: str
    given: Fence


class Apply(NamedTuple):
    """A function before what it is of, without brackets: ``log Z``."""

    name: str
    body: Node


class Root(NamedTuple):
    """A square root."""

    body: Node


class Big(NamedTuple):
    """A sum Σ or a product Π of the whole product that follows."""

    sign: str
    sub: Node | None
    body: Node


class Product(NamedTuple):
    """Two factors; ``sign`` is a space where none is written."""

    left: Node
    sign: str
    right: Node


class Quotient(NamedTuple):
    """One over another."""

    left: Node
    right: Node


class Sum(NamedTuple):
    """Terms, each of ``rest`` with + or − before it."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


class Relation(NamedTuple):
    """Sides, each of ``rest`` with = or its kin before it."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


class Phrase(NamedTuple):
    """Words, and what stands between them: ``max of x``."""

    items: tuple[str | Node, ...]


class List(NamedTuple):
    """Things between commas."""

    items: tuple[Node, ...]


Node = (
    Symbol | Word | Number | Complex | Sign | Partial | Minus | Scripts | Fence | Call | Apply
    | Root | Big | Product | Quotient | Sum | Relation | Phrase | List
)  # fmt: skip


def bare(node: Node) -> Node:
    """Without the brackets that a bar, a root or smallness stands for."""
    match node:
        case Fence("(", inner) if not isinstance(inner, List):
            return inner
    return node
