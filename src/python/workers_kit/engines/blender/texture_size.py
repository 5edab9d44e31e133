"""How much memory a file's textures would take once they are decoded, by their headers: a few kilobytes can stand for gigapixels."""

from __future__ import annotations

import io
import os
import struct
from typing import BinaryIO, Iterator, Optional, Tuple

import bpy

from .picture_header import PictureHeader, header_of

MOST_BYTES = 1 << 29
"""Of one texture, decoded: 128 million pixels with eight bits a channel, 32 million with floats."""

MOST_BYTES_TOGETHER = 4 << 30

_FLOATS = frozenset({"exr", "hdr"})
_HEAD = 4096
_TGA_TYPES = frozenset({1, 2, 3, 9, 10, 11})
# Where other kinds that Blender reads tell width and height, in either order.
_PLACES = (
    (b"BM", "<ii", 18), (b"8BPS", ">II", 14), (b"DDS ", "<II", 12), (b"\x01\xda", ">HH", 6), (b"SDPX", ">II", 772), (b"XPDS", "<II", 772),
    (b"\x80\x2a\x5f\xd7", ">II", 200),
)


def too_large() -> Optional[str]:
    """Why the open file's textures must not be decoded; None where they may be."""
    together = 0
    for image in bpy.data.images:
        size = _decoded(image)
        together += size
        if size > MOST_BYTES:
            return f"the texture {image.name!r} would take {size >> 20} MB decoded, more than {MOST_BYTES >> 20}; make it smaller"
    if together > MOST_BYTES_TOGETHER:
        return f"the textures would take {together >> 20} MB decoded, more than {MOST_BYTES_TOGETHER >> 20}; make them smaller"
    return None


def decoded(header: PictureHeader) -> int:
    """Bytes in memory."""
    return header.width * header.height * (16 if header.kind in _FLOATS else 4)


def size_of(image: bpy.types.Image) -> Optional[Tuple[int, int]]:
    """Width and height of an image of the open file, in pixels, without decoding it; None where they cannot be told."""
    return next(((header.width, header.height) for header in _headers(image)), None)


def _decoded(image: bpy.types.Image) -> int:
    return sum(decoded(header) for header in _headers(image)) * max(1, len(image.tiles))


def _headers(image: bpy.types.Image) -> Iterator[PictureHeader]:
    if image.source == "GENERATED":
        yield PictureHeader("exr" if image.use_generated_float else "png", image.generated_width, image.generated_height)
        return
    packed = [part.packed_file.data for part in image.packed_files if part.packed_file is not None]
    for data in packed:
        yield from _header(io.BytesIO(data))
    path = bpy.path.abspath(image.filepath, library=image.library).replace("<UDIM>", "1001")
    if not packed and image.filepath and os.path.isfile(path):
        with open(path, "rb") as file:
            yield from _header(file)


def _header(file: BinaryIO) -> Iterator[PictureHeader]:
    header = header_of(file)
    if header is None:
        file.seek(0)
        width, height = _other(file.read(_HEAD))
        header = PictureHeader("other", width, height) if width and height else None
    if header is not None:
        yield header


def _other(head: bytes) -> Tuple[int, int]:
    """The size by the header of a kind that is no format of pictures here but a texture may have; 0, 0 where it cannot be told."""
    for magic, form, at in _PLACES:
        if head.startswith(magic) and len(head) >= at + struct.calcsize(form):
            one, other = struct.unpack_from(form, head, at)
            return abs(one), abs(other)
    at = head.find(b"ihdr")
    if head[4:8] in (b"jP  ", b"ftyp") and 0 < at <= len(head) - 12:
        height, width = struct.unpack_from(">II", head, at + 4)
        return width, height
    if len(head) > 18 and head[2] in _TGA_TYPES:
        return struct.unpack_from("<HH", head, 12)  # type: ignore[return-value]
    return 0, 0
