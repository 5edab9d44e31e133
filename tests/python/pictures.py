"""Reading pictures in tests: PNG with 8 bits, gray, RGB or RGBA, not interlaced; OpenEXR as the Blender engine writes it."""

from __future__ import annotations

import struct
import zlib
from typing import Dict, List, NamedTuple


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


class Floats(NamedTuple):
    """A picture of floats: for each channel by name its values from the top left."""

    width: int
    height: int
    channels: Dict[str, List[float]]


def read_exr(data: bytes) -> Floats:
    """Reads OpenEXR files of scan lines with halves or floats, packed with zip or not at all: what the Blender engine writes."""
    assert data[:4] == b"\x76\x2f\x31\x01", data[:4]
    header, at = _exr_header(data)
    packing, (left, top, right, bottom) = header["compression"][0], struct.unpack("<4i", header["dataWindow"])
    assert packing in (0, 2, 3), packing
    width, height = right - left + 1, bottom - top + 1
    channels = _exr_channels(header["channels"])
    values: Dict[str, List[float]] = {name: [] for name, _ in channels}
    lines = 16 if packing == 3 else 1
    first = struct.unpack_from("<Q", data, at)[0]
    at = first
    for row in range(0, height, lines):
        size = struct.unpack_from("<i", data, at + 4)[0]
        block = data[at + 8:at + 8 + size]
        count = min(lines, height - row)
        whole = count * width * sum(2 if kind == "e" else 4 for _, kind in channels)
        raw = block if size == whole else _unzipped(block)
        place = 0
        for _ in range(count):
            for name, kind in channels:
                line = struct.unpack_from(f"<{width}{kind}", raw, place)
                values[name].extend(line)
                place += struct.calcsize(f"<{width}{kind}")
        at += 8 + size
    return Floats(width, height, values)


def _exr_header(data: bytes) -> "tuple[Dict[str, bytes], int]":
    found, at = {}, 8
    while data[at]:
        name_end = data.index(b"\0", at)
        kind_end = data.index(b"\0", name_end + 1)
        size = struct.unpack_from("<I", data, kind_end + 1)[0]
        found[data[at:name_end].decode()] = data[kind_end + 5:kind_end + 5 + size]
        at = kind_end + 5 + size
    return found, at + 1


def _exr_channels(data: bytes) -> "List[tuple[str, str]]":
    found, at = [], 0
    while data[at]:
        end = data.index(b"\0", at)
        found.append((data[at:end].decode(), {1: "e", 2: "f"}[struct.unpack_from("<i", data, end + 1)[0]]))
        at = end + 17
    return found


def _unzipped(block: bytes) -> bytes:
    """Undoes the difference between neighbours and the sorting of low and high bytes that come before OpenEXR's zip."""
    coded = bytearray(zlib.decompress(block))
    for index in range(1, len(coded)):
        coded[index] = (coded[index - 1] + coded[index] - 128) & 255
    half = (len(coded) + 1) // 2
    raw = bytearray(len(coded))
    raw[0::2], raw[1::2] = coded[:half], coded[half:]
    return bytes(raw)
