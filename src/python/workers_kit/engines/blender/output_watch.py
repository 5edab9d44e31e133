"""Reads along what Blender prints, the only place where it tells how far a render is."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import threading
import time
from types import TracebackType
from typing import Callable, Optional, Type

from ... import Call
from .stopping import break_render

_LINE_BYTES = 4096
_JOIN_SECONDS = 5.0

_TILES = re.compile(rb"\| ([^|]*) \| Rendered (\d+)/(\d+) Tiles, Sample (\d+)/(\d+)")
_SAMPLES = re.compile(rb"\| ([^|]*) \| Sample (\d+)/(\d+)")
_EEVEE = re.compile(rb"\| Rendering (\d+) / (\d+) samples")


class OutputWatch:
    """While inside, every line printed to file descriptor 1, by whomever, is given to `heard` and passed on unchanged."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard
        self._real = -1
        self._thread: Optional[threading.Thread] = None

    def __enter__(self) -> "OutputWatch":
        _flush()
        self._real = os.dup(1)
        reading, writing = os.pipe()
        os.dup2(writing, 1)
        os.close(writing)
        self._thread = threading.Thread(target=self._read, args=(reading,), name="blender-output", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], raised: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        _flush()
        os.dup2(self._real, 1)  # Closes the pipe's last writing end, so that the reader comes to its end.
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)
            if not self._thread.is_alive():
                os.close(self._real)

    def _read(self, reading: int) -> None:
        rest = b""
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            while True:
                data = pipe.read(65536)
                if not data:
                    return
                written = 0
                while written < len(data):
                    written += os.write(self._real, data[written:])
                *lines, rest = (rest + data).split(b"\n")
                rest = rest[-_LINE_BYTES:]
                for line in lines:
                    self._heard(line)


def _flush() -> None:
    sys.stdout.flush()
    if _libc is not None:
        _libc.fflush(None)


def _find_libc() -> Optional[ctypes.CDLL]:
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):
        return None  # Windows; there Blender flushes what it prints, too.


_libc = _find_libc()


class PassProgress:
    """Turns Blender's lines into progress with an estimate of the time left, and stops the render when its deadline is over.

    `layers` is how many view layers come.
    """

    def __init__(self, call: Call, layers: int) -> None:
        self._call = call
        self._layers = max(1, layers)
        self._layer: Optional[bytes] = None
        self._done = 0
        self._began: Optional[float] = None

    def __call__(self, line: bytes) -> None:
        if time.monotonic() >= self._call.deadline:
            break_render()
        tiles = _TILES.search(line)
        if tiles is not None:
            done, count, sample, samples = (int(tiles[i]) for i in range(2, 6))
            within = sample / samples if done < count and samples else 0.0
            self._tell(tiles[1], (done + within) / max(1, count), f"tile {min(done + 1, count)}/{count}")
            return
        found = _SAMPLES.search(line)
        if found is not None:
            self._tell(found[1], int(found[2]) / max(1, int(found[3])), f"sample {int(found[2])}/{int(found[3])}")
            return
        found = _EEVEE.search(line)
        if found is not None:
            self._tell(b"", int(found[1]) / max(1, int(found[2])), f"sample {int(found[1])}/{int(found[2])}")

    def _tell(self, layer: bytes, within: float, message: str) -> None:
        if layer != self._layer:
            self._done += self._layer is not None
            self._layer = layer
        # 1 means finished, which only the call's end may say.
        fraction = min(0.99, (min(self._done, self._layers - 1) + within) / self._layers)
        now = time.monotonic()
        self._began = self._began if self._began is not None else now
        left = (now - self._began) / fraction * (1 - fraction) if fraction > 0 and now > self._began else None
        self._call.progress(fraction, message, left)
