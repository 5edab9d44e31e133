"""How a picture is rendered, and how data paths are read: the parts of the Blender engine that need no Blender."""

from __future__ import annotations

import importlib.util
import sys
import unittest
from itertools import accumulate
from types import ModuleType

from fake_node import SOURCE


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"blender_{name}", SOURCE / "workers_kit" / "engines" / "blender" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


plan = load("plan")
paths = load("paths")


class PlanTests(unittest.TestCase):
    def test_what_is_chosen(self) -> None:
        for expected, arguments in (
            ("plain", ("cycles", 64, 64, 1, 50_000, None)),
            ("plain", ("cycles", 256, 256, 16, 50_000, None)),
            ("plain", ("cycles", 512, 512, 16, 50_000, None)),
            ("chunks", ("cycles", 512, 512, 64, 50_000, None)),
            ("tiles", ("cycles", 512, 512, 24, 50_000, None)),
            ("tiles", ("cycles", 512, 512, 64, 50_000, "denoising")),
            ("tiles", ("cycles", 512, 512, 64, 2_000_000, None)),
            ("tiles", ("cycles", 8192, 8192, 64, 10, None)),
            ("tiles", ("cycles", 2048, 2048, 2, 10, None)),
            ("watched", ("eevee", 512, 512, 64, 10, None)),
        ):
            with self.subTest(arguments=arguments):
                self.assertEqual(plan.choose(*arguments).mode, expected)

    def test_chunks_cover_every_sample_once(self) -> None:
        for samples in (8, 9, 63, 64, 65, 1000, 65536):
            chosen = plan.choose("cycles", 1024, 1024, samples, 1000, None)
            if chosen.mode != "chunks":
                continue
            with self.subTest(samples=samples):
                ends = list(accumulate(count for _, count in chosen.parts))
                self.assertEqual([first for first, _ in chosen.parts], [0, *ends[:-1]])
                self.assertEqual(ends[-1], samples)
                self.assertGreaterEqual(len(chosen.parts), 8)
                self.assertTrue(all(count > 0 for _, count in chosen.parts))

    def test_chunks_stay_short_and_heavier_scenes_have_fewer(self) -> None:
        light = plan.choose("cycles", 512, 512, 1024, 1000, None)
        heavy = plan.choose("cycles", 512, 512, 1024, 190_000, None)
        self.assertLessEqual(light.parts[0][1] * 512 * 512, plan.CHUNK_WORK)
        self.assertLess(len(heavy.parts), len(light.parts))

    def test_tiles_are_small_where_samples_are_many(self) -> None:
        edges = [plan.choose("cycles", 2048, 2048, samples, 10, "denoising").tile for samples in (2, 16, 64, 4096)]
        self.assertEqual(edges, sorted(edges, reverse=True))
        self.assertGreater(edges[0], edges[-1])


class PathTests(unittest.TestCase):
    def test_good_paths(self) -> None:
        for path, expected in (
            ('objects["Lamp"].location', ('objects["Lamp"]', "location", None, "objects")),
            ('objects["Lamp"].location[2]', ('objects["Lamp"]', "location", 2, "objects")),
            ("objects['a.b'].hide_render", ("objects['a.b']", "hide_render", None, "objects")),
            ('objects["a]b[c"].hide_render', ('objects["a]b[c"]', "hide_render", None, "objects")),
            ('objects["say \\"hi\\""].hide_render', ('objects["say \\"hi\\""]', "hide_render", None, "objects")),
            ('objects["Chair"]["width"]', ('objects["Chair"]', '["width"]', None, "objects")),
            ('objects[0].modifiers["Array"].count', ('objects[0].modifiers["Array"]', "count", None, "objects")),
            ('scenes["Scene"].render.resolution_x', ('scenes["Scene"].render', "resolution_x", None, "scenes")),
        ):
            with self.subTest(path=path):
                self.assertEqual(tuple(paths.parse(path)), expected)

    def test_bad_paths(self) -> None:
        for path in (
            "", "objects", ".objects", "objects..x", 'objects["Lamp"', 'objects["Lamp"]location', "objects[Lamp].x", "objects[-1].x",
            'objects["Lamp"].location()', "objects['a'].x; import os", '["x"].y', 'objects["a"].b + 1', "__import__('os').x",
            'objects["a"].__class__', "objects[0:2].x", "x" * 2000, "objects['a'].\n", "objects['a'].b[0][1].",
        ):
            with self.subTest(path=path), self.assertRaises(ValueError):
                paths.parse(path)


if __name__ == "__main__":
    unittest.main()
