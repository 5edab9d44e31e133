"""Files as they come: untouched, incomplete, broken and hostile ones. None runs code, none shows the file before it."""

from __future__ import annotations

import os
import re
import unittest
from typing import List

from blender_worker import PRODUCT, SMALL, BlenderTests
from fake_node import SOURCE


def codes(result: "dict[str, object]") -> List[str]:
    return [warning["code"] for warning in result["warnings"]]  # type: ignore[attr-defined]


class FileTests(BlenderTests):
    def test_broken_files_never_show_the_one_before(self) -> None:
        whole = PRODUCT.read_bytes()
        base = self.worker.render(**SMALL)["picture"]
        for name, content in (
            ("empty", b""), ("garbage", b"\x00garbage\xff" * 5000), ("header-only", b"BLENDER-v304"),
            ("header-and-noise", b"BLENDER-v304" + os.urandom(9000)),
            ("noise-in-zstd", b"\x28\xb5\x2f\xfd" + os.urandom(9000)), ("picture", b"\x89PNG\r\n\x1a\n" + bytes(100)),
            ("a-tenth", whole[:len(whole) // 10]), ("half", whole[:len(whole) // 2]), ("almost", whole[:-2000]),
        ):
            with self.subTest(name=name):
                error = self.worker.fail(self.blends.file(f"{name}.blend", content), **SMALL)
                self.assertEqual((error["kind"], error["pointer"], error["retryable"]), ("invalid_input", "/file", False))
                self.assertIn(f"{name}.blend cannot be opened", error["message"])
                self.assertNotIn(str(self.blends.folder), error["message"], "a path of the server")
                self.assertIsNone(self.worker.notifications("status")[-1]["file"])
        after = self.worker.render(**SMALL)
        self.assertEqual((after["warm"], after["picture"]), ("process", base))

    def test_a_file_that_went_away(self) -> None:
        path = self.blends.file("gone.blend", b"x")
        ref = {"sha256:gone": {"path": str(path) + "-not", "id": "sha256:gone", "name": "gone.blend"}}
        reply = self.worker.call("render", {"file": "sha256:gone"}, assets=ref)
        self.assertEqual(reply["error"]["data"]["kind"], "invalid_input")

    def test_hostile_files_render_without_their_code(self) -> None:
        plain = self.worker.render(self.blends["no_camera"], **SMALL, camera="Camera")["picture"]
        for name in ("hostile_text", "hostile_driver", "hostile_style"):
            with self.subTest(name=name):
                for _ in range(2):  # Also when it is open already.
                    result = self.worker.render(self.blends[name], **SMALL)
                    self.assertEqual(codes(result), ["scripts_blocked"])
                    self.assertEqual(result["picture"], plain)
                self.worker.render(self.blends[name], **SMALL, frame=7)
                self.assertFalse(self.blends.marker.exists(), "code of the file ran")
                self.assertEqual(codes(self.worker.render(**SMALL)), [], "the next file")

    def test_nothing_ever_lets_the_scripts_of_a_file_run(self) -> None:
        """Factory settings block them; one argument would let them run all the same."""
        allowed = re.compile(r"use_scripts\s*=\s*(?!False\b)|enable-autoexec|use_scripts_auto_execute\s*=\s*True|\s-y\b")
        root = SOURCE.parents[1]
        files = [path for folder in ("src", "samples") for path in sorted((root / folder).rglob("*")) if path.suffix in (".py", ".cs", ".sh")]
        self.assertGreater(len(files), 100)
        found = [str(path.relative_to(root)) for path in files if allowed.search(path.read_text(errors="replace"))]
        self.assertEqual(found, ["src/make/setup.sh"])  # apt-get install -y
        self.assertTrue(allowed.search("open_mainfile(filepath=path, use_scripts = True)"), "the search itself")

    def test_the_compositor_writes_no_files(self) -> None:
        before = set(self.blends.folder.iterdir())
        result = self.worker.render(self.blends["file_output"], **SMALL)
        self.assertEqual(codes(result), ["file_outputs_skipped"])
        self.assertEqual(set(self.blends.folder.iterdir()), before)

    def test_missing_files_are_told_without_foreign_paths(self) -> None:
        for _ in range(2):
            result = self.worker.render(self.blends["missing"], **SMALL)
            self.assertEqual(codes(result), ["companion_missing"])
            self.assertIn("gone.png", result["warnings"][0]["detail"])
            self.assertNotIn("somebody", result["warnings"][0]["detail"])

    def test_no_camera(self) -> None:
        error = self.worker.fail(self.blends["no_camera"], **SMALL)
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/camera"))
        self.assertIn("Camera", error["message"])

    def test_the_untouched_factory_scene(self) -> None:
        result = self.worker.render(self.blends["default"], width=48, height=48, samples=1)
        self.assertEqual(result["output"]["renderer"], "eevee")
        cycles = self.worker.render(self.blends["default"], width=48, height=48, samples=1, renderer="cycles")
        self.assertEqual(codes(cycles), [] if self.worker.facts["denoiser"] else ["denoiser_missing"])

    def test_too_many_pixels(self) -> None:
        error = self.worker.fail(width=16384, height=16384)
        self.assertEqual((error["kind"], error["pointer"]), ("invalid_input", "/width"))
        self.assertEqual(self.worker.fail(width=16385)["kind"], "invalid_input")
        self.assertEqual(self.worker.fail(percentage=1000)["pointer"], "/width")


if __name__ == "__main__":
    unittest.main()
