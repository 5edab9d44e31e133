"""A real plot worker for tests, and the files it draws."""

from __future__ import annotations

import importlib.util
import struct
import sys
import unittest
from typing import Any, Dict, Optional, Tuple

from fake_node import FakeNode

PLOT = "workers_kit.engines.plot"
LINE = {"series": [{"y": [1, 3, 2]}]}
SMALL = {"width": 120, "height": 90, "dpi": 40}


def need_matplotlib() -> None:
    """A skip that says why where matplotlib is missing."""
    if importlib.util.find_spec("matplotlib") is None:
        print("SKIPPED: no matplotlib for this python3", file=sys.stderr)
        raise unittest.SkipTest("no matplotlib")


def npy(shape: Any, data: bytes = b"", dtype: str = "<f8", version: int = 1, header: Optional[str] = None) -> bytes:
    """The bytes of a .npy file, whatever is said in its header."""
    text = header if header is not None else str({"descr": dtype, "fortran_order": False, "shape": shape})
    encoded = text.encode() + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(encoded)) + encoded + data


def floats(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}d", *numbers)


class PlotWorker(FakeNode):
    """A worker that is warm already."""

    def __init__(self, **options: Any) -> None:
        need_matplotlib()
        super().__init__(PLOT, **options)
        self.facts: Dict[str, Any] = self.warm_up()["result"]["facts"]

    def draw(self, input: Dict[str, Any], content: Optional[bytes] = None, function: str = "plot") -> Tuple[bytes, Dict[str, Any]]:
        """The picture and the result of a call that must succeed; `content` becomes its file."""
        reply = self._run(input, content, function)
        assert "result" in reply, (reply, self.log()[-2000:])
        picture = (self.call_folder(reply["id"]) / reply["result"]["artifacts"][0]["path"]).read_bytes()
        return picture, reply["result"]

    def refuse(self, input: Dict[str, Any], content: Optional[bytes] = None, function: str = "plot") -> "tuple[str, str]":
        """Pointer and message of a call that must be refused as wrong input."""
        reply = self._run(input, content, function)
        assert "error" in reply, reply
        data = reply["error"]["data"]
        assert data["kind"] == "invalid_input" and data["retryable"] is False, (reply, self.log()[-2000:])
        return data["pointer"], reply["error"]["message"]

    def _run(self, input: Dict[str, Any], content: Optional[bytes], function: str) -> Dict[str, Any]:
        assets = self.asset("file", content) if content is not None else {}
        given = {**input, "file": "sha256:file"} if content is not None and "sha256:file" not in str(input) else input
        reply = self.reply(self.start(function, given, assets=assets))
        self.others.clear()
        return reply

    def resident(self) -> int:
        """Bytes of memory it holds."""
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * 4096


class PlotTests(unittest.TestCase):
    """One worker for all tests of a class: each also shows that what went before did it no harm."""

    options: Dict[str, Any] = {}

    @classmethod
    def setUpClass(cls) -> None:
        cls.worker = PlotWorker(**cls.options)
        cls.addClassCleanup(cls.worker.close)
