"""Tests run without a screen and with one torch thread, as the engine does beside a window, and
leave alone what the user's own window remembers."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="layerscope-tests-")
