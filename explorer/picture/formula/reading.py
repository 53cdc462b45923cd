"""Reads formulas: signs and names first, then what they say, from what binds least to most."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container
from typing import NamedTuple, TypeVar

from explorer.picture.formula.terms import (
    Apply,
    Big,
    Call,
    Complex,
    Fence,
    List,
    Minus,
    Node,
    Number,
    Partial,
    Phrase,
    Product,
    Quotient,
    Relation,
    Root,
    Scripts,
    Sign,
    Sum,
    Symbol,
    Unread,
    Word,
    bare,
)

ChainT = TypeVar("ChainT", Sum, Relation)


class Token(NamedTuple):
    """A sign, a name, a number or a run of small signs."""

    kind: str  # number, complex, ordinal, name, sub, sup, sign or end
    text: str
    spaced: bool  # a space is before it
    glued: bool  # no space is behind it


_END = Token("end", "", True, False)
_PATTERN = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<ordinal>\d+\.(?=\s))
    |(?P<complex>\d+(?:\.\d+)?(?:e[+−]\d+)?[+−]\d+(?:\.\d+)?(?:e[+−]\d+)?j(?![A-Za-z0-9_]))
    |(?P<number>\d+(?:\.\d+)?(?:e[+−]\d+)?(?![A-Za-z0-9_.]))
    |(?P<name>[、一-鿿]+|[A-Za-zΓΔΘΛΞΦΨΩα-ξπ-ω]\u0302|[A-Za-z][A-Za-z0-9_]*(?:['-][A-Za-z]+)*|[ΓΔΘΛΞΦΨΩα-ξπ-ω])
    |(?P<sign>[+−·/⊙∗×^=≠<≤>≥≈()\[\]|‖,…√∂∞ΣΠ])
    """,
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    """Every part of the text, in order. Raises Unread for a sign that is not of the language."""
    text = text.replace("，", ", ").replace("ĝ", "g\u0302")  # a hat is a sign of its own
    found: list[tuple[str, str, bool]] = []
    at, spaced = 0, True
    while at < len(text):
        kind, said = _small(text[at])
        match = None if kind else _PATTERN.match(text, at)
        if kind:
            at += 1
            if found and found[-1][0] == kind and not spaced:
                found[-1] = (kind, found[-1][1] + said, found[-1][2])
            else:
                found.append((kind, said, spaced))
            spaced = False
        elif match is None or match.lastgroup is None:
            raise Unread
        else:
            at, spaced_before = match.end(), spaced
            spaced = match.lastgroup == "space"
            if not spaced:
                found.append((match.lastgroup, match[0], spaced_before))
    gaps = [one[2] for one in found[1:]] + [True] * bool(found)
    return [Token(*one, glued=not gap) for one, gap in zip(found, gaps, strict=True)]


def _small(sign: str) -> tuple[str, str]:
    """``sub`` or ``sup`` of a small sign, low or high, and the large one that it stands for."""
    if sign == "′":
        return "sup", sign
    form = unicodedata.decomposition(sign).partition(" ")[0]
    return {"<sub>": "sub", "<super>": "sup"}.get(form, ""), unicodedata.normalize("NFKC", sign)


_RELATIONS = "=≠<≤>≥≈"
_TERMS = "+−"
_FACTORS = "·⊙∗×/"
_BIG = "ΣΠ"
_ALONE = "…∞"
_CLOSING = {"(": ")", "|": "|", "‖": "‖"}
_APPLIED = ("log", "ln", "Re", "Im")  # functions that need no brackets
# words between formulas
_JOINTS = ("if", "else", "where", "with", "in", "as", "otherwise", "若", "否则", "其余为")


class Reader:
    """Reads a list of tokens, once."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = [*found, _END]
        self._at = 0

    def sentence(self) -> list[Node | str]:
        """Formulas, and between them joints and commas. Raises Unread for anything else."""
        found: list[Node | str] = []
        whole = False  # a comma may follow, or the end
        while not (whole and self._next is _END):
            if whole and self._taken(","):
                found.append(",")
                whole = False
            elif self._name() in _JOINTS:
                found.append(self._take().text)
                whole = True
            elif not found or isinstance(found[-1], str):
                found.append(self._relation())
                whole = True
            else:
                raise Unread  # two formulas and nothing between them
        return found

    # ---------------------------------------------------------- what comes next

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _is_sign(self, signs: Container[str]) -> bool:
        return self._next.kind == "sign" and self._next.text in signs

    def _taken(self, sign: str) -> bool:
        """Whether this sign is next; then it is taken."""
        found = self._is_sign((sign,))
        self._at += found
        return found

    def _is_operator(self, signs: str) -> bool:
        """Whether one of these is next, between two things: in ``x −1`` the minus is the 1's."""
        return self._is_sign(signs) and self._next.spaced != self._next.glued

    def _name(self, ahead: int = 0) -> str:
        """The name that is next, or so many tokens on, if it is not that of a call."""
        token = self._tokens[self._at + ahead]
        if token.kind != "name":
            return ""
        called = token.glued and self._tokens[self._at + ahead + 1].text == "("
        return "" if called else token.text

    def _is_word(self, ahead: int = 0) -> bool:
        """Whether a name is next that is neither symbol nor function nor joint."""
        name = self._name(ahead)
        return bool(name) and name not in (*_JOINTS, *_APPLIED) and not _is_symbol(name)

    # ---------------------------------------------------------- from loose to tight

    def _relation(self) -> Node:
        return self._chain(_RELATIONS, self._sum, Relation)

    def _sum(self) -> Node:
        return self._chain(_TERMS, self._term, Sum)

    def _chain(self, signs: str, part: Callable[[], Node], made: type[ChainT]) -> Node:
        first = part()
        rest: list[tuple[str, Node]] = []
        while self._is_operator(signs):
            rest.append((self._take().text, part()))
        return made(first, tuple(rest)) if rest else first

    def _term(self) -> Node:
        found = self._factor()
        while True:
            if self._is_operator(_FACTORS):
                sign = self._take().text
                right = self._factor()
                if sign != "/":
                    found = Product(found, sign, right)
                elif _is_open(right):
                    raise Unread  # a / Σ b · c
                else:
                    found = Quotient(found, right)
            elif _is_variable(found) and _is_symbol(self._name()):
                found = Product(found, " ", self._power())  # W x
            else:
                return found

    def _factor(self) -> Node:
        if self._is_sign("−"):
            return self._negative()
        if self._is_sign(_BIG):
            return Big(self._take().text, self._small("sub"), self._term())
        items = [self._item(None)]
        while self._goes_on(items[-1]):
            items.append(self._item(items[-1]))
        if len(items) > 1:
            return Phrase(tuple(items))
        return Word(items[0]) if isinstance(items[0], str) else items[0]

    def _goes_on(self, last: str | Node) -> bool:
        """Whether what comes next is of the phrase of which ``last`` is the last yet."""
        if self._is_word():
            return True
        if not isinstance(last, str) or not self._next.spaced or self._name() in _JOINTS:
            return False
        if self._is_sign("−"):
            return self._next.glued
        starts = self._next.kind in ("number", "complex", "ordinal", "name")
        return starts or self._is_sign(f"{_ALONE}|‖√∂")

    def _item(self, last: str | Node | None) -> str | Node:
        """A word of a phrase, or what stands between two."""
        after_word = isinstance(last, str)
        article = after_word and self._name() == "a" and self._is_word(1)
        if article or self._next.kind == "ordinal":
            return self._take().text
        if self._is_word():
            word = self._take().text
            scripted = self._scripted(Word(word))
            return scripted if isinstance(scripted, Scripts) else word
        return self._negative() if self._is_sign("−") else self._power(after_word)

    def _negative(self) -> Node:
        minus = self._take()
        if minus.glued and self._next.kind == "complex":
            return Complex(f"−{self._take().text}")
        if not minus.glued or self._next.kind != "number":
            return Minus(self._factor())
        number = self._number()
        if self._next.kind == "sup" and not self._next.spaced:
            raise Unread  # −2²
        return self._raised(Number(number.digits, number.power, negative=True), False)

    def _power(self, after_word: bool = False) -> Node:
        return self._raised(self._postfix(), after_word)

    def _raised(self, base: Node, after_word: bool) -> Node:
        """``base``, to the power that follows it if there is one."""
        if not self._is_operator("^"):
            return base
        raised = isinstance(base, Scripts) and base.sup is not None
        if raised or isinstance(base, Root | Apply | Partial):
            raise Unread  # √x ^ 2, log x ^ 2
        if after_word and self._next.spaced:
            raise Unread  # max of x ^ 2
        self._take()
        power = Minus(self._postfix()) if self._taken("−") else bare(self._postfix())
        if self._is_operator("^"):
            raise Unread  # x ^ 2 ^ 3
        old = base if isinstance(base, Scripts) else Scripts(base)
        return Scripts(old.base, old.sub, power)

    def _postfix(self) -> Node:
        return self._scripted(self._primary())

    def _scripted(self, base: Node) -> Node:
        """``base`` with the indices and small signs that follow it."""
        while True:
            sub, sup = self._small("sub"), self._small("sup")
            if sub is None and sup is None:
                if self._next.spaced or not self._taken("["):
                    return base
                sub = self._listed("]")
            old = base if isinstance(base, Scripts) else Scripts(base)
            if (sub and (old.sub or old.sup)) or (sup and old.sup):
                raise Unread  # x²[i]
            base = Scripts(old.base, sub or old.sub, sup or old.sup)

    def _small(self, kind: str) -> Node | None:
        """The small signs that are next, if they are low, or high."""
        if self._next.kind != kind or self._next.spaced:
            return None
        return Sign("ᵀ" if (text := self._take().text) == "T" and kind == "sup" else text)

    def _primary(self) -> Node:
        if self._next.kind == "number":
            return self._number()
        if self._next.kind == "complex":
            return Complex(self._take().text)
        if self._next.kind == "name":
            return self._named()
        sign = self._take()
        if sign.kind != "sign":
            raise Unread
        if sign.text == "(":
            return Fence("(", self._listed(")"))
        if sign.text in _CLOSING:
            inner = self._sum()
            if not self._taken(_CLOSING[sign.text]):
                raise Unread
            return Fence(sign.text, inner)
        if sign.text == "√":
            return Root(bare(self._postfix()))
        if sign.text == "∂" and _is_symbol(self._name()):
            return Partial(self._take().text)
        if sign.text in _ALONE:
            return Sign(sign.text)
        raise Unread

    def _named(self) -> Node:
        called = not self._name()
        name = self._take().text
        if called:
            self._take()
            return Call(name, Fence("(", self._listed(")")))
        if name in _APPLIED:
            body = self._factor() if self._is_sign(_BIG) else self._postfix()
            if _is_open(body):
                raise Unread  # log Σ a · b
            return Apply(name, body)
        if not _is_symbol(name):
            raise Unread
        letter, _, low = name.partition("_")
        return Scripts(Symbol(letter), Sign(low)) if low else Symbol(letter)

    def _listed(self, closing: str) -> Node:
        """What is between commas, until ``closing``."""
        items = [self._relation()]
        while self._taken(","):
            items.append(self._relation())
        if not self._taken(closing):
            raise Unread
        return items[0] if len(items) == 1 else List(tuple(items))

    def _number(self) -> Number:
        digits, _, power = self._take().text.partition("e")
        return Number(digits, int(power.replace("−", "-")) if power else None)


def _is_symbol(name: str) -> bool:
    """Whether a name is one letter, with an index or a hat at most: ``x``, ``W_ih``, ``m̂``."""
    return re.fullmatch(r"[A-Za-zΑ-ω](\u0302|_[A-Za-z0-9]+)?", name) is not None


def _is_variable(node: Node) -> bool:
    return isinstance(node.base if isinstance(node, Scripts) else node, Symbol)


def _is_open(node: Node) -> bool:
    """Whether this ends with a Σ of a product, of which the last factors might be meant to
    stand behind it."""
    if isinstance(node, Minus):
        return _is_open(node.body)
    return isinstance(node, Big) and isinstance(node.body, Product | Quotient)
