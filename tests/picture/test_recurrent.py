"""Which values belong to recurrent layers, and which pictures they have."""

from __future__ import annotations

import pytest

from explorer.picture.readout import panes_for
from explorer.picture.recurrent import recurrent_of, samples_of, tokens_of
from tests.recordings import cnn, gpt, mlp, recurrent, shared


@pytest.mark.parametrize("backwards", [False, True])
def test_every_cell_of_a_loop_is_a_layer(backwards: bool) -> None:
    recording = recurrent(steps=5, layers=3, backwards=backwards)
    found = recurrent_of(recording, recording.outputs[0])
    assert found is not None
    assert [one.track.name for one in found.layers] == ["cells.0", "cells.1", "cells.2"]
    for layer in found.layers:
        assert layer.track.backwards == backwards
        ((name, refs),) = layer.track.values
        assert name == "h"
        for step, ref in enumerate(refs):
            event = recording.events[recording.values[ref].writer]
            assert event.op == "tanh"
            assert recording.calls[event.call].module == layer.track.name
            assert layer.step(event.index) == step
            assert found.cell(ref, (0, 3)) is not None
            assert panes_for(recording, ref)[0] == "recurrent"
        ((_, given),) = layer.track.given
        assert recording.events[recording.values[given].writer].op == "zeros"
        assert samples_of(recording, layer) == 1


def test_the_layer_of_a_value_inside_a_cell_is_that_cell() -> None:
    recording = recurrent(steps=4, layers=2)
    event = next(e for e in recording.events if e.id == "cells.1/add#2")
    found = recurrent_of(recording, event.outputs[0])
    assert found is not None
    assert found.layers[found.at].track.name == "cells.1"
    assert panes_for(recording, event.outputs[0])[-1] == "recurrent"


def test_what_is_no_layer_over_time_has_no_such_picture() -> None:
    for recording in (gpt("To be", layers=3), mlp(), cnn(), shared()):
        assert all(
            "recurrent" not in panes_for(recording, value) for value in range(len(recording.values))
        )
    weights = [v for v, one in enumerate(recurrent().values) if one.kind == "parameter"]
    assert all(recurrent_of(recurrent(), value) is None for value in weights)


def test_steps_have_the_names_of_the_tokens_if_there_are_as_many() -> None:
    recording = recurrent(steps=4)
    recording.labels["T"] = tuple("abcd")
    found = recurrent_of(recording, recording.outputs[0])
    assert found is not None
    assert tokens_of(recording, found.layers[0], 4) == ("a", "b", "c", "d")
    assert tokens_of(recording, found.layers[0], 3) == ()
