"""Intents: what a user asks for. Views emit them; `update` answers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.core.breaks import Breaks
from explorer.core.comparison import Comparison
from explorer.core.flow import Flowing
from explorer.core.plane import Plane
from explorer.core.presets import ShippedPreset
from explorer.core.quantities import Overlay, Quantity
from explorer.core.sources import Own
from explorer.core.spec import TrainSpec
from explorer.core.units import UnitsView
from explorer.core.values import Input, Odd, View

Tab = Literal["architecture", "forward", "training"]
Step = Literal["over", "back", "into", "out", "first", "last"]
Rows = Literal["ops", "modules"]


@dataclass(frozen=True)
class OpenPreset:
    """Open a preset by name (of a shipped one) or by folder.

    One that is open already is only shown again, as it is; ``anew`` brings back its own weights.
    """

    name: str
    anew: bool = False


@dataclass(frozen=True)
class OpenPath:
    """Look what a file or folder is, and ask how to open it; nothing of it runs yet."""

    path: str


@dataclass(frozen=True)
class OpenOwn:
    """Open a model of the user's own, as chosen. For a Python file this is the permission to run
    that very text, now and later."""

    own: Own


@dataclass(frozen=True)
class ForgetFound:
    """Do not open what was found."""


@dataclass(frozen=True)
class PutWeights:
    """Put the tensors of the file that was found into the open model."""

    path: str


@dataclass(frozen=True)
class Cancel:
    """Give up what the engine is doing now."""


@dataclass(frozen=True)
class Overdue:
    """A second has passed since the `Cancel` with that ticket was sent (not said by a user, but by
    the session's owner, who has the clock)."""

    ticket: int


@dataclass(frozen=True)
class Reopen:
    """Open what is on screen anew, with its own weights, and run it; a live model is only run."""


@dataclass(frozen=True)
class PresetsRead:
    """The gallery's presets were read from disk (not by a user, but on the way in)."""

    presets: tuple[ShippedPreset, ...]


@dataclass(frozen=True)
class ShowGallery:
    """Go back to the start page; the model stays open in the engine."""


@dataclass(frozen=True)
class ShowTab:
    """Show one of the three pages of an open model."""

    tab: Tab


@dataclass(frozen=True)
class StepTo:
    """Put the cursor on an event; closed modules around it are opened if ``reveal``.

    ``dragged`` is one of many on the way of a mouse: nobody wants to go back there.
    """

    event: int
    reveal: bool = False
    dragged: bool = False


@dataclass(frozen=True)
class StepBy:
    """One step of the cursor: F10 is ``over``, Shift+F10 its exact inverse ``back``."""

    step: Step


@dataclass(frozen=True)
class Walk:
    """Go along the wires, from node to node as they are drawn: ``down`` to where the main stream
    goes on, ``up`` to where it comes from; to the next ``reader`` or to the ``writer`` of the value
    looked at, which stays selected."""

    way: Literal["down", "up", "reader", "writer"]


@dataclass(frozen=True)
class Retrace:
    """Go back to where one was before the last jump, or forward again."""

    way: Literal["back", "forward"]


@dataclass(frozen=True)
class SetBookmark:
    """Put bookmark ``number`` (1 … 9) on an event, None for the one under the cursor, or take it
    away from there."""

    number: int
    event: int | None = None


@dataclass(frozen=True)
class GoToBookmark:
    """Put the cursor on the event with bookmark ``number``."""

    number: int


@dataclass(frozen=True)
class MarkStart:
    """Let paths begin at the node of an event, None for the one under the cursor; asked again of
    the same, at none."""

    event: int | None = None


@dataclass(frozen=True)
class Light:
    """Light what a node comes from, what depends on it, or the paths to it from the marked one;
    ``event`` None is the one under the cursor. With a ``value`` that it reads, it is about that
    value alone. Everything else is dimmed."""

    what: Flowing
    event: int | None = None
    value: int | None = None


@dataclass(frozen=True)
class Unlight:
    """Light nothing any more; if nothing is lit, forget where paths begin."""


@dataclass(frozen=True)
class TogglePlay:
    """Let the cursor walk by itself, or stop it."""


@dataclass(frozen=True)
class Tick:
    """The play timer fired."""


@dataclass(frozen=True)
class SetPace:
    """How fast play walks: a factor of the normal two steps a second."""

    pace: float


@dataclass(frozen=True)
class ToggleCall:
    """Open or close the box of a module call on the canvas."""

    call: int


@dataclass(frozen=True)
class ToggleFold:
    """Show equal blocks in a row one by one, or as one node ×N again."""

    calls: tuple[int, ...]


@dataclass(frozen=True)
class OpenEvent:
    """Show what is inside of a fused op."""

    event: int


@dataclass(frozen=True)
class OpenToLevel:
    """Open every call shallower than ``level`` and close the rest; -1 opens all."""

    level: int


@dataclass(frozen=True)
class Search:
    """Look for modules, ops and parameters by what is typed (see `explorer.session.query`);
    ``""`` ends it."""

    text: str


@dataclass(frozen=True)
class ShowFound:
    """Go to one of what was found, by its place among the results."""

    at: int


@dataclass(frozen=True)
class NextFound:
    """Go on among what was found by so many, and round: -1 goes back."""

    by: int


@dataclass(frozen=True)
class PointAt:
    """The mouse points at a module by its path, ``""`` at none: it is lit on the map."""

    module: str


@dataclass(frozen=True)
class SelectOutput:
    """Look at another output or input of the current event: an index into the values, or None."""

    value: int | None


@dataclass(frozen=True)
class SelectValue:
    """Look at a value, on its way to the event ``reader``."""

    value: int
    reader: int


@dataclass(frozen=True)
class Look:
    """A pane wants a reading; if ``kept``, only of a value that need not be computed again."""

    pane: str
    view: View
    kept: bool = False


@dataclass(frozen=True)
class Summarize:
    """A pane wants statistics of the value looked at."""


@dataclass(frozen=True)
class ChoosePane:
    """The user prefers this pane; it stays chosen wherever it suits the value."""

    pane: str


@dataclass(frozen=True)
class LookAtUnits:
    """A pane needs to know how the numbers of units are spread."""

    view: UnitsView


@dataclass(frozen=True)
class SetBreaks:
    """Stop where a pass meets one of these conditions."""

    breaks: Breaks


@dataclass(frozen=True)
class NextBreak:
    """Go to the next place that meets one (``by`` 1), or to the one before (-1)."""

    by: int


@dataclass(frozen=True)
class ColourBy:
    """Colour the nodes of the map by a quantity; it is measured first if it must be."""

    overlay: Overlay


@dataclass(frozen=True)
class ColourByNext:
    """Colour the nodes by the quantity ``by`` places further in the list, and round."""

    by: int


@dataclass(frozen=True)
class ToggleWeighedWires:
    """Draw wires as wide as the values are large, or all alike."""


@dataclass(frozen=True)
class MeasureQuantity:
    """Measure a quantity of every event of the pass."""

    quantity: Quantity


@dataclass(frozen=True)
class ToggleTable:
    """Show the pass as a table, or close that."""


@dataclass(frozen=True)
class ChooseRows:
    """The rows of the table: every op, or every module call."""

    rows: Rows


@dataclass(frozen=True)
class ToggleFigure:
    """Show models as figures, where they have one, or as graphs."""


@dataclass(frozen=True)
class KeepBeside:
    """Put the pass beside: it stays while another model, input or weights take its place."""


@dataclass(frozen=True)
class EndBeside:
    """Show the active side alone again."""


@dataclass(frozen=True)
class SwitchSides:
    """Let everything be about the other of the two sides."""


@dataclass(frozen=True)
class NextDifference:
    """Go on among the differences between the sides by so many, and round: -1 goes back."""

    by: int


@dataclass(frozen=True)
class Compared:
    """The comparison of the passes with those tapes, None if there can be none (not said by a user,
    but by the session's owner, who had it made)."""

    tapes: tuple[int, int]
    comparison: Comparison | None


@dataclass(frozen=True)
class ShowPlane:
    """Look at values so: other axes, nearer, in other colours, beside another value."""

    plane: Plane


@dataclass(frozen=True)
class SeekOddity:
    """Go to the next cell of a value that holds no number, ``after`` one (None: to the first)."""

    value: int
    sort: Odd
    after: tuple[int, ...] | None = None


@dataclass(frozen=True)
class SaveValueTo:
    """Write all of a value of a pass to an ``.npy`` file, or the plane that a ``view`` looks at as
    CSV."""

    path: str
    tape: int
    value: int
    view: View | None = None


@dataclass(frozen=True)
class EditInput:
    """Feed the model something else; the pass is recorded again at once."""

    input: Input


@dataclass(frozen=True)
class Derive:
    """Tell how cell ``index`` of a value came to be; ``walk`` goes on from the cell that is told
    now to this one, which is a source of it or one that was walked through before."""

    value: int
    index: tuple[int, ...]
    walk: bool = False


@dataclass(frozen=True)
class PointAtCell:
    """The mouse is over a cell of a value, with no ``index`` over none any more."""

    value: int
    index: tuple[int, ...] | None


@dataclass(frozen=True)
class EndDerivation:
    """Tell no more how a number came to be."""


@dataclass(frozen=True)
class StartTraining:
    """Train to the end of the plan, or ``steps`` more steps."""

    steps: int | None = None


@dataclass(frozen=True)
class PauseTraining:
    """Stop after the current step; the weights stay."""


@dataclass(frozen=True)
class Retrain:
    """Start again from fresh weights."""


@dataclass(frozen=True)
class EditPlan:
    """Change the training plan; also while it runs."""

    plan: TrainSpec


@dataclass(frozen=True)
class SaveWeightsTo:
    """Write the weights to a file."""

    path: str


@dataclass(frozen=True)
class SetTheme:
    """``dark`` or ``light``."""

    theme: Literal["dark", "light"]


@dataclass(frozen=True)
class SetLanguage:
    """``en`` or ``zh``."""

    language: Literal["en", "zh"]


@dataclass(frozen=True)
class SetScale:
    """Text and everything with it, 1.0 = 11 pt; between 0.6 and 2.0."""

    scale: float


@dataclass(frozen=True)
class TogglePresent:
    """Presentation mode: 1.4× with the side panels folded."""


@dataclass(frozen=True)
class Dismiss:
    """Close the banner."""


@dataclass(frozen=True)
class RestartEngine:
    """Start the engine again after it was lost."""


@dataclass(frozen=True)
class Report:
    """Show a problem that arose outside the engine (a file that cannot be read, say), or news."""

    kind: str
    text: str
    remedy: str
    values: dict[str, str]
    level: Literal["problem", "news"] = "problem"


Intent = (
    OpenPreset | OpenPath | OpenOwn | ForgetFound | PutWeights | Cancel | Overdue
    | Reopen | PresetsRead | ShowGallery | ShowTab | StepTo | StepBy | TogglePlay | Tick
    | SetPace | ToggleCall | ToggleFold | OpenEvent | OpenToLevel | Search | ShowFound | NextFound
    | PointAt | SelectOutput | Look | Summarize | ChoosePane
    | EditInput | StartTraining | PauseTraining | Retrain | EditPlan | SaveWeightsTo | SetTheme
    | SelectValue | SetLanguage | SetScale | TogglePresent | Dismiss | RestartEngine | Report
    | Walk | Retrace | SetBookmark | GoToBookmark | MarkStart | Light | Unlight
    | KeepBeside | EndBeside | SwitchSides | NextDifference | Compared
    | ColourBy | ColourByNext | ToggleWeighedWires | MeasureQuantity | ToggleTable | ChooseRows
    | ToggleFigure | Derive | PointAtCell | EndDerivation | ShowPlane | SeekOddity | SaveValueTo
    | SetBreaks | NextBreak | LookAtUnits
)  # fmt: skip
