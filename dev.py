#!/usr/bin/env python3
"""Set up and start Layerscope from a clone, with nothing but Python's standard library.

    python3 dev.py run [preset]   set up if needed, then open the window
                                  (without a screen: do the job and leave pictures)
    python3 dev.py test           set up if needed, then lint, type check and test

The first call makes .venv and installs what constraints.txt pins; later calls install nothing.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
STAMP = VENV / "layerscope-stamp"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OUT = HERE / "layerscope-out"

# Shared library → Debian package. The first list is needed even without a screen.
OFFSCREEN = {
    "EGL": "libegl1", "GL": "libgl1", "dbus-1": "libdbus-1-3", "fontconfig": "libfontconfig1",
    "glib-2.0": "libglib2.0-0", "xkbcommon": "libxkbcommon0",
}  # fmt: skip
ONSCREEN = {
    "xcb-cursor": "libxcb-cursor0", "xcb-icccm": "libxcb-icccm4", "xcb-image": "libxcb-image0",
    "xcb-keysyms": "libxcb-keysyms1", "xcb-randr": "libxcb-randr0",
    "xcb-render-util": "libxcb-render-util0", "xcb-shape": "libxcb-shape0",
    "xcb-sync": "libxcb-sync1", "xcb-xfixes": "libxcb-xfixes0", "xcb-xkb": "libxcb-xkb1",
    "xkbcommon-x11": "libxkbcommon-x11-0",
}  # fmt: skip


def main() -> int:
    """Run one of the two commands."""
    words = sys.argv[1:]
    if not words or words[0] not in ("run", "test"):
        print(__doc__)
        return 0 if words in ([], ["-h"], ["--help"]) else 2
    if sys.version_info < (3, 11):
        print(f"Layerscope needs Python 3.11 or newer; this is {platform.python_version()}.")
        return 2
    screen = has_screen()
    if not system_libraries(screen and words[0] == "run"):
        return 2
    if not set_up(dev=words[0] == "test"):
        return 2
    if words[0] == "test":
        return test(words[1:])
    return run(words[1:]) if screen else run_without_screen(words[1:])


def has_screen() -> bool:
    """Whether a window could be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def system_libraries(screen: bool) -> bool:
    """On Linux, find the libraries Qt needs; name the apt line, and run it when root."""
    if not sys.platform.startswith("linux"):
        return True
    wanted = OFFSCREEN | (ONSCREEN if screen else {})
    packages = [package for name, package in wanted.items() if not ctypes.util.find_library(name)]
    if shutil.which("fc-list"):
        fonts = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True)
        if not fonts.stdout.strip():
            packages.append("fonts-noto-cjk")
    elif packages:
        packages += ["fonts-dejavu-core", "fonts-noto-cjk"]
    if not packages:
        return True
    needed = [package for package in packages if not package.startswith("fonts-")]
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if not shutil.which("apt-get"):
        if needed:
            print(f"Qt needs these libraries (Debian's names): {' '.join(needed)}.")
            print("Install them with your system's package manager and start again.")
        return not needed
    if os.geteuid() == 0:
        print(f"Installing system libraries: {line}", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        done = subprocess.run(line.split(), env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode == 0:
            return True
    if needed:
        print(f"Some system libraries are missing. Install them and start again:\n  sudo {line}")
        return False
    print(f"Chinese text will show as boxes until you install fonts:\n  sudo {line}")
    return True


def set_up(dev: bool) -> bool:
    """Make .venv and install, unless the stamp says that it was done for these very files."""
    wanted = fingerprint(dev)
    done = STAMP.read_text().split() if STAMP.is_file() else []
    if wanted in done and PYTHON.is_file():
        return True
    if not PYTHON.is_file():
        print("Making .venv …", flush=True)
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    what = ".[dev]" if dev else "."
    print(f"Installing {'the app and its tools' if dev else 'the app'} into .venv", flush=True)
    print("(the first time this downloads PyTorch and Qt and takes a few minutes)", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    pin = next(
        line.strip()
        for line in (HERE / "constraints.txt").read_text().splitlines()
        if line.startswith("torch==")
    )
    # torch first and alone: so that a build which is already there, or lies at hand, is taken
    for words in ([pin], ["-e", what]):
        command = [*pip, "-c", str(HERE / "constraints.txt"), *words]
        print("$", " ".join(command), flush=True)
        if subprocess.run(command, cwd=HERE).returncode:
            print("\nThe installation failed; the lines above say why. Mend it and start again.")
            print("Behind a proxy or mirror, set PIP_INDEX_URL; see README, “GPU”.")
            return False
    # the tools' environment holds the app's as well
    STAMP.write_text("\n".join({wanted, *([fingerprint(False)] if dev else [])}))
    return True


def fingerprint(dev: bool) -> str:
    """What the environment depends on."""
    digest = hashlib.sha256(platform.python_version().encode() + str(HERE).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((HERE / name).read_bytes())
    return f"{'dev' if dev else 'app'}-{digest.hexdigest()[:20]}"


def run(words: list[str]) -> int:
    """Open the window."""
    return subprocess.run([str(PYTHON), "-m", "explorer", "open", *words], cwd=HERE).returncode


def run_without_screen(words: list[str]) -> int:
    """The same job with no screen: open, record, step, train a little; leave pictures."""
    preset = words[0] if words else "char-gpt"
    print(f"There is no screen, so the pictures go to {OUT}.", flush=True)
    OUT.mkdir(exist_ok=True)
    layerscope = [str(PYTHON), "-m", "explorer"]
    at = "blocks.0.attn/softmax#0" if preset == "char-gpt" else "-2"
    pictures = {
        view: OUT / f"{Path(preset).name}-{view}.png" for view in ("graph", "step", "train")
    }
    steps = [
        ("Opening and recording", ["shot", preset, "--view", "graph", "-o", pictures["graph"]]),
        ("Stepping", ["shot", preset, "--view", "step", "--at", at, "-o", pictures["step"]]),
        ("Training a little", ["train", preset, "--steps", "40"]),
        ("Looking at the training",
         ["shot", preset, "--view", "train", "--steps", "40", "-o", pictures["train"]]),
    ]  # fmt: skip
    for text, command in steps:
        print(f"{text} …", flush=True)
        done = subprocess.run([*layerscope, *map(str, command)], cwd=HERE)
        if done.returncode:
            return done.returncode
    print(f"Done: graph, step and training of {preset} are in {OUT}.")
    return 0


def test(words: list[str]) -> int:
    """Lint, type check, tests; the first that fails ends it."""
    env = os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    checks = [
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["mypy"],
        ["pytest", "-n", "auto", "--dist", "loadfile", *words],
    ]
    for check in checks:
        print("$", " ".join(check), flush=True)
        code = subprocess.run([str(PYTHON), "-m", *check], cwd=HERE, env=env).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
