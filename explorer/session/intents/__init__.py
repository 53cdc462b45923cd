"""Intents: what a user asks for. Views emit them; `update` answers them."""

from __future__ import annotations

from explorer.session.intents.looking import (
    ChoosePane,
    ChooseRows,
    ColourBy,
    ColourByNext,
    Derive,
    Dismiss,
    EndDerivation,
    Look,
    LookAtUnits,
    MeasureQuantity,
    PointAtCell,
    Rows,
    SaveValueTo,
    SeekOddity,
    SetLanguage,
    SetScale,
    SetTheme,
    ShowPlane,
    ShowTab,
    Summarize,
    Tab,
    ToggleFigure,
    TogglePresent,
    ToggleTable,
    ToggleWeighedWires,
)
from explorer.session.intents.model import (
    Cancel,
    EditInput,
    EditPlan,
    ForgetFound,
    OpenOwn,
    OpenPath,
    OpenPreset,
    Overdue,
    PauseTraining,
    PresetsRead,
    PutWeights,
    Reopen,
    Report,
    RestartEngine,
    Retrain,
    SaveWeightsTo,
    ShowGallery,
    StartTraining,
)
from explorer.session.intents.walking import (
    Compared,
    EndBeside,
    GoToBookmark,
    KeepBeside,
    Light,
    MarkStart,
    NextBreak,
    NextDifference,
    NextFound,
    OpenEvent,
    OpenToLevel,
    PointAt,
    Retrace,
    Search,
    SelectOutput,
    SelectValue,
    SetBookmark,
    SetBreaks,
    SetPace,
    ShowFound,
    Step,
    StepBy,
    StepTo,
    SwitchSides,
    Tick,
    ToggleCall,
    ToggleFold,
    TogglePlay,
    Unlight,
    Walk,
)

__all__ = [
    "Cancel", "ChoosePane", "ChooseRows", "ColourBy", "ColourByNext", "Compared", "Derive",
    "Dismiss", "EditInput", "EditPlan", "EndBeside", "EndDerivation", "ForgetFound",
    "GoToBookmark", "Intent", "KeepBeside", "Light", "Look", "LookAtUnits", "MarkStart",
    "MeasureQuantity", "NextBreak", "NextDifference", "NextFound", "OpenEvent", "OpenOwn",
    "OpenPath", "OpenPreset", "OpenToLevel", "Overdue", "PauseTraining", "PointAt",
    "PointAtCell", "PresetsRead", "PutWeights", "Reopen", "Report", "RestartEngine", "Retrace",
    "Retrain", "Rows", "SaveValueTo", "SaveWeightsTo", "Search", "SeekOddity", "SelectOutput",
    "SelectValue", "SetBookmark", "SetBreaks", "SetLanguage", "SetPace", "SetScale", "SetTheme",
    "ShowFound", "ShowGallery", "ShowPlane", "ShowTab", "StartTraining", "Step", "StepBy",
    "StepTo", "Summarize", "SwitchSides", "Tab", "Tick", "ToggleCall", "ToggleFigure",
    "ToggleFold", "TogglePlay", "TogglePresent", "ToggleTable", "ToggleWeighedWires", "Unlight",
    "Walk",
]  # fmt: skip

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
