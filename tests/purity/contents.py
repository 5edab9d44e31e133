"""What is in the files of a run, as list_contents.py found it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Sequence

from files import Files, need_blender

Contents = Dict[str, List[Any]]


def read_contents(files: Files, names: Sequence[str]) -> Dict[str, Contents]:
    """By file: the names of scenes, cameras, objects and so on, and the properties that could be set."""
    with tempfile.TemporaryDirectory(prefix="wk-contents-") as folder:
        out = Path(folder) / "contents.json"
        made = subprocess.run(
            [need_blender(), "-b", "--factory-startup", "--python", str(Path(__file__).with_name("list_contents.py")), "--", str(out),
             *(str(files.path(name)) for name in names)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
        assert made.returncode == 0, made.stdout.decode(errors="replace")[-2000:]
        found: Dict[str, Contents] = json.loads(out.read_text())
        return found
