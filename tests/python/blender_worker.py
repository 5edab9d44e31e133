"""A real Blender worker for tests, and the .blend files they open."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar, Dict, Optional

from fake_node import FIXTURES, LAUNCH, LIMIT_SECONDS, FakeNode

BLENDER = os.environ.get("BLENDER") or shutil.which("blender")
PRODUCT = Path(__file__).resolve().parents[2] / "samples" / "product.blend"
FABRIC = 'materials["Fabric"].node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value'
SMALL = {"width": 48, "height": 48, "samples": 2}


def need_blender() -> str:
    """Blender's path, or a skip that says why."""
    if BLENDER is None:
        print("SKIPPED: no blender on the PATH and none named by BLENDER=", file=sys.stderr)
        raise unittest.SkipTest("no Blender")
    return BLENDER


class BlenderWorker(FakeNode):
    """A worker that is warm already. `facts` is what its warm-up found."""

    def __init__(self) -> None:
        host = [need_blender(), "-b", "--factory-startup", "--python", str(LAUNCH), "--"]
        super().__init__("workers_kit.engines.blender", host=host)
        self.facts: Dict[str, Any] = self.warm_up()["result"]["facts"]

    def begin(
        self, file: Path = PRODUCT, deadline: float = 600, function: str = "render", files: Optional[Dict[str, Path]] = None,
        images: Optional[Dict[str, Path]] = None, **input: Any
    ) -> int:
        """Send a call of a function, with companions and images by name; the answer is its id."""
        assets = {_ref(path): _asset(path) for path in (file, *(files or {}).values(), *(images or {}).values())}
        maps = {field: {name: _ref(path) for name, path in given.items()} for field, given in (("files", files), ("images", images)) if given}
        return self.start(function, {"file": _ref(file), **maps, **input}, assets=assets, deadlineSeconds=deadline)

    def render(self, file: Path = PRODUCT, **input: Any) -> Dict[str, Any]:
        """The result of a call that must succeed, with the picture's bytes as `picture`."""
        id = self.begin(file, **input)
        reply = self.reply(id)
        assert "result" in reply, (reply, self.log()[-2000:])
        result: Dict[str, Any] = reply["result"]
        result["picture"] = (self.call_folder(id) / result["artifacts"][0]["path"]).read_bytes()
        return result

    def fail(self, file: Path = PRODUCT, **input: Any) -> Dict[str, Any]:
        """The error of a call that must fail: its message, and its data."""
        reply = self.reply(self.begin(file, **input))
        assert "error" in reply, reply
        assert not list(self.folder.glob(f"c{reply['id']}/image.*")), "a failed call left a picture"
        return {"message": reply["error"]["message"], **reply["error"]["data"]}


def _ref(file: Path) -> str:
    return f"sha256:{file.name}"


def _asset(file: Path) -> Dict[str, str]:
    return {"path": str(file), "id": f"{_ref(file)}:{file.stat().st_size}", "name": file.name, "mediaType": ""}


class Blends:
    """The files of fixtures/make_blends.py; `marker` exists when a hostile one got its way."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wk-blends-"))
        self.marker = self.folder / "marker"
        made = subprocess.run(
            [need_blender(), "-b", "--factory-startup", "--python", str(FIXTURES / "make_blends.py"), "--", str(self.folder), str(self.marker)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS, check=False)
        assert made.returncode == 0, made.stdout.decode(errors="replace")

    def __getitem__(self, name: str) -> Path:
        return self.folder / f"{name}.blend"

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.lru_cache(maxsize=None)
def shared_blends() -> Blends:
    """Made once for all tests of a run, which add files of their own and change none."""
    blends = Blends()
    atexit.register(blends.remove)
    return blends


def escaped(path: str) -> Optional[str]:
    """A data path as part of a JSON Pointer."""
    return path.replace("~", "~0").replace("/", "~1")


class BlenderTests(unittest.TestCase):
    """Tests of one warm worker, and a folder for the files it opens."""

    blends: ClassVar[Blends]
    worker: ClassVar[BlenderWorker]

    @classmethod
    def setUpClass(cls) -> None:
        cls.blends = shared_blends()
        cls.worker = BlenderWorker()
        cls.addClassCleanup(cls.worker.close)
