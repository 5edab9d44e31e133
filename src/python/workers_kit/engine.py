"""What an engine module says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Tuple, Union

from .call import Call


@dataclass
class Engine:
    """One software that runs in this process. An engine module has one, named `ENGINE`.

    name         the software, for example "blender"
    version      its version, or a function that tells it
    warmup       `warmup(folder) -> facts`: do a real throw-away piece of work on the main thread, write only into the
                 folder, and answer JSON-able facts (≤ 64 KB) that are shown at /v1/engines. An exception is a failed start
    before_call  called on the main thread before each sync function (no async one), with the call
    after_call   called on the main thread after each sync function, also after a failed one: put things back here. Async
                 functions run side by side over what they share: after them it is called when the last of those that run
                 has ended, with that one's call. An exception in it fails the call
    open_file    the id (`Asset.id`) of the file the engine holds open now, or None: set it whenever that changes. The
                 node prefers to send jobs of that file here
    file         the engine's source file, set by whoever loads it: part of what stored results are good for
    protocol     the lowest and highest protocol version offered; only tests change it
    """

    name: str
    version: Union[str, Callable[[], str]]
    warmup: Optional[Callable[[Path], Optional[Mapping[str, Any]]]] = None
    before_call: Optional[Callable[[Call], None]] = None
    after_call: Optional[Callable[[Call], None]] = None
    open_file: Optional[str] = None
    file: Optional[str] = None
    protocol: Tuple[int, int] = (1, 1)

    def version_text(self) -> str:
        return self.version() if callable(self.version) else self.version
