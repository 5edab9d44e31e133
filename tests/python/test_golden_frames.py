"""The golden frames of tests/protocol: the worker accepts the node's and sends its own in precisely these shapes."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any, Dict, Set

from fake_node import PROBE, FakeNode

FOLDER = Path(__file__).resolve().parents[1] / "protocol"
GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}

# Members whose inside is free: an input schema, what an engine found, a function's own result, what it is asked.
FREE = {"input", "facts", "output", "assets"}


def shape(value: Any, name: str = "") -> Any:
    """Names and types, without the values; a list is the set of its entries' shapes."""
    if name in FREE:
        return "free"
    if isinstance(value, dict):
        return {key: shape(entry, key) for key, entry in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(shape(entry), sort_keys=True) for entry in value})
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, (int, float)) else "string"


class GoldenFrameTests(unittest.TestCase):
    seen: Set[str] = set()

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = FakeNode(PROBE)
        cls.addClassCleanup(cls.node.close)

    def setUp(self) -> None:
        self.node.others.clear()

    def assert_golden(self, name: str, frame: Dict[str, Any]) -> None:
        golden = GOLDEN[name]
        self.assertEqual(golden["from"], "worker", name)
        self.assertEqual(shape(frame), shape(golden["frame"]), name)
        for path in (("method",), ("error", "code"), ("error", "data", "kind"), ("error", "data", "retryable"), ("result", "acknowledged")):
            ours, theirs = frame, golden["frame"]
            for step in path:
                ours, theirs = (part.get(step) if isinstance(part, dict) else None for part in (ours, theirs))
            self.assertEqual(ours, theirs, (name, path))
        GoldenFrameTests.seen.add(name)

    def send_golden(self, name: str, **changes: Any) -> int:
        """Send the node's golden frame, with what must be real here put in place of the example's."""
        frame = json.loads(json.dumps(GOLDEN[name]["frame"]))
        frame.get("params", {}).update(changes)
        self.node.send(frame)
        GoldenFrameTests.seen.add(name)
        return frame.get("id", 0)

    def test_1_handshake_and_warm_up(self) -> None:
        self.assert_golden("hello.request", self.with_one_function(self.node.hello))
        for name in ("hello.error-version", "hello.error-token", "hello.reply"):
            with FakeNode(PROBE, greet=False) as node:
                node.accept()
                node.send(GOLDEN[name]["frame"])
                if name == "hello.reply":
                    self.assertEqual(node.ping()["result"], {})
                else:
                    self.assertEqual(node.wait_exit(), 3)
                    self.assertIn(GOLDEN[name]["frame"]["error"]["message"], node.log())
            GoldenFrameTests.seen.add(name)
        self.assert_golden("warmup.reply", self.node.reply(self.send_golden("warmup.request", folder=str(self.node.folder))))
        for how, name in (("warmup_error", "warmup.error"), ("unavailable", "warmup.error-unavailable")):
            with FakeNode(environment={"WORKERS_FAULTS": "1", "WORKERS_FAULT_START": how}) as node:
                self.assert_golden(name, node.warm_up())

    def with_one_function(self, hello: Dict[str, Any]) -> Dict[str, Any]:
        functions = [function for function in hello["params"]["functions"] if function["fileTypes"]]
        return {**hello, "params": {**hello["params"], "functions": functions}}

    def test_2_calls_and_their_ends(self) -> None:
        self.assert_golden("call.reply-output", self.node.call("read", {"file": "sha256:a"}, assets=self.node.asset("a", b"a")))
        self.assert_golden("status.notification", self.node.until("status"))
        self.node.call("close")
        self.assert_golden("status.notification-no-file", self.node.until("status"))
        picture = self.node.call("picture")
        picture["result"]["artifacts"] = [artifact for artifact in picture["result"]["artifacts"] if "width" in artifact]
        self.assert_golden("call.reply-picture", picture)
        file = str(self.node.folder / "texture")
        Path(file).write_bytes(b"wood")
        self.assert_golden("call.reply-reads", self.node.call("lean", {"path": file}))
        self.assert_golden("call.reply-uncacheable", self.node.call("lean", {"path": file, "volatile": True}))
        for how, name in (("invalid", "call.error-invalid-input"), ("raise", "call.error-engine"), ("retryable", "call.error-retryable")):
            self.assert_golden(name, self.node.call("fail", {"how": how}))
        self.assert_golden("call.error-deadline", self.node.call("fall", deadlineSeconds=0))
        self.assert_golden("call.error-unknown-function", self.node.call("paint"))

    def test_3_the_golden_call_reaches_a_testcard(self) -> None:
        with FakeNode() as node:
            folder = node.folder / "c"
            folder.mkdir()
            frame = json.loads(json.dumps(GOLDEN["call.request"]["frame"]))
            (asset,) = frame["params"]["assets"].values()
            asset["path"] = str(node.folder / "card")
            Path(asset["path"]).write_bytes(b"TESTCARD")
            frame["params"]["folder"] = str(folder)
            node.send(frame)
            self.assertEqual(node.reply(frame["id"])["result"]["artifacts"], [GOLDEN["call.reply-picture"]["frame"]["result"]["artifacts"][0]])
            GoldenFrameTests.seen.add("call.request")
            node.call("render", {"seconds": 0.1, "steps": 2, "snapshots": True})
            self.assert_golden("progress.notification", node.until("progress"))
            self.assert_golden("snapshot.notification", node.until("snapshot"))

    def test_4_cancel_and_ping_during_a_call(self) -> None:
        folder = str(self.node.folder)
        self.node.send({"jsonrpc": "2.0", "id": 7, "method": "call", "params": {"function": "stand", "folder": folder}})
        self.assert_golden("progress.notification-unknown", self.node.until("progress"))
        self.assert_golden("call.error-busy", self.node.call("stand"))
        self.assert_golden("ping.reply", self.node.reply(self.send_golden("ping.request")))
        self.assert_golden("cancel.reply", self.node.reply(self.send_golden("cancel.request")))
        self.assert_golden("call.error-canceled", self.node.reply(7))
        self.assert_golden("cancel.reply-no-such-call", self.node.reply(self.send_golden("cancel.request")))

    def test_5_wrong_frames(self) -> None:
        for line, name in ((b"{", "error.parse"), (b'{"id":11}', "error.invalid-request"), (b'{"id":12,"method":"dance"}', "error.method-not-found")):
            self.node.send_bytes(line + b"\n")
            self.assert_golden(name, self.node.receive())

    def test_6_shutdown_and_then_every_golden_frame_was_used(self) -> None:
        self.send_golden("shutdown.notification")
        self.assertEqual(self.node.wait_exit(), 0)
        self.assertEqual(GoldenFrameTests.seen, set(GOLDEN))

    def test_the_files_are_well_formed(self) -> None:
        for name, golden in GOLDEN.items():
            self.assertEqual(set(golden), {"name", "from", "kind", "frame"}, name)
            self.assertEqual(golden["name"], name)
            frame, kind = golden["frame"], golden["kind"]
            self.assertEqual(frame["jsonrpc"], "2.0")
            answer = "error" if "error" in frame else "reply"
            self.assertEqual(kind, "notification" if "id" not in frame else "request" if "method" in frame else answer)
            self.assertLess(len(json.dumps(frame)), 1 << 20)


if __name__ == "__main__":
    unittest.main()
