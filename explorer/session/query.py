"""What is typed to find something, understood: ``softmax -module:blocks.0* shape:*×768 ms>0.5``.

Terms stand beside each other with spaces between them, and all of them must hold. A word is part
of a name; ``/…/`` is a regular expression on the names; ``op:conv`` and the like look at one
thing; ``params>1M`` compares a number; ``-`` before a term excludes what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter

from explorer.core.problem import Problem, phrase

FILTERS = ("op:", "module:", "kind:", "shape:", "param:", "dtype:", "slow:")
NUMBERS = ("params", "bytes", "ms", "us", "s")
_TEXTS = ("op", "module", "kind", "param", "dtype")
_PARTS = re.compile(r"(-?)(?:([^\W\d_]+)(:|>=|<=|≥|≤|>|<|=))?(.*)", re.S)
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([kmgbt]?)(?:i?b)?", re.I)
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "b": 3, "t": 4}
_SHAPE = re.compile(r"[\w*?'×x,]*|\(\)")
_ANY = r"[^\n\0]"  # sign of a name
_PATIENCE = 0.3  # seconds that somebody waits for a regular expression, whatever it is
SLOWEST = 10  # ops that ``slow:`` finds without a number


class Expression:
    """A regular expression that somebody typed. Some take for ever: what was found until then is
    nothing, and that is said. Raises Problem (kind ``search``)."""

    def __init__(self, pattern: str) -> None:
        import regex  # unlike Python's own, it can be told to stop

        self.pattern = pattern
        self._left = _PATIENCE
        try:
            self._compiled = regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE)
        except regex.error as error:
            raise Problem(
                "search",
                phrase(
                    "“/{pattern}/” is no regular expression ({error}); after \\ a sign such as ( "
                    "or [ stands for itself."
                ),
                pattern=pattern,
                error=error.msg,
            ) from error

    @property
    def whole(self) -> bool:
        """Whether what is found in one line of a text is found in the text as well."""
        return not any(sign in self.pattern for sign in ("(?", r"\A", r"\Z", r"\z"))

    def search(self, text: str) -> bool:
        """Whether it is in a text."""
        began = perf_counter()
        try:
            found = self._compiled.search(text, timeout=max(self._left, 1e-3)) is not None
        except TimeoutError:
            self._left = 0.0
        else:
            self._left -= perf_counter() - began
        if self._left <= 0:
            raise Problem(
                "search",
                phrase("“/{pattern}/” takes too long to look for: make it simpler."),
                pattern=self.pattern,
            )
        return found

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it is in a text, if that is quickly said."""
        try:
            return [found.span() for found in self._compiled.finditer(text, timeout=0.02)]
        except TimeoutError:
            return []


@dataclass(frozen=True)
class Term:
    """One condition. ``field`` is what it looks at: ``""`` the names, a filter (``op``), or a
    number (``ms``). ``word`` is a plain part of a name in lower case, ``pattern`` anything else
    that is looked for in a text, ``parts`` what stands between its wildcards; ``shapes`` the axes
    from the last backwards, in every way to read them; ``number`` the limit, of ``slow`` the
    count."""

    field: str
    excluded: bool = False
    word: str = ""
    pattern: re.Pattern[str] | Expression | None = None
    parts: tuple[str, ...] = ()
    shapes: tuple[tuple[str, ...], ...] = ()
    sign: str = ""
    number: float = 0.0

    def fits(self, names: Iterable[str]) -> bool:
        """Whether one of the names holds what is looked for."""
        if self.pattern is not None:
            return any(self.pattern.search(name) for name in names)
        if self.field == "dtype":  # ``float16`` is no part of ``bfloat16``
            return any(name.lower().startswith(self.word) for name in names)
        return any(self.word in name.lower() for name in names)

    def fits_shape(self, shape: Sequence[int], axes: Sequence[str]) -> bool:
        """Whether the last axes are as the pattern says; no pattern fits everything."""
        if self.word == "()":
            return not shape
        sizes = [(str(size), "") for size in shape]
        for at, name in enumerate(axes[: len(shape)]):
            sizes[at] = sizes[at][0], name.lower()
        return any(_ends_so(sizes, pattern) for pattern in self.shapes)


@dataclass(frozen=True)
class Query:
    """Terms that all must hold."""

    terms: tuple[Term, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The plain words, in lower case: a name that is one of them comes first."""
        return tuple(t.word for t in self.terms if not t.field and not t.excluded and t.word)

    def says(self, text: str) -> bool:
        """Whether a text alone, as the name of a command, is what is looked for."""
        return bool(self.terms) and all(
            not term.field and term.fits((text,)) != term.excluded for term in self.terms
        )

    def emphasis(self, text: str, *fields: str) -> list[tuple[int, int]]:
        """The parts (start, end) of a shown text that were looked for by terms of these fields, or
        as names, in order and apart."""
        parts = []
        for term in self.terms:
            if term.excluded or term.field not in ("", *fields):
                continue
            pattern = term.pattern
            if pattern is None or term.parts:
                words = map(re.escape, term.parts or (term.word,))
                pattern = re.compile("|".join(words), re.I)
            if isinstance(pattern, Expression):
                parts += [(start, end) for start, end in pattern.spans(text) if end > start]
            else:
                parts += [found.span() for found in pattern.finditer(text) if found.group()]
        apart: list[tuple[int, int]] = []
        for start, end in sorted(parts):
            if apart and start <= apart[-1][1]:
                apart[-1] = apart[-1][0], max(end, apart[-1][1])
            else:
                apart.append((start, end))
        return apart


def parse(text: str) -> Query:
    """Understand what was typed. Raises Problem (kind ``search``) with one sentence."""
    return Query(tuple(_term(part) for part in _split(text)))


def _split(text: str) -> list[str]:
    """The terms: spaces part them, but not inside of ``/…/``, which ends before a space."""
    return re.findall(r"-?(?:[^\W\d_]+:)?/(?:\\.|[^\\/])*(?:/|$)(?=\s|$)|\S+", text)


def _term(part: str) -> Term:
    found = _PARTS.fullmatch(part)
    assert found is not None
    dash, field, sign, value = found.groups()
    if field is None and dash and not value:
        return Term("", word="-")  # the label of a subtraction, or the begin of an exclusion
    excluded = bool(dash)
    if field is None:
        return _text("", value, excluded)
    name, sign = field.lower(), {"≥": ">=", "≤": "<="}.get(sign, sign)
    if sign != ":":
        return _comparison(name, sign, value, excluded)
    if name in _TEXTS:
        return _text(name, value, excluded)
    if name == "shape":
        return _shape(value, excluded)
    if name == "slow":
        if value and not value.isdecimal():
            raise Problem(
                "search",
                phrase("“{value}” is no count of ops: slow:10 finds the ten slowest."),
                value=value,
            )
        return Term("slow", excluded, number=float(value or SLOWEST))
    raise Problem(
        "search",
        phrase("There is no filter “{name}:”; there are {filters} and numbers such as params>1M."),
        name=field,
        filters=" ".join(FILTERS),
    )


def _text(field: str, value: str, excluded: bool) -> Term:
    """A part of a text, one with wildcards, or a regular expression."""
    if len(value) > 1 and value.startswith("/"):
        return Term(field, excluded, pattern=_expression(value))
    if "*" in value or "?" in value:
        parts = tuple(part for part in re.split(r"[*?]+", value) if part)
        wild = _wild(value) if field else _wild(f"*{value}*")  # all of it; of the names, any part
        return Term(field, excluded, pattern=re.compile(wild, re.I | re.M), parts=parts)
    return Term(field, excluded, word=value.lower())


def _wild(text: str) -> str:
    """The regular expression for a line that is all as ``text`` says, where ``*`` is anything and
    ``?`` any sign. Each part between two ``*`` is looked for once, where it comes first, so it
    takes no longer than the line is."""
    first, *others = [re.escape(part).replace(r"\?", _ANY) for part in text.split("*")]
    between = "".join(f"(?>{_ANY}*?{part})" for part in others[:-1] if part)
    last = f"{_ANY}*{others[-1]}" if others else ""
    return rf"^(?!\0){first}{between}{last}$"


def _expression(value: str) -> Expression:
    ended = len(value) > 1 and value.endswith("/") and not value.endswith("\\/")
    return Expression(value[1:-1] if ended else value[1:])  # somebody is typing still


def _shape(value: str, excluded: bool) -> Term:
    if value in ("()", "scalar"):
        return Term("shape", excluded, word="()")
    if not _SHAPE.fullmatch(value):
        raise Problem(
            "search",
            phrase(
                "“{value}” is no shape: give sizes or names of axes with × or x between them, and "
                "* for any one, as in shape:*×768 or shape:T×*."
            ),
            value=value,
        )
    lower = value.lower()
    # An axis may have an x in its name, so there are two ways to read one.
    ways = dict.fromkeys(
        tuple(axis for axis in re.split(cut, lower) if axis)[::-1] for cut in ("[×,]", "[×x,]")
    )
    return Term("shape", excluded, shapes=tuple(ways))


def _ends_so(sizes: list[tuple[str, str]], pattern: tuple[str, ...]) -> bool:
    """Whether (size, name) of the last axes are as ``pattern`` has them, the last one first."""
    if len(pattern) > len(sizes):
        return False
    return all(_is_axis(axis, wanted) for axis, wanted in zip(sizes[::-1], pattern, strict=False))


def _is_axis(axis: tuple[str, str], wanted: str) -> bool:
    if wanted == "*":
        return True
    if "*" in wanted or "?" in wanted:
        wild = _wild(wanted)
        return any(part and re.fullmatch(wild, part) for part in axis)
    return wanted in axis


def _comparison(name: str, sign: str, value: str, excluded: bool) -> Term:
    name = "us" if name in ("µs", "μs") else name
    if name not in NUMBERS:
        raise Problem(
            "search",
            phrase("“{name}” is no number that is known; compare {numbers}, as in params>1M."),
            name=name,
            numbers=", ".join(NUMBERS),
        )
    if not value:
        return Term(name, excluded)  # whatever has such a number
    found = _NUMBER.fullmatch(value)
    if found is None:
        raise Problem(
            "search",
            phrase("“{value}” is no number: write 300, 0.5, 20K or 1.5M after {name}{sign}."),
            value=value,
            name=name,
            sign=sign,
        )
    digits, unit = found.groups()
    step = 1024.0 if name == "bytes" else 1000.0
    power = _UNITS[unit.lower()]
    if name == "bytes" and unit.lower() == "b":  # ``300B``
        power = 0
    return Term(name, excluded, sign=sign, number=float(digits) * step**power)
