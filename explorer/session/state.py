"""`AppState`: everything that is on screen, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from explorer.core.asked import Answer
from explorer.core.attention import AttentionLook
from explorer.core.breaks import Breaks, Hit
from explorer.core.comparison import Comparison
from explorer.core.convolution import ConvolutionLook
from explorer.core.explanation import Explanation, Region
from explorer.core.flow import Cone
from explorer.core.generation import looks_ahead
from explorer.core.graph import ModelInfo, Recording
from explorer.core.messages import Probe
from explorer.core.neurons import NeuronsLook
from explorer.core.plane import Plane
from explorer.core.prediction import Chance, Sampling
from explorer.core.presets import ShippedPreset
from explorer.core.quantities import MEASURABLE, Amounts, Overlay
from explorer.core.reach import Extent, Reach, Way
from explorer.core.recurrent import RecurrentLook
from explorer.core.sources import Found, LiveModel, Own, title
from explorer.core.spec import TrainSpec
from explorer.core.units import FeaturesLook
from explorer.core.values import Input, Oddity, Reading, Statistics
from explorer.session.arrangement import Arrangement
from explorer.session.changes import Changes
from explorer.session.earlier import Earlier
from explorer.session.finding import Search
from explorer.session.history import Bookmark, History
from explorer.session.intents import Derive, Rows, Tab
from explorer.session.iterating import Iterating
from explorer.session.series import Series
from explorer.session.writing import Writing

A = TypeVar("A", bound=Answer)
_OF_A_MODEL = ("model", "shipped", "own", "put", "training")
_OF_A_PASS = (
    "recording", "typed", "cursor", "open", "unfolded", "selected", "history", "changes", "earlier",
    "writing",
)  # fmt: skip
GLIMPSE = "glimpse/"  # begins the names of the panes that are small pictures in nodes
AHEAD = "ahead/"  # begins the names of panes where they ask for what may be looked at next


@dataclass(frozen=True)
class Engine:
    """The engine as the desktop knows it. ``instead`` is the device to start it on where the one
    that was asked for is not here, ``""`` while nothing was refused."""

    status: Literal["starting", "ready", "lost"] = "starting"
    device: str = ""
    device_name: str = ""
    threads: int = 0
    restarts: int = 0
    instead: str = ""


@dataclass(frozen=True)
class Banner:
    """One sentence across the top. ``text`` and ``remedy`` are templates filled by ``values``;
    ``again`` is the path that can be opened again once it is mended, ``""`` if there is none."""

    kind: str
    text: str
    remedy: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    level: Literal["problem", "news"] = "problem"
    again: str = ""


@dataclass(frozen=True)
class Training:
    """How training stands. ``curves`` are the growing lines; ``layers`` a small MLP's weights;
    ``iterating`` is the iteration that was stepped through last."""

    plan: TrainSpec
    step: int = 0
    steps: int = 0
    epoch: float = 0.0
    running: bool = False
    steps_per_second: float = 0.0
    left: float = -1.0
    weights: str = ""
    curves: Mapping[str, Series] = field(default_factory=dict)
    probe: Probe | None = None
    probe_step: int = 0
    layers: tuple[np.ndarray, ...] = ()
    checkpoint: str | None = None
    checkpoint_step: int = 0
    iterating: Iterating | None = None


class Comparing(NamedTuple):
    """A comparison that is on its way, or has ``failed``: the ``tapes`` of both passes, that before
    first, and what was ``open`` and ``unfolded`` on either side when it began."""

    tapes: tuple[int, int]
    open: tuple[frozenset[int], frozenset[int]]
    unfolded: tuple[frozenset[int], frozenset[int]]
    failed: bool = False


@dataclass(frozen=True)
class Beside:
    """The one of two sides that is not active: what `AppState` holds of the other.

    It is on the ``right`` half of the map or on the left; what is right was before, what is left
    is after it. While its model is the ``same`` as the active one, the fields of the model stand
    still, and those of the state hold. It is ``lost`` if the engine has its values no more.
    ``hollow`` says which cursor only stands near to where the counterpart of the other one would
    be. ``comparison`` is of both passes, None while there is one alone, and while they are still
    ``comparing``; ``at`` is the difference that one has gone to. The answer to the request
    ``pending`` is for this side.
    """

    recording: Recording
    typed: Input | None
    cursor: int
    open: frozenset[int]
    unfolded: frozenset[int]
    selected: int | None
    history: History
    model: ModelInfo | None
    shipped: ShippedPreset | None
    own: Own | None
    put: str
    training: Training | None
    right: bool = True
    same: bool = True
    lost: bool = False
    hollow: Literal["", "active", "beside"] = ""
    comparison: Comparison | None = None
    comparing: Comparing | None = None
    at: int = -1
    pending: int = 0
    changes: Changes = field(default_factory=Changes)
    earlier: Earlier | None = None
    writing: Writing = field(default_factory=Writing)


@dataclass(frozen=True)
class Address:
    """A cell of a value of the recording, or of the pass ``before`` its changes; with a ``chance``,
    how likely its place is drawn."""

    value: int
    index: tuple[int, ...]
    before: bool = False
    chance: Chance | None = None

    def asked(self, walk: bool = False) -> Derive:
        """What asks how it came to be."""
        return Derive(self.value, self.index, walk, self.before, self.chance)


@dataclass(frozen=True)
class Derivation:
    """How a number came to be.

    ``trail`` are the cells that were walked through, from one to a source of it; the last is
    ``told``, as soon as the engine has said it, and ``why`` says if it cannot be. ``pointed`` is
    the cell under the mouse, and ``hint`` how that one came to be.
    """

    trail: tuple[Address, ...] = ()
    told: Explanation | None = None
    why: Banner | None = None
    pointed: Address | None = None
    hint: Explanation | None = None

    @property
    def pinned(self) -> Address | None:
        """The cell that somebody chose."""
        return self.trail[-1] if self.trail else None

    @property
    def glance(self) -> Explanation | None:
        """What is told of the cell under the mouse, where that is not the chosen one."""
        return self.hint if self.pinned is None or self._hinted != self.pinned else None

    @property
    def _hinted(self) -> Address | None:
        """The cell of the hint; the mouse may be over another by now."""
        hint, pointed = self.hint, self.pointed
        if hint is None or pointed is None:
            return None if hint is None else Address(hint.ref, hint.index)
        return replace(pointed, value=hint.ref, index=hint.index)

    @property
    def shown(self) -> Explanation | None:
        """What is told now: of the cell under the mouse, or else of the one that was chosen."""
        return self.glance or self.told

    @property
    def cell(self) -> Address | None:
        """The cell of which it is told now."""
        return self.pinned if self.glance is None else self._hinted

    @property
    def before(self) -> bool:
        """Whether what is told now is of the pass before the changes."""
        return self.cell is not None and self.cell.before

    def sources(self, value: int) -> tuple[Region, ...]:
        """The cells of a value from which the number came of which is told now."""
        shown = self.shown
        return () if shown is None else tuple(one for one in shown.sources if one.ref == value)


@dataclass(frozen=True)
class Breaking:
    """What to stop at, and where the pass ``tape`` meets it: the ``hits``, once that is ``known``.
    To the first one of the passes ``seen`` the cursor went."""

    breaks: Breaks = field(default_factory=Breaks)
    tape: int = 0
    hits: tuple[Hit, ...] = ()
    known: bool = False
    seen: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reaching:
    """The cells of the whole pass that a chosen number came ``from``, or that it goes ``to``;
    ``""`` for none of it.

    ``extent`` says how far what was ``asked`` goes, as soon as the engine has said it, ``amounts``
    the same by event, and ``why`` says if it cannot.
    """

    way: Way | Literal[""] = ""
    asked: Reach | None = None
    extent: Extent | None = None
    amounts: Amounts | None = None
    why: Banner | None = None

    def has(self, value: int) -> bool:
        """Whether some cells of a value take part."""
        return self.extent is not None and bool(self.extent.counts[value])

    def peak(self, value: int) -> float:
        """The largest strength in a value."""
        return float(self.extent.peaks[value]) if self.extent is not None else 0.0


@dataclass(frozen=True)
class AppState:
    """What the user sees. `update` makes the next one; views draw the difference.

    ``cursor`` is an event of ``recording``. ``open`` are the calls whose boxes are open (0, the
    model, always is), ``unfolded`` those of equal blocks that are shown one by one; of few steps
    over time, which are anyway, those that are folded. ``selected`` is a value picked among the
    event's inputs and outputs, None for its first output. ``readings`` are the panes' answers by
    pane name, ``nearby`` those that they gave of values around the cursor or will be asked for
    there, the newest first; ``plane`` says how values are looked at there, ``attention`` how
    attention is, ``convolution`` how convolutions are, ``neurons`` how linear layers are,
    ``recurrent`` how recurrent layers and ``features`` how feature maps are, ``oddity`` where the
    last cell is that was sought, which still ``leads`` somebody there who has not been there and
    has not gone to another value.
    ``statistics`` are those of the value looked at, ``answers`` the last of each kind to what panes
    asked; tokens are drawn by ``sampling``.
    ``derivation`` tells how one number came to be, ``reach`` what else of the pass has to do with
    it, ``breaking`` what to stop at; ``changes`` are those that somebody made to the pass,
    ``earlier`` is the one of the input before, None if the engine has none, ``writing`` the
    tokens that were drawn after its input.
    ``tickets`` holds the newest ticket of each tag: older replies are dropped. ``search`` is what
    is looked for, ``pointed`` the module under the mouse in the outline.
    ``history`` are the places of the cursor before and after jumps. ``bookmarked`` are the
    bookmarks by number of every model (`subject`). Paths begin at the event with the id ``start``;
    what is lit is the ``cone``.
    ``beside`` is the other of two sides, if there are two: everything else is about the active one.
    ``left`` are the trainings of presets that were left for another, by name.
    ``typed`` is the input being recorded; ``recording.input`` what is on screen. ``cancelling`` is
    the ticket of a `Cancel` after which the engine has not said a word.

    ``overlay`` is the quantity that colours the nodes, ``weighed_wires`` tells that wires are as
    wide as their values are large. ``amounts`` are the quantities measured of ``recording``, by
    name: of all of its events, or of those so far. ``unmeasured`` says which cannot be, and why.
    ``wanted_amounts`` are those that are to be measured of every pass. ``table`` tells that the
    pass is shown as a table, of which ``rows`` are the rows. ``figure`` tells that a model that has
    a figure is shown as one, in place of its graph. ``arrangement`` says which pictures of a
    training are shown.

    What is open is a preset (``shipped``) or a model of the user's own (``own``), with the tensors
    of the file ``put`` in it if there is one (``putting`` is on its way). ``opening`` names the
    preset that is on its way, ``wanted`` is the own model that is. ``finding`` is the path that the
    engine looks at, ``found`` what a person is asked about, ``trusted`` the digests of the files
    that may run. ``search`` is what somebody looks for in the recording, and where in its results
    one is; ``pointed`` the module that the mouse points at in the outline.
    """

    page: Literal["gallery", "model"] = "gallery"
    tab: Tab = "forward"
    presets: tuple[ShippedPreset, ...] = ()
    engine: Engine = Engine()
    opening: str = ""
    shipped: ShippedPreset | None = None
    own: Own | None = None
    wanted: Own | None = None
    put: str = ""
    putting: str = ""
    finding: str = ""
    found: Found | None = None
    trusted: frozenset[str] = frozenset()
    model: ModelInfo | None = None
    recording: Recording | None = None
    typed: Input | None = None
    cursor: int = 0
    open: frozenset[int] = frozenset({0})
    unfolded: frozenset[int] = frozenset()
    selected: int | None = None
    search: Search = field(default_factory=Search)
    pointed: str = ""
    history: History = field(default_factory=History)
    bookmarked: Mapping[str, Mapping[int, Bookmark]] = field(default_factory=dict)
    start: str = ""
    cone: Cone | None = None
    beside: Beside | None = None
    pane: str = ""
    readings: Mapping[str, Reading] = field(default_factory=dict)
    nearby: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    plane: Plane = field(default_factory=Plane)
    attention: AttentionLook = field(default_factory=AttentionLook)
    convolution: ConvolutionLook = field(default_factory=ConvolutionLook)
    neurons: NeuronsLook = field(default_factory=NeuronsLook)
    recurrent: RecurrentLook = field(default_factory=RecurrentLook)
    features: FeaturesLook = field(default_factory=FeaturesLook)
    oddity: Oddity | None = None
    leads: bool = False
    statistics: Statistics | None = None
    answers: Mapping[type, Answer] = field(default_factory=dict)
    sampling: Sampling = field(default_factory=Sampling)
    derivation: Derivation = Derivation()
    breaking: Breaking = Breaking()
    changes: Changes = field(default_factory=Changes)
    earlier: Earlier | None = None
    writing: Writing = field(default_factory=Writing)
    reach: Reaching = Reaching()
    overlay: Overlay = "family"
    weighed_wires: bool = False
    amounts: Mapping[str, Amounts] = field(default_factory=dict)
    unmeasured: Mapping[str, Banner] = field(default_factory=dict)
    wanted_amounts: frozenset[str] = frozenset()
    table: bool = False
    rows: Rows = "ops"
    figure: bool = False
    arrangement: Arrangement = field(default_factory=Arrangement)
    playing: bool = False
    pace: float = 1.0
    training: Training | None = None
    left: Mapping[str, Training] = field(default_factory=dict)
    banner: Banner | None = None
    theme: Literal["dark", "light"] = "dark"
    language: Literal["en", "zh"] = "en"
    scale: float = 1.0
    present: bool = False
    run: str = ""
    ticket: int = 0
    tickets: Mapping[str, int] = field(default_factory=dict)
    cancelling: int = 0

    @property
    def title(self) -> str:
        """What the open model is called, ``""`` if there is none."""
        if self.own is not None:
            return title(self.own)
        return str(getattr(self.shipped.preset.title, self.language)) if self.shipped else ""

    @property
    def live(self) -> bool:
        """Whether this is the window of one model in the program that called `explorer.view`."""
        return isinstance(self.wanted or self.own, LiveModel)

    @property
    def subject(self) -> str:
        """What tells the open model from others, as long as the window lives."""
        if self.own is not None:
            return self.own.name if isinstance(self.own, LiveModel) else self.own.path
        return str(self.shipped.folder) if self.shipped is not None else ""

    @property
    def bookmarks(self) -> Mapping[int, Bookmark]:
        """Those of the open model, by number."""
        return self.bookmarked.get(self.subject, {})

    @property
    def aside(self) -> Beside | None:
        """The active side, as it is when the other one is active; None without a pass."""
        if self.recording is None:
            return None
        mine: dict[str, Any] = {name: getattr(self, name) for name in (*_OF_A_MODEL, *_OF_A_PASS)}
        return Beside(**mine)

    @property
    def other(self) -> AppState | None:
        """The other side as if it were active, without what is known of this pass alone; None if
        there are no two sides."""
        beside, aside = self.beside, self.aside
        if beside is None or aside is None:
            return None
        names = _OF_A_PASS if beside.same else (*_OF_A_MODEL, *_OF_A_PASS)
        theirs: dict[str, Any] = {name: getattr(beside, name) for name in names}
        turned: dict[str, Literal["", "active", "beside"]] = {
            "active": "beside",
            "beside": "active",
        }
        aside = replace(
            aside, right=not beside.right, same=beside.same, hollow=turned.get(beside.hollow, ""),
            comparison=beside.comparison, comparing=beside.comparing, at=beside.at,
        )  # fmt: skip
        return replace(
            self, beside=aside, search=Search(), pointed="", start="", cone=None, statistics=None,
            answers={}, derivation=Derivation(), reach=Reaching(), amounts={}, unmeasured={},
            overlay="family" if self.overlay in MEASURABLE else self.overlay, **theirs,
        )  # fmt: skip

    def answer(self, kind: type[A]) -> A | None:
        """The last answer of a kind, None if none came."""
        found = self.answers.get(kind)
        return found if isinstance(found, kind) else None

    @property
    def colouring(self) -> Overlay:
        """What colours the nodes: how much they have to do with a number, while that is told, or
        the ``overlay``."""
        return self.overlay if self.reach.amounts is None else "reach"

    @property
    def colours(self) -> Amounts | None:
        """What is measured of that, None if it needs no measuring, or nothing is there yet."""
        return self.reach.amounts or self.amounts.get(self.overlay)

    @property
    def looks_ahead(self) -> bool:
        """Whether the model is known to say of a token what depends on those after it."""
        return self.writing.never or (self.recording is not None and looks_ahead(self.recording))

    @property
    def gives_way(self) -> bool:
        """Whether another model, or other weights for this one, are on their way."""
        model = bool(self.opening) or self.wanted is not None
        return (model and "OpenModel" in self.tickets) or "LoadWeights" in self.tickets

    @property
    def settled(self) -> bool:
        """Whether every answer that was asked for has come, and two sides are compared."""
        comparing = self.beside.comparing if self.beside is not None else None
        compared = comparing is None or comparing.failed
        return self.engine.status != "starting" and not self.tickets and compared

    @property
    def value(self) -> int | None:
        """Index of the value looked at: the selected one, else the event's attention map or its
        first output."""
        if self.recording is None or not self.recording.events:
            return None
        event = self.recording.events[self.cursor]
        if self.selected is not None and self.selected in (*event.inputs, *event.outputs):
            return self.selected
        maps = (one.value for one in self.recording.attention if one.event == self.cursor)
        return next(maps, event.outputs[0] if event.outputs else None)


def is_idle(tag: str) -> bool:
    """Whether nobody waits for the answer to a request: it is for the small picture in a node, or
    for numbers that may be looked at next."""
    return tag.startswith((f"look/{GLIMPSE}", f"look/{AHEAD}"))


def ran_again(before: AppState, new: AppState) -> bool:
    """Whether the model ran once more."""
    one, other = before.recording, new.recording
    return one is not None and other is not None and one.run != other.run


def shows_the_same(before: AppState, new: AppState) -> bool:
    """Whether it is the same model still, also when a new engine built it again."""
    one, other = before.model, new.model
    return bool(one is other or (one and other and one.modules == other.modules))
