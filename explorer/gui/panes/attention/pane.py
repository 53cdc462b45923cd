"""The attention pane: a switch of pictures, the heads as chips, and the picture."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from explorer.core.attention import ROLLOUT, AttentionLook, Showing
from explorer.core.graph import Recording
from explorer.core.plane import Plane
from explorer.core.values import Along, Reading, View
from explorer.gui.banner import PHRASES
from explorer.gui.changes.menu import index_of, run_of
from explorer.gui.cut import Cut
from explorer.gui.panes.attention.chips import ALL, Chips
from explorer.gui.panes.attention.lines import LinesPart
from explorer.gui.panes.attention.maps import HeadPart, HeadsPart
from explorer.gui.panes.attention.on_image import ImagePart
from explorer.gui.panes.attention.overview import ModelPart
from explorer.gui.panes.attention.part import MAIN, Part, Readings, Scene
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.pane import Question
from explorer.gui.panes.reading import ReadingPane
from explorer.gui.panes.slices import Slices
from explorer.gui.panes.thumbnails import Thumbnails
from explorer.gui.theme import Theme, font, mono
from explorer.picture.attention import Chain, chain, fitted, heads_axis, heads_of, patch_grid
from explorer.session import intents
from explorer.session.state import AppState


class AttentionPane(ReadingPane):
    """Values listed in `Recording.attention`, (…, heads, Q, K).

    How they are looked at is `AppState.attention`; of another map, the look nearest to that one.
    """

    name = "attention"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._look = AttentionLook()
        self._chain: tuple[Recording, int, Chain] | None = None
        self._grids: tuple[Recording, int, bool] | None = None
        self._scene: Scene | None = None
        self._questions: dict[str, Question] = {}
        self._asked: dict[str, View] = {}
        self._renders = False
        self.head, self.all = HeadPart(theme, scale), HeadsPart(theme, scale)
        self.lines, self.model = LinesPart(theme, scale), ModelPart(theme, scale)
        self.image = ImagePart(theme, scale)
        self.parts: dict[Showing, Part] = {
            "head": self.head, "heads": self.all, "lines": self.lines, "model": self.model,
            "image": self.image,
        }  # fmt: skip
        self.lay.setSpacing(self.px(4))
        self.lay.insertWidget(0, self._make_switch())
        self.slices = Slices(theme, scale)
        self.slices.changed.connect(self._slice)
        self.lay.addWidget(self.slices)
        self.chips = Chips(theme, scale)
        self.chips.picked.connect(self._pick_chip)
        self.chips.alone.connect(self._pick_alone)
        self.lay.addWidget(self.chips)
        self._stack = QStackedWidget()
        self._never = QLabel()  # why there is no rollout
        self._never.setWordWrap(True)
        self._never.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(self._never)
        self._where = Cut()
        self._where.setFont(mono(scale, 9))
        self._where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for part in self.parts.values():
            self._stack.addWidget(part)
            part.changed.connect(self.show_look)
            part.wanted.connect(self._more)
            part.said.connect(self._say_where)
        self.head.pointed.connect(self.point)
        self.head.picked.connect(self._pick)
        self.head.map.menu_wanted.connect(self._map_menu)
        for heads in (self.head.heads, self.all.heads):
            heads.menu_wanted.connect(lambda number, at: self._menu(at, number))
        self.model.went.connect(self._go)
        self.lay.addWidget(self._stack, 1)
        self.lay.addWidget(self._where)

    @property
    def map(self) -> Heatmap:
        """The large map."""
        return self.head.map

    @property
    def heads(self) -> Thumbnails:
        """The small maps beside it."""
        return self.head.heads

    def _make_switch(self) -> QWidget:
        theme, row = self.theme, QWidget()
        row.setObjectName("attention-switch")
        row.setStyleSheet(
            f"QPushButton {{ background: transparent; border: 1px solid transparent;"
            f" padding: 2px {self.px(7)}px; color: {theme.dim}; }}"
            f"QPushButton:hover {{ color: {theme.text}; }}"
            f"QPushButton:checked {{ color: {theme.accent}; border-color: {theme.accent}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"QPushButton:checked:focus {{ border-color: {theme.text}; }}"
        )
        lay = QHBoxLayout(row)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.setSpacing(self.px(1))
        self._group = QButtonGroup(self)
        self.switch: dict[Showing, QPushButton] = {}
        made: tuple[tuple[Showing, str, str], ...] = (
            ("head", self.tr("Head"), self.tr("One head, down to single weights")),
            ("heads", self.tr("Heads"), self.tr("All heads of this layer")),
            ("lines", self.tr("Lines"), self.tr("Lines between tokens")),
            ("model", self.tr("Model"), self.tr("All layers and heads")),
            ("image", self.tr("Image"), self.tr("On the image that the model was given")),
        )
        for show, text, tip in made:
            button = QPushButton(text)
            button.setObjectName(f"attention-{show}")
            button.setCheckable(True)
            button.setFont(font(self.scale, 9.5))
            button.setToolTip(self.tr("{what} (A: the next picture)").format(what=tip))
            button.clicked.connect(lambda _=False, show=show: self._show(show))
            self._group.addButton(button)
            self.switch[show] = button
            lay.addWidget(button)
        lay.addStretch(1)
        self.faint = QPushButton(self.tr("Faint too"))
        self.faint.setCheckable(True)
        self.faint.setFont(font(self.scale, 9))
        self.faint.setToolTip(
            self.tr(
                "Faint weights can be seen: colours on a logarithmic scale, lines full at the "
                "largest weight shown"
            )
        )
        self.faint.clicked.connect(lambda on: self.show_look(replace(self._look, faint=on)))
        lay.addWidget(self.faint)
        return row

    # ------------------------------------------------------------------ what somebody wants

    def show_look(self, look: AttentionLook) -> None:
        """Look at attention so from now on."""
        self.intent.emit(intents.ShowAttention(look))

    def turn(self, by: int) -> None:
        """The next picture that there is, or the one before."""
        there = [show for show, button in self.switch.items() if not button.isHidden()]
        at = there.index(self._shown) if self._shown in there else 0
        self._show(there[(at + by) % len(there)])

    def _show(self, show: Showing) -> None:
        self.show_look(replace(self._look, show=show))

    def _pick_chip(self, chip: int) -> None:
        look, quiet = self._look, self._look.quiet
        if not self.parts[self._shown].several or (chip < 0 and chip != ALL):
            head = 0 if self._shown == "lines" and chip == look.head else chip
            self.show_look(replace(look, head=head))
            return
        heads = frozenset(range(self._count()))
        if chip == ALL:
            quiet = quiet - heads if heads & quiet else quiet | heads
        elif look.head < 0:
            quiet = quiet - {chip}
        else:
            quiet = quiet ^ {chip}
        self.show_look(replace(look, head=chip if chip >= 0 else max(0, look.head), quiet=quiet))

    def _pick_alone(self, chip: int) -> None:
        if chip < 0 or not self.parts[self._shown].several:
            self._pick_chip(chip)
            return
        others = frozenset(range(self._count())) - {chip}
        self.show_look(replace(self._look, head=chip, quiet=others))

    def _pick(self, place: tuple[int, ...]) -> None:
        """Tell how a weight came to be; what is made of several heads is no number of the pass."""
        if self._look.head >= 0:
            self.pick(place)
        else:
            self._say_where(
                self.tr("It is made of all heads: choose one to see how a weight came.")
            )

    def _slice(self, plane: Plane) -> None:
        leading = len(plane.shape) - len(plane.keep)
        self.show_look(replace(self._look, at=plane.at[:leading]))

    def _map_menu(self, at: QPoint) -> None:
        """On the large map: what is under the mouse, and its head; nothing of a mean."""
        reading, (row, column) = self._question.shown, self.map.cell
        if self._look.head >= 0 and reading is not None and min(row, column) >= 0:
            runs = zip((row, column), reading.first, reading.block, self._look.of, strict=True)
            places = [run_of(first // block + n, block, size) for n, first, block, size in runs]
            self._menu(at, self._look.head, *places)

    def _menu(self, at: QPoint, head: int, query: int | str = "", key: int | str = "") -> None:
        """Offer to change a head, or what a query sees in it, or one weight."""
        if self._scene is None or self.state is None or self.state.recording is None:
            return
        what = self._scene.what
        axis, rank = heads_axis(what), len(what.shape)
        wanted: list[tuple[str, tuple[int | str | None, ...]]] = []
        if query != "" and key != "":
            wanted = [
                (self.tr("This weight"), (query, key)),
                (self.tr("What this query sees"), (query, None)),
                (self.tr("All looks at this key"), (None, key)),
            ]
        wanted.append((self.tr("This head"), (None, None)))
        keep = (rank - 2, rank - 1) if axis is None else (axis, rank - 2, rank - 1)
        front = () if axis is None else (head,)
        found = []
        for text, place in wanted:
            cells = index_of(keep, rank, (*front, *place))
            found.append((f"{text}  [{cells}]", cells))
        menu = self.change_menu(self, self._scene.value, found)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def _go(self, event: int, value: int) -> None:
        """The cursor goes to the map that was chosen among all of the model."""
        if self.state is not None and self.state.value != value:
            self.intent.emit(intents.StepTo(event, reveal=True))
            if self.state.value != value:
                self.intent.emit(intents.SelectOutput(value))

    # ------------------------------------------------------------------ asking and showing

    @property
    def _shown(self) -> Showing:
        """The picture on screen: the one wanted, or a map where that one does not suit."""
        show = self._look.show
        return "head" if self.switch[show].isHidden() else show

    def _count(self) -> int:
        return heads_of(self._scene.what) if self._scene is not None else 1

    def render(self, old: AppState | None, new: AppState) -> None:
        """Ask for what the picture needs; show what is there of it."""
        self._renders = True
        super().render(old, new)
        if self._scene is not None and new.recording is not None and new.value is not None:
            came = [q for q in self._questions.values() if q.answer(new) is not None]
            state = (self._scene, tuple(self._asked))
            if came or self._painted != state:
                self._painted = state
                self._paint()
            # what was painted may have left other room
            self._question.put(self._ask(new.recording, new.value))
        self._renders = False

    _painted: tuple[object, ...] = ()

    def view(self, recording: Recording, value: int) -> View | None:
        """What the picture on screen needs; the other questions are put, too."""
        return self._ask(recording, value)

    def _ask(self, recording: Recording, value: int) -> View | None:
        assert self.state is not None
        what = recording.values[value]
        self._look = fitted(self.state.attention, what)
        self._offer(recording, value)
        rolls = self._look.head == ROLLOUT and self._shown not in ("model", "heads")
        found = self._chain_of(recording, value) if rolls else Chain()
        scene = Scene(recording, value, self._look, found.values)
        if self._scene is None or not _same(self._scene, scene):
            self._scene = scene
        part = self.parts[self._shown]
        if found.why:
            said = QCoreApplication.translate(PHRASES, found.why)
            self._never.setText(said.format(**dict(found.given)))
            self._stack.setCurrentWidget(self._never)
            self._asked = {}
            return None
        self._stack.setCurrentWidget(part)
        self._settle()
        self._asked = part.views(self._scene)
        for name, view in self._asked.items():
            if name != MAIN:
                question = self._questions.get(name)
                if question is None:
                    question = Question(f"{self.name}/{name}", self.intent.emit)
                    self._questions[name] = question
                question.put(view)
        return self._asked.get(MAIN)

    def _settle(self) -> None:
        """The layout, before anybody asks how many pixels there are."""
        layout = self.layout()
        if layout is not None and self.isVisible():
            layout.activate()

    def _offer(self, recording: Recording, value: int) -> None:
        """What there is to choose for this map, and what is chosen."""
        what, count = recording.values[value], heads_of(recording.values[value])
        if self._grids is None or self._grids[0] is not recording or self._grids[1] != value:
            self._grids = (recording, value, patch_grid(recording, value) is not None)
        self.switch["heads"].setVisible(count > 1)
        self.switch["image"].setVisible(self._grids[2])
        self.switch[self._shown].setChecked(True)
        self.faint.setChecked(self._look.faint)
        self.faint.setVisible(self._shown != "image")
        several = self.parts[self._shown].several
        on = frozenset({self._look.head})
        if several and self._look.head >= 0:
            on = frozenset(range(count)) - self._look.quiet
        self.chips.show_chips(count, on, several)
        self.chips.setVisible(self._shown != "model")
        axis = heads_axis(what)
        rank = len(what.shape)
        leading = rank - 2 if axis is None else axis
        one: Along = ""
        plane = Plane(
            of=what.name, shape=what.shape, axes=what.axes, keep=tuple(range(leading, rank)),
            at=(*self._look.at, *[0] * (rank - leading)), along=(one,) * rank,
        )  # fmt: skip
        self.slices.setVisible(self.slices.show_plane(plane, recording, value))

    def _chain_of(self, recording: Recording, value: int) -> Chain:
        if self._chain is None or self._chain[0] is not recording or self._chain[1] != value:
            self._chain = (recording, value, chain(recording, value))
        return self._chain[2]

    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """The picture, or a part of it."""
        self._paint()

    def _paint(self) -> None:
        if self._scene is None:
            return
        if self._stack.currentWidget() is self._never:
            self.say("")
            self._where.show_text(" ")
            return
        part = self.parts[self._shown]
        part.show_scene(self._scene, self._there())
        said, tip = part.help(self._scene)
        self.say(" ".join(filter(None, (said, self._of_what()))), tip)
        self.light()

    def _of_what(self) -> str:
        """What is seen in place of a head, in words."""
        if self._shown in ("heads", "model") or self._look.head >= 0 or self._scene is None:
            return ""
        if self._look.head == ROLLOUT:
            return self.tr(
                "Rollout: the product of ½A + ½I over {count} layers, A the mean of the heads."
            ).format(count=len(self._scene.through))
        return self.tr("The mean of {count} heads.").format(count=self._count())

    def _there(self) -> Readings:
        """The answers that are of what is asked, if maybe of another part of it."""
        found = {}
        for name, asked in self._asked.items():
            question = self._question if name == MAIN else self._questions[name]
            shown = question.shown
            if shown is not None and _of_one(shown.view, asked):
                found[name] = shown
        return found

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """Its head; among all of the model the one that was clicked stays."""
        assert self.state is not None
        look = fitted(self.state.attention, recording.values[value])
        if look.show != "model" and len(index) > 2 and look.head != index[-3]:
            self.show_look(replace(look, head=index[-3]))

    def light(self) -> None:
        """On the large map, once what is there is of what it shows: another picture has others."""
        if self._shown == "head" and MAIN in self._there():
            self.mark(self.map.mark)

    @property
    def up_to_date(self) -> bool:
        """Whether the numbers on screen are those asked for last."""
        return all(
            (self._question if name == MAIN else self._questions[name]).answered
            for name in self._asked
        )

    def forget(self) -> None:
        """Ask for all anew."""
        super().forget()
        for question in self._questions.values():
            question.forget()
        self._painted = ()

    def _more(self) -> None:
        if not self._renders:
            self.refresh()

    def _say_where(self, text: str) -> None:
        self._where.show_text(text or " ", text)


def _same(one: Scene, other: Scene) -> bool:
    return (
        one.recording is other.recording
        and (one.value, one.look, one.through) == (other.value, other.look, other.through)
    )  # fmt: skip


def _of_one(shown: View, asked: View) -> bool:
    """Whether two views are of the same numbers, but for the part and the size."""
    return all(
        getattr(shown, name) == getattr(asked, name)
        for name in ("tape", "value", "keep", "at", "along", "take", "through", "stack")
    )
