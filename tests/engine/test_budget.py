"""Recording within a memory budget: everything is as without one, and memory stays small."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import explorer
from explorer.engine import replay
from explorer.engine.budget import Budget, free_memory
from explorer.engine.proof import same
from tests.engine.forwards import MODELS, Net
from tests.engine.test_random_modules import C, Random, steps

BUDGETS = (0, 100, 1000)


def assert_same(tape: explorer.Tape, free: explorer.Tape) -> None:
    """Whether two tapes of the same pass say the same."""
    assert [v.name for v in tape.values] == [v.name for v in free.values]
    assert [e.inputs for e in tape.events] == [e.inputs for e in free.events]
    assert [e.outputs for e in tape.events] == [e.outputs for e in free.events]
    assert tape.outputs == free.outputs
    assert tape.bytes == free.bytes
    for ref, value in enumerate(free.values):
        assert same(tape.value(ref), free.value(ref)), value.name
    proof = tape.check()
    assert proof, proof.wrong


@pytest.mark.parametrize("bytes", BUDGETS)
@pytest.mark.parametrize("gradients", [False, True], ids=["no_grad", "grad"])
@pytest.mark.parametrize("f", MODELS, ids=lambda f: f.__name__)
def test_a_tape_is_exact_under_any_budget(f: Any, gradients: bool, bytes: int) -> None:
    x = torch.randn(4, 4, generator=torch.Generator().manual_seed(1))
    with torch.set_grad_enabled(gradients):
        torch.manual_seed(0)
        free = explorer.record(Net(f), x.clone())
        torch.manual_seed(0)
        with explorer.budget(bytes):
            tape = explorer.record(Net(f), x.clone())
    assert_same(tape, free)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps, seed=st.integers(0, 99), bytes=st.sampled_from((0, 64, 200, 500)))
def test_any_module_is_recorded_exactly_under_any_budget(
    steps: list[tuple[int, int, int]], seed: int, bytes: int
) -> None:
    def recorded(limit: int | None) -> explorer.Tape:
        torch.manual_seed(seed)
        model, x, y = Random(steps), torch.randn(C, C), torch.randn(C, C)
        with torch.no_grad(), explorer.budget(limit):
            return explorer.record(model, x, {"y": y})

    assert_same(recorded(bytes), recorded(None))


def recorded(model: nn.Module, *args: Any, limit: int | None) -> explorer.Tape:
    torch.manual_seed(0)
    with torch.no_grad(), explorer.budget(limit):
        return explorer.record(model, *args)


class Deep(nn.Module):
    """Residual blocks, each wider inside than the stream between them."""

    def __init__(self, blocks: int = 12) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(8, 64), nn.GELU(), nn.Linear(64, 8)) for _ in range(blocks)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = x + block(x)
        return x


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps that are computed again from now on."""
    done: list[str] = []
    perform = replay.perform

    def performed(step: Any, *args: Any) -> Any:
        done.append(step.func.__name__)
        return perform(step, *args)

    monkeypatch.setattr(replay, "perform", performed)
    return done


def test_what_is_kept_stays_within_the_budget_and_any_value_costs_about_a_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, x = Deep(), torch.randn(16, 8)
    free = recorded(model, x, limit=None)
    assert free.kept_bytes == free.bytes == 12 * 4 * 16 * (64 + 64 + 8 + 8)
    limit = free.bytes // 5
    tape = recorded(model, x, limit=limit)
    assert tape.bytes == free.bytes
    assert 0 < tape.kept_bytes <= limit
    done = counted(monkeypatch)
    for name in [event.id for event in tape.events]:
        before = len(done)
        assert torch.equal(tape.value(name), free.value(name))
        assert len(done) - before <= 8, name  # a block has four
        assert tape.kept_bytes <= limit
    assert len(done) > 0


def test_the_values_asked_for_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    tape = recorded(Deep(), torch.randn(16, 8), limit=40_000)
    assert tape.kept_bytes <= 30_000
    name = next(e.id for e in tape.events if tape.script.tensors[e.outputs[0]] is None)
    tape.value(name)
    done = counted(monkeypatch)
    tape.value(name)
    assert done == []
    for event in tape.events:
        tape.value(event.id)
    assert tape.kept_bytes <= 40_000
    del done[:]
    tape.value(name)
    assert done != []


def test_without_pressure_nothing_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tape = recorded(Deep(), torch.randn(16, 8), limit=1 << 20)
    done = counted(monkeypatch)
    for ref in range(len(tape.values)):
        tape.value(ref)
    assert done == []


def test_a_replay_under_a_budget_is_the_model_run_with_the_change() -> None:
    model, x, other = Deep(), torch.randn(16, 8), torch.randn(16, 8)
    for limit in (0, 20_000):
        tape = recorded(model, x, limit=limit)
        free = recorded(model, other, limit=None)
        again = tape.replay({"x": other})
        for ref in range(len(free.values)):
            assert torch.equal(again.value(ref), free.value(ref))
        assert torch.equal(again.output, free.output)
        further = again.replay({"add#3": tape.value("add#3")})
        for ref, value in enumerate(tape.values):
            source = free if value.writer <= tape.script.steps_by_name["add#3"] else tape
            if value.name != "add#3":
                assert torch.equal(further.value(ref), source.value(ref)), value.name


def test_attention_opening_and_gradients_under_a_budget() -> None:
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    model, x = nn.TransformerEncoder(layer, 2).eval(), torch.randn(2, 5, 16)
    maps, others = (recorded(model, x, limit=limit).attention() for limit in (0, None))
    assert len(maps) == len(others) == 2
    assert all(torch.equal(a.weights, b.weights) for a, b in zip(maps, others, strict=True))
    opened = recorded(model, x, limit=0).open(1)
    assert opened is not None
    assert opened.deviation < 1e-5
    with explorer.budget(0):
        tape = explorer.record(Deep(), torch.randn(4, 8))
    back = tape.backward(tape.output.sum())
    assert set(back.gradients) >= {r for v in tape.events for r in v.outputs}
    assert tape.kept_bytes == tape.bytes  # autograd holds them anyway


def test_what_cannot_be_computed_again_is_kept() -> None:
    class Counter(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.calls: Tensor
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return x * self.calls

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = torch.jit.script(Counter())

        def forward(self, x: Tensor) -> Any:
            first, second = self.inner(x), self.inner(x)
            return [(first + i) * (second + torch.empty(4)) for i in range(9)][-1] * 2

    model, x = Model(), torch.ones(4)
    tape = recorded(model, x, limit=0)
    assert tape.value("inner/Counter#0").tolist() == [1] * 4
    assert tape.value("inner/Counter#1").tolist() == [2] * 4
    last = (tape.value("add#16") * tape.value("add#17")) * 2
    assert same(last, tape.output)


def test_constants_are_not_taken_for_values_that_were_at_the_same_address() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Any:
            out = []
            for i in range(40):
                made = torch.vmap(lambda row: row * 2)(x + i)  # nobody sees it being made
                made.add_(i)
                out.append((made * 3).sum())
            return out

    x = torch.randn(4, 4)
    tape = recorded(Model(), x, limit=0)
    for i in range(40):
        assert torch.equal(tape.value(f"constant#{i}"), (x + i) * 2)
        assert torch.equal(tape.value(f"add_#{i}"), (x + i) * 2 + i)
    assert all(
        torch.equal(tape.value(r), o) for r, o in zip(tape.outputs, tape.output, strict=True)
    )
    assert tape.check()


def test_what_does_not_fit_on_a_gpu_goes_to_main_memory_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The copies are the same from any device, so this one is called a GPU."""
    model, x = Deep(), torch.randn(16, 8)
    free = recorded(model, x, limit=None)
    monkeypatch.setattr(Budget, "beside", lambda self, device: 1 << 20)
    tape = recorded(model, x, limit=10_000)
    assert tape.kept_bytes <= 10_000
    assert tape.spilled_bytes >= free.bytes - 10_000
    done = counted(monkeypatch)
    for ref in range(len(free.values)):
        assert torch.equal(tape.value(ref), free.value(ref))
    assert done == []
    monkeypatch.setattr(Budget, "beside", lambda self, device: 10_000)
    tape = recorded(model, x, limit=10_000)
    assert 0 < tape.spilled_bytes <= 10_000
    assert_same(tape, free)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_spills_and_drops() -> None:
    model, x = Deep().cuda(), torch.randn(16, 8, device="cuda")
    free = recorded(model, x, limit=None)
    for host in (0, 10_000, 1 << 20):
        with torch.no_grad(), explorer.budget(10_000, host):
            tape = explorer.record(model, x)
        assert tape.spilled_bytes <= host
        assert_same(tape, free)


@pytest.mark.parametrize("limit", [0, None])
def test_a_tape_goes_as_soon_as_nobody_has_it(limit: int | None) -> None:
    tape = recorded(Deep(), torch.randn(16, 8), limit=limit)
    for ref in range(len(tape.values)):
        tape.value(ref)
    gone = weakref.ref(tape)
    gc.disable()
    try:
        del tape
        assert gone() is None
    finally:
        gc.enable()


def test_a_quarter_of_what_is_free_is_used() -> None:
    cpu = torch.device("cpu")
    free = free_memory(cpu)
    assert free is not None
    assert Budget().of(cpu) == pytest.approx(free / 4, rel=0.3)
    with explorer.budget(5):
        assert Budget().of(cpu) == 5
    assert Budget().asked is None


PEAK = """
import re, sys, torch, explorer
from torch import nn

def peak(what):
    return int(re.search(what + r":\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024

torch.set_num_threads(1)
model = nn.Sequential(*(layer for _ in range(50) for layer in (nn.Linear(256, 256), nn.GELU())))
x = torch.randn(4096, 256)
with torch.no_grad(), explorer.budget(40_000_000):
    model(x)
    before = peak("VmHWM")
    tape = explorer.record(model, x)
    for name in ("3/gelu#0", "50/linear#0", "97/gelu#0"):
        tape.value(name)
    print(peak("VmHWM") - before, tape.bytes, tape.kept_bytes)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux counts the peak")
def test_the_process_grows_by_the_budget_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    grown, all_of_it, kept = map(int, done.stdout.split())
    assert all_of_it > 10 * 40_000_000
    assert kept <= 40_000_000
    assert grown < 2 * 40_000_000
