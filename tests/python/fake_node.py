"""A node for tests: a real Unix (or TCP) socket server that starts one real worker process and talks to it frame by frame."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

SOURCE = Path(__file__).resolve().parents[2] / "src" / "python"
FIXTURES = Path(__file__).resolve().parent / "fixtures"
LAUNCH = SOURCE / "workers_kit" / "launch.py"
TESTCARD = "workers_kit.engines.testcard"
PROBE = str(FIXTURES / "probe.py")
TOKEN = "6f1d0c2a9b8e4735a1c0d2e3f4a5b6c7"
LIMIT_SECONDS = 60.0

sys.path.insert(0, str(SOURCE))


class FakeNode:
    """Use it as a context manager; leaving it closes the socket, and the worker has to go by itself."""

    def __init__(
        self, engine: str = TESTCARD, *, functions: str = "", environment: Optional[Dict[str, str]] = None,
        host: Sequence[str] = (), tcp: bool = False, greet: bool = True,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wk-"))
        self.exit_status: Optional[int] = None
        self.others: List[Dict[str, Any]] = []
        self.hello: Dict[str, Any] = {}
        self._next_id = 1
        self._listener, address = self._listen(tcp)
        command = [*(host or [sys.executable, str(LAUNCH)]), engine]
        variables = {"WORKERS_CONNECT": address, "WORKERS_TOKEN": TOKEN, "WORKERS_WORKER": "test-1", "WORKERS_INSTANCE": "test",
                     "WORKERS_FUNCTIONS": functions, "PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "TMPDIR": str(self.folder),
                     **(environment or {})}
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(command, env=variables, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        if greet:
            self._greet()

    def _greet(self) -> None:
        try:
            self.accept()
            self.send({"jsonrpc": "2.0", "id": self.hello["id"], "result": {"protocol": 1, "worker": "test-1", "frameBytes": 1048576}})
        except BaseException:
            self.kill()
            self.close()
            raise

    def _listen(self, tcp: bool) -> "tuple[socket.socket, str]":
        listener = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
        listener.settimeout(LIMIT_SECONDS)
        listener.bind(("127.0.0.1", 0) if tcp else str(self.folder / "s"))
        listener.listen(1)
        return listener, f"tcp:127.0.0.1:{listener.getsockname()[1]}" if tcp else f"unix:{self.folder / 's'}"

    def accept(self) -> None:
        """Wait for the worker to connect, and for its hello. EOFError with what it printed when it exits before."""
        until = time.monotonic() + LIMIT_SECONDS
        while not select.select([self._listener], [], [], 0.1)[0]:
            if self.process.poll() is not None or time.monotonic() > until:
                raise EOFError(f"the worker did not connect (exit status {self.process.poll()}); it printed:\n{self.log()}")
        self._connected, _ = self._listener.accept()
        self._connected.settimeout(LIMIT_SECONDS)
        self._reader = self._connected.makefile("rb")
        self.hello = self.receive()

    def __enter__(self) -> "FakeNode":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if hasattr(self, "_connected"):
            self._connected.close()
            self._reader.close()
        self._listener.close()
        try:
            if self.exit_status is None:
                self.process.wait(0 if not self.hello else 10)
        except subprocess.TimeoutExpired:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        if self.process.poll() is None:  # Only then the group's number is surely still ours.
            os.killpg(self.process.pid, signal.SIGKILL)
        self.exit_status = self.process.wait(LIMIT_SECONDS)

    def wait_exit(self) -> int:
        """The worker's exit status; negative for a signal."""
        self.exit_status = self.process.wait(LIMIT_SECONDS)
        return self.exit_status

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    # -- frames -------------------------------------------------------------------------------------------------------

    def send(self, frame: Any) -> None:
        self.send_bytes(json.dumps(frame).encode() + b"\n")

    def send_bytes(self, data: bytes) -> None:
        self._connected.sendall(data)

    def receive_line(self) -> bytes:
        return self._reader.readline()

    def receive(self) -> Dict[str, Any]:
        line = self.receive_line()
        if not line:
            raise EOFError(f"the worker closed the connection; it printed:\n{self.log()}")
        frame = json.loads(line)
        assert frame.get("jsonrpc") == "2.0", frame
        return frame

    def request(self, method: str, params: Dict[str, Any]) -> int:
        """Send a request without waiting; the answer is its id."""
        id = self._next_id
        self._next_id += 1
        self.send({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        return id

    def reply(self, id: int) -> Dict[str, Any]:
        """The reply to a request; what comes before it goes to `others`, in order."""
        while True:
            for index, frame in enumerate(self.others):
                if frame.get("id") == id and "method" not in frame:
                    return self.others.pop(index)
            self.others.append(self.receive())

    def until(self, method: str, **params: Any) -> Dict[str, Any]:
        """The next notification of that method with these params (also one that came already)."""
        while True:
            for index, frame in enumerate(self.others):
                if frame.get("method") == method and params.items() <= frame["params"].items():
                    return self.others.pop(index)
            self.others.append(self.receive())

    def notifications(self, method: str) -> List[Dict[str, Any]]:
        """The params of the notifications in `others`."""
        return [frame["params"] for frame in self.others if frame.get("method") == method]

    # -- the messages -------------------------------------------------------------------------------------------------

    def warm_up(self) -> Dict[str, Any]:
        return self.reply(self.request("warmup", {"folder": str(self.folder)}))

    def start(self, function: str, input: Any = None, **params: Any) -> int:
        """Send a call into a folder of its own, `call_folder(id)`."""
        folder = self.call_folder(self._next_id)
        folder.mkdir()
        return self.request("call", {"function": function, "input": input or {}, "folder": str(folder), "assets": {},
                                     "job": "0197", "attempt": 1, "deadlineSeconds": 600, **params})

    def call(self, function: str, input: Any = None, **params: Any) -> Dict[str, Any]:
        """The reply of a call."""
        return self.reply(self.start(function, input, **params))

    def call_folder(self, id: int) -> Path:
        return self.folder / f"c{id}"

    def ping(self) -> Dict[str, Any]:
        return self.reply(self.request("ping", {}))

    def asset(self, name: str, content: Optional[bytes]) -> Dict[str, Any]:
        """The `assets` of a call with one file; without content the file is missing."""
        path = self.folder / name
        if content is not None:
            path.write_bytes(content)
        return {f"sha256:{name}": {"path": str(path), "id": f"sha256:{name}", "name": name, "mediaType": "application/octet-stream"}}
