"""The settings of an op in words: what is not as it usually is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.engine.naming import detail

IMAGE, WEIGHT = torch.zeros(1, 4, 8, 8), torch.zeros(4, 4, 3, 3)


@pytest.mark.parametrize(
    ("func", "args", "kwargs", "said"),
    [
        (F.conv2d, (WEIGHT,), {}, "4 → 4, 3×3"),
        (F.conv2d, (WEIGHT, None, 1, 2, 2), {}, "4 → 4, 3×3, padding 2, dilation 2"),
        (F.conv2d, (WEIGHT[:, :1],), {"groups": 4}, "1 → 4, 3×3, groups 4"),
        (F.conv_transpose2d, (WEIGHT, None, 1, 0, 0, 1, 2), {}, "4 → 4, 3×3, dilation 2"),
        (F.avg_pool2d, (3, 1, 1), {}, "3×3, stride 1, padding 1"),
        (F.avg_pool2d, (3,), {"count_include_pad": False}, "3×3, count_include_pad False"),
        (F.max_pool2d, (3, 1, 0, 2), {}, "3×3, stride 1, dilation 2"),
        (F.group_norm, (2,), {}, "2 groups"),
    ],
)
def test_of_layers(
    func: Callable[..., Tensor], args: tuple[Any, ...], kwargs: dict[str, Any], said: str
) -> None:
    func(IMAGE, *args, **kwargs)
    name = "max_pool2d" if func is F.max_pool2d else func.__name__  # that one goes by a switch
    assert detail(name, func, (IMAGE, *args), kwargs) == said
