"""Values at random, near enough to the old ones that a picture stays small and quick."""

from __future__ import annotations

import random
from typing import Any, Mapping


def colour(chance: random.Random) -> str:
    return f"#{chance.randrange(1 << 24):06x}"


def another(chance: random.Random, found: Mapping[str, Any]) -> Any:
    """Another value for a property as list_contents.py describes it."""
    old = found["value"]
    if isinstance(old, list):
        return [_another(chance, found, part) for part in old]
    return _another(chance, found, old)


def _another(chance: random.Random, found: Mapping[str, Any], old: Any) -> Any:
    kind = found["type"]
    if kind == "BOOLEAN":
        return not old
    if kind == "ENUM":
        return chance.choice(found["items"] or [old])
    if kind == "STRING":
        return chance.choice(["", "abc", "UVMap", "Col"])
    low, high = found["low"], found["high"]
    if kind == "INT":
        return max(low, min(high, old + chance.choice([-1, 1])))
    return max(low, min(high, old * chance.uniform(0.5, 1.5) + chance.choice([0, 0.1, -0.1])))
