"""What is said of a name that is not there: the nearest ones, and what there is."""

from __future__ import annotations

import difflib
from typing import Iterable, Optional

from ... import InvalidInput

_LISTED = 20
_NEAR = 3
_COMPARED = 5000
"""Most names that are compared letter by letter."""


def pointer(*parts: str) -> str:
    """A JSON Pointer (RFC 6901) to a place of the input."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def unknown(what: str, name: str, known: Iterable[str], where: str, place: Optional[str] = None) -> InvalidInput:
    """The error for a name that is not in the file, or not in `place`; `where` points at it in the input."""
    names = sorted(set(known))
    near = [other for other in names if other.lower() == name.lower()]
    if not near and len(names) <= _COMPARED:
        near = difflib.get_close_matches(name, names, _NEAR)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return InvalidInput(f"There is no {what} {name!r} in {place or 'the file'}.{hint} There is: {listed(names)}.", where)


def listed(names: Iterable[str]) -> str:
    """The names in order, the first twenty of them."""
    names = sorted(set(names))
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return (", ".join(names[:_LISTED]) or "none") + more
