"""The digest of the code that runs here: the kit, the engine and users' functions. Stored results are good only for the very same code."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Iterator, Optional, Tuple

MOST_FILES = 10_000
MOST_BYTES = 256 << 20


def digest(engine: Optional[str], folders: str) -> Optional[str]:
    """SHA-256 over the kit's modules, those beside the engine's file, and everything in the function folders (separated as in PATH).

    None where it cannot be told: no engine file, something unreadable, or more than is worth reading. Nothing is then kept.
    """
    if engine is None:
        return None
    total = hashlib.sha256()
    files = size = 0
    try:
        for name, path in _files(Path(engine).resolve(), folders):
            files, size = files + 1, size + path.stat().st_size
            if files > MOST_FILES or size > MOST_BYTES:
                return None
            content = path.read_bytes()
            total.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            total.update(content)
    except OSError:
        return None
    return total.hexdigest()


def _files(engine: Path, folders: str) -> Iterator[Tuple[str, Path]]:
    """Named by where they are below their folder: the same code elsewhere is the same code."""
    kit = Path(__file__).resolve().parent
    for path in sorted(kit.rglob("*.py")):
        yield f"kit/{path.relative_to(kit).as_posix()}", path
    if not engine.is_relative_to(kit):
        for path in sorted(engine.parent.glob("*.py")):
            yield f"engine/{path.name}", path
    yield f"engine {engine.name}", Path(os.devnull)
    for number, folder in enumerate(filter(None, folders.split(os.pathsep))):
        for path in sorted(Path(folder).rglob("*")):
            inside = path.relative_to(folder)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
            if path.is_file() and not hidden:
                yield f"functions {number}/{inside.as_posix()}", path
