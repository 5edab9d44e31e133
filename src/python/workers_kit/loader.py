"""Loading of code that is not the kit's: the engine module, and user functions from folders."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import List

from .engine import Engine
from .functions import Registry


def load_engine(name: str) -> Engine:
    """The `ENGINE` of a module named `package.module`, or of a file. Raises what the module raises, or TypeError."""
    is_file = name.endswith(".py") or os.sep in name
    module = _load_file(Path(name)) if is_file else importlib.import_module(name)
    engine = getattr(module, "ENGINE", None)
    if not isinstance(engine, Engine):
        raise TypeError(f"{name} has no ENGINE = Engine(…)")
    engine.file = getattr(module, "__file__", None)
    return engine


def load_user_functions(folders: str, registry: Registry) -> List[str]:
    """Load every *.py that does not begin with an underscore from the folders (separated as in PATH), in order of name.

    A file that fails adds nothing and takes nothing down: the answer has a line for each, naming file, line and reason.
    """
    problems: List[str] = []
    for folder in filter(None, folders.split(os.pathsep)):
        try:
            files = sorted(entry for entry in Path(folder).iterdir() if entry.suffix == ".py" and not entry.name.startswith("_"))
        except OSError as error:
            problems.append(f"{folder}: cannot be read: {error.strerror or error}")
            continue
        for file in files:
            before = registry.names()
            try:
                _load_file(file)
            except (Exception, SystemExit) as error:  # Users' files may fail in any way, also by asking to exit.
                registry.keep(before)
                problems.append(_describe(file, error))
    for problem in problems:
        print(f"workers_kit: user functions: {problem}", file=sys.stderr, flush=True)
    return problems


def _load_file(file: Path) -> ModuleType:
    file = file.resolve()
    # Two folders may each have a plot.py: the folder is part of the module's name.
    name = f"workers_user_{hashlib.sha256(str(file.parent).encode()).hexdigest()[:8]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Dataclasses and type hints look their module up.
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _describe(file: Path, error: BaseException) -> str:
    """`/path/plot.py:12: ValueError: …`, with the last line in that very file."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(file.resolve()) else None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == str(file.resolve()):
            line = frame.lineno
    return f"{file}:{line or 1}: {type(error).__name__}: {error}"
