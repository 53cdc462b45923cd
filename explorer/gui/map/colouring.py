"""Colouring: paints the map in the colours of the chosen quantity, with a legend beside it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtWidgets import QWidget

from explorer.gui.map.corners import claim_foot
from explorer.gui.map.drawing import Drawing, Words
from explorer.gui.map.legend import Legend
from explorer.gui.map.minimap import Minimap
from explorer.gui.map.outlook import Outlook
from explorer.gui.map.painting import Painting
from explorer.gui.map.tint import Tint, tint_of
from explorer.gui.theme import Theme
from explorer.picture.scene import Scene
from explorer.session.state import AppState


class Colouring:
    """The ``tint`` of a map, None if there is none, and its ``legend``."""

    def __init__(
        self, canvas: QWidget, outlook: Outlook, minimap: Minimap, theme: Theme, scale: float
    ) -> None:
        self._canvas = canvas
        self._outlook = outlook
        self._minimap = minimap
        self._theme = theme
        self._scale = scale
        self.tint: Tint | None = None
        self.legend = Legend(theme, scale, canvas)

    def painting(self, scene: Scene, state: AppState) -> Painting:
        """A scene in the colours of what is chosen."""
        self.tint = tint_of(self._theme, state, self.tint)
        drawing = Drawing(self._theme, words(), self._scale, self.tint)
        return Painting(scene, drawing, state.recording)

    def show(self, state: AppState) -> bool:
        """Paint what is there in other colours, and say so; whether anything is new. The scene
        stays, and one that is on its way will have them."""
        painting = self._outlook.painting
        if painting is None:
            return False
        tint = tint_of(self._theme, state, self.tint)
        if tint is not self.tint:
            painting = self._outlook.painting = self.painting(painting.scene, state)
            self._minimap.show_scene(painting, self._canvas.size())
        self._minimap.light(state)
        return self.legend.show_state(state, tint)

    def clear(self) -> None:
        """There is no map."""
        self.tint = None
        self.legend.hide()

    def settle(self, near: QRectF) -> None:
        """Lie where neither the overview nor the cursor is, and keep others off."""
        self.legend.settle(self._minimap, near)
        self._outlook.keep_clear(self.legend.room(), self._minimap.room())
        claim_foot(self._canvas, self._minimap, self.legend)


def words() -> Words:
    """What a picture says in the user's language."""
    translate = QCoreApplication.translate  # of that name, or its texts are not found
    return Words(
        translate("Canvas", "output"),
        translate("Canvas", "residual"),
        translate("Canvas", "{count} params"),
    )
