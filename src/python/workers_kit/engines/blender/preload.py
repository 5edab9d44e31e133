"""The function `preload`: a file that is open when it is needed."""

from __future__ import annotations

from typing import Any, Dict

from ... import current_call, function
from .notices import Notices
from .opening import ALL_FILE_TYPES, Companions, Entry, MainFile, open_file


@function(file_types=ALL_FILE_TYPES)
def preload(file: MainFile, files: Companions = None, entry: Entry = None) -> Dict[str, Any]:
    """Open a scene or model and keep it open, so that the next call of it begins at once."""
    call = current_call()
    opened = open_file(call, file, files, entry)
    opened.tell(Notices(call, strict=False))
    return {"kind": opened.kind, "name": opened.name}
