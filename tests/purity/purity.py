"""Proves that a warm worker's pictures are those of a fresh process: random jobs on one worker, every answer compared.

    make purity                      1,000 jobs with a seed of their own, which is printed
    make purity SEED=7 JOBS=200      the same jobs again

Exit status 0 when every answer was the same; 1 with the shortest sequence of jobs that shows a difference.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from checker import Checker
from contents import read_contents
from files import Files
from generator import jobs
from render_jobs import MOVING, STILL

from blender_worker import BLENDER

MOST_GROWTH = 1.10
"""The worker's memory in the last fifth of a run against that in its middle. What fills up once has done so by then."""

_LONG = 500
"""Jobs from which on the memory is judged."""

FILES = ("product.blend", "shop.blend", *MOVING, *STILL)


def main() -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    if options.jobs < 1:
        parser.error("--jobs must be at least 1")
    if BLENDER is None:
        parser.error("there is no blender on the PATH and none named by BLENDER=")
    seed = options.seed if options.seed is not None else random.randrange(1_000_000)
    print(f"purity: {options.jobs} jobs, seed {seed}", flush=True)
    began = time.monotonic()
    files = Files()
    try:
        with Checker(files, lambda line: print(f"purity: {line}", flush=True)) as checker:
            outcome = checker.run(jobs(seed, options.jobs, read_contents(files, FILES)))
    finally:
        files.remove()
    print(f"purity: {outcome.jobs} jobs in {time.monotonic() - began:.0f} s, {outcome.compared} answers ({outcome.pictures} with "
          f"pictures or files) compared with those of {outcome.distinct} fresh processes")
    if outcome.varying:
        print(f"purity: {len(outcome.varying)} of them are not deterministic by themselves (fresh processes differ), which proves nothing")
    if outcome.leak is not None:
        print(f"purity: A LEAK. {outcome.leak}\nSeed {seed}.")
        return 1
    memory = outcome.memory()
    growth = memory[-1] / memory[len(memory) // 2]
    print(f"purity: every answer was a fresh process's. Memory by fifths of the run: {', '.join(str(size >> 20) for size in memory)} MB")
    if outcome.jobs >= _LONG and growth > MOST_GROWTH:
        print(f"purity: MEMORY GREW by more than {MOST_GROWTH:.2f} times. Seed {seed}.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
