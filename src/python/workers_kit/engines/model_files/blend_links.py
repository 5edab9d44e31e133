"""The libraries that a .blend links to, read without Blender: Blender reads them while it opens the file, too late for a look."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path
from typing import Dict, List, Optional, Set, Tuple

from ... import InvalidInput
from . import blend, names
from .bundle import Bundle

MOST_LIBRARIES = 1000
_MOST_BYTES = 16 << 20
_ALIGNED = 4
_ARRAY = re.compile(rb"\[(\d+)\]")


def settle(bundle: Bundle) -> None:
    """Raises InvalidInput where a library, or one that it links to in turn, is not a file of the call. Missing ones may be missing."""
    waiting: List[Tuple[Path, str]] = [(bundle.main, bundle.name)]
    seen: Set[str] = set()
    while waiting:
        path, name = waiting.pop()
        try:
            links = libraries(path)
        except OverflowError as error:
            raise InvalidInput(f"{name} cannot be opened: {error}.", "/file") from None
        for link in links:
            target = _target(path, link)
            if target in seen:
                continue
            seen.add(target)
            if len(seen) > MOST_LIBRARIES:
                raise InvalidInput(f"{bundle.name} links to more than {MOST_LIBRARIES} libraries.", "/file")
            if os.path.lexists(target) and not bundle.owns(target):
                raise InvalidInput(f"{name} links to the library {names.shown(link)!r} outside of the call. Send it in `files`, linked by a "
                                   "relative path, or make the objects local.", "/file")
            if bundle.is_in_root:
                bundle.around.reads(target)
            if os.path.isfile(target):
                waiting.append((Path(target), names.shown(link)))


def libraries(path: Path) -> List[str]:
    """The paths as they are written in the file; none where it cannot be read, which Blender then says better.

    Raises OverflowError where there is too much to read.
    """
    try:
        with blend.unpacked(path) as file:
            header = blend.read_header(file)
            if header is None:
                return []
            found = list(blend.blocks(file, header, frozenset({b"LI", b"DNA1"}), _MOST_BYTES))
        dna = next((block.content for block in found if block.code == b"DNA1"), None)
        linked = [block.content for block in found if block.code == b"LI"]
        place = _place(dna, header) if dna is not None and linked else None
        return [] if place is None else [_text(content[place[0]:place[0] + place[1]]) for content in linked]
    except (*blend.BROKEN, NotImplementedError):
        return []


def _target(path: Path, link: str) -> str:
    """Where Blender looks for it."""
    inside = link[2:] if link.startswith("//") else link
    return os.path.normpath(os.path.join(path.parent, inside.replace("\\", "/")))


def _text(content: bytes) -> str:
    return content.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _place(dna: bytes, header: blend.Header) -> Optional[Tuple[int, int]]:
    """Where the path is in a struct Library: its offset and its length, by the file's own description of its structs."""
    reader = _Reader(dna, header.order)
    reader.expect(b"SDNA")
    fields, types = reader.texts(b"NAME"), reader.texts(b"TYPE")
    reader.expect(b"TLEN")
    sizes = reader.shorts(len(types))
    reader.align()
    reader.expect(b"STRC")
    pointer = 4 if header.block.size == 20 else 8
    for _ in range(reader.integer()):
        kind, count = reader.shorts(2)
        members = reader.shorts(2 * count)
        if types[kind] == b"Library":
            return _offset(list(zip(members[::2], members[1::2])), fields, sizes, pointer)
    return None


def _offset(members: "List[Tuple[int, int]]", fields: List[bytes], sizes: Tuple[int, ...], pointer: int) -> Optional[Tuple[int, int]]:
    places: Dict[bytes, Tuple[int, int]] = {}
    at = 0
    for kind, field in members:
        name = fields[field]
        size = pointer if name.startswith((b"*", b"(")) else sizes[kind]
        for count in _ARRAY.findall(name):
            size *= int(count)
        places[name.split(b"[")[0]] = (at, size)
        at += size
    # Most versions have both, the second being what the first led to when the file was saved.
    return places.get(b"name") or places.get(b"filepath")


class _Reader:
    def __init__(self, content: bytes, order: str) -> None:
        self._content = content
        self._order = order
        self._at = 0

    def expect(self, word: bytes) -> None:
        if self._content[self._at:self._at + 4] != word:
            raise ValueError(f"no {word!r} in the file's description of its structs")
        self._at += 4

    def align(self) -> None:
        self._at += -self._at % _ALIGNED

    def integer(self) -> int:
        (value,) = struct.unpack_from(self._order + "i", self._content, self._at)
        self._at += 4
        return int(value)

    def shorts(self, count: int) -> Tuple[int, ...]:
        values = struct.unpack_from(f"{self._order}{count}h", self._content, self._at)
        self._at += 2 * count
        return values

    def texts(self, word: bytes) -> List[bytes]:
        self.expect(word)
        count = self.integer()
        values = self._content[self._at:].split(b"\0", count)[:count]
        self._at += sum(map(len, values)) + count
        self.align()
        return values
