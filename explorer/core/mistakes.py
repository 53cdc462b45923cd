"""What is wrong in a file that a person wrote, in words that say how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

_TAGS = {"mlp", "cnn", "gpt", "points", "digits", "table", "text"}
_Say = Callable[[Mapping[str, Any]], str]

# By pydantic's word for the mistake. What follows is what was found.
_SAID: dict[str, _Say] = {
    "greater_than": lambda c: f"must be greater than {_plain(c['gt'])}",
    "greater_than_equal": lambda c: f"must be at least {_plain(c['ge'])}",
    "less_than": lambda c: f"must be less than {_plain(c['lt'])}",
    "less_than_equal": lambda c: f"must be at most {_plain(c['le'])}",
    "literal_error": lambda c: f"must be {c['expected']}",
    "union_tag_invalid": lambda c: f"must be one of {c['expected_tags']}",
    "string_too_short": lambda c: f"must have {_count(c['min_length'], 'character')} or more",
    "too_short": lambda c: f"must have {_count(c['min_length'], 'entry', 'entries')} or more",
    "too_long": lambda c: f"must have {_count(c['max_length'], 'entry', 'entries')} or fewer",
    "finite_number": lambda c: "must be a finite number",
    "string_type": lambda c: "must be text in quotes",
    "tuple_type": lambda c: "must be a list in brackets",
    "list_type": lambda c: "must be a list in brackets",
    **dict.fromkeys(("model_type", "model_attributes_type"), lambda c: "must be a table"),
    **dict.fromkeys(("bool_type", "bool_parsing"), lambda c: "must be true or false"),
    **dict.fromkeys(("float_type", "float_parsing"), lambda c: "must be a number"),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_from_float"), lambda c: "must be a whole number"
    ),
    "int_parsing_size": lambda c: "has too many digits",
}  # fmt: skip


def mistakes_of(error: ValidationError, given: object, whole: str = "preset") -> list[str]:
    """One line per mistake in ``given``, which is a ``whole``: key path, what is wrong, how to mend
    it. They come in the order of the file, what is missing at the end of its table."""
    found = []
    for item in error.errors(include_url=False):
        # pydantic puts the chosen member of a union into the path; people did not write it
        union = item["loc"][:1] in (("model",), ("data",))
        path = [p for i, p in enumerate(item["loc"]) if not (union and i == 1 and p in _TAGS)]
        if item["type"].startswith("union_tag"):
            path.append(item["ctx"]["discriminator"].strip("'"))
        said = _said(item["type"], path, item, whole)
        found.append((_place(path, given), f"{'.'.join(map(str, path)) or whole}: {said}"))
    return [line for _, line in sorted(found, key=lambda one: one[0])]


def _said(kind: str, path: Sequence[str | int], item: Mapping[str, Any], whole: str) -> str:
    if kind in ("missing", "union_tag_not_found"):
        return f"is missing; add {path[-1]} = …"
    if kind == "extra_forbidden":
        table = ".".join(map(str, path[:-1]))
        return f"is not a key of {f'[{table}]' if table else f'a {whole}'}; remove it"
    if kind == "value_error":
        return str(item["msg"]).removeprefix("Value error, ")
    context, value = item.get("ctx", {}), item["input"]
    if kind == "union_tag_invalid":
        value = context["tag"]
    if kind in ("tuple_type", "list_type") and isinstance(value, Mapping):
        return f"is a list of tables; write [[{'.'.join(map(str, path))}]] over each"
    said = _SAID[kind](context) if kind in _SAID else item["msg"]
    return f"{said}, not {_short(value)}" if kind in _SAID else f"{said} (found {_short(value)})"


def _place(path: Sequence[str | int], given: object) -> tuple[int, ...]:
    """Where a key path is in a file."""
    places = []
    for part in path:
        if isinstance(given, Mapping):
            keys = list(given)
            places.append(keys.index(part) if part in given else len(keys))
            given = given.get(part)
        elif isinstance(given, list) and isinstance(part, int):
            places.append(part)
            given = given[part] if part < len(given) else None
    return tuple(places)


def _plain(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def _short(found: Any) -> str:
    text = repr(found)
    return text if len(text) <= 60 else text[:57] + "…"
