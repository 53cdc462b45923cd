"""Writes what was read as LaTeX, in pieces between which a line may end."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

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


class Piece(NamedTuple):
    """LaTeX before which a line may end, and whether a space is before it in a line."""

    latex: str
    spaced: bool


_SIGNS = {
    "′": r"\prime",
    "·": r"\cdot", "⊙": r"\odot", "∗": r"\ast", "×": r"\times", " ": r"\,", "−": "-",
    "≠": r"\ne", "≤": r"\le", "≥": r"\ge", "≈": r"\approx", "Σ": r"\sum", "Π": r"\prod",
    "…": r"\ldots", "∞": r"\infty", "ᵀ": r"\top",
}  # fmt: skip
_FENCES = {"(": ("(", ")"), "|": ("|", "|"), "‖": (r"\|", r"\|")}
_GREEK = {"epsilon": "varepsilon", "phi": "varphi", "final sigma": "varsigma"}
_MINUS = "{-}"  # of one thing; without braces some draw it as if it stood between two
_BREAKS = ("if", "else", "where", "with")  # joints with which a line may begin
_TEXTS = re.compile(r"(?:\\text\{[^{}]*\}){2,}")


def composed(sentence: list[Node | str]) -> list[Piece]:
    """The pieces of a sentence: one begins at ``=``, at some joints and after a comma."""
    found: list[Piece] = []
    line, spaced = "", False

    def end(then_spaced: bool) -> None:
        nonlocal line, spaced
        texts_joined = _TEXTS.sub(lambda texts: texts[0].replace(r"}\text{", ""), line)
        found.append(Piece(texts_joined, spaced))
        line, spaced = "", then_spaced

    for at, item in enumerate(sentence):
        if item == ",":
            line += ","
            end(True)
        elif isinstance(item, str):
            if line and item in _BREAKS:
                end(True)
            last = sentence[at + 1 : at + 2] in ([], [","])
            line += _text(f"{' ' if line else ''}{item}{'' if last else ' '}")
        elif line or not isinstance(item, Relation):
            line += _latex(item, True)
        else:
            line = _latex(item.first, True)
            for sign, side in item.rest:
                if sign == "=":
                    end(False)
                line += f" {_SIGNS.get(sign, sign)} {_latex(side, True)}"
                line = line.lstrip()
    end(False)
    return found


def _latex(node: Node, stacked: bool) -> str:
    """LaTeX of ``node``; a quotient is a fraction if ``stacked``, else it stays in the line."""
    match node:
        case Symbol(letter):
            return _letter(letter)
        case Word(text):
            return _text(text)
        case Sign(text):
            return "".join(_SIGNS.get(one, one) for one in text)
        case Partial(symbol):
            return rf"\partial {_symbol(symbol)}"
        case Complex(text):  # brackets make one number of it
            return rf"({text[:-1].replace('−', '-')}\mathrm{{j}})"
        case Number(digits, power, negative):
            low = _MINUS if power is not None and power < 0 else ""
            tens = "" if power is None else rf" \times 10^{{{low}{abs(power)}}}"
            return f"{_MINUS if negative else ''}{digits}{tens}"
        case Minus(body):
            return f"{_MINUS}{_latex(body, stacked)}"
        case Scripts(base, sub, sup):
            low = "" if sub is None else f"_{{{_latex(sub, False).replace(', ', ',')}}}"
            high = "" if sup is None else f"^{{{_latex(sup, False)}}}"
            return f"{_base(base, stacked)}{low}{high}"
        case Fence(kind, inner):
            return _fenced(kind, _latex(inner, stacked))
        case Call(name, given):
            return f"{_function(name)}{_latex(given, stacked)}"
        case Apply(name, body):
            return rf"{_function(name)}\,{_latex(body, stacked)}"
        case Root(body):
            return rf"\sqrt{{{_latex(body, False)}}}"
        case Big(sign, sub, body):
            low = "" if sub is None else f"_{{{_latex(sub, False)}}}"
            return f"{_SIGNS[sign]}{low} {_after(body, stacked)}"
        case Product(left, sign, right):
            one = _latex(left, stacked)
            if isinstance(left, Quotient) and not _stacks(left, stacked):
                one = f"({one})"
            return f"{one} {_SIGNS[sign]} {_after(right, stacked)}"
        case Quotient(left, right) if _stacks(node, stacked):
            return rf"\dfrac{{{_latex(bare(left), False)}}}{{{_latex(bare(right), False)}}}"
        case Quotient(left, right):
            one, two = _latex(left, stacked), _after(right, stacked)
            one = f"({one})" if isinstance(left, Quotient) else one
            tied = isinstance(right, Big) or (isinstance(right, Number) and right.power is not None)
            return f"{one} / ({two})" if tied else f"{one} / {two}"
        case Sum(first, rest):
            parts = [f"{_SIGNS.get(sign, sign)} {_after(one, stacked)}" for sign, one in rest]
            return " ".join([_latex(first, stacked), *parts])
        case Relation(first, rest):
            parts = [f"{_SIGNS.get(sign, sign)} {_latex(one, stacked)}" for sign, one in rest]
            return " ".join([_latex(first, stacked), *parts])
        case Phrase(items):
            return _phrase(items, stacked)
        case List(items):
            return ", ".join(_latex(one, stacked) for one in items)


def _base(node: Node, stacked: bool) -> str:
    """What bears an index or a power; a number with a sign or a power does so in brackets."""
    text = _latex(node, stacked)
    signed = isinstance(node, Number) and (node.negative or node.power is not None)
    return f"({text})" if signed else text


def _fenced(kind: str, text: str) -> str:
    """Brackets or bars around something, as high as it is."""
    opening, closing = _FENCES[kind]
    if kind != "(" and opening in text:
        raise Unread  # |a|b|c|
    if r"\dfrac" in text or r"\sum" in text or r"\prod" in text:
        return rf"\left{opening} {text} \right{closing}"
    return f"{opening}{text}{closing}"


def _after(node: Node, stacked: bool) -> str:
    """What follows an operator, in brackets if it begins with a minus."""
    text = _latex(node, stacked)
    return _fenced("(", text) if text.startswith(_MINUS) else text


def _stacks(node: Quotient, stacked: bool) -> bool:
    """Whether a quotient becomes a fraction. Not so of a phrase: who knows where it begins?"""
    return stacked and not _is_phrase(node.left) and not _is_phrase(node.right)


def _is_phrase(node: Node) -> bool:
    """Whether there are phrases in a product."""
    match node:
        case Phrase():
            return True
        case Minus(body) | Big(_, _, body):
            return _is_phrase(body)
        case Product(left, _, right) | Quotient(left, right):
            return _is_phrase(left) or _is_phrase(right)
    return False


def _phrase(items: tuple[str | Node, ...], stacked: bool) -> str:
    """Words as text, with the spaces around them."""
    found, words = "", True  # whether the last was a word; nothing needs a space before it
    for at, item in enumerate(items):
        if isinstance(item, str):
            last = at + 1 == len(items)
            found += _text(f"{'' if words else ' '}{item}{'' if last else ' '}")
        elif not words:
            raise Unread  # two formulas and nothing between them
        else:
            found += _latex(item, stacked)
        words = isinstance(item, str)
    return found


def _text(words: str) -> str:
    escaped = words.replace("_", r"\_")
    return rf"\text{{{escaped}}}"


def _function(name: str) -> str:
    if len(name.partition("_")[0]) == 1:
        return _symbol(name)
    return rf"\operatorname{{{name}}}" if name.isalpha() else _text(name)


def _symbol(name: str) -> str:
    letter, _, low = name.partition("_")
    return _letter(letter) + (f"_{{{low}}}" if low else "")


def _letter(letter: str) -> str:
    """A letter of the alphabet, or the command for a Greek one."""
    if letter.isascii():
        return letter
    if len(letter) > 1:
        return rf"\hat{{{_letter(letter[0])}}}"
    named = unicodedata.name(letter).lower().replace("lamda", "lambda")
    _, size, _, name = named.split(" ", 3)  # greek small letter final sigma
    return f"\\{name.capitalize()}" if size == "capital" else f"\\{_GREEK.get(name, name)}"
