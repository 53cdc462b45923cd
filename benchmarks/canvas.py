"""The map of large graphs: frames while it moves, opening a module, and the layout beside others.

Graphs are recorded Transformers of many tiny layers. Drawn offscreen at 1920×1080, where frames
have as little time as on a screen. Where they are installed, graphviz' ``dot`` and fast-sugiyama
(``pip install fast-sugiyama``) lay out the same ops.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QGraphicsRectItem, QGraphicsScene
from torch import nn

from explorer.core.graph import Recording
from explorer.core.spec import GPTSpec
from explorer.core.values import ExampleInput
from explorer.engine.build import build
from explorer.engine.models.gpt import Block
from explorer.engine.record import record
from explorer.engine.recording import Shown
from explorer.gui.canvas import Canvas
from explorer.gui.drawing import Words
from explorer.gui.minimap import Minimap
from explorer.gui.painting import Painting
from explorer.gui.theme import THEMES
from explorer.gui.window import make_application
from explorer.picture.layout import Layout
from explorer.picture.scene import Scene
from explorer.session.state import AppState

PATIENCE = 0.002  # seconds a frame has for tiles, as on a screen
ZOOMS = (0.03, 0.1, 0.28, 0.5, 1.0, 2.0)
Row = dict[str, Any]


def run() -> list[Row]:
    """Frames, openings and layouts of 1,000, 10,000 and 50,000 ops."""
    app = make_application("dark")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    rows = []
    try:
        for layers in (40, 400, 1920):
            recording = recorded(layers)
            rows += _frames(app, recording)
            if layers > 40:
                rows += _repaint(recording, 8.0 if layers == 400 else 15.0)
            if layers == 400:
                rows += _against_others(recording)
            if layers == 1920:
                rows.append(_opening(app, "Block", recording))
        rows.append(_opening(app, "Sequential", staged()))
    finally:
        torch.set_num_threads(before)
    return rows


def recorded(layers: int) -> Recording:
    """A pass of a GPT of so many layers, 26 ops each."""
    spec = GPTSpec.model_construct(
        family="gpt", vocabulary=16, context=8, layers=layers, heads=1, width=8, dropout=0.0
    )
    return _described(build(spec), torch.randint(0, 16, (1, 8)))


def staged() -> Recording:
    """A pass of 20 stages of 100 such layers each."""
    stages = [nn.Sequential(*(Block(8, 1, 8) for _ in range(100))) for _ in range(20)]
    return _described(nn.Sequential(*stages), torch.randn(1, 8, 8))


def _described(model: nn.Module, given: torch.Tensor) -> Recording:
    with torch.no_grad():
        tape = record(model.eval(), given)
        return Shown(tape).describe(1, "random", ExampleInput(), {})


def _shown(recording: Recording, opened: frozenset[int]) -> AppState:
    return AppState(page="model", recording=recording, cursor=0, open=opened)


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def _canvas(app: QApplication) -> Canvas:
    canvas = Canvas(THEMES["dark"])
    canvas.tiles.patience = PATIENCE
    canvas.findChild(Minimap).patient = True
    canvas.resize(1920, 1080)
    canvas.show()
    app.processEvents()
    return canvas


def _frames(app: QApplication, recording: Recording) -> list[Row]:
    """A frame while the mouse drags, and while the wheel turns, at every zoom."""
    canvas = _canvas(app)
    canvas.render(None, _shown(recording, frozenset(range(len(recording.calls)))))
    canvas.planner.finish()
    gc.collect()
    canvas.outlook.fit()
    fitting = canvas.outlook.place[0]
    dragged, turned = {}, {}
    for zoom in (fitting, *ZOOMS):
        canvas.outlook.place = (zoom, *canvas.outlook.place[1:])
        _rest(app)
        times = []
        for _ in range(100):
            canvas.outlook.pan(QPointF(-7, -19))
            times.append(_ms(canvas.repaint))
        dragged[zoom] = times
        _rest(app)
        times = []
        for turn in range(30):
            canvas.outlook.zoom_at(QPointF(900, 500), 1.06 if turn % 10 < 5 else 1 / 1.06)
            times.append(_ms(canvas.repaint))
        turned[zoom] = times
    canvas.close()
    size = f"{len(recording.events):,} ops"
    pan = max(map(statistics.median, dragged.values()))
    wheel = max(map(statistics.median, turned.values()))
    worst = max(map(max, turned.values()))
    return [
        _row(f"drag {size}, median frame at the worst zoom", pan, 4.0),
        _row(f"zoom {size}, median frame at the worst zoom", wheel, 8.0),
        _row(f"zoom {size}, worst frame", worst, 16.0),
    ]


def _rest(app: QApplication) -> None:
    """Until all tiles in view and around it are painted."""
    until = time.perf_counter() + 1.0
    while time.perf_counter() < until:
        app.processEvents()
        time.sleep(0.001)


def _opening(app: QApplication, kind: str, recording: Recording) -> Row:
    """A module that was never open is opened, all in it and all others open, to painted."""
    canvas = _canvas(app)
    some = [call.index for call in recording.calls[1:] if call.kind == kind]
    chosen = some[len(some) // 2 :][:7]
    shown = _shown(recording, frozenset(range(len(recording.calls))) - {*chosen})
    canvas.render(None, shown)
    canvas.planner.finish()
    times = []
    for call in chosen:
        _rest(app)
        gc.collect()
        before, shown = shown, replace(shown, open=shown.open | {call})
        times.append(_ms(lambda a=before, b=shown: _painted(canvas, a, b)))
    canvas.close()
    siblings = recording.calls[recording.calls[chosen[0]].parent]
    beside = sum(call.parent == siblings.index for call in recording.calls)
    name = f"open one of {beside:,} {kind}s among {len(recording.events):,} ops"
    return _row(name, statistics.median(times), 50.0)


def _painted(canvas: Canvas, before: AppState, shown: AppState) -> None:
    canvas.render(before, shown)
    canvas.planner.finish()  # what takes long is laid out in a thread
    canvas.repaint()


def _repaint(recording: Recording, goal: float) -> list[Row]:
    """The whole graph painted without any cache, beside a native item for each node."""
    every = frozenset(range(len(recording.calls)))
    layout = Layout(recording)
    scene = layout.scene(every)
    painting = Painting(scene, THEMES["dark"], Words("", "", "{count}"))
    image = QImage(1920, 1080, QImage.Format.Format_RGB32)
    zoom = min(1920 / scene.width, 1080 / scene.height)

    def ours() -> None:
        painter = QPainter(image)
        painter.scale(zoom, zoom)
        painting.paint(painter, QRectF(0, 0, scene.width, scene.height), zoom)
        painter.end()

    native = _native(scene)

    def theirs() -> None:
        painter = QPainter(image)
        native.render(painter, QRectF(0, 0, 1920, 1080), native.sceneRect())
        painter.end()

    mine, other = ([_ms(work) for _ in range(5)] for work in (ours, theirs))
    ratio = statistics.median(other) / statistics.median(mine)
    return [
        {
            "name": f"repaint {len(recording.events):,} ops, against QGraphicsItems",
            "ours": f"{statistics.median(mine):.1f} ms",
            "other": f"{statistics.median(other):.0f} ms",
            "ratio": round(ratio, 1), "goal": f"≥ {goal:g}", "held": ratio >= goal,
        }
    ]  # fmt: skip


def _native(scene: Scene) -> QGraphicsScene:
    made = QGraphicsScene()
    for box in scene.boxes:
        item = QGraphicsRectItem(box.x, box.y, box.width, box.height)
        item.setBrush(QColor(60, 80, 120))
        made.addItem(item)
    return made


def _against_others(recording: Recording) -> list[Row]:
    """The layout of every op, beside graphviz and fast-sugiyama."""
    every = frozenset(range(len(recording.calls)))
    ours = statistics.median(_ms(lambda: Layout(recording).scene(every)) for _ in range(3))
    edges = [
        (recording.values[value].writer, event.index)
        for event in recording.events
        for value in event.inputs
        if recording.values[value].writer >= 0
    ]
    rows = []
    count = f"{len(recording.events):,} ops"
    if importlib.util.find_spec("fast_sugiyama") is not None:
        from fast_sugiyama import from_edges

        other = _ms(lambda: list(from_edges(edges)))
        rows.append(_beside(f"lay out {count}, against fast-sugiyama", ours, other, 1.0))
    if shutil.which("dot"):
        text = "digraph {" + "".join(f"{a}->{b};" for a, b in edges) + "}"
        words = ["dot", "-Tplain", "-o", os.devnull]
        other = _ms(lambda: subprocess.run(words, input=text, text=True, check=True))
        rows.append(_beside(f"lay out {count}, against dot", ours, other, 1 / 500))
    return rows


def _beside(name: str, ours: float, other: float, goal: float) -> Row:
    return {
        "name": name, "ours": f"{ours:.0f} ms", "other": f"{other:.0f} ms",
        "ratio": round(ours / other, 4), "goal": f"≤ {goal:g}", "held": ours / other <= goal,
    }  # fmt: skip


def _row(name: str, took: float, goal: float) -> Row:
    return {
        "name": name, "ours": f"{took:.1f} ms", "other": f"{goal:.0f} ms",
        "ratio": round(took / goal, 2), "goal": "≤ 1", "held": took <= goal,
    }  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(row)
