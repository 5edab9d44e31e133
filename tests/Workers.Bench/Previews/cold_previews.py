"""A Blender process for each file: python cold_previews.py BLENDER BY_HAND PNG FILE... prints for each its seconds and its seconds of processor time."""

from __future__ import annotations

import os
import subprocess
import sys
import time

blender, by_hand, picture, *files = sys.argv[1:]
for file in files:
    if os.path.exists(picture):
        os.remove(picture)
    began = time.monotonic()
    process = subprocess.Popen([blender, "-b", "--factory-startup", "--python-exit-code", "1", "--python", by_hand, "--", file, picture],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    drawn = status == 0 and os.path.exists(picture)
    print(f"{seconds:.6f} {usage.ru_utime + usage.ru_stime:.6f}" if drawn else "failed", flush=True)
