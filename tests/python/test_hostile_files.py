"""Files with bits turned, parts cut out, repeated and put in: whatever reads them before Blender does refuses them, or takes them, and quickly.

SEED=7 makes others, FILES=100000 more of them.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import fake_node  # noqa: F401  It puts the kit on the path.
from corpus import make_corpus
from models import shared_models
from workers_kit import Asset, InvalidInput
from workers_kit.engines.model_files import blend, blend_links, collada, exr, fbx, gltf, stl, wavefront
from workers_kit.engines.model_files.bundle import Bundle, lay_out

_FILES = int(os.environ.get("FILES", "5000"))
_SEED = int(os.environ.get("SEED", "1"))
_MOST_BYTES = 1_000_000
_LONGEST_SECONDS = 30.0  # For a file of a megabyte at most: generous, against hanging.
_LONGEST_MESSAGE = 1000

_NUMBERS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"9999")
_WORDS = (b"-1", b"1e309", b"99999999999999999999", b"nan", b"/", b"../", b'"', b"<", b"[", b"{", b"\0", b"\r\n", b"%00", b"&a;", b"\xed\xa0\x80")
_SETTLE: Dict[str, Callable[[Bundle], Any]] = {
    "gltf": gltf.settle, "glb": gltf.settle, "obj": wavefront.settle, "dae": collada.settle, "fbx": fbx.settle, "stl": stl.settle,
    "blend": blend_links.settle,
}


class HostileFilesTests(unittest.TestCase):
    def test_every_reader_refuses_or_takes_what_is_broken(self) -> None:
        samples = _samples()
        self.assertGreater(len(samples), 100)
        chosen, ends = random.Random(_SEED), {"taken": 0, "refused": 0}
        with tempfile.TemporaryDirectory(prefix="wk-hostile-") as folder:
            path = Path(folder, "file")
            for number in range(_FILES):
                name, content = chosen.choice(samples)
                path.write_bytes(_broken(chosen, content, samples))
                with self.subTest(number=number, name=name):
                    began = time.monotonic()
                    ends[self.read(path, name)] += 1
                    self.assertLess(time.monotonic() - began, _LONGEST_SECONDS)
        self.assertGreater(min(ends.values()), _FILES // 20, ends)

    def read(self, path: Path, name: str) -> str:
        """Whether it was taken or refused; any other end is an error of the test."""
        exr.is_whole(path)
        blend.thumbnail(path)
        try:
            bundle = lay_out(Asset("sha256:x", path, "x", name), None, None, lambda: None)
            try:
                _SETTLE.get(bundle.kind, lambda _: None)(bundle)
                blend.version(bundle.main)
                blend_links.libraries(bundle.main)
            finally:
                bundle.remove()
        except InvalidInput as refused:
            self.assertLess(len(str(refused)), _LONGEST_MESSAGE)
            return "refused"
        return "taken"


def _samples() -> List[Tuple[str, bytes]]:
    files = make_corpus(shared_models()).files
    return [(name, file.path.read_bytes()) for name, file in files.items() if 0 < file.path.stat().st_size < _MOST_BYTES]


def _broken(chosen: random.Random, content: bytes, samples: List[Tuple[str, bytes]]) -> bytes:
    raw = bytearray(content)
    for _ in range(chosen.choice((1, 1, 2, 3, 8))):
        # Headers are where readers believe what they read.
        at = chosen.randrange(min(len(raw), chosen.choice((16, 64, 512, 1 << 30)))) if raw else 0
        way = chosen.randrange(7)
        if way == 0 and raw:
            raw[at] ^= 1 << chosen.randrange(8)
        elif way == 1:
            raw[at:at + 4] = chosen.choice(_NUMBERS)
        elif way == 2:
            del raw[chosen.randrange(len(raw) + 1):]
        elif way == 3:
            del raw[at:at + chosen.randrange(1, 200)]
        elif way == 4:
            raw[at:at] = chosen.randbytes(chosen.randrange(1, 30))
        elif way == 5:
            raw[at:at] = chosen.choice(_WORDS) * chosen.choice((1, 1, 50, 3000))
        else:
            other = chosen.choice(samples)[1]
            start = chosen.randrange(len(other))
            raw[at:at] = other[start:start + chosen.randrange(500)]
    return bytes(raw)


if __name__ == "__main__":
    unittest.main()
