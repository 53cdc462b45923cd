"""The example of docs/opening.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import torch

from explorer.core.sources import PythonFile, PythonModel
from explorer.engine.record import record
from explorer.engine.sources import find, open_own

PAGE = Path(__file__).parents[2] / "docs" / "opening.md"


def test_the_example_opens_and_runs(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert code is not None
    file = tmp_path / "net.py"
    file.write_text(code[1])
    found = find(str(file))
    assert isinstance(found, PythonFile)
    net = found.candidates[0]
    assert (net.name, net.doc, found.example) == ("Net", "Two layers.", True)
    assert [(a.name, a.kind) for a in net.inputs] == [("x", "other"), ("scale", "float")]
    own = PythonModel(found.path, found.digest, net.name, {"width": "5"})
    model, feed, weights, _ = open_own(own, torch.device("cpu"))
    args, kwargs = feed.arguments(feed.sample)
    assert record(model, *args, **kwargs).output.shape == (4, 2)
    assert weights == "random"
