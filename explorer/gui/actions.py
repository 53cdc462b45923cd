"""Every action of the app in one table: text, keys, tip, and what it asks for.

Menus, shortcuts, the command palette and ``docs/shortcuts.md`` are all made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from explorer.core.problem import phrase
from explorer.session import intents

NO_TRAINING = (  # of ``title``: why, and what can be done
    phrase(
        "{title} came without data to learn from and without a plan, so it cannot be trained here."
    ),
    phrase("Presets have both: open one to train it."),
)


@dataclass(frozen=True)
class Action:
    """One thing a user can ask for.

    ``intent`` is sent as it is; an action without one is done by the window itself, by ``name``.
    ``where`` limits its keys: ``forward`` and ``training`` are tabs, ``graph`` is those with the
    graph, ``canvas`` the graph itself, while it has the keyboard, ``""`` is everywhere. ``number``
    is for the ``{number}`` in its text.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    intent: object = None
    where: str = ""
    number: int = 0


ACTIONS: tuple[Action, ...] = (
    Action("over", phrase("Step over"), ("Right", "F10"),
           intents.StepBy("over"), "forward"),
    Action("back", phrase("Step back"), ("Left", "Shift+F10"),
           intents.StepBy("back"), "forward"),
    Action("into", phrase("Step into the module"), ("Ctrl+Right",),
           intents.StepBy("into"), "forward"),
    Action("out", phrase("Step out of the module"), ("Ctrl+Up",),
           intents.StepBy("out"), "forward"),
    Action("first", phrase("First step"), ("Home",),
           intents.StepBy("first"), "forward"),
    Action("last", phrase("Last step"), ("End",),
           intents.StepBy("last"), "forward"),
    Action("play", phrase("Play or pause"), ("Space",),
           intents.TogglePlay(), "forward"),
    Action("pace", phrase("Play faster, and after the fastest slowly"), ("P",),
           None, "forward"),
    Action("breaks", phrase("Stop at NaN, large numbers, dead activations or an op…"), ("F9",),
           None, "forward"),
    Action("next-break", phrase("Go to the next place to stop at"), ("F5",),
           intents.NextBreak(1), "forward"),
    Action("previous-break", phrase("Go to the place before to stop at"), ("Shift+F5",),
           intents.NextBreak(-1), "forward"),
    Action("next-pane", phrase("Next picture of the value"), ("V",),
           None, "forward"),
    Action("previous-pane", phrase("Previous picture of the value"), ("Shift+V",),
           None, "forward"),
    Action("next-attention", phrase("Next picture of the attention"), ("A",),
           None, "forward"),
    Action("previous-attention", phrase("Previous picture of the attention"), ("Shift+A",),
           None, "forward"),
    Action("derive", phrase("Tell how a number came to be, or no more"), ("E",),
           None, "forward"),
    Action("change", phrase("Change this value…"), ("C",),
           None, "forward"),
    Action("pause-changes", phrase("The pass before its changes, and after"), ("Shift+C",),
           intents.PauseChanges(), "forward"),
    Action("undo-change", phrase("Undo a change"), ("Ctrl+Z",),
           intents.UndoChange(), "forward"),
    Action("redo-change", phrase("Change it again"), ("Ctrl+Y", "Ctrl+Shift+Z"),
           intents.UndoChange(again=True), "forward"),
    Action("save-changes", phrase("Save the changes…"), ("Ctrl+Shift+S",),
           None, "forward"),
    Action("load-changes", phrase("Load changes…"), ("Ctrl+Shift+L",),
           None, "forward"),
    Action("reach-from", phrase("Show all that this number came from, over the whole pass"), ("R",),
           None, "forward"),
    Action("reach-to", phrase("Show all that this number goes to, over the whole pass"),
           ("Shift+R",), None, "forward"),
    Action("next-nan", phrase("Go to the next NaN of the value"), ("N",),
           None, "forward"),
    Action("next-infinity", phrase("Go to the next infinity of the value"), ("Shift+N",),
           None, "forward"),
    Action("generate", phrase("Draw the next token"), ("T",),
           intents.Generate(), "forward"),
    Action("play-tokens", phrase("Draw one token after another, or stop"), ("Shift+T",),
           intents.TogglePlayTokens(), "forward"),
    Action("next-token", phrase("Go to the pass of the next token"), ("Ctrl+Shift+Right",),
           intents.StepToken(1), "forward"),
    Action("previous-token", phrase("Go to the pass of the token before"), ("Ctrl+Shift+Left",),
           intents.StepToken(-1), "forward"),
    Action("next-clicker", phrase("Next (presenter clicker)"),
           ("PgDown",), intents.StepBy("over"), "forward"),
    Action("previous-clicker", phrase("Previous (presenter clicker)"),
           ("PgUp",), intents.StepBy("back"), "forward"),
    Action("walk-down", phrase("Follow the main wire down"), ("Down",),
           None, "canvas"),
    Action("walk-up", phrase("Follow the main wire up"), ("Up",),
           None, "canvas"),
    Action("walk-left", phrase("Go to the node on the left"), ("Shift+Left",),
           None, "canvas"),
    Action("walk-right", phrase("Go to the node on the right"), ("Shift+Right",),
           None, "canvas"),
    Action("move-up", phrase("Look further up"), ("Shift+PgUp",),
           None, "canvas"),
    Action("move-down", phrase("Look further down"), ("Shift+PgDown",),
           None, "canvas"),
    Action("move-left", phrase("Look further to the left"), ("Ctrl+PgUp",),
           None, "canvas"),
    Action("move-right", phrase("Look further to the right"), ("Ctrl+PgDown",),
           None, "canvas"),
    Action("node-menu", phrase("What can be done with this node…"), ("Ctrl+Return",),
           None, "graph"),
    Action("tell", phrase("Tell what this node is"), ("I",),
           None, "graph"),
    Action("next-reader", phrase("Next op that reads the value"), (".",),
           intents.Walk("reader"), "graph"),
    Action("writer", phrase("The op that wrote the value"), (",",),
           intents.Walk("writer"), "graph"),
    Action("go-back", phrase("Back to the place before"), ("Alt+Left",),
           intents.Retrace("back"), "graph"),
    Action("go-forward", phrase("Forward again"), ("Alt+Right",),
           intents.Retrace("forward"), "graph"),
    Action("light-sources", phrase("Light what this comes from"), ("Ctrl+Shift+Up",),
           intents.Light("sources"), "graph"),
    Action("light-readers", phrase("Light what depends on this"), ("Ctrl+Shift+Down",),
           intents.Light("readers"), "graph"),
    Action("mark-start", phrase("Let paths begin here, or no more"), ("Ctrl+M",),
           intents.MarkStart(), "graph"),
    Action("light-paths", phrase("Light the paths from there to here"), ("Ctrl+Shift+M",),
           intents.Light("paths"), "graph"),
    *(Action(f"bookmark-{n}", phrase("Go to bookmark {number}"), (f"Ctrl+{n}",),
             intents.GoToBookmark(n), "graph", n) for n in range(1, 10)),
    *(Action(f"set-bookmark-{n}", phrase("Set bookmark {number}, or take it away"),
             (f"Ctrl+Shift+{n}",), intents.SetBookmark(n), "graph", n) for n in range(1, 10)),
    Action("keep-beside", phrase("Keep this pass beside, to compare"), ("B",),
           intents.KeepBeside(), "graph"),
    Action("switch-sides", phrase("Switch to the other side"), ("X",),
           intents.SwitchSides(), "graph"),
    Action("next-difference", phrase("Next difference between the sides"), ("F8",),
           intents.NextDifference(1), "graph"),
    Action("previous-difference", phrase("Previous difference between the sides"),
           ("Shift+F8",), intents.NextDifference(-1), "graph"),
    Action("end-beside", phrase("Show one side alone"), ("Shift+B",),
           intents.EndBeside(), "graph"),
    Action("open-all", phrase("Open all modules"), ("Ctrl+Shift+E",),
           intents.OpenToLevel(-1)),
    Action("close-all", phrase("Close all modules"), ("Ctrl+Shift+C",),
           intents.OpenToLevel(1)),
    Action("fold", phrase("Fold or unfold equal blocks"), ("F",)),
    Action("figure", phrase("Show as a figure, or as a graph"), ("G",)),
    Action("fit", phrase("Fit the graph into view"), ("0",)),
    Action("zoom-in", phrase("Zoom the graph in"), ("+", "=")),
    Action("zoom-out", phrase("Zoom the graph out"), ("-",)),
    Action("export-graph", phrase("Export the graph or figure…"), ("Ctrl+E",)),
    Action("copy-view", phrase("Copy a picture of the view"), ("Ctrl+Shift+P",)),
    Action("colour-by", phrase("Colour the nodes by…"), ("L",)),
    Action("colour-next", phrase("Colour the nodes by the next quantity"), ("O",),
           intents.ColourByNext(1)),
    Action("colour-previous", phrase("Colour the nodes by the previous quantity"), ("Shift+O",),
           intents.ColourByNext(-1)),
    Action("weigh-wires", phrase("Wires as wide as their values are large"), ("W",),
           intents.ToggleWeighedWires()),
    Action("table", phrase("Table of the pass"), ("Ctrl+B",),
           intents.ToggleTable()),
    Action("train", phrase("Start or pause training"), ("Ctrl+T",)),
    Action("train-step", phrase("Train one step"), ("Ctrl+Shift+T",),
           intents.StartTraining(1)),
    Action("train-phase", phrase("Next phase of one iteration"), ("Ctrl+Shift+I",),
           intents.NextPhase()),
    Action("train-reset", phrase("Reset the weights"), ("Ctrl+Shift+R",),
           intents.Retrain()),
    Action("reopen", phrase("Open the model again, with its own weights"), ("Ctrl+R",),
           intents.Reopen()),
    Action("save-weights", phrase("Save weights…"), ("Ctrl+S",)),
    Action("save-preset", phrase("Save as a preset of your own…"), ("Ctrl+Alt+S",)),
    Action("architecture", phrase("Architecture"), ("F2",),
           intents.ShowTab("architecture")),
    Action("forward", phrase("Forward pass"), ("F3",),
           intents.ShowTab("forward")),
    Action("training", phrase("Training"), ("F4",),
           intents.ShowTab("training")),
    Action("open-file", phrase("Open a file…"), ("Ctrl+O",)),
    Action("open-folder", phrase("Open a folder…"), ("Ctrl+Shift+O",)),
    Action("gallery", phrase("Gallery"), ("Ctrl+G",),
           intents.ShowGallery()),
    Action("find", phrase("Find a layer, op or command"), ("Ctrl+K",)),
    Action("find-next", phrase("Next of what was found"), ("F7", "Ctrl+J"),
           intents.NextFound(1)),
    Action("find-previous", phrase("Previous of what was found"), ("Shift+F7", "Ctrl+Shift+J"),
           intents.NextFound(-1)),
    Action("next-panel", phrase("Go to the next panel"), ("F6",)),
    Action("previous-panel", phrase("Go to the previous panel"), ("Shift+F6",)),
    Action("theme", phrase("Dark or light"), ("Ctrl+D",)),
    Action("language", phrase("English or 简体中文"), ("Ctrl+L",)),
    Action("larger", phrase("Larger text"), ("Ctrl++", "Ctrl+=")),
    Action("smaller", phrase("Smaller text"), ("Ctrl+-",)),
    Action("normal-size", phrase("Normal text size"), ("Ctrl+0",),
           intents.SetScale(1.0)),
    Action("present", phrase("Present"), ("F11",),
           intents.TogglePresent()),
    Action("dismiss", phrase("Cancel, close the message, or end the search or the presentation"),
           ("Esc",)),
    Action("restart-engine", phrase("Restart the engine"), ("Ctrl+Shift+F5",),
           intents.RestartEngine()),
    Action("quit", phrase("Quit"), ("Ctrl+Q",)),
)  # fmt: skip

TABS_OF = {  # where an action's keys are known
    "forward": ("forward",),
    "training": ("training",),
    "graph": ("architecture", "forward"),
    "canvas": ("architecture", "forward"),
}
_OF_GRAPH = ("export-graph", "copy-view")
_OF_MAP = ("fold", "colour-by", "colour-next", "colour-previous", "weigh-wires")
_OF_TWO = ("switch-sides", "end-beside", "next-difference", "previous-difference")
_SHEET = ("dismiss", "quit")  # what keys do while a question is asked


@cache
def usable(
    tab: str, *, loaded: bool, graph: bool, figure: bool, two: bool, asking: bool, closes: bool
) -> frozenset[str]:
    """The names of the actions that can be done: on a ``tab``, "" for the gallery, with a model
    ``loaded``, its ``graph`` there or its ``figure`` in the graph's place, ``two`` sides, a sheet
    ``asking``, and something that Escape ``closes``."""

    def fits(action: Action) -> bool:
        name = action.name
        if name == "dismiss":
            return closes
        return (
            (not action.where or tab in TABS_OF[action.where])
            and (two or name not in _OF_TWO)
            and (not asking or name in _SHEET)
            and (graph or name not in _OF_GRAPH)
            and (loaded or name not in ("save-weights", "save-preset"))
            and not (figure and name in _OF_MAP)
        )

    return frozenset(action.name for action in ACTIONS if fits(action))
