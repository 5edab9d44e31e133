"""Chooses how a picture is rendered, from the scene and the input alone, so that the same call always gives the same picture.

plain   one pass, without looking: small pictures are done before anybody could see progress
watched one pass; what Blender prints tells how far it is
tiles   one pass in tiles: progress, and a cancel is heard between two of them
chunks  several passes of a part of the samples each, and their mean: progress, cancel, and pictures so far
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

SMALL_WORK = 4_500_000
"""Pixel samples (pixels × samples) up to which a picture is small: 512 px at 16 samples, two seconds of a plain scene on two cores. A cancel waits that
long there; tiles, which would let it be heard sooner, cost such a picture a sixth of its time."""

CHUNK_WORK = 1_000_000
"""Pixel samples of a chunk: bounds how long a cancel waits."""

CHUNK_WORK_PER_FACE = 10
"""A chunk prepares the scene anew, so it grows with the scene, to keep that under about a tenth of its time."""

LEAST_CHUNKS = 8
MOST_FACES = 200_000
MOST_CHUNK_PIXELS = 2_500_000

_TILE_WORK = 500_000
_TILES = (256, 128, 64, 32)
_LEAST_TILES = 12


@dataclass(frozen=True)
class Plan:
    """`parts` are the chunks as (first sample, number of samples); `tile` is the tile's edge in pixels, 0 for no tiles.

    `time_limit` in seconds, 0 for none: how many samples fit into it depends on the machine, and so does the picture.
    """

    mode: str
    reason: str
    tile: int = 0
    parts: Tuple[Tuple[int, int], ...] = ()
    time_limit: float = 0.0

    def describe(self) -> Dict[str, Any]:
        """The `plan` of the job's output."""
        words: Dict[str, Any] = {"mode": self.mode, "reason": self.reason}
        if self.parts:
            words.update(chunks=len(self.parts), samplesPerChunk=self.parts[0][1])
        if self.tile:
            words["tile"] = self.tile
        if self.time_limit:
            words["timeLimitSeconds"] = self.time_limit
        return words


def choose(renderer: str, width: int, height: int, samples: int, faces: int, obstacle: Optional[str], time_limit: float = 0.0) -> Plan:
    """`obstacle` says why the mean of chunks would be another picture than one pass, None if it is the same."""
    pixels = width * height
    work = pixels * samples
    if renderer != "cycles":
        return Plan("watched", f"{renderer} renders in one pass")
    if time_limit > 0:
        return Plan("watched", "time limit", time_limit=time_limit)  # Cycles takes no notice of the limit in tiles.
    if work <= SMALL_WORK:
        return Plan("plain", "small")
    chunk_work = max(CHUNK_WORK, faces * CHUNK_WORK_PER_FACE)
    if obstacle is None:
        obstacle = _too_much(faces, pixels, work, samples, chunk_work)
    if obstacle is not None:
        return Plan("tiles", obstacle, tile=_tile(width, height, samples))
    size = max(1, min(math.ceil(samples / LEAST_CHUNKS), chunk_work // pixels))
    return Plan("chunks", "light scene", parts=tuple(_parts(samples, size)))


def _too_much(faces: int, pixels: int, work: int, samples: int, chunk_work: int) -> Optional[str]:
    if faces > MOST_FACES:
        return "heavy scene"
    if pixels > MOST_CHUNK_PIXELS:
        return "large picture"
    # Shorter chunks than that cost up to a third more than one pass; tiles cost a sixth, and less the longer a tile takes.
    if samples < LEAST_CHUNKS or work < LEAST_CHUNKS * chunk_work:
        return "few samples"
    return None


def _parts(samples: int, size: int) -> List[Tuple[int, int]]:
    return [(first, min(size, samples - first)) for first in range(0, samples, size)]


def _tile(width: int, height: int, samples: int) -> int:
    for edge in _TILES:
        tiles = math.ceil(width / edge) * math.ceil(height / edge)
        if edge * edge * samples <= _TILE_WORK and tiles >= _LEAST_TILES:
            return edge
    return _TILES[-1]
