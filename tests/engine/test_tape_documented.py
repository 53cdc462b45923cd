"""The examples of docs/tape.md run, one after another, as they are written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

DOC = Path(__file__).parents[2] / "docs" / "tape.md"


def test_the_examples_run_and_print_what_is_said(capsys: Any) -> None:
    text = DOC.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    printed = []
    for code in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(compile(code, str(DOC), "exec"), names)
        printed.append(capsys.readouterr().out)
    lines = printed[1].splitlines()
    assert [line.rpartition(" ")[0] for line in lines] == [
        "0/linear#0 linear [(3, 8)]", "1/relu#0 relu [(3, 8)]", "2/linear#0 linear [(3, 2)]",
    ]  # fmt: skip
    assert printed[4].strip() == "[]"
    assert "torch.Size([8, 4])" in printed[5]
    assert "NllLossBackward0" in printed[5]
    assert "'softmax', 'matmul'" in printed[6]
    inputs, follows, *taken = printed[7].splitlines()
    assert (inputs, follows) == ("['q']", "{'scaled_dot_product_attention#0'}")
    assert taken == ["q → scaled_dot_product_attention#0 (1, 2, 6, 8) float32 384"] * 3
    assert "op='linear', module='0', shapes=((3, 5), (8, 4), (8,))" in printed[8]
    assert printed[-1].splitlines() == [
        "ids ('B', 'T')", "embed.weight ('V', 'C')", "block.linear1/linear#0 ('B', 'T', 'hidden')",
    ]  # fmt: skip
