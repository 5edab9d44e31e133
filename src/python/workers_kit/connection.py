"""The socket to the node: one JSON object a line, at most 1 MiB, read by one thread and written by any under one lock."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any, Dict, NoReturn, Optional

from .leave import leave

FRAME_BYTES = 1024 * 1024

FRAME_DEPTH = 60
"""Arrays and objects inside each other; the node reads a few more."""


class FrameTooLong(ValueError):
    """A frame would be over the limit; nothing was sent."""


class NotJson(ValueError):
    """A frame that came is not a JSON object."""


class Connection:
    """Frames to and from the node."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._write_lock = threading.Lock()
        self._received = bytearray()
        self._scanned = 0

    @staticmethod
    def open(address: str) -> "Connection":
        """Connect back to `unix:/path` or `tcp:host:port`. Raises OSError, or ValueError for any other address."""
        kind, _, rest = address.partition(":")
        if kind == "unix" and rest:
            connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connected.connect(rest)
        elif kind == "tcp" and ":" in rest:
            host, _, port = rest.rpartition(":")
            connected = socket.create_connection((host.strip("[]"), int(port)))
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            raise ValueError(f"WORKERS_CONNECT is {address!r}; expected unix:/path or tcp:host:port")
        return Connection(connected)

    def send(self, frame: Dict[str, Any]) -> None:
        """Send one frame, whole. Raises TypeError or ValueError when it is not JSON (NaN is not) or nested too deep, FrameTooLong, or OSError."""
        # Lone surrogates (from file names) have no UTF-8; a question mark is better than a lost reply.
        line = _ENCODER.encode(frame).encode("utf-8", "replace") + b"\n"
        if len(line) > FRAME_BYTES:
            raise FrameTooLong(f"the frame would have {len(line)} bytes, the limit is {FRAME_BYTES}")
        if line.count(b"[") + line.count(b"{") > FRAME_DEPTH and _depth(frame) > FRAME_DEPTH:
            raise ValueError(f"more than {FRAME_DEPTH} arrays and objects are inside each other")
        self.send_bytes(line)

    def notify(self, method: str, params: Dict[str, Any]) -> None:
        """Send a notification, from any thread. When the node is gone, so is the worker."""
        try:
            self.send({"jsonrpc": "2.0", "method": method, "params": params})
        except OSError:
            leave(0)

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are: `send` and the testcard's faults."""
        with self._write_lock:
            self._socket.sendall(data)

    def receive(self) -> Optional[Dict[str, Any]]:
        """The next frame, None at the end of file. Raises NotJson for a line that is no JSON object, FrameTooLong, or OSError."""
        line = self._receive_line()
        if line is None:
            return None
        try:
            frame = _DECODER.decode(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise NotJson(str(error)) from None
        if not isinstance(frame, dict):
            raise NotJson("the frame is not an object")
        return frame

    def _receive_line(self) -> Optional[bytes]:
        while True:
            end = self._received.find(b"\n", self._scanned)
            if end >= 0:
                line = bytes(self._received[:end])
                del self._received[: end + 1]
                self._scanned = 0
                return line
            self._scanned = len(self._received)
            if self._scanned >= FRAME_BYTES:
                raise FrameTooLong(f"the node sent a frame of more than {FRAME_BYTES} bytes")
            data = self._socket.recv(65536)
            if not data:
                return None  # A last line without its newline was cut off and does not count.
            self._received += data


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        inside = one.values() if isinstance(one, dict) else one if isinstance(one, (list, tuple)) else ()
        deepest = max(deepest, depth)
        waiting.extend((below, depth + 1) for below in inside if isinstance(below, (dict, list, tuple)))
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Made once: json.loads and json.dumps make one for each frame as soon as anything but their defaults is asked for.
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
