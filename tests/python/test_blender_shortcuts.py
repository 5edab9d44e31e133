"""`materials`, `images`, `show`, `hide` and `texts`: each changes the picture where it should, nowhere else, and leaves no trace.

The file is the wall of samples of fixtures/make_shop.py: one field of 12 × 12 pixels for each thing that may be changed.
"""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any, ClassVar, Dict, List, Set

from blender_worker import BlenderTests, BlenderWorker
from fake_node import FIXTURES
from pictures import Picture, read_png

FIELDS = ("Paint", "Plated", "Plated Too", "Two", "Glow", "Flat", "Name", "Spare", "Extra", "Panel", "Linen", "Linen Too", "Moving", "Swatch")
EDGE = 12
QUICK = {"samples": 4, "width": 48, "format": "png"}
RED = {"baseColor": "#c01010"}


def codes(result: Dict[str, Any]) -> List[str]:
    return [warning["code"] for warning in result["warnings"]]


def fields_that_differ(one: Picture, other: Picture) -> Set[str]:
    """The fields in which two pictures of the wall differ in more than noise would."""
    found = set()
    for at in range(0, len(one.pixels), one.channels):
        if one.pixels[at:at + one.channels] != other.pixels[at:at + one.channels]:
            x, y = at // one.channels % one.width, at // one.channels // one.width
            field = y // EDGE * 4 + x // EDGE
            found.add(FIELDS[field] if field < len(FIELDS) else f"field {field}")
    return found


class ShortcutTests(BlenderTests):
    base: ClassVar[bytes]
    wall: ClassVar[Path]
    files: ClassVar[Dict[str, Path]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.wall = cls.blends["shop"]
        cls.files = {"Weave.png": cls.blends.folder / "Weave.png"}
        with BlenderWorker() as other:
            cls.base = other.render(cls.wall, files=cls.files, **QUICK)["picture"]

    def render(self, **input: Any) -> Dict[str, Any]:
        return self.worker.render(self.wall, files=self.files, **{**QUICK, **input})

    def expect(self, fields: Set[str], warnings: List[str], **input: Any) -> Dict[str, Any]:
        """The call changes exactly these fields, warns like this, and the next call sees what a fresh process sees."""
        result = self.render(**input)
        self.assertEqual(codes(result), warnings, result["warnings"])
        result["shown"] = read_png(result["picture"])
        self.assertEqual(fields_that_differ(result["shown"], read_png(self.base)), fields, input)
        after = self.render()
        self.assertEqual((after["picture"], after["warm"]), (self.base, "file"), input)
        return result

    def refuse(self, pointer: str, reason: str, **input: Any) -> None:
        error = self.worker.fail(self.wall, files=self.files, **{**QUICK, **input})
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", pointer), error)
        self.assertIn(reason, error["message"])
        self.assertEqual(self.render()["picture"], self.base, "the call after it")

    # -- materials ----------------------------------------------------------------------------------------------------

    def test_a_colour_in_the_place_of_a_texture(self) -> None:
        result = self.expect({"Paint"}, [], materials={"Paint": {"baseColor": "#cc1a1a", "roughness": 1, "specular": 0}})
        red, green, blue = result["shown"].pixel(6, 6)
        self.assertTrue(red > 150 and green < 60 and blue < 60, (red, green, blue))
        linear = self.expect({"Paint"}, [], materials={"Paint": {"baseColor": [0.603827, 0.010330, 0.010330], "roughness": 1, "specular": 0}})
        self.assertEqual(linear["shown"].pixel(6, 6), (red, green, blue), "the same colour in linear light")
        short = self.expect({"Paint"}, [], materials={"Paint": {"baseColor": "#f00"}})["picture"]
        self.assertEqual(self.expect({"Paint"}, [], materials={"Paint": {"baseColor": "#FF0000"}})["picture"], short)

    def test_every_value(self) -> None:
        for values in ({"metallic": 1}, {"roughness": 0}, {"specular": 1}, {"ior": 3, "transmission": 1}, {"transmission": 1}, {"clearcoat": 1},
                       {"clearcoat": 1, "clearcoatRoughness": 1}, {"sheen": 1}, {"alpha": 0.2}, {"emission": "#00ff00"},
                       {"emission": [0, 1, 0], "emissionStrength": 0.5}):
            with self.subTest(values=values):
                self.expect({"Linen"}, [], materials={"Linen": values})
        self.expect(set(), [], materials={"Linen": {}})
        self.expect(set(), [], materials={})

    def test_through_node_groups(self) -> None:
        self.expect({"Plated"}, [], materials={"Plated": RED})
        self.expect({"Plated", "Plated Too"}, ["shared_node_group"], materials={"Plated": {"metallic": 1}})
        self.expect({"Plated", "Plated Too", "Paint"}, [], materials={"Plated": RED, "Plated Too": {"baseColor": "#00f"}, "Paint": RED})

    def test_which_principled(self) -> None:
        self.expect({"Two"}, [], materials={"Two": {**RED, "node": "Coat"}})
        self.refuse("/materials/Two", "Coat, Principled BSDF", materials={"Two": RED})
        self.refuse("/materials/Two/node", "Did you mean Coat?", materials={"Two": {**RED, "node": "Coats"}})
        self.refuse("/materials/Glow", "The material 'Glow' has no Principled node", materials={"Glow": RED})

    def test_without_nodes(self) -> None:
        self.expect({"Flat"}, [], materials={"Flat": RED})
        self.expect(set(), ["material_without_effect"], materials={"Flat": {"roughness": 0.2}})

    def test_materials_that_cannot_show(self) -> None:
        self.expect(set(), ["material_without_effect"], materials={"Unused": RED})
        self.expect(set(), ["material_without_effect"], materials={"Moving": RED})

    def test_materials_in_workbench(self) -> None:
        plain = self.render(renderer="workbench")
        red = self.render(renderer="workbench", materials={"Glow": RED, "Paint": RED})
        self.assertEqual(fields_that_differ(read_png(red["picture"]), read_png(plain["picture"])), {"Glow", "Paint"})
        self.assertEqual(codes(red), [])
        coat = self.render(renderer="workbench", materials={"Paint": {"clearcoat": 1}})
        self.assertEqual(codes(coat), ["material_without_effect"])
        self.assertEqual(self.render(renderer="workbench")["picture"], plain["picture"])

    def test_bad_materials(self) -> None:
        self.refuse("/materials/Pant", "Did you mean Paint", materials={"Pant": RED})
        self.refuse("/materials/a~1b", "There is no material 'a/b'", materials={"a/b": RED})
        for values, pointer, reason in (
            ({"colour": "#fff"}, "/materials/Paint/colour", "unknown field"), ({"baseColor": "red"}, "/materials/Paint/baseColor", "does not match"),
            ({"baseColor": "#12345"}, "/materials/Paint/baseColor", "does not match"), ({"baseColor": [1, 0]}, "/materials/Paint/baseColor", "fewer"),
            ({"baseColor": [2, 0, 0]}, "/materials/Paint/baseColor/0", "more than 1"),
            ({"roughness": 1.5}, "/materials/Paint/roughness", "more than 1"),
            ({"roughness": "0.5"}, "/materials/Paint/roughness", "number, got"), ({"metallic": True}, "/materials/Paint/metallic", "number, got"),
        ):
            with self.subTest(values=values):
                self.refuse(pointer, reason, materials={"Paint": values})
        self.refuse("/materials/Paint", "expected object", materials={"Paint": "#fff"})
        self.refuse("/materials", "object, got array", materials=["Paint"])

    # -- images -------------------------------------------------------------------------------------------------------

    def test_another_picture_in_one_material(self) -> None:
        self.expect({"Paint"}, [], images={"Paint": self.blends.folder / "Weave.png"})
        self.expect({"Linen"}, [], images={"Linen": FIXTURES / "red.png"})

    def test_another_picture_wherever_the_image_is(self) -> None:
        result = self.expect({"Linen", "Linen Too"}, [], images={"Weave": FIXTURES / "red.png"})
        self.expect({"Paint"}, [], images={"Logo": FIXTURES / "red.png"})
        # The weave is read as data, so the same red is another one there.
        paint = self.expect({"Paint", "Linen", "Linen Too"}, [], images={"Logo": FIXTURES / "red.png", "Weave": FIXTURES / "red.png"})
        self.assertNotEqual(paint["shown"].pixel(6, 6), result["shown"].pixel(30, 30))

    def test_every_kind_of_picture(self) -> None:
        # The worker's own pictures as textures: what it writes can be read, and shows the same colours.
        shown = {}
        for format in ("png", "jpeg", "webp", "tiff", "exr"):
            with self.subTest(format=format):
                made = self.render(width=8, samples=4, format=format, materials={name: {
                    "emission": "#804020", "baseColor": "#000"} for name in ("Paint", "Linen", "Plain")})["picture"]
                picture = self.blends.file(f"texture-{format}", made)
                shown[format] = self.expect({"Paint"}, [], images={"Logo": picture})["shown"].pixel(3, 3)
                self.assertLess(max(abs(one - other) for one, other in zip(shown[format], shown["png"])), 12, shown)

    def test_bad_images(self) -> None:
        red = FIXTURES / "red.png"
        whole = red.read_bytes()
        self.refuse("/images/Wave", "Did you mean Weave", images={"Wave": red})
        self.refuse("/images/Flat", "has no images", images={"Flat": red})
        for name, content, reason in (
            ("empty.png", b"", "is no picture that can be a texture"), ("garbage.png", b"\x89PNG\r\n\x1a\n" + bytes(500), "is no picture"),
            ("half.png", whole[:len(whole) // 2], "cannot be read as a picture"), ("script.svg", b"<svg/>", "is no picture"),
            ("movie.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(500), "is no picture"), ("scene.blend", b"BLENDER-v304", "is no picture"),
            ("bomb.png", whole[:16] + (60_000).to_bytes(4, "big") * 2 + whole[24:], "60000 × 60000 pixels"),
        ):
            with self.subTest(name=name):
                self.refuse("/images/Logo", reason, images={"Logo": self.blends.file(name, content)})
        error = self.worker.call("render", {"file": "sha256:x", "images": {"Logo": "sha256:y"}}, assets={
            "sha256:x": {"path": str(self.wall), "id": "sha256:x"}})["error"]
        self.assertEqual((error["data"]["kind"], error["data"]["pointer"]), ("invalid_input", "/images/Logo"))

    # -- show, hide, texts --------------------------------------------------------------------------------------------

    def test_show_and_hide(self) -> None:
        self.expect({"Spare"}, [], show=["Spare"])
        self.expect({"Extra"}, [], show=["Extras"])
        self.expect({"Paint"}, [], hide=["Paint"])
        self.expect({"Panel"}, [], hide=["Part"])
        self.expect({"Spare", "Extra", "Paint", "Glow"}, [], show=["Spare", "Extras"], hide=["Paint", "Glow"])
        self.expect(set(), [], hide=["Spare", "Extras"], show=["Paint"])
        self.expect(set(), ["show_without_effect"], show=["Extra"])

    def test_bad_names(self) -> None:
        self.refuse("/show/1", "Did you mean Spare", show=["Paint", "Spar"])
        self.refuse("/hide/0", "Did you mean Extras or Extra", hide=["extrass"])
        self.refuse("/hide/0", "shown and hidden", show=["Paint"], hide=["Paint"])
        self.refuse("/hide", "got string", hide="Paint")
        self.refuse("/hide/0", "string, got", hide=[1])
        self.refuse("/hide", "more than 1000", hide=["Paint"] * 1001)

    def test_texts(self) -> None:
        anna = self.expect({"Name"}, [], texts={"Name": "Anna"})["picture"]
        self.assertNotEqual(self.expect({"Name"}, [], texts={"Name": "Änne"})["picture"], anna)
        self.assertEqual(self.expect({"Name"}, [], texts={"Name Text": "Anna"})["picture"], anna)
        self.expect({"Name"}, [], texts={"Name": ""})
        self.expect(set(), [], texts={"Name": "ABC"})
        # Underlined as before, letter by letter: without the line the picture is another.
        self.assertNotEqual(self.expect({"Name"}, [], set={'curves["Name Text"].body': "Anna"})["picture"], anna)
        self.expect(set(), ["text_without_effect"], texts={"Silent": "Anna"})

    def test_bad_texts(self) -> None:
        self.refuse("/texts/Nam", "Did you mean Name", texts={"Nam": "x"})
        self.refuse("/texts/Paint", "is no text but a MESH", texts={"Paint": "x"})
        self.refuse("/texts/Name", "more than 2000", texts={"Name": "x" * 2001})
        self.refuse("/texts/Name", "string, got", texts={"Name": 5})

    # -- all of them --------------------------------------------------------------------------------------------------

    def test_all_at_once(self) -> None:
        self.expect({"Paint", "Linen", "Linen Too", "Spare", "Name", "Glow", "Plated"}, [], materials={"Paint": RED, "Plated": RED},
                    images={"Weave": FIXTURES / "red.png"}, show=["Spare"], hide=["Glow"], texts={"Name": "Zoë"},
                    set={'objects["Plated"].scale': [0.5, 0.5, 1]})

    def test_strict(self) -> None:
        self.expect({"Paint"}, [], materials={"Paint": RED}, strict=True)
        for pointer, input in (("/materials/Unused", {"materials": {"Unused": RED}}), ("/texts/Silent", {"texts": {"Silent": "x"}}),
                               ("/show/0", {"show": ["Extra"]}),
                               ("/set/materials[\"Unused\"].roughness", {"set": {'materials["Unused"].roughness': 1}}),
                               ("/timeLimitSeconds", {"timeLimitSeconds": 5, "renderer": "workbench"})):
            with self.subTest(pointer=pointer):
                self.refuse(pointer, "The call is strict", **input, strict=True)
        for name in ("hostile_text", "hostile_driver", "hostile_style", "missing"):
            with self.subTest(name=name):
                error = self.worker.fail(self.blends[name], **QUICK, strict=True)
                self.assertEqual(error["kind"], "invalid_input")
                self.assertIn("companion_missing" if name == "missing" else "scripts_blocked", error["message"])


if __name__ == "__main__":
    unittest.main()
