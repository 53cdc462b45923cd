"""Tests run without a screen and with one torch thread, as the engine does beside a window, and
leave alone what the user's own window remembers."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="layerscope-tests-")

from hypothesis import settings

# The same examples in every run, or a change would be blamed for what it did not do. To look for
# new ones: pytest --hypothesis-profile=default
settings.register_profile("same", derandomize=True)
settings.load_profile("same")
