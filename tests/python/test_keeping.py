"""What a worker says so that results may be stored: the digest of its code, the files it read, and what must not be kept."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict

from fake_node import PROBE, FakeNode

from workers_kit import sources

FUNCTION = "from workers_kit import function\n@function\ndef one() -> int:\n    return {}\n"


class SourceTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "engine.py").write_text("ENGINE = 1\n")
        (self.folder / "functions" / "below").mkdir(parents=True)
        self.function = self.folder / "functions" / "one.py"
        self.function.write_text(FUNCTION.format(1))

    def digest(self) -> "str | None":
        return sources.digest(str(self.folder / "engine.py"), str(self.folder / "functions"))

    def test_it_changes_with_every_file_that_may_change_a_result_and_with_nothing_else(self) -> None:
        seen = [self.digest()]
        for path in ("functions/one.py", "functions/below/table.csv", "functions/_helper.py", "engine.py", "beside.py"):
            (self.folder / path).write_text("# other\n")
            seen.append(self.digest())
        self.function.rename(self.function.with_name("two.py"))
        seen.append(self.digest())
        self.assertNotIn(None, seen)
        self.assertEqual(len(set(seen)), len(seen))
        (self.folder / "functions" / "__pycache__").mkdir()
        for path in ("functions/__pycache__/one.pyc", "functions/.one.py.swp", "notes.txt"):
            (self.folder / path).write_text("x")
        self.assertEqual(self.digest(), seen[-1])

    def test_what_cannot_be_told_is_none(self) -> None:
        self.assertIsNone(sources.digest(None, ""))
        (self.folder / "functions" / "large").write_bytes(b"")
        os.truncate(self.folder / "functions" / "large", sources.MOST_BYTES + 1)
        self.assertIsNone(self.digest())

    def test_two_workers_of_the_same_code_say_the_same_and_of_other_code_something_else(self) -> None:
        said = []
        for number in (1, 1, 2):
            self.function.write_text(FUNCTION.format(number))
            with FakeNode(functions=str(self.folder / "functions")) as node:
                said.append(node.hello["params"]["source"])
        self.assertEqual(said[0], said[1])
        self.assertNotEqual(said[1], said[2])


class ReadsTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.node = FakeNode(PROBE)
        cls.addClassCleanup(cls.node.close)

    def lean(self, path: Path, **more: Any) -> Dict[str, Any]:
        result: Dict[str, Any] = self.node.call("lean", {"path": str(path), **more})["result"]
        return result

    def test_a_file_is_told_as_it_was_by_its_real_path(self) -> None:
        file, link = self.node.folder / "wood", self.node.folder / "link"
        file.write_bytes(b"wood")
        link.symlink_to(file)
        stamp = os.stat(file)
        expected = [{"path": os.path.realpath(file), "size": 4, "modifiedNs": stamp.st_mtime_ns}]
        self.assertEqual(self.lean(link)["reads"], expected)
        self.assertNotIn("uncacheable", self.lean(link))

    def test_missing_or_changed_files_and_the_functions_word_make_it_uncacheable(self) -> None:
        file = self.node.folder / "paint"
        self.assertIn("missing", self.lean(file)["uncacheable"])
        file.write_bytes(b"paint")
        changed = self.lean(file, change=True)
        self.assertIn("changed", changed["uncacheable"])
        self.assertNotIn("reads", changed)
        self.assertEqual(self.lean(file, volatile=True)["uncacheable"], "the time of day")


if __name__ == "__main__":
    unittest.main()
