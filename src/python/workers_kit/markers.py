"""Marker objects for `Annotated[...]`: they narrow a type hint and become words of the JSON Schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Optional


@dataclass(frozen=True)
class Range:
    """Inclusive limits of a number: `Annotated[int, Range(1, 16384)]`. None leaves a side open."""

    minimum: Optional[float] = None
    maximum: Optional[float] = None

    suits = frozenset({"integer", "number"})

    def words(self, types: FrozenSet[str]) -> Dict[str, Any]:
        return _present({"minimum": self.minimum, "maximum": self.maximum})

    def fault(self, value: Any) -> Optional[str]:
        """What is wrong with a JSON value, or None. Values the marker does not concern are never wrong."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if self.minimum is not None and value < self.minimum:
            return f"{value} is less than {self.minimum}"
        if self.maximum is not None and value > self.maximum:
            return f"{value} is more than {self.maximum}"
        return None


@dataclass(frozen=True)
class Length:
    """Inclusive limits of a text's characters or a list's entries: `Annotated[str, Length(1, 64)]`."""

    minimum: Optional[int] = None
    maximum: Optional[int] = None

    suits = frozenset({"string", "array"})

    def words(self, types: FrozenSet[str]) -> Dict[str, Any]:
        words: Dict[str, Any] = {}
        if "string" in types:
            words.update(minLength=self.minimum, maxLength=self.maximum)
        if "array" in types:
            words.update(minItems=self.minimum, maxItems=self.maximum)
        return _present(words)

    def fault(self, value: Any) -> Optional[str]:
        if not isinstance(value, (str, list)):
            return None
        unit = "characters" if isinstance(value, str) else "entries"
        if self.minimum is not None and len(value) < self.minimum:
            return f"{len(value)} {unit} are fewer than {self.minimum}"
        if self.maximum is not None and len(value) > self.maximum:
            return f"{len(value)} {unit} are more than {self.maximum}"
        return None


@dataclass(frozen=True)
class Pattern:
    """A regular expression a text must contain (anchor it with ^ and $): `Annotated[str, Pattern("^#[0-9a-f]{6}$")]`."""

    regex: str

    suits = frozenset({"string"})

    def words(self, types: FrozenSet[str]) -> Dict[str, Any]:
        return {"pattern": self.regex}

    def fault(self, value: Any) -> Optional[str]:
        if not isinstance(value, str) or re.search(self.regex, value):
            return None
        return f"it does not match {self.regex}"


@dataclass(frozen=True)
class Doc:
    """A parameter's description, shown at /v1/engines: `Annotated[int, Doc("samples a pixel")]`."""

    text: str

    suits = None

    def words(self, types: FrozenSet[str]) -> Dict[str, Any]:
        return {"description": self.text}

    def fault(self, value: Any) -> Optional[str]:
        return None


def _present(words: Dict[str, Any]) -> Dict[str, Any]:
    return {word: value for word, value in words.items() if value is not None}
