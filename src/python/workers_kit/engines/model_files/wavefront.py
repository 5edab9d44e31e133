"""What a .obj refers to, settled before an importer reads it: its .mtl files, and the pictures that those name.

Importers differ in how they read these lines, so every one that names a file is written anew: then there is one way to read it.
"""

from __future__ import annotations

import mmap
import re
from pathlib import PurePosixPath
from typing import Iterator, List, Tuple

from ... import InvalidInput
from .bundle import Bundle

MOST_MATERIAL_BYTES = 64 << 20

MOST_LIBRARIES = 1000

_KEYWORD = b"mtllib"
_JOINED = re.compile(rb"\\\r?\n")  # A backslash at its end joins a line to the next one.
_TEXTURE = re.compile(r"^(map_\w+|bump|disp|decal|norm|refl)$", re.IGNORECASE)
_NUMBER = re.compile(r"^[-+]?[\d.]+(e[-+]?\d+)?$", re.IGNORECASE)
_OPTIONS = {"-o": 3, "-s": 3, "-t": 3, "-mm": 2, "-bm": 1, "-boost": 1, "-texres": 1, "-blendu": 1, "-blendv": 1, "-clamp": 1,
            "-cc": 1, "-imfchan": 1, "-type": 1}
_NUMBERS = frozenset({"-o", "-s", "-t", "-mm", "-bm", "-boost", "-texres"})


def settle(bundle: Bundle) -> None:
    """Point every `mtllib` and every texture at a companion; what is missing is left out, and is in `bundle.missing`."""
    if bundle.main.stat().st_size == 0:
        return
    libraries: List[str] = []
    pieces: List[bytes] = []
    with open(bundle.main, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = 0
        for start, end, rest in _statements(content, bundle.name):
            taken = _libraries(bundle, rest)
            libraries += [name for name in taken if name not in libraries]
            pieces += [content[at:start], *(b"mtllib " + name.encode("utf-8", "surrogateescape") + b"\n" for name in taken)]
            at = end
        if at:
            pieces.append(content[at:])
    if pieces:
        bundle.replace_main(pieces)
    # Importers look for one of the model's own name, too.
    own = PurePosixPath(bundle.main.name).with_suffix(".mtl").name
    if own not in libraries and (bundle.main.parent / own).is_file():
        libraries.append(own)
    for name in libraries:
        _settle_materials(bundle, name)


def _statements(content: mmap.mmap, name: str) -> Iterator[Tuple[int, int, str]]:
    """Where each `mtllib` begins and ends, and what stands behind it."""
    at = count = 0
    while True:
        at = content.find(_KEYWORD, at)
        if at < 0:
            return
        count += 1
        if count > MOST_LIBRARIES:
            raise InvalidInput(f"{name} names more than {MOST_LIBRARIES} material libraries.", "/file")
        start = content.rfind(b"\n", 0, at) + 1
        behind = at + len(_KEYWORD)
        end = behind
        while True:
            end = (content.find(b"\n", end) + 1) or len(content)
            if not content[max(behind, end - 3):end].rstrip(b"\r\n").endswith(b"\\") or end == len(content):
                break
        if not content[start:at].strip():
            yield start, end, _text(content[behind:end])
        at = end


def _libraries(bundle: Bundle, rest: str) -> List[str]:
    """The names of one `mtllib`: one with spaces in it, or several."""
    before = len(bundle.missing)
    whole = bundle.take(rest.strip().strip('"'))
    if whole is not None:
        return [whole]
    parts = rest.split()
    if len(parts) < 2:
        return []
    del bundle.missing[before:]
    return [taken for taken in map(bundle.take, parts) if taken is not None]


def _settle_materials(bundle: Bundle, library: str) -> None:
    path = bundle.path(library)
    if path.stat().st_size > MOST_MATERIAL_BYTES:
        bundle.replace(library, b"")
        bundle.missing.append(path.name)
        return
    base = bundle.folder_of(library)
    text = _text(path.read_bytes())
    lines = "\n".join(_material_lines(bundle, text, base, library))
    bundle.replace(library, lines.encode("utf-8", "surrogateescape") + b"\n")


def _material_lines(bundle: Bundle, text: str, base: str, library: str) -> Iterator[str]:
    for line in re.split(r"[\r\n]+", text):
        words = line.split()
        if not words or not _TEXTURE.match(words[0]):
            yield line
            continue
        options, name = _texture(line.strip()[len(words[0]):].strip())
        taken = bundle.take(name, base) if name else None
        if taken is not None:
            # The ./ keeps a name that begins like an option from being read as one.
            yield " ".join((words[0], *options, "./" + bundle.relative(taken, library)))


def _texture(rest: str) -> Tuple[List[str], str]:
    """Options, and the name behind them, which may have spaces in it."""
    options: List[str] = []
    while True:
        option, _, behind = rest.partition(" ")
        most = _OPTIONS.get(option.lower(), 0)
        if not most:
            return options, rest.strip().strip('"')
        options.append(option)
        rest = behind.strip()
        for _ in range(most):
            value, _, behind = rest.partition(" ")
            if option.lower() in _NUMBERS and not _NUMBER.match(value):
                break
            options.append(value)
            rest = behind.strip()


def _text(raw: bytes) -> str:
    return _JOINED.sub(b" ", raw).decode("utf-8", "surrogateescape")
