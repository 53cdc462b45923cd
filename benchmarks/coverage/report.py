"""What the cases showed, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version

from benchmarks.coverage.audit import Result

LAYERS = "torch.nn"


def summary(results: Iterable[Result]) -> str:
    """The numbers in a few sentences."""
    results = list(results)
    nn = [r for r in results if r.group == LAYERS]
    models = [r for r in results if r.group != LAYERS]
    lines = []
    if models:
        kinds = {r.kind for r in models if r.held}
        lines.append(
            f"{sum(r.held for r in models)} of {len(models)} models of `transformers` hold, "
            f"of {len(kinds)} classes."
        )
    if nn:
        lines.append(
            f"{sum(r.held for r in nn)} of {len(nn)} cases of `torch.nn` hold, "
            f"of {len({r.name.partition(' ')[0] for r in nn if r.held})} classes."
        )
    lines.append(
        f"{sum(r.events for r in results):,} events were computed again; "
        f"{sum(r.dangling for r in results)} tensors have no origin, "
        f"{sum(r.constants for r in results)} are constants made outside of the pass."
    )
    return "\n".join(lines)


def document(results: list[Result], left_out: Mapping[str, str], missing: list[str]) -> str:
    """docs/coverage.md."""
    models = [r for r in results if r.group != LAYERS]
    failed = [r for r in results if not r.held]
    parts = [
        _HEAD.format(
            torch=version("torch").partition("+")[0], transformers=version("transformers"),
            summary=summary(results).replace("\n", "\n- "),
        )
    ]  # fmt: skip
    parts.append("## What does not hold\n\n")
    if failed:
        parts.append(
            _rows(
                ("case", "why"),
                [(name_of(r), "; ".join(r.reasons).replace("|", "\\|")) for r in failed],
            )
        )
    else:
        parts.append("Nothing.\n")
    parts.append("\n## Models of `transformers`\n")
    for group in dict.fromkeys(r.group for r in models):
        parts.append(f"\n### {group.capitalize()}\n\n")
        parts.append(_rows(_COLUMNS, [_cells(r) for r in models if r.group == group]))
    parts.append("\n## Layers and composites of `torch.nn`\n\n")
    parts.append("Where there is one number the eval and the train pass agree in it.\n\n")
    parts.append(_layers([r for r in results if r.group == LAYERS]))
    parts.append("\nLeft out, and why:\n\n")
    parts.append(_rows(("class", "why"), left_out.items()))
    if missing:
        parts.append(f"\nNot tested yet: {', '.join(missing)}.\n")
    return "".join(parts)


_HEAD = """# What can be recorded

`python -m benchmarks.coverage --write` makes this page (it needs `pip install -e .[hf]`; a few minutes on one core, nothing is downloaded). `python -m benchmarks.coverage NAME` tries some of the cases only.

Every model is small and has random weights. It is called plainly and recorded, both from the same random state, and then:

- **equal**: the recorded output is the plain one bit for bit, the same random numbers were drawn, and parameters and buffers are left as the plain call leaves them.
- **dangling**: tensors that an event took though nothing on the tape made them, while they were computed in the pass. A dispatch mode beneath the recorder sees every aten op and knows.
- **check**: `tape.check()` computes every event again from its recorded inputs, bit for bit.
- **maps**: how many attention maps `tape.attention()` finds.

With torch {torch} and transformers {transformers}:

- {summary}

"""  # noqa: E501
_COLUMNS = ("architecture", "class", "events", "calls", "equal", "dangling", "check", "maps")


def _cells(result: Result) -> tuple[str, ...]:
    return (
        result.name, f"`{result.kind}`" if result.kind else "", str(result.events),
        str(result.calls), _yes(result.equal), str(result.dangling), _yes(result.proved),
        str(result.maps),
    )  # fmt: skip


def _layers(results: list[Result]) -> str:
    """One row a layer: what is the same in eval and train mode is said once."""
    rows = []
    for name in dict.fromkeys(r.name for r in results):
        cells = [_cells(r)[2:] for r in results if r.name == name]
        both = zip(*cells, strict=True)
        rows.append((name, *(" / ".join(dict.fromkeys(pair)) for pair in both)))
    return _rows(("layer", *_COLUMNS[2:]), rows)


def name_of(result: Result) -> str:
    """Its name, with the mode if it is not eval."""
    return f"{result.name}{', train' if result.training else ''}"


def _yes(fact: bool) -> str:
    return "yes" if fact else "**no**"


def _rows(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
