"""What kind of file something is: by its content first, by its name only where the content does not tell."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import Optional

SCENES = ("blend", "glb", "gltf", "obj", "stl", "ply", "fbx", "dae")
"""Kinds with objects in them."""

PICTURES = ("png", "jpeg", "webp", "exr", "hdr", "tiff")
"""Kinds with pixels in them."""

HEAD_BYTES = 4096
"""How much of a file's beginning is looked at."""

_MAGICS = (
    (b"BLENDER", 0, "blend"), (b"\x28\xb5\x2f\xfd", 0, "blend"), (b"glTF", 0, "glb"), (b"Kaydara FBX Binary", 0, "fbx"),
    (b"PK\x03\x04", 0, "zip"), (b"PK\x05\x06", 0, "zip"), (b"\x89PNG\r\n\x1a\n", 0, "png"), (b"\xff\xd8\xff", 0, "jpeg"),
    (b"WEBP", 8, "webp"), (b"\x76\x2f\x31\x01", 0, "exr"), (b"#?RADIANCE", 0, "hdr"), (b"#?RGBE", 0, "hdr"),
    (b"II*\0", 0, "tiff"), (b"MM\0*", 0, "tiff"), (b"ply\n", 0, "ply"), (b"ply\r", 0, "ply"),
)
_NAMES = {"jpg": "jpeg", "tif": "tiff"}
_WITHOUT_MAGIC = frozenset({"obj", "stl", "gltf", "dae", "fbx"})  # Text FBX exists; the importer says what it thinks of it.
_STL_HEADER, _STL_FACE = 84, 50
_OBJ = re.compile(rb"(?m)^[ \t]*(v[ \t]+[-+.\d]|mtllib[ \t]|usemtl[ \t]|[og][ \t]+\S)")


def kind_of(path: Path, name: str) -> Optional[str]:
    """One of SCENES, PICTURES or "zip"; None for anything else."""
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
    known = sniff(head, size)
    if known is not None:
        return known
    ending = extension(name)
    return ending if ending in _WITHOUT_MAGIC and size > 0 else None


def sniff(head: bytes, size: int) -> Optional[str]:
    """The kind by the first HEAD_BYTES bytes of a file of that size, or None where they do not tell."""
    for magic, at, kind in _MAGICS:
        if head.startswith(magic, at):
            return kind
    if head.startswith(b"\x1f\x8b"):
        return "blend" if _unpacked(head).startswith(b"BLENDER") else None
    if size >= _STL_HEADER and 0 < struct.unpack_from("<I", head, _STL_HEADER - 4)[0] * _STL_FACE == size - _STL_HEADER:
        return "stl"
    return None if b"\0" in head else _of_text(head.removeprefix(b"\xef\xbb\xbf").lstrip())


def _of_text(head: bytes) -> Optional[str]:
    if head.startswith(b"{"):
        return "gltf" if b'"asset"' in head and b'"version"' in head else None
    if head.startswith(b"<"):
        return "dae" if b"<COLLADA" in head else None
    if head[:5].lower() == b"solid" and (b"facet" in head or b"endsolid" in head):
        return "stl"
    return "obj" if _OBJ.search(head) is not None else None


def extension(name: str) -> str:
    """The extension in lower case without its dot, in the one spelling used here; empty where there is none."""
    ending = Path(name).suffix[1:].lower()
    return _NAMES.get(ending, ending)


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(head, 16)
    except zlib.error:
        return b""
