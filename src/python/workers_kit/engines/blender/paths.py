"""Data paths as clients write them: `objects["Lamp"].location`, `lights["Key"].color[0]`, `objects["Chair"]["width"]`.

Read by a grammar of three kinds of steps and never evaluated as Python.
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional

MAX_CHARACTERS = 1000

_STEP = re.compile(r"""
    (?P<dot>\.?) (?P<name>[A-Za-z][A-Za-z0-9_]*)
  | \[ (?P<quote>["']) (?P<key>(?:[^"'\\\[\]] | \\. | (?!(?P=quote))["'\[\]])*) (?P=quote) \]
  | \[ (?P<index>[0-9]{1,9}) \]
""", re.VERBOSE)


class Target(NamedTuple):
    """`owner` is the path of the struct; `name` its property, or `["key"]` for a custom one; `index` one entry of an array."""

    owner: str
    name: str
    index: Optional[int]
    root: str


def parse(path: str) -> Target:
    """Raises ValueError with the reason, fit for a client's eyes."""
    if len(path) > MAX_CHARACTERS:
        raise ValueError(f"the path has more than {MAX_CHARACTERS} characters")
    steps: List[str] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None or (step["name"] and bool(step["dot"]) != bool(steps)):
            raise ValueError(f"the path cannot be read at character {at + 1} ({path[at:at + 20]!r})")
        steps.append(step.group())
        at = step.end()
    if not steps or steps[0].startswith("["):
        raise ValueError('a path begins with a collection, for example objects["Lamp"].location')
    index = int(steps.pop()[1:-1]) if steps[-1][1:-1].isdigit() and steps[-1].startswith("[") else None
    name = steps.pop()
    owner = "".join(steps)
    if not owner:
        raise ValueError('a path names a property of something, for example objects["Lamp"].location')
    if name.startswith("["):
        name = '["' + name[2:-2] + '"]'
    return Target(owner, name.lstrip("."), index, steps[0])
