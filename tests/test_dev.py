"""The set-up script: what it decides, without installing anything."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "python")
    return module


@pytest.fixture
def commands(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append([str(word) for word in command])
        return subprocess.CompletedProcess(command, 0, "Noto", "")

    def create(folder: Path, **_: object) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "python").touch()

    monkeypatch.setattr(dev.subprocess, "run", run)
    monkeypatch.setattr(dev.venv, "create", create)
    return ran


def test_a_second_start_installs_nothing(dev: ModuleType, commands: list[list[str]]) -> None:
    assert dev.set_up(dev=False)
    assert [c[-1] for c in commands] == ["torch==2.13.0", "."]
    assert all("-q" not in c for c in commands)  # pip's own progress is seen
    commands.clear()
    assert dev.set_up(dev=False)
    assert commands == []
    assert dev.set_up(dev=True)  # the tools come on top
    assert [c[-1] for c in commands] == ["torch==2.13.0", ".[dev]"]
    commands.clear()
    assert dev.set_up(dev=True)
    assert dev.set_up(dev=False)
    assert commands == []


def test_other_pins_install_again(
    dev: ModuleType, commands: list[list[str]], tmp_path: Path
) -> None:
    assert dev.set_up(dev=False)
    commands.clear()
    with (tmp_path / "constraints.txt").open("a") as file:
        file.write("numpy==2.0\n")
    assert dev.set_up(dev=False)
    assert len(commands) == 2


def test_a_failed_installation_is_not_taken_for_done(
    dev: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(dev.subprocess, "run", lambda *_, **__: failed)
    assert not dev.set_up(dev=False)
    assert not dev.STAMP.is_file()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian's packages")
def test_a_missing_library_is_named_with_its_apt_line(
    dev: ModuleType,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone = {"EGL", "xcb-cursor"}
    monkeypatch.setattr(
        dev.ctypes.util, "find_library", lambda name: None if name in gone else f"lib{name}.so"
    )
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    assert not dev.system_libraries(screen=False)
    said = capsys.readouterr().out
    assert "sudo apt-get install" in said
    assert "libegl1" in said
    assert "libxcb-cursor0" not in said  # not needed without a screen
    assert not dev.system_libraries(screen=True)
    assert "libxcb-cursor0" in capsys.readouterr().out
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0)
    assert dev.system_libraries(screen=False)
    assert commands[-1][:2] == ["apt-get", "install"]


def test_unknown_words_explain_the_two_commands() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "dev.py", "dance"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "python3 dev.py run" in done.stdout
