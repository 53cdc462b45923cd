"""Whether a window can be opened is known before Qt tries, and ends the process."""

from __future__ import annotations

import shutil
import socket
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import pytest

from explorer import doctor
from explorer.core.problem import Problem
from explorer.gui import display

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings what it needs")
NUMBER = 4712


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers, of which nothing more is asked."""
    monkeypatch.setenv("DISPLAY", f":{NUMBER}")
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def without_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt's plugin as it is, at a place from which it does not find one of its libraries."""
    real = find_spec("PySide6")
    assert real is not None
    assert real.origin is not None
    place = Path("Qt", "plugins", "platforms")
    (tmp_path / place).mkdir(parents=True)
    shutil.copy(Path(real.origin).parent / place / "libqxcb.so", tmp_path / place)
    moved = ModuleSpec("PySide6", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: moved)


@pytest.mark.usefixtures("screen", "without_a_library")
def test_a_library_that_is_missing_is_named_with_the_remedy() -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0/tmp/.X11-unix/X{NUMBER}")
        server.listen()
        with pytest.raises(Problem, match=r"libQt6XcbQpa\.so\.6 is not installed") as raised:
            display.require_display()
    assert "layerscope doctor" in str(raised.value)


@pytest.mark.usefixtures("screen", "without_a_library")
def test_the_doctor_names_it_and_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.examine("cpu") == 2
    said = capsys.readouterr().out
    assert "✗ No window can be opened without libQt6XcbQpa.so.6" in said
    assert "apt-get install" in said


@pytest.mark.usefixtures("screen")
def test_another_pyside_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = ModuleSpec("PySide6", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: elsewhere)
    assert display.missing_library() == ""
