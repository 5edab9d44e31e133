"""Starts a worker from any interpreter, without an installed package: adds the kit to the path, loads an engine, runs it.

    python3 launch.py ENGINE                                     ENGINE: a module, or a file that ends in .py
    blender -b --factory-startup --python launch.py -- ENGINE    arguments behind `--` are ours, the rest is the host's
"""

import os
import sys


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    # The interpreter puts a script's own folder first; there, our module names would hide others'.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != here]
    sys.path.insert(0, os.path.dirname(here))
    from workers_kit.__main__ import start

    start(sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else sys.argv[1:])


if __name__ == "__main__":
    main()
