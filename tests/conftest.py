"""Tests run without a screen and with one torch thread, as the engine does beside a window, and
leave alone what the user's own window remembers."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="layerscope-tests-")

import pytest
from hypothesis import settings

from explorer.core.garbage import search_if_due

# The same examples in every run, or a change would be blamed for what it did not do. To look for
# new ones: pytest --hypothesis-profile=default
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def garbage(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where there are widgets, garbage is searched for in this thread alone, as in the app."""
    if "qapp" in request.fixturenames:
        gc.disable()
    else:
        gc.enable()
    yield
    search_if_due()


@pytest.fixture(autouse=True, scope="module")
def no_widgets_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nor is a widget of these tests found by a thread of others."""
    yield
    if {"gui", "end_to_end"} & {*request.path.parts}:
        gc.collect()
