"""Protobuf's wire format: a message's fields as pairs of number and value. Used by `protobuf` only. https://protobuf.dev/programming-guides/encoding/"""

from collections.abc import Iterator
from typing import TypeAlias

Fields: TypeAlias = Iterator[tuple[int, int | bytes]]

_VARINT, _EIGHT_BYTES, _LENGTH_DELIMITED, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT_BYTES = 10


def fields(message: bytes) -> Fields:
    """Numbers as unsigned integers, everything else as bytes. ValueError when it isn't protobuf."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, how = tag >> 3, tag & 7
        if how == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        length = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(how)
        if how == _LENGTH_DELIMITED:
            length, position = _varint(message, position)
        if length is None or position + length > len(message):
            raise ValueError(f"field {number} ends after the message, or has an unknown wire type {how}")
        yield number, message[position : position + length]
        position += length


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(message[position : position + _LONGEST_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise ValueError("a number isn't complete")


def signed(value: int) -> int:
    """An int32 or int64 from its unsigned form: negative ones are sent as 64 bits of two's complement."""
    return value - (1 << 64) if value >> 63 else value
