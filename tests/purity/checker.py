"""Runs jobs on one worker and holds every answer against a fresh process's; finds the shortest sequence behind a difference."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Callable, List, Optional, Sequence

from files import Files
from fresh import Fresh
from jobs import COMPLETE, CRASHED, Answer, Job
from shrinking import shortest
from warm import Worker

TRIALS = 60
"""Most sequences that are tried to find the shortest."""

_AHEAD = 12
_TELL_SECONDS = 30.0


@dataclass
class Leak:
    """`jobs` are the shortest sequence found: the last one answers wrongly after the others. `differences` in words."""

    at: int
    differences: List[str]
    jobs: List[Job] = field(default_factory=list)

    def __str__(self) -> str:
        lines = "\n".join(f"  {number}. {job}" for number, job in enumerate(self.jobs, 1))
        return f"job {self.at}: {'; '.join(self.differences)}\nThe shortest sequence that shows it:\n{lines}"


@dataclass
class Outcome:
    """What a run found: counts of jobs and answers; the jobs about which fresh processes differ among themselves, which prove nothing;
    `resident`, the worker's memory after each job in bytes."""

    jobs: int = 0
    compared: int = 0
    pictures: int = 0
    distinct: int = 0
    leak: Optional[Leak] = None
    varying: List[Job] = field(default_factory=list)
    resident: List[int] = field(default_factory=list)

    def count(self, answer: Optional[Answer]) -> None:
        """One more job; None where its answer depends on the clock."""
        self.jobs += 1
        self.compared += answer is not None
        self.pictures += answer is not None and bool(answer.artifacts)

    def memory(self) -> List[int]:
        """The worker's memory in each fifth of the run, by medians, in bytes."""
        size = max(1, len(self.resident) // 5)
        fifths = [sorted(self.resident[at:at + size]) for at in range(0, 5 * size, size)]
        return [fifth[len(fifth) // 2] for fifth in fifths if fifth]


class Checker:
    """Used as a context manager. `say` hears how far it is; `functions` is a folder of user functions for every worker."""

    def __init__(self, files: Files, say: Callable[[str], None], functions: str = "") -> None:
        self._files, self._say, self._functions = files, say, functions
        self._fresh = Fresh(files, functions)

    def __enter__(self) -> "Checker":
        return self

    def __exit__(self, *_: object) -> None:
        self._fresh.close()

    def run(self, jobs: Sequence[Job]) -> Outcome:
        """All of them, up to the first difference."""
        outcome = Outcome()
        worker, first = Worker(self._files, self._functions), 0
        told = time.monotonic()
        try:
            for index, job in enumerate(jobs):
                # Asked ahead, so that the fresh processes have something to do while the warm one works.
                self._fresh.expect(one for one in jobs[index:index + _AHEAD] if one.ending == COMPLETE)
                answer = worker.run(job)
                outcome.count(answer)
                differences = self._differences(job, answer)
                if differences and answer is not None and self._fresh.varies(job, answer):
                    self._say(f"not deterministic by itself: {job}")
                    outcome.varying.append(job)
                elif differences:
                    outcome.leak = self._explain(jobs[first:index + 1], index + 1, differences)
                    break
                if answer is not None and answer.kind == CRASHED:  # As a fresh process does. Nothing before it matters any more.
                    worker, first = Worker(self._files, self._functions), index + 1
                outcome.resident.append(worker.resident())
                if time.monotonic() - told > _TELL_SECONDS:
                    told = time.monotonic()
                    self._say(f"{index + 1} of {len(jobs)} jobs, {self._fresh.count} distinct")
        finally:
            worker.close()
        outcome.distinct = self._fresh.count
        return outcome

    def _differences(self, job: Job, answer: Optional[Answer]) -> List[str]:
        if job.ending == COMPLETE:
            assert answer is not None
            return answer.differences(self._fresh.answer(job))
        return [f"it crashed ({answer.message})"] if answer is not None and answer.kind == CRASHED else []

    def _explain(self, jobs: Sequence[Job], number: int, differences: List[str]) -> Leak:
        *before, last = jobs
        self._say(f"job {number} differs ({'; '.join(differences)}): {last}\nlooking for the shortest sequence")
        needed = shortest(before, lambda part: self._leaks(part, last), TRIALS)
        return Leak(number, differences, [*needed, last])

    def _leaks(self, before: Sequence[Job], last: Job) -> bool:
        with Worker(self._files, self._functions) as worker:
            for job in before:
                answer = worker.run(job)
                if answer is not None and answer.kind == CRASHED:
                    return False  # Another crash than the one that is looked for.
            answer = worker.run(last)
        leaks = bool(self._differences(last, answer))
        self._say(f"  after {len(before)} jobs: {'it differs' if leaks else 'as in a fresh process'}")
        return leaks
