"""Previews: a small picture of whatever file there is, quickly, and without a trace in the file that is open."""

from __future__ import annotations

import gzip
import json
import struct
import unittest
import zlib
from typing import Any, ClassVar, Dict

from blender_worker import PRODUCT, SMALL, BlenderTests, BlenderWorker
from models import GREEN, RED, Models, colours, shared_models
from pictures import read_png
from test_blender_files import codes

PICTURES = ("png", "jpg", "webp", "exr", "hdr", "tiff")


def png_header(width: int, height: int) -> bytes:
    """A PNG of gray noughts that says it is that large; what little it holds is right."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class PreviewTests(BlenderTests):
    models: ClassVar[Models]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.models = shared_models()

    def test_asking_whether_there_is_opengl_leaves_it_to_who_draws(self) -> None:
        with BlenderWorker() as other:  # One that has drawn before it was ever asked.
            other.render(**SMALL, renderer="workbench")
            before = other.render(self.models["model.glb"], function="preview", size=32)["picture"]
        self.assertEqual(self.preview("model.glb", size=32)["picture"], before)

    def preview(self, name: str, **input: Any) -> Dict[str, Any]:
        return self.worker.render(self.models[name], function="preview", **input)

    def test_models_in_their_colours_and_the_same_in_a_fresh_process(self) -> None:
        with BlenderWorker() as other:
            for ending in ("glb", "gltf", "obj", "fbx", "dae", "stl", "ply"):
                with self.subTest(format=ending):
                    name = f"model.{ending}"
                    first = self.preview(name, size=64, files=self.models.companions(name))
                    self.assertEqual((codes(first), first["warm"]), ([], "process"))
                    self.assertEqual({key: first["output"][key] for key in ("kind", "width", "height", "source", "framed")},
                                     {"kind": ending, "width": 64, "height": 64, "source": "render", "framed": True})
                    self.assertEqual(colours(first["picture"]), {GREEN, RED} if ending not in ("stl", "ply") else set())
                    again = self.preview(name, size=64, files=self.models.companions(name))
                    self.assertEqual((again["warm"], again["picture"]), ("file", first["picture"]))
                    fresh = other.render(self.models[name], function="preview", size=64, files=self.models.companions(name))
                    self.assertEqual(fresh["picture"], first["picture"], "a fresh process")

    def test_a_blend_by_its_own_camera_and_nothing_is_left_of_it(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        result = self.worker.render(function="preview", size=40)
        picture = read_png(result["picture"])
        self.assertEqual((result["warm"], result["output"]["framed"], picture.width, picture.height), ("file", False, 40, 40))
        after = self.worker.render(**SMALL)
        self.assertEqual((after["warm"], after["picture"]), ("file", base))
        wide = self.worker.render(self.blends["rich"], function="preview", size=64)
        self.assertEqual((wide["output"]["width"], wide["output"]["height"]), (64, 36))

    def test_a_blend_without_a_camera_is_framed_for_the_call_only(self) -> None:
        for _ in range(2):
            framed = self.worker.render(self.blends["no_camera"], function="preview", size=48)
            self.assertTrue(framed["output"]["framed"])
            self.assertGreater(len(set(read_png(framed["picture"]).pixels)), 10)
        self.assertEqual(self.worker.fail(self.blends["no_camera"], **SMALL)["pointer"], "/camera")
        self.assertEqual(self.worker.render(self.blends["no_camera"], **SMALL, camera="Camera")["warm"], "file")

    def test_pictures_and_the_file_that_is_open_stays_so(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        for ending in PICTURES:
            with self.subTest(format=ending):
                result = self.preview(f"picture.{ending}", size=16)
                picture = read_png(result["picture"])
                self.assertEqual((picture.width, picture.height, result["output"]["originalWidth"]), (16, 16, 64))
                # The fixture saves linear (0.2, 0.4, 0.8) as floats, and those very numbers as bytes.
                expected = (51, 102, 204) if ending not in ("exr", "hdr") else (124, 170, 231)
                self.assertTrue(all(abs(one - other) <= 4 for one, other in zip(picture.pixel(8, 8), expected)), picture.pixel(8, 8))
        self.assertEqual(read_png(self.preview("picture.png")["picture"]).width, 64, "never made larger")
        after = self.worker.render(**SMALL)
        self.assertEqual((after["warm"], after["picture"]), ("file", base))

    def test_formats(self) -> None:
        for name in ("model.glb", "picture.png"):
            for form, start in (("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF"), ("png", b"\x89PNG")):
                result = self.preview(name, size=32, format=form)
                self.assertTrue(result["picture"].startswith(start))
                self.assertEqual(result["artifacts"][0]["mediaType"], f"image/{form}")

    def test_the_stored_thumbnail(self) -> None:
        zstd = PRODUCT.read_bytes()
        plain = self.models["scene.blend"].read_bytes()
        self.worker.render(**SMALL)
        for name, content in (("zstd.blend", zstd), ("plain.blend", plain), ("gzip.blend", gzip.compress(plain))):
            with self.subTest(name=name):
                path = self.models.file(name, content)
                result = self.worker.render(path, function="preview", quick=True)
                self.assertEqual((result["output"]["source"], result["output"]["width"], codes(result)), ("thumbnail", 128, []))
                small = self.worker.render(path, function="preview", quick=True, size=32, format="jpeg")
                self.assertEqual((small["output"]["width"], small["picture"][:2]), (32, b"\xff\xd8"))
        self.assertEqual(self.worker.render(**SMALL)["warm"], "file", "nothing was opened for them")
        without = bytearray(plain)
        at = without.index(b"TEST")
        without[at:at + 4] = b"REND"
        for name, content in (("without.blend", bytes(without)), ("model.glb", self.models["model.glb"].read_bytes())):
            result = self.worker.render(self.models.file(name, content), function="preview", quick=True, size=32)
            self.assertEqual((result["output"]["source"], codes(result)[0]), ("render", "thumbnail_missing"))

    def test_gigapixels_are_refused_before_they_are_decoded(self) -> None:
        huge = png_header(60000, 60000)
        exr = bytearray(self.models["picture.exr"].read_bytes())
        at = exr.index(b"dataWindow\0box2i\0") + 17 + 4
        struct.pack_into("<4i", exr, at, 0, 0, 59999, 59999)
        for name, content in (("huge.png", huge), ("huge.exr", bytes(exr))):
            error = self.worker.fail(self.models.file(name, content), function="preview")
            self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/file"))
            self.assertIn("60000 × 60000", error["message"])
        texture = self.models.file("huge/wood.png", huge)
        inside = json.loads(self.models["model.gltf"].read_text())
        packed = self.models.zip("huge.zip", {"model.gltf": json.dumps(inside).encode(), "model.bin": self.models["model.bin"],
                                              "textures/wood.png": huge})
        for function in ("preview", "render"):
            for path, files in ((self.models["model.fbx"], {"textures/wood.png": texture}), (packed, None),
                                (self.models["scene.blend"], {"textures/wood.png": texture})):
                error = self.worker.fail(path, function=function, files=files)
                self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/file"))
                self.assertIn("wood", error["message"])
        self.assertLess(int((self.worker.notifications("status") or [{"residentBytes": 0}])[-1]["residentBytes"]), 1 << 30)

    def test_broken_pictures(self) -> None:
        base = self.preview("picture.png", size=16)["picture"]
        for ending in PICTURES:
            whole = self.models[f"picture.{ending}"].read_bytes()
            for kind, content in (("header", whole[:12]), ("half", whole[:len(whole) // 2]), ("empty", b""),
                                  ("noise", whole[:30] + bytes(range(256)) * 9)):
                with self.subTest(format=ending, kind=kind):
                    id = self.worker.begin(self.models.file(f"{kind}.{ending}", content), function="preview", size=16)
                    reply = self.worker.reply(id)
                    if "error" in reply:
                        self.assertEqual((reply["error"]["data"]["kind"], reply["error"]["data"]["pointer"]), ("invalid_input", "/file"))
        self.assertEqual(self.preview("picture.png", size=16)["picture"], base)
        self.assertIsNone(self.worker.process.poll())

    def test_wrong_values(self) -> None:
        for input in ({"size": 15}, {"size": 2049}, {"format": "exr"}, {"quick": "yes"}, {"entry": ""}, {"width": 5}):
            self.assertEqual(self.worker.reply(self.worker.begin(PRODUCT, function="preview", **input))["error"]["data"]["kind"], "invalid_input")


if __name__ == "__main__":
    unittest.main()
