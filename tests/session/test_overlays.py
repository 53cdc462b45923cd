"""Overlays in the pure update: what is measured when, and what becomes of it with another pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.quantities import MEASURABLE, OVERLAYS, Amounts, Measurable
from explorer.session import intents as i
from explorer.session.state import AppState, Engine
from explorer.session.update import update
from tests import recordings
from tests.conversation import answer, says

GPT = recordings.gpt(layers=1)
N = len(GPT.events)


@pytest.fixture
def opened() -> AppState:
    return AppState(page="model", engine=Engine("ready"), model=recordings.info(GPT), recording=GPT)


def part(
    state: AppState, quantity: Measurable, start: int, count: int
) -> tuple[AppState, list[Any]]:
    amounts = Amounts(np.arange(start, start + count, dtype=float), np.ones(count, int), "of z")
    assert state.recording is not None
    reply = m.Quantified(
        tape=state.recording.tape,
        quantity=quantity,
        start=start,
        amounts=amounts,
    )
    state, requests = answer(state, reply, f"quantify/{quantity}")
    return state, list(requests)


def test_what_the_recording_says_needs_no_engine(opened: AppState) -> None:
    for overlay in OVERLAYS:
        state, requests = update(opened, i.ColourBy(overlay))
        assert state.overlay == overlay
        assert [r.quantity for r in requests] == [q for q in (MEASURABLE.get(overlay),) if q]  # type: ignore[attr-defined]


def test_a_quantity_comes_part_by_part_until_it_is_whole(opened: AppState) -> None:
    state, (request,) = update(opened, i.ColourBy("activation"))
    assert (request.start, request.tape) == (0, GPT.tape)  # type: ignore[attr-defined]
    state, (following,) = part(state, "activation", 0, 10)
    assert following.start == 10
    state, none = part(state, "activation", 10, N - 10)
    assert none == []
    assert state.settled
    there = state.amounts["activation"]
    assert there.values.tolist() == list(range(N))
    assert there.note == "of z"
    again, requests = update(state, i.ColourBy("activation"))
    assert requests == []
    assert again.amounts is state.amounts


def test_a_question_is_asked_once(opened: AppState) -> None:
    state, _ = update(opened, i.ColourBy("flops"))
    state, requests = update(state, i.MeasureQuantity("flops"))
    assert requests == []
    _, (other,) = update(state, i.MeasureQuantity("gradient"))
    assert other.quantity == "gradient"  # type: ignore[attr-defined]


def test_another_pass_is_measured_anew(opened: AppState) -> None:
    state, _ = update(opened, i.ColourBy("activation"))
    state, _ = part(state, "activation", 0, N)
    late = state
    new = structs.replace(GPT, tape=2)
    state, (request,) = update(state, m.Recorded(recording=new))
    assert (request.tape, request.start) == (2, 0)  # type: ignore[attr-defined]
    assert state.amounts == {}
    reply = m.Quantified(
        tape=GPT.tape, quantity="activation", start=0, amounts=late.amounts["activation"],
        ticket=late.ticket,
    )  # fmt: skip
    state, _ = update(state, reply)
    assert state.amounts == {}  # that was of the pass before


def test_the_same_pass_with_named_axes_keeps_them(opened: AppState) -> None:
    state, _ = update(opened, i.ColourBy("activation"))
    state, _ = part(state, "activation", 0, N)
    state, requests = update(state, m.Recorded(recording=structs.replace(GPT, weights="named")))
    assert requests == []
    assert len(state.amounts["activation"].values) == N


def test_a_pass_on_which_nobody_wanted_anything_is_not_measured(opened: AppState) -> None:
    _, requests = update(opened, m.Recorded(recording=structs.replace(GPT, tape=2)))
    assert requests == []


def test_another_model_is_measured_only_by_what_colours_it(opened: AppState) -> None:
    state = says(opened, i.MeasureQuantity("flops"), i.ColourBy("activation"))
    other = recordings.mlp()
    state = says(replace(state, opening="x"), m.Opened(model=recordings.info(other, "mlp"), step=0))
    assert state.wanted_amounts == {"activation"}
    assert state.overlay == "activation"


def test_why_it_cannot_be_measured_is_no_banner(opened: AppState) -> None:
    state, _ = update(opened, i.ColourBy("gradient"))
    failed = m.Failed(kind="model", text="No gradient.", remedy="", values={})
    state, requests = answer(state, failed, "quantify/gradient")
    assert requests == []
    assert state.banner is None
    assert state.unmeasured["gradient"].text == "No gradient."
    _, requests = update(state, i.ColourBy("gradient"))
    assert requests == []  # it would only fail again
    state, (request,) = update(state, m.Recorded(recording=structs.replace(GPT, tape=2)))
    assert request.quantity == "gradient"  # type: ignore[attr-defined]
    assert state.unmeasured == {}


def test_next_and_previous_go_round(opened: AppState) -> None:
    state = opened
    seen = []
    for _ in OVERLAYS:
        seen.append(state.overlay)
        state = says(state, i.ColourByNext(1))
    assert tuple(seen) == OVERLAYS
    assert state.overlay == "family"
    assert says(state, i.ColourByNext(-1)).overlay == OVERLAYS[-1]


def test_without_an_engine_it_waits(opened: AppState) -> None:
    lost = replace(opened, engine=Engine("lost"))
    state, requests = update(lost, i.ColourBy("flops"))
    assert requests == []
    back = replace(state, engine=Engine("ready"))
    _, (request,) = update(back, m.Recorded(recording=structs.replace(GPT, tape=5)))
    assert request.quantity == "flops"  # type: ignore[attr-defined]


def test_table_and_wires_are_toggled(opened: AppState) -> None:
    state = says(opened, i.ToggleTable(), i.ChooseRows("modules"), i.ToggleWeighedWires())
    assert (state.table, state.rows, state.weighed_wires) == (True, "modules", True)
    state = says(state, i.ToggleTable(), i.ToggleWeighedWires())
    assert (state.table, state.weighed_wires) == (False, False)


def test_figures_are_toggled_and_stay_so_for_the_next_pass(opened: AppState) -> None:
    state = says(opened, i.ToggleFigure())
    assert state.figure
    assert says(state, i.StepBy("over"), i.ShowTab("architecture")).figure
    assert not says(state, i.ToggleFigure()).figure
