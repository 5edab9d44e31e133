"""Reading PNG files in tests: 8 or 16 bits, gray, RGB or RGBA, not interlaced."""

from __future__ import annotations

import struct
import zlib
from typing import List, NamedTuple


class Picture(NamedTuple):
    """`pixels` are the samples from the top left, `channels` of them a pixel."""

    width: int
    height: int
    channels: int
    pixels: bytes

    def pixel(self, x: int, y: int) -> "tuple[int, ...]":
        at = (y * self.width + x) * self.channels
        return tuple(self.pixels[at:at + self.channels])


def read_png(data: bytes) -> Picture:
    assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:8]
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    assert depth == 8 and interlace == 0 and colour in (0, 2, 6), (depth, colour, interlace)
    channels = {0: 1, 2: 3, 6: 4}[colour]
    packed, at = b"", 8
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        packed += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    return Picture(width, height, channels, _unfilter(zlib.decompress(packed), width * channels, height, channels))


def largest_difference(one: Picture, other: Picture) -> int:
    assert one[:3] == other[:3], (one[:3], other[:3])
    return max(abs(a - b) for a, b in zip(one.pixels, other.pixels))


def _unfilter(raw: bytes, stride: int, height: int, step: int) -> bytes:
    above = bytearray(stride)
    rows: List[bytes] = []
    for row in range(height):
        kind, line = raw[row * (stride + 1)], bytearray(raw[row * (stride + 1) + 1:(row + 1) * (stride + 1)])
        for i in range(stride):
            left, up, corner = (line[i - step] if i >= step else 0), above[i], (above[i - step] if i >= step else 0)
            line[i] = (line[i] + (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]) & 255
        rows.append(bytes(line))
        above = line
    return b"".join(rows)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
