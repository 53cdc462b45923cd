from __future__ import annotations

import io
import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from explorer.core.messages import (
    AnyReply,
    AnyRequest,
    Boundary,
    Looked,
    Pause,
    RecordPass,
    Saved,
    Trained,
)
from explorer.core.values import NumbersInput, Reading, TextInput, View
from explorer.core.wire import Wire

VIEW = View(tape=1, value=2, keep=(0,), at=(0,), size=(9,))


def there_and_back(message: msgspec.Struct, union: object = AnyReply) -> object:
    stream = io.BytesIO()
    Wire[object](union, stream, stream).send(message)
    stream.seek(0)
    return Wire[object](union, stream, stream).receive()


DTYPES = st.sampled_from(["<f4", "<f8", "<i8", "|u1", "|b1", "<i4", "<f2"])


@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)))
def test_arrays_come_back_bit_for_bit(array: np.ndarray) -> None:
    back = there_and_back(Looked(ticket=7, pane="x", reading=Reading(VIEW, array, (1,))))
    assert isinstance(back, Looked)
    assert back.reading.data.dtype == array.dtype
    assert back.reading.data.shape == array.shape
    assert back.reading.data.tobytes() == array.tobytes()


def test_several_arrays_of_odd_sizes_in_one_message() -> None:
    field = np.arange(15, dtype=np.float32).reshape(3, 5)[:, ::2]  # not contiguous
    probe = Boundary((0, 1, 0, 1), field, np.ones((3, 2)), np.array([1, 0, 1], np.uint8), 2)
    sent = Trained(
        step=1, steps=2, epoch=0.5, running=True, steps_per_second=1.0, left=1.0, weights="step 1",
        curves={"a": np.ones((3, 2)), "b": np.zeros((0, 2))}, probe=probe,
    )  # fmt: skip
    back = there_and_back(sent)
    assert isinstance(back, Trained)
    assert isinstance(back.probe, Boundary)
    np.testing.assert_array_equal(back.probe.field, field)
    np.testing.assert_array_equal(back.probe.classes, [1, 0, 1])
    assert back.curves["b"].shape == (0, 2)


@pytest.mark.parametrize("given_input", [TextInput("日本 ∂x\n"), NumbersInput((1.5, -2.0))])
def test_unions_inside_messages_keep_their_type(given_input: TextInput | NumbersInput) -> None:
    back = there_and_back(RecordPass(ticket=3, input=given_input), AnyRequest)
    assert back == RecordPass(ticket=3, input=given_input)


def test_the_end_of_the_stream_and_half_a_frame_are_none() -> None:
    stream = io.BytesIO()
    Wire[object](AnyReply, stream, stream).send(Saved(ticket=1, path="w"))
    whole = stream.getvalue()
    for cut in range(len(whole)):
        assert Wire[object](AnyReply, io.BytesIO(whole[:cut]), stream).receive() is None


def test_many_messages_after_each_other() -> None:
    stream = io.BytesIO()
    wire = Wire[object](AnyRequest, stream, stream)
    for ticket in range(5):
        wire.send(Pause(ticket=ticket))
    stream.seek(0)
    assert [wire.receive() for _ in range(6)] == [*(Pause(ticket=t) for t in range(5)), None]


def test_a_message_of_no_known_type_is_refused() -> None:
    header = msgspec.msgpack.encode({"type": "RunThis", "code": "rm"})
    stream = io.BytesIO(struct.pack("<II", len(header), 0) + header)
    with pytest.raises(msgspec.ValidationError, match="RunThis"):
        Wire[object](AnyReply, stream, stream).receive()


def test_what_is_not_data_cannot_be_sent() -> None:
    with pytest.raises(TypeError, match="cannot send a function"):
        there_and_back(Looked(pane="x", reading=Reading(VIEW, lambda: 0, (1,))))  # type: ignore[arg-type]
