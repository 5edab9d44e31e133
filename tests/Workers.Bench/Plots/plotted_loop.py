"""A calculation's loop, with and without plotting: what the plots cost the loop. Prints a JSON object a round.

    plotted_loop.py SERVER FOLDER_OF_SAMPLES HOW ROUNDS STEPS

HOW: `paced` and `every` hand each plot to the sample's LivePlot, which sends four a second, or every one that it can; `direct` submits each plot in
the loop itself, over a connection that is kept. Each round is three loops of STEPS steps, of some 20 ms each: without, with, and without plotting;
before each of them the last plot of the one before was drawn and fetched.
"""

import http.client
import json
import math
import sys
import time
import urllib.parse

STEP_SECONDS = 0.02
POINTS = 500


def calculate(size):
    return sum(math.sin(1.0 / number) for number in range(1, size))


def calibrated():
    """How large a step takes its time when nothing else runs: the quickest of some tries."""
    size = 50_000
    tries = []
    for _ in range(20):
        began = time.perf_counter()
        calculate(size)
        tries.append(time.perf_counter() - began)
    return int(size * STEP_SECONDS / min(tries))


class Direct:
    """Submits in the loop."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(server).netloc, timeout=60)
        self.sent = 0

    def show(self, plot):
        body = json.dumps({"engine": "plot", "function": "plot", "input": plot, "supersedes": "bench"}).encode()
        self.connection.request("POST", "/v1/jobs", body, {"Content-Type": "application/json", "Prefer": "return=minimal"})
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 202, answer.status
        self.job = answer.getheader("Job-Id")
        self.sent += 1

    def newest(self):
        self.connection.request("GET", f"/v1/jobs/{self.job}/result?wait=50")
        answer = self.connection.getresponse()
        picture = answer.read()
        assert answer.status == 200, (answer.status, picture)
        return picture


def drawn_alone(server, plot):
    """The picture of a plot that was asked for and waited for."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server).netloc, timeout=60)
    connection.request("POST", "/v1/plot", json.dumps(plot).encode(), {"Content-Type": "application/json", "Accept": "image/png"})
    return connection.getresponse().read()


def main():
    server, samples, how, rounds, steps = sys.argv[1:]
    sys.path.insert(0, samples)
    from plot_from_a_loop import LivePlot

    plots = Direct(server) if how == "direct" else LivePlot(server, "bench", most_a_second=4 if how == "paced" else 0)
    size = calibrated()
    history = [0.0] * POINTS

    def loop(show):
        began = time.perf_counter()
        for _ in range(int(steps)):
            history.append(calculate(size) + len(history) % 7)
            show()
        return time.perf_counter() - began

    def plot():
        return {"series": [{"y": history[-POINTS:], "label": "mean"}], "title": f"step {len(history)}"}

    for _ in range(int(rounds)):
        sent = plots.sent
        before, plotted, last = loop(lambda: None), loop(lambda: plots.show(plot())), plot()
        picture = plots.newest()
        after = loop(lambda: None)
        print(json.dumps({"before": before, "plotted": plotted, "after": after, "sent": plots.sent - sent,
                          "last": picture == drawn_alone(server, last)}), flush=True)


main()
