"""What a .gltf or .glb refers to, settled before an importer reads it: buffers and pictures by URI, and sizes that cannot be true."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple
from urllib.parse import quote, unquote

from ... import InvalidInput
from .bundle import Bundle
from .names import shown

MOST_JSON_BYTES = 256 << 20
MOST_EMPTY_ELEMENTS = 10_000_000
"""Of an accessor without data, which an importer fills with zeros."""

_HEADER, _CHUNK = struct.Struct("<4sII"), struct.Struct("<I4s")


def settle(bundle: Bundle) -> None:
    """Point every URI at a companion. Raises InvalidInput for a buffer that did not come along; pictures may be missing."""
    document, tail = _read(bundle.main, bundle.name)
    _check_accessors(document, bundle.name)
    changed = False
    for kind in ("buffers", "images"):
        for thing in _objects(document, kind):
            uri = thing.get("uri")
            if not isinstance(uri, str) or uri[:5].lower() == "data:":
                continue
            wanted = unquote(uri)
            taken = bundle.take(wanted)
            if taken is None and kind == "buffers":
                raise InvalidInput(f"{bundle.name} needs {bundle.shown(wanted) or 'a buffer'}, which did not come along. Send it in `files`, "
                                   "or all of it as one .zip or .glb.", "/files")
            # Of a picture that is missing the last part stays, which leads nowhere.
            new = quote(taken or shown(wanted) or "missing")
            if new != uri:
                thing["uri"], changed = new, True
    if changed:
        bundle.replace_main(_written(bundle.main, document, tail))


def _objects(document: Dict[str, Any], kind: str) -> Iterator[Dict[str, Any]]:
    listed = document.get(kind)
    return (thing for thing in (listed if isinstance(listed, list) else []) if isinstance(thing, dict))


def _read(path: Path, name: str) -> Tuple[Dict[str, Any], int]:
    """The JSON, and where the rest of a .glb begins; 0 for a .gltf."""
    with open(path, "rb") as file:
        head = file.read(_HEADER.size + _CHUNK.size)
        length, tail = os.fstat(file.fileno()).st_size, 0
        if head[:4] == b"glTF":
            if len(head) < _HEADER.size + _CHUNK.size:
                raise _broken(name, "it ends in its header")
            (_, version, told), (length, kind) = _HEADER.unpack_from(head), _CHUNK.unpack_from(head, _HEADER.size)
            if version != 2:
                raise _broken(name, f"it is glTF {version}; 2 is read")
            if kind != b"JSON":
                raise _broken(name, "its first part is no JSON")
            tail = len(head) + length
            if told != os.fstat(file.fileno()).st_size or tail > told:
                raise _broken(name, "it is shorter or longer than it says; it was not transferred completely")
        else:
            file.seek(0)
        if length > MOST_JSON_BYTES:
            raise _broken(name, f"its JSON has {length} bytes; the limit is {MOST_JSON_BYTES}")
        text = file.read(length)
    try:
        document = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _broken(name, f"its JSON cannot be read: {error}") from None
    if not isinstance(document, dict):
        raise _broken(name, "its JSON is no object")
    return document, tail


def _check_accessors(document: Dict[str, Any], name: str) -> None:
    for accessor in _objects(document, "accessors"):
        count = accessor.get("count", 0)
        if "bufferView" not in accessor and isinstance(count, int) and count > MOST_EMPTY_ELEMENTS:
            raise _broken(name, f"it has an empty accessor of {count} elements; the limit is {MOST_EMPTY_ELEMENTS}")


def _written(path: Path, document: Dict[str, Any], tail: int) -> List[bytes]:
    text = json.dumps(document).encode()
    if tail == 0:
        return [text]
    text += b" " * (-len(text) % 4)
    rest = path.read_bytes()[tail:]
    start = _HEADER.size + _CHUNK.size
    return [_HEADER.pack(b"glTF", 2, start + len(text) + len(rest)), _CHUNK.pack(len(text), b"JSON"), text, rest]


def _broken(name: str, reason: str) -> InvalidInput:
    return InvalidInput(f"{name} cannot be opened: {reason}.", "/file")
