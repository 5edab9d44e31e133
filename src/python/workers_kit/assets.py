"""What a function gets for an asset named in its input: an immutable file on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping


@dataclass(frozen=True)
class Asset:
    """One input file. It is read only, and it may be shared with other jobs.

    `ref` is what the client wrote ("sha256:…" or "root:…"), `id` the identity of the content: a worker that holds
    that id open may keep it. `path` is absolute. `name` and `media_type` may be empty.
    """

    ref: str
    path: Path
    id: str
    name: str = ""
    media_type: str = ""

    @staticmethod
    def from_wire(ref: str, entry: Mapping[str, Any]) -> "Asset":
        """Build from one entry of a call's `assets`."""
        return Asset(
            ref=ref,
            path=Path(str(entry["path"])),
            id=str(entry.get("id") or ref),
            name=str(entry.get("name") or ""),
            media_type=str(entry.get("mediaType") or ""),
        )
