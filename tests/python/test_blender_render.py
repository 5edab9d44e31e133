"""Pictures from a real, warm Blender: what can be asked for, and that nothing of a call is left for the next one."""

from __future__ import annotations

import unittest
from typing import Any, Dict

from blender_worker import FABRIC, PRODUCT, SMALL, BlenderTests, BlenderWorker
from pictures import largest_difference, read_png


class RenderTests(BlenderTests):
    def test_a_file_that_was_opened_ahead_is_open(self) -> None:
        with BlenderWorker() as worker:
            reply = worker.reply(worker.begin(function="preload"))
            self.assertEqual(reply["result"]["output"], {"kind": "blend", "name": "product.blend"})
            self.assertEqual(worker.render(**SMALL)["warm"], "file")

    def test_hello_and_facts(self) -> None:
        render = next(function for function in self.worker.hello["params"]["functions"] if function["name"] == "render")
        self.assertEqual((render["name"], render["picture"], render["cacheable"], render["fileTypes"][0]), ("render", True, True, "blend"))
        self.assertEqual(render["input"]["required"], ["file"])
        self.assertEqual(render["input"]["properties"]["samples"]["maximum"], 65536)
        self.assertLessEqual({"png", "jpeg", "exr"}, set(self.worker.facts["formats"]))
        self.assertIn("cycles", self.worker.facts["renderers"])
        self.assertIsInstance(self.worker.facts["denoiser"], bool)
        self.assertEqual(self.worker.facts["cancel"], "at once")

    def test_the_second_call_finds_the_file_open(self) -> None:
        self.worker.render(self.blends["rich"], **SMALL)
        first, second = self.worker.render(**SMALL), self.worker.render(**SMALL)
        self.assertEqual((first["warm"], second["warm"]), ("process", "file"))
        self.assertGreater(first["timings"]["loadSeconds"], 0)
        self.assertLess(second["timings"]["loadSeconds"], 0.02)
        self.assertEqual(first["picture"], second["picture"])
        self.assertEqual(self.worker.notifications("status")[-1]["file"], f"sha256:product.blend:{PRODUCT.stat().st_size}")

    def test_nothing_of_a_call_is_left_for_the_next(self) -> None:
        def equal_after(**input: Any) -> Dict[str, Any]:
            result = self.worker.render(**{**SMALL, **input})
            self.assertNotEqual(result["picture"], base, input)
            self.assertEqual(self.worker.render(**SMALL)["picture"], base, input)
            return result

        with BlenderWorker() as other:
            base = other.render(**SMALL)["picture"]
        self.assertEqual(self.worker.render(**SMALL)["picture"], base)
        for values in (
            {FABRIC: [1, 0, 0, 1]}, {FABRIC + "[0]": 1}, {'objects["Armrest"].hide_render': True}, {'lights["Key"].energy': 5000},
            {'objects["Engraving"].data.body': "ANNA", 'objects["Engraving"].scale': [9, 9, 9]}, {'cameras["Hero"].lens': 30.5},
            {'objects["Seat"].location[2]': 0.6}, {'scenes["Product"].view_settings.view_transform': "Standard"},
            {'worlds["Studio"].node_tree.nodes["Background"].inputs["Strength"].default_value': 4},
            {'objects["Pillow"].rotation_euler': [0, 1, 0], 'objects["Pillow"].rotation_mode': "ZYX"},
        ):
            equal_after(set=values)
        for input in ({"camera": "Detail"}, {"width": 64, "height": 32}, {"samples": 3}, {"transparent": True}, {"format": "jpeg", "quality": 5},
                      {"renderer": "workbench"}):
            equal_after(**input)
        self.worker.fail(**SMALL, set={FABRIC: [1, 0, 0, 1], 'objects["Nobody"].location': [0, 0, 0]})
        self.assertEqual(self.worker.render(**SMALL)["picture"], base, "after a call that failed half-way")
        for size in (512, 2048):  # In chunks, in tiles.
            id = self.worker.begin(width=size, height=size, samples=4000, set={FABRIC: [1, 0, 0, 1]}, deadline=0.2)
            self.assertEqual(self.worker.reply(id)["error"]["data"]["kind"], "deadline")
        self.assertEqual(self.worker.render(**SMALL)["picture"], base, "after a call that ran out of time")

    def test_a_property_that_moves_others_costs_the_open_file(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        # The conversion between rotation modes rounds: setting it back would not give the same rotation.
        self.worker.render(**SMALL, set={'objects["Pillow"].rotation_mode': "QUATERNION"})
        again = self.worker.render(**SMALL)
        self.assertEqual((again["warm"], again["picture"]), ("process", base))

    def test_a_view_that_is_kept_shows_what_a_fresh_process_shows(self) -> None:
        brass = 'materials["Brass"].node_tree.nodes["Principled BSDF"].inputs["Roughness"].default_value'
        values = [{}, {FABRIC: [1, 0, 0, 1]}, {FABRIC: [0, 0, 1, 1], brass: 0.9}, {'objects["Key"].hide_render': True}, {},
                  {'lights["Key"].energy': 9}, {FABRIC: [1, 0, 0, 1]}, {'scenes["Product"].cycles.seed': 9}, {}]
        fresh = []
        for one in values[:4]:
            with BlenderWorker() as other:
                fresh.append(other.render(**SMALL, set=one)["picture"])
        self.worker.render(**SMALL, camera="Detail")
        kept = [self.worker.render(**SMALL, set=one)["picture"] for one in values]
        for one, index in ((0, 0), (1, 1), (2, 2), (3, 3), (0, 4), (1, 6), (0, 8)):
            self.assertEqual(kept[index], fresh[one], values[index])
        self.assertEqual(len(set(kept)), 6)

    def test_sizes(self) -> None:
        for input, expected in (({"width": 40}, (40, 40)), ({"height": 24}, (24, 24)), ({"width": 40, "height": 24}, (40, 24)),
                                ({"percentage": 5}, (51, 51)), ({"width": 40, "percentage": 50}, (20, 20))):
            with self.subTest(input=input):
                result = self.worker.render(samples=1, **input)
                picture = read_png(result["picture"])
                self.assertEqual((picture.width, picture.height), expected)
                self.assertEqual((result["artifacts"][0]["width"], result["artifacts"][0]["height"]), expected)

    def test_formats(self) -> None:
        for name, start, media_type in (
            ("png", b"\x89PNG", "image/png"), ("jpeg", b"\xff\xd8\xff", "image/jpeg"), ("webp", b"RIFF", "image/webp"),
            ("exr", b"\x76\x2f\x31\x01", "image/x-exr"), ("tiff", b"II", "image/tiff"),
        ):
            with self.subTest(format=name):
                if name not in self.worker.facts["formats"]:
                    self.skipTest(f"this Blender does not write {name}")
                result = self.worker.render(**SMALL, format=name)
                self.assertTrue(result["picture"].startswith(start), result["picture"][:8])
                self.assertEqual(result["artifacts"][0]["mediaType"], media_type)
                self.assertNotIn(str(PRODUCT.parent).encode(), result["picture"], "a path of the server")

    def test_transparency(self) -> None:
        clear = read_png(self.worker.render(**SMALL, transparent=True, set={'objects["Cyclorama"].hide_render': True})["picture"])
        self.assertEqual((clear.channels, clear.pixel(0, 0)[3], clear.pixel(24, 24)[3]), (4, 0, 255))
        self.assertEqual(read_png(self.worker.render(**SMALL)["picture"]).channels, 3)
        error = self.worker.fail(**SMALL, transparent=True, format="jpeg")
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/transparent"))

    def test_scenes_layers_cameras_frames(self) -> None:
        rich = self.blends["rich"]
        pictures = [self.worker.render(rich, **SMALL, **input)["picture"] for input in (
            {}, {"camera": "Side"}, {"viewLayer": "Empty Layer"}, {"frame": 11}, {"set": {'objects["Cube"]["size"]': 0.25}})]
        self.assertEqual(len(set(pictures)), len(pictures))
        self.assertEqual(self.worker.render(rich, **SMALL)["picture"], pictures[0])
        for field, pointer, known in (("camera", "/camera", "Camera, Side"), ("scene", "/scene", "Other, Scene"),
                                      ("viewLayer", "/viewLayer", "Empty Layer, ViewLayer")):
            error = self.worker.fail(rich, **{field: "Nobody"})
            self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", pointer))
            self.assertIn(known, error["message"])
        error = self.worker.fail(rich, scene="Other")
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/camera"))
        self.assertIn("no active camera", error["message"])

    def test_chunks_give_the_picture_of_one_pass(self) -> None:
        size: Dict[str, Any] = {"width": 256, "height": 256, "samples": 128}
        self.worker.others.clear()
        chunks = self.worker.render(**size)
        progress, snapshots = self.worker.notifications("progress"), self.worker.notifications("snapshot")
        # A border around everything keeps the samples in one pass.
        tiles = self.worker.render(**size, set={'scenes["Product"].render.use_border': True})
        self.assertEqual((chunks["output"]["plan"]["mode"], tiles["output"]["plan"]["mode"]), ("chunks", "tiles"))
        self.assertEqual(tiles["output"]["plan"]["reason"], "render border")
        self.assertLessEqual(largest_difference(read_png(chunks["picture"]), read_png(tiles["picture"])), 1)
        fractions = [entry["fraction"] for entry in progress]
        self.assertGreaterEqual(len(set(fractions)), 8)
        self.assertEqual(fractions, sorted(fractions))
        self.assertTrue(all(entry["etaSeconds"] >= 0 for entry in progress))
        self.assertGreaterEqual(len(snapshots), 2)
        folder = self.worker.call_folder(snapshots[0]["call"])
        for snapshot in snapshots:
            data = (folder / snapshot["path"]).read_bytes()
            self.assertTrue(data.startswith(b"\xff\xd8\xff") and len(data) <= 256 * 1024)
        left = {path.name for path in folder.iterdir()} - {snapshot["path"] for snapshot in snapshots}
        self.assertEqual(left, {"image.png"}, "temporary files")
        told = [entry for entry in self.worker.notifications("progress") if entry["call"] != snapshots[0]["call"]]
        self.assertGreaterEqual(len({entry["fraction"] for entry in told}), 8, "progress of tiles")

    def test_twenty_cancels_in_one_process(self) -> None:
        base = self.worker.render(**SMALL)["picture"]
        large: Dict[str, Any] = {"width": 512, "height": 512, "samples": 4000}
        for number in range(20):
            # Chunks, tiles, and a cancel right behind the call by turns.
            values = {'scenes["Product"].render.use_border': True} if number % 3 == 1 else {}
            id = self.worker.begin(**large, set=values)
            if number % 3 != 2:
                self.worker.until("progress", call=id)
            self.assertEqual(self.worker.reply(self.worker.request("cancel", {"call": id}))["result"], {"acknowledged": True})
            self.assertEqual(self.worker.reply(id)["error"]["data"]["kind"], "canceled")
            self.assertFalse(list(self.worker.call_folder(id).glob("image.*")))
        after = self.worker.render(**SMALL)
        self.assertEqual((after["picture"], after["warm"]), (base, "file"))
        self.assertIsNone(self.worker.process.poll())


if __name__ == "__main__":
    unittest.main()
