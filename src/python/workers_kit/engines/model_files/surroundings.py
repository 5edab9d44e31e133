"""The files around a file in a configured root that a picture of it depends on: as they were when they were read, and those that were not there."""

from __future__ import annotations

import os
import time
from typing import Dict, Optional, Set, Union

from ... import Call
from ...call import is_as_read

_TICK_NS = 20_000_000
"""A file changed twice within a tick of a coarse clock has the same times."""


class Surroundings:
    """Empty where everything came with the call.

    `unsteady` names something whose changes cannot be seen from here, such as a folder full of frames.
    """

    def __init__(self) -> None:
        self.unsteady: Optional[str] = None
        self._read: Dict[str, os.stat_result] = {}
        self._missing: Set[str] = set()
        self._began = time.time_ns()

    def reads(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """The file is about to be read, or was since this object was made."""
        real = os.path.realpath(path)
        try:
            stamp = os.stat(real)
        except OSError:
            self.misses(path)
            return
        if max(stamp.st_mtime_ns, stamp.st_ctime_ns) > self._began - _TICK_NS:
            self.unsteady = "a file that has just changed"
        self._read.setdefault(real, stamp)

    def misses(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """The file is named, but not there."""
        self._missing.add(str(path))

    def are_as_read(self) -> bool:
        """Whether all of it is still so, so that what was read may be shown again."""
        return all(is_as_read(path, stamp) for path, stamp in self._read.items()) and not any(map(os.path.lexists, self._missing))

    def tell(self, call: Call) -> None:
        """Let the call's result stand and fall with these files."""
        for path, stamp in self._read.items():
            call.reads(path, stamp)
        if self.unsteady is not None:
            call.uncacheable(f"it depends on {self.unsteady}")
