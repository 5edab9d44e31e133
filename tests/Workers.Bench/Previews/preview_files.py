"""Fills a folder with small files of every format that is known, each of which gives a picture by itself: python preview_files.py FOLDER."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

folder, tests = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(tests))

from corpus import make_corpus  # noqa: E402
from models import Models  # noqa: E402

_FORMATS = ("blend", "glb", "gltf", "obj", "stl", "ply", "fbx", "dae")

models = Models()
try:
    files = make_corpus(models).files
    for name, file in files.items():
        ending = name.rsplit(".", 1)[-1]
        # What goes by a wrong name, or needs companions, would ask more of the process by hand than its few lines can do.
        if file.fine and not file.files and not file.input and ending in _FORMATS and "-as." not in name and not name.startswith(("-", "alone-")):
            shutil.copyfile(file.path, folder / name.replace(" ", "-"))
finally:
    models.remove()
