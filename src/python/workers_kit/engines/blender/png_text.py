"""Takes the text out of PNG files. Blender writes how long the render took into it, so that equal pictures would differ."""

from __future__ import annotations

import struct
from pathlib import Path

_SIGNATURE = 8
_FRAME = 12  # Length, kind and checksum around the data of a chunk.
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME"})


def strip_text(path: Path) -> None:
    """Rewrite the file without its text and time chunks. Everything else stays byte for byte."""
    data = path.read_bytes()
    kept = [data[:_SIGNATURE]]
    at = _SIGNATURE
    while at + _FRAME <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind not in _TEXT:
            kept.append(data[at:at + _FRAME + size])
        at += _FRAME + size
    path.write_bytes(b"".join(kept))
