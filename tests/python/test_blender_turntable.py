"""Turntables: all sides of a file, and no trace of them in it."""

from __future__ import annotations

import unittest
from typing import Any, ClassVar, Dict

from blender_worker import SMALL, BlenderTests, BlenderWorker
from models import Models, shared_models
from pictures import read_png
from test_blender_files import codes


class TurntableTests(BlenderTests):
    models: ClassVar[Models]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.models = shared_models()

    def turn(self, worker: BlenderWorker, name: str, **input: Any) -> Dict[str, Any]:
        return worker.render(self.models[name], function="turntable", **input)

    def test_a_model_from_all_sides_on_one_sheet_and_the_same_in_a_fresh_process(self) -> None:
        first = self.turn(self.worker, "model.glb", frames=3, size=32)
        self.assertEqual(first["output"]["renderer"] in ("workbench", "cycles"), True)
        self.assertEqual({key: first["output"][key] for key in ("kind", "frames", "width", "height", "columns", "rows")},
                         {"kind": "glb", "frames": 3, "width": 32, "height": 32, "columns": 2, "rows": 2})
        self.assertEqual(codes(first), [])
        self.assertEqual([artifact["name"] for artifact in first["artifacts"]],
                         ["sheet.png", *(f"frame-00{number}.png" for number in range(1, 4))])
        sheet = read_png(first["picture"])
        self.assertEqual((sheet.width, sheet.height), (64, 64))
        places = [(0, 0), (32, 0), (0, 32)]
        sides = {tuple(sheet.pixel(x + column, y + line) for column in range(32) for line in range(32)) for x, y in places}
        self.assertEqual(len(sides), 3, "each side is another picture")
        self.assertEqual(self.turn(self.worker, "model.glb", frames=3, size=32)["picture"], first["picture"], "again")
        with BlenderWorker() as other:
            self.assertEqual(self.turn(other, "model.glb", frames=3, size=32)["picture"], first["picture"], "a fresh process")

    def test_a_scene_keeps_its_own_camera_and_picture(self) -> None:
        before = self.worker.render(**SMALL)
        turned = self.worker.render(function="turntable", frames=2, size=32, format="webp")
        self.assertEqual((turned["warm"], turned["artifacts"][0]["name"]), ("file", "sheet.webp"))
        after = self.worker.render(**SMALL)
        self.assertEqual((after["warm"], after["picture"]), ("file", before["picture"]))

    def test_only_some_objects_as_large_as_they_fit(self) -> None:
        before = self.worker.render(**SMALL)
        whole = self.worker.render(function="turntable", frames=2, size=32)["picture"]
        pillow = self.worker.render(function="turntable", frames=2, size=32, objects=["Pillow"])
        again = self.worker.render(function="turntable", frames=2, size=32, objects=["Pillow"])
        both = self.worker.render(function="turntable", frames=2, size=32, objects=["Pillow", "Armrest"])
        self.assertEqual((pillow["picture"], codes(pillow)), (again["picture"], []))
        self.assertEqual(len({whole, pillow["picture"], both["picture"]}), 3)
        self.assertEqual(self.worker.render(function="turntable", frames=2, size=32)["picture"], whole, "all of it is there again")
        self.assertEqual(self.worker.render(**SMALL)["picture"], before["picture"])
        with BlenderWorker() as other:
            self.assertEqual(other.render(function="turntable", frames=2, size=32, objects=["Pillow"])["picture"], pillow["picture"], "a fresh process")
        unknown = self.worker.fail(function="turntable", frames=2, objects=["Pillow", "Pilow"])
        self.assertEqual((unknown["kind"], unknown["pointer"]), ("invalid_input", "/objects/1"))
        self.assertEqual(self.worker.fail(function="turntable", frames=2, objects=[])["kind"], "invalid_input")

    def test_a_wrong_number_and_a_picture_are_refused(self) -> None:
        self.assertEqual(self.worker.fail(function="turntable", frames=1)["kind"], "invalid_input")
        self.assertEqual(self.worker.fail(self.models.wood, function="turntable")["kind"], "invalid_input")


if __name__ == "__main__":
    unittest.main()
