"""Models of every format: a picture with its texture and colours, what is missing is told, and nothing outside the call is read."""

from __future__ import annotations

import unittest
from typing import ClassVar, Set

from blender_worker import PRODUCT, SMALL, BlenderTests, BlenderWorker
from models import GREEN, RED, Models, colours, shared_models
from test_blender_files import codes

ALL = ("blend", "glb", "gltf", "obj", "fbx", "dae")
SIZE = {"width": 48, "height": 48, "samples": 4}


class FormatTests(BlenderTests):
    models: ClassVar[Models]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.models = shared_models()

    def test_every_format_gives_its_picture(self) -> None:
        for function in self.worker.hello["params"]["functions"]:
            if "file" not in function["input"]["properties"]:
                continue  # The contact sheet takes pictures.
            self.assertLessEqual({"blend", "glb", "gltf", "obj", "stl", "ply", "fbx", "dae", "zip"}, set(function["fileTypes"]))
        for ending in ("glb", "gltf", "obj", "fbx", "dae", "stl", "ply"):
            with self.subTest(format=ending):
                name = f"model.{ending}"
                first = self.worker.render(self.models[name], **SIZE, files=self.models.companions(name))
                self.assertEqual((codes(first), first["warm"], first["output"]["renderer"]), ([], "process", "cycles"))
                expected = {GREEN, RED} if ending not in ("stl", "ply") else set()
                self.assertEqual(colours(first["picture"]), expected)
                again = self.worker.render(self.models[name], **SIZE, files=self.models.companions(name))
                self.assertEqual((again["warm"], again["picture"]), ("file", first["picture"]))
                with BlenderWorker() as other:
                    fresh = other.render(self.models[name], **SIZE, files=self.models.companions(name))
                self.assertEqual(fresh["picture"], first["picture"], "a fresh process")

    def test_a_missing_texture_is_told_and_the_rest_is_shown(self) -> None:
        for ending in ("gltf", "obj", "fbx", "dae"):
            with self.subTest(format=ending):
                name = f"model.{ending}"
                files = {key: path for key, path in (self.models.companions(name) or {}).items() if "wood" not in key}
                result = self.worker.render(self.models[name], **SIZE, files=files)
                self.assertEqual(codes(result), ["companion_missing"])
                self.assertIn("wood.png", result["warnings"][0]["detail"])
                self.assertNotIn(str(self.models.folder), result["warnings"][0]["detail"])
                self.assertEqual(colours(result["picture"]) - {GREEN}, colours(result["picture"]), "the texture of the call before")
                self.assertIn(RED, colours(result["picture"]))

    def test_the_same_file_with_other_companions_is_another_file(self) -> None:
        other = self.models.file("other.png", self.models["picture.png"].read_bytes())
        with_wood, with_other = {"textures/wood.png": self.models.wood}, {"textures/wood.png": other}
        pictures = [self.worker.render(self.models["model.fbx"], **SIZE, files=files) for files in (with_wood, with_other, with_wood)]
        self.assertEqual([result["warm"] for result in pictures], ["process"] * 3)
        self.assertNotEqual(pictures[0]["picture"], pictures[1]["picture"])
        self.assertEqual(pictures[0]["picture"], pictures[2]["picture"])

    def test_companions_of_a_blend(self) -> None:
        files = {"textures/wood.png": self.models.wood}
        expected = self.worker.render(self.models["scene.blend"], **SIZE, files=files)
        self.assertEqual((codes(expected), colours(expected["picture"])), ([], {GREEN, RED}))
        linked = self.worker.render(self.models["linked.blend"], **SIZE, files={**files, "library.blend": self.models["library.blend"]})
        self.assertEqual((codes(linked), linked["picture"]), ([], expected["picture"]))
        # Wherever a name leads, a companion of its last part is found for it.
        for name in ("absolute", "upwards"):
            self.assertEqual(self.worker.render(self.models[f"{name}.blend"], **SIZE, files=files)["picture"], expected["picture"])

    def test_a_blend_reads_nothing_outside_its_call(self) -> None:
        missing = self.worker.render(self.models["scene.blend"], **SIZE)
        self.assertNotIn(GREEN, colours(missing["picture"]))
        for name in ("absolute", "upwards"):
            result = self.worker.render(self.models[f"{name}.blend"], **SIZE)
            self.assertEqual((codes(result), result["picture"]), (["companion_missing"], missing["picture"]))
            self.assertIn(": wood.png.", result["warnings"][0]["detail"])
        error = self.worker.fail(self.models["linked-absolute.blend"], **SIZE)
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/file"))
        self.assertIn("library.blend", error["message"])
        self.assertNotIn(str(self.models.folder), error["message"])

    def test_a_missing_buffer_is_one_clear_failure(self) -> None:
        error = self.worker.fail(self.models["model.gltf"], **SIZE)
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/files"))
        self.assertIn("model.bin", error["message"])
        self.worker.render(**SMALL)

    def test_cameras_and_lights_of_the_file_are_used(self) -> None:
        for ending in ("glb", "fbx", "dae"):
            with self.subTest(format=ending):
                result = self.worker.render(self.models[f"scene.{ending}"], **SIZE, files={"textures/wood.png": self.models.wood})
                self.assertIn("Front", result["output"]["camera"])
                self.assertEqual(colours(result["picture"]), {GREEN, RED})
        framed = self.worker.render(self.models["model.glb"], **SIZE)
        self.assertEqual(framed["output"]["camera"], "Workers Camera")

    def test_a_framed_model_is_whole_in_every_shape(self) -> None:
        for width, height in ((64, 64), (96, 32), (32, 96)):
            result = self.worker.render(self.models["model.glb"], width=width, height=height, samples=4)
            self.assertEqual(colours(result["picture"]), {GREEN, RED}, (width, height))

    def test_a_zip(self) -> None:
        inside = {"chair/model.gltf": self.models["model.gltf"], "chair/model.bin": self.models["model.bin"],
                  "chair/textures/wood.png": self.models.wood, "readme.txt": b"hello"}
        plain = self.worker.render(self.models["model.gltf"], **SIZE, files=self.models.companions("model.gltf"))
        archive = self.models.zip("model.zip", inside)
        for input in ({}, {"entry": "chair/model.gltf"}):
            result = self.worker.render(archive, **SIZE, **input)
            self.assertEqual((codes(result), result["picture"]), ([], plain["picture"]))
        self.assertEqual(self.worker.render(archive, **SIZE, entry="chair/model.gltf")["warm"], "file")
        two = self.models.zip("two.zip", {**inside, "ball.stl": self.models["model.stl"]})
        error = self.worker.fail(two, **SIZE)
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/entry"))
        self.assertIn("ball.stl, chair/model.gltf", error["message"])
        self.assertEqual(self.worker.fail(two, **SIZE, entry="chair/nobody.gltf")["pointer"], "/entry")
        self.assertEqual(self.worker.fail(two, **SIZE, entry="../../etc/passwd")["pointer"], "/entry")
        self.assertEqual(self.worker.fail(two, **SIZE, entry="readme.txt")["pointer"], "/entry")
        self.worker.render(two, **SIZE, entry="ball.stl")

    def test_a_wrong_name_does_not_matter(self) -> None:
        for name, content in (("really-a-glb.obj", "model.glb"), ("nameless", "model.glb"), ("really-an-obj.stl", "model.obj"),
                              ("really-a-blend.fbx", "scene.glb")):
            with self.subTest(name=name):
                path = self.models.file(name, self.models[content].read_bytes())
                self.assertIn(RED, colours(self.worker.render(path, **SIZE)["picture"]) | ({RED} if content.endswith("obj") else set()))

    def test_a_failed_import_never_shows_the_file_before(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        for name in ("model.glb", "model.gltf", "model.obj", "model.stl", "text.stl", "model.ply", "text.ply", "model.fbx", "model.dae"):
            whole = self.models[name].read_bytes()
            ending = name.split(".")[1]
            for kind, content in (("half", whole[:len(whole) // 2]), ("noise", bytes(range(256)) * 40), ("empty", b"")):
                with self.subTest(name=name, kind=kind):
                    id = self.worker.begin(self.models.file(f"{kind}.{ending}", content), **SIZE, files=self.models.companions(name))
                    reply = self.worker.reply(id)
                    if "result" in reply:  # Half of some formats is a smaller model.
                        picture = (self.worker.call_folder(id) / "image.png").read_bytes()
                        self.assertNotEqual(picture, base)
                        self.assertEqual(kind, "half")
                    else:
                        self.assertEqual(reply["error"]["data"]["kind"], "invalid_input", reply)
                        self.assertIsNone(self.worker.notifications("status")[-1]["file"])
        self.assertEqual(self.worker.render(**SMALL)["picture"], base)


if __name__ == "__main__":
    unittest.main()
