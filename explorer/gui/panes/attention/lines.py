"""Attention as lines between tokens, of all heads that are shown, of the mean, or of a rollout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from explorer.core.values import View
from explorer.gui.panes.attention.chips import head_color
from explorer.gui.panes.attention.part import MAIN, Part, Readings, Scene
from explorer.gui.panes.attention.strands import NOWHERE, Lines, Strands
from explorer.gui.theme import Theme
from explorer.picture.attention import heads_of, lines_view


class LinesPart(Part):
    """The lines, and which numbers they need."""

    several = True

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._scene: Scene | None = None
        self._more = ""
        self.field = Lines(theme, scale)
        self.field.moved.connect(self._move)
        self.field.picked.connect(self._pick)
        self.field.hovered.connect(lambda *_: self._say())
        lay = QVBoxLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.addWidget(self.field)

    @staticmethod
    def heads(scene: Scene) -> list[int]:
        """The heads whose lines are shown."""
        return [head for head in range(heads_of(scene.what)) if head not in scene.look.quiet]

    def views(self, scene: Scene) -> dict[str, View]:
        """The weights between the tokens in view."""
        heads = self.heads(scene)
        if scene.look.head >= 0 and not heads:
            return {}
        self.field.look(scene.look.lines, scene.look.of)
        size = (self.field.height(), self.field.width())
        return {
            MAIN: lines_view(
                scene.recording, scene.value, scene.look, heads,
                self.field.windows_of(scene.look.of), size, scene.through,
            )
        }  # fmt: skip

    def show_scene(self, scene: Scene, readings: Readings) -> None:
        """Those lines, or none if no head is shown."""
        self._scene = scene
        reading = readings.get(MAIN)
        heads = self.heads(scene) if scene.look.head >= 0 else [scene.look.head]
        self.field.look(scene.look.lines, scene.look.of)
        if heads and reading is None:
            return
        weights, first, blocks = np.zeros((1, 1, 1), np.float32), (0, 0), (1, 1)
        if heads and reading is not None:
            weights = reading.data.reshape((-1, *reading.data.shape[-2:]))
            first = (reading.first[-2], reading.first[-1])
            blocks = (reading.block[-2], reading.block[-1])
            if len(weights) != len(heads):
                return
        most = float(np.nanmax(weights)) if np.isfinite(weights).any() else 0.0
        full = most if scene.look.faint and most > 0 else 1.0
        colors = tuple(head_color(self.theme, head) for head in heads or [0])
        strands = Strands(weights, first, blocks, colors, full, scene.names, scene.look.of)
        count = self.field.show_strands(strands, scene.look.query)
        self._more = self.tr("full opacity: {most:.2g}").format(most=full)
        if count > len(self.field.lines) and self.field.current == NOWHERE:
            few = self.tr("the {shown} strongest of {count} lines")
            self._more = few.format(shown=len(self.field.lines), count=count)
        self._say()

    def help(self, scene: Scene) -> tuple[str, str]:
        """What a line is."""
        tip = self.tr(
            "The mouse over a token leaves only its lines, with the weights beside the other "
            "tokens: of several heads a bar each, and the mean as a number. A click on a query "
            "keeps it. The wheel scrolls, over the names of one side only that; Ctrl and the wheel "
            "or + and − zoom, 0 shows all."
        )
        said = self.tr("A line: a query looks at a key. The stronger, the larger the weight.")
        count = len(self.heads(scene)) if scene.look.head >= 0 else 1
        if count > 1:
            means = self.tr("Numbers: means over {count} heads.")
            said = " ".join((said, means.format(count=count)))
        return said, tip

    def _say(self) -> None:
        scene, field = self._scene, self.field
        if scene is None:
            return
        side, place = field.current
        shown = field.strands
        if side == "" or shown is None:
            windows = field.windows
            parts = [
                f"{w.start}…{w.stop - 1} / {n}" if len(w) < n else str(n)
                for w, n in zip(windows, scene.look.of, strict=True)
            ]
            named = "" if scene.look.head >= 0 else self.named(scene)
            self.said.emit("   ".join(filter(None, (named, " × ".join(parts), self._more))))
            return
        n = 0 if side == "query" else 1
        at = shown.first[n] + place * shown.blocks[n]
        name = shown.names[n][at] if at < len(shown.names[n]) else ""
        token = f"“{name}” [{at}]" if name else f"[{at}]"
        rows = np.nan_to_num(np.take(shown.weights, place, 1 + n))  # (heads, others)
        which, best = np.unravel_index(int(rows.argmax()), rows.shape)
        other = shown.first[1 - n] + int(best) * shown.blocks[1 - n]
        names = shown.names[1 - n]
        seen = f"“{names[other]}” [{other}]" if other < len(names) else f"[{other}]"
        line = f"{token} → {seen}" if n == 0 else f"{seen} → {token}"
        said = self.tr("strongest: {line} = {weight:.4f}")
        if len(rows) > 1:
            said = self.tr("strongest: head {head}, {line} = {weight:.4f}")
        heads = self.heads(scene)
        head = heads[which] if len(rows) == len(heads) else scene.look.head
        self.said.emit(said.format(head=head, line=line, weight=float(rows[which, best])))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other tokens are in view."""
        super().resizeEvent(event)
        self.wanted.emit()

    def _move(self, place: tuple[float, float, float]) -> None:
        if self._scene is not None:
            self.changed.emit(replace(self._scene.look, lines=place))

    def _pick(self, query: int) -> None:
        if self._scene is not None:
            self.changed.emit(replace(self._scene.look, query=query))
