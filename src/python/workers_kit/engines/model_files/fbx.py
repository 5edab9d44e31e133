"""Refuses an .fbx whose packed arrays unpack to more than any model needs: the importer would unpack them whole, whatever length they announce."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from ... import InvalidInput
from .bundle import Bundle

MOST_UNPACKED = 4 << 30
"""Bytes, of all arrays of a file together."""

_MAGIC = b"Kaydara FBX Binary  \0"
_HEADER = 27
_WIDE_SINCE = 7500
_RATIO = 1032  # The most that deflate packs into one byte.
_CHUNK = 1 << 20
_DEEPEST = 100
_SIZES = {b"Y": 2, b"C": 1, b"B": 1, b"I": 4, b"F": 4, b"D": 8, b"L": 8}


def settle(bundle: Bundle) -> None:
    """Raises InvalidInput. Files that are no binary .fbx, or broken, are left to the importer, which says what it thinks of them."""
    with open(bundle.main, "rb") as file:
        head = file.read(_HEADER)
        if not head.startswith(_MAGIC) or len(head) < _HEADER:
            return
        try:
            _Walk(file, bundle, struct.unpack_from("<I", head, _HEADER - 4)[0] >= _WIDE_SINCE).nodes(0)
        except (struct.error, EOFError):
            return


class _Walk:
    """Through the records of one file, each of which tells where it ends, how many properties it has, and its name."""

    def __init__(self, file: BinaryIO, bundle: Bundle, wide: bool) -> None:
        self._file = file
        self._bundle = bundle
        self._head = struct.Struct("<QQQB" if wide else "<IIIB")
        self._unpacked = 0

    def nodes(self, end: int, depth: int = 0) -> None:
        """Those up to a position, or up to the empty one that ends a list."""
        if depth > _DEEPEST:
            raise InvalidInput(f"{self._bundle.name} cannot be opened: its records are nested more than {_DEEPEST} deep.", "/file")
        while end == 0 or self._file.tell() < end:
            own_end, properties, _, name = self._head.unpack(self._read(self._head.size))
            if own_end == 0:
                return
            began = self._file.tell()
            if own_end <= began or 0 < end < own_end:
                raise InvalidInput(f"{self._bundle.name} cannot be opened: its records end before they begin, or after those that they are in.",
                                   "/file")
            self._file.seek(name, 1)
            for _ in range(properties):
                self._property()
            if self._file.tell() < own_end:
                self.nodes(own_end, depth + 1)
            self._file.seek(own_end)

    def _property(self) -> None:
        kind = self._read(1)
        if kind in _SIZES:
            self._file.seek(_SIZES[kind], 1)
        elif kind in (b"S", b"R"):
            self._file.seek(struct.unpack("<I", self._read(4))[0], 1)
        elif kind in (b"f", b"d", b"l", b"i", b"b", b"c"):
            count, packed, size = struct.unpack("<III", self._read(12))
            self._array(count * _SIZES[kind.upper()] if kind != b"b" else count, packed == 1, size)
        else:
            raise EOFError

    def _array(self, announced: int, packed: bool, size: int) -> None:
        start = self._file.tell()
        length = announced if packed else size
        if packed and self._unpacked + size * _RATIO > MOST_UNPACKED:
            length = max(announced, self._length(size))  # It could be too much: only unpacking tells.
        self._add(length)
        self._file.seek(start + size)

    def _length(self, size: int) -> int:
        """Of a packed array, as soon as it is too much."""
        unpacker, length = zlib.decompressobj(), 0
        while size > 0 and not unpacker.eof:
            data = self._read(min(size, _CHUNK))
            size -= len(data)
            while data and not unpacker.eof:
                try:
                    length += len(unpacker.decompress(data, _CHUNK))
                except zlib.error:
                    return length
                data = unpacker.unconsumed_tail
                if self._unpacked + length > MOST_UNPACKED:
                    return length
        return length

    def _add(self, length: int) -> None:
        self._unpacked += length
        if self._unpacked > MOST_UNPACKED:
            raise InvalidInput(f"{self._bundle.name} cannot be opened: its arrays unpack to more than {MOST_UNPACKED >> 30} GB.", "/file")

    def _read(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            raise EOFError
        return data
