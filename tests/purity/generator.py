"""Makes the jobs of a run from a seed. A family makes jobs of one function; to add another, write its file and name it in FAMILIES."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Callable, Dict, List, Sequence, Tuple

from contents import Contents
from jobs import CANCEL, DEADLINE, Job

import other_jobs
import render_jobs

Family = Callable[[random.Random, Dict[str, Contents]], List[Job]]
"""Answers a few jobs that belong together: one file, and mostly one view of it."""

FAMILIES: Sequence[Tuple[float, Family]] = (
    (10, render_jobs.product), (5, render_jobs.studio), (6, render_jobs.shop), (6, render_jobs.scenes), (5, render_jobs.anything), (1, render_jobs.eevee),
    (2, other_jobs.models), (1, other_jobs.broken), (2, other_jobs.previews), (1, other_jobs.turntables), (1, other_jobs.sheets),
    (1, other_jobs.inspections), (1, other_jobs.exports),
)

_STAY = 0.7
_CANCELED, _LATE = 0.06, 0.03
_DISTINCT = 0.22


def jobs(seed: int, count: int, contents: Dict[str, Contents], families: Sequence[Tuple[float, Family]] = FAMILIES) -> List[Job]:
    """So many jobs; the same ones for the same seed.

    About a fifth of them are distinct, because each of those costs a fresh process, and because what leaks shows best in what was
    seen before. The worker stays with a file for a while, comes back, is canceled and runs out of time.
    """
    chance = random.Random(seed)
    weights = [weight for weight, _ in families]
    groups: List[List[Job]] = []
    while sum(map(len, groups)) < max(4, count * _DISTINCT):
        (_, family), = chance.choices(families, weights)
        groups.append(family(chance, contents))
    made: List[Job] = []
    group = chance.choice(groups)
    while len(made) < count:
        if chance.random() > _STAY:
            group = chance.choice(groups)
        made.append(_ending(chance, chance.choice(group)))
    return made


def _ending(chance: random.Random, job: Job) -> Job:
    drawn = chance.random()
    if drawn < _CANCELED:
        # Long enough to be in its middle when the cancel comes; not all functions have a size.
        longer = {"width": 512, "height": 512, "samples": 3000} if job.function == "render" else {}
        return replace(job, input={**job.input, **longer, "outputs": []} if longer else job.input, ending=CANCEL, at_once=chance.random() < 0.4)
    if drawn < _CANCELED + _LATE:
        return replace(job, ending=DEADLINE)
    return job
