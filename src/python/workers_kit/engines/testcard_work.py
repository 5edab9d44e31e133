"""What the testcard's functions share: their parameters' hints, taking time with progress, and drawing into the call's folder."""

from __future__ import annotations

import math
import time
from typing import Annotated, Optional

from .. import Doc, Length, Range, current_call, timed
from .testcard_picture import testcard

SNAPSHOT_PIXELS = 128
DEFAULT_STEPS_A_SECOND = 10

Width = Annotated[int, Range(1, 4096), Doc("pixels")]
Height = Annotated[int, Range(1, 4096), Doc("pixels")]
Seed = Annotated[int, Range(0, 2**32 - 1), Doc("chooses the colours")]
Text = Annotated[str, Length(0, 200), Doc("written across the picture; what does not fit is cut off")]
Seconds = Annotated[float, Range(0, 3600), Doc("how long the call shall take, besides the drawing")]
Steps = Annotated[int, Range(0, 10000), Doc("progress steps; 0 means ten a second")]


def work(seconds: float, steps: int, snapshot_seed: Optional[int] = None) -> None:
    """Take that long in that many steps, each with progress and, given a seed, a snapshot."""
    steps = steps or math.ceil(seconds * DEFAULT_STEPS_A_SECOND)
    if steps == 0:
        return
    call, started = current_call(), time.monotonic()
    for step in range(steps + 1):
        left = max(0.0, seconds * (steps - step) / steps)
        call.sleep(started + seconds - left - time.monotonic())
        call.progress(step / steps, f"step {step}/{steps}", left)
        if snapshot_seed is not None and step > 0:
            card = testcard(SNAPSHOT_PIXELS, SNAPSHOT_PIXELS, snapshot_seed, f"{step}/{steps}")
            call.snapshot(card, "image/png", SNAPSHOT_PIXELS, SNAPSHOT_PIXELS)


def draw(width: int, height: int, seed: int, text: str, digest: Optional[bytes] = None) -> None:
    """Draw the card into the call's folder."""
    picture = testcard(width, height, seed, text, digest)
    with timed("encode"), open(current_call().output("image.png", "image/png", width, height), "wb", buffering=0) as target:
        target.write(picture)
