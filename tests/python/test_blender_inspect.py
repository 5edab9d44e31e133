"""What is in a file, told without rendering it."""

from __future__ import annotations

import json
import unittest
from typing import Any, ClassVar, Dict, List

from blender_worker import PRODUCT, SMALL, BlenderTests
from models import Models, shared_models
from test_blender_files import codes
from test_blender_preview import PICTURES, png_header


class InspectTests(BlenderTests):
    models: ClassVar[Models]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.models = shared_models()

    def inspect(self, *arguments: Any, **named: Any) -> Dict[str, Any]:
        reply = self.worker.reply(self.worker.begin(*arguments, function="inspect", **named))
        self.assertIn("result", reply)
        result: Dict[str, Any] = reply["result"]
        return result

    def test_a_blend(self) -> None:
        result = self.inspect(self.blends["rich"])
        found = result["output"]
        self.assertEqual((found["kind"], found["savedBy"], found["activeScene"]), ("blend", "3.4", "Scene"))
        self.assertEqual([scene["name"] for scene in found["scenes"]], ["Other", "Scene"])
        scene = found["scenes"][1]
        self.assertEqual({key: scene[key] for key in ("camera", "renderer", "width", "height", "frameStart", "frameEnd", "framesPerSecond")},
                         {"camera": "Camera", "renderer": "cycles", "width": 1920, "height": 1080, "frameStart": 1, "frameEnd": 250,
                          "framesPerSecond": 24})
        self.assertEqual({layer["name"]: layer["use"] for layer in scene["viewLayers"]}, {"ViewLayer": True, "Empty Layer": False})
        self.assertEqual([camera["name"] for camera in found["cameras"]], ["Camera", "Side"])
        cube = next(thing for thing in found["objects"] if thing["name"] == "Cube")
        self.assertEqual((cube["type"], cube["vertices"], cube["faces"], cube["materials"]), ("mesh", 8, 6, ["Material"]))
        self.assertEqual(cube["bounds"], {"min": [-1, -1, -1.5], "max": [1, 1, 1.5]})  # Its height is driven: 1.5.
        self.assertEqual((found["counts"]["objects"], found["counts"]["actions"]), (len(found["objects"]), 1))

    def test_models_without_what_was_added_to_show_them(self) -> None:
        for ending in ("glb", "gltf", "obj", "fbx", "dae", "stl", "ply"):
            with self.subTest(format=ending):
                name = f"model.{ending}"
                result = self.inspect(self.models[name], files=self.models.companions(name))
                found = result["output"]
                self.assertEqual((found["kind"], found["missing"], codes(result)), (ending, [], []))
                self.assertNotIn("Workers", json.dumps(found))
                self.assertEqual((found["cameras"], found["scenes"][0]["camera"]), ([], None))
                low = [min(thing["bounds"]["min"][axis] for thing in found["objects"]) for axis in range(3)]
                high = [max(thing["bounds"]["max"][axis] for thing in found["objects"]) for axis in range(3)]
                for value, expected in zip([*low, *high], (-1, -1, 0, 3.5, 1, 2)):
                    self.assertAlmostEqual(value, expected, 3)
                if ending not in ("stl", "ply"):
                    # The FBX importer has a second image of the file, for values that are no colours.
                    self.assertEqual({(image["path"], image["missing"], image["width"], image["packed"]) for image in found["images"]},
                                     {(None if ending == "glb" else "textures/wood.png", False, 16, ending in ("glb", "gltf"))})
                    self.assertEqual(sorted(material["name"] for material in found["materials"]), ["Paint", "Wood"])

    def test_missing_files_and_libraries(self) -> None:
        result = self.inspect(self.models["linked.blend"], files={"library.blend": self.models["library.blend"]})
        found = result["output"]
        self.assertEqual((found["libraries"], codes(result)), ([{"name": "library.blend", "path": "library.blend", "missing": False}],
                                                                ["companion_missing"]))
        self.assertEqual([(image["path"], image["missing"]) for image in found["images"]], [("textures/wood.png", True)])
        self.assertEqual(found["missing"], ["textures/wood.png"])
        self.assertIn("textures/wood.png", self.inspect(self.models["model.gltf"], files={"model.bin": self.models["model.bin"]})["output"]["missing"])
        missing = self.inspect(self.models["linked.blend"])
        self.assertEqual([library["missing"] for library in missing["output"]["libraries"]], [True])
        private = self.inspect(self.blends["missing"])
        self.assertEqual([image["path"] for image in private["output"]["images"]], ["gone.png"])
        self.assertNotIn("somebody", json.dumps(private))

    def test_scripts_are_told_and_do_not_run(self) -> None:
        texts = self.inspect(self.blends["hostile_text"])
        self.assertEqual(texts["output"]["scripts"]["texts"], [{"name": "autorun.py", "lines": 2, "autorun": True}])
        drivers = self.inspect(self.blends["hostile_driver"])
        (driver,) = drivers["output"]["scripts"]["drivers"]
        self.assertEqual((driver["owner"], driver["path"], driver["blocked"]), ("Cube", "location", True))
        self.assertIn("__import__", driver["expression"])
        for result in (texts, drivers):
            self.assertEqual((result["output"]["scripts"]["blocked"], codes(result)), (1, ["scripts_blocked"]))
        self.assertFalse(self.blends.marker.exists())

    def test_pictures(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        for ending in PICTURES:
            found = self.inspect(self.models[f"picture.{ending}"])["output"]
            self.assertEqual((found["width"], found["height"]), (64, 64), ending)
        huge = self.inspect(self.models.file("huge.png", png_header(60000, 60000)))["output"]
        self.assertEqual((huge["kind"], huge["width"]), ("png", 60000))
        error = self.worker.fail(self.models.file("short.png", b"\x89PNG\r\n\x1a\n"), function="inspect")
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/file"))
        after = self.worker.render(**SMALL)
        self.assertEqual((after["warm"], after["picture"]), ("file", base))

    def test_what_is_too_large_to_show_can_be_inspected(self) -> None:
        files = {"textures/wood.png": self.models.file("gigapixels/wood.png", png_header(60000, 60000))}
        found = self.inspect(self.models["scene.blend"], files=files)["output"]
        self.assertEqual((found["images"][0]["width"], found["images"][0]["missing"]), (60000, False))
        self.assertEqual(self.worker.fail(self.models["scene.blend"], files=files, **SMALL)["pointer"], "/file", "the same open file")

    def test_the_file_stays_open_and_unchanged(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        first = self.inspect(PRODUCT)
        after = self.worker.render(**SMALL)
        self.assertEqual((first["warm"], after["warm"], after["picture"]), ("file", "file", base))

    def test_a_list_that_is_too_long_for_a_frame_is_a_file(self) -> None:
        parts: List[str] = []
        for index in range(6000):
            parts.append(f"o Part number {index} of very many\nv {index} 0 0\nv {index} 1 0\nv {index} 0 1\nf -1 -2 -3\n")
        id = self.worker.begin(self.models.file("many.obj", "".join(parts).encode()), function="inspect")
        result = self.worker.reply(id)["result"]
        self.assertIsNone(result["output"])
        self.assertEqual([(artifact["name"], artifact["mediaType"]) for artifact in result["artifacts"]], [("output.json", "application/json")])
        found = json.loads((self.worker.call_folder(id) / "output.json").read_bytes())
        self.assertEqual((len(found["objects"]), found["counts"]["objects"]), (5000, 6000))


if __name__ == "__main__":
    unittest.main()
