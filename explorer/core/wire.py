"""Frames on a byte stream: a msgpack header of a tagged union, then raw array bytes.

A frame is ``<u32 header length><u32 payload length><header><payload>``. Arrays inside a message
travel in the payload, each at an 8-byte boundary, and the header only says where; they are not
copied when read. A ``range`` travels as its three numbers, a
complex number as an extension. No pickle: nothing read from the wire can run code.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, Generic, TypeVar

import msgspec
import numpy as np

M = TypeVar("M")
_LENGTHS = struct.Struct("<II")
_ALIGN = 8
_COMPLEX, _PAIR = 1, struct.Struct("<dd")  # of msgpack's own extensions, the code of ours


class Wire(Generic[M]):
    """Writes any message and reads messages of one union. Not thread-safe in one direction."""

    def __init__(self, incoming: Any, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader = reader
        self._writer = writer
        self._payload = memoryview(b"")
        self._arrays: list[np.ndarray] = []
        self._offset = 0
        self._encoder = msgspec.msgpack.Encoder(enc_hook=self._put)
        self._decoder = msgspec.msgpack.Decoder(incoming, dec_hook=self._take, ext_hook=_extended)

    def send(self, message: msgspec.Struct) -> None:
        """Write one frame and flush it. Raises OSError when the other side is gone."""
        self._arrays, self._offset = [], 0
        header = self._encoder.encode(message)
        self._writer.write(_LENGTHS.pack(len(header), self._offset))
        self._writer.write(header)
        for array in self._arrays:
            self._writer.write(array.data.cast("B") if array.size else b"")
            self._writer.write(bytes(-array.nbytes % _ALIGN))
        self._writer.flush()
        self._arrays = []

    def receive(self) -> M | None:
        """Read one message; ``None`` at the end of the stream, also in the middle of a frame."""
        lengths = self._read(_LENGTHS.size)
        if lengths is None:
            return None
        header_length, payload_length = _LENGTHS.unpack(lengths)
        header, payload = self._read(header_length), self._read(payload_length)
        if header is None or payload is None:
            return None
        self._payload = memoryview(payload)
        message: M = self._decoder.decode(header)
        return message

    def _read(self, count: int) -> bytes | None:
        data = self._reader.read(count) if count else b""
        while len(data) < count:  # an unbuffered pipe may return less
            more = self._reader.read(count - len(data))
            if not more:
                return None
            data += more
        return data

    def _put(self, thing: object) -> object:
        if isinstance(thing, range):
            return thing.start, thing.stop, thing.step
        if isinstance(thing, complex):
            return msgspec.msgpack.Ext(_COMPLEX, _PAIR.pack(thing.real, thing.imag))
        if not isinstance(thing, np.ndarray):
            raise TypeError(f"cannot send a {type(thing).__name__}")
        array = np.ascontiguousarray(thing)
        place = {"dtype": array.dtype.str, "shape": thing.shape, "at": self._offset}
        self._arrays.append(array)
        self._offset += array.nbytes + -array.nbytes % _ALIGN
        return place

    def _take(self, wanted: type, place: Any) -> np.ndarray | range:
        if wanted is range:
            return range(*place)
        if wanted is not np.ndarray:
            raise TypeError(f"cannot receive a {wanted}")
        count = int(np.prod(place["shape"], dtype=np.int64))
        flat = np.frombuffer(self._payload, place["dtype"], count, place["at"])
        return flat.reshape(place["shape"])


def _extended(code: int, data: memoryview) -> complex:
    if code != _COMPLEX:
        raise TypeError(f"cannot receive extension {code}")
    return complex(*_PAIR.unpack(data))
