"""The sample that plots from a loop: what it does without a server, and which plots it keeps."""

from __future__ import annotations

import json
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, List, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "samples"))
from plot_from_a_loop import LivePlot  # noqa: E402


class Server(HTTPServer):
    """Answers jobs as it is told to; holds them while `open` is not set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: List[int] = []
        self.titles: List[str] = []
        self.open = threading.Event()
        self.came = threading.Semaphore(0)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        envelope = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert envelope["supersedes"] == "key" and self.headers["Prefer"] == "return=minimal"
        self.server.titles.append(envelope["input"]["title"])
        self.server.came.release()
        self.server.open.wait(30)
        self.answer(self.server.answers.pop(0) if self.server.answers else 202, b"")

    def do_GET(self) -> None:
        self.answer(200, self.server.titles[-1].encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Job-Id", f"job-{len(self.server.titles)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class SampleTests(unittest.TestCase):
    def serve(self, *answers: int) -> Tuple[Server, LivePlot]:
        server = Server()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        server.answers = list(answers)
        return server, LivePlot(server.url, "key", most_a_second=0)

    def test_the_box_holds_the_newest_only_while_one_is_sent(self) -> None:
        server, plots = self.serve()
        plots.show({"title": "0"})
        server.came.acquire(timeout=30)
        for number in range(1, 1000):
            plots.show({"title": str(number)})  # Returns, although the server does not answer.
        server.open.set()
        self.assertEqual(plots.finish(), b"999")
        self.assertEqual((server.titles, plots.handed, plots.sent), (["0", "999"], 1000, 2))

    def test_what_the_server_cannot_take_now_is_sent_again_unless_there_is_a_newer_one(self) -> None:
        server, plots = self.serve(503, 429)
        server.open.set()
        plots.show({"title": "only"})
        self.assertEqual(plots.finish(), b"only")
        self.assertEqual((server.titles, plots.problem), (["only"] * 3, None))

    def test_a_refused_plot_is_a_problem_and_the_next_one_is_sent(self) -> None:
        server, plots = self.serve(422)
        server.open.set()
        plots.show({"title": "wrong"})
        with self.assertRaisesRegex(RuntimeError, "not sent: 422"):
            plots.newest()
        plots.show({"title": float("nan"), "object": object()})
        with self.assertRaisesRegex(RuntimeError, "not JSON serializable"):
            plots.newest()
        plots.show({"title": "right"})
        self.assertEqual((plots.finish(), server.titles, plots.problem), (b"right", ["wrong", "right"], None))

    def test_without_a_server_the_loop_goes_on(self) -> None:
        plots = LivePlot("http://127.0.0.1:9", "key")
        for number in range(1000):
            plots.show({"title": str(number)})
        with self.assertRaisesRegex(RuntimeError, "not sent: 0: ConnectionRefusedError"):
            plots.finish(seconds=0.5)
        self.assertFalse(plots._thread.is_alive())


if __name__ == "__main__":
    unittest.main()
