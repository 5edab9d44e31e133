"""The model files of fixtures/make_models.py, made once for the tests that share them."""

from __future__ import annotations

import atexit
import functools
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Dict, Optional, Union

from blender_worker import need_blender
from fake_node import FIXTURES, LIMIT_SECONDS
from pictures import read_png

GREEN, RED = "the texture's green", "the material's red"


class Models:
    """`folder` holds them; `wood` is their texture's companion."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wk-models-"))
        made = subprocess.run(
            [need_blender(), "-b", "--factory-startup", "--python-exit-code", "1", "--python", str(FIXTURES / "make_models.py"), "--",
             str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS, check=False)
        assert made.returncode == 0, made.stdout.decode(errors="replace")
        self.wood = self.folder / "textures" / "wood.png"

    def __getitem__(self, name: str) -> Path:
        return self.folder / name

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def zip(self, name: str, entries: Dict[str, Union[Path, bytes]]) -> Path:
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for inside, content in entries.items():
                archive.writestr(inside, content if isinstance(content, bytes) else content.read_bytes())
        return path

    def companions(self, name: str) -> Optional[Dict[str, Path]]:
        """What belongs beside a model of the fixture."""
        stem, ending = name.split(".")
        both = {"obj": {f"{stem}.mtl": self[f"{stem}.mtl"]}, "gltf": {f"{stem}.bin": self[f"{stem}.bin"]}}.get(ending, {})
        return {**both, "textures/wood.png": self.wood}

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.lru_cache(maxsize=None)
def shared_models() -> Models:
    """Made once for all tests of a run, which add files of their own and change none."""
    models = Models()
    atexit.register(models.remove)
    return models


def colours(png: bytes) -> "set[str]":
    """Which of the model's two colours a picture shows."""
    picture = read_png(png)
    found = set()
    for at in range(0, len(picture.pixels), picture.channels):
        red, green, blue = picture.pixels[at:at + 3]
        if green > 60 and green > red + 40 and green > blue + 30:
            found.add(GREEN)
        if red > 80 and red > green + 60 and red > blue + 60:
            found.add(RED)
    return found
