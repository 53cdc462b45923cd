"""What desktop and engine say to each other.

Every request bears a ``ticket``, which its replies repeat. Requests that replace one another
(the view of one pane, the next recording) share a ``tag``: an unsent one is replaced by the
newest, and a reply to an older one is dropped.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from msgspec import Struct

from explorer.core.asked import Answer, Asked
from explorer.core.change import Change
from explorer.core.explanation import Explanation
from explorer.core.generation import Drawn
from explorer.core.graph import ModelInfo, Recording
from explorer.core.prediction import Chance, PredictionView
from explorer.core.quantities import Amounts, Quantity
from explorer.core.reach import Extent, Reach
from explorer.core.sources import Found, Own
from explorer.core.values import Input, Odd, Oddity, Reading, Statistics, View

# ---------------------------------------------------------------- desktop → engine


class Request(Struct, frozen=True, tag=True, kw_only=True):
    """Base of all requests. One that is not ``answered`` has no reply of its own."""

    answered: ClassVar[bool] = True
    ticket: int = 0

    @property
    def tag(self) -> str:
        """Requests with one tag replace each other; unique by default."""
        return f"{type(self).__name__}/{self.ticket}"


class Newest(Request, frozen=True):
    """Base of requests of which only the newest of its class matters."""

    @property
    def tag(self) -> str:
        """One tag for the class."""
        return type(self).__name__


class OpenModel(Newest, frozen=True):
    """Build the model of a preset and load weights. Replies `Opened` or `Failed`.

    ``preset`` is ``Preset.model_dump(mode="json")``. ``weights`` is a safetensors file or a
    checkpoint of a training (then optimizer, step and random state come back too), ``None`` for a
    random start. ``plan`` is the training plan in force, where it is not the preset's own.
    """

    preset: dict[str, Any]
    weights: str | None
    run: str
    plan: dict[str, Any] | None = None


class Find(Newest, frozen=True):
    """Say what a path is, running nothing of it. Replies `Located` or `Failed`."""

    path: str


class OpenOwn(Request, frozen=True):
    """Open a model of the user's own, with the tensors of a file ``weights`` if one is given.

    Replies `Opened` or `Failed`.
    """

    own: Own
    run: str = ""
    weights: str = ""

    @property
    def tag(self) -> str:
        """Only one model is opened at a time."""
        return OpenModel.__name__


class LoadWeights(Newest, frozen=True):
    """Put the tensors of a file into the open model. Replies `Opened` or `Failed`."""

    path: str


class Cancel(Newest, frozen=True):
    """Give up what is being done now: the request that it was for ends with `Failed` (kind
    ``cancelled``). It overtakes all others; code that does not come back to Python cannot hear it.

    With a tag ``only`` what has that is given up, whether it has begun or not, and nothing else.
    """

    answered: ClassVar[bool] = False
    only: str = ""


class RecordPass(Newest, frozen=True):
    """Run the model forward and record it. Replies `Recorded` or `Failed`. The pass ``earlier``,
    of the input before, is kept until another one is named."""

    input: Input
    earlier: int = 0


class Arrange(Newest, frozen=True):
    """Two passes are side by side: what is asked from now on is about the model of the pass
    ``active``, and the pass ``beside`` is kept, with its model, until it is not named any more.
    0 stands for the model that is open, and for none."""

    answered: ClassVar[bool] = False
    active: int
    beside: int


class OpenEvent(Newest, frozen=True):
    """Put the inside of a fused event in its place, also in the pass of which a changed one was
    made; ``beside`` and ``earlier`` as in `ChangePass`. Replies `Unfolded` or `Failed`."""

    tape: int
    event: int
    beside: int = 0
    earlier: int = 0


class ChangePass(Newest, frozen=True):
    """Make the ``changes`` to a pass, or to that which it was made of by changes, all at once; none
    give that one back. Numbers come from the passes ``beside`` and ``earlier``, of the input
    before. Replies `Changed` or `Failed`."""

    tape: int
    changes: tuple[Change, ...]
    beside: int = 0
    earlier: int = 0


class LookAt(Request, frozen=True):
    """Read a value for a pane. Replies `Looked`, or `Failed`: of kind ``let go`` where only a
    ``kept`` value is wanted, and this one would have to be computed again."""

    pane: str
    view: View
    kept: bool = False

    @property
    def tag(self) -> str:
        """One open question per pane."""
        return f"look/{self.pane}"


class Measure(Newest, frozen=True):
    """Statistics of a value. Replies `Measured`."""

    tape: int
    value: int


class Ask(Request, frozen=True):
    """Answer a view. Replies `Told` or `Failed`."""

    view: Asked

    @property
    def tag(self) -> str:
        """One open question of each kind."""
        return f"ask/{type(self.view).__name__}"


class DrawToken(Newest, frozen=True):
    """Draw the token that comes after a pass, from what it predicts at the row of ``view`` (see
    `next_token_view`). Draw n of a text takes random number n of the ``seed``, so a text is the
    same for the same seed. Replies `TokenDrawn`, or `Failed` of a model that does not predict the
    next token."""

    view: PredictionView
    seed: int = 0


class Seek(Newest, frozen=True):
    """Find the next cell of a value ``after`` one (None: the first) that holds no number. Replies
    `Sought`."""

    tape: int
    value: int
    sort: Odd
    after: tuple[int, ...] | None = None


class SaveValue(Request, frozen=True):
    """Write all of a value to an ``.npy`` file or, with a ``view``, the plane that it looks at to a
    CSV file, every number of it. Replies `Saved` or `Failed`."""

    path: str
    tape: int
    value: int
    view: View | None = None


class Explain(Request, frozen=True):
    """Say how cell ``index`` of a value came to be, with its ``limit`` largest terms, for one who
    points there (``asker``); with a ``chance`` how likely its place is drawn. Replies `Explained`
    or `Failed`."""

    asker: str
    tape: int
    value: int
    index: tuple[int, ...]
    limit: int = 64
    chance: Chance | None = None

    @property
    def tag(self) -> str:
        """One open question for each who asks."""
        return f"explain/{self.asker}"


class FindReach(Newest, frozen=True):
    """Say which cells of a whole pass one cell depends on, or which depend on it. Replies `Reached`
    or `Failed`; from then on panes can look at them (`View.reach`)."""

    tape: int
    reach: Reach


class Quantify(Request, frozen=True):
    """Measure a quantity of every event of a pass, from ``start`` on, as many as take a moment.

    Replies `Quantified` or `Failed`. Whoever wants the rest asks again, so whatever else is asked
    in between is not kept waiting.
    """

    tape: int
    quantity: Quantity
    start: int = 0

    @property
    def tag(self) -> str:
        """Only the newest question about a quantity matters."""
        return f"quantify/{self.quantity}"


class Train(Newest, frozen=True):
    """Train: ``steps`` more steps, or to the end of the plan. Replies a stream of `Trained`."""

    steps: int | None = None


class Iterate(Newest, frozen=True):
    """Train one step with everything recorded that happens in it. Replies `Iterated`, and a
    `Trained` that nobody asked for."""


class Pause(Newest, frozen=True):
    """Stop after the current step, keep the weights. Replies `Trained` with ``running`` false."""


class ResetTraining(Newest, frozen=True):
    """Begin again with fresh weights from the plan's seed. Replies `Trained` at step 0."""


class Survey(Newest, frozen=True):
    """Say how the training stands. Replies one `Trained` with a probe."""


class ChangePlan(Newest, frozen=True):
    """Replace the plan (a ``TrainSpec`` dump), also while running, from the next step on."""

    plan: dict[str, Any]


class SaveWeights(Request, frozen=True):
    """Write the weights to a safetensors file, atomically. Replies `Saved`."""

    path: str


class SavePreset(Request, frozen=True):
    """Write a preset (``Preset.model_dump(mode="json")``) with the weights that the model has into
    a folder that is not there yet. Replies `Saved`, or `Failed` and there is no such folder."""

    path: str
    preset: dict[str, Any]


# ---------------------------------------------------------------- engine → desktop


class Reply(Struct, frozen=True, tag=True, kw_only=True):
    """Base of all replies; ``ticket`` is that of the request, 0 for unasked messages."""

    ticket: int = 0


class Ready(Reply, frozen=True):
    """The engine is up: where it computes and with what.

    ``device`` as torch names it (``cuda:0``), ``device_name`` as people do, ``threads`` in use,
    ``versions`` of python and torch.
    """

    device: str
    device_name: str
    threads: int
    versions: dict[str, str]
    pid: int


class Opened(Reply, frozen=True):
    """A model is open. ``step`` is where its training stands (0, or a checkpoint's)."""

    model: ModelInfo
    step: int


class Located(Reply, frozen=True):
    """What a path turned out to be."""

    found: Found


class Recorded(Reply, frozen=True):
    """A pass was recorded. If there is ``more``, it comes again, with the names of its axes."""

    recording: Recording
    more: bool = False


class Unfolded(Reply, frozen=True):
    """The same pass, under a new number, with the inside of an event in it; ``call`` holds that.

    Values and calls that were there keep their indices.
    """

    recording: Recording
    call: int


class Changed(Reply, frozen=True):
    """A pass with the changes that could be made; see `Recording.base`."""

    recording: Recording


class Looked(Reply, frozen=True):
    """A pane's reading."""

    pane: str
    reading: Reading


class Measured(Reply, frozen=True):
    """Statistics of a value."""

    statistics: Statistics


class Told(Reply, frozen=True):
    """The answer to a view."""

    answer: Answer


class TokenDrawn(Reply, frozen=True):
    """The token that comes after a pass; ``text`` is all that was drawn, this one too, as people
    write it."""

    tape: int
    drawn: Drawn
    text: str


class Explained(Reply, frozen=True):
    """How a number came to be; what it names are the values of the recording ``tape``."""

    asker: str
    tape: int
    explanation: Explanation


class Reached(Reply, frozen=True):
    """How far the reach of a cell goes, by the values of the recording ``tape``."""

    tape: int
    reach: Reach
    extent: Extent


class Quantified(Reply, frozen=True):
    """A quantity of the events of a pass from ``start`` on."""

    tape: int
    quantity: Quantity
    start: int
    amounts: Amounts


class Boundary(Struct, frozen=True, tag=True):
    """What a classifier of the plane says everywhere.

    ``field`` (rows, columns), first row at the top, is the probability of class 1 over
    ``extent`` = (x0, x1, y0, y1); ``points`` (N, 2) and ``classes`` (N,) are the data, the first
    ``train`` of them training points.
    """

    extent: tuple[float, float, float, float]
    field: np.ndarray
    points: np.ndarray
    classes: np.ndarray
    train: int


class Confusion(Struct, frozen=True, tag=True):
    """Counts (actual, predicted) over the validation data."""

    counts: np.ndarray
    names: tuple[str, ...]


class Sample(Struct, frozen=True, tag=True):
    """Text the model wrote, after ``prompt``."""

    prompt: str
    text: str


Probe = Boundary | Confusion | Sample


class Trained(Reply, frozen=True):
    """How the training stands, and the new points of its curves since the last message.

    ``curves`` maps a name to (N, 2) arrays of (step, value): ``train/loss``, ``train/accuracy``
    (one point per step), ``validation/loss``, ``validation/accuracy``, ``learning_rate`` of each
    step's update, and ``gradient/<path>``, the norm of the gradient of each part of the model,
    before any clipping; at some of the steps also ``weight/<path>``, the norm of that part, and
    ``update/<path>``, by what share of it the step changed it, and ``activation/<module>`` and
    ``dead/<module>`` of validation data (`engine.vitals`). Times in seconds; ``left`` is -1
    while unknown. ``weights`` names the weights as they are now (`Recording.weights`). ``fresh``
    tells that curves from before ``step`` no longer count (a reset). ``layers`` are the weight
    matrices (out, in) of a small MLP, for its picture of neurons.
    """

    step: int
    steps: int
    epoch: float
    running: bool
    steps_per_second: float
    left: float
    curves: dict[str, np.ndarray]
    weights: str
    probe: Probe | None = None
    layers: tuple[np.ndarray, ...] = ()
    fresh: bool = False


class Iterated(Reply, frozen=True):
    """One step of a training as it happened: see `Recording.iteration`."""

    recording: Recording


class Checkpointed(Reply, frozen=True):
    """A checkpoint of the training lies at ``path``."""

    step: int
    path: str


class Sought(Reply, frozen=True):
    """Where the next cell is that holds no number."""

    oddity: Oddity


class Saved(Reply, frozen=True):
    """What was to be saved lies at ``path``."""

    path: str
    what: Literal["weights", "value", "plane", "preset"] = "weights"


class Failed(Reply, frozen=True):
    """A request could not be done. ``text`` and ``remedy`` are templates filled by ``values``."""

    kind: str
    text: str
    remedy: str
    values: dict[str, str]


class Lost(Reply, frozen=True):
    """The engine died; made by the link, with the last lines of its stderr."""

    last_words: str
    code: int


AnyRequest = (
    OpenModel | RecordPass | LookAt | Measure | Train | Pause | ResetTraining | Survey | ChangePlan
    | SaveWeights | SavePreset | Find | OpenOwn | LoadWeights | Cancel
    | OpenEvent | Quantify | Arrange | Explain | Seek | SaveValue | Ask | ChangePass | FindReach
    | DrawToken | Iterate
)  # fmt: skip
AnyReply = (
    Ready | Opened | Located | Recorded | Unfolded | Looked | Measured | Trained | Checkpointed
    | Saved | Failed | Lost | Quantified | Explained | Sought | Told | Changed | Reached
    | TokenDrawn | Iterated
)  # fmt: skip
