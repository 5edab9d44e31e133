"""The testcard engine: its pictures, its open file, its pace, and each fault as a node would see it."""

from __future__ import annotations

import os
import stat
import struct
import time
import unittest
import zlib
from typing import Any, Dict, List, Tuple

from fake_node import FakeNode
from workers_kit.engines.testcard_picture import testcard
from workers_kit.png import palette_png


def decode(png: bytes) -> Tuple[int, int, List[bytes]]:
    """Width, height and the rows of RGB pixels of a palette PNG; every checksum is checked."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: Dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        data, (crc,) = png[at + 8:at + 8 + size], struct.unpack(">I", png[at + 8 + size:at + 12 + size])
        assert zlib.crc32(kind + data) == crc, kind
        chunks[kind], at = data, at + 12 + size
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (8, 3)
    pixels, palette = zlib.decompress(chunks[b"IDAT"]), chunks[b"PLTE"]
    assert len(pixels) == (width + 1) * height
    rows = [pixels[row * (width + 1):(row + 1) * (width + 1)] for row in range(height)]
    assert all(row[0] == 0 for row in rows)
    return width, height, [b"".join(palette[3 * index:3 * index + 3] for index in row[1:]) for row in rows]


class PictureTests(unittest.TestCase):
    def test_every_size_is_a_whole_picture(self) -> None:
        for width, height in ((1, 1), (1, 4096), (4096, 1), (3, 2), (64, 64), (200, 31)):
            with self.subTest(width=width, height=height):
                decoded = decode(testcard(width, height, 1, "Text that is far too long for this", bytes(32)))
                self.assertEqual(decoded[:2], (width, height))

    def test_every_argument_shows(self) -> None:
        base = dict(width=64, height=64, seed=1, text="a", digest=b"\x01" * 32)
        pictures = [decode(testcard(**base))]
        self.assertEqual(decode(testcard(**base)), pictures[0])
        for name, value in (("width", 65), ("seed", 2), ("text", "b"), ("text", ""), ("digest", b"\x02" * 32), ("digest", None)):
            other = decode(testcard(**{**base, name: value}))
            self.assertNotIn(other, pictures, name)
            pictures.append(other)

    def test_the_text_can_be_read(self) -> None:
        _, _, rows = decode(testcard(16, 32, 0, "I"))
        ink = ["".join("#" if row[3 * x:3 * x + 3] == b"\xf0\xf0\xf0" else "." for x in range(16)) for row in rows]
        lines = [line for line in ink if "#" in line][::2]  # The scale is two here: each line twice, each pixel twice.
        self.assertEqual([line[1::2][1:6] for line in lines], [".###.", "..#..", "..#..", "..#..", "..#..", "..#..", ".###."])

    def test_rows_that_do_not_fit_are_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "pixels, expected 2 × 2"):
            palette_png(2, 2, b"\0\0\0", [b"\0\0", b"\0"])


class TestcardTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.node = FakeNode()
        cls.addClassCleanup(cls.node.close)

    def setUp(self) -> None:
        self.node.others.clear()

    def picture(self, input: Dict[str, Any], **params: Any) -> Tuple[bytes, Dict[str, Any]]:
        id = self.node.start("render", input, **params)
        result = self.node.reply(id)["result"]
        return (self.node.call_folder(id) / result["artifacts"][0]["path"]).read_bytes(), result

    def test_functions_and_facts(self) -> None:
        functions = {function["name"]: function for function in self.node.hello["params"]["functions"]}
        self.assertEqual(list(functions), ["render", "inspect", "preload", "wait"])
        self.assertTrue(functions["render"]["picture"] and functions["render"]["cacheable"] and functions["wait"]["async"])
        self.assertEqual(self.node.warm_up()["result"]["facts"], {"formats": ["png"], "faults": False})

    def test_the_same_input_gives_the_same_bytes_in_every_process(self) -> None:
        input = {"width": 96, "height": 64, "seed": 7, "text": "Äpfel & Birnen"}
        png, result = self.picture(input)
        self.assertEqual(decode(png)[:2], (96, 64))
        self.assertEqual(result["artifacts"], [{"name": "image.png", "path": "image.png", "mediaType": "image/png", "width": 96, "height": 64}])
        self.assertEqual(testcard(96, 64, 7, "Äpfel & Birnen"), png)

    def test_the_open_file_is_warm_and_a_bad_one_never_shows_the_previous(self) -> None:
        good, other = self.node.asset("good", b"content"), self.node.asset("other", b"else")
        first, result = self.picture({"file": "sha256:good"}, assets=good)
        self.assertEqual(result["warm"], "process")
        self.assertGreater(result["timings"]["loadSeconds"], 0)
        again, result = self.picture({"file": "sha256:good"}, assets=good)
        self.assertEqual((again, result["warm"], result["timings"]["loadSeconds"]), (first, "file", 0.0))
        changed, result = self.picture({"file": "sha256:other"}, assets=other)
        self.assertEqual(result["warm"], "process")
        self.assertNotEqual(changed, first)
        for name, content, words in (("empty", b"", "is empty"), ("bad", b"GARBAGE and more", "is garbage"), ("missing", None, "No such file")):
            with self.subTest(name=name):
                self.picture({"file": "sha256:good"}, assets=good)
                id = self.node.start("render", {"file": f"sha256:{name}"}, assets=self.node.asset(name, content))
                error = self.node.reply(id)["error"]
                self.assertRegex(error["message"], words)
                self.assertEqual(error["data"]["kind"], "engine_error")
                self.assertEqual(list(self.node.call_folder(id).iterdir()), [])
                self.assertIsNone(self.node.notifications("status")[-1]["file"])
                self.assertEqual(self.picture({"file": "sha256:good"}, assets=good)[1]["warm"], "process")

    def test_inspect_tells_what_is_in_a_file(self) -> None:
        output = self.node.call("inspect", {"file": "sha256:x"}, assets=self.node.asset("x", b"TESTCARD" * 4))["result"]["output"]
        self.assertEqual(output["size"], 32)
        self.assertEqual(output["head"], (b"TESTCARD" * 2).hex())
        self.assertEqual(len(output["sha256"]), 64)

    def test_it_takes_its_time_with_progress_and_snapshots(self) -> None:
        started = time.monotonic()
        id = self.node.start("render", {"width": 64, "height": 64, "seconds": 1.5, "steps": 12, "snapshots": True})
        self.node.reply(id)
        self.assertGreaterEqual(time.monotonic() - started, 1.5)
        told = self.node.notifications("progress")
        fractions = [one["fraction"] for one in told]
        self.assertGreaterEqual(len(set(fractions)), 8)
        self.assertEqual((fractions, fractions[0], fractions[-1]), (sorted(fractions), 0.0, 1.0))
        self.assertEqual(told[-1]["etaSeconds"], 0.0)
        shown = self.node.notifications("snapshot")
        self.assertEqual(len(shown), 12)
        self.assertEqual(decode((self.node.call_folder(id) / shown[5]["path"]).read_bytes())[:2], (128, 128))

    def test_a_slow_one_is_canceled_at_once(self) -> None:
        id = self.node.start("render", {"seconds": 3600, "steps": 1})
        self.node.until("progress")
        self.node.request("cancel", {"call": id})
        self.assertEqual(self.node.reply(id)["error"]["data"]["kind"], "canceled")

    def test_what_the_schema_forbids_the_kit_forbids_too(self) -> None:
        for input, pointer in (({"width": 0}, "/width"), ({"height": 4097}, "/height"), ({"text": "x" * 201}, "/text"), ({"seed": -1}, "/seed"),
                               ({"format": "jpeg"}, "/format"), ({"seconds": 3601}, "/seconds")):
            with self.subTest(input=input):
                self.assertEqual(self.node.call("render", input)["error"]["data"], {"kind": "invalid_input", "retryable": False, "pointer": pointer})

    def test_no_fault_without_permission(self) -> None:
        self.assertEqual(self.node.call("fault", {"kind": "exit"})["error"]["code"], -32602)


class FaultTests(unittest.TestCase):
    """One worker for the faults it survives, one each for those it does not."""

    ALLOWED = {"WORKERS_FAULTS": "1"}

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = FakeNode(environment=cls.ALLOWED)
        cls.addClassCleanup(cls.node.close)

    def test_errors_to_order(self) -> None:
        for kind, retryable in (("exception", False), ("retryable", True)):
            data = self.node.call("fault", {"kind": kind})["error"]["data"]
            self.assertEqual(data, {"kind": "engine_error", "retryable": retryable})

    def test_only_on_some_attempts(self) -> None:
        input = {"kind": "exception", "onAttempts": [1, 3]}
        ends = ["error" in self.node.call("fault", input, attempt=attempt) for attempt in (1, 2, 3, 4)]
        self.assertEqual(ends, [True, False, True, False])

    def test_outputs_a_node_must_refuse(self) -> None:
        for kind, amount, test in [
            ("huge_output", 5 << 30, lambda path: path.stat().st_size == 5 << 30), ("symlink_output", 0, lambda path: path.is_symlink()),
            ("missing_output", 0, lambda path: not os.path.lexists(path)), ("fifo_output", 0, lambda path: stat.S_ISFIFO(path.stat().st_mode)),
            ("escape_output", 0, lambda path: ".." in path.parts and path.exists()),
        ]:
            with self.subTest(kind=kind):
                id = self.node.start("fault", {"kind": kind, "amount": amount})
                artifact = self.node.reply(id)["result"]["artifacts"][0]
                self.assertTrue(test(self.node.call_folder(id) / artifact["path"]))

    def test_big_answers(self) -> None:
        self.assertEqual(len(self.node.call("fault", {"kind": "big_json", "amount": 100})["result"]["output"]["text"]), 100 * 1024)
        self.assertRegex(self.node.call("fault", {"kind": "big_json", "amount": 2048})["error"]["message"], "larger than a frame")
        self.node.others.clear()
        self.assertIn("result", self.node.call("fault", {"kind": "flood", "amount": 5000}))
        self.assertEqual(len(self.node.notifications("progress")), 5000)

    def test_memory_is_kept(self) -> None:
        before = self.resident()
        self.assertIn("result", self.node.call("fault", {"kind": "memory", "amount": 64}))
        self.assertGreater(self.resident() - before, 60 << 20)

    def resident(self) -> int:
        with open(f"/proc/{self.node.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def test_a_hang_hears_the_cancel_and_a_deaf_one_only_acknowledges(self) -> None:
        id = self.node.start("fault", {"kind": "hang"})
        self.assertTrue(self.node.reply(self.node.request("cancel", {"call": id}))["result"]["acknowledged"])
        self.assertEqual(self.node.reply(id)["error"]["data"]["kind"], "canceled")
        with FakeNode(environment=self.ALLOWED) as node:
            id = node.start("fault", {"kind": "deaf"})
            node.until("progress", message="deaf")
            self.assertTrue(node.reply(node.request("cancel", {"call": id}))["result"]["acknowledged"])
            node.process.terminate()
            for _ in range(20):
                node.ping()
                time.sleep(0.01)
            self.assertEqual(node.others, [])
            node.kill()

    def test_exits(self) -> None:
        for kind, status in (("crash", -11), ("exit", 7), ("early_exit_zero", 0)):
            with self.subTest(kind=kind), FakeNode(environment=self.ALLOWED) as node:
                node.start("fault", {"kind": kind})
                self.assertEqual(node.wait_exit(), status)
                self.assertEqual(node.receive_line(), b"")

    def test_broken_frames(self) -> None:
        for kind, test in [("garbage", lambda line: not line.startswith(b"{")), ("oversized", lambda line: len(line) > 1 << 20),
                           ("unknown_reply", lambda line: b'"result"' in line and b'"id":1000001' in line)]:
            with self.subTest(kind=kind), FakeNode(environment=self.ALLOWED) as node:
                node.start("fault", {"kind": kind})
                self.assertTrue(test(node.receive_line()))
                node.kill()

    def test_faults_at_the_start(self) -> None:
        with FakeNode(environment={**self.ALLOWED, "WORKERS_FAULT_START": "exit"}, greet=False) as node:
            self.assertEqual(node.wait_exit(), 7)
        with FakeNode(environment={**self.ALLOWED, "WORKERS_FAULT_START": "hang"}, greet=False) as node:
            with self.assertRaises(Exception):
                node.process.wait(0.5)
            node.kill()
        with FakeNode(environment={**self.ALLOWED, "WORKERS_FAULT_START": "badtoken"}) as node:
            self.assertEqual(node.hello["params"]["token"], "0" * 32)
        with FakeNode(environment={**self.ALLOWED, "WORKERS_FAULT_START": "badversion"}) as node:
            self.assertEqual(node.hello["params"]["protocol"], {"min": 98, "max": 99})
        with FakeNode(environment={**self.ALLOWED, "WORKERS_FAULT_START": "warmup_error"}) as node:
            self.assertEqual(node.warm_up()["error"]["data"]["kind"], "engine_error")
        with FakeNode(environment={"WORKERS_FAULT_START": "exit"}) as node:
            self.assertIn("result", node.warm_up())


if __name__ == "__main__":
    unittest.main()
