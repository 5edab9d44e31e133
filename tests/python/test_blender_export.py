"""Scenes and parts of them as .glb, straight from the file that is open, which stays as it is."""

from __future__ import annotations

import json
import struct
import unittest
from pathlib import Path
from typing import Any, ClassVar, Dict, Tuple

from blender_worker import PRODUCT, SMALL, BlenderTests
from models import GREEN, RED, Models, colours, shared_models
from test_blender_files import codes


def document(glb: bytes) -> Dict[str, Any]:
    magic, version, size, length, kind = struct.unpack_from("<4sIII4s", glb)
    assert (magic, version, size, kind) == (b"glTF", 2, len(glb), b"JSON"), glb[:20]
    read: Dict[str, Any] = json.loads(glb[20:20 + length])
    return read


class ExportTests(BlenderTests):
    models: ClassVar[Models]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.models = shared_models()

    def export(self, file: Path = PRODUCT, **input: Any) -> Tuple[Dict[str, Any], bytes]:
        result = self.worker.render(file, function="export", **input)
        self.assertEqual((result["artifacts"][0]["name"], result["artifacts"][0]["mediaType"]), ("model.glb", "model/gltf-binary"))
        self.assertEqual(result["output"]["bytes"], len(result["picture"]))
        return result, result["picture"]

    def test_every_format_becomes_a_glb_that_shows_the_same(self) -> None:
        for ending in ("glb", "gltf", "obj", "fbx", "dae", "stl", "ply", "blend"):
            with self.subTest(format=ending):
                name = f"model.{ending}" if ending != "blend" else "scene.blend"
                files = self.models.companions(name) if ending != "blend" else {"textures/wood.png": self.models.wood}
                result, glb = self.export(self.models[name], files=files)
                found = document(glb)
                self.assertEqual(codes(result), [])
                self.assertNotIn("Workers", json.dumps(found), "camera, light and ground that were added")
                if ending not in ("stl", "ply"):
                    self.assertEqual(len(found["images"]), 1)
                    again = self.worker.render(self.models.file("again.glb", glb), function="preview", size=64)
                    self.assertEqual(colours(again["picture"]), {GREEN, RED})

    def test_named_objects_and_the_file_stays_open(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        _, whole = self.export()
        result, part = self.export(objects=["Pillow"])
        self.assertEqual((result["warm"], result["output"]["objects"]), ("file", 1))
        self.assertEqual([node["name"] for node in document(part)["nodes"]], ["Pillow"])
        self.assertLess(len(part), len(whole))
        self.assertIn("Pillow", [node["name"] for node in document(whole)["nodes"]])
        after = self.worker.render(**SMALL)
        self.assertEqual((after["warm"], after["picture"]), ("file", base))

    def test_an_animation_is_in_it_and_the_file_is_opened_again(self) -> None:
        base = self.worker.render(self.blends["rich"], **SMALL)["picture"]
        _, glb = self.export(self.blends["rich"])
        self.assertEqual(len(document(glb)["animations"]), 1)
        after = self.worker.render(self.blends["rich"], **SMALL)
        self.assertEqual((after["warm"], after["picture"]), ("process", base))

    def test_wrong_names(self) -> None:
        error = self.worker.fail(function="export", objects=["Pillow", "Nobody"])
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/objects/1"))
        self.assertIn("Armrest", error["message"])
        model = self.worker.fail(self.models["model.glb"], function="export", objects=["Workers Ground"])
        self.assertEqual((model["pointer"], "Ball, Box" in model["message"]), ("/objects/0", True))
        for objects in ([], "Pillow", [1]):
            self.assertEqual(self.worker.fail(function="export", objects=objects)["kind"], "invalid_input")
        picture = self.worker.fail(self.models["picture.png"], function="export")
        self.assertIn("picture", picture["message"])


if __name__ == "__main__":
    unittest.main()
