"""Intents about how things are looked at: panes, quantities, numbers, the window itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.core.asked import Asked
from explorer.core.attention import AttentionLook
from explorer.core.convolution import ConvolutionLook
from explorer.core.neurons import NeuronsLook
from explorer.core.plane import Plane
from explorer.core.prediction import Chance, Sampling
from explorer.core.quantities import Overlay, Quantity
from explorer.core.reach import Way
from explorer.core.recurrent import RecurrentLook
from explorer.core.units import FeaturesLook
from explorer.core.values import Odd, View
from explorer.session.intents.intent import Intent

Tab = Literal["architecture", "forward", "training"]
Rows = Literal["ops", "modules"]


@dataclass(frozen=True)
class ShowTab(Intent):
    """Show one of the three pages of an open model."""

    tab: Tab


@dataclass(frozen=True)
class Look(Intent):
    """A pane wants a reading; if ``kept``, only of a value that need not be computed again."""

    pane: str
    view: View
    kept: bool = False


@dataclass(frozen=True)
class Summarize(Intent):
    """A pane wants statistics of the value looked at."""


@dataclass(frozen=True)
class ChoosePane(Intent):
    """The user prefers this pane; it stays chosen wherever it suits the value."""

    pane: str


@dataclass(frozen=True)
class Ask(Intent):
    """A pane needs the answer to a view; it will be in ``AppState.answers``."""

    view: Asked


@dataclass(frozen=True)
class SetSampling(Intent):
    """Draw tokens so from now on."""

    sampling: Sampling


@dataclass(frozen=True)
class ColourBy(Intent):
    """Colour the nodes of the map by a quantity; it is measured first if it must be."""

    overlay: Overlay


@dataclass(frozen=True)
class ColourByNext(Intent):
    """Colour the nodes by the quantity ``by`` places further in the list, and round."""

    by: int


@dataclass(frozen=True)
class ToggleWeighedWires(Intent):
    """Draw wires as wide as the values are large, or all alike."""


@dataclass(frozen=True)
class MeasureQuantity(Intent):
    """Measure a quantity of every event of the pass."""

    quantity: Quantity


@dataclass(frozen=True)
class ToggleTable(Intent):
    """Show the pass as a table, or close that."""


@dataclass(frozen=True)
class ChooseRows(Intent):
    """The rows of the table: every op, or every module call."""

    rows: Rows


@dataclass(frozen=True)
class ToggleFigure(Intent):
    """Show models as figures, where they have one, or as graphs."""


@dataclass(frozen=True)
class ShowPlane(Intent):
    """Look at values so: other axes, nearer, in other colours, beside another value."""

    plane: Plane


@dataclass(frozen=True)
class ShowAttention(Intent):
    """Look at attention so: another picture of it, another head, another part."""

    look: AttentionLook


@dataclass(frozen=True)
class ShowConvolution(Intent):
    """Look at convolutions so: another filter, another channel, another cell."""

    look: ConvolutionLook


@dataclass(frozen=True)
class ShowNeurons(Intent):
    """Look at linear layers so: other lines, other neurons, at another position."""

    look: NeuronsLook


@dataclass(frozen=True)
class ShowRecurrent(Intent):
    """Look at recurrent layers so: another layer, other units and steps, another cell."""

    look: RecurrentLook


@dataclass(frozen=True)
class ShowFeatures(Intent):
    """Look at feature maps so: in another order, on other scales."""

    look: FeaturesLook


@dataclass(frozen=True)
class SeekOddity(Intent):
    """Go to the next cell of a value that holds no number, ``after`` one (None: to the first)."""

    value: int
    sort: Odd
    after: tuple[int, ...] | None = None


@dataclass(frozen=True)
class SaveValueTo(Intent):
    """Write all of a value of a pass to an ``.npy`` file, or the plane that a ``view`` looks at as
    CSV."""

    path: str
    tape: int
    value: int
    view: View | None = None


@dataclass(frozen=True)
class Derive(Intent):
    """Tell how cell ``index`` of a value came to be, or how it did in the pass ``before`` the
    changes; ``walk`` goes on from the cell that is told now to this one, which is a source of it or
    one that was walked through before. With a ``chance`` it is told how likely the place of the
    cell is drawn."""

    value: int
    index: tuple[int, ...]
    walk: bool = False
    before: bool = False
    chance: Chance | None = None


@dataclass(frozen=True)
class PointAtCell(Intent):
    """The mouse is over a cell of a value, of the pass ``before`` the changes, or over its
    ``chance``; with no ``index`` over none any more."""

    value: int
    index: tuple[int, ...] | None
    before: bool = False
    chance: Chance | None = None


@dataclass(frozen=True)
class EndDerivation(Intent):
    """Tell no more how a number came to be."""


@dataclass(frozen=True)
class ShowReach(Intent):
    """Show which cells of the whole pass the chosen number came ``from``, or which it goes ``to``;
    the same again, or ``""``, ends that."""

    way: Way | Literal[""]


@dataclass(frozen=True)
class SetTheme(Intent):
    """``dark`` or ``light``."""

    theme: Literal["dark", "light"]


@dataclass(frozen=True)
class SetLanguage(Intent):
    """``en`` or ``zh``."""

    language: Literal["en", "zh"]


@dataclass(frozen=True)
class SetScale(Intent):
    """Text and everything with it, 1.0 = 11 pt; between 0.6 and 2.0."""

    scale: float


@dataclass(frozen=True)
class TogglePresent(Intent):
    """Presentation mode: 1.4× with the side panels folded."""


@dataclass(frozen=True)
class Dismiss(Intent):
    """Close the banner."""
