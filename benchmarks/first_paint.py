"""From the start of the process to the first painted frame, beside a bare Qt window.

Both processes end at once after their first frame, without tidying up, and are timed in turn, so
that a busy moment of the machine hits both. Seconds, medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import Any

ROUNDS = 15
GOAL = 1.5
OURS = [sys.executable, "-m", "explorer", "open", "--exit-after-paint"]
BARE = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: os._exit(0))

app = QApplication(sys.argv[:1])
window = Window()
window.resize(1600, 1000)
window.show()
sys.exit(app.exec())
"""


def life(command: list[str]) -> float:
    """Seconds from the start of ``command`` to its end."""
    environment = os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or it would compile us at every start
    start = time.perf_counter()
    # no timeout: waiting with one polls, in steps of up to 50 ms
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def run() -> list[dict[str, Any]]:
    """One row."""
    bare = [sys.executable, "-c", BARE]
    life(OURS), life(bare)  # the first of each reads its files from the disk
    ours, other = [], []
    for _ in range(ROUNDS):
        ours.append(life(OURS))
        other.append(life(bare))
    ratio = statistics.median(ours) / statistics.median(other)
    return [
        {
            "name": "first paint: Layerscope / bare QMainWindow",
            "ours": round(statistics.median(ours), 4),
            "other": round(statistics.median(other), 4),
            "ratio": round(ratio, 3),
            "goal": GOAL,
            "held": ratio <= GOAL,
        }
    ]
