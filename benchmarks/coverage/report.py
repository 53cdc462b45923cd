"""What the cases showed, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from benchmarks.coverage.audit import Result

LAYERS = "torch.nn"


def summary(results: list[Result]) -> str:
    """The numbers in a few sentences."""
    models = [r for r in results if r.group != LAYERS]
    layers = [r for r in results if r.group == LAYERS]
    lines = []
    for what, some in (
        ("models of `transformers`", models),
        ("forms of `torch.nn` layers", layers),
    ):
        names = {(r.group, r.name) for r in some}
        failed = {(r.group, r.name) for r in some if not r.held}
        kinds = {r.name.partition(" ")[0] if r.group == LAYERS else r.kind for r in some if r.held}
        if some:
            lines.append(
                f"{len(names - failed)} of {len(names)} {what} hold in every mode tried "
                f"({len(kinds)} classes, {sum(r.held for r in some)} of {len(some)} passes)."
            )
    lines.append(
        f"{sum(r.events for r in results):,} events were computed again. "
        f"{sum(r.dangling for r in results)} tensors have no origin; "
        f"{sum(r.constants for r in results)} are constants, made of plain numbers or before "
        "the pass."
    )
    return "\n".join(lines)


def document(results: list[Result], left_out: Mapping[str, str], missing: list[str]) -> str:
    """docs/coverage.md."""
    models = [r for r in results if r.group != LAYERS]
    parts = [
        _HEAD.format(
            torch=_version("torch").partition("+")[0],
            transformers=_version("transformers"),
            summary=summary(results).replace("\n", "\n- "),
        ),
        "## What does not hold\n\n",
        _failures(results),
        "\n## Models of `transformers`\n",
    ]
    for group in dict.fromkeys(r.group for r in models):
        some = [r for r in models if r.group == group]
        parts.append(f"\n### {group.capitalize()}\n\n")
        parts.append(_rows(("architecture", "class", *_COLUMNS), _merged(some, _cells)))
    some = [r for r in results if r.group == LAYERS]
    parts.append("\n## Layers and composites of `torch.nn`\n\n")
    parts.append(_rows(("layer", *_COLUMNS), _merged(some, lambda r: _cells(r)[1:])))
    parts.append("\nLeft out, and why:\n\n")
    parts.append(_rows(("class", "why"), left_out.items()))
    if missing:
        parts.append(f"\nNot tested yet: {', '.join(missing)}.\n")
    return "".join(parts)


_HEAD = """# What can be recorded

`python -m benchmarks.coverage --write` makes this page (it needs `pip install -e .[hf]`; a few minutes on one core, nothing is downloaded). `python -m benchmarks.coverage NAME` tries some of the cases only.

Every model is small and has random weights. It is called plainly and recorded, both from the same random state, in eval and in train mode. Where the two modes differ in a number, the table has both: eval / train.

- **equal**: the recorded output is the plain one bit for bit, the same random numbers were drawn, and parameters and buffers are left as the plain call leaves them.
- **constants**: tensors on the tape that are neither parameters, buffers nor inputs, and that no event made.
- **dangling**: those of them that were computed in the pass from other tensors, so that the tape does not know where they come from. A dispatch mode beneath the recorder sees every aten op and knows.
- **check**: `tape.check()` computes every event again from its recorded inputs, bit for bit.
- **maps**: how many attention maps `tape.attention()` finds.

With torch {torch} and transformers {transformers}:

- {summary}

"""  # noqa: E501
_COLUMNS = ("events", "calls", "equal", "constants", "dangling", "check", "maps")


def _failures(results: list[Result]) -> str:
    """A row for every reason, with all that fails for it."""
    cases: dict[str, list[str]] = {}
    for result in results:
        if not result.held:
            reason = "; ".join(result.reasons).replace("|", "\\|")
            cases.setdefault(reason, []).append(name_of(result))
    if not cases:
        return "Nothing.\n"
    return _rows(("why", "what"), [(reason, ", ".join(names)) for reason, names in cases.items()])


def _cells(result: Result) -> tuple[str, ...]:
    return (
        f"`{result.kind}`" if result.kind else "", str(result.events), str(result.calls),
        _yes(result.equal), str(result.constants), str(result.dangling), _yes(result.proved),
        str(result.maps),
    )  # fmt: skip


def _merged(
    results: list[Result], cells: Callable[[Result], tuple[str, ...]]
) -> Iterator[tuple[str, ...]]:
    """One row a name: what is the same in eval and train mode is said once."""
    for name in dict.fromkeys(r.name for r in results):
        both = zip(*(cells(r) for r in results if r.name == name), strict=True)
        yield name, *(" / ".join(dict.fromkeys(pair)) for pair in both)


def name_of(result: Result) -> str:
    """Its name, with the mode if it is not eval."""
    return f"{result.name}{', train' if result.training else ''}"


def _yes(fact: bool) -> str:
    return "yes" if fact else "**no**"


def _rows(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
