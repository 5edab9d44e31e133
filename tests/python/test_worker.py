"""A real worker process, frame by frame: what it answers, and in which order."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import textwrap
import time
import unittest
from pathlib import Path
from typing import Any, Dict

from fake_node import PROBE, TOKEN, FakeNode
import workers_kit


class WorkerTestCase(unittest.TestCase):
    """One worker for all tests of a class: each test also shows that what went before did it no harm."""

    engine = PROBE

    @classmethod
    def setUpClass(cls) -> None:
        cls.node = FakeNode(cls.engine)
        cls.addClassCleanup(cls.node.close)

    def setUp(self) -> None:
        self.node.others.clear()

    def assert_failed(self, reply: Dict[str, Any], kind: str, words: str, **data: Any) -> None:
        self.assertIn("error", reply, reply)
        self.assertEqual(reply["error"]["code"], -32000)
        self.assertRegex(reply["error"]["message"], words)
        self.assertEqual(reply["error"]["data"], {"kind": kind, "retryable": False, **data})


class CallTests(WorkerTestCase):
    def test_hello_names_the_worker_and_its_functions(self) -> None:
        hello = self.node.hello["params"]
        self.assertEqual((hello["token"], hello["protocol"], hello["pid"]), (TOKEN, {"min": 1, "max": 1}, self.node.process.pid))
        self.assertEqual(hello["engine"], {"name": "probe", "version": "0.1"})
        functions = {function["name"]: function for function in hello["functions"]}
        self.assertTrue(functions["nap"]["async"] and not functions["read"]["async"] and functions["picture"]["picture"])
        self.assertEqual(functions["read"]["fileTypes"], ["txt"])

    def test_warm_up_runs_on_the_main_thread_and_tells_facts_only(self) -> None:
        self.assertEqual(self.node.warm_up()["result"], {"facts": {"answer": 42, "main": True}})
        self.assertEqual(self.node.notifications("progress"), [])
        self.assertEqual((self.node.folder / "warm.txt").read_text(), "warm")

    def test_sync_functions_have_the_main_thread_and_no_token(self) -> None:
        self.assertEqual(self.node.call("environment")["result"]["output"], {"token": None, "main": True})

    def test_a_result_carries_artifacts_warnings_and_times(self) -> None:
        id = self.node.start("picture")
        result = self.node.reply(id)["result"]
        self.assertEqual(result["artifacts"], [
            {"name": "main.png", "path": "main.png", "mediaType": "image/png", "width": 2, "height": 3},
            {"name": "maps/depth.exr", "path": "maps/depth.exr", "mediaType": "image/x-exr"}])
        self.assertEqual((self.node.call_folder(id) / "maps" / "depth.exr").read_bytes(), b"depth")
        self.assertEqual([warning["code"] for warning in result["warnings"]], ["one", "two"])
        self.assertEqual((result["output"], result["warm"]), (None, "process"))
        times = result["timings"]
        self.assertTrue(times["loadSeconds"] >= 0.02 and times["encodeSeconds"] >= 0.01 and 0 <= times["runSeconds"], times)

    def test_an_open_file_is_told_before_the_reply(self) -> None:
        assets = self.node.asset("a.txt", b"content")
        reply = self.node.call("read", {"file": "sha256:a.txt"}, assets=assets)
        self.assertEqual(reply["result"]["output"],
                         {"text": "content", "name": "a.txt", "ref": "sha256:a.txt", "type": "application/octet-stream"})
        status = self.node.notifications("status")[-1]
        self.assertEqual(status["file"], "sha256:a.txt")
        self.assertGreater(status["residentBytes"], 1 << 20)
        self.node.others.clear()
        self.node.call("close")
        self.assertEqual([status["file"] for status in self.node.notifications("status")], [None])

    def test_bad_input_is_answered_with_its_place(self) -> None:
        self.assert_failed(self.node.call("read", {"file": "sha256:unknown"}), "invalid_input", "did not come", pointer="/file")
        self.assert_failed(self.node.call("show", {"sizes": [1, "x"]}), "invalid_input", "expected integer", pointer="/sizes/1")
        self.assert_failed(self.node.call("tell", {"count": 1, "more": 2}), "invalid_input", "unknown field 'more'", pointer="/more")
        self.assert_failed(self.node.call("tell", [1]), "invalid_input", "expected object, got array", pointer="")
        self.assert_failed(self.node.call("fail", {"how": "invalid"}), "invalid_input", "^no such camera$", pointer="/camera")

    def test_every_bad_end_is_an_error_and_the_worker_lives_on(self) -> None:
        for how, words, retryable in [
            ("raise", "^ZeroDivisionError: by zero$", False), ("retryable", "^busy$", True),
            ("exit", "tried to end the process: SystemExit: 0", False),
            ("interrupt", "KeyboardInterrupt", False), ("memory", "^MemoryError$", True), ("surrogate", r"^OSError: bad name \?$", False),
            ("escape", "must be a relative path inside", False), ("nan", "not JSON", False), ("object", "not JSON", False),
            ("set", "not JSON", False), ("deep", "not JSON", False), ("nested", "inside each other", False),
            ("small", "^ValueError: 0 × 1 is no size", False), ("large", "is no size of a picture", False),
            ("huge", "larger than a frame", False), ("unheard", "^KeyError", False),
        ]:
            with self.subTest(how=how):
                self.assert_failed(self.node.call("fail", {"how": how}), "engine_error", words, retryable=retryable)
                log = self.node.log()  # Read at once: what was printed comes before the reply.
                self.assertRegex(log.rsplit(f"about to {how}\n", 1)[1], "(Error|Retryable|SystemExit|KeyboardInterrupt)")
        self.assertEqual(self.node.process.pid, self.node.hello["params"]["pid"])
        self.assertEqual(self.node.call("environment")["result"]["output"]["main"], True)

    def test_a_result_may_be_wide_but_not_deep(self) -> None:
        self.assertEqual(len(self.node.call("wide", {"count": 1000})["result"]["output"]), 1000)

    def test_an_async_function_cannot_end_the_loop(self) -> None:
        self.assert_failed(self.node.call("quitLoop"), "engine_error", "SystemExit: 1")
        self.assertEqual(self.node.call("nap", {"seconds": 0})["result"]["output"], 0)

    def test_the_deadline_ends_a_call(self) -> None:
        self.assert_failed(self.node.call("fall", deadlineSeconds=0.2), "deadline", "deadline is over")
        self.assert_failed(self.node.call("fall", deadlineSeconds=0), "deadline", "deadline is over")

    def test_snapshots_are_whole_files_within_the_limit(self) -> None:
        id = self.node.start("show", {"sizes": [10, 20, 256 * 1024 + 1, 256 * 1024]})
        self.assertEqual(self.node.reply(id)["result"]["output"], [True, True, False, True])
        shown = self.node.notifications("snapshot")
        self.assertEqual(shown[0], {"call": id, "path": "snapshot-1.png", "mediaType": "image/png", "width": 4, "height": 5})
        self.assertEqual(shown[1], {"call": id, "path": "snapshot-2.jpg", "mediaType": "image/jpeg"})
        folder = self.node.call_folder(id)
        self.assertEqual([(folder / picture["path"]).stat().st_size for picture in shown], [10, 20, 256 * 1024])
        self.assertEqual(list(folder.glob("*.part")), [])


class ProgressTests(WorkerTestCase):
    def test_a_flood_is_merged_and_the_last_one_arrives_before_the_reply(self) -> None:
        started = time.monotonic()
        self.node.call("tell", {"count": 20000})
        told = self.node.notifications("progress")
        self.assertLessEqual(len(told), 3 + 10 * (time.monotonic() - started))
        self.assertEqual((told[-1]["fraction"], told[-1]["message"]), (1.0, "20000"))
        self.assertEqual([one["fraction"] for one in told], sorted(one["fraction"] for one in told))

    def test_the_last_one_arrives_while_the_function_is_silent_and_never_falls(self) -> None:
        id = self.node.start("fall")
        self.assertEqual(self.node.until("progress")["params"], {"call": id, "fraction": 0.5, "message": "0.5"})
        self.assertEqual(self.node.until("progress")["params"], {"call": id, "fraction": None, "message": "None"})
        self.node.reply(self.node.request("cancel", {"call": id}))
        self.assert_failed(self.node.reply(id), "canceled", "canceled")

    def test_fractions_stay_in_range(self) -> None:
        self.node.call("tell", {"count": 4, "fractionOf": 2})
        self.assertEqual([one["fraction"] for one in self.node.notifications("progress")], [0.5, 1.0])


class CancelTests(WorkerTestCase):
    def test_the_reader_answers_while_a_call_runs_and_its_hooks_end_it(self) -> None:
        faulty = self.node.log().count("ZeroDivisionError")
        for _ in range(20):
            self.node.others.clear()
            id = self.node.start("stand")
            self.node.until("progress", message="standing")
            self.assertEqual(self.node.ping()["result"], {})
            first, second = self.node.request("cancel", {"call": id}), self.node.request("cancel", {"call": id})
            self.assert_failed(self.node.reply(id), "canceled", "canceled")
            self.assertEqual(self.node.reply(first)["result"], {"acknowledged": True})
            self.node.reply(second)  # True or false: the call may have been over by then.
        self.assertEqual(self.node.log().count("ZeroDivisionError") - faulty, 20)  # A faulty hook is printed and harms nothing.

    def test_the_acknowledgement_comes_first(self) -> None:
        id = self.node.start("stand")
        self.node.until("progress", message="standing")
        cancel = self.node.request("cancel", {"call": id})
        frames = [self.node.receive() for _ in range(2)]
        self.assertEqual([frame["id"] for frame in frames if "id" in frame][:1], [cancel])
        self.node.others += frames
        self.node.reply(id)

    def test_a_cancel_right_behind_its_call_is_heard(self) -> None:
        for function, input in (("stand", {}), ("nap", {"seconds": 60})):
            with self.subTest(function=function):
                folder = self.node.folder / function
                folder.mkdir()
                call = {"method": "call", "id": 9000, "params": {"function": function, "input": input, "folder": str(folder)}}
                cancel = {"method": "cancel", "id": 9001, "params": {"call": 9000}}
                self.node.send_bytes(b"".join(json.dumps(frame).encode() + b"\n" for frame in (call, cancel)))
                self.assertEqual(self.node.reply(9001)["result"], {"acknowledged": True})
                self.assert_failed(self.node.reply(9000), "canceled", "canceled")

    def test_an_async_call_is_canceled_where_it_waits(self) -> None:
        id = self.node.start("nap", {"seconds": 60})
        self.node.until("progress", message="napping")
        self.node.reply(self.node.request("cancel", {"call": id}))
        self.assert_failed(self.node.reply(id), "canceled", "canceled")

    def test_a_call_that_finishes_all_the_same_answers_its_result(self) -> None:
        id = self.node.start("finishAnyway")
        self.node.until("progress", message="running")
        self.node.request("cancel", {"call": id})
        self.assertEqual(self.node.reply(id)["result"]["output"], "finished")

    def test_canceling_nothing_is_not_acknowledged(self) -> None:
        done = self.node.start("environment")
        self.node.reply(done)
        for call in (done, 123456, None, [done], {"id": done}):
            self.assertEqual(self.node.reply(self.node.request("cancel", {"call": call}))["result"], {"acknowledged": False})


class ConcurrencyTests(WorkerTestCase):
    def test_async_calls_run_side_by_side_each_with_its_own_call(self) -> None:
        started = time.monotonic()
        ids = [self.node.start("nap", {"seconds": 0.5, "number": number}) for number in range(30)]
        self.assertEqual([self.node.reply(id)["result"]["output"] for id in ids], list(range(30)))
        self.assertLess(time.monotonic() - started, 10)  # One after the other they would need 15 s.

    def test_the_loop_tells_how_long_it_was_held(self) -> None:
        time.sleep(1.05)  # The kit sends one status a second at most.
        self.node.call("nap", {"seconds": 0, "block": 0.2})
        time.sleep(1.05)
        self.node.others.clear()
        self.node.call("environment")
        loop = self.node.notifications("status")[-1]["loop"]
        self.assertGreaterEqual(loop["longestSeconds"], 0.2)
        self.assertGreaterEqual(loop["insideSeconds"], loop["longestSeconds"])
        self.assertGreater(loop["outsideSeconds"], 2)

    def test_an_engine_slice_is_not_the_loops_time(self) -> None:
        with FakeNode(PROBE) as node:
            for _ in range(3):
                node.call("hold", {"seconds": 0.5})
            time.sleep(1.05)
            node.others.clear()
            node.call("nap", {"seconds": 0})
            loop = node.notifications("status")[-1]["loop"]
            self.assertLess(loop["insideSeconds"], 0.5)
            self.assertGreater(loop["outsideSeconds"], 1.5)

    def test_the_status_comes_while_async_functions_run(self) -> None:
        self.node.call("nap", {"seconds": 0})
        self.node.others.clear()
        nap = self.node.start("nap", {"seconds": 60})
        for _ in range(2):
            self.assertIn("loop", self.node.until("status")["params"])
        self.node.request("cancel", {"call": nap})
        self.node.reply(nap)
        self.node.others.clear()
        time.sleep(1.2)
        self.node.ping()
        self.assertEqual(self.node.notifications("status"), [])

    def test_async_calls_take_turns_and_one_that_is_canceled_ends_alone(self) -> None:
        with FakeNode(environment={"WORKERS_FAULTS": "1"}) as node:
            self.assertEqual(node.hello["params"]["concurrency"], 64)
            ids = {name: node.start("meet", {"room": "r", "name": name, "parties": 3}) for name in "abc"[:2]}
            for id in ids.values():
                node.until("progress", call=id, message="waiting")
            node.request("cancel", {"call": ids["a"]})
            self.assert_failed(node.reply(ids["a"]), "canceled", "canceled")
            ids |= {name: node.start("meet", {"room": "r", "name": name, "parties": 3}) for name in "cd"}
            for name in "bcd":
                self.assertEqual(node.reply(ids[name])["result"]["output"], {"pid": node.process.pid, "said": list("bcd" * 3)})
            self.assertEqual(re.findall("meet (. .)", node.log()), [f"{name} {turn}" for turn in range(3) for name in "bcd"])

    def test_the_engine_puts_things_back_behind_the_last_async_call(self) -> None:
        with FakeNode(PROBE) as node:
            for how in ({"seconds": 0}, {"seconds": "soon"}):  # The second fails.
                before = node.log().count("after nap")
                node.call("nap", how)
                self.assertEqual(node.log().count("after nap"), before + 1)
            first = node.start("nap", {"seconds": 60})
            node.until("progress", call=first, message="napping")
            others = [node.start("nap", {"seconds": 0, "number": number}) for number in range(10)]
            self.assertEqual([node.reply(id)["result"]["output"] for id in others], list(range(10)))
            self.assertEqual(node.log().count("after nap"), 2)  # The first still uses what would be put back.
            node.request("cancel", {"call": first})
            self.assert_failed(node.reply(first), "canceled", "canceled")
            self.assertEqual(node.log().count("after nap"), 3)
            ends = [node.start("nap", {"seconds": 1}) for _ in range(10)]  # All at once: one of them is the last.
            for id in ends:
                node.reply(id)
            self.assertEqual(node.log().count("after nap"), 4)

    def test_a_sync_call_excludes_every_other(self) -> None:
        nap = self.node.start("nap", {"seconds": 60})
        self.assertEqual(self.node.call("environment")["error"]["code"], -32003)
        self.node.request("cancel", {"call": nap})
        self.node.reply(nap)
        stand = self.node.start("stand")
        for function in ("environment", "nap", "stand"):
            self.assertEqual(self.node.call(function, {"seconds": 0})["error"]["code"], -32003)
        self.assertEqual(self.node.warm_up()["error"]["code"], -32003)
        self.node.request("cancel", {"call": stand})
        self.assert_failed(self.node.reply(stand), "canceled", "canceled")
        self.assertIn("result", self.node.call("environment"))

    def test_async_calls_are_bounded(self) -> None:
        ids = [self.node.start("nap", {"seconds": 60}) for _ in range(65)]
        self.assertEqual(self.node.reply(ids[-1])["error"]["code"], -32003)
        for id in ids[:-1]:
            self.node.request("cancel", {"call": id})
        for id in ids[:-1]:
            self.assert_failed(self.node.reply(id), "canceled", "canceled")


class FrameTests(WorkerTestCase):
    def test_wrong_requests_are_answered_by_code_and_harm_nothing(self) -> None:
        for line, id, code in [
            (b"garbage", None, -32700), (b"", None, -32700), (b"[]", None, -32700), (b'{"id":1,"x":NaN}', None, -32700), (b"\xff\xfe", None, -32700),
            (b"[" * 100000, None, -32700), (b'{"id":50}', 50, -32600), (b'{"id":51,"method":7}', 51, -32600),
            (b'{"id":52,"method":"ping","params":[]}', 52, -32600), (b'{"id":{"a":1},"method":"ping"}', {"a": 1}, -32600),
            (b'{"id":53,"method":"dance"}', 53, -32601), (b'{"id":54,"method":"call"}', 54, -32602),
            (b'{"id":55,"method":"call","params":{"function":["picture"]}}', 55, -32602),
            (b'{"id":56,"method":"call","params":{"function":"picture"}}', 56, -32602),
            (b'{"id":57,"method":"call","params":{"function":"picture","folder":"/tmp","attempt":"x"}}', 57, -32602),
            (b'{"id":58,"method":"call","params":{"function":"picture","folder":"/tmp","deadlineSeconds":{}}}', 58, -32602),
            (b'{"id":59,"method":"warmup"}', 59, -32602),
        ]:
            with self.subTest(line=line[:40]):
                self.node.send_bytes(line + b"\n")
                answer = self.node.receive()
                self.assertEqual((answer["id"], answer["error"]["code"]), (id, code), answer)

    def test_strange_notifications_and_replies_are_ignored(self) -> None:
        for frame in ({"method": "dance"}, {"method": "progress", "params": {}}, {"id": 99, "result": {}}, {"id": 99, "error": {"code": 1}},
                      {"method": "call", "params": {"function": "picture"}}, {}):
            self.node.send(frame)
        self.assertEqual(self.node.ping()["result"], {})

    def test_a_frame_may_come_in_pieces(self) -> None:
        for byte in b'{"jsonrpc":"2.0","id":70,"method":"ping","params":{"unknown":"field"}}\n':
            self.node.send_bytes(bytes([byte]))
        self.assertEqual(self.node.reply(70)["result"], {})


class UserFunctionTests(unittest.TestCase):
    def test_good_files_load_and_bad_ones_are_reported_by_line(self) -> None:
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            head = "from workers_kit import function\n"
            declared = 1 if sys.version_info >= (3, 11) else 2  # Older Pythons name the `def` line instead of the decorator's.
            for folder, name, content in [
                (first, "plot.py", head + "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\n"
                                          "@function\ndef plot(p: P = P()) -> int:\n    return p.x\n"),
                (first, "half.py", head + "@function\ndef early(): pass\n@function\ndef late(x): pass\n"),
                (first, "syntax.py", head + "\ndef broken(:\n"), (first, "quits.py", "import sys\nsys.exit(0)\n"),
                (first, "_private.py", "raise RuntimeError('must not be loaded')\n"), (first, "notes.txt", "not Python"),
                (second, "plot.py", head + "@function\nasync def double(x: int) -> int:\n    return 2 * x\n"),
                (second, "twice.py", head + "@function\ndef picture(): pass\n"),
            ]:
                Path(folder, name).write_text(content)
            with FakeNode(PROBE, functions=f"{first}:{second}:/nonexistent") as node:
                names = [function["name"] for function in node.hello["params"]["functions"]]
                self.assertTrue({"plot", "double"} <= set(names) and not {"early", "late", "broken"} & set(names), names)
                problems = node.warm_up()["result"]["facts"]["functionProblems"]
                for problem, (start, words) in zip(problems, [
                    (f"{first}/half.py:{3 + declared}: UnsupportedHint", "function late, parameter x"),
                    (f"{first}/quits.py:2: SystemExit", "0"),
                    (f"{first}/syntax.py:3: SyntaxError", "invalid syntax"),
                    (f"{second}/twice.py:{1 + declared}: ValueError", "already a function 'picture'"),
                    ("/nonexistent: cannot be read", "No such file"),
                ]):
                    self.assertTrue(problem.startswith(start) and words in problem, problem)
                    self.assertIn(problem, node.log())
                self.assertEqual(len(problems), 5)
                self.assertEqual(node.call("plot", {"p": {"x": 5}})["result"]["output"], 5)
                self.assertEqual(node.call("double", {"x": 4})["result"]["output"], 8)


class ExampleTests(unittest.TestCase):
    def test_the_examples_of_the_kits_docstring_work(self) -> None:
        blocks = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", str(workers_kit.__doc__), re.MULTILINE)
        with tempfile.TemporaryDirectory() as folder:
            engine, functions = Path(folder, "hello.py"), Path(folder, "functions")
            functions.mkdir()
            engine.write_text(textwrap.dedent(blocks[0]))
            (functions / "add.py").write_text(textwrap.dedent(blocks[1]))
            with FakeNode(str(engine), functions=str(functions)) as node:
                self.assertEqual(node.warm_up()["result"]["facts"], {"formats": ["txt"]})
                assets = node.asset("a", b"Hi")
                self.assertEqual(node.call("greet", {"file": "sha256:a"}, assets=assets)["result"]["warm"], "process")
                id = node.start("greet", {"file": "sha256:a", "name": "Anna", "times": 2}, assets=assets)
                self.assertEqual(node.reply(id)["result"]["warm"], "file")
                self.assertEqual((node.call_folder(id) / "greeting.txt").read_text(), "Hi, Anna!\n" * 2)
                self.assertEqual(node.call("add", {"a": 1, "b": 2.5})["result"]["output"], 3.5)


if __name__ == "__main__":
    unittest.main()
