"""The plot engine: what it draws, in which formats, always to the same bytes."""

from __future__ import annotations

import unittest
import xml.dom.minidom
from typing import Any, Dict

from fake_node import FakeNode
from pictures import read_png
from plot_worker import LINE, PLOT, SMALL, PlotTests, PlotWorker, floats, npy

CSV = b"time,left,right\n0,1,4\n1,3,2\n2,2,5\n"

# Each of these must show: no two pictures of the list may be alike.
VARIATIONS: Dict[str, Dict[str, Any]] = {
    "line": LINE,
    "other numbers": {"series": [{"y": [1, 3, 2.5]}]},
    "x": {"series": [{"y": [1, 3, 2], "x": [0, 1, 5]}]},
    "gap": {"series": [{"y": [1, 3, None, 2, 3]}]},
    "second line": {"series": [{"y": [1, 3, 2]}, {"y": [2, 1, 3]}]},
    "colour": {"series": [{"y": [1, 3, 2], "color": "#cc1a1a"}]},
    "style": {"series": [{"y": [1, 3, 2], "style": "dashed"}]},
    "marker": {"series": [{"y": [1, 3, 2], "marker": "square"}]},
    "width": {"series": [{"y": [1, 3, 2], "width": 4}]},
    "legend": {"series": [{"y": [1, 3, 2], "label": "a"}]},
    "formula": {"series": [{"y": [1, 3, 2]}], "title": r"$\frac{\alpha}{2}$"},
    "title": {**LINE, "title": "T"},
    "labels": {**LINE, "xLabel": "T"},
    "other labels": {**LINE, "yLabel": "T"},
    "grid": {**LINE, "grid": True},
    "log": {**LINE, "yScale": "log"},
    "range": {**LINE, "xRange": [0, 1]},
    "turned": {**LINE, "xRange": [2, 0]},
    "scatter": {"scatter": [{"x": [1, 2, 3], "y": [1, 3, 2]}]},
    "coloured scatter": {"scatter": [{"x": [1, 2, 3], "y": [1, 3, 2], "values": [0, 1, 2]}]},
    "size": {"scatter": [{"x": [1, 2, 3], "y": [1, 3, 2], "size": 200}]},
    "heat map": {"image": {"values": [[1, 2], [3, 4]]}},
    "origin": {"image": {"values": [[1, 2], [3, 4]], "origin": "lower"}},
    "colormap": {"image": {"values": [[1, 2], [3, 4]], "colormap": "magma"}},
    "no bar": {"image": {"values": [[1, 2], [3, 4]], "bar": False}},
    "values' range": {"image": {"values": [[1, 2], [3, 4]], "range": [0, 10]}},
    "place": {"image": {"values": [[1, 2], [3, 4]], "xRange": [10, 20], "yRange": [0, 1]}},
    "heat map and line": {"image": {"values": [[1, 2], [3, 4]]}, "series": [{"y": [0, 1]}]},
    "aspect": {"image": {"values": [[1, 2], [3, 4]]}, "aspect": "equal"},
    "no legend": {"series": [{"y": [1, 3, 1], "label": "a"}], "legend": False},
}


class DrawingTests(PlotTests):
    def test_every_option_shows_and_every_picture_is_the_same_twice_and_in_a_fresh_process(self) -> None:
        pictures: Dict[bytes, str] = {}
        with PlotWorker() as fresh:
            for name, input in VARIATIONS.items():
                with self.subTest(name=name):
                    picture, result = self.worker.draw({**SMALL, **input})
                    self.assertEqual(read_png(picture)[:2], (120, 90))
                    self.assertNotIn(picture, pictures, f"{name} looks like {pictures.get(picture)}")
                    pictures[picture] = name
                    self.assertEqual(result["warm"], "process")
            for picture, name in reversed(pictures.items()):  # Another order: nothing may depend on what came before.
                self.assertEqual(fresh.draw({**SMALL, **VARIATIONS[name]})[0], picture, name)

    def test_formats_are_whole_and_have_neither_date_nor_chance(self) -> None:
        for name, media_type, check in (
            ("png", "image/png", lambda data: read_png(data).pixel(0, 0)),
            ("svg", "image/svg+xml", lambda data: xml.dom.minidom.parseString(data)),
            ("pdf", "application/pdf", lambda data: data.index(b"%PDF-") == 0 and data.rindex(b"%%EOF")),
        ):
            with self.subTest(name=name), PlotWorker() as fresh:
                input = {**VARIATIONS["legend"], "format": name, "title": "<!-- -- & ]]>"}
                picture, result = self.worker.draw(input)
                check(picture)
                self.assertEqual(result["artifacts"][0], {
                    "name": f"image.{name}", "path": f"image.{name}", "mediaType": media_type, "width": 640, "height": 480})
                self.assertEqual(fresh.draw(input)[0], picture)
                for other in ("coloured scatter", "heat map and line"):
                    shown = {**SMALL, **VARIATIONS[other], "format": name}
                    self.assertEqual(fresh.draw(shown)[0], self.worker.draw(shown)[0], other)
                for word in (b"Date", b"matplotlib v", b"Software", b"Creator"):
                    self.assertNotIn(word, picture)

    def test_transparent_shows_nothing_behind_the_line(self) -> None:
        for transparent, alpha in ((True, 0), (False, 255)):
            picture = read_png(self.worker.draw({**LINE, **SMALL, "transparent": transparent})[0])
            self.assertEqual(picture.pixel(0, 0)[3], alpha)

    def test_a_table_is_drawn_as_its_columns_would_be(self) -> None:
        left = {"y": [1, 3, 2], "x": [0, 1, 2], "label": "left"}
        right = {"y": [4, 2, 5], "x": [0, 1, 2], "label": "right"}
        time = {"xLabel": "time"}
        for options, same in (
            ({}, {"series": [left, right], **time}), ({"y": ["right"]}, {"series": [right], **time}), ({"y": ["3"]}, {"series": [right], **time}),
            ({"x": "left", "y": ["right"]}, {"series": [{**right, "x": [1, 3, 2]}], "xLabel": "left"}),
            ({"kind": "scatter", "y": ["left"]}, {"scatter": [left], **time}),
        ):
            with self.subTest(options=options):
                self.assertEqual(self.worker.draw({**options, **SMALL}, CSV)[0], self.worker.draw({**same, **SMALL})[0])

    def test_files_of_every_shape(self) -> None:
        one, two = floats(1, 3, 2), floats(0, 1, 1, 3, 2, 2)
        by_columns = str({"descr": ">f4", "fortran_order": True, "shape": (3, 2)})
        import struct
        for name, content, same in (
            ("one dimension", npy((3,), one), LINE), ("one column", npy((3, 1), one), LINE), ("version 2", npy((3,), one, version=2), LINE),
            ("bytes", npy((3,), b"\1\3\2", "|u1"), LINE), ("two columns", npy((3, 2), two), {"series": [{"x": [0, 1, 2], "y": [1, 3, 2]}]}),
            ("by columns", npy(0, struct.pack(">6f", 0, 1, 2, 1, 3, 2), header=by_columns), {"series": [{"x": [0, 1, 2], "y": [1, 3, 2]}]}),
            ("semicolons", b"0;1\r\n1;3\r\n2;2\r\n", {"series": [{"x": [0, 1, 2], "y": [1, 3, 2]}]}),
            ("one column of text", b"1\n3\n2", LINE), ("with a mark and empty lines", b"\xef\xbb\xbf\n1\n\n3\n2\n\n", LINE),
        ):
            with self.subTest(name=name):
                self.assertEqual(self.worker.draw(SMALL, content)[0], self.worker.draw({**same, **SMALL})[0])

    def test_a_file_may_stand_for_any_numbers(self) -> None:
        self.assertEqual(self.worker.draw({**SMALL, "series": [{"y": "sha256:file"}]}, npy((3,), floats(1, 3, 2)))[0],
                         self.worker.draw({**SMALL, **LINE})[0])
        matrix, values = npy((2, 2), floats(1, 2, 3, 4)), {"image": {"values": [[1, 2], [3, 4]], "colormap": "magma"}}
        expected = self.worker.draw({**SMALL, **values})[0]
        self.assertEqual(self.worker.draw({**SMALL, "image": {"colormap": "magma"}}, matrix)[0], expected)
        self.assertEqual(self.worker.draw({**SMALL, "image": {"colormap": "magma", "values": "sha256:file"}}, matrix)[0], expected)
        self.assertEqual(self.worker.draw({**SMALL, "kind": "image"}, b"1,2\n3,4\n")[0], self.worker.draw({**SMALL, **VARIATIONS["heat map"]})[0])

    def test_what_is_not_finite_is_left_out_with_a_warning(self) -> None:
        expected, _ = self.worker.draw({**SMALL, **VARIATIONS["gap"]})
        for content in (npy((5,), floats(1, 3, float("nan"), 2, 3)), npy((5,), floats(1, 3, float("-inf"), 2, 3)), b"y\n1\n3\nnan\n2\n3\n"):
            picture, result = self.worker.draw({**SMALL, "y": ["1"], "legend": False}, content)
            self.assertEqual(picture, expected)
            self.assertEqual([warning["code"] for warning in result["warnings"]], ["not_finite"])
            self.assertIn("1 of 5 numbers", result["warnings"][0]["detail"])

    def test_what_matplotlib_warns_of_becomes_the_jobs_warning(self) -> None:
        _, result = self.worker.draw({"series": [{"y": [-1, -2]}], "yScale": "log"})
        self.assertEqual([warning["code"] for warning in result["warnings"]], ["matplotlib"])

    def test_the_warm_up_tells_what_there_is(self) -> None:
        self.assertEqual((self.worker.facts["formats"], self.worker.facts["pickle"]), (["png", "svg", "pdf"], False))
        self.assertEqual(self.worker.facts["matplotlib"], self.worker.hello["params"]["engine"]["version"])


class MissingTests(unittest.TestCase):
    def test_without_matplotlib_it_says_what_it_would_do_and_what_is_missing(self) -> None:
        import sys
        from fake_node import LAUNCH
        with FakeNode(PLOT, host=[sys.executable, "-S", str(LAUNCH)]) as node:  # -S: no folder of packages.
            self.assertIn("plot", [function["name"] for function in node.hello["params"]["functions"]])
            error = node.warm_up()["error"]
            self.assertEqual(error["data"], {"kind": "unavailable", "retryable": False})
            self.assertRegex(error["message"], r"^matplotlib .* is not installed for .*: install python3-matplotlib")
            self.assertNotIn("Traceback", node.log())


if __name__ == "__main__":
    unittest.main()
