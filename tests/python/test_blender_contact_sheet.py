"""Contact sheets: pictures in rows with their names, and no trace of them in the open file."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any, ClassVar, Dict, List

from blender_worker import SMALL, BlenderTests
from models import Models, shared_models
from pictures import read_png


class ContactSheetTests(BlenderTests):
    models: ClassVar[Models]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.models = shared_models()

    def reply(self, pictures: List[Path], **input: Any) -> Dict[str, Any]:
        assets = {f"sha256:{path.name}": {"path": str(path), "id": f"sha256:{path.name}", "name": path.name, "mediaType": ""} for path in pictures}
        id = self.worker.start("contactSheet", {"pictures": [f"sha256:{path.name}" for path in pictures], **input}, assets=assets)
        reply = self.worker.reply(id)
        reply["folder"] = self.worker.call_folder(id)
        return reply

    def sheet(self, pictures: List[Path], **input: Any) -> Any:
        reply = self.reply(pictures, **input)
        self.assertIn("result", reply, reply)
        self.output = reply["result"]["output"]
        return read_png((reply["folder"] / "sheet.png").read_bytes())

    def test_pictures_of_different_kinds_in_rows_with_names_and_without(self) -> None:
        pictures = [self.models.wood, self.models["picture.jpg"], self.models["picture.webp"]]
        plain = self.sheet(pictures, size=32)
        self.assertEqual((plain.width, plain.height), (64, 64))
        self.assertEqual(self.output, {"pictures": 3, "columns": 2, "rows": 2, "width": 64, "height": 64})
        self.assertNotEqual(plain.pixel(16, 16), plain.pixel(48, 48))
        self.assertEqual(plain.pixel(48, 48)[3], 0, "no fourth picture: clear")
        named = self.sheet(pictures, size=32, columns=3, names=["Wood", "b", "a name that is too long"])
        self.assertEqual((named.width, named.height), (96, 43))
        self.assertTrue(any(named.pixel(x, y)[3] for x in range(32) for y in range(33, 43)), "the name")
        self.assertTrue(all(named.pixel(x, 42)[3] == 0 for x in range(96)))

    def test_the_open_file_does_not_notice(self) -> None:
        before = self.worker.render(**SMALL)
        self.sheet([self.models.wood])
        after = self.worker.render(**SMALL)
        self.assertEqual((after["warm"], after["picture"]), ("file", before["picture"]))

    def test_what_is_wrong_is_named(self) -> None:
        wood, noise = self.models.wood, self.models.file("noise.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
        for pictures, input, at in (
            ([], {}, "/pictures"), ([wood], {"names": ["a", "b"]}, "/names"), ([wood, self.models["model.glb"]], {}, "/pictures/1"),
            ([noise], {}, "/pictures/0"), ([wood] * 100, {"size": 512}, "/size"), ([wood], {"size": 9999}, "/size"),
        ):
            with self.subTest(at=at):
                error = self.reply(pictures, **input)["error"]
                self.assertEqual((error["data"]["kind"], error["data"]["pointer"]), ("invalid_input", at), error["message"])


if __name__ == "__main__":
    unittest.main()
