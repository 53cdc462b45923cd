"""The top bar: model, device, the three pages, search, language, theme, presentation."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from explorer.gui.actions import NO_TRAINING
from explorer.gui.banner import PHRASES
from explorer.gui.panel import Panel
from explorer.gui.results import Offer
from explorer.gui.search import SearchField
from explorer.gui.theme import Theme, font
from explorer.gui.training.numbers import grouped
from explorer.picture.numbers import count_text
from explorer.session import intents
from explorer.session.state import AppState, is_idle

_HIGH = 34  # pixels: every button of the row
_CHIPS = 496  # pixels that model, device and weights want beside the tabs
_SHARE = 0.388  # of the window, at most, is theirs
_SEARCH = 110  # pixels below which the search field takes room from “Open…”
_NAME = 52  # pixels that the name of the model is cut to at most
_APART = 8  # pixels more between the chips and the tabs than between two chips
_LATE = 1500  # ms without an answer after which the engine is said to be busy


class Header(Panel):
    """What is open, where it runs, and where one is.

    ``commands`` are (text, keys, do) of every action, which the search field offers beside the
    modules, ops and parameters of the open model.
    """

    def __init__(
        self,
        theme: Theme,
        scale: float,
        commands: list[tuple[str, str, Callable[[], None]]],
    ) -> None:
        super().__init__(theme, scale)
        self._commands = commands
        self._on_model = False
        self._typing = False
        self._fitted: tuple[object, ...] = ()  # what `_fit` went by
        self._named: tuple[object, ...] = ()  # what `_name` went by
        self._lit: tuple[object, ...] = ()  # what `_show_device` went by
        self._state: AppState | None = None
        self._busy = QTimer(self)
        self._busy.setSingleShot(True)
        self._busy.setInterval(_LATE)
        self._busy.timeout.connect(self._say_late)
        self._is_late = False
        self._says: dict[QWidget, list[str]] = {}  # what each may say, the longest first
        self.setFixedHeight(self.px(48))
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(14), 0, self.px(14), 0)
        row.setSpacing(self.px(8))
        self._row = row

        brand = QPushButton()
        brand.setFlat(True)
        brand.setStyleSheet(
            "QPushButton { border: none; background: transparent; padding: 0; }"
            f"QPushButton:focus {{ border-bottom: 1px solid {theme.accent}; }}"
        )
        brand.setCursor(Qt.CursorShape.PointingHandCursor)
        brand.setAccessibleName("Layerscope")
        brand.setToolTip(self.tr("Back to the gallery (Ctrl+G)"))
        brand.clicked.connect(lambda: self.intent.emit(intents.ShowGallery()))
        name = QLabel(
            f'<b>Layer<span style="color:{theme.families["attention"]}">scope</span></b>', brand
        )
        name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        name.setFont(font(scale))  # in a presentation the rest of the window has a larger one
        name.adjustSize()
        brand.setFixedSize(name.size())
        self._brand = brand
        self._model = self._chip()
        self._device = self._chip()
        self._weights = self._chip()
        self._left = QWidget()  # as wide as the window's width makes it, whatever it says
        left = QHBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(self.px(8))
        left.addWidget(brand)
        for chip in (self._model, self._device, self._weights):
            left.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        self._chips = left
        row.addWidget(self._left)

        self._tabs = QWidget()
        self._tabs.setObjectName("tabs")
        self._tabs.setStyleSheet(
            f"#tabs {{ background: {theme.raised}; border-radius: 8px; }}"
            f"#tabs QPushButton {{ background: transparent; border: 1px solid transparent;"
            f" padding: 4px 12px; color: {theme.dim}; }}"
            f"#tabs QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"#tabs QPushButton:disabled {{ color: {_faint(theme)}; }}"
            f"#tabs QPushButton:checked {{ background: {theme.accent};"
            f" color: {theme.accent_text}; }}"
            f"#tabs QPushButton:checked:focus {{ border-color: {theme.text}; }}"
        )
        tabs = QHBoxLayout(self._tabs)
        tabs.setContentsMargins(3, 3, 3, 3)
        tabs.setSpacing(2)
        self._inside = tabs
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for tab, text in (
            ("architecture", self.tr("Architecture")),
            ("forward", self.tr("Forward pass")),
            ("training", self.tr("Training")),
        ):
            button = QPushButton(text)
            button.setObjectName(f"tab-{tab}")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, tab=tab: self.intent.emit(intents.ShowTab(tab)))
            self._group.addButton(button)
            self._buttons[tab] = button
            tabs.addWidget(button)
        self._tabs.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row.addWidget(self._tabs)
        row.addStretch(1)

        self.search = SearchField(theme, scale)
        self.search.typed.connect(lambda text: self.intent.emit(intents.Search(text)))
        self.search.chosen.connect(lambda at: self.intent.emit(intents.ShowFound(at)))
        self.search.busy.connect(self._make_room)
        row.addWidget(self.search)
        self.open = self._button("open", self.tr("Open…"), self.tr("Open your own model (Ctrl+O)"))
        self.open.setStyleSheet(f"padding: 5px {self.px(9)}px;")
        self._says[self.open] = [self.open.text(), "+"]
        row.addWidget(self.open)
        language = self._button("language", self.tr("中"), self.tr("简体中文 (Ctrl+L)"))
        language.clicked.connect(lambda: self.intent.emit(intents.SetLanguage(self._other)))
        self._language = language
        self._other: Literal["en", "zh"] = "zh"
        self._theme_button = self._button("theme", "◐", self.tr("Dark or light (Ctrl+D)"))
        other: Literal["dark", "light"] = "light" if theme.name == "dark" else "dark"
        self._theme_button.clicked.connect(lambda: self.intent.emit(intents.SetTheme(other)))
        present = self._button("present", self.tr("Present"), self.tr("Presentation (F11)"))
        present.setCheckable(True)
        present.clicked.connect(lambda: self.intent.emit(intents.TogglePresent()))
        self._present = present
        for tool in (language, self._theme_button):
            tool.setFixedWidth(self.px(38))
            tool.setStyleSheet("padding-left: 0; padding-right: 0;")
        more = self._button("more", "⋯", self.tr("What there is no room for"))
        more.setFixedWidth(self.px(38))
        more.setStyleSheet(
            "QToolButton { padding-left: 0; padding-right: 0; }"
            "QToolButton::menu-indicator { image: none; }"
        )
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        menu.aboutToShow.connect(self._list_more)
        more.setMenu(menu)
        self.more = more
        self._chips.addWidget(more)
        self._chips.addStretch(1)
        for tool in (language, self._theme_button, present):
            row.addWidget(tool)
        for part in (self.search, self.open, more, language, self._theme_button, present):
            part.setFixedHeight(self.px(_HIGH))  # whatever script they are in

    def render(self, old: AppState | None, new: AppState) -> None:
        """Chips, tab, and what can be found."""
        self._on_model = new.page == "model" and new.model is not None
        self._tabs.setVisible(self._on_model)
        self._buttons[new.tab].setChecked(True)
        self._other = "en" if new.language == "zh" else "zh"
        self._language.setText("EN" if new.language == "zh" else "中")
        self._name(new)
        self._present.setChecked(new.present)
        self.setFixedHeight(self.px(40 if new.present else 48))
        self._state = new
        asked = new.engine.status == "ready" and any(
            tag != "Train" and not is_idle(tag) for tag in new.tickets
        )
        if not asked:
            self._busy.stop()
            self._is_late = False
        elif not self._busy.isActive() and not self._is_late:
            self._busy.start()
        self._show_device()
        if old is None or old.presets != new.presets:
            self._offer(new)
        self.search.show_search(new.search, self._on_model and new.recording is not None)
        self._fit()

    def _name(self, state: AppState) -> None:
        """The model, where its weights come from, and where one can go from it."""
        made = self._made(state)
        named = (state.model, state.title, state.own, state.live, made)
        if named == self._named:
            return
        self._named = named
        if state.model is not None:
            title, count = _short(state.title), count_text(state.model.parameters)
            size = self.tr("{title} · {count} parameters")
            self._says[self._model] = [
                size.format(title=title, count=count), f"{title} · {count}", title
            ]  # fmt: skip
            path = getattr(state.own, "path", "")
            whole = size.format(title=state.title, count=count)
            self._model.setToolTip(f"{whole}\n{path}" if path else whole)
            self._show_trainable(state)
        self._show_ways_out(state.live)
        label = weights_text(made)
        weights = self.tr("weights: {label}").format(label=label)
        self._says[self._weights] = [weights, *self._briefly(made, label)]
        self._weights.setToolTip(weights)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What matters least goes first where it is narrow."""
        super().resizeEvent(event)
        self._fit()

    def _say_late(self) -> None:
        """The engine has not answered for long."""
        self._is_late = True
        self._show_device()
        self._fit()

    def _show_device(self) -> None:
        """Where it runs; that it is busy, if it has not answered for long."""
        state = self._state
        if state is None:
            return
        engine = state.engine
        if (engine, self._is_late) == self._lit:
            return
        self._lit = engine, self._is_late
        dot, said = {
            "starting": (self.theme.dim, self.tr("starting…")),
            "ready": (self.theme.good, engine.device),
            "lost": (self.theme.bad, self.tr("engine stopped")),
        }[engine.status]
        tip = self.tr("{name}, {threads} thread(s)").format(
            name=engine.device_name, threads=engine.threads
        )
        if self._is_late:
            dot, said = self.theme.cursor, self.tr("{device} · busy").format(device=engine.device)
            tip = self.tr(
                "The engine has not answered yet. “Restart the engine” (find it with Ctrl+K) ends "
                "even one that hangs."
            )
        light = f'<span style="color:{dot}">●</span>'
        self._says[self._device] = [f"{light} {said}", light]
        self._device.setToolTip(tip)

    def _fit(self) -> None:
        """Tabs, search and buttons stand where the width of the window puts them, whatever is
        open: the tabs in the middle, if that leaves the chips their room. There chips say less
        where it is narrow, then what matters least goes into the menu “⋯”: the model's name last.
        """
        wide = self._inside.sizeHint().width()
        says = tuple(text for texts in self._says.values() for text in texts)
        fitted = (self.width(), wide, self._on_model, self._typing, says)
        if fitted == self._fitted:
            return
        self._fitted = fitted
        gap, margins = self._row.spacing(), self._row.contentsMargins()
        self._tabs.setFixedWidth(wide)
        right = [self._language, self._theme_button, self._present]
        room = self.width() - margins.left() - margins.right()
        room -= sum(_width(widget) + gap for widget in right)
        opens = self._on_model  # the gallery has its own buttons
        if self._on_model:
            middle = self._tabs.width() + gap
            chips = min(self.px(_CHIPS), round(self.width() * _SHARE))
            for form in (0, 1, 2):
                opens = form < 2
                self.open.setText(self._says[self.open][min(form, 1)])
                spare = room - middle - chips - (_width(self.open) + gap if opens else 0)
                if spare >= self.px(_SEARCH) + 2 * gap:
                    break
            room -= _width(self.open) + gap if opens else 0
            search = max(self.px(72), min(self.px(324), spare - 2 * gap))
            left = room - middle - search - 2 * gap
            centred = (self.width() - self._tabs.width()) // 2 - margins.left() - gap
            left = min(left, max(chips, centred))
        else:
            search, left = self.px(324), room - self.px(324) - 2 * gap
        self._left.setFixedWidth(max(0, left))
        shown = self._fill_left(left, whole=opens or not self._on_model)
        for widget in (self._device, self._model, self._weights):
            widget.setVisible(widget in shown)
        buttons = [*([self.open] if opens else []), *right]
        gives_way = self._typing and search < self.px(324)  # what is typed is to be read
        for button in (self.open, *right):
            button.setVisible(button in buttons and not gives_way)
        if gives_way:
            search += sum(_width(button) + gap for button in buttons)
        self.more.setVisible(self._on_model and (len(shown) < 3 or not opens))
        self.search.take(search)

    def _make_room(self, typing: bool) -> None:
        """While somebody types a narrow field takes the room of the buttons beside it."""
        self._typing = typing
        self._fit()

    def _fill_left(self, room: int, whole: bool) -> list[QLabel]:
        """The chips that there is ``room`` for; ``whole`` if nothing else needs the menu."""
        gap = self._chips.spacing()
        shown = [self._device, self._model, self._weights] if self._on_model else [self._device]

        def left() -> int:
            here: list[QWidget] = [self._brand, *shown]
            here += [] if whole and (len(shown) == 3 or not self._on_model) else [self.more]
            apart = self.px(_APART) if len(shown) == 3 else 0
            return room - apart - sum(_width(widget) + gap for widget in here) + gap

        def say(widget: QLabel, form: int) -> None:
            if widget in shown:
                widget.setText(self._says[widget][form])

        def cut(*gone: QLabel) -> None:
            for chip in gone:
                shown.remove(chip)
            say(self._model, 2)
            whole = self._model.text()
            metrics, middle = self._model.fontMetrics(), Qt.TextElideMode.ElideMiddle
            wide = metrics.horizontalAdvance(whole) + left() - 2
            self._model.setText(metrics.elidedText(whole, middle, max(wide, self.px(_NAME))))

        for chip in (self._device, self._model, self._weights):
            if chip in self._says:
                say(chip, 0)
        for give_way in (
            lambda: say(self._model, 1),
            lambda: say(self._weights, 1),
            lambda: say(self._weights, 2),
            lambda: say(self._model, 2),
            lambda: shown.remove(self._weights),
            lambda: say(self._device, 1),
            cut,
            lambda: cut(self._device),
            lambda: shown.remove(self._model),
        ):
            if left() >= 0 or not self._on_model:
                break
            give_way()
        return shown

    def _list_more(self) -> None:
        """The menu of what is not in the bar, or not in full."""
        menu = self.more.menu()
        assert menu is not None
        menu.clear()
        for chip in (self._model, self._weights):
            if chip.isHidden() or chip.text() != self._says[chip][0]:
                menu.addAction(self._says[chip][0]).setEnabled(False)
        if self._device.isHidden() or self._device.text() != self._says[self._device][0]:
            menu.addAction(self._device.toolTip()).setEnabled(False)
        if self.open.isHidden():
            menu.addSeparator()
            action = menu.addAction(self._says[self.open][0])
            action.setEnabled(self.open.isEnabled())
            action.triggered.connect(self.open.click)

    def _made(self, state: AppState) -> str:
        """Where the weights come from, in the words of the engine."""
        if state.training is not None and state.training.weights:
            return state.training.weights
        if state.recording is not None:
            return state.recording.weights
        return "" if state.model is None else state.model.weights

    def _briefly(self, made: str, label: str) -> list[str]:
        """Shorter and shorter words for where weights come from, that need no “weights:” before
        them: beside a pass a “step 1,200” would be one of its steps."""
        if made.startswith("step "):
            count = int(made[5:])
            text = self.tr("{count} step") if count == 1 else self.tr("{count} steps")
            return [text.format(count=grouped(count))] * 2
        return [label, self.tr("trained") if made == "shipped" else label]

    def _show_trainable(self, state: AppState) -> None:
        """The page of training is for models that have data and a plan."""
        assert state.model is not None
        button = self._buttons["training"]
        button.setEnabled(state.model.trainable)
        told = [QCoreApplication.translate(PHRASES, part) for part in NO_TRAINING]
        told = [part.format(title=_short(state.title)) for part in told]
        button.setToolTip("" if state.model.trainable else _wrapped(" ".join(told)))

    def _show_ways_out(self, live: bool) -> None:
        """The window of a live model shows that one and no other."""
        why = self.tr(
            "This window belongs to a program that shows one of its models in it. Start "
            "Layerscope by itself to open others."
        )
        for button in (self._brand, self.open):
            button.setEnabled(not live)
            if live:
                button.setToolTip(_wrapped(why))

    def _offer(self, state: AppState) -> None:
        offers = [Offer("commands", text, keys, do) for text, keys, do in self._commands]
        for one in state.presets:
            title = getattr(one.preset.title, state.language)
            offers.append(Offer("presets", f"{title} · {one.name}", "", self._open(one.name)))
        self.search.offer(offers)

    def _open(self, name: str) -> Callable[[], None]:
        return lambda: self.intent.emit(intents.OpenPreset(name))

    def _chip(self) -> QLabel:
        chip = QLabel()
        chip.setStyleSheet(
            f"border: 1px solid {self.theme.line}; border-radius: {self.px(11)}px;"
            f" padding: 2px 9px; color: {self.theme.dim};"
        )
        return chip

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button


def _width(widget: QWidget) -> int:
    """How wide a widget of the row will be."""
    return min(max(widget.sizeHint().width(), widget.minimumWidth()), widget.maximumWidth())


def _wrapped(text: str) -> str:
    """A tip that breaks its lines: a long line would stand far from the mouse."""
    return f"<qt>{escape(text)}</qt>"


def _short(text: str) -> str:
    """A name that leaves room for the others; the end of a path matters as much as its start."""
    return text if len(text) <= 36 else f"{text[:18]}…{text[-17:]}"


def _faint(theme: Theme) -> str:
    """What cannot be pressed: halfway between the words and what they stand on."""
    one, other = theme.color("dim"), theme.color("raised")
    return QColor(
        (one.red() + other.red()) // 2, (one.green() + other.green()) // 2,
        (one.blue() + other.blue()) // 2,
    ).name()  # fmt: skip


def weights_text(made: str) -> str:
    """Where weights come from: the engine's word in the user's."""
    translate = QCoreApplication.translate
    if made.startswith("step "):
        return translate("Header", "step {step}").format(step=grouped(int(made[5:])))
    known = {
        "shipped": translate("Header", "trained, shipped"),
        "random": translate("Header", "random"),
        "pretrained": translate("Header", "pretrained"),
    }
    return _short(known.get(made, made or "…"))
