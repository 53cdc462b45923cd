"""``layerscope doctor``: what is here, what is missing, and how to get it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from explorer.core.places import runs, shipped
from explorer.core.presets import shipped_presets
from explorer.gui.display import missing_library

_PACKAGES = (
    "layerscope", "torch", "PySide6-Essentials", "pyqtgraph", "networkx", "numpy", "msgspec",
    "pydantic", "safetensors", "scikit-learn", "superqt", "QtAwesome", "platformdirs", "rich",
    "ziamath",
)  # fmt: skip
_FONTS = """
import os
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from PySide6.QtGui import QFontDatabase, QGuiApplication
app = QGuiApplication([])
system = QFontDatabase.WritingSystem
print(len(QFontDatabase.families()))
print(len(QFontDatabase.families(system.SimplifiedChinese)))
"""
APT = (
    "sudo apt-get install libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0 libxkbcommon0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 "
    "libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon-x11-0 "
    "fonts-dejavu-core fonts-noto-cjk"
)


def examine(device: str = "auto") -> int:
    """Print the findings; 0 if the app can run, 2 if something it needs is missing."""
    missing: list[str] = []
    _say("python", f"{platform.python_version()} ({sys.executable})")
    _say("system", platform.platform())
    for name in _PACKAGES:
        try:
            _say(name, version(name))
        except PackageNotFoundError:
            _say(name, "missing")
            missing.append(f"{name} is not installed: run `python3 dev.py run` in the repository.")
    missing += _windowing()
    missing += _engine(device)
    presets, problems = shipped_presets()
    _say("presets", f"{len(presets)} in {shipped('presets')}")
    missing += [str(problem) for problem in problems]
    _say("runs", str(runs()))
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux"):
        if screen and (library := missing_library()):
            missing.append(f"No window can be opened without {library}. On Debian or Ubuntu: {APT}")
        _say("screen", screen or "none: only `layerscope shot` and the other commands will work")
    for line in missing:
        print(f"\n✗ {line}")
    if not missing:
        print("\n✓ Everything needed is here.")
    return 2 if missing else 0


def _windowing() -> list[str]:
    asked = subprocess.run(
        [sys.executable, "-c", _FONTS], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        _say("Qt", "does not start")
        last = asked.stderr.strip().splitlines()[-1:]
        return [f"Qt does not start: {' '.join(last)}\n  On Debian or Ubuntu: {APT}"]
    fonts, chinese = (int(line) for line in asked.stdout.split()[-2:])
    _say("fonts", f"{fonts} families, {chinese} with Chinese")
    if not fonts:
        return ["There are no fonts. On Debian or Ubuntu: sudo apt-get install fonts-dejavu-core"]
    if not chinese:
        _say("", "for 简体中文: sudo apt-get install fonts-noto-cjk")
    return []


def _engine(device: str) -> list[str]:
    from explorer.app import Headless

    app = Headless(device)
    try:
        app.until(lambda s: s.engine.status == "ready" or s.banner is not None, patience=120)
        state = app.state
    except TimeoutError:
        return [
            "The engine does not answer: run `python -m explorer.engine` and read what it says."
        ]
    finally:
        app.close()
    if state.engine.status != "ready":
        banner = state.banner
        text = f"{banner.text} {banner.remedy}".format(**banner.values) if banner else ""
        return [text]
    engine = state.engine
    _say("device", f"{engine.device} ({engine.device_name}), {engine.threads} thread(s)")
    return []


def _say(what: str, found: str) -> None:
    print(f"{what:<20} {found}")
