"""The desk: lays the panels out in the window, and makes them anew when the look changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTranslator
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.core.change import spelled
from explorer.core.places import shipped
from explorer.core.reach import Way
from explorer.gui.actions import ACTIONS, NO_TRAINING, TABS_OF, Action, usable
from explorer.gui.arrangement import Arrangement
from explorer.gui.banner import PHRASES, BannerBar
from explorer.gui.changes.strip import ChangesStrip
from explorer.gui.commands import Commands
from explorer.gui.derivation.drawer import DerivationDrawer
from explorer.gui.export.exporter import Exporter
from explorer.gui.figure import FigurePage, Reader
from explorer.gui.figure.place import MapPlace, toggle_figure
from explorer.gui.files import Files
from explorer.gui.gallery import Gallery
from explorer.gui.header import Header
from explorer.gui.inputs import InputEditor
from explorer.gui.inspector import Inspector
from explorer.gui.keys import OwnKeys
from explorer.gui.language import speak
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.foundchip import FoundChip
from explorer.gui.map.maps import Maps
from explorer.gui.map.outlook import Sight
from explorer.gui.map.planner import Planner
from explorer.gui.memory import Memory
from explorer.gui.opening import Busy, DropPlace, OpeningSheet
from explorer.gui.outline import Outline
from explorer.gui.panel import Panel
from explorer.gui.pointing import Pointing
from explorer.gui.side import Right, Side, scrolling
from explorer.gui.stepper import Stepper
from explorer.gui.table import Table
from explorer.gui.theme import THEMES, Theme, apply, font
from explorer.gui.training import IterationPanel, TrainingBar, TrainingPage, TrainingPlan
from explorer.gui.window import Window
from explorer.gui.writing import WritingStrip
from explorer.picture.figure import ready_figure
from explorer.picture.plane import first_of, fitted
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState

PRESENT = 1.4  # how much larger everything is in presentation mode
_TRAINING = ("training", "train", "train-step", "train-phase", "train-reset")


class Desk(QObject):
    """Joins a window and a session: panels, actions, language and theme.

    Panels are cheap and keep no truth, so a change of theme, language or scale makes all of them
    anew; ``canvas`` gets its old place on the map back.
    """

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._translators: list[QTranslator] = []
        self._language = ""
        self._look: tuple[object, ...] = ()
        self._usable = frozenset(action.name for action in ACTIONS)
        self._actions: dict[str, QAction] = {}
        self._presented: tuple[object, list[Sight]] | None = None  # model and views before it began
        self._memory = Memory()
        self._files = Files(window, session, self._memory)
        self._planners = Planner(self), Planner(self)
        self._reader = Reader(self)
        self._reader.read.connect(self._figure_read)
        self._exporter = Exporter(window, session, self._memory)
        self.panels: list[Panel] = []
        window.setWindowIcon(QIcon(str(shipped("assets") / "icon.svg")))
        self._make_actions()
        OwnKeys(window)
        self._pointing = Pointing(window, session.take)
        session.listen(self._render)

    def close(self) -> None:
        """Stop listening, and speak no more; the window can go."""
        self._session.unlisten(self._render)
        app = QApplication.instance()
        for old in self._translators if app is not None else ():
            QCoreApplication.removeTranslator(old)

    @property
    def canvas(self) -> Canvas:
        """The map of the active side."""
        return self.maps.active

    def do(self, name: str) -> None:
        """Do an action of the table by name, as its key would."""
        self._actions[name].trigger()

    def _render(self, old: AppState | None, new: AppState) -> None:
        before, focused = old, self._window.focusWidget()
        if old is not None and old.present != new.present:
            self._window.present(new.present)
        look = (new.theme, new.language, new.scale, new.present)
        if look != self._look:
            self._look = look
            self._build(old, new)
            old = None
        if old is None or _placed(old) != _placed(new) or old.model is not new.model:
            self._place(new)
        shown = new.recording if new.beside is None else None
        if shown is not None and ready_figure(shown) is None:
            self._reader.begin(shown)
        self._map_place.show_state(new)
        for panel in self.panels:
            panel.render(old, new)
        self._enable(new)
        self._files.remember(before, new)
        asked = before is not None and before.found is not None
        if new.found is not None or (asked and self.sheet.give_back()):
            return  # the sheet has the keyboard, or had it
        if new.page == "gallery" and (
            old is None or old.presets != new.presets or old.page != new.page or asked
        ):
            self.gallery.take_focus()
        elif before is not None and new.table and not before.table and new.tab != "training":
            self.table.take_focus()
        elif new.page == "model" and (
            (before is not None and before.page != new.page)
            or asked
            or (focused is not None and not self._has_keys(focused))
        ):  # what had the keyboard is gone, or the page is new: the arrow keys step at once
            self._map_place.take_focus()

    def _figure_read(self) -> None:
        """The figure of a large pass is known now, or that there is none."""
        state = self._session.state
        self._render(state, state)
        if self._reader.wanted:
            toggle_figure(self._session, self._reader)

    def _has_keys(self, focused: QWidget) -> bool:
        """Whether what had the keyboard is still there, and has it, or a proposal took it."""
        now = self._window.focusWidget()
        if now is not None and now is not focused and self.changes.form.isAncestorOf(now):
            return self.changes.form.isVisible()
        return now is focused and self._whole.isAncestorOf(focused)

    def _build(self, old: AppState | None, state: AppState) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._speak(app, state.language)
        theme = THEMES[state.theme]
        scale = state.scale * (PRESENT if state.present else 1.0)
        apply(app, theme, scale)
        for action in ACTIONS:
            self._actions[action.name].setText(_text(action))

        kept_so = old is not None and (old.scale, old.present) == (state.scale, state.present)
        shown = self._window.centralWidget()
        arranged = Arrangement.of(shown) if kept_so and shown is not None else None
        maps = next((p for p in self.panels if isinstance(p, Maps)), None)
        sights = maps.sights if maps is not None and state.recording is not None else []
        if old is not None and old.present != state.present:
            kept, self._presented = self._presented, None
            if state.present and sights:
                self._presented = (state.model, sights)
            sights = kept[1] if kept is not None and kept[0] is state.model else []
        self.header = Header(theme, state.scale, self._commands())
        self.header.open.clicked.connect(lambda: self.do("open-file"))
        self.header.search.left.connect(self._leave_search)
        self.banner = BannerBar(theme, scale)
        self.gallery = Gallery(theme, scale, self._memory)
        self.gallery.wanted.connect(self.do)
        self.busy = Busy(theme, scale)
        self.sheet = OpeningSheet(theme, scale, self._memory)
        self.inputs = InputEditor(theme, scale)
        self.outline = Outline(theme, scale)
        self.maps = Maps(theme, scale, self._planners, state)
        self.maps.give_keys([self._actions[a.name] for a in ACTIONS if a.where == "canvas"])
        self.maps.restore(sights)
        self.figure = FigurePage(theme, scale)
        self.found_chip = FoundChip(theme, scale, self.canvas)
        self.maps.turned.connect(self._turn)
        self.inspector = Inspector(theme, scale)
        self.stepper = Stepper(theme, state.scale)
        self.derivation = DerivationDrawer(theme, scale)
        self.changes = ChangesStrip(theme, scale)
        self.writing = WritingStrip(theme, scale)
        self.table = Table(theme, scale, self._memory.folder)
        self._plan, self._training = TrainingPlan(theme, scale), TrainingPage(theme, scale)
        self._training_bar = TrainingBar(theme, state.scale)
        self._iteration = IterationPanel(theme, scale)
        self.panels = [
            self.inspector,  # first: the engine reads what it asks for while the rest is shown
            self.header, self.banner, self.gallery, self.inputs, self.outline, self.maps,
            self.writing, self.stepper, self.table, self._plan, self._training, self._training_bar,
            self.busy, self.sheet, self.found_chip, self.figure, self.derivation, self.changes,
            self._iteration,
        ]  # fmt: skip
        for panel in self.panels:
            panel.intent.connect(self._pointing.take)
        for bar in (self.header, self.stepper, self._training_bar):
            for part in bar.findChildren(QWidget):  # what a presentation enlarges is between them
                if part.font().pointSizeF() == app.font().pointSizeF():
                    part.setFont(font(state.scale))
        whole = self._lay_out(theme, scale)
        self._of_parts = Commands(self.maps, self.inspector, self.stepper, self.panels)
        self._window.fill(whole)
        if arranged is not None:
            arranged.restore(whole)
        self.drop_place = DropPlace(theme, scale, whole)
        self.drop_place.dropped.connect(self._files.take_dropped)

    def _lay_out(self, theme: Theme, scale: float) -> QWidget:
        def px(pixels: float) -> int:
            return round(pixels * scale)

        self._left = QStackedWidget()
        self._left.addWidget(Side(theme, self.inputs, self.outline))
        self._left.addWidget(scrolling(self._plan))
        self._centre = QStackedWidget()
        self._map_place = MapPlace(self.maps, self.figure)
        self._centre.addWidget(self._map_place)
        self._centre.addWidget(self._training)
        self._bottom = QStackedWidget()
        self._bottom.addWidget(self.stepper)
        self._bottom.addWidget(self._training_bar)

        wide, high = self._window.width(), self._window.height()
        right = max(px(400), min(px(560), round(wide * 0.28)))
        self._left.setMinimumWidth(px(210))
        self._right = Right(self.inspector, self._iteration)
        upper = _splitter(Qt.Orientation.Horizontal, self._left, self._centre)
        upper.setStretchFactor(1, 1)
        upper.setSizes([px(262), max(px(400), wide - right - px(262))])
        drawers = _splitter(Qt.Orientation.Vertical, upper, self.derivation)
        drawers.setStretchFactor(0, 1)
        drawers.setSizes([max(px(200), high - self.derivation.high), self.derivation.high])
        self._splitter = _splitter(Qt.Orientation.Horizontal, drawers, self._right)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setSizes([wide - right, right])

        self._work = QWidget()
        work = QVBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(0)
        self._floors = _splitter(Qt.Orientation.Vertical, self._splitter, self.table)
        self._floors.setStretchFactor(0, 1)
        self._splitter.setMinimumHeight(min(px(420), round(high * 0.52)))  # the table leaves that
        self._floors.setSizes([round(high * 0.6), round(high * 0.36)])
        work.addWidget(self.changes)
        work.addWidget(self._floors, 1)
        work.addWidget(self.writing)
        self._bottom_line = _line(theme)
        work.addWidget(self._bottom_line)
        work.addWidget(self._bottom)

        self._pages = QStackedWidget()
        self._pages.addWidget(self.gallery)
        self._pages.addWidget(self._work)
        self._whole = whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(_line(theme))
        column.addWidget(self._pages, 1)
        self.banner.covers.connect(self._training.clear_foot)
        self._turn()
        self.busy.lie_over(self._pages)
        self.sheet.lie_over(whole)
        return whole

    def _place(self, state: AppState) -> None:
        """Show the panels of the page and tab."""
        on_model = state.page == "model" and state.model is not None
        self._pages.setCurrentWidget(self._work if on_model else self.gallery)
        training = state.tab == "training"
        self._left.setCurrentIndex(1 if training else 0)
        self._left.setVisible(not state.present)
        self._centre.setCurrentIndex(1 if training else 0)
        self._right.place(state.tab)
        self.table.setVisible(state.table and not training)
        self._bottom.setCurrentIndex(1 if training else 0)
        self._bottom.setVisible(state.tab != "architecture")
        self._bottom_line.setVisible(state.tab != "architecture")
        bar = self._training_bar if training else self.stepper
        self._bottom.setFixedHeight(bar.sizeHint().height())
        self._window.setWindowTitle(f"{state.title} – Layerscope" if on_model else "Layerscope")

    def _speak(self, app: QApplication, language: str) -> None:
        if language == self._language:
            return
        self._language = language
        for old in self._translators:
            app.removeTranslator(old)
        self._translators = speak(app, language)

    # ------------------------------------------------------------------ actions

    def _make_actions(self) -> None:
        for action in ACTIONS:
            made = QAction(action.text, self._window)
            made.setObjectName(action.name)
            made.setShortcuts([QKeySequence(key) for key in action.keys])
            made.setShortcutContext(
                Qt.ShortcutContext.WidgetShortcut
                if action.where == "canvas"
                else Qt.ShortcutContext.WindowShortcut
            )
            do = self._doer(action)
            made.triggered.connect(self._if_trainable(do) if action.name in _TRAINING else do)
            self._window.addAction(made)
            self._actions[action.name] = made

        self._actions["close-all"].triggered.connect(lambda: self.outline.collapse())
        self._actions["open-all"].triggered.connect(lambda: self.outline.expand())

    def _doer(self, action: Action) -> Callable[[], None]:
        if action.intent is not None:
            return lambda: self._session.take(action.intent)  # type: ignore[arg-type]
        own: dict[str, Callable[[], None]] = {
            "walk-down": lambda: self.canvas.walk("down"),
            "walk-up": lambda: self.canvas.walk("up"),
            "walk-left": lambda: self.canvas.walk("left"),
            "walk-right": lambda: self.canvas.walk("right"),
            "fold": lambda: self.canvas.toggle_fold(),
            "colour-by": lambda: self.canvas.colouring.legend.open_menu(),
            "figure": lambda: toggle_figure(self._session, self._reader),
            "fit": lambda: self._map_place.fit(),
            "zoom-in": lambda: self._map_place.zoom_by(1.25),
            "zoom-out": lambda: self._map_place.zoom_by(0.8),
            "export-graph": lambda: self._exporter.ask(self._map_place.source),
            "copy-view": lambda: self._exporter.copy(self._map_place.source),
            "train": self._train,
            "save-weights": self._files.save,
            "save-preset": lambda: self.changes.save_preset(),
            "open-file": self._files.open_file,
            "open-folder": self._files.open_folder,
            "find": self._find,
            "theme": lambda: self._session.take(
                intents.SetTheme("light" if self._session.state.theme == "dark" else "dark")
            ),
            "language": lambda: self._session.take(
                intents.SetLanguage("en" if self._session.state.language == "zh" else "zh")
            ),
            "larger": lambda: self._rescale(0.1),
            "smaller": lambda: self._rescale(-0.1),
            "derive": self._derive,
            "change": self._change,
            "save-changes": lambda: self.changes.save(),
            "load-changes": lambda: self.changes.load(),
            "reach-from": lambda: self._show_reach("from"),
            "reach-to": lambda: self._show_reach("to"),
            "dismiss": self._dismiss,
            "quit": self._quit,
        }
        return own.get(action.name) or (lambda: self._of_parts.does[action.name]())

    def _commands(self) -> list[tuple[str, str, Callable[[], None]]]:
        return [
            (
                _text(action),
                action.keys[0] if action.keys else "",
                self._actions[action.name].trigger,
            )
            for action in ACTIONS
        ]

    def _enable(self, state: AppState) -> None:
        """Keys of a tab work in that tab only, and nothing but the sheet while it asks."""
        asking = state.found is not None
        on_model = state.page == "model" and state.model is not None
        for panel in (self.header, self._pages):
            panel.setEnabled(not asking)
        names = usable(
            state.tab if on_model else "",
            loaded=state.model is not None,
            graph=on_model and state.recording is not None,
            figure=self._map_place.figured,
            two=state.beside is not None,
            asking=asking,
            closes=asking or self.busy.waits or state.banner is not None or state.present
            or state.derivation.pinned is not None
            or bool(state.search.text) or state.cone is not None or bool(state.start)
            or state.changes.draft is not None,
        )  # fmt: skip
        for name in names ^ self._usable:
            self._actions[name].setEnabled(name in names)
        self._usable = names

    def _rescale(self, by: float) -> None:
        self._session.take(intents.SetScale(self._session.state.scale + by))

    def _train(self) -> None:
        training = self._session.state.training
        if training is not None:
            running = training.running
            self._session.take(intents.PauseTraining() if running else intents.StartTraining(None))

    def _if_trainable(self, do: Callable[[], None]) -> Callable[[], None]:
        """Do it; of a model that cannot be trained, tell why nothing is done."""

        def tried() -> None:
            state = self._session.state
            if state.model is None or state.model.trainable:
                do()
            else:
                self._session.take(intents.Report("training", *NO_TRAINING, {"title": state.title}))

        return tried

    def _dismiss(self) -> None:
        """Escape is for what is on top: the sheet, the wait, the message, the presentation."""
        state = self._session.state
        if state.found is not None:
            self._session.take(intents.ForgetFound())
        elif not self.busy.isHidden():
            self._session.take(intents.Cancel())
        elif state.banner is not None:
            self._session.take(intents.Dismiss())
        elif state.search.text:
            self._session.take(intents.Search(""))
        elif state.changes.draft is not None:
            self._session.take(intents.DropProposal())
        elif state.reach.way:
            self._session.take(intents.ShowReach(""))
        elif not self.derivation.isHidden():
            self._session.take(intents.EndDerivation())
        elif state.tab in TABS_OF["graph"] and (state.cone is not None or state.start):
            self._session.take(intents.Unlight())
        elif state.present:
            self._session.take(intents.TogglePresent())

    def _derive(self) -> None:
        """Tell of the number under the mouse, or of the first one in view; or no more of any."""
        state = self._session.state
        cell = state.derivation.pointed
        if state.derivation.pinned is not None:
            self._session.take(intents.EndDerivation())
        elif cell is not None:
            self._session.take(cell.asked())
        elif self.inspector.choose_pointed():
            pass  # it asks
        elif state.recording is not None and state.value is not None:
            plane = fitted(state.plane, state.recording.values[state.value])
            self._session.take(intents.Derive(state.value, first_of(plane)))

    def _change(self) -> None:
        """Propose to change the cell that is told of or, of another value, all of this."""
        state = self._session.state
        cell = state.derivation.pinned
        told = cell is not None and cell.value == state.value
        self._session.take(
            intents.ProposeChange(cells=spelled(cell.index) if cell and told else "")
        )

    def _show_reach(self, way: Way) -> None:
        """Show where the chosen number came from, or goes to: the first of the value, if none is
        chosen."""
        if self._session.state.derivation.pinned is None:
            self._derive()
        self._session.take(intents.ShowReach(way))

    def _quit(self) -> None:
        self._window.close()

    def _find(self) -> None:
        self.header.search.begin()

    def _turn(self) -> None:
        """The other map is active: what lies over the map goes there."""
        self.found_chip.lie_over(self.canvas)
        over = self.canvas if self.maps.other is None else self.maps
        self.banner.lie_over(self._whole, self.gallery, over, self.figure, self._training)

    def _leave_search(self) -> None:
        """The keys go back to the page."""
        if self._session.state.page == "gallery":
            self.gallery.take_focus()
        else:
            self._map_place.take_focus()


def _splitter(way: Qt.Orientation, *parts: QWidget) -> QSplitter:
    """Parts beside or below each other, of which none goes away when it is made small."""
    made = QSplitter(way)
    made.setHandleWidth(1)
    made.setChildrenCollapsible(False)
    for part in parts:
        made.addWidget(part)
    return made


def _text(action: Action) -> str:
    """What an action is called in the user's language."""
    return QCoreApplication.translate(PHRASES, action.text).format(number=action.number)


def _placed(state: AppState) -> tuple[object, ...]:
    """What decides which panels are on screen."""
    return state.page, state.tab, state.table


def _line(theme: Theme) -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    line.setStyleSheet(f"background: {theme.line};")
    return line
