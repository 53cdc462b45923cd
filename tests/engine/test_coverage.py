"""The coverage run: it misses no layer, it tells right from wrong, and some cases of it hold."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from benchmarks.coverage import layers
from benchmarks.coverage.audit import Case, audit
from benchmarks.coverage.report import document

LAYERS = {f"{case.name}, {case.training}": case for case in layers.cases()}
CHOSEN = (
    "Conv2d", "ReLU (in place)", "BatchNorm2d", "Dropout", "LSTM (batch first, both ways, dropout)",
    "GRUCell", "EmbeddingBag (max_norm)", "MultiheadAttention", "CTCLoss", "Transformer",
    "TransformerEncoderLayer", "FractionalMaxPool2d", "Linear (weight norm)", "Linear (scripted)",
)  # fmt: skip


def case(model: nn.Module) -> Case:
    return Case("a case", "a group", lambda: model, lambda _: ((torch.ones(2, 3),), {}))


def test_every_module_class_of_torch_is_tested_or_left_out_for_a_reason() -> None:
    assert layers.missing() == []
    assert not layers.LEFT_OUT.keys() - set(layers.layer_names())


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", CHOSEN)
def test_layers_hold(name: str, training: bool) -> None:
    result = audit(LAYERS[f"{name}, {training}"])
    assert result.held, result.reasons
    assert result.events > 0


@pytest.mark.parametrize(
    "name", ["llama (eager)", "bert", "t5", "mixtral", "mamba", "swin", "wav2vec2", "clip"]
)
def test_architectures_hold(name: str) -> None:
    pytest.importorskip("transformers")
    from benchmarks.coverage import architectures

    for case in architectures.cases():
        if case.name == name:
            result = audit(case)
            assert result.held, result.reasons


class Unseen(nn.Module):
    """Calls compiled code, which no function mode sees."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = [torch.jit.script(_doubled)]  # not a module: the recorder cannot know of it

    def forward(self, x: Tensor) -> Tensor:
        return self.twice[0](x) + 1


def _doubled(x: Tensor) -> Tensor:
    return x * 2


def test_a_tensor_from_an_op_that_was_not_recorded_is_found() -> None:
    result = audit(case(Unseen()))
    assert result.equal
    assert result.dangling == 1
    assert not result.held
    assert [op.split(".")[1] for op in result.unseen] == ["mul"]


class Counting(nn.Module):
    """Another answer at every call."""

    calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x * self.calls


def test_outputs_that_differ_are_found() -> None:
    result = audit(case(Counting()))
    assert not result.equal
    assert "differs by up to 1" in result.reasons[0]


class Broken(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x @ x


def test_a_case_that_raises_is_a_result_with_a_reason() -> None:
    result = audit(case(Broken()))
    assert not result.held
    assert result.reasons[0].startswith("RuntimeError: mat1 and mat2")


def test_the_page_tells_what_does_not_hold_and_why() -> None:
    good, bad = audit(LAYERS["Conv2d, False"]), audit(case(Broken()))
    page = document([good, bad], layers.LEFT_OUT, [])
    assert "0 of 1 models of `transformers` hold" in page
    assert "1 of 1 forms of `torch.nn` layers hold" in page
    assert (
        "| RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3) | a case |" in page
    )
    assert "| Conv2d | 1 | 1 | yes | 0 | 0 | yes | 0 |" in page
