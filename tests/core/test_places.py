"""The list of files that a person allowed to run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.core import places


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    at = tmp_path / "config" / "trusted.json"
    monkeypatch.setattr(places, "trusted_file", lambda: at)
    return at


@pytest.fixture
def log() -> list[str]:
    return []


def test_what_is_allowed_is_remembered_by_digest(file: Path, log: list[str]) -> None:
    assert places.trusted(log.append) == frozenset()
    places.trust("/m/a.py", "d1", log.append)
    places.trust("/m/b.py", "d2", log.append)
    places.trust("/m/moved.py", "d1", log.append)
    assert places.trusted(log.append) == {"d1", "d2"}
    entries = json.loads(file.read_text())
    assert [(one["path"], one["digest"]) for one in entries] == [
        ("/m/b.py", "d2"), ("/m/moved.py", "d1"),
    ]  # fmt: skip
    assert [one.name for one in file.parent.iterdir()] == ["trusted.json"]
    assert log == []


@pytest.mark.parametrize(
    "text", ["", "[", "null", "3", '["d1"]', '[{"digest": "d1"}]', '[{"digest": ["d1"]}]', "\0\xff"]
)
def test_a_broken_list_counts_as_empty_and_is_said(file: Path, log: list[str], text: str) -> None:
    file.parent.mkdir()
    file.write_bytes(text.encode("latin-1"))
    assert places.trusted(log.append) == frozenset()
    assert len(log) == 1
    assert "trusted.json" in log[0]
    places.trust("/m/a.py", "d1", log.append)
    assert places.trusted(log.append) == {"d1"}


def test_a_folder_that_cannot_be_written_is_said_and_hurts_nobody(
    file: Path, log: list[str]
) -> None:
    file.parent.write_text("a file where the folder should be")
    places.trust("/m/a.py", "d1", log.append)
    assert log
    assert "cannot be remembered" in log[-1]


def test_a_list_of_ones_own_is_where_the_platform_keeps_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert places.trusted_file().name == "trusted.json"
    assert "layerscope" in places.trusted_file().parts
