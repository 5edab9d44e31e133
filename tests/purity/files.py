"""The files of a purity run: the sample, those of the other tests, those made to leave something behind, models, and broken ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

from blender_worker import PRODUCT, Blends, need_blender
from fake_node import FIXTURES, LIMIT_SECONDS
from models import Models


class Files:
    """Every file by its name; each name is one content."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="wk-purity-"))
        self._blends, self._models = Blends(), Models()
        _make(self._folder)
        self._paths: Dict[str, Path] = {"product.blend": PRODUCT, "red.png": FIXTURES / "red.png"}
        for folder in (self._folder, self._blends.folder, self._models.folder):
            self._paths.update({path.name: path for path in folder.iterdir() if path.is_file()})
        self._paths["wood.png"] = self._models.wood
        whole = PRODUCT.read_bytes()
        for name, content in (("half.blend", whole[:len(whole) // 2]), ("garbage.blend", b"BLENDER-v304" + bytes(range(256)) * 40)):
            self._paths[name] = self._folder / name
            self._paths[name].write_bytes(content)

    def asset(self, name: str) -> Dict[str, Any]:
        """The entry of a call's `assets`."""
        return {"path": str(self._paths[name]), "id": f"sha256:{name}", "name": name, "mediaType": ""}

    def path(self, name: str) -> Path:
        return self._paths[name]

    def remove(self) -> None:
        self._blends.remove()
        self._models.remove()
        shutil.rmtree(self._folder, ignore_errors=True)


def _make(folder: Path) -> None:
    made = subprocess.run(
        [need_blender(), "-b", "--factory-startup", "--python", str(Path(__file__).with_name("make_files.py")), "--", str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS, check=False)
    assert made.returncode == 0, made.stdout.decode(errors="replace")
