"""What a convolution multiplied for a cell, against PyTorch on shapes of all sorts."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.core.convolution import Products, ProductsView
from explorer.core.problem import Problem
from explorer.engine.convolving import multiplied
from explorer.engine.tape import Tape
from tests.engine.explaining import record

_ROUNDING = {
    torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 5e-2, torch.float16: 5e-3,
}  # fmt: skip


def seen(
    tape: Tape, index: tuple[int, ...], channel: int = 0, size: tuple[int, int] = (64, 64),
    most: int = 512,
) -> Products:  # fmt: skip
    view = ProductsView(0, tape.outputs[0], index, channel, size, most)
    here = {ref: ref for ref in range(len(tape.values))}
    return multiplied(tape, view.value, here, view, tape.value(view.value))


def drawn(pick: random.Random, axes: int, transposed: bool) -> tuple[Tape, dict[str, Any]]:
    """A convolution of shapes drawn by chance, recorded, and the options of the call."""
    groups = pick.choice((1, 1, 2, 3))
    into, out = groups * pick.randint(1, 3), groups * pick.randint(1, 3)
    kernel = [pick.randint(1, 4) for _ in range(axes)]
    options: dict[str, Any] = {
        "stride": tuple(pick.randint(1, 3) for _ in range(axes)),
        "padding": tuple(pick.randint(0, 2) for _ in range(axes)),
        "dilation": tuple(pick.randint(1, 2) for _ in range(axes)),
        "groups": groups,
    }
    if not transposed and pick.random() < 0.3:
        options |= {"stride": 1, "padding": "same"}
    shape = [pick.randint(1, 2), into, *(pick.randint(8, 11) for _ in range(axes))]
    first = (into, out // groups) if transposed else (out, into // groups)
    kind = pick.choice(list(_ROUNDING))
    x, W, b = torch.randn(shape), torch.randn(*first, *kernel), torch.randn(out)
    call: Callable[..., Tensor] = getattr(F, f"conv{'_transpose' * transposed}{axes}d")
    bias = b.to(kind) if pick.random() < 0.7 else None
    tape = record(lambda x: call(x, W.to(kind), bias, **options), x.to(kind))
    return tape, options


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("axes", [1, 2])
def test_the_products_are_those_of_the_op(axes: int, transposed: bool) -> None:
    pick = random.Random(10 * axes + transposed)
    torch.manual_seed(axes)
    for _ in range(40):
        tape, options = drawn(pick, axes, transposed)
        y = tape.value(tape.outputs[0])
        index = tuple(pick.randrange(n) for n in y.shape)
        each = seen(tape, index).each
        found = [seen(tape, index, channel) for channel in range(each)]
        near = _ROUNDING[y.dtype]
        one = found[0]
        assert one.number == float(y[index])
        assert one.total == pytest.approx(one.number, rel=near, abs=near), options
        assert one.total == pytest.approx(sum(part.sum for part in found) + one.offset)
        assert [part.sum for part in found] == pytest.approx(one.sums.tolist())
        x, W = tape.value(one.input), tape.value(one.weight)
        for channel, part in enumerate(found):
            assert part.channel == channel
            assert np.array_equal(part.products, part.seen * part.weights)
            output, plane = index[1], x[index[0], part.first + channel].double()
            own = output % W.shape[1] if transposed else output
            slice_ = W[part.first + channel, own] if transposed else W[own, channel]
            assert np.array_equal(part.weights, slice_.double().numpy().reshape(part.weights.shape))
            if not transposed:
                assert np.array_equal(part.seen, patch(plane, part, index[2:]))


def patch(plane: Tensor, part: Products, place: tuple[int, ...]) -> np.ndarray:
    """What PyTorch itself has under the kernel: the windows that `unfold` cuts out."""
    slide = part.slide
    rows = plane.reshape(slide.size)
    pads = [p for n, p in enumerate(slide.padding)]
    wide = F.pad(rows, [pads[1], pads[1] + 9, pads[0], pads[0] + 9])
    cut = F.unfold(
        wide[None, None], slide.kernel, dilation=slide.dilation, stride=slide.stride
    )  # (1, kernel, places)
    height, reach = wide.shape[1], slide.dilation[1] * (slide.kernel[1] - 1) + 1
    columns = (height - reach) // slide.stride[1] + 1
    row, column = (0, *place)[-2:]
    return cut[0, :, row * columns + column].reshape(slide.kernel).numpy()


def test_no_more_comes_than_there_is_room_for() -> None:
    torch.manual_seed(0)
    x, W = torch.randn(1, 600, 300), torch.randn(4, 600, 128)
    tape = record(lambda x: F.conv1d(x, W, padding=64), x)
    whole = seen(tape, (0, 2, 10), 7, (1000, 1000), 1000)
    few = seen(tape, (0, 2, 10), 7, (16, 50), 100)
    assert few.products.shape == few.seen.shape == few.weights.shape == (1, 43)
    assert few.block == (1, 3)
    assert few.sum == pytest.approx(whole.sum)  # blocks are added up
    assert few.total == whole.total
    strongest = whole.weights[0, :3]
    assert few.weights[0, 0] == strongest[np.abs(strongest).argmax()]
    assert len(few.channels) == len(few.sums) == 100
    assert np.array_equal(few.sums, whole.sums[few.channels])
    assert np.abs(whole.sums[:6]).max() == abs(few.sums[0])


def test_of_another_op_and_of_complex_numbers_it_says_so() -> None:
    tape = record(torch.relu, torch.randn(1, 2, 3, 3))
    with pytest.raises(Problem, match="No convolution of real numbers"):
        seen(tape, (0, 0, 0, 0))
    W = torch.randn(2, 2, 3, 3, dtype=torch.complex64)
    tape = record(lambda x: F.conv2d(x, W), torch.randn(1, 2, 5, 5, dtype=torch.complex64))
    with pytest.raises(Problem, match="No convolution of real numbers"):
        seen(tape, (0, 0, 0, 0))


def test_where_nothing_meets_the_kernel_all_is_the_bias() -> None:
    W, b = torch.randn(2, 3, 1, 1), torch.randn(3)
    tape = record(lambda x: F.conv_transpose2d(x, W, b, stride=3), torch.randn(1, 2, 4, 4))
    found = seen(tape, (0, 1, 1, 1))
    assert not found.products.any()
    assert found.total == found.offset == pytest.approx(float(b[1]))


def test_an_image_without_a_batch_has_the_same_products() -> None:
    torch.manual_seed(1)
    W, x = torch.randn(4, 2, 3, 3), torch.randn(2, 6, 6)
    alone, batch = record(lambda x: F.conv2d(x, W), x), record(lambda x: F.conv2d(x, W), x[None])
    one, other = seen(alone, (3, 2, 1), 1), seen(batch, (0, 3, 2, 1), 1)
    assert np.array_equal(one.products, other.products)
    assert one.total == other.total
