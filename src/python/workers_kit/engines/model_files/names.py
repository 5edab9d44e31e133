"""Names of files as clients and files write them, and the plain relative paths they stand for."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import List, Optional

LONGEST = 1000
"""Most characters of a companion's path."""

_LONGEST_PART = 255  # Bytes; what file systems take.
_DRIVE = re.compile(r"^[A-Za-z]:")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")  # Of a drive, or of an address.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def plain(name: str) -> str:
    """The name as a relative path with single slashes. Raises ValueError with the reason where it is not inside its folder."""
    if not name or len(name) > LONGEST:
        raise ValueError(f"a name has 1 to {LONGEST} characters")
    if _CONTROL.search(name):
        raise ValueError("it has control characters")
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        raise ValueError("it is absolute; names are relative to the main file's folder")
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError("it leads out of its folder (..)")
    if not parts or any(len(part.encode("utf-8", "surrogateescape")) > _LONGEST_PART for part in parts):
        raise ValueError(f"each part has 1 to {_LONGEST_PART} bytes")
    return "/".join(parts)


def is_too_long(reference: str) -> bool:
    """Whether no file can have that name."""
    return len(reference) > LONGEST or any(len(part.encode("utf-8", "surrogatepass")) > _LONGEST_PART for part in parts_of(reference))


def parts_of(reference: str) -> List[str]:
    """The parts of a path that a file names, whatever system it was written on; without `.` and empty ones, `..` kept."""
    text = _DRIVE.sub("", reference.strip().replace("\\", "/"))
    return [part for part in text.split("/") if part not in ("", ".")]


def is_absolute(reference: str) -> bool:
    """Whether a path that a file names starts at a root; `//` is Blender's word for the file's own folder."""
    text = reference.strip().replace("\\", "/")
    return bool(_SCHEME.match(text)) or (text.startswith("/") and not text.startswith("//"))


def shown(reference: str) -> str:
    """The last part of a path, fit for a client's eyes: the rest tells about the machine the file was made on."""
    return printable((parts_of(reference) or [""])[-1])


def printable(name: str) -> str:
    """A name without what a terminal or a JSON reader would stumble over, and not too long."""
    return _CONTROL.sub("", name).encode("utf-8", "replace").decode()[-200:]


def safe_label(name: str, fallback: str) -> str:
    """A client's label as the name of one file; never a path."""
    last = _CONTROL.sub("", name.replace("\\", "/").split("/")[-1]).strip(" .")
    while len(last.encode("utf-8", "replace")) > _LONGEST_PART - 10:
        last = last[1:]  # The end is kept, because the extension is there.
    return last or fallback


def with_extension(name: str, ending: str) -> str:
    """The name, ending in what its content is."""
    return name if PurePosixPath(name).suffix.lower() == f".{ending}" else f"{name}.{ending}"


def within(base: str, reference: str) -> Optional[str]:
    """The reference, relative to the folder `base` of a bundle, as a path inside the bundle; None where it leads out."""
    if is_absolute(reference):
        return None
    steps = [part for part in base.split("/") if part]
    for part in parts_of(reference):
        if part == "..":
            if not steps:
                return None
            steps.pop()
        else:
            steps.append(part)
    return "/".join(steps) or None
