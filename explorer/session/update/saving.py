"""What is written to the disk: weights, presets, and values as they are looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from explorer.core import messages
from explorer.core.messages import Request, SavePreset, SaveValue, SaveWeights
from explorer.core.presets import ShippedPreset
from explorer.core.problem import phrase
from explorer.core.spec import ChangeSpec, InputSpec, Preset, Words
from explorer.core.values import Input, NumbersInput, SampleInput, TextInput
from explorer.session import intents
from explorer.session.state import AppState, Banner
from explorer.session.update.looking import is_shown

Result = tuple[AppState, list[Request]]
_SAID = {
    "weights": phrase("The weights are saved in {path}."),
    "preset": phrase("The preset is saved in {path}. Open that folder to come back to it."),
    "value": phrase("The value is saved in {path}."),
    "plane": phrase("The numbers of this slice are saved in {path}."),
}

_NO_PRESET = phrase("This model came without data and a plan, so it cannot be saved as a preset.")
_FILES = phrase("Its changes can be saved as a file, and its weights as another.")


def save_weights(state: AppState, intent: intents.SaveWeightsTo) -> Result:
    """Write the weights where the user said."""
    return (state, [SaveWeights(path=intent.path)]) if state.model is not None else (state, [])


def save_preset(state: AppState, intent: intents.SavePresetTo) -> Result:
    """Write the open preset as it stands where the user said; its name is the folder's."""
    if state.model is None:
        return state, []
    if state.shipped is None:
        return replace(state, banner=Banner("training", _NO_PRESET, _FILES)), []
    preset = _as_it_stands(state, state.shipped, Path(intent.path).name)
    return state, [SavePreset(path=intent.path, preset=preset.model_dump(mode="json"))]


def _as_it_stands(state: AppState, shipped: ShippedPreset, name: str) -> Preset:
    """The open preset with its present input, plan and changes. What was measured of its weights is
    told of those alone."""
    training, recording = state.training, state.recording
    given = recording.input if recording is not None else state.typed
    made = (training and training.weights) or (recording and recording.weights)
    measured = made == "shipped" and not state.put
    return shipped.preset.model_copy(
        update={
            "title": Words(en=name, zh=name),
            "input": _spec_of(given) or shipped.preset.input,
            "train": training.plan if training is not None else shipped.preset.train,
            "weights": shipped.preset.weights if measured else None,
            "change": tuple(ChangeSpec.of(one) for one in state.changes.entries),
        }
    )


def _spec_of(given: Input | None) -> InputSpec | None:
    """An input as a preset has it."""
    if isinstance(given, TextInput):
        return InputSpec(text=given.text)
    if isinstance(given, NumbersInput):
        return InputSpec(values=given.values)
    return InputSpec(sample=given.index) if isinstance(given, SampleInput) else None


def save_value(state: AppState, intent: intents.SaveValueTo) -> Result:
    """Write a value, or a plane of it, where the user said."""
    if not is_shown(state, intent.tape):
        return state, []
    request = SaveValue(
        path=intent.path, tape=intent.tape, value=intent.value, view=intent.view
    )  # fmt: skip
    return state, [request]


def saved(state: AppState, reply: messages.Saved) -> Result:
    """Say where it is."""
    news = Banner("saved", _SAID[reply.what], "", {"path": reply.path}, "news")
    return replace(state, banner=news), []
