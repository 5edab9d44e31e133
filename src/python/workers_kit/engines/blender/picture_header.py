"""Reads a picture's kind and size from its first bytes, so that nothing is decoded that is no picture or is too large."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import BinaryIO, Callable, NamedTuple, Optional, Tuple

_HEAD = 64 * 1024
_MOST_SEGMENTS = 1000
_TIFF_ENTRIES = 500
_EXR_ATTRIBUTES = 1000


class PictureHeader(NamedTuple):
    """`kind` is png, jpeg, webp, tiff, exr or hdr; sizes are pixels."""

    kind: str
    width: int
    height: int


def read_header(path: Path) -> Optional[PictureHeader]:
    """None where the file is none of these kinds, or ends before it has told its size."""
    with open(path, "rb") as file:
        return header_of(file)


def header_of(file: BinaryIO) -> Optional[PictureHeader]:
    """`read_header` of an open file, from its beginning."""
    head = file.read(_HEAD)
    for kind, is_kind, size in _KINDS:
        if is_kind(head):
            try:
                found = size(head, file)
            except (struct.error, IndexError, ValueError):
                return None
            return PictureHeader(kind, *found) if found is not None and min(found) > 0 else None
    return None


_Size = Optional[Tuple[int, int]]


def _png(head: bytes, file: BinaryIO) -> _Size:
    return struct.unpack_from(">II", head, 16) if head[12:16] == b"IHDR" else None  # type: ignore[return-value]


def _jpeg(head: bytes, file: BinaryIO) -> _Size:
    # Pictures inside a picture and colour profiles may push the frame's header far back.
    at = 2
    for _ in range(_MOST_SEGMENTS):
        file.seek(at)
        start, kind, size = struct.unpack(">BBH", file.read(4))
        if start != 0xFF:
            return None
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">xHH", file.read(5))
            return width, height
        at += 1 if kind == 0xFF else 2 + size  # Fill bytes may stand before a marker.
    return None


def _webp(head: bytes, file: BinaryIO) -> _Size:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", head, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", head, 26)
    return width & 0x3FFF, height & 0x3FFF


def _tiff(head: bytes, file: BinaryIO) -> _Size:
    order = "<" if head[:2] == b"II" else ">"
    file.seek(struct.unpack_from(order + "I", head, 4)[0])
    count = min(struct.unpack(order + "H", file.read(2))[0], _TIFF_ENTRIES)
    sizes = {}
    for _ in range(count):
        entry = file.read(12)
        tag, kind = struct.unpack_from(order + "HH", entry)
        if tag in (256, 257):
            sizes[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), entry, 8)[0]
    return (sizes[256], sizes[257]) if len(sizes) == 2 else None


def _exr(head: bytes, file: BinaryIO) -> _Size:
    at = 8
    for _ in range(_EXR_ATTRIBUTES):
        name, at = _text(head, at)
        if not name:
            return None
        kind, at = _text(head, at)
        size = struct.unpack_from("<i", head, at)[0]
        if name == b"dataWindow" and kind == b"box2i":
            left, top, right, bottom = struct.unpack_from("<4i", head, at + 4)
            return right - left + 1, bottom - top + 1
        if size < 0:
            return None
        at += 4 + size
    return None


def _text(head: bytes, at: int) -> Tuple[bytes, int]:
    end = head.index(b"\0", at)
    return head[at:end], end + 1


def _hdr(head: bytes, file: BinaryIO) -> _Size:
    found = re.search(rb"\n[-+]Y (\d{1,9}) [-+]X (\d{1,9})\n", head)
    return (int(found[2]), int(found[1])) if found else None


_KINDS: Tuple[Tuple[str, Callable[[bytes], bool], Callable[[bytes, BinaryIO], _Size]], ...] = (
    ("png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    ("jpeg", lambda head: head.startswith(b"\xff\xd8\xff"), _jpeg),
    ("webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _webp),
    ("tiff", lambda head: head[:4] in (b"II*\0", b"MM\0*"), _tiff),
    ("exr", lambda head: head.startswith(b"\x76\x2f\x31\x01"), _exr),
    ("hdr", lambda head: head.startswith((b"#?RADIANCE", b"#?RGBE")), _hdr),
)
