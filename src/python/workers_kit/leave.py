"""Leaving the process for good: flush what was printed, then go, without the host's own exit procedure."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

REFUSED = 3
"""Exit status when the node refused the handshake or could not be reached."""

BROKEN = 70
"""Exit status when the kit itself failed (EX_SOFTWARE in sysexits.h)."""


def flush_output() -> None:
    """Hand everything printed so far to the node, so that it stands in the log of the attempt that printed it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # A host may have no stream, or have closed it; there is nobody left to tell.


def leave(status: int) -> NoReturn:
    """End the process from any thread. A host such as Blender is not asked: its own exit may wait for a render."""
    flush_output()
    os._exit(status)
