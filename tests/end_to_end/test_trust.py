"""What may run is remembered from one window to the next, on the disk of this test alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.app import Headless, remembering, trusting
from explorer.core import places
from explorer.core.sources import HuggingFaceModel, PythonModel
from explorer.session import intents as i

pytestmark = pytest.mark.slow  # processes and windows of their own


def test_a_file_that_was_allowed_to_run_is_allowed_in_the_next_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "trusted_file", lambda: tmp_path / "trusted.json")
    assert trusting().trusted == frozenset()
    app = Headless("cpu")
    try:
        remembering(app)
        app.until(lambda s: s.engine.status == "ready", patience=120)
        app.take(i.OpenOwn(HuggingFaceModel("/m/folder", "BertModel")))
        assert not (tmp_path / "trusted.json").exists()
        app.take(i.OpenOwn(PythonModel("/m/net.py", "d1", "Net", {})))
    finally:
        app.close()
    assert trusting().trusted == {"d1"}
