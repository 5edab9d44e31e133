"""What a job answers in a process that has done nothing else; each distinct job once, several processes at a time."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Dict, Iterable

from files import Files
from jobs import Answer, Job
from warm import Worker

_AT_ONCE = max(1, min(4, (os.cpu_count() or 1)))
_AGAIN = 4


class Fresh:
    """Asks ahead: `expect` begins, `answer` waits."""

    def __init__(self, files: Files, functions: str = "") -> None:
        self._files = files
        self._functions = functions
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fresh")
        self._answers: Dict[str, "Future[Answer]"] = {}

    def expect(self, jobs: Iterable[Job]) -> None:
        """Begin to find out the answers of these jobs, in order."""
        for job in jobs:
            if job.key not in self._answers:
                self._answers[job.key] = self._pool.submit(self._ask, job)

    def answer(self, job: Job) -> Answer:
        self.expect([job])
        return self._answers[job.key].result()

    def varies(self, job: Job, answer: Answer) -> bool:
        """Whether fresh processes differ among themselves about the job, or answer like this one after all. Asks several more."""
        more = [again.result() for again in [self._pool.submit(self._ask, job) for _ in range(_AGAIN)]]
        return any(one.differences(self.answer(job)) for one in more) or not answer.differences(more[0])

    @property
    def count(self) -> int:
        """How many distinct jobs were asked for."""
        return len(self._answers)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _ask(self, job: Job) -> Answer:
        with Worker(self._files, self._functions) as worker:
            answer = worker.run(job)
        assert answer is not None, job
        return answer
