"""`python3 -m workers_kit ENGINE`: run a worker whose engine is a module or a file that ends in .py."""

from __future__ import annotations

import sys
import traceback
from typing import List, NoReturn

from .leave import BROKEN, leave
from .loader import load_engine
from .server import run


def start(arguments: List[str]) -> NoReturn:
    """Load the named engine and be its worker. Exit status 64 for wrong arguments (EX_USAGE)."""
    if len(arguments) != 1:
        print("usage: python3 -m workers_kit ENGINE   (a module such as workers_kit.engines.testcard, or a file)", file=sys.stderr)
        leave(64)
    try:
        engine = load_engine(arguments[0])
    except BaseException:  # Whatever the module raises, also SystemExit: there is no engine, and a host must not go on without.
        traceback.print_exc()
        leave(BROKEN)
    run(engine)


if __name__ == "__main__":
    start(sys.argv[1:])
