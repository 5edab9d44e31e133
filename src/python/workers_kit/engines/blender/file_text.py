"""Takes out of picture files what Blender writes into them about the render, how long it took above all: equal pictures shall be equal files."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Callable, Dict, List

_PNG_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_PNG_FRAME = 12  # Length, kind and checksum around the data of a chunk.
_JPEG_COMMENT, _JPEG_SCAN = 0xFE, 0xDA
_EXR_MULTIPART, _EXR_DEEP = 0x1000, 0x800


def strip_text(path: Path, kind: str) -> None:
    """Rewrite the file without its texts; `kind` is Blender's name of the format. The picture itself stays byte for byte."""
    strip = _STRIP.get(kind)
    if strip is not None:
        path.write_bytes(strip(path.read_bytes()))


def _strip_png(data: bytes) -> bytes:
    kept, at = [data[:8]], 8
    while at + _PNG_FRAME <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind not in _PNG_TEXT:
            kept.append(data[at:at + _PNG_FRAME + size])
        at += _PNG_FRAME + size
    return b"".join(kept)


def _strip_jpeg(data: bytes) -> bytes:
    kept, at = [data[:2]], 2
    while at + 4 <= len(data):
        start, kind, size = struct.unpack_from(">BBH", data, at)
        if start != 0xFF or kind == _JPEG_SCAN:
            break
        if kind != _JPEG_COMMENT:
            kept.append(data[at:at + 2 + size])
        at += 2 + size
    return b"".join([*kept, data[at:]])


def _strip_exr(data: bytes) -> bytes:
    if struct.unpack_from("<I", data, 4)[0] & (_EXR_MULTIPART | _EXR_DEEP):
        return data  # Their headers are built in another way; what is rendered here has neither.
    kept, at = [data[:8]], 8
    while data[at]:
        name_end = data.index(b"\0", at)
        kind_end = data.index(b"\0", name_end + 1)
        end = kind_end + 5 + struct.unpack_from("<I", data, kind_end + 1)[0]
        if not (data[at:name_end].startswith(b"cycles.") and data[name_end + 1:kind_end] == b"string"):
            kept.append(data[at:end])
        at = end
    header_end = at + 1
    header = b"".join([*kept, b"\0"])
    return header + _moved_offsets(data, header_end, header_end - len(header))


def _moved_offsets(data: bytes, start: int, by: int) -> bytes:
    """The rest of the file, from the table of offsets on, when everything moves to the front. The table ends where the first line begins."""
    first = struct.unpack_from("<Q", data, start)[0]
    count = (first - start) // 8
    offsets: List[int] = [offset - by for offset in struct.unpack_from(f"<{count}Q", data, start)]
    return struct.pack(f"<{count}Q", *offsets) + data[first:]


_STRIP: Dict[str, Callable[[bytes], bytes]] = {"PNG": _strip_png, "JPEG": _strip_jpeg, "OPEN_EXR": _strip_exr}
