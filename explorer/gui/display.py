"""Whether there is a screen: on Linux Qt ends the whole process if there is none."""

from __future__ import annotations

import os
import re
import socket
import sys

from explorer.core.problem import Problem, phrase


def require_display() -> None:
    """Raises Problem (kind ``device``) where a window cannot be opened."""
    if not sys.platform.startswith("linux"):
        return
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform and not platform.startswith(("xcb", "wayland")):
        return  # offscreen, vnc, …: no server is needed
    if not (_wayland() or _x11(os.environ.get("DISPLAY", ""))):
        raise Problem(
            "device",
            phrase("There is no screen here: no display server answers at DISPLAY={display}."),
            phrase(
                "Set DISPLAY to one that runs, or make pictures without a screen: "
                "`python3 dev.py run` or `layerscope shot`."
            ),
            display=os.environ.get("DISPLAY", ""),
        )
    library = missing_library()
    if library:
        raise Problem(
            "device",
            phrase("No window can be opened: the system library {library} is not installed."),
            phrase("`layerscope doctor` tells how to install it."),
            library=library,
        )


def missing_library() -> str:
    """The library that Qt lacks for windows on this screen, ``""`` if it has all. Qt itself would
    end the process without a word that helps."""
    import ctypes  # these take as long as a tenth of the first frame, and are not always needed
    from importlib.util import find_spec
    from pathlib import Path

    package = find_spec("PySide6")
    if _wayland() or package is None or package.origin is None:
        return ""
    plugin = Path(package.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.is_file():  # a system's own PySide6, which brings what it needs
        return ""
    try:
        ctypes.CDLL(str(plugin))  # Qt takes it as it is loaded then
    except OSError as error:
        found = re.match(r"(\S+): cannot open shared object file", str(error))
        return found[1] if found else ""
    return ""


def _wayland() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    path = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), name)  # an absolute name stays
    return bool(name) and _answers(path)


def _x11(display: str) -> bool:
    """``host:number.screen``; without a host a socket of this machine (man 7 X)."""
    found = re.fullmatch(r"(.*):([0-9]{1,5})(\.[0-9]+)?", display)
    if found is None:
        return os.path.exists(display) and _answers(display)  # macOS's way: the socket's path
    host, number = found[1], int(found[2])
    local = f"/tmp/.X11-unix/X{number}"
    if host in ("", "unix"):
        return _answers(f"\0{local}") or _answers(local)
    try:
        socket.create_connection((host, 6000 + number), timeout=3).close()
    except (OSError, OverflowError, UnicodeError):
        return False
    return True


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(3)
        try:
            one.connect(path)
        except (OSError, ValueError):
            return False
    return True
