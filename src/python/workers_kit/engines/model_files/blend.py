"""The frame of a .blend, read without Blender: its version, its thumbnail, and its blocks."""

from __future__ import annotations

import contextlib
import gzip
import re
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Iterator, NamedTuple, Optional, Tuple

from . import zstd

MOST_THUMBNAIL_EDGE = 1024
MOST_BLOCKS = 4_000_000
"""Of a file whose blocks are looked at one by one. A hundred thousand objects have half a million."""

_STEP = 1 << 20
# The last three (until 4.x) or four digits are the version; from 5.0 on the header tells its own length first.
_OLD = re.compile(rb"BLENDER([-_])([vV])(\d)(\d\d)")
_NEW = re.compile(rb"BLENDER(17)-01(v)(\d\d)(\d\d)")
_LONGEST_HEADER = 17
BROKEN = (OSError, EOFError, zlib.error, struct.error, ValueError)
"""What reading a file that is none, or not whole, may raise."""


class Header(NamedTuple):
    """`version` as Blender counts, (3, 4); `block` the layout of a block's header; `order` of bytes, `<` or `>`."""

    version: Tuple[int, int]
    block: struct.Struct
    order: str
    large: bool


class Block(NamedTuple):
    """A block's code, the index of its struct, how many there are, and its bytes (none where it was passed over)."""

    code: bytes
    kind: int
    count: int
    content: bytes


class Thumbnail(NamedTuple):
    """8 bits a channel, RGBA, rows from the bottom up."""

    width: int
    height: int
    pixels: bytes


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, however it is compressed. Raises NotImplementedError where this Python cannot."""
    with open(path, "rb") as raw:
        magic = raw.read(4)
    if magic == zstd.MAGIC:
        with zstd.open_zstd(path) as file:
            yield file
    elif magic.startswith(b"\x1f\x8b"):
        with gzip.open(path, "rb") as file:
            yield file  # type: ignore[misc]
    else:
        with open(path, "rb") as file:
            yield file


def read_header(file: BinaryIO) -> Optional[Header]:
    """Read to the end of the header; None where there is none."""
    head = file.read(12)
    found = _OLD.fullmatch(head)
    if found is not None:
        order = "<" if found[2] == b"v" else ">"
        block = struct.Struct(order + ("4siQii" if found[1] == b"-" else "4siIii"))
        return Header((int(found[3]), int(found[4])), block, order, False)
    found = _NEW.fullmatch(head + file.read(_LONGEST_HEADER - len(head)))
    return Header((int(found[3]), int(found[4])), struct.Struct("<4siQQQ"), "<", True) if found is not None else None


def blocks(file: BinaryIO, header: Header, wanted: "frozenset[bytes]", most_bytes: int) -> Iterator[Block]:
    """The blocks behind the header, in order; only those of the `wanted` codes have their bytes, and of those at most so many.

    Ends where no block follows. Raises OverflowError behind MOST_BLOCKS.
    """
    for _ in range(MOST_BLOCKS):
        raw = file.read(header.block.size)
        if len(raw) < header.block.size or raw[:4] == b"ENDB" or raw[0] == 0:
            return
        code, *fields = header.block.unpack(raw)
        kind, length, count = (fields[0], fields[2], fields[3]) if header.large else (fields[2], fields[0], fields[3])
        code = code.rstrip(b"\0")
        if length < 0:
            return
        content = file.read(min(length, most_bytes)) if code in wanted else b""
        _skip(file, length - len(content))
        yield Block(code, kind, count, content)
    raise OverflowError(f"it has more than {MOST_BLOCKS} blocks")


def thumbnail(path: Path) -> Optional[Thumbnail]:
    """The picture that Blender stored when it saved the file; None without one. Raises NotImplementedError as `unpacked`."""
    try:
        with unpacked(path) as file:
            header = read_header(file)
            if header is None:
                return None
            for block in blocks(file, header, frozenset({b"TEST"}), 8 + 4 * MOST_THUMBNAIL_EDGE ** 2):
                if block.code == b"TEST":
                    width, height = struct.unpack_from(header.order + "ii", block.content)
                    pixels = block.content[8:]
                    fits = 0 < width <= MOST_THUMBNAIL_EDGE and 0 < height <= MOST_THUMBNAIL_EDGE
                    return Thumbnail(width, height, pixels) if fits and len(pixels) == width * height * 4 else None
                if block.code not in (b"REND", b"INFO"):
                    return None  # It comes first, or not at all.
    except BROKEN:
        pass  # What is wrong with the file, the one who opens it says better.
    return None


def version(path: Path) -> Optional[Tuple[int, int]]:
    """The version of Blender that saved the file; None where that cannot be told."""
    try:
        with unpacked(path) as file:
            header = read_header(file)
    except (*BROKEN, NotImplementedError):
        return None
    return header.version if header is not None else None


def _skip(file: BinaryIO, count: int) -> None:
    if count > 0 and file.seekable():
        file.seek(count, 1)
        return
    while count > 0:
        passed = len(file.read(min(count, _STEP)))
        if passed == 0:
            return
        count -= passed
