"""Writing of palette PNGs with nothing but zlib (PNG, ISO/IEC 15948). Where Pillow can be installed, `Image.save` replaces it."""

from __future__ import annotations

import struct
import zlib
from typing import Iterable

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FASTEST = 1


def palette_png(width: int, height: int, palette: bytes, rows: Iterable[bytes]) -> bytes:
    """The bytes of a PNG. `palette` has three bytes (red, green, blue) for each of ≤ 256 colours, a row one index a pixel."""
    filtered = b"\0" + b"\0".join(rows)  # Each row is led by its filter: 0, none.
    if len(filtered) != (width + 1) * height:
        raise ValueError(f"the rows have {len(filtered) - height} pixels, expected {width} × {height}")
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)  # 8 bits an index, colour type 3: palette.
    return b"".join((
        _SIGNATURE, _chunk(b"IHDR", header), _chunk(b"PLTE", palette), _chunk(b"IDAT", zlib.compress(filtered, _FASTEST)), _END))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


_END = _chunk(b"IEND", b"")
