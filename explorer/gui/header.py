"""The top bar: model, device, the three pages, search, language, theme, presentation."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Literal

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QButtonGroup,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from explorer.gui.actions import NO_TRAINING
from explorer.gui.banner import PHRASES
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.gui.training.numbers import grouped
from explorer.picture.numbers import count_text
from explorer.session import intents
from explorer.session.state import AppState

_FINDS = 480  # pixels: the list of what is found
_FINDS_EDGE = 3  # pixels around its rows, inside of its border
_LATE = 1500  # ms without an answer after which the engine is said to be busy


class Header(Panel):
    """What is open, where it runs, and where one is.

    ``commands`` are (text, keys, do) of every action, which the search field offers beside the
    modules and ops of the open model.
    """

    def __init__(
        self,
        theme: Theme,
        scale: float,
        commands: list[tuple[str, str, Callable[[], None]]],
    ) -> None:
        super().__init__(theme, scale)
        self._commands = commands
        self._found: dict[str, Callable[[], None]] = {}
        self._on_model = False
        self._state: AppState | None = None
        self._busy = QTimer(self)
        self._busy.setSingleShot(True)
        self._busy.setInterval(_LATE)
        self._busy.timeout.connect(self._show_device)
        self._is_late = False
        self._armed = False
        self._says: dict[QWidget, list[str]] = {}  # what each may say, the longest first
        self.setFixedHeight(self.px(48))
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(14), 0, self.px(14), 0)
        row.setSpacing(self.px(8))
        self._row = row

        brand = QPushButton()
        brand.setFlat(True)
        brand.setStyleSheet("border: none; background: transparent; padding: 0;")
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
        row.addWidget(brand)
        self._brand = brand
        self._model = self._chip()
        self._device = self._chip()
        self._weights = self._chip()
        for chip in (self._model, self._device, self._weights):
            row.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)

        self._tabs = QWidget()
        self._tabs.setObjectName("tabs")
        self._tabs.setStyleSheet(
            f"#tabs {{ background: {theme.raised}; border-radius: 8px; }}"
            f"#tabs QPushButton {{ background: transparent; border: 1px solid transparent;"
            f" padding: 4px 14px; color: {theme.dim}; }}"
            f"#tabs QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"#tabs QPushButton:disabled {{ color: {_faint(theme)}; }}"
            f"#tabs QPushButton:checked {{ background: {theme.accent};"
            f" color: {theme.accent_text}; }}"
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

        self.search = QLineEdit()
        self.search.setAccessibleName(self.tr("Find a layer, op or command"))
        self.search.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._nothing = QLabel()  # below the field, where the finds would be
        self._nothing.setObjectName("nothing")
        self._nothing.setStyleSheet(
            f"#nothing {{ background: {theme.raised}; border: 1px solid {theme.line};"
            f" color: {theme.dim}; padding: {self.px(6)}px {self.px(10)}px; }}"
        )
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.hide()
        self._model_of_search = QStandardItemModel(self)
        completer = QCompleter(self._model_of_search, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(14)
        popup = completer.popup()
        assert popup is not None
        popup.setMinimumWidth(self.px(_FINDS))  # the field itself may be narrow
        popup.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        popup.setStyleSheet(
            f"QListView {{ background: {theme.raised}; border: 1px solid {theme.dim};"
            f" padding: {self.px(_FINDS_EDGE)}px; }}"
        )
        popup.installEventFilter(self)
        completer.activated.connect(self._go)
        self.search.setCompleter(completer)
        self.search.installEventFilter(self)
        self.search.textEdited.connect(self._arm)
        self.search.textChanged.connect(self._say_nothing_found)
        self.search.returnPressed.connect(self._go_first)
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
        for tool in (more, language, self._theme_button, present):
            row.addWidget(tool)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Chips, tab, and what can be found."""
        self._on_model = new.page == "model" and new.model is not None
        self._tabs.setVisible(self._on_model)
        self._buttons[new.tab].setChecked(True)
        self._other = "en" if new.language == "zh" else "zh"
        self._language.setText("EN" if new.language == "zh" else "中")
        if new.model is not None:
            title, count = _short(new.title), count_text(new.model.parameters)
            size = self.tr("{title} · {count} parameters")
            self._says[self._model] = [
                size.format(title=title, count=count), f"{title} · {count}", title
            ]  # fmt: skip
            path = getattr(new.own, "path", "")
            whole = size.format(title=new.title, count=count)
            self._model.setToolTip(f"{whole}\n{path}" if path else whole)
            self._show_trainable(new)
        self._show_ways_out(new.live)
        label = self._label(new)
        weights = self.tr("weights: {label}").format(label=label)
        self._says[self._weights] = [weights, label]
        self._weights.setToolTip(weights)
        self._present.setChecked(new.present)
        self.setFixedHeight(self.px(40 if new.present else 48))
        self._state = new
        asked = new.engine.status == "ready" and any(tag != "Train" for tag in new.tickets)
        if not asked:
            self._busy.stop()
            self._is_late = False
        elif not self._busy.isActive() and not self._is_late:
            self._busy.start()
        self._show_device()
        if (
            old is None
            or old.recording is not new.recording
            or old.page != new.page
            or old.presets != new.presets
        ):
            self._offer(new)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What matters least goes first where it is narrow."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves the search field empty; who leaves it has read what it says."""
        if watched is not self.search:
            if event.type() in (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize):
                self._place_finds()
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.FocusOut:
            self._nothing.hide()
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.search.clear()
            self.search.clearFocus()
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _place_finds(self) -> None:
        """The list is wider than a narrow field, and stays inside of the window all the same. It
        is as high as its rows are: Qt takes all for as high as the first, and knows no padding."""
        finder = self.search.completer()
        popup = finder.popup() if finder is not None else None
        if finder is None or popup is None:
            return
        shown = min(finder.completionCount(), finder.maxVisibleItems())
        rows = [popup.model().index(row, 0) for row in range(shown)]
        high = sum(popup.sizeHintForIndex(row).height() for row in rows)
        high += 2 * (self.px(_FINDS_EDGE) + 1)
        if rows and popup.height() != high:
            popup.resize(popup.width(), high)
        corner = self.search.mapToGlobal(self.search.rect().bottomLeft())
        over = self.window()
        right = over.mapToGlobal(over.rect().bottomRight()).x() - self.px(8)
        left = max(min(corner.x(), right - popup.width()), right - over.width())
        if popup.x() != left:
            popup.move(left, popup.y())

    def _show_device(self) -> None:
        """Where it runs; that it is busy, if it has not answered for long."""
        state = self._state
        if state is None:
            return
        if self.sender() is self._busy:
            self._is_late = True
        engine = state.engine
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
        self._device.setText(f'<span style="color:{dot}">●</span> {said}')
        self._device.setToolTip(tip)
        self._fit()

    def _fit(self) -> None:
        """The tabs are always whole. The search field shrinks first, then chips say less, then
        what matters least goes into the menu “⋯”."""
        gap, margins = self._row.spacing(), self._row.contentsMargins()
        self._tabs.setFixedWidth(self._inside.sizeHint().width())
        least = self.px(120)
        room = self.width() - margins.left() - margins.right() - 2 * gap - least
        always: list[QWidget] = [self._brand, self._language, self._theme_button, self._present]
        always += [self._tabs] if self._on_model else []
        shown: list[QWidget] = [self._device]
        if self._on_model:  # the gallery has its own buttons
            shown += [self._model, self._weights, self.open]

        def left() -> int:
            here = [*always, *shown]
            here += [self.more] if self._on_model and len(shown) < 4 else []
            return room - sum(_width(widget) + gap for widget in here)

        def say(widget: QLabel | QToolButton, form: int) -> None:
            if widget in shown:
                widget.setText(self._says[widget][form])

        def drop(widget: QWidget) -> None:
            if self._on_model:
                shown.remove(widget)

        say(self._model, 0)
        say(self._weights, 0)
        say(self.open, 0)
        for give_way in (
            lambda: say(self._weights, 1),
            lambda: say(self._model, 1),
            lambda: say(self.open, 1),
            lambda: drop(self.open),
            lambda: drop(self._weights),
            lambda: say(self._model, 2),
            lambda: drop(self._model),
            lambda: drop(self._device),
        ):
            if left() >= 0:
                break
            give_way()
        for widget in (self._device, self._model, self._weights, self.open):
            widget.setVisible(widget in shown)
        self.more.setVisible(self._on_model and len(shown) < 4)
        self.search.setFixedWidth(min(self.px(324), max(self.px(60), least + left())))
        hint = self.tr("Find a layer, op or command…   Ctrl K")
        if self.search.fontMetrics().horizontalAdvance(hint) > self.search.width() - self.px(34):
            hint = self.tr("Find…   Ctrl K")
        self.search.setPlaceholderText(hint)

    def _list_more(self) -> None:
        """The menu of what is not in the bar, or not in full."""
        menu = self.more.menu()
        assert menu is not None
        menu.clear()
        for chip in (self._model, self._weights):
            if chip.isHidden() or chip.text() != self._says[chip][0]:
                menu.addAction(self._says[chip][0]).setEnabled(False)
        if self._device.isHidden():
            menu.addAction(self._device.toolTip()).setEnabled(False)
        if self.open.isHidden():
            menu.addSeparator()
            action = menu.addAction(self._says[self.open][0])
            action.setEnabled(self.open.isEnabled())
            action.triggered.connect(self.open.click)

    def _label(self, state: AppState) -> str:
        made = ""
        if state.training is not None and state.training.weights:
            made = state.training.weights
        elif state.recording is not None:
            made = state.recording.weights
        elif state.model is not None:
            made = state.model.weights
        if made.startswith("step "):
            return self.tr("step {step}").format(step=grouped(int(made[5:])))
        known = {
            "shipped": self.tr("trained, shipped"),
            "random": self.tr("random"),
            "pretrained": self.tr("pretrained"),
        }
        return _short(known.get(made, made or "…"))

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
        found: dict[str, Callable[[], None]] = {}
        recording = state.recording
        if recording is not None and state.page == "model":
            for call in recording.calls[1:]:
                if call.last >= call.first:
                    found[f"{call.module} · {call.kind}"] = self._jump(call.first)
            for event in recording.events:
                found[event.id] = self._jump(event.index)
        for one in state.presets:
            title = getattr(one.preset.title, state.language)
            found[f"{title} · {one.name}"] = self._open(one.name)
        for text, keys, do in self._commands:
            found[f"{text}   {keys}" if keys else text] = do
        self._found = found
        self._model_of_search.clear()
        for text in found:
            self._model_of_search.appendRow(QStandardItem(text))

    def _jump(self, event: int) -> Callable[[], None]:
        def jump() -> None:
            self.intent.emit(intents.ShowTab("forward"))
            self.intent.emit(intents.StepTo(event, reveal=True))

        return jump

    def _open(self, name: str) -> Callable[[], None]:
        return lambda: self.intent.emit(intents.OpenPreset(name))

    def _go(self, text: str) -> None:
        do = self._found.get(text)
        if do is None or not self._armed:
            return  # Return reaches us from the popup and from the field: once is enough
        self._armed = False
        self.search.clear()
        self.search.clearFocus()
        do()

    def _arm(self) -> None:
        self._armed = True

    def _say_nothing_found(self, typed: str) -> None:
        """Nothing pops up where nothing is found: say so in its place."""
        finder = self.search.completer()
        assert finder is not None
        finder.setCompletionPrefix(typed)
        if not typed or finder.completionCount() > 0 or not self.search.hasFocus():
            self._nothing.hide()
            return
        said = self.tr("Nothing found. Try part of a module's, op's or command's name.")
        over = self.parentWidget() or self
        self._nothing.setText(said)
        self._nothing.setParent(over)
        self._nothing.adjustSize()
        corner = self.search.mapTo(over, self.search.rect().bottomRight())
        left = max(0, corner.x() - self._nothing.width())
        self._nothing.move(left, corner.y() + self.px(4))
        self._nothing.raise_()
        self._nothing.show()

    def _go_first(self) -> None:
        typed = self.search.text()
        if not typed:
            return
        if typed in self._found:
            self._go(typed)
            return
        proxy = QSortFilterProxyModel()
        proxy.setSourceModel(self._model_of_search)
        proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        proxy.setFilterFixedString(typed)
        if proxy.rowCount():
            self._go(str(proxy.index(0, 0).data()))

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
