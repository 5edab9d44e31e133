"""The testcard engine: deterministic pictures without any renderer, for integrators without an engine, for tests and the bench.

It behaves like a real engine: it keeps the last file open, takes as long as asked, tells progress, shows snapshots and hears
cancels. Faults to order are in testcard_faults.py and exist only where the node's configuration allows them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from pathlib import Path
from typing import Annotated, Any, Dict, Literal, NamedTuple, Optional

from .. import Asset, Doc, Engine, Range, current_call, function, timed
from .testcard_picture import testcard
from .testcard_work import Height, Seconds, Seed, Steps, Text, Width, draw, work

FILE_TYPES = ("testcard", "txt", "bin")


def warmup(folder: Path) -> Dict[str, Any]:
    """Draw one card, as every call does."""
    (folder / "warmup.png").write_bytes(testcard(64, 64, text="warm"))
    return {"formats": ["png"], "faults": faults_allowed()}


ENGINE = Engine(name="testcard", version="1.0", warmup=warmup)


class OpenFile(NamedTuple):
    """The file the engine holds open: what a scene is to a renderer."""

    id: str
    size: int
    digest: bytes


_open: Optional[OpenFile] = None


def faults_allowed() -> bool:
    """Whether the node's configuration allows faults to order."""
    return os.environ.get("WORKERS_FAULTS") == "1"


@function(picture=True, cacheable=True, file_types=FILE_TYPES)
def render(
    file: Annotated[Optional[Asset], Doc("any file; its SHA-256 is drawn as stripes")] = None,
    width: Width = 512,
    height: Height = 512,
    seed: Seed = 0,
    text: Text = "",
    seconds: Seconds = 0.0,
    steps: Steps = 0,
    snapshots: Annotated[bool, Doc("show a picture so far at every step")] = False,
    format: Literal["png"] = "png",
) -> None:
    """Draw a testcard: the same input always gives the same picture."""
    opened = None if file is None else open_file(file)
    work(seconds, steps, seed if snapshots else None)
    draw(width, height, seed, text, None if opened is None else opened.digest)


@function(file_types=FILE_TYPES)
def inspect(file: Asset) -> Dict[str, Any]:
    """Tell what is in a file: its size in bytes, its SHA-256 and its first 16 bytes, both in hexadecimal."""
    opened = open_file(file)
    with open(file.path, "rb") as source:
        head = source.read(16)
    return {"name": file.name, "mediaType": file.media_type, "size": opened.size, "sha256": opened.digest.hex(), "head": head.hex()}


@function(file_types=FILE_TYPES)
def preload(file: Asset) -> Dict[str, Any]:
    """Open a file and keep it open, so that the next call of it begins at once."""
    open_file(file)
    return {"name": file.name}


@function
async def wait(seconds: Seconds = 0.0, steps: Annotated[int, Range(0, 10000), Doc("progress steps; 0 means none")] = 0) -> Dict[str, float]:
    """Do nothing for some seconds, on the asyncio loop: many of these may run at once."""
    started = time.perf_counter()
    for step in range(steps):
        current_call().progress(step / steps, f"step {step}/{steps}")
        await asyncio.sleep(seconds / steps)
    await asyncio.sleep(max(0.0, started + seconds - time.perf_counter()))
    return {"seconds": time.perf_counter() - started}


def open_file(file: Asset) -> OpenFile:
    """Keep the file open if it already is, else read it. ValueError or OSError when it is not to be had: then none is open."""
    global _open
    if _open is not None and _open.id == file.id:
        current_call().warm = "file"
        return _open
    _open = ENGINE.open_file = None  # Whatever happens now, the previous file's picture must not come out.
    with timed("load"):
        digest, size, head = hashlib.sha256(), 0, b""
        with open(file.path, "rb") as source:
            for block in iter(lambda: source.read(1 << 20), b""):
                head = head or block[:7]
                digest.update(block)
                size += len(block)
    if size == 0 or head == b"GARBAGE":
        raise ValueError(f"The file {file.name or file.ref} {'is empty' if size == 0 else 'is garbage'}.")
    _open = OpenFile(file.id, size, digest.digest())
    ENGINE.open_file = file.id
    return _open


if faults_allowed():
    from . import testcard_faults, testcard_meeting  # noqa: F401

    testcard_faults.at_start(ENGINE)
