"""The running call: its folder, cancel flag, progress, outputs, warnings and timings, and the functions that reach it."""

from __future__ import annotations

import contextlib
import contextvars
import math
import os
import shutil
import sys
import threading
import time
import traceback
from pathlib import Path, PurePosixPath
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Union

from .connection import Connection
from .errors import Canceled, DeadlineOver
from .progress import Progress

SNAPSHOT_BYTES = 256 * 1024
SNAPSHOTS = 500
ARTIFACTS = 1000
WARNINGS = 100
DETAIL_CHARACTERS = 2000
REASON_CHARACTERS = 100
READS = 1000
PIXELS = 1 << 20
"""Of a picture's edge."""

_MEDIA_TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".tif": "image/tiff",
    ".tiff": "image/tiff", ".exr": "image/x-exr", ".svg": "image/svg+xml", ".pdf": "application/pdf", ".json": "application/json",
    ".txt": "text/plain", ".csv": "text/csv", ".glb": "model/gltf-binary", ".mp4": "video/mp4", ".zip": "application/zip",
}


class Call:
    """One call, or the warm-up, while it runs.

    Read it through `current_call()`. `id` is the request's id, `function` the function's name, `input` the JSON as it
    came, `folder` the only place to write to. `job`, `attempt` (from 1) and `traceparent` (W3C) tell whose work it is.
    """

    def __init__(self, id: int, params: Mapping[str, Any], connection: Connection, silent: bool = False) -> None:
        self.id = id
        self.function = str(params.get("function") or "")
        self.input: Any = params.get("input")
        self.assets: Mapping[str, Any] = params.get("assets") or {}
        self.folder = Path(str(params["folder"]))
        self.job = str(params.get("job") or "")
        self.attempt = int(params.get("attempt") or 1)
        self.traceparent: Optional[str] = params.get("traceparent")
        deadline = params.get("deadlineSeconds")
        self.deadline = time.monotonic() + float(deadline) if deadline is not None else math.inf
        self.artifacts: List[Dict[str, Any]] = []
        self.warnings: List[Dict[str, str]] = []
        self.warm = "process"
        self._reads: Dict[str, os.stat_result] = {}
        self._uncacheable: Optional[str] = None
        self.connection = connection
        self._silent = silent  # The warm-up: the node does not know it as a call.
        self._progress = Progress(id, lambda progress: self._notify("progress", progress))
        self._canceled = threading.Event()
        self._lock = threading.RLock()  # Re-entrant: a cancel hook may use the call.
        self._cancel_hooks: List[Callable[[], None]] = []
        self._ended = False
        self._snapshots = 0
        self._seconds: Dict[str, float] = {}
        self._started = time.perf_counter()

    # -- being stopped ------------------------------------------------------------------------------------------------

    @property
    def canceled(self) -> bool:
        return self._canceled.is_set()

    def on_cancel(self, hook: Callable[[], None]) -> None:
        """Run `hook` on the reader thread as soon as the call is canceled; at once if it already is.

        Hooks must be quick and must not wait for the main thread. Each runs at most once, and none after the call has ended.
        """
        with self._lock:
            self._cancel_hooks.append(hook)
            if self.canceled:
                self.run_cancel_hooks()

    def cancel(self) -> None:
        """Set the flag; called by the reader thread when the node asks."""
        self._canceled.set()

    def run_cancel_hooks(self) -> None:
        """Run the hooks registered so far; called by the reader thread after it has acknowledged."""
        with self._lock:
            hooks, self._cancel_hooks = self._cancel_hooks, []  # Each runs once, however often the node asks.
            for hook in hooks:
                if not self._ended:
                    self._run_hook(hook)

    def _run_hook(self, hook: Callable[[], None]) -> None:
        try:
            hook()
        except Exception:  # A faulty hook must not end the reader thread: the flag is set, and the node has its own limit.
            traceback.print_exc()

    def check_canceled(self) -> None:
        """Raise Canceled or DeadlineOver when the call should stop."""
        if self.canceled:
            raise Canceled("The call was canceled.")
        if time.monotonic() >= self.deadline:
            raise DeadlineOver("The call's deadline is over.")

    def sleep(self, seconds: float) -> None:
        """Wait, but stop waiting with Canceled or DeadlineOver as `check_canceled` does."""
        until = time.monotonic() + seconds
        self.check_canceled()
        while time.monotonic() < until:
            self._canceled.wait(max(0.0, min(until, self.deadline) - time.monotonic()))
            self.check_canceled()

    # -- telling ------------------------------------------------------------------------------------------------------

    def progress(self, fraction: Optional[float] = None, message: str = "", eta_seconds: Optional[float] = None) -> None:
        """Tell how far the call is: `fraction` 0…1, or None for unknown. Call it as often as you like."""
        self._progress.report(fraction, message, eta_seconds)

    def warn(self, code: str, detail: str) -> None:
        """Add a warning to the job: `code` in snake_case for programs, `detail` for people. Repeated ones count once."""
        warning = {"code": code, "detail": detail[:DETAIL_CHARACTERS]}
        if warning not in self.warnings and len(self.warnings) < WARNINGS:
            self.warnings.append(warning)

    def uncacheable(self, reason: str) -> None:
        """This result must not answer another call, although the function is cacheable: `reason` in a few words. The first one counts."""
        self._uncacheable = self._uncacheable or reason[:REASON_CHARACTERS] or "the function said so"

    def reads(self, path: Union[str, "os.PathLike[str]"], stamp: Optional[os.stat_result] = None) -> None:
        """The result depends on that file, which the input does not name: a linked library, a texture. Say so for every such file.

        `stamp` is what `os.stat` said before the file was read; taken now if left out, so that this must come before reading. A file
        that has changed when the call ends makes the result uncacheable.
        """
        real = os.path.realpath(path)
        if len(self._reads) >= READS and real not in self._reads:
            self.uncacheable("it read too many files")
            return
        try:
            self._reads.setdefault(real, stamp or os.stat(real))
        except OSError:
            self.uncacheable("a file that it read is missing")

    def output(
        self, name: str, media_type: Optional[str] = None, width: Optional[int] = None, height: Optional[int] = None
    ) -> Path:
        """Declare an artifact and get the absolute path to write it to. The first one declared is the main one.

        `name` is relative, its folders are made; `width` and `height` are pixels. The media type is guessed from the extension if left out. Declaring a name
        again replaces what was said of it.
        """
        relative = _relative(name)
        artifact: Dict[str, Any] = {
            "name": relative,
            "path": relative,
            "mediaType": media_type or _MEDIA_TYPES.get(os.path.splitext(relative)[1].lower(), "application/octet-stream"),
        }
        if width is not None and height is not None:
            if not (0 < width <= PIXELS and 0 < height <= PIXELS):
                raise ValueError(f"{width} × {height} is no size of a picture in pixels")
            artifact.update(width=int(width), height=int(height))
        self._declare(artifact)
        path = self.folder / relative
        if "/" in relative:
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _declare(self, artifact: Dict[str, Any]) -> None:
        for index, declared in enumerate(self.artifacts):
            if declared["path"] == artifact["path"]:
                self.artifacts[index] = artifact
                return
        if len(self.artifacts) >= ARTIFACTS:
            raise ValueError(f"a call may have at most {ARTIFACTS} artifacts")
        self.artifacts.append(artifact)

    def snapshot(
        self, source: Union[bytes, "os.PathLike[str]"], media_type: str = "image/png",
        width: Optional[int] = None, height: Optional[int] = None,
    ) -> bool:
        """Show a picture so far: its bytes, or the path of a finished file, which is copied.

        False when it was left out because it is larger than 256 KB or the call has shown 500 already.
        """
        with self._lock:
            size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
            if size > SNAPSHOT_BYTES or self._snapshots >= SNAPSHOTS or self._ended:
                return False
            self._snapshots += 1
            extension = next((end for end, known in _MEDIA_TYPES.items() if known == media_type), "")
            name = f"snapshot-{self._snapshots}{extension}"
        whole, part = self.folder / name, self.folder / (name + ".part")
        if isinstance(source, bytes):
            part.write_bytes(source)
        else:
            shutil.copyfile(source, part)
        os.replace(part, whole)
        params: Dict[str, Any] = {"call": self.id, "path": name, "mediaType": media_type}
        if width is not None and height is not None:
            params.update(width=int(width), height=int(height))
        self._notify("snapshot", params)
        return True

    @contextlib.contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count the seconds inside as `load` or `encode`; what is in neither counts as `run`."""
        if part not in ("load", "encode"):
            raise ValueError(f"the part {part!r} must be load or encode")
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[part] = self._seconds.get(part, 0.0) + time.perf_counter() - started

    def _notify(self, method: str, params: Dict[str, Any]) -> None:
        if not self._silent:
            self.connection.notify(method, params)

    # -- the end ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The function starts now; the time the call waited for the main thread is not its run time."""
        self._started = time.perf_counter()

    def end(self) -> None:
        """No hook, progress or snapshot after this; the newest progress is sent."""
        with self._lock:
            self._ended = True
        self._progress.close()

    def result(self, output: Any) -> Dict[str, Any]:
        """The `result` of the call's reply."""
        total = time.perf_counter() - self._started
        load, encode = self._seconds.get("load", 0.0), self._seconds.get("encode", 0.0)
        return {
            **self._keeping(),
            "output": output,
            "artifacts": self.artifacts,
            "warnings": self.warnings,
            "warm": self.warm,
            "timings": {
                "loadSeconds": round(load, 6),
                "runSeconds": round(max(0.0, total - load - encode), 6),
                "encodeSeconds": round(encode, 6),
            },
        }

    def _keeping(self) -> Dict[str, Any]:
        """What a cache must know of the result; nothing where the input alone decides it."""
        for path, stamp in self._reads.items():
            if not is_as_read(path, stamp):
                self.uncacheable("a file that it read has changed meanwhile")
        said: Dict[str, Any] = {}
        if self._uncacheable is not None:
            said["uncacheable"] = self._uncacheable
        elif self._reads:
            said["reads"] = [{"path": path, "size": stamp.st_size, "modifiedNs": stamp.st_mtime_ns} for path, stamp in self._reads.items()]
        return said


def _relative(name: str) -> str:
    """The name of an artifact in its plain form. ValueError where it leads out of the call's folder."""
    if "/" not in name and "\0" not in name and name not in ("", ".", ".."):
        return name  # Nearly all; taking a path apart costs more than the rest of declaring it.
    relative = PurePosixPath(name)
    if not name or relative.is_absolute() or ".." in relative.parts or "\0" in name:
        raise ValueError(f"the artifact name {name!r} must be a relative path inside the call's folder")
    return str(relative)


def is_as_read(path: str, stamp: os.stat_result) -> bool:
    """Whether a file is still what it was when that stamp was taken."""
    try:
        now = os.stat(path)
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns, now.st_ino) == (stamp.st_size, stamp.st_mtime_ns, stamp.st_ino)


_current: "contextvars.ContextVar[Call]" = contextvars.ContextVar("workers_kit_call")


def current_call() -> Call:
    """The call that this code runs in. RuntimeError outside of one; keep the object to use it on another thread."""
    try:
        return _current.get()
    except LookupError:
        raise RuntimeError("no call is running here; on a thread of your own, take current_call() along") from None


@contextlib.contextmanager
def running(call: Call) -> Iterator[None]:
    """Make `call` the current one."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)


def progress(fraction: Optional[float] = None, message: str = "", eta_seconds: Optional[float] = None) -> None:
    """`Call.progress` of the current call."""
    current_call().progress(fraction, message, eta_seconds)


def check_canceled() -> None:
    """`Call.check_canceled` of the current call."""
    current_call().check_canceled()


def on_cancel(hook: Callable[[], None]) -> None:
    """`Call.on_cancel` of the current call."""
    current_call().on_cancel(hook)


def sleep(seconds: float) -> None:
    """`Call.sleep` of the current call. In an `async def` function use `asyncio.sleep`."""
    current_call().sleep(seconds)


def warn(code: str, detail: str) -> None:
    """`Call.warn` of the current call."""
    current_call().warn(code, detail)


def uncacheable(reason: str) -> None:
    """`Call.uncacheable` of the current call."""
    current_call().uncacheable(reason)


def reads(path: Union[str, "os.PathLike[str]"], stamp: Optional[os.stat_result] = None) -> None:
    """`Call.reads` of the current call."""
    current_call().reads(path, stamp)


def output(name: str, media_type: Optional[str] = None, width: Optional[int] = None, height: Optional[int] = None) -> Path:
    """`Call.output` of the current call."""
    return current_call().output(name, media_type, width, height)


def snapshot(
    source: Union[bytes, "os.PathLike[str]"], media_type: str = "image/png",
    width: Optional[int] = None, height: Optional[int] = None,
) -> bool:
    """`Call.snapshot` of the current call."""
    return current_call().snapshot(source, media_type, width, height)


def timed(part: str) -> "contextlib.AbstractContextManager[None]":
    """`Call.timed` of the current call: `with timed("load"): …`."""
    return current_call().timed(part)


def log(message: str) -> None:
    """Print a line into the attempt's log at once."""
    print(message, file=sys.stderr, flush=True)
