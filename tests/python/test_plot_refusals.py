"""The plot engine's bad twins: each wrong input is refused with its place and its reason, and the next call draws."""

from __future__ import annotations

import unittest

from plot_worker import LINE, SMALL, PlotTests, floats, npy

NAN = float("nan")
HUGE = 10**7


class InputTests(PlotTests):
    def test_wrong_input_is_refused_with_its_place(self) -> None:
        for name, input, pointer, words in (
            ("nothing", {}, "", "nothing to draw"),
            ("no series", {"series": []}, "", "nothing to draw"),
            ("empty series", {"series": [{"y": []}]}, "/series/0/y", "0 entries"),
            ("gaps only", {"series": [{"y": [None, None]}]}, "/series/0/y", "no finite number"),
            ("wrong type", {"series": [{"y": [1, "2"]}]}, "/series/0/y/1", "number, got string"),
            ("a number", {"series": [{"y": 1}]}, "/series/0/y", "expected"),
            ("unknown option", {**LINE, "titel": "x"}, "/titel", "unknown field"),
            ("x too short", {"series": [{"y": [1, 2], "x": [1]}]}, "/series/0/x", "x has 1 numbers, y has 2"),
            ("values too long", {"scatter": [{"y": [1], "x": [1], "values": [1, 2]}]}, "/scatter/0/values", "has 2 numbers"),
            ("ragged", {"image": {"values": [[1, 2], [3]]}}, "/image/values/1", "1 numbers, the first has 2"),
            ("empty rows", {"image": {"values": [[], []]}}, "/image/values/0", "0 entries"),
            ("no rows", {"image": {"values": []}}, "/image/values", "0 entries"),
            ("no values", {"image": {}}, "/image/values", "neither values nor a file"),
            ("holes only", {"image": {"values": [[None]]}}, "/image/values", "no finite number"),
            ("beyond", {"series": [{"y": [1, 1e200]}]}, "/series/0/y", "beyond"),
            ("no colour", {"series": [{"y": [1], "color": "redd"}]}, "/series/0/color", "no colour"),
            ("no colormap", {"image": {"values": [[1]], "colormap": "no"}}, "/image/colormap", "no colormap"),
            ("broken formula", {**LINE, "title": r"$\frac{1}$"}, "/title", "formula"),
            ("deep formula", {**LINE, "yLabel": "$" + "{" * 190 + "$"}, "/yLabel", "formula"),
            ("broken label", {"series": [{"y": [1], "label": r"$\no$"}]}, "/series/0/label", "formula"),
            ("control character", {**LINE, "title": "a\0b"}, "/title", "control"),
            ("half a character", {**LINE, "title": "\ud800"}, "/title", "control"),
            ("no range", {**LINE, "xRange": [1, 1]}, "/xRange", "must differ"),
            ("half a range", {**LINE, "xRange": [1]}, "/xRange", "1 entries"),
            ("log of nothing", {**LINE, "yScale": "log", "yRange": [0, 1]}, "/yRange", "positive"),
            ("gigapixel", {**LINE, "width": 16384, "height": 16384}, "/width", "268435456 pixels"),
            ("terapixel", {**LINE, "width": 10**6}, "/width", "more than 16384"),
            ("no pixel", {**LINE, "height": 0}, "/height", "less than 16"),
            ("too many lines", {"series": [{"y": [1]}] * 101}, "/series", "more than 100"),
            ("unknown format", {**LINE, "format": "gif"}, "/format", "not one of"),
        ):
            with self.subTest(name=name):
                at, message = self.worker.refuse(input)
                self.assertEqual(at, pointer, message)
                self.assertIn(words, message)
        self.worker.draw({**SMALL, **LINE})

    def test_hostile_arrays_are_refused(self) -> None:
        for name, content, words in (
            ("objects", npy((1,), b"\x80\x04K\x01.", "|O"), "never objects"),
            ("structure", npy(0, header="{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}"), "never objects"),
            ("texts", npy((1,), bytes(16), "<U4"), "never objects"),
            ("complex", npy((1,), bytes(16), "<c16"), "never objects"),
            ("times", npy((1,), bytes(8), "<M8[s]"), "never objects"),
            ("cut off", npy((3,), floats(1, 2)), "cut off"),
            ("cut off in the header", npy((3,))[:30], "cut off in its header"),
            ("nothing but the beginning", b"\x93NUMPY\1\0", "cut off in its header"),
            ("huge shape", npy((1 << 40, 1 << 20), floats(1)), "numbers; at most"),
            ("beyond every integer", npy((1 << 80,), floats(1)), "header cannot be read"),
            ("negative", npy((-1,), floats(1)), "header cannot be read"),
            ("shape of floats", npy((1.0,), floats(1)), "header cannot be read"),
            ("shape of truth", npy((True,), floats(1)), "header cannot be read"),
            ("many dimensions", npy((1,) * 9, floats(1)), "header cannot be read"),
            ("4 GB of header", b"\x93NUMPY\2\0\xff\xff\xff\xff" + b"{" * 100, "header has 4294967295 bytes"),
            ("deep header", npy(0, header="(" * 4000), "header cannot be read"),
            ("code in the header", npy(0, header="__import__('os').abort()"), "header cannot be read"),
            ("unknown version", b"\x93NUMPY\x09\0\0\0", "version 9"),
            ("no numbers", npy((0,)), "rows and columns"),
            ("no columns", npy((3, 0)), "rows and columns"),
            ("a single number", npy((), floats(1)), "a single number"),
            ("three dimensions", npy((1, 1, 1), floats(1)), "1 × 1 × 1"),
            ("none of them finite", npy((2,), floats(NAN, float("inf"))), "no finite number"),
            ("two hundred lines", npy((2, 200), floats(*range(400))), "199 lines"),
            ("ten million", npy((HUGE,), bytes(8 * HUGE)), "10000000 numbers; at most 2000000"),
        ):
            with self.subTest(name=name):
                at, message = self.worker.refuse({}, content)
                self.assertIn(at, ("/file", "/y"), message)
                self.assertIn(words, message)
        self.worker.draw(SMALL, npy((3,), floats(1, 2, 3)))

    def test_junk_tables_are_refused(self) -> None:
        for name, content, words in (
            ("empty", b"", "empty"), ("blank", b"\n \n", "empty"), ("names only", b"a,b\n", "no numbers"),
            ("text", b"a,b\n1,2\n3,four\n", "line 3, column 2: 'four' is not a number"), ("ragged", b"1,2\n3\n", "line 2 has 1 columns"),
            ("bytes", bytes(range(256)) * 4, "no text in UTF-8"),
            ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(100), "no text in UTF-8"), ("long field", b"a\n" + b"1" * 2000, "field larger"),
            ("open quote", b'a\n"1\n2\n' + b"3\n" * 1000, "field larger"), ("nothing finite", b"a\nnan\ninf\n", "no finite number"),
            ("many columns", b"1," * 10001 + b"1\n", "10002 columns"), ("ten million", b"1\n" * HUGE, "more than 2000000 numbers"),
        ):
            with self.subTest(name=name):
                at, message = self.worker.refuse({}, content)
                self.assertIn(words, message)
                self.assertEqual(at, "/file")
        for options, at, words in (({"x": "c"}, "/x", "no column 'c'; there are a, b"), ({"y": ["a", "9"]}, "/y/1", "no column '9'"),
                                   ({"x": "²"}, "/x", "no column")):
            self.assertEqual(self.worker.refuse(options, b"a,b\n1,2\n")[0], at)
            self.assertIn(words, self.worker.refuse(options, b"a,b\n1,2\n")[1])
        self.worker.draw(SMALL, b"a,b\n1,2\n")

    def test_many_numbers_are_counted_together_and_vectors_take_fewer(self) -> None:
        content = npy((120_000,), bytes(8 * 120_000))
        twice = {"series": [{"y": "sha256:file"}] * 2}
        self.worker.draw({**SMALL, **twice}, content)
        for form in ("svg", "pdf"):
            at, message = self.worker.refuse({**SMALL, **twice, "format": form}, content)
            self.assertEqual(at, "/series/1/y")
            self.assertIn(f"more than 200000 numbers, which is as many as are drawn in {form}", message)

    def test_a_picture_has_exactly_the_size_that_was_asked_for(self) -> None:
        from pictures import read_png
        for width, height, dpi in ((30, 240, 11), (359, 436, 11), (641, 481, 100), (17, 16, 1200), (1001, 33, 300)):
            picture, result = self.worker.draw({**LINE, "width": width, "height": height, "dpi": dpi})
            self.assertEqual(read_png(picture)[:2], (width, height))
            self.assertEqual((result["artifacts"][0]["width"], result["artifacts"][0]["height"]), (width, height))


if __name__ == "__main__":
    unittest.main()
