"""Files in a configured root: what lies around them counts, is told with the result, and is read again when it has changed."""

from __future__ import annotations

import os
import shutil
import time
import unittest
from pathlib import Path
from typing import Any, ClassVar, Dict, Set

from blender_worker import BlenderTests
from models import Models

SIZE = {"width": 48, "height": 48, "samples": 4}


class RootTests(BlenderTests):
    models: ClassVar[Models]
    root: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.models = Models()
        cls.addClassCleanup(cls.models.remove)
        cls.root = cls.models.folder / "root"
        shutil.copytree(cls.models.folder, cls.root, ignore=shutil.ignore_patterns("root"))
        time.sleep(0.05)  # What has just changed is not trusted.

    def render(self, name: str, **input: Any) -> Dict[str, Any]:
        ref, path = f"root:shop/{name}", self.root / name
        stat = path.stat()
        asset = {ref: {"path": str(path), "id": f"{ref}|{stat.st_size}|{stat.st_mtime_ns}", "name": name}}
        id = self.worker.start("render", {"file": ref, **SIZE, **input}, assets=asset)
        result: Dict[str, Any] = self.worker.reply(id)["result"]
        result["picture"] = (self.worker.call_folder(id) / result["artifacts"][0]["path"]).read_bytes()
        return result

    def read(self, result: Dict[str, Any]) -> Set[str]:
        return {os.path.relpath(entry["path"], self.root) for entry in result["reads"]}

    def exchange(self, name: str, other: str) -> None:
        shutil.copyfile(self.models[other], self.root / name)
        time.sleep(0.05)

    def test_a_library_and_its_texture(self) -> None:
        first = self.render("linked.blend")
        self.assertEqual(self.read(first), {"library.blend", "textures/wood.png"})
        again = self.render("linked.blend")
        self.assertEqual((again["warm"], again["picture"], self.read(again)), ("file", first["picture"], self.read(first)))

        self.exchange("textures/wood.png", "picture.png")
        textured = self.render("linked.blend")
        self.assertEqual((textured["warm"], self.read(textured)), ("process", self.read(first)))
        self.assertNotEqual(textured["picture"], first["picture"])
        self.exchange("textures/wood.png", "textures/wood.png")
        self.assertEqual(self.render("linked.blend")["picture"], first["picture"])

        self.exchange("library.blend", "scene.blend")
        changed = self.render("linked.blend")
        self.assertEqual((changed["warm"], self.read(changed)), ("process", self.read(first)))
        self.exchange("library.blend", "library.blend")

    def test_a_model_and_its_companions(self) -> None:
        first = self.render("model.obj")
        self.assertEqual(self.read(first), {"model.mtl", "textures/wood.png"})
        self.exchange("textures/wood.png", "picture.png")
        other = self.render("model.obj")
        self.assertEqual(other["warm"], "process")
        self.assertNotEqual(other["picture"], first["picture"])
        self.exchange("textures/wood.png", "textures/wood.png")

    def test_what_is_missing_or_has_just_changed_is_not_kept_and_looked_for_again(self) -> None:
        wood = self.root / "textures" / "wood.png"
        wood.rename(wood.with_suffix(".away"))
        missing = self.render("scene.blend")
        self.assertIn("missing", missing["uncacheable"])
        wood.with_suffix(".away").rename(wood)
        time.sleep(0.05)
        found = self.render("scene.blend")
        self.assertEqual((found["warm"], found["warnings"], self.read(found)), ("process", [], {"textures/wood.png"}))
        self.assertNotEqual(found["picture"], missing["picture"])
        os.utime(wood, ns=(time.time_ns() + 10**9,) * 2)
        self.assertIn("just changed", self.render("scene.blend")["uncacheable"])

    def test_a_time_limit_is_not_kept_and_uploaded_files_need_no_telling(self) -> None:
        self.assertEqual(self.render("scene.blend", timeLimitSeconds=60)["uncacheable"], "a time limit")
        uploaded = self.worker.render(self.models["scene.blend"], **SIZE, files={"textures/wood.png": self.models.wood})
        self.assertNotIn("reads", uploaded)
        self.assertNotIn("uncacheable", uploaded)
        self.assertIn("missing", self.worker.render(self.models["scene.blend"], **SIZE)["uncacheable"])


if __name__ == "__main__":
    unittest.main()
