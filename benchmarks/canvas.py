"""The map of large graphs: frames while it moves, opening a module, memory, and a giant.

Graphs are recorded Transformers of many tiny layers. Drawn offscreen at 1920×1080, where frames
have as little time as on a screen.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
import tracemalloc
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
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.drawing import Drawing, Words
from explorer.gui.map.minimap import Minimap
from explorer.gui.map.names import PACE
from explorer.gui.map.painting import Painting
from explorer.gui.theme import THEMES
from explorer.gui.window import make_application
from explorer.picture.layout import Layout
from explorer.picture.scene import Scene
from explorer.session.state import AppState

PATIENCE = 0.002  # seconds a frame has for tiles, as on a screen
ZOOMS = (0.03, 0.1, 0.28, 0.5, 1.0, 2.0)
Row = dict[str, Any]


def run() -> list[Row]:
    """Frames, openings and memory of 1,000, 10,000 and 50,000 ops."""
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
                rows.append(_memory(app, recording))
            if layers == 1920:
                rows.append(_opening(app, "Block", recording))
        rows.append(_opening(app, "Sequential", staged()))
        rows.append(_giant(app))
    finally:
        torch.set_num_threads(before)
    return rows


def recorded(layers: int) -> Recording:
    """A pass of a GPT of so many layers, 26 ops each."""
    return described(build(gpt_spec(layers, 8, 1, 8)), torch.randint(0, 16, (1, 8)))


def gpt_spec(layers: int, width: int, heads: int, context: int) -> GPTSpec:
    return GPTSpec.model_construct(
        family="gpt", vocabulary=16, context=context, layers=layers, heads=heads, width=width,
        dropout=0.0,
    )  # fmt: skip


def staged() -> Recording:
    """A pass of 20 stages of 100 such layers each."""
    stages = [nn.Sequential(*(Block(8, 1, 8) for _ in range(100))) for _ in range(20)]
    return described(nn.Sequential(*stages), torch.randn(1, 8, 8))


def described(model: nn.Module, given: torch.Tensor) -> Recording:
    """A pass of any model."""
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
    canvas.layers.names.pace = PACE
    canvas.resize(1920, 1080)
    canvas.show()
    app.processEvents()
    return canvas


def _frames(app: QApplication, recording: Recording) -> list[Row]:
    """A frame while the mouse drags, and while the wheel turns, at every zoom, sixty a second."""
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
            times.append(_frame(app, canvas))
        dragged[zoom] = times
        _rest(app)
        times = []
        for turn in range(30):
            canvas.outlook.zoom_at(QPointF(900, 500), 1.06 if turn % 10 < 5 else 1 / 1.06)
            times.append(_frame(app, canvas))
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


def _frame(app: QApplication, canvas: Canvas) -> float:
    """Paint one, and let what waits for a quiet moment have the rest of a sixtieth of a second."""
    began = time.perf_counter()
    taken = _ms(canvas.repaint)
    while time.perf_counter() < began + 1 / 60:
        app.processEvents()
        time.sleep(0.0005)
    return taken


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


def _memory(app: QApplication, recording: Recording) -> Row:
    """What Python keeps for each node of the map, all of it drawn at once."""
    canvas = _canvas(app)
    shown = _shown(recording, frozenset(range(len(recording.calls))))
    gc.collect()
    tracemalloc.start()
    try:
        canvas.render(None, shown)
        canvas.planner.finish()
        canvas.outlook.fit()
        _rest(app)
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    each = kept / len(canvas.boxes())
    canvas.close()
    return {
        "name": f"memory of a node among {len(recording.events):,} ops",
        "ours": f"{each:,.0f} B", "other": "2,048 B", "ratio": round(each / 2048, 2),
        "goal": "≤ 1", "held": each <= 2048,
    }  # fmt: skip


def _giant(app: QApplication) -> Row:
    """GPT-3's 96 layers of width 12,288, on the meta device: from the model to its whole map,
    beside the recording alone."""
    with torch.device("meta"):
        model = build(gpt_spec(96, 12288, 96, 2048))
        tokens = torch.zeros(1, 2048, dtype=torch.long)
    recordings: list[Recording] = []
    recorded_in = _ms(lambda: recordings.append(described(model, tokens)))
    canvas = _canvas(app)
    shown = _shown(recordings[0], frozenset(range(len(recordings[0].calls))))

    def drawn() -> None:
        canvas.render(None, shown)
        canvas.planner.finish()
        canvas.outlook.fit()
        canvas.repaint()

    took = _ms(drawn)
    canvas.close()
    return {
        "name": "draw GPT-3 (96 layers, meta device), against recording it",
        "ours": f"{took:.0f} ms", "other": f"{recorded_in:.0f} ms",
        "ratio": round(took / recorded_in, 2), "goal": "≤ 1", "held": took <= recorded_in,
    }  # fmt: skip


def _repaint(recording: Recording, goal: float) -> list[Row]:
    """The whole graph painted without any cache, beside a native item for each node."""
    every = frozenset(range(len(recording.calls)))
    layout = Layout(recording)
    scene = layout.scene(every)
    painting = Painting(scene, Drawing(THEMES["dark"], Words("", "", "{count}")))
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


def _row(name: str, took: float, goal: float) -> Row:
    return {
        "name": name, "ours": f"{took:.1f} ms", "other": f"{goal:.0f} ms",
        "ratio": round(took / goal, 2), "goal": "≤ 1", "held": took <= goal,
    }  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(row)
