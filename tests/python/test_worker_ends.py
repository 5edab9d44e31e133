"""How a worker process ends, and that it never outlives its node."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from fake_node import PROBE, FakeNode


class EndTests(unittest.TestCase):
    def test_end_of_file_ends_the_worker_even_in_a_call(self) -> None:
        with FakeNode(PROBE) as node:
            node.start("stand")
            node.until("progress")
            node._reader.close()
            node._connected.close()
            self.assertEqual(node.wait_exit(), 0)

    def test_shutdown_answers_what_runs_and_begins_nothing(self) -> None:
        with FakeNode(PROBE) as node:
            sleeping = node.start("nap", {"seconds": 0.5})
            node.until("progress")
            node.send({"jsonrpc": "2.0", "method": "shutdown"})
            node.ping()
            self.assertEqual(node.call("nap", {"seconds": 0})["error"]["code"], -32003)
            self.assertEqual(node.reply(sleeping)["result"]["output"], 0)
            self.assertEqual(node.receive_line(), b"")
            self.assertEqual(node.wait_exit(), 0)

    def test_shutdown_of_an_idle_worker_and_of_one_in_a_slice(self) -> None:
        for function in (None, "stand"):
            with self.subTest(function=function), FakeNode(PROBE) as node:
                id = node.start(function) if function else None
                if id is not None:
                    node.until("progress")
                node.send({"jsonrpc": "2.0", "method": "shutdown"})
                if id is not None:
                    node.request("cancel", {"call": id})
                    self.assertEqual(node.reply(id)["error"]["data"]["kind"], "canceled")
                self.assertEqual(node.wait_exit(), 0)

    def test_calls_of_both_kinds_in_turn_and_shutdown_behind_either(self) -> None:
        for functions in (["read", "nap"], ["read", "nap", "read"], ["nap", "read"]):
            with self.subTest(functions=functions), FakeNode(PROBE) as node:
                for function in functions:
                    node.reply(node.start(function, {"seconds": 0} if function == "nap" else {}))
                node.send({"jsonrpc": "2.0", "method": "shutdown"})
                self.assertEqual(node.wait_exit(), 0)

    def test_a_refused_hello_ends_with_status_3(self) -> None:
        with FakeNode(PROBE, greet=False) as node:
            node.accept()
            node.send({"jsonrpc": "2.0", "id": 1, "error": {"code": -32002, "message": "Wrong token."}})
            self.assertEqual(node.wait_exit(), 3)
            self.assertIn("refused the handshake: Wrong token.", node.log())

    def test_no_node_ends_with_status_3(self) -> None:
        for address in ("unix:/nonexistent/s", "tcp:127.0.0.1:1", "ftp://x", "unix:" + "x" * 200):
            with self.subTest(address=address), FakeNode(PROBE, greet=False, environment={"WORKERS_CONNECT": address}) as node:
                self.assertEqual(node.wait_exit(), 3)
                self.assertIn("cannot reach the node", node.log())

    def test_a_frame_without_end_ends_the_worker(self) -> None:
        with FakeNode(PROBE) as node:
            try:
                node.send_bytes(b"x" * (3 << 20))
            except OSError:
                pass  # The worker need not read it all.
            self.assertEqual(node.wait_exit(), 70)

    def test_tcp_serves_where_there_are_no_unix_sockets(self) -> None:
        with FakeNode(PROBE, tcp=True) as node:
            self.assertEqual(node.call("nap", {"seconds": 0, "number": 3})["result"]["output"], 3)

    def test_an_engine_that_cannot_be_loaded_ends_with_status_70(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, content, words in [("none.py", "x = 1", "has no ENGINE"), ("quit.py", "raise SystemExit(0)", "SystemExit"),
                                         ("broken.py", "def", "SyntaxError"), ("missing.py", None, "FileNotFoundError")]:
                if content is not None:
                    Path(folder, name).write_text(content)
                with self.subTest(name=name), FakeNode(str(Path(folder, name)), greet=False) as node:
                    self.assertEqual(node.wait_exit(), 70)
                    self.assertIn(words, node.log())


if __name__ == "__main__":
    unittest.main()
