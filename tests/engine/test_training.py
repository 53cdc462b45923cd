"""Training: learns, is deterministic, changes live, resumes bit for bit, fails plainly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from explorer.core.messages import Boundary, Confusion, OpenModel, Sample
from explorer.core.presets import load_preset
from explorer.core.problem import Problem
from explorer.core.spec import GPTSpec
from explorer.engine import training
from explorer.engine.build import build
from explorer.engine.checkpoint import load, save_checkpoint, save_weights
from explorer.engine.learner import Learner
from explorer.engine.probes import probe
from explorer.engine.training import _layers
from tests.engine.learning import run, same, spirals, trainer, weights

PRESETS = ("first-network", "spirals-mlp", "digits-cnn", "char-gpt")


def test_curves_tell_accuracy_and_gradient_norms() -> None:
    made = spirals()
    x, y = made.data.train
    rows = torch.randperm(320, generator=torch.Generator().manual_seed(0))[:32]
    model = build(load_preset("spirals-mlp").preset.model, 0)
    logits = model(x[rows])
    nn.functional.cross_entropy(logits, y[rows]).backward()
    found = run(made, 1)
    right = (logits.argmax(-1) == y[rows]).float().mean().item()
    assert found["train/accuracy"].tolist() == [[1, pytest.approx(right)]]
    layer = model.get_submodule("layers.2")
    norm = (
        torch.cat([p.grad.flatten() for p in layer.parameters() if p.grad is not None])
        .norm()
        .item()
    )
    assert found["gradient/layers.2"][0, 1] == pytest.approx(norm, rel=1e-6)
    assert {n for n in found if "grad" in n} == {f"gradient/layers.{i}" for i in (0, 2, 4)}
    assert made.curves() == {}


def test_gradients_are_followed_by_as_many_parts_as_fit_one_picture() -> None:
    model = build(load_preset("char-gpt").preset.model, 0)
    parts = _layers(model)
    assert list(parts) == [
        "token_embedding", "position_embedding", *(f"blocks.{n}" for n in range(4)), "ln_f",
        "lm_head",
    ]  # fmt: skip
    assert sum(len(own) for own in parts.values()) == len(list(model.parameters()))
    deep = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)) for _ in range(12)))
    assert len(_layers(deep)) == 12
    assert len(_layers(nn.Sequential(*(nn.Linear(2, 2) for _ in range(40))))) == 40


def test_the_same_seed_gives_the_same_curve_bit_for_bit() -> None:
    first, second, other = (run(spirals(seed=seed), 120) for seed in (4, 4, 5))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not np.array_equal(first["train/loss"], other["train/loss"])


def test_a_reset_begins_the_same_training_again() -> None:
    preset = load_preset("spirals-mlp").preset.model_dump(mode="json")
    learner = Learner(OpenModel(preset=preset, weights=None, run=""), torch.device("cpu"))
    first = run(learner.trainer, 15)
    learner.reset()
    again = run(learner.trainer, 15)
    assert again["train/loss"].tolist() == first["train/loss"].tolist()
    assert learner.trainer.seen == 15 * learner.plan.batch_size


def test_reading_curves_and_probes_changes_nothing() -> None:
    quiet, watched = spirals(), spirals()
    run(quiet, 30)
    for _ in range(30):
        run(watched, 1)
        probe(watched.model, load_preset("spirals-mlp").preset, watched.data)
    assert same(weights(quiet), weights(watched))


def test_batches_go_through_all_data_before_any_comes_again() -> None:
    made = spirals(batch_size=50)
    drawn = torch.cat([made._batch()[0] for _ in range(7)])[:320]
    assert len({tuple(p) for p in drawn.tolist()}) == 320
    assert made.epoch == pytest.approx(350 / 320)
    made.change(made.plan.model_copy(update={"batch_size": 1000}))
    assert len(made._batch()[0]) == 1000


def test_a_plan_changes_from_the_next_step() -> None:
    made = spirals(steps=4)
    run(made, 2)
    before = weights(made)
    made.change(made.plan.model_copy(update={"learning_rate": 1e-12, "steps": 9}))
    run(made, 1)
    moved = max((weights(made)[n] - before[n]).abs().max().item() for n in before)
    assert 0 <= moved < 1e-9
    assert not made.finished
    made.change(made.plan.model_copy(update={"optimizer": "sgd", "batch_size": 7}))
    assert isinstance(made.optimizer, torch.optim.SGD)
    assert run(made, 3)["train/loss"][:, 0].tolist() == [4, 5, 6]


def test_the_weight_decay_changes_from_the_next_step() -> None:
    made, other = spirals(optimizer="sgd"), spirals(optimizer="sgd", weight_decay=0.5)
    made.change(other.plan)
    made.step()
    other.step()
    assert same(weights(made), weights(other))


def test_dropout_is_on_in_training_and_off_in_validation() -> None:
    preset = load_preset("char-gpt").preset
    small = {"context": 8, "layers": 1, "heads": 1, "width": 8, "dropout": 0.9}
    model = preset.model.model_copy(update=small)
    made = trainer(preset.model_copy(update={"model": model}), batch_size=4)
    modes: list[bool] = []
    drops = [module for module in made.model.modules() if isinstance(module, nn.Dropout)]
    assert drops
    drops[0].register_forward_hook(lambda module, given, found: modes.append(module.training))
    made.step()
    made.validate()
    asked = len(modes)
    made.step()
    assert modes == [True, *[False] * (asked - 1), True]
    assert asked > 1


def test_validation_comes_at_intervals_and_at_the_end() -> None:
    found = run(spirals(steps=350), 350)
    assert found["validation/loss"][-1, 0] == 350
    assert found["validation/loss"][:3, 0].tolist() == [3, 6, 9]
    assert found["validation/accuracy"][-1, 1] > 0.6


def test_validation_is_over_an_even_part_of_the_data_and_over_all_of_it_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "_VALIDATION_ROWS", 10)
    made = spirals(steps=2)
    curves = run(made, 2)
    inputs, targets = made.data.validation
    assert len(inputs) == 80
    with torch.no_grad():
        logits = made.model(inputs)
    part = nn.functional.cross_entropy(logits[::8], targets[::8]).item()
    whole = nn.functional.cross_entropy(logits, targets).item()
    assert made.validate()[0] == pytest.approx(part)
    assert curves["validation/loss"][-1].tolist() == [2, pytest.approx(whole)]
    assert part != pytest.approx(whole)


def test_a_loss_that_is_no_number_stops_with_a_problem() -> None:
    made = spirals(optimizer="sgd")
    with torch.no_grad():
        next(made.model.parameters()).fill_(float("nan"))
    with pytest.raises(Problem, match="NaN at step 1") as caught:
        run(made, 1)
    assert caught.value.kind == "training"


def test_a_loss_that_is_too_large_is_told_from_one_that_is_no_number() -> None:
    made = spirals(learning_rate=1e-9)
    last = [module for module in made.model.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.tensor([3e38, -3e38]))  # finite, their difference is not
    with pytest.raises(Problem, match="The loss became ∞ at step 1,"):
        run(made, 1)


@pytest.mark.parametrize("name", PRESETS)
def test_shipped_weights_reach_what_the_preset_says(name: str) -> None:
    shipped = load_preset(name)
    told = shipped.preset.weights
    assert told is not None
    assert shipped.weights is not None
    assert shipped.weights.stat().st_size <= 4e6
    made = trainer(shipped.preset)
    load(shipped.weights, made.model)
    loss, accuracy = made.validate(everything=True)
    assert loss == pytest.approx(told.validation_loss, rel=0.05)
    assert accuracy == pytest.approx(told.validation_accuracy, abs=0.01)
    if name == "digits-cnn":
        assert accuracy >= 0.97


def test_shipped_weights_come_from_the_seed() -> None:
    shipped = load_preset("first-network")
    made = trainer(shipped.preset)
    run(made, shipped.preset.train.steps)
    kept = build(shipped.preset.model)
    assert shipped.weights is not None
    load(shipped.weights, kept)
    for name, tensor in kept.state_dict().items():  # processors differ in the last bits
        torch.testing.assert_close(made.model.state_dict()[name], tensor, rtol=1e-2, atol=1e-3)


def test_probes_suit_the_data() -> None:
    points = load_preset("spirals-mlp").preset
    made = trainer(points)
    seen = probe(made.model, points, made.data)
    assert isinstance(seen, Boundary)
    rows, columns = seen.field.shape
    x0, x1, _, y1 = seen.extent
    corner = made.model(torch.tensor([[x0, y1], [x1, y1]])).softmax(-1)[:, 1]  # top left, top right
    np.testing.assert_allclose(seen.field[0, [0, columns - 1]], corner.detach(), atol=1e-6)
    assert (len(seen.points), seen.train, rows) == (400, 320, 120)

    digits = load_preset("digits-cnn").preset
    made = trainer(digits)
    seen = probe(made.model, digits, made.data)
    assert isinstance(seen, Confusion)
    assert seen.counts.sum() == 359
    right = np.trace(seen.counts) / 359
    assert right == pytest.approx(made.validate(everything=True)[1])
    actual = np.bincount(made.data.validation[1].numpy(), minlength=10)
    assert np.array_equal(seen.counts.sum(1), actual)

    gpt = load_preset("char-gpt")
    made = trainer(gpt.preset)
    assert gpt.weights is not None
    load(gpt.weights, made.model)
    seen, again = (probe(made.model, gpt.preset, made.data, 1) for _ in range(2))
    assert isinstance(seen, Sample)
    assert seen == again
    assert len(seen.text) == 80
    english = {"the", "a", "is", "of", "to", "and", "in", "with", "class", "by", "name", "value"}
    assert english & set(seen.text.split())


def test_layers_are_told_of_small_mlps_only() -> None:
    assert [w.shape for w in spirals().layers()] == [(8, 2), (8, 8), (2, 8)]
    assert trainer(load_preset("digits-cnn").preset).layers() == ()
    assert trainer(load_preset("char-gpt").preset).layers() == ()


# ---------------------------------------------------------------- checkpoints


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "rmsprop"])
def test_a_checkpoint_goes_on_bit_for_bit(tmp_path: Path, optimizer: str) -> None:
    shipped = load_preset("char-gpt").preset
    assert isinstance(shipped.model, GPTSpec)
    small = shipped.model.model_copy(
        update={"layers": 1, "width": 16, "context": 8, "dropout": 0.2}
    )
    preset = shipped.model_copy(update={"model": small})
    straight = trainer(preset, optimizer=optimizer, batch_size=4, steps=20)
    first = trainer(preset, optimizer=optimizer, batch_size=4, steps=20)
    whole = run(straight, 20)
    torch.manual_seed(0)
    run(first, 9)
    save_checkpoint(tmp_path / "c.safetensors", first.model, first.state())

    torch.manual_seed(99)
    second = trainer(preset, optimizer=optimizer, batch_size=4, steps=20, seed=0)
    with torch.no_grad():
        for p in second.model.parameters():
            p.zero_()
    state = load(tmp_path / "c.safetensors", second.model)
    assert state is not None
    second.load_state(state)
    rest = run(second, 11)
    straight_state = weights(straight)
    assert same(straight_state, weights(second))
    assert np.array_equal(whole["train/loss"][9:], rest["train/loss"])
    assert second.step_number == 20


def test_weights_round_trip_and_a_checkpoint_is_a_weights_file_too(tmp_path: Path) -> None:
    made = spirals()
    run(made, 3)
    save_weights(tmp_path / "w.safetensors", made.model)
    save_checkpoint(tmp_path / "c.safetensors", made.model, made.state())
    for name, is_checkpoint in (("w", False), ("c", True)):
        other = spirals(seed=7)
        state = load(tmp_path / f"{name}.safetensors", other.model)
        assert (state is not None) is is_checkpoint
        assert same(weights(made), weights(other))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.safetensors", "w.safetensors"]


def test_weights_that_do_not_fit_name_what_differs(tmp_path: Path) -> None:
    save_weights(tmp_path / "w.safetensors", build(load_preset("first-network").preset.model))
    made = spirals()
    before = weights(made)
    with pytest.raises(Problem) as caught:
        load(tmp_path / "w.safetensors", made.model)
    assert caught.value.kind == "weights"
    said = str(caught.value)
    assert "layers.0.weight: 8×2 ≠ 5×10" in said
    assert "layers.4.weight: 2×8 ≠ –" in said
    assert same(before, weights(made))


def test_weights_with_more_than_the_model_has_do_not_fit(tmp_path: Path) -> None:
    made = spirals()
    state = {n: t.contiguous() for n, t in made.model.state_dict().items()}
    save_file(state | {"more.bias": torch.ones(3)}, tmp_path / "w.safetensors")
    with pytest.raises(Problem, match=r"more\.bias: – ≠ 3"):
        load(tmp_path / "w.safetensors", made.model)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    made = spirals()
    run(made, 2)
    before = weights(made)
    good = tmp_path / "good.safetensors"
    save_checkpoint(good, made.model, made.state())
    cut, garbage, bare = (tmp_path / n for n in ("cut", "garbage", "bare"))
    cut.write_bytes(good.read_bytes()[:-100])
    garbage.write_bytes(os.urandom(5000))
    state = {n: t.contiguous() for n, t in made.model.state_dict().items()}
    save_file(state, bare, {"layerscope": json.dumps({"step": 3})})
    partly = tmp_path / "partly"
    with safe_open(good, "pt") as file:
        whole = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = json.loads(file.metadata()["layerscope"])
    del about["plan"]
    save_file(whole, partly, {"layerscope": json.dumps(about)})
    for file in (cut, garbage, bare, partly, tmp_path / "absent", tmp_path):
        with pytest.raises(Problem) as caught:
            load(file, made.model)
        assert caught.value.kind == "weights"
        assert str(file) in str(caught.value)
    assert same(before, weights(made))


def test_a_disk_that_cannot_be_written_keeps_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = spirals()
    file = tmp_path / "w.safetensors"
    save_weights(file, made.model)
    before = file.read_bytes()
    run(made, 1)

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Problem, match="No space left on device") as caught:
        save_weights(file, made.model)
    assert caught.value.kind == "disk"
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]
    with pytest.raises(Problem, match="cannot be written"):
        save_weights(file / "inside-a-file", made.model)


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f".layerscope-weights.{gone.pid}"
    theirs = tmp_path / f".layerscope-weights.{os.getppid()}"
    left.write_bytes(b"half")
    theirs.write_bytes(b"in the making")
    save_weights(tmp_path / "w.safetensors", nn.Linear(2, 2))
    kept = {p.name for p in tmp_path.iterdir()}
    assert kept == {"w.safetensors", theirs.name}


@pytest.mark.parametrize("name", ["spirals-mlp", "digits-cnn"])
def test_probes_go_in_batches(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trainer(load_preset(name).preset)
    preset = load_preset(name).preset
    whole = probe(made.model, preset, made.data)
    rows: list[int] = []
    made.model.register_forward_pre_hook(lambda _, given: rows.append(len(given[0])))
    monkeypatch.setattr("explorer.engine.probes._VALUES_AT_ONCE", 8 * 1000)
    parts = probe(made.model, preset, made.data)
    assert len(rows) > 1
    assert max(rows) <= 1000
    if isinstance(whole, Boundary):
        assert isinstance(parts, Boundary)
        np.testing.assert_allclose(parts.field, whole.field, atol=1e-6)
    else:
        assert isinstance(whole, Confusion)
        assert isinstance(parts, Confusion)
        assert (parts.counts == whole.counts).all()
