"""Models of the user's own that read text as bytes: what the tokens are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.core.values import TextInput
from explorer.engine.record import record
from tests.engine.test_sources_python import again, given, opened

CODE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(256, 3)
        self.head = nn.Linear(3, OUT)

    def forward(self, ids: torch.Tensor):
        return self.head(self.table(ids)MEAN)
"""


@pytest.mark.parametrize(
    ("out", "mean", "name"), [("256", "", "V"), ("5", ".mean(1)", "vocabulary")]
)
def test_the_rows_of_a_table_have_names_whatever_the_model_gives(
    tmp_path: Path, out: str, mean: str, name: str
) -> None:
    opened(tmp_path, CODE.replace("OUT", out).replace("MEAN", mean))
    one = again(tmp_path / "net.py", input=TextInput("a b"))
    labels = one.feed.axis_labels(record(one.model, *given(one, TextInput("a b"))[0]))
    assert labels["T"] == ("a", "␣", "b")
    assert len(labels[name]) == 256
    assert [labels[name][n] for n in (7, 32, 70, 200)] == ["⟨07⟩", "␣", "F", "⟨C8⟩"]
