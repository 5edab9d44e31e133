"""Whether an .exr is all there: Blender fills what is missing at its end with what the picture before it left in memory."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Dict, Optional

_OTHER_KINDS = 0x1A00  # Tiles, deep data, several parts: these are left to Blender.
_LINES = (1, 1, 1, 16, 32, 16, 32, 32, 32, 256)  # In a block, by the kind of compression.
_MOST_ATTRIBUTES = 10_000
_MOST_HEADER = 1 << 20


def is_whole(path: Path) -> bool:
    """False where a block of scan lines is cut off; True also for kinds that are not looked into."""
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        try:
            return _blocks_fit(file, size)
        except (struct.error, IndexError, ValueError):
            return False


def _blocks_fit(file: BinaryIO, size: int) -> bool:
    _, flags = struct.unpack("<II", file.read(8))
    if flags & _OTHER_KINDS:
        return True
    attributes = _attributes(file)
    if attributes is None or "dataWindow" not in attributes or "compression" not in attributes:
        return False
    _, top, _, bottom = struct.unpack("<4i", attributes["dataWindow"])
    lines = _LINES[attributes["compression"][0]]
    count = (bottom - top + lines) // lines
    if count < 1 or file.tell() + 8 * count > size:
        return False
    for offset in struct.unpack(f"<{count}Q", file.read(8 * count)):
        if offset + 8 > size:
            return False
        file.seek(offset + 4)
        if offset + 8 + struct.unpack("<I", file.read(4))[0] > size:
            return False
    return True


def _attributes(file: BinaryIO) -> Optional[Dict[str, bytes]]:
    found: Dict[str, bytes] = {}
    for _ in range(_MOST_ATTRIBUTES):
        name = _text(file)
        if not name:
            return found
        _text(file)
        (length,) = struct.unpack("<I", file.read(4))
        if length > _MOST_HEADER:
            return None
        found[name] = file.read(length)
    return None


def _text(file: BinaryIO) -> str:
    letters = bytearray()
    while len(letters) < 256:
        letter = file.read(1)
        if letter in (b"\0", b""):
            break
        letters += letter
    return letters.decode("latin-1")
