"""A short purity run, and the proof that a leak would be caught and cut down to what it takes."""

from __future__ import annotations

import random
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar, Dict, List

import generator
import purity
import render_jobs
from checker import Checker
from contents import Contents, read_contents
from files import Files
from jobs import Answer, Job, close, read_exr
from shrinking import shortest
from warm import Worker

JOBS, SEED = 50, 20


def quiet(line: str) -> None:
    """Nothing of how far it is."""


class PurityTests(unittest.TestCase):
    files: ClassVar[Files]
    contents: ClassVar[Dict[str, Contents]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.files = Files()
        cls.addClassCleanup(cls.files.remove)
        cls.contents = read_contents(cls.files, purity.FILES)

    def test_fifty_random_jobs_answer_as_fresh_processes_do(self) -> None:
        with Checker(self.files, quiet) as checker:
            outcome = checker.run(generator.jobs(SEED, JOBS, self.contents))
        self.assertIsNone(outcome.leak, str(outcome.leak))
        self.assertEqual(outcome.jobs, JOBS)
        self.assertGreater(outcome.pictures, JOBS // 2)
        self.assertGreaterEqual(outcome.distinct, 8)

    def test_a_planted_leak_is_caught_and_shortened(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="wk-leaky-"))
        self.addCleanup(shutil.rmtree, folder)
        shutil.copy(Path(__file__).with_name("leaky_functions.py"), folder)
        jobs = generator.jobs(SEED, 12, self.contents, [(1, render_jobs.product)])
        jobs = [job for job in jobs if job.ending == "complete"][:8]
        jobs[4:4] = [Job("nudge", None)]
        with Checker(self.files, quiet, functions=str(folder)) as checker:
            leak = checker.run(jobs).leak
        self.assertIsNotNone(leak)
        assert leak is not None
        self.assertEqual([job.function for job in leak.jobs], ["render", "nudge", "render"])
        self.assertIn("is another picture", leak.differences[0])
        self.assertIn("2. nudge", str(leak))

    def test_floats_may_differ_in_their_last_bit_only(self) -> None:
        with Worker(self.files) as worker:
            floats = worker.run(Job("render", "rich.blend", {"width": 24, "samples": 1, "format": "exr"}))
        assert floats is not None
        (one,) = floats.artifacts
        self.assertTrue(one.equals(one))
        read = read_exr(one.data)
        self.assertEqual((read.width, read.height, sorted(read.channels)), (24, 14, ["B", "G", "R"]))
        last = read.channels["R"][100] * 1.0005
        self.assertTrue(close(read, read._replace(channels={**read.channels, "R": [*read.channels["R"][:100], last, *read.channels["R"][101:]]})))
        self.assertFalse(close(read, read._replace(channels={**read.channels, "R": [value * 1.02 for value in read.channels["R"]]})))

    def test_the_same_seed_gives_the_same_jobs(self) -> None:
        first, again, other = (generator.jobs(seed, 1000, self.contents) for seed in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual({job.ending for job in first}, {"complete", "cancel", "deadline"})
        self.assertGreaterEqual({job.function for job in first}, {"render", "preview"})


class ShrinkingTests(unittest.TestCase):
    def test_only_what_it_takes_is_kept(self) -> None:
        for needed in ([], [7], [3, 90], [0, 50, 99], [97, 98, 99]):
            with self.subTest(needed=needed):
                tried: List[int] = []

                def leaks(part: "List[int]") -> bool:
                    tried.append(len(part))
                    return set(needed) <= set(part)

                self.assertEqual(shortest(range(100), leaks, trials=200), needed)
                self.assertLessEqual(len(tried), 200)

    def test_it_ends_where_nothing_is_found(self) -> None:
        flaky = random.Random(1)
        self.assertLessEqual(len(shortest(range(40), lambda part: flaky.random() < 0.3, trials=25)), 40)
        self.assertEqual(shortest(range(40), lambda part: False, trials=25), list(range(40)))


class AnswerTests(unittest.TestCase):
    def test_what_is_compared(self) -> None:
        def answer(**changed: object) -> Answer:
            image = {"name": "image.png", "path": "image.png"}
            result = {"artifacts": [image], "output": {"width": 1}, "warnings": [], "warm": "file", "timings": {}}
            return Answer.of({"result": {**result, **changed}}, lambda path: str(changed.get("bytes", "")).encode())

        self.assertEqual(answer(warm="process", timings={"runSeconds": 5}).differences(answer()), [])
        self.assertEqual(answer(bytes="x").differences(answer()), ["image.png is another picture"])
        for changed in ({"output": {"width": 2}}, {"warnings": [{"code": "a", "detail": "b"}]}, {"artifacts": []}):
            self.assertEqual(len(answer(**changed).differences(answer())), 1, changed)
        refused = Answer.of({"error": {"message": "no", "data": {"kind": "invalid_input", "pointer": "/x"}}}, lambda path: b"")
        self.assertIn("instead of result", refused.differences(answer())[0])


if __name__ == "__main__":
    unittest.main()
