"""Whether a .stl is what it says: importers make triangles of any noise."""

from __future__ import annotations

import struct

from ... import InvalidInput
from .bundle import Bundle

_HEADER, _FACE = 84, 50


def settle(bundle: Bundle) -> None:
    """Raises InvalidInput where the file is neither text with facets nor as long as its number of triangles."""
    size = bundle.main.stat().st_size
    with open(bundle.main, "rb") as file:
        head = file.read(_HEADER)
        text = head.lstrip()[:5].lower() == b"solid"
        # Some programs begin their binary files with "solid", too.
        if text and b"facet" in head + file.read(4096):
            return
    faces = struct.unpack_from("<I", head, _HEADER - 4)[0] if len(head) == _HEADER else 0
    if not 0 < faces * _FACE <= size - _HEADER:
        raise InvalidInput(f"{bundle.name} cannot be opened: it is no .stl, or was not transferred completely "
                           f"({size} bytes, {faces} triangles announced).", "/file")
