"""How a picture is written: several outputs of one render, quality, and the time limit."""

from __future__ import annotations

import struct
import unittest
from typing import Any, Dict, List

from blender_worker import SMALL, BlenderTests
from pictures import largest_difference, read_exr, read_png


class OutputTests(BlenderTests):
    def files(self, **input: Any) -> Dict[str, bytes]:
        """The artifacts of a call by name, in order."""
        id = self.worker.begin(**{**SMALL, **input})
        result = self.worker.reply(id)["result"]
        folder = self.worker.call_folder(id)
        names = [artifact["name"] for artifact in result["artifacts"]]
        left = {path.name for path in folder.iterdir() if not path.name.startswith("snapshot-")}
        self.assertEqual(left, set(names), "temporary files")
        return {name: (folder / name).read_bytes() for name in names}

    def test_several_outputs_of_one_render(self) -> None:
        alone = {format: self.worker.render(**SMALL, format=format)["picture"] for format in ("png", "jpeg")}
        files = self.files(outputs=[{"format": "png"}, {"format": "jpeg", "name": "shop"}, {"format": "exr"}, {"name": "thumb", "width": 12}])
        self.assertEqual(list(files), ["image.png", "shop.jpg", "image-3.exr", "thumb.png"])
        self.assertEqual([files["image.png"], files["shop.jpg"]], list(alone.values()))
        thumb = read_png(files["thumb.png"])
        self.assertEqual((thumb.width, thumb.height), (12, 12))
        self.assertEqual(self.worker.render(**SMALL)["picture"], alone["png"], "the next call")

    def test_a_reduced_output_is_the_mean_of_what_it_covers(self) -> None:
        # Noise would hide a picture that is upside down or shifted: the plate of the chair is not symmetric.
        files = self.files(width=48, height=24, camera="Detail", outputs=[{}, {"height": 12, "name": "half"}])
        whole, half = read_png(files["image.png"]), read_png(files["half.png"])
        self.assertEqual((half.width, half.height), (24, 12))
        for x, y in ((0, 0), (12, 6), (23, 11), (5, 2), (18, 9)):
            around = [whole.pixel(2 * x + i, 2 * y + j) for i in (0, 1) for j in (0, 1)]
            for channel, value in enumerate(half.pixel(x, y)):
                self.assertTrue(min(part[channel] for part in around) - 3 <= value <= max(part[channel] for part in around) + 3, (x, y))

    def test_defaults_of_outputs(self) -> None:
        files = self.files(format="jpeg", quality=30, outputs=[{}, {"quality": 95, "name": "fine"}, {"format": "png", "name": "exact"}])
        self.assertEqual(list(files), ["image.jpg", "fine.jpg", "exact.png"])
        self.assertLess(len(files["image.jpg"]), len(files["fine.jpg"]))
        self.assertEqual(files["image.jpg"], self.worker.render(**SMALL, format="jpeg", quality=30)["picture"])
        self.assertEqual(list(self.files(outputs=[])), ["image.png"])

    def test_transparent_outputs(self) -> None:
        values = {'objects["Cyclorama"].hide_render': True}
        files = self.files(transparent=True, set=values, outputs=[{"format": "png"}, {"format": "webp"}, {"name": "thumb", "width": 24}])
        thumb = read_png(files["thumb.png"])
        self.assertEqual((thumb.channels, thumb.pixel(0, 0)[3], thumb.pixel(12, 12)[3]), (4, 0, 255))
        error = self.worker.fail(**SMALL, transparent=True, outputs=[{"format": "png"}, {"format": "jpeg"}])
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/outputs/1/format"))

    def test_bad_outputs(self) -> None:
        for outputs, pointer, reason in (
            ([{"format": "gif"}], "/outputs/0/format", "is not one of"), ([{"size": 5}], "/outputs/0/size", "unknown field"),
            ([{"name": "../x"}], "/outputs/0/name", "does not match"), ([{"name": "a/b"}], "/outputs/0/name", "does not match"),
            ([{"name": ""}], "/outputs/0/name", "fewer"), ([{"quality": 0}], "/outputs/0/quality", "less than 1"),
            ([{}, {"name": "image"}], "/outputs/1/name", "two outputs 'image.png'"), ([{}, {"width": 49}], "/outputs/1/width", "more than the 48"),
            ([{}, {"height": 4000}], "/outputs/1/height", "more than the 48"),
            ([{}, {"width": 24, "height": 12}], "/outputs/1/height", "another shape"),
            ([{}] * 17, "/outputs", "more than 16"), ({"format": "png"}, "/outputs", "expected array"), (["png"], "/outputs/0", "expected object"),
        ):
            with self.subTest(outputs=outputs):
                error = self.worker.fail(**SMALL, outputs=outputs)
                self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", pointer))
                self.assertIn(reason, error["message"])

    def test_equal_pictures_are_equal_files(self) -> None:
        # Flat samples: the normals of curved ones differ in their last bits by themselves, which floats would show.
        wall: Dict[str, Any] = {"file": self.blends["shop"], "files": {"Weave.png": self.blends.folder / "Weave.png"}, "width": 48, "samples": 2}
        for format in ("png", "jpeg", "webp", "exr", "tiff"):
            with self.subTest(format=format):
                one = self.worker.render(**wall, format=format)["picture"]
                self.worker.render(width=200, samples=30)  # Takes another time, which would be found in what comes next.
                self.assertEqual(self.worker.render(**wall, format=format)["picture"], one)
                self.assertNotIn(b"cycles.", one, "times of the render")

    def test_linear_floats_and_their_picture_are_the_same(self) -> None:
        files = {"Weave.png": self.blends.folder / "Weave.png"}
        wall: Dict[str, Any] = {"file": self.blends["shop"], "files": files, "width": 48, "samples": 2}
        floats, shown = read_exr(self.worker.render(**wall, format="exr")["picture"]), read_png(self.worker.render(**wall, format="png")["picture"])
        self.assertEqual((floats.width, floats.height), (shown.width, shown.height))
        for x, y in ((6, 6), (18, 6), (30, 30), (1, 1), (47, 47)):
            for index, name in enumerate("RGB"):
                value = floats.channels[name][y * floats.width + x]
                browser = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
                self.assertLessEqual(abs(min(1.0, browser) * 255 - shown.pixel(x, y)[index]), 1.5, (x, y, name))

    def test_quality(self) -> None:
        sizes: List[int] = []
        for format in ("jpeg", "webp"):
            low, high = (self.worker.render(**SMALL, format=format, quality=quality)["picture"] for quality in (5, 95))
            self.assertLess(len(low), len(high))
            sizes.append(len(high))
        self.assertEqual(self.worker.fail(quality=101)["pointer"], "/quality")

    def test_outputs_of_a_render_in_chunks(self) -> None:
        input = {"width": 256, "height": 256, "samples": 128}
        files = self.files(**input, outputs=[{"format": "png"}, {"format": "exr", "name": "linear"}, {"name": "half", "width": 128}])
        alone = self.worker.render(**input, format="png")
        self.assertEqual(alone["output"]["plan"]["mode"], "chunks")
        self.assertEqual(files["image.png"], alone["picture"])
        self.assertEqual(struct.unpack("<I", files["linear.exr"][:4])[0], 20000630)


class TimeLimitTests(BlenderTests):
    def test_the_limit_ends_the_samples_and_is_recorded(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        for edge in (64, 512):
            with self.subTest(edge=edge):
                # So many samples would take minutes; the test's own limit ends it if the render's does not.
                result = self.worker.render(width=edge, height=edge, samples=65536, timeLimitSeconds=0.5)
                self.assertEqual(result["output"]["plan"], {"mode": "watched", "reason": "time limit", "timeLimitSeconds": 0.5})
                self.assertEqual(result["warnings"], [])
        self.assertEqual(self.worker.render(**SMALL)["picture"], base)

    def test_a_limit_that_is_not_reached_changes_nothing(self) -> None:
        plain, limited = self.worker.render(**SMALL), self.worker.render(**SMALL, timeLimitSeconds=3600)
        self.assertEqual(largest_difference(read_png(plain["picture"]), read_png(limited["picture"])), 0)

    def test_only_cycles_has_one(self) -> None:
        result = self.worker.render(**SMALL, renderer="workbench", timeLimitSeconds=5)
        self.assertEqual([warning["code"] for warning in result["warnings"]], ["time_limit_without_effect"])
        for seconds in (0, -1, 1e9, "5", True):
            self.assertEqual(self.worker.fail(**SMALL, timeLimitSeconds=seconds)["pointer"], "/timeLimitSeconds")


if __name__ == "__main__":
    unittest.main()
