"""What a node is worth in a quantity, on which scale; and the same as a table."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest

from explorer.core.graph import Recording
from explorer.core.quantities import Amounts
from explorer.picture.layout import Layout
from explorer.picture.listing import COLUMNS, Listing
from explorer.picture.overlay import Scale, kinds_of, numbers_of
from explorer.picture.scene import Box
from tests import recordings


@pytest.fixture(scope="module")
def gpt() -> Recording:
    return recordings.gpt(layers=2)


def boxes(recording: Recording, *opened: int) -> dict[str, Box]:
    scene = Layout(recording).scene(frozenset({0, *opened}), frozenset(range(len(recording.calls))))
    return {box.title: box for box in scene.boxes}


def amounts(recording: Recording, counted: int = 1) -> Amounts:
    """Event n is worth n + 1, and stands for that many numbers."""
    n = len(recording.events)
    values = np.arange(1.0, n + 1)
    counts = np.arange(1, n + 1) if counted else np.zeros(n, int)
    return Amounts(values, counts)


def test_modules_have_the_sum_of_time_and_bytes(gpt: Recording) -> None:
    block = boxes(gpt)["blocks.0"]
    inside = gpt.events[block.first : block.last + 1]
    time, memory = numbers_of(gpt, "time"), numbers_of(gpt, "memory")
    assert time is not None
    assert memory is not None
    assert time.of(block) == pytest.approx(sum(event.seconds for event in inside))
    results = [gpt.values[v].bytes for event in inside for v in event.outputs]
    assert memory.of(block) == sum(results)
    tokens = boxes(gpt)["tokens"]
    assert time.of(tokens) is None  # an input took no time


def test_parameters_are_those_of_the_module_not_of_its_ops() -> None:
    shared = recordings.shared()  # one cell, called three times
    numbers = numbers_of(shared, "parameters")
    assert numbers is not None
    cell = next(box for title, box in boxes(shared).items() if title.startswith("cell"))
    assert numbers.of(cell) == 4 * 4 + 4
    assert numbers.between(0, len(shared.events) - 1) == 4 * 4 + 4
    assert numbers.of(next(box for box in boxes(shared).values() if box.kind == "circle")) is None


def test_flops_add_up_means_are_weighed_and_norms_are_of_all(gpt: Recording) -> None:
    block = boxes(gpt)["blocks.1"]
    values = np.arange(block.first + 1.0, block.last + 2)
    of = {
        name: found.of(block)
        for name in ("flops", "activation", "gradient")
        if (found := numbers_of(gpt, name, amounts(gpt))) is not None
    }
    assert of["flops"] == values.sum()
    assert of["activation"] == pytest.approx((values**2).sum() / values.sum())
    assert of["gradient"] == pytest.approx(float(np.linalg.norm(values)))


def test_what_is_not_measured_or_not_counted_is_not_0(gpt: Recording) -> None:
    block = boxes(gpt)["blocks.0"]
    assert numbers_of(gpt, "flops") is None
    short = Amounts(np.ones(3), np.ones(3, int))
    assert numbers_of(gpt, "flops", short) is None  # not all of it is there
    none = numbers_of(gpt, "flops", amounts(gpt, counted=0))
    assert none is not None
    assert none.of(block) is None


def test_a_scale_is_logarithmic_where_numbers_span_decades() -> None:
    even = Scale.of(np.array([2.0, 5.0, 10.0]))
    assert (even.low, even.high, even.logarithmic) == (0.0, 10.0, False)
    assert even.share(5.0) == 0.5
    wide = Scale.of(np.array([0.0, 1e-6, 1.0, math.inf, math.nan]))
    assert wide.logarithmic
    assert wide.share(1e-3) == pytest.approx(0.5)
    assert wide.share(0.0) == 0.0
    assert wide.share(1.0) == 1.0
    assert wide.at(wide.share(0.02)) == pytest.approx(0.02)
    nothing = Scale.of(np.array([0.0]))
    assert nothing.share(0.0) == 0.0


def test_the_scale_does_not_depend_on_what_is_open(gpt: Recording) -> None:
    numbers = numbers_of(gpt, "time")
    assert numbers is not None
    each = [event.seconds for event in gpt.events]
    assert (numbers.scale.low, numbers.scale.high) == (min(each), pytest.approx(sum(each)))


def test_kinds_have_names_and_a_module_may_have_several(gpt: Recording) -> None:
    kinds = kinds_of(gpt, "dtype")
    assert kinds is not None
    assert kinds.names == ("int64", "float32", "bool")
    found = boxes(gpt)
    assert kinds.names[kinds.of(found["token_embedding"]) or 0] == "float32"
    assert kinds.of(found["blocks.0"]) == -1  # its mask is of flags
    assert kinds.said(found["blocks.0"]) == "float32, bool"
    assert kinds.said(found["token_embedding"]) == "float32"
    assert kinds.of(found["tokens"]) is None
    assert kinds.said(found["tokens"]) == ""
    assert kinds_of(gpt, "device") is not None
    assert kinds_of(gpt, "time") is None


# ------------------------------------------------------------------ the table


def test_a_row_for_every_op_and_every_module(gpt: Recording) -> None:
    ops, modules = Listing(gpt, "ops", {}), Listing(gpt, "modules", {})
    assert (len(ops), len(modules)) == (len(gpt.events), len(gpt.calls))
    assert ops.texts("id")[5] == gpt.events[5].id
    at = modules.texts("id").index("blocks.0.attn")
    assert modules.cell(at, "op") == "CausalSelfAttention"
    assert modules.cell(at, "module") == "blocks.0"
    assert modules.cell(at, "shape") == "(B 1, T 18, C 128)"
    assert modules.event(at) == next(c.first for c in gpt.calls if c.module == "blocks.0.attn")


def test_modules_list_what_the_map_shows(gpt: Recording) -> None:
    listing = Listing(gpt, "modules", {"flops": amounts(gpt)})
    at = listing.texts("id").index("blocks.0")
    block = boxes(gpt)["blocks.0"]
    for column in ("time", "memory", "parameters", "flops"):
        shown = numbers_of(gpt, column, amounts(gpt))
        listed = listing.numbers(column)
        assert shown is not None
        assert listed is not None
        assert listed[at] == shown.of(block)


def test_the_ops_of_modules_that_hold_one_another_count_once(gpt: Recording) -> None:
    modules = Listing(gpt, "modules", {})
    rows = modules.matching("blocks.0")
    inside = [e.index for e in gpt.events if gpt.calls[e.call].module.startswith("blocks.0")]
    assert len(rows) > 1
    assert modules.events(rows).tolist() == inside
    assert modules.events(modules.matching("")).tolist() == list(range(len(gpt.events)))
    assert modules.events(modules.matching("no such")).tolist() == []


def test_sorting_puts_what_is_unknown_last_both_ways(gpt: Recording) -> None:
    known = amounts(gpt)
    known.counts[3] = 0
    listing = Listing(gpt, "ops", {"flops": known})
    every = np.arange(len(listing))
    down, up = (listing.ordered(every, "flops", largest).tolist() for largest in (True, False))
    assert down[-1] == up[-1] == 3
    assert down[0] == len(listing) - 1
    assert up[0] == 0
    by_op = [gpt.events[row].op for row in listing.ordered(every, "op", False).tolist()]
    assert by_op == sorted(by_op)
    assert Listing(gpt, "ops", {}).ordered(every, "flops", True) is every  # nobody measured them


def test_filtering_asks_for_every_word(gpt: Recording) -> None:
    listing = Listing(gpt, "ops", {})
    found = listing.matching("BLOCKS.1 linear").tolist()
    assert found
    assert all(
        gpt.events[row].op == "linear" and gpt.events[row].id.startswith("blocks.1")
        for row in found
    )
    assert listing.matching("").tolist() == list(range(len(listing)))
    assert listing.matching("no such op").size == 0


def test_csv_has_plain_numbers_and_gaps(gpt: Recording) -> None:
    known = amounts(gpt)
    known.counts[1] = 0
    text = Listing(gpt, "ops", {"flops": known}).csv([0, 1])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2
    assert len(rows[0]) == len(COLUMNS)
    event = gpt.events[0]
    assert rows[0]["id"] == event.id
    assert float(rows[0]["seconds"]) == event.seconds
    assert rows[0]["bytes"] == str(gpt.values[event.outputs[0]].bytes)
    assert rows[0]["flops"] == "1"
    assert rows[1]["flops"] == ""  # not counted
    assert rows[0]["mean_abs_activation"] == ""  # not measured
    assert rows[0]["output_shape"] == "(T 18)"


def test_a_parameter_that_two_ops_read_counts_once_in_the_total() -> None:
    shared = recordings.shared()
    listing = Listing(shared, "ops", {})
    assert listing.total("parameters", np.arange(len(listing))) == 4 * 4 + 4
    assert listing.total("flops", np.arange(len(listing))) is None
