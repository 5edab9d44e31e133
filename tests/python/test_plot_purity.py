"""Nothing of a plot is left for the next one, whatever a user function does; and pickles are code, so they are off."""

from __future__ import annotations

import pickle
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import Any

from fake_node import FIXTURES
from pictures import read_png
from plot_worker import LINE, SMALL, PlotTests, PlotWorker, need_matplotlib
from test_plot import VARIATIONS

MOST_GROWTH = 2 << 20  # What 200 plots may add: a leak of 30 KB each is three times that.


class PurityTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        need_matplotlib()
        cls.folder = tempfile.mkdtemp(prefix="wk-plot-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        shutil.copy(FIXTURES / "plot_functions.py", cls.folder)
        cls.worker = PlotWorker(functions=cls.folder)
        cls.addClassCleanup(cls.worker.close)

    def test_user_functions_draw_and_save_to_the_same_bytes(self) -> None:
        for form in ("png", "svg", "pdf"):
            one, result = self.worker.draw({"format": form}, function="spiral")
            self.assertEqual(self.worker.draw({"format": form}, function="spiral")[0], one)
            self.assertEqual(result["artifacts"][0]["name"], f"image.{form}")
        self.assertNotIn("functionProblems", self.worker.facts)

    def test_a_function_that_litters_leaves_nothing(self) -> None:
        inputs = [{**SMALL, **VARIATIONS[name]} for name in ("line", "heat map", "formula")] + [{**LINE, "format": "svg"}]
        before = [self.worker.draw(input)[0] for input in inputs]
        clean = self.worker.call("left")["result"]["output"]
        self.worker.draw({}, function="litter")
        self.assertEqual(self.worker.call("left")["result"]["output"], clean)
        self.assertEqual(self.worker.call("litter", {"fail": True})["error"]["message"], "RuntimeError: on purpose")
        self.assertEqual(self.worker.call("left")["result"]["output"], clean)
        self.assertEqual([self.worker.draw(input)[0] for input in inputs], before)

    def test_memory_is_flat_and_a_leak_would_be_seen(self) -> None:
        # More than the caches of matplotlib's texts hold come first: those fill up once.
        for number in range(150):
            self.draw_some(number)
        before = self.worker.resident()
        for number in range(200):
            self.draw_some(number)
        self.assertLess(self.worker.resident() - before, MOST_GROWTH)
        self.worker.call("leak", {"megabytes": 3})
        self.assertGreater(self.worker.resident() - before, MOST_GROWTH)

    def draw_some(self, number: int) -> None:
        self.worker.draw({**SMALL, "series": [{"y": [1, number % 7, 3], "label": f"n{number % 5}"}], "title": f"t{number % 20}"})


class Plotter:
    """Not importable by the worker: what a client's own class is."""

    def plot(self, figure: Any) -> None:
        raise AssertionError


class Bomb:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


class PickleTests(PlotTests):
    options = {"environment": {"WORKERS_ALLOW_PICKLE": "1", "PYTHONPATH": str(FIXTURES)}}

    def test_a_figure_a_callable_and_an_object_are_drawn(self) -> None:
        from matplotlib.figure import Figure
        import sys
        sys.path.insert(0, str(FIXTURES))
        self.addCleanup(sys.path.remove, str(FIXTURES))
        import plotters
        figure = Figure(figsize=(2, 1), dpi=50, layout="constrained")
        figure.add_subplot().plot([1, 3, 2])
        for name, plotter, size in (("figure", figure, (100, 50)), ("callable", plotters.Call(3), (640, 480)),
                                    ("object", plotters.Draw(3), (640, 480))):
            with self.subTest(name=name):
                picture, result = self.worker.draw({}, pickle.dumps(plotter), "plotter")
                self.assertEqual(read_png(picture)[:2], size)
                self.assertEqual(read_png(self.worker.draw({**SMALL}, pickle.dumps(plotter), "plotter")[0])[:2], (120, 90))
        self.assertEqual(self.worker.draw({}, pickle.dumps(plotters.Call(3)), "plotter")[0],
                         self.worker.draw({}, pickle.dumps(plotters.Draw(3)), "plotter")[0])

    def test_what_cannot_be_unpickled_or_is_no_plotter_is_refused(self) -> None:
        for content, words in ((b"", "EOFError"), (b"junk", "UnpicklingError"), (pickle.dumps(Plotter()), "must be importable"),
                               (pickle.dumps([1]), "a list is no plotter"), (pickle.dumps(LINE)[:10], "cannot be unpickled")):
            at, message = self.worker.refuse({}, content, "plotter")
            self.assertEqual(at, "/file")
            self.assertIn(words, message)

    def test_where_it_is_not_allowed_no_pickle_is_loaded(self) -> None:
        for options, loaded in (({}, False), (self.options, True)):
            with PlotWorker(**options) as worker:
                marker = worker.folder / "loaded"
                at, message = worker.refuse({}, pickle.dumps(Bomb(marker)), "plotter")
                self.assertEqual((at, marker.exists()), ("/file", loaded))
                self.assertIn("no plotter" if loaded else "allowPickle", message)
                self.assertEqual(worker.facts["pickle"], loaded)


if __name__ == "__main__":
    unittest.main()
