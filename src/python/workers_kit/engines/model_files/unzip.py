"""Unpacking a .zip that a stranger sent: nothing outside the folder, no links, and limits on all that it may grow to."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path
from typing import Callable, Dict, List

from ... import InvalidInput
from . import names

MOST_ENTRIES = 10_000
MOST_BYTES = 2 << 30
"""Of all entries together, unpacked."""

MOST_RATIO = 200
"""Unpacked bytes for each packed one; archives that unpack to less than FREE_BYTES may have any."""

FREE_BYTES = 64 << 20

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # The others may ask for gigabytes of memory.
_ENCRYPTED = 0x1
_BLOCK = 1 << 20
_NAMED = 100
_SHOWN = 300


def unpack(archive: Path, folder: Path, check: Callable[[], None]) -> List[str]:
    """Unpack into the empty folder; answers the names of the files. `check` is called often and may raise.

    Raises InvalidInput, before anything is written where the archive's own list already shows what is wrong.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            entries = _entries(source, archive.stat().st_size)
            for name, entry in entries.items():
                _write(source, entry, folder / name, check)
            return list(entries)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise _wrong(f"it cannot be read: {str(error)[:_SHOWN]}") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise _wrong("it has a file and a folder of the same name") from None


def _entries(source: zipfile.ZipFile, packed: int) -> Dict[str, zipfile.ZipInfo]:
    listed = source.infolist()
    if len(listed) > MOST_ENTRIES:
        raise _wrong(f"it has {len(listed)} entries; the limit is {MOST_ENTRIES}")
    total = sum(entry.file_size for entry in listed)
    if total > MOST_BYTES:
        raise _wrong(f"it unpacks to {total} bytes; the limit is {MOST_BYTES}")
    if total > FREE_BYTES and total > packed * MOST_RATIO:
        raise _wrong(f"it unpacks to {total // max(1, packed)} times its size; the limit is {MOST_RATIO}")
    entries: Dict[str, zipfile.ZipInfo] = {}
    for entry in listed:
        name = _checked(entry)
        if entry.is_dir():
            continue
        if name in entries:
            raise _wrong(f"it has {name!r} twice")
        entries[name] = entry
    return entries


def _checked(entry: zipfile.ZipInfo) -> str:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode) or stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _wrong(f"its entry {entry.filename[:_NAMED]!r} is a link or a special file")
    if entry.header_offset < 0:
        raise _wrong(f"its list says that {entry.filename[:_NAMED]!r} is before the beginning")
    if entry.flag_bits & _ENCRYPTED:
        raise _wrong(f"its entry {entry.filename[:_NAMED]!r} is encrypted")
    if entry.compress_type not in _METHODS:
        raise _wrong(f"its entry {entry.filename[:_NAMED]!r} is packed in another way than deflate")
    try:
        return names.plain(entry.filename)
    except ValueError as error:
        raise _wrong(f"its entry {entry.filename[:_NAMED]!r}: {error}") from None


def _write(source: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, check: Callable[[], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # What an entry really holds may be more than it says; no more than that is ever read, and the checksum then tells.
    with source.open(entry) as packed, open(target, "xb") as unpacked:
        while True:
            check()
            block = packed.read(_BLOCK)
            if not block:
                return
            unpacked.write(block)


def _wrong(reason: str) -> InvalidInput:
    return InvalidInput(f"The .zip cannot be used: {reason}.", "/file")
