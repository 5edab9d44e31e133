"""A worker of a purity run: started as a node starts one, driven job by job."""

from __future__ import annotations

import os
import shutil
from typing import Optional

from files import Files, need_blender
from jobs import CANCEL, COMPLETE, CRASHED, DEADLINE, Answer, Job

from fake_node import LAUNCH, FakeNode

SECONDS = 300.0
"""What a call may take on a busy machine before it counts as hung."""


class Worker(FakeNode):
    """Warm when it is made. Used as a context manager."""

    def __init__(self, files: Files, functions: str = "") -> None:
        self._files = files
        super().__init__("workers_kit.engines.blender", functions=functions,
                         host=[need_blender(), "-b", "--factory-startup", "--python", str(LAUNCH), "--"])
        self._connected.settimeout(SECONDS)
        self.warm_up()

    def run(self, job: Job) -> Optional[Answer]:
        """The answer; None where it depends on the clock. A process that dies answers, too: after that it is of no more use."""
        try:
            return self._run(job)
        except (EOFError, ConnectionError):
            self.wait_exit()
            return Answer(CRASHED, message=self.log().rstrip().rsplit("\n", 1)[-1])

    def _run(self, job: Job) -> Optional[Answer]:
        input, assets = job.params(self._files)
        id = self.start(job.function, input, assets=assets, deadlineSeconds=0.1 if job.ending == DEADLINE else SECONDS)
        if job.ending == CANCEL:
            if not job.at_once:
                self._wait_for_progress(id)
            self.reply(self.request("cancel", {"call": id}))
        answer = Answer.of(self.reply(id), lambda path: (self.call_folder(id) / path).read_bytes())
        shutil.rmtree(self.call_folder(id))
        self.others.clear()
        return answer if job.ending == COMPLETE else None

    def _wait_for_progress(self, id: int) -> None:
        """Until the call says how far it is, or that it is over."""
        while not any(frame.get("method") == "progress" or frame.get("id") == id for frame in self.others):
            self.others.append(self.receive())

    def resident(self) -> int:
        """Bytes of memory that the process has now."""
        with open(f"/proc/{self.process.pid}/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
