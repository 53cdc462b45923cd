"""Every action of the app in one table: text, keys, tip, and what it asks for.

Menus, shortcuts, the command palette and ``docs/shortcuts.md`` are all made from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP

from explorer.session import intents


@dataclass(frozen=True)
class Action:
    """One thing a user can ask for.

    ``intent`` is sent as it is; an action without one is done by the window itself, by ``name``.
    ``where`` limits its keys: ``forward`` and ``training`` are tabs, ``""`` is everywhere.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    intent: object = None
    where: str = ""


ACTIONS: tuple[Action, ...] = (
    Action("over", QT_TRANSLATE_NOOP("Actions", "Step over"), ("Right", "F10"),
           intents.StepBy("over"), "forward"),
    Action("back", QT_TRANSLATE_NOOP("Actions", "Step back"), ("Left", "Shift+F10"),
           intents.StepBy("back"), "forward"),
    Action("into", QT_TRANSLATE_NOOP("Actions", "Step into the module"), ("Ctrl+Right",),
           intents.StepBy("into"), "forward"),
    Action("out", QT_TRANSLATE_NOOP("Actions", "Step out of the module"), ("Ctrl+Up",),
           intents.StepBy("out"), "forward"),
    Action("first", QT_TRANSLATE_NOOP("Actions", "First step"), ("Home",),
           intents.StepBy("first"), "forward"),
    Action("last", QT_TRANSLATE_NOOP("Actions", "Last step"), ("End",),
           intents.StepBy("last"), "forward"),
    Action("play", QT_TRANSLATE_NOOP("Actions", "Play or pause"), ("Space",),
           intents.TogglePlay(), "forward"),
    Action("next-clicker", QT_TRANSLATE_NOOP("Actions", "Next (presenter clicker)"),
           ("PgDown",), intents.StepBy("over"), "forward"),
    Action("previous-clicker", QT_TRANSLATE_NOOP("Actions", "Previous (presenter clicker)"),
           ("PgUp",), intents.StepBy("back"), "forward"),
    Action("open-all", QT_TRANSLATE_NOOP("Actions", "Open all modules"), ("Ctrl+Shift+E",),
           intents.OpenToLevel(-1)),
    Action("close-all", QT_TRANSLATE_NOOP("Actions", "Close all modules"), ("Ctrl+Shift+C",),
           intents.OpenToLevel(1)),
    Action("fit", QT_TRANSLATE_NOOP("Actions", "Fit the graph into view"), ("0",)),
    Action("zoom-in", QT_TRANSLATE_NOOP("Actions", "Zoom the graph in"), ("+", "=")),
    Action("zoom-out", QT_TRANSLATE_NOOP("Actions", "Zoom the graph out"), ("-",)),
    Action("train", QT_TRANSLATE_NOOP("Actions", "Start or pause training"), ("Ctrl+T",)),
    Action("train-step", QT_TRANSLATE_NOOP("Actions", "Train one step"), ("Ctrl+Shift+T",),
           intents.StartTraining(1)),
    Action("train-reset", QT_TRANSLATE_NOOP("Actions", "Reset the weights"), (),
           intents.Retrain()),
    Action("save-weights", QT_TRANSLATE_NOOP("Actions", "Save weights…"), ("Ctrl+S",)),
    Action("architecture", QT_TRANSLATE_NOOP("Actions", "Architecture"), ("F2",),
           intents.ShowTab("architecture")),
    Action("forward", QT_TRANSLATE_NOOP("Actions", "Forward pass"), ("F3",),
           intents.ShowTab("forward")),
    Action("training", QT_TRANSLATE_NOOP("Actions", "Training"), ("F4",),
           intents.ShowTab("training")),
    Action("gallery", QT_TRANSLATE_NOOP("Actions", "Gallery"), ("Ctrl+O",),
           intents.ShowGallery()),
    Action("find", QT_TRANSLATE_NOOP("Actions", "Find a layer, op or command"), ("Ctrl+K",)),
    Action("theme", QT_TRANSLATE_NOOP("Actions", "Dark or light"), ("Ctrl+D",)),
    Action("language", QT_TRANSLATE_NOOP("Actions", "English or 简体中文"), ("Ctrl+L",)),
    Action("larger", QT_TRANSLATE_NOOP("Actions", "Larger text"), ("Ctrl++", "Ctrl+=")),
    Action("smaller", QT_TRANSLATE_NOOP("Actions", "Smaller text"), ("Ctrl+-",)),
    Action("normal-size", QT_TRANSLATE_NOOP("Actions", "Normal text size"), ("Ctrl+0",),
           intents.SetScale(1.0)),
    Action("present", QT_TRANSLATE_NOOP("Actions", "Present"), ("F11",),
           intents.TogglePresent()),
    Action("dismiss", QT_TRANSLATE_NOOP("Actions", "Close the message"), ("Esc",),
           intents.Dismiss()),
    Action("restart-engine", QT_TRANSLATE_NOOP("Actions", "Restart the engine"), (),
           intents.RestartEngine()),
    Action("quit", QT_TRANSLATE_NOOP("Actions", "Quit"), ("Ctrl+Q",)),
)  # fmt: skip
