"""Makes a .stl what importers take it for: they make triangles of any noise, and none of a file that is a little too long."""

from __future__ import annotations

import struct

from ... import InvalidInput
from .bundle import Bundle

_HEADER, _FACE = 84, 50
_HEAD = 4096


def settle(bundle: Bundle) -> None:
    """Raises InvalidInput where the file is neither text with facets nor at least as long as its number of triangles."""
    size = bundle.main.stat().st_size
    with open(bundle.main, "rb") as file:
        head = file.read(_HEAD)
    # Some programs begin their binary files with "solid", too; and some write their text in capitals.
    if head.lstrip()[:5].lower() == b"solid" and b"facet" in head.lower():
        if b"facet" not in head:
            bundle.replace_main([bundle.main.read_bytes().lower()])
        return
    faces = struct.unpack_from("<I", head, _HEADER - 4)[0] if len(head) >= _HEADER else 0
    told = _HEADER + faces * _FACE
    if not _HEADER < told <= size:
        raise InvalidInput(f"{bundle.name} cannot be opened: it is no .stl, or was not transferred completely "
                           f"({size} bytes, {faces} triangles announced).", "/file")
    if told < size:
        bundle.replace_main([bundle.main.read_bytes()[:told]])
