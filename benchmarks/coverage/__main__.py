"""python -m benchmarks.coverage [NAME …] [--json] [--write]: record many models, prove each tape.

NAME is part of a case's name or group; without any, all cases run. ``--json`` prints one object a
line, ``--write`` writes docs/coverage.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import sys
import warnings
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.coverage import layers
from benchmarks.coverage.audit import Case, Result, audit
from benchmarks.coverage.report import document, name_of, summary

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


def main() -> int:
    """Run the cases asked for; 1 if one of them does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write and options.names:
        parser.error("--write needs a run of all cases")
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)  # models warn about options that do not matter here
    warnings.simplefilter("ignore")

    errors = Console(stderr=True)
    cases = chosen(options.names)
    results = [audit(case) for case in track(cases, "Recording", console=errors)]
    if options.json:
        for result in results:
            print(json.dumps(dataclasses.asdict(result)))
    else:
        console = Console(width=None if sys.stdout.isatty() else 130, highlight=False)
        console.print(_table(results))
        for result in results:
            for reason in result.reasons:
                console.print(f"{name_of(result)}: {reason}", markup=False)
        console.print(summary(results))
    if options.write:
        PAGE.write_text(document(results, layers.LEFT_OUT, layers.missing()), encoding="utf-8")
    return 0 if all(result.held for result in results) else 1


def chosen(names: list[str]) -> list[Case]:
    """The cases whose name or group contains one of the names."""
    from benchmarks.coverage import architectures

    found = [*layers.cases(), *architectures.cases()]
    return [c for c in found if not names or any(n in c.name or n in c.group for n in names)]


def _table(results: list[Result]) -> Table:
    table = Table("name", "class", "events", "calls", "equal", "dangling", "check", "maps")
    for result in results:
        table.add_row(
            name_of(result), result.kind, str(result.events), str(result.calls),
            "yes" if result.equal else "[red]no", str(result.dangling),
            "yes" if result.proved else "[red]no", str(result.maps),
        )  # fmt: skip
    return table


if __name__ == "__main__":
    sys.exit(main())
