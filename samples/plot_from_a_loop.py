"""Plots from a calculation that never waits for the drawing. Standard library only; copy it beside your own script.

    python3 samples/plot_from_a_loop.py              # 300 steps of a calculation, plotted; the last plot is in last.png

In a loop of your own:

    plots = LivePlot("http://127.0.0.1:8700", key="my-run")
    for step in range(1000):
        history.append(calculate())
        plots.show({"series": [{"y": history[-500:]}], "title": f"step {step}"})
    open("last.png", "wb").write(plots.finish())

`show` puts the plot into a box that holds one, the newest, and returns at once. A thread takes it from there, a few times a second, and submits it as a
job with `supersedes`: newest wins in the server's queue too. The last one is always sent and drawn. Hand over lists that you do not change any more.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import threading
import time
import urllib.parse
from typing import Any, Dict, Optional

RETRY_SECONDS = 1.0
REQUEST_SECONDS = 10.0
TRIES = 10


class LivePlot:
    """Shows the newest of the plots it is given.

    server         the address of workers-server
    key            plots of one key replace each other; have one for each picture that is watched
    most_a_second  plots that are sent at most; what comes between is replaced in the box
    token          an API key, where the server wants one
    """

    def __init__(self, server: str, key: str, most_a_second: float = 4.0, token: Optional[str] = None) -> None:
        parts = urllib.parse.urlsplit(server)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=REQUEST_SECONDS)
        self._key = key
        self._pause = 1.0 / most_a_second if most_a_second else 0.0
        self._headers = {"Content-Type": "application/json", "Prefer": "return=minimal"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._changed = threading.Condition()
        self._box: Optional[Dict[str, Any]] = None
        self._sending = False
        self._tries = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-plot", daemon=True)
        self.handed, self.sent = 0, 0
        self.job: Optional[str] = None
        self.problem: Optional[str] = None
        self._thread.start()

    def show(self, plot: Dict[str, Any]) -> None:
        """Show this one from now on: the input of `POST /v1/plot`. Returns at once and never fails; see `problem`."""
        with self._changed:
            self._box = plot
            self.handed += 1
            self._changed.notify()

    def newest(self, seconds: float = 60.0) -> bytes:
        """The picture of the newest plot, as soon as it is drawn. RuntimeError where it is not. Show nothing meanwhile."""
        until = time.monotonic() + seconds
        with self._changed:
            sent = self._changed.wait_for(lambda: self._box is None and not self._sending, seconds)
            if not sent or self.problem is not None or self.job is None:
                raise RuntimeError(f"the newest plot was not sent: {self.problem or 'nothing was shown'}")
        while True:
            status, body = self._ask("GET", f"/v1/jobs/{self.job}/result?wait={REQUEST_SECONDS / 2}")
            if status == 200:
                return body
            if status != 202 or time.monotonic() >= until:
                raise RuntimeError(f"job {self.job} was answered {status}: {body.decode(errors='replace')[:500]}")

    def finish(self, seconds: float = 60.0) -> bytes:
        """`newest`, and then no more. RuntimeError where it was not drawn."""
        try:
            return self.newest(seconds)
        finally:
            self._closed.set()
            with self._changed:
                self._changed.notify()
            self._thread.join(REQUEST_SECONDS)
            self._connection.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._box is not None or self._closed.is_set())
                if self._closed.is_set():
                    return
                plot, self._box, self._sending = self._box, None, True
            pause = self._pause if self._send(plot) else RETRY_SECONDS
            with self._changed:
                self._sending = False
                self._changed.notify_all()
            self._closed.wait(pause)

    def _send(self, plot: Any) -> bool:
        """False where it could not be sent: then it waits in the box, unless there is a newer one."""
        try:
            envelope = {"engine": "plot", "function": "plot", "input": plot, "supersedes": self._key}
            status, body = self._ask("POST", "/v1/jobs", json.dumps(envelope).encode())
        except (OSError, http.client.HTTPException, TypeError, ValueError) as error:
            status, body = 0, f"{type(error).__name__}: {error}".encode()
            self._connection.close()  # It is opened anew by the next request.
            if isinstance(error, (TypeError, ValueError)):
                status = 422  # No JSON: to send it again would not help.
        if status == 202:
            self.sent, self.problem, self._tries = self.sent + 1, None, 0
            return True
        self.problem = f"{status}: {body.decode(errors='replace')[:500]}"
        self._tries += 1
        if status in (0, 429, 503) and self._tries < TRIES:
            with self._changed:
                self._box = self._box or plot
            return False
        self._tries = 0
        return True

    def _ask(self, method: str, path: str, body: Optional[bytes] = None) -> "tuple[int, bytes]":
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        if method == "POST" and response.status == 202:
            self.job = response.getheader("Job-Id")
        return response.status, content


def calculate(step: int, size: int = 100_000) -> float:
    """A step of some calculation: some ten milliseconds of nothing but arithmetic."""
    return sum(math.sin(step + 1.0 / number) for number in range(1, size)) / size


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--server", default="http://127.0.0.1:8700")
    options.add_argument("--steps", type=int, default=300)
    options.add_argument("--out", default="last.png")
    chosen = options.parse_args()
    plots, history = LivePlot(chosen.server, key="plot-from-a-loop"), []
    for step in range(chosen.steps):
        history.append(calculate(step))
        plots.show({"series": [{"y": history[-500:], "label": "mean"}], "title": f"step {step + 1}", "xLabel": "step"})
    with open(chosen.out, "wb") as target:
        target.write(plots.finish())
    print(f"{plots.handed} plots shown, {plots.sent} of them sent; the last one is in {chosen.out}.")


if __name__ == "__main__":
    main()
