"""Where an op was given sizes that do not fit, our words say which."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.graph import Failure
from explorer.core.misfit import misfit
from explorer.engine.tape import Tape
from tests.engine.explaining import record

Form = Callable[[Tensor], Tensor]


def failure(form: Form) -> Failure:
    """Of a pass over (2, 3, 6) that raises."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 whatever PyTorch raises
        record(form, torch.randn(2, 3, 6))
    tape: Tape = raised.value.tape  # type: ignore[attr-defined]
    assert tape.failure is not None
    return Failure(*tape.failure)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (lambda x: F.linear(x, torch.ones(4, 5)), "the input has 6 features, the weight takes 5"),
        (lambda x: nn.Linear(5, 4)(x), "the input has 6 features, the weight takes 5"),
        (
            lambda x: x @ torch.ones(7, 2),
            "a row of the first has 6 numbers, a column of the second 7",
        ),
        (lambda x: torch.bmm(x, x), "a row of the first has 6 numbers, a column of the second 3"),
        (lambda x: x @ torch.ones(5, 6, 1), "axis -3 is 2 in the first and 5 in the second"),
        (lambda x: x + torch.ones(4, 6), "axis -2 is 3 in the first and 4 in the second"),
        (lambda x: x.mul_(torch.ones(7)), "axis -1 is 6 in the first and 7 in the second"),
        (
            lambda x: F.conv1d(x, torch.ones(4, 2, 3)),
            "the input has 3 channels, the weight takes 2",
        ),
        (
            lambda x: F.conv_transpose1d(x, torch.ones(4, 2, 3)),
            "the input has 3 channels, the weight takes 4",
        ),
    ],
)
def test_the_sizes_that_do_not_fit_are_said(form: Form, said: str) -> None:
    failed = failure(form)
    found = misfit(failed)
    assert found is not None
    values = {"op": failed.op, "place": "", "source": "", "shapes": "", "text": failed.text}
    text = found.text.format(**values, **{n: getattr(found, n) for n in ("has", "takes", "axis")})
    assert said in text
    assert text.endswith(failed.text)


@pytest.mark.parametrize(
    "form",
    [
        lambda x: torch.bmm(x, torch.ones(1, 6, 2)),
        lambda x: x.view(5, 5),
        lambda x: F.linear(x, torch.ones(4, 6), torch.ones(3)),
        lambda x: x[0, 0, :1].add_(x),
    ],
)
def test_where_the_shapes_do_not_tell_nothing_is_said(form: Form) -> None:
    assert misfit(failure(form)) is None


def test_an_error_of_the_model_is_its_own() -> None:
    assert misfit(Failure("", "", (), "net.py:3", "ValueError: no")) is None
