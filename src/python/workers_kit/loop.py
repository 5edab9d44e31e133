"""The kit's asyncio loop, which knows how long its callbacks took.

It watches its own selector: whatever happens between two `select` calls is callbacks. No private part of asyncio is used.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any, Dict, List, Optional


class LoopTimes:
    """Seconds inside callbacks of async functions, outside (waiting, or in an engine slice), and the longest time inside."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._inside = 0.0
        self._longest = 0.0
        self._entered: Optional[float] = None

    def enter(self) -> None:
        self._entered = time.perf_counter()

    def leave(self) -> None:
        if self._entered is not None:
            spent = time.perf_counter() - self._entered
            self._entered = None
            self._inside += spent
            self._longest = max(self._longest, spent)

    def describe(self) -> Dict[str, float]:
        """The `loop` of a `status` message."""
        total = time.perf_counter() - self._since
        return {
            "insideSeconds": round(self._inside, 6),
            "outsideSeconds": round(max(0.0, total - self._inside), 6),
            "longestSeconds": round(self._longest, 6),
        }


class _WatchedSelector(selectors.DefaultSelector):
    """Tells LoopTimes when the loop begins and stops waiting."""

    def __init__(self, times: LoopTimes) -> None:
        super().__init__()
        self._times = times

    def select(self, timeout: Optional[float] = None) -> List[Any]:
        self._times.leave()
        ready = super().select(timeout)
        self._times.enter()
        return ready


def new_loop(times: LoopTimes) -> asyncio.SelectorEventLoop:
    """A loop whose times are counted in `times`."""
    return asyncio.SelectorEventLoop(_WatchedSelector(times))
