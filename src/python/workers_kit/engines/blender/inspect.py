"""The function `inspect`: what is in a file, without rendering it."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

import bpy

from ... import Asset, Call, InvalidInput, current_call, function
from ..model_files import blend, kinds
from . import contents
from .notices import Notices
from .opening import ALL_FILE_TYPES, Companions, Entry, MainFile, OpenFile, missing_files, open_file
from .picture_header import read_header

MOST_INLINE_BYTES = 256 * 1024
"""A frame to the node holds 1 MiB; what is larger than this goes as a file."""


@function(cacheable=True, file_types=ALL_FILE_TYPES)
def inspect(file: MainFile, files: Companions = None, entry: Entry = None) -> Optional[Dict[str, Any]]:
    """List scenes, view layers, cameras, objects, materials, images, libraries and scripts of a file, or the size of a picture.

    Of each kind the first 5,000 are listed, `counts` tells how many there are. Nothing is decoded, evaluated for a frame, or run.
    """
    call = current_call()
    kind = kinds.kind_of(file.path, file.name) if file.path.is_file() else None
    if kind in kinds.PICTURES and not files:
        return _picture(file, str(kind))
    opened = open_file(call, file, files, entry, draw=False)
    found = _scene_file(file, opened)
    opened.tell(Notices(call, strict=False))
    return _small_enough(call, found)


def _picture(file: Asset, kind: str) -> Dict[str, Any]:
    header = read_header(file.path)
    if header is None:
        raise InvalidInput(f"{file.name or 'The picture'} cannot be opened: it is a {kind} that ends before its size is told.", "/file")
    return {"kind": kind, "name": file.name, "bytes": file.path.stat().st_size, "width": header.width, "height": header.height}


def _scene_file(file: Asset, opened: OpenFile) -> Dict[str, Any]:
    saved = blend.version(opened.bundle.main) if opened.kind == "blend" else None
    return {
        "kind": opened.kind, "name": opened.name, "bytes": file.path.stat().st_size,
        "savedBy": ".".join(map(str, saved)) if saved is not None else None, "openedBy": bpy.app.version_string,
        "activeScene": bpy.context.scene.name, **contents.listed(opened), "missing": missing_files(opened.bundle)[:contents.LISTED],
    }


def _small_enough(call: Call, found: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    text = json.dumps(found, allow_nan=False).encode()
    if len(text) <= MOST_INLINE_BYTES:
        return found
    call.output("output.json", "application/json").write_bytes(text)
    return None
