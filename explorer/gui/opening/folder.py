"""`FolderPage`: a folder of transformers, as which architecture and with what weights."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.core.sources import HuggingFaceFolder, HuggingFaceModel
from explorer.gui.opening.choice import Choice, Choices
from explorer.gui.opening.page import Page, scrolling
from explorer.gui.theme import Theme
from explorer.picture.numbers import bytes_text
from explorer.session.intents import Intent, OpenOwn


class FolderPage(Page):
    """Nothing of the folder runs: only the code of the installed transformers does."""

    def __init__(
        self, theme: Theme, scale: float, found: HuggingFaceFolder, before: HuggingFaceModel | None
    ) -> None:
        super().__init__(theme, scale)
        self._found = found
        self.heading = found.path.replace("\\", "/").rstrip("/").rpartition("/")[2]
        reads = {
            "text": self.tr("reads text"), "picture": self.tr("looks at pictures"),
            "tensors": self.tr("takes tensors"),
        }  # fmt: skip
        self.facts = [self.tr("Hugging Face folder"), found.model_type, reads[found.reads]]
        self.verb = self.tr("Open")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, self.px(8), 0)
        column.setSpacing(self.px(7))
        names = list(found.architectures)
        last = before.architecture if before is not None else ""
        self.architectures = Choices(
            scale,
            [
                Choice(theme, scale, name, note=self.tr("as its config says") if not i else "")
                for i, name in enumerate(names)
            ],
            names.index(last) if last in names else 0,
        )
        column.addWidget(self.caption(self.tr("ARCHITECTURE")))
        column.addWidget(self.architectures)
        column.addSpacing(self.px(6))
        column.addWidget(self.caption(self.tr("WEIGHTS")))
        its_own = Choice(
            theme, scale, self.tr("Its own weights"),
            self.tr("{size} of safetensors").format(size=bytes_text(found.weights))
            if found.weights
            else self.tr("There are none in this folder"),
        )  # fmt: skip
        its_own.setEnabled(found.weights > 0)
        chance = Choice(
            theme, scale, self.tr("Random weights"),
            self.tr("The architecture is the real one; what it computes means nothing"),
        )  # fmt: skip
        chosen = 1 if before is not None and before.random else 0
        self.weights = Choices(scale, [its_own, chance], chosen if found.weights else -1)
        self.weights.group.idToggled.connect(lambda *_: self.changed.emit())
        column.addWidget(self.weights)
        if not found.weights:
            column.addWidget(
                self.words(
                    self.tr(
                        "This folder holds a configuration without weights. Choose random weights "
                        "to see the architecture at work, or put the folder’s safetensors files "
                        "beside config.json and open it again."
                    )
                )
            )
        column.addStretch(1)
        self._inside = inside
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolling(inside))

    def tall(self) -> int:
        """All of it, if there is room."""
        width = self.px(self.breadth - 80)
        return max(self._inside.sizeHint().height(), self._inside.heightForWidth(width))

    def complete(self) -> bool:
        """Random weights are chosen, never assumed."""
        return bool(self._found.architectures) and self.weights.chosen >= 0

    def start(self) -> QWidget | None:
        """The button, or what is still to choose."""
        return None if self.complete() else self.weights.buttons[1]

    def choose(self) -> Intent | None:
        """The folder as chosen."""
        if not self.complete():
            return None
        name = self._found.architectures[max(0, self.architectures.chosen)]
        return OpenOwn(HuggingFaceModel(self._found.path, name, self.weights.chosen == 1))
