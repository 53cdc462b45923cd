"""Files of tensors: what is in them, and putting them into a model."""

from __future__ import annotations

import argparse
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from explorer.core.problem import Problem
from explorer.core.sources import WeightsFile
from explorer.engine.build import build
from explorer.engine.checkpoint import save_checkpoint
from explorer.engine.sources import find, put_weights
from explorer.engine.sources import weights as weights_module


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


class Wrapped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.model = net()


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 3)
        self.head = nn.Linear(3, 5, bias=False)
        self.head.weight = self.table.weight


@pytest.fixture
def state() -> dict[str, Tensor]:
    torch.manual_seed(1)
    return {name: t + 1 for name, t in net().state_dict().items()}


def same(model: nn.Module, state: dict[str, Tensor]) -> bool:
    return all(torch.equal(t, state[name]) for name, t in model.state_dict().items())


def said(path: Path) -> str:
    with pytest.raises(Problem) as caught:
        find(str(path))
    return str(caught.value)


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt", "w.bin", "old.pth"])
def test_names_shapes_and_dtypes(name: str, tmp_path: Path, state: dict[str, Tensor]) -> None:
    file = tmp_path / name
    if name == "w.safetensors":
        save_file(state, file)
    else:
        torch.save(state, file, _use_new_zipfile_serialization=not name.startswith("old"))
    found = find(str(file))
    assert isinstance(found, WeightsFile)
    assert sorted(found.tensors) == sorted(
        (n, tuple(t.shape), str(t.dtype).removeprefix("torch.")) for n, t in state.items()
    )
    model = net()
    assert put_weights(model, str(file)) == name
    assert same(model, state)


@pytest.mark.parametrize(
    "nest",
    [
        lambda s: {"state_dict": s, "epoch": 3, "optimizer": {"state": {0: torch.ones(2)}}},
        lambda s: {"model": s, "step": torch.tensor(7)},
        lambda s: {"pytorch-lightning_version": "2", "state_dict": s, "loops": {"a": [1]}},
        lambda s: {"generator": s, "epoch": 1},
        lambda s: {**s, "epoch": 3},
    ],
)
def test_checkpoints_that_hold_more(nest: Any, tmp_path: Path, state: dict[str, Tensor]) -> None:
    torch.save(nest(state), tmp_path / "c.ckpt")
    model = net()
    assert put_weights(model, str(tmp_path / "c.ckpt")) == "c.ckpt"
    assert same(model, state)


def test_a_checkpoint_of_a_training_here(tmp_path: Path) -> None:
    from explorer.core.spec import MLPSpec

    model = build(MLPSpec(family="mlp", sizes=(2, 3, 2)), 1)
    state = {"optimizer": {"state": {0: {"m": torch.ones(2)}}, "param_groups": []}, "step": 1}
    save_checkpoint(tmp_path / "c.safetensors", model, state)
    other = build(MLPSpec(family="mlp", sizes=(2, 3, 2)), 2)
    put_weights(other, str(tmp_path / "c.safetensors"))
    assert same(other, model.state_dict())


class Evil:
    def __reduce__(self) -> Any:
        return (open, (str(Path(Evil.mark)), "w"))

    mark = ""


def test_full_pickles_are_refused_and_do_nothing(tmp_path: Path) -> None:
    torch.save(net(), tmp_path / "whole.pt")
    assert "torch.nn.modules" in (text := said(tmp_path / "whole.pt"))
    assert "would run its code" in text
    assert "torch.save(model.state_dict(), “weights.pt”)" in text
    torch.save({"state_dict": {}, "hparams": argparse.Namespace(a=1)}, tmp_path / "n.ckpt")
    assert "argparse.Namespace" in said(tmp_path / "n.ckpt")
    Evil.mark = str(tmp_path / "ran")
    for protocol in (2, 4):
        (tmp_path / "evil.bin").write_bytes(pickle.dumps(Evil(), protocol))
        assert "would run its code" in said(tmp_path / "evil.bin")
    torch.save({"w": torch.ones(1), "evil": Evil()}, tmp_path / "evil.pt")
    assert "would run its code" in said(tmp_path / "evil.pt")
    with pytest.raises(Problem):
        put_weights(net(), str(tmp_path / "evil.pt"))
    assert not (tmp_path / "ran").exists()


def test_compiled_programs_are_told_from_weights(tmp_path: Path) -> None:
    torch.jit.script(net()).save(str(tmp_path / "p.pt"))
    assert "TorchScript" in said(tmp_path / "p.pt")
    with zipfile.ZipFile(tmp_path / "z.pt", "w") as archive:
        archive.writestr("a/b.txt", "x")
    assert "not one that torch.save wrote" in said(tmp_path / "z.pt")


def test_files_that_are_cut_off_or_something_else(tmp_path: Path, state: dict[str, Tensor]) -> None:
    save_file(state, tmp_path / "whole.safetensors")
    torch.save(state, tmp_path / "whole.pt")
    torch.save(state, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    for name in ("whole.safetensors", "whole.pt", "old.pt"):
        data = (tmp_path / name).read_bytes()
        for keep in (5, 100, len(data) // 2, len(data) - 3):
            cut = tmp_path / f"cut{Path(name).suffix}"
            cut.write_bytes(data[:keep])
            text = said(cut)
            assert "cut off" in text or "no file of weights" in text or "more than tensors" in text
            assert str(cut) in text
    other = tmp_path / "x.safetensors"
    other.write_bytes(b"")
    assert "is empty" in said(other)
    other.write_bytes(b"<!DOCTYPE html><html>")
    assert "web page" in said(other)
    other.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n")
    assert "git lfs pull" in said(other)
    other.write_bytes(b"\xff" * 100)
    assert "no safetensors file" in said(other)
    other.rename(tmp_path / "x.bin")
    assert "no file of weights" in said(tmp_path / "x.bin")
    torch.save([1, 2], tmp_path / "list.pt")
    assert "no tensors by name" in said(tmp_path / "list.pt")


def test_what_does_not_fit_is_listed_and_nothing_changes(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    state["2.weight"] = torch.ones(2, 5)
    state["extra.bias"] = state.pop("0.bias")
    state |= {f"more.{n}": torch.ones(n) for n in range(1, 11)}
    torch.save(state, tmp_path / "w.pt")
    model = net()
    before = {n: t.clone() for n, t in model.state_dict().items()}
    with pytest.raises(Problem) as caught:
        put_weights(model, str(tmp_path / "w.pt"))
    text = str(caught.value)
    assert "Shapes in the file → in the model" in text
    assert "• 2.weight  2×5 → 2×4\n" in text
    assert "• 0.bias  – → 4\n" in text
    assert "• extra.bias  4 → –\n" in text
    assert "\n  … and 3 more.\nChoose" in text
    assert same(model, before)


@pytest.mark.parametrize("prefix", ["module.", "model.", "_orig_mod.", "module._orig_mod.", "a.b."])
def test_what_wrappers_put_in_front_is_taken_off(
    prefix: str, tmp_path: Path, state: dict[str, Tensor]
) -> None:
    save_file({prefix + n: t for n, t in state.items()}, tmp_path / "w.safetensors")
    model = net()
    assert put_weights(model, str(tmp_path / "w.safetensors")) == f"w.safetensors (− {prefix})"
    assert same(model, state)


def test_a_wrapped_model_takes_plain_names(tmp_path: Path, state: dict[str, Tensor]) -> None:
    save_file(state, tmp_path / "w.safetensors")
    model = Wrapped()
    assert put_weights(model, str(tmp_path / "w.safetensors")) == "w.safetensors (+ model.)"
    assert same(model.model, state)


def test_names_between_are_cleaned_too(tmp_path: Path, state: dict[str, Tensor]) -> None:
    odd = {n.replace("2.", "2._orig_mod."): t for n, t in state.items()}
    save_file(odd, tmp_path / "w.safetensors")
    assert put_weights(net(), str(tmp_path / "w.safetensors")) == "w.safetensors (− _orig_mod.)"


def test_numbers_are_converted_and_that_is_said(tmp_path: Path, state: dict[str, Tensor]) -> None:
    half = {n: t.half() if t.is_floating_point() else t for n, t in state.items()}
    save_file(half, tmp_path / "w.safetensors")
    model = net()
    label = put_weights(model, str(tmp_path / "w.safetensors"))
    assert label == "w.safetensors (float16 → float32)"
    assert torch.equal(model.get_parameter("0.weight"), half["0.weight"].float())
    save_file(half | {"0.weight": torch.ones(4, 3, dtype=torch.int64)}, tmp_path / "i.safetensors")
    with pytest.raises(Problem, match=r"0\.weight  4×3 int64 → 4×3 float32"):
        put_weights(net(), str(tmp_path / "i.safetensors"))


def test_a_counter_that_was_halved_is_a_counter_again(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    state = {n: t.half() for n, t in model.state_dict().items()}
    state["1.num_batches_tracked"] = torch.tensor(7.0, dtype=torch.float16)
    save_file(state, tmp_path / "w.safetensors")
    put_weights(model, str(tmp_path / "w.safetensors"))
    assert model[1].num_batches_tracked == 7
    save_file(state | {"1.num_batches_tracked": torch.tensor(7.5)}, tmp_path / "w.safetensors")
    with pytest.raises(Problem, match=r"1\.num_batches_tracked  1 float32 → 1 int64"):
        put_weights(model, str(tmp_path / "w.safetensors"))


def test_of_tied_weights_one_is_enough(tmp_path: Path) -> None:
    save_file({"table.weight": torch.ones(5, 3)}, tmp_path / "w.safetensors")
    model = Tied()
    put_weights(model, str(tmp_path / "w.safetensors"))
    assert model.head.weight is model.table.weight
    assert torch.equal(model.head.weight, torch.ones(5, 3))


class Noted(nn.Linear):
    """A layer whose state holds more than tensors."""

    def __init__(self) -> None:
        super().__init__(3, 3)
        self.note = {"scale": 1}

    def get_extra_state(self) -> dict[str, int]:
        return self.note

    def set_extra_state(self, state: Any) -> None:
        raise AssertionError("a pickle's objects are not for models")


@pytest.mark.parametrize("kind", [Noted, lambda: nn.Linear(3, 3)])
def test_what_a_model_keeps_besides_tensors_stays(kind: Any, tmp_path: Path) -> None:
    saved = kind()
    torch.save(saved.state_dict(), tmp_path / "w.pt")
    model = Noted()
    model.note["scale"] = 2
    assert put_weights(model, str(tmp_path / "w.pt")) == "w.pt"
    assert torch.equal(model.weight, saved.weight)
    assert model.note == {"scale": 2}


def test_being_given_up_half_way_leaves_the_model_as_it_was(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    class GivenUp(BaseException):
        pass

    class Stubborn(nn.Linear):
        def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
            if not torch.equal(args[0][f"{args[1]}weight"], self.weight):
                raise GivenUp
            super()._load_from_state_dict(*args, **kwargs)

    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), Stubborn(4, 2))
    before = {n: t.clone() for n, t in model.state_dict().items()}
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(GivenUp):
        put_weights(model, str(tmp_path / "w.safetensors"))
    assert same(model, before)


def test_more_than_the_memory_is_said_before_it_is_loaded(
    tmp_path: Path, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(state, tmp_path / "w.safetensors")
    monkeypatch.setattr(weights_module, "free_memory", lambda device: 64)
    with pytest.raises(Problem, match=r"but only 0\.0 MB are free on cpu"):
        put_weights(net(), str(tmp_path / "w.safetensors"))


def test_what_fits_no_way_is_listed_by_the_names_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "other.pt"
    torch.save({"stage.conv": torch.zeros(3), "stage.norm": torch.zeros(3)}, file)
    with pytest.raises(Problem) as caught:
        put_weights(nn.Sequential(nn.Linear(2, 2)), str(file))
    assert "• stage.conv  3 → –\n" in str(caught.value)
    assert "more" not in str(caught.value)
    assert "0.stage.conv" not in str(caught.value)


def test_two_tensors_that_would_get_one_name_fit_no_model(tmp_path: Path) -> None:
    model, file = nn.Linear(3, 4), tmp_path / "w.safetensors"
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    two = {"weight": torch.zeros(4, 3), "module.weight": torch.ones(4, 3), "bias": torch.zeros(4)}
    save_file(two, file)
    with pytest.raises(Problem, match=r"• module\.weight  4×3 → –"):
        put_weights(model, str(file))
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
