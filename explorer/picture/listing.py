"""The pass as a table: a row for every op or module call, sorted, filtered, and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from explorer.core.flow import Span, results
from explorer.core.graph import Recording, Value
from explorer.core.problem import phrase
from explorer.core.quantities import MEASURABLE, Amounts, Overlay
from explorer.picture.numbers import shape_text
from explorer.picture.overlay import numbers_of, written

Column = Literal[
    "id", "op", "module", "shape", "dtype", "device",
    "time", "memory", "parameters", "flops", "activation", "gradient",
]  # fmt: skip
TEXTS: tuple[Column, ...] = ("id", "op", "module", "shape", "dtype", "device")
NUMBERS: tuple[Overlay, ...] = (
    "time", "memory", "parameters", "flops", "activation", "gradient"
)  # fmt: skip
COLUMNS: tuple[Column, ...] = (
    "id", "op", "module", "shape", "dtype", "device",
    "time", "memory", "parameters", "flops", "activation", "gradient",
)  # fmt: skip
TITLES: dict[Column, str] = {
    "id": phrase("Id"), "op": phrase("Op"), "module": phrase("Module"),
    "shape": phrase("Output shape"), "dtype": phrase("Data type"), "device": phrase("Device"),
    "time": phrase("Time"), "memory": phrase("Memory"), "parameters": phrase("Parameters"),
    "flops": phrase("FLOPs"), "activation": phrase("Mean |activation|"),
    "gradient": phrase("Gradient norm"),
}  # fmt: skip
# In a file there are plain numbers, so the unit stands above them; no translation changes these.
_HEADER = (
    "id", "op", "module", "output_shape", "dtype", "device", "seconds", "bytes", "parameters",
    "flops", "mean_abs_activation", "gradient_norm",
)  # fmt: skip


class Listing:
    """The rows of a pass, in the order of execution; a column is made when it is first needed.

    ``rows`` are ``ops`` or ``modules``; ``amounts`` what was measured of every event.
    """

    def __init__(
        self,
        recording: Recording,
        rows: Literal["ops", "modules"],
        amounts: Mapping[str, Amounts],
    ) -> None:
        self.recording = recording
        self.rows = rows
        self.amounts = amounts
        self._calls = [call for call in recording.calls if call.first <= call.last]
        self._texts: dict[Column, list[str]] = {}
        self._numbers: dict[Overlay, np.ndarray | None] = {}

    def __len__(self) -> int:
        return len(self._calls if self.rows == "modules" else self.recording.events)

    def event(self, row: int) -> int:
        """The event to go to: of a module its first."""
        return self._calls[row].first if self.rows == "modules" else row

    def events(self, rows: np.ndarray) -> np.ndarray:
        """The events (n,) of rows, each once: modules hold one another."""
        if self.rows == "ops":
            return rows
        held = np.zeros(len(self.recording.events), bool)
        for row in rows.tolist():
            held[self._calls[row].first : self._calls[row].last + 1] = True
        return np.flatnonzero(held)

    def row_of(self, event: int) -> int:
        """The row of an event; of modules the innermost one that it ran in, -1 if none did."""
        if self.rows == "ops":
            return event
        call = self.recording.events[event].call
        return next((n for n, one in enumerate(self._calls) if one.index == call), -1)

    def texts(self, column: Column) -> list[str]:
        """What is written in a column of words."""
        if column not in self._texts:
            self._texts[column] = self._written(column)
        return self._texts[column]

    def numbers(self, column: Overlay) -> np.ndarray | None:
        """The numbers (rows,) of a column, NaN where there is none; None if not measured."""
        if column not in self._numbers:
            self._numbers[column] = self._counted(column)
        return self._numbers[column]

    def cell(self, row: int, column: Column) -> str:
        """What is written in a cell, ``""`` where there is nothing."""
        if column in TEXTS:
            return self.texts(column)[row]
        numbers = self.numbers(column)  # type: ignore[arg-type]
        if numbers is None or math.isnan(numbers[row]):
            return ""
        return written(column, float(numbers[row]))  # type: ignore[arg-type]

    def ordered(self, rows: np.ndarray, column: Column, descending: bool) -> np.ndarray:
        """Rows (n,) sorted by a column; what has no number comes last either way."""
        if column in TEXTS:
            texts = self.texts(column)
            found = sorted(rows.tolist(), key=lambda row: texts[row], reverse=descending)
            return np.array(found, np.int64)
        numbers = self.numbers(column)  # type: ignore[arg-type]
        if numbers is None:
            return rows
        keys = numbers[rows]
        order: np.ndarray = np.argsort(-keys if descending else keys, kind="stable")
        return rows[order]

    def matching(self, words: str) -> np.ndarray:
        """The rows (n,) that have every one of some words in a column of words."""
        wanted = words.lower().split()
        if not wanted:
            return np.arange(len(self))
        found = [n for n, text in enumerate(self._lines) if all(word in text for word in wanted)]
        return np.array(found, np.int64)

    def csv(self, rows: Sequence[int]) -> str:
        """Rows as comma-separated values: seconds, bytes and other plain numbers."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_HEADER)
        words = [self.texts(column) for column in TEXTS]
        numbers = [self.numbers(column) for column in NUMBERS]
        for row in rows:
            plain = ("" if one is None else _plain(float(one[row])) for one in numbers)
            writer.writerow([*(texts[row] for texts in words), *plain])
        return out.getvalue()

    def total(self, column: Overlay, rows: np.ndarray) -> float | None:
        """The sum of a column over rows that are ops, None if it is not known; parameters that
        several ops read count once."""
        recording = self.recording
        if column == "parameters":
            read = {v for row in rows.tolist() for v in recording.events[row].inputs}
            values = (recording.values[v] for v in read)
            return float(sum(math.prod(v.shape) for v in values if v.kind == "parameter"))
        numbers = self.numbers(column)
        return None if numbers is None else float(np.nansum(numbers[rows]))

    @cached_property
    def _lines(self) -> list[str]:
        columns = [self.texts(column) for column in TEXTS]
        return [" ".join(cells).lower() for cells in zip(*columns, strict=True)]

    def _written(self, column: Column) -> list[str]:
        recording = self.recording
        calls, events = recording.calls, recording.events
        modules = self.rows == "modules"
        if column == "id" and modules:
            paths = ((call.module or "·", call.number) for call in self._calls)
            return [f"{path}#{number}" if number else path for path, number in paths]
        if column == "id":
            return [event.id for event in events]
        if column == "op":
            return [c.kind for c in self._calls] if modules else [event.op for event in events]
        if column == "module" and modules:
            return [calls[c.parent].module if c.parent >= 0 else "" for c in self._calls]
        if column == "module":
            return [calls[event.call].module for event in events]
        results = [self._result(row) for row in range(len(self))]
        if column == "shape":
            return ["" if v is None else shape_text(v.shape, v.axes) for v in results]
        return ["" if v is None else str(getattr(v, column)) for v in results]

    def _result(self, row: int) -> Value | None:
        """The first result of an op, or of what a module gives."""
        node = Span(row, row)
        if self.rows == "modules":
            node = Span(self._calls[row].first, self._calls[row].last)
        outputs = results(self.recording, node)
        return self.recording.values[outputs[0]] if outputs else None

    def _counted(self, column: Overlay) -> np.ndarray | None:
        measured = self.amounts.get(column) if column in MEASURABLE else None
        found = numbers_of(self.recording, column, measured)
        if found is None:
            return None
        if self.rows == "ops":
            numbers: np.ndarray = np.where(found.counts > 0, found.values, math.nan)
            return numbers
        each = (found.between(call.first, call.last) for call in self._calls)
        return np.array([math.nan if one is None else one for one in each], np.float64)


def _plain(number: float) -> str:
    if math.isnan(number):
        return ""
    return str(int(number)) if number.is_integer() else repr(number)
