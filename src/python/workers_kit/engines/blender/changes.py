"""The ledger of what a call changes in the open file, so that the next call finds the file as it was saved."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set, Tuple, Type

from .text_style import restyle, styles

# Written by Blender itself whenever the scene is evaluated; the parts they are computed from are compared instead.
_DERIVED = frozenset({"matrix_world", "matrix_local", "bound_box", "dimensions", "rna_type"})

_DERIVED_TEXTURE_SPACE = frozenset({"texspace_location", "texspace_size"})  # Where `use_auto_texspace` says so.

_LONG_ARRAY = 64


class _Entry(NamedTuple):
    find: Callable[[], Any]
    name: str
    value: Any


class Changes:
    """Used as `with Changes() as changes:`; on leaving, also by an exception, everything recorded is put back.

    `exact` is True afterwards when all of it reads as before. When it is False the file must be opened again.
    """

    def __init__(self) -> None:
        self.exact = True
        self._entries: List[_Entry] = []
        self._known: Set[Tuple[int, str]] = set()
        self._owners: Dict[int, Tuple[Callable[[], Any], Dict[str, Any]]] = {}
        self._steps: List[Callable[[], None]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Set a property that this engine knows. Nothing happens where this Blender has no such property."""
        if hasattr(owner, name) and plain(getattr(owner, name)) != plain(value):
            self.keep(owner, name)
            setattr(owner, name, value)

    def keep(self, owner: Any, *names: str) -> None:
        """Record properties that may change. They are put back in the reverse order of their first recording."""
        for name in names:
            key = (owner.as_pointer(), name)
            if key not in self._known and hasattr(owner, name):
                self._known.add(key)
                self._entries.append(_Entry(_finder(owner), name, plain(getattr(owner, name))))

    def set_found(self, find: Callable[[], Any], name: str, value: Any) -> None:
        """Set a property a client asked for. Its whole owner is compared at the end: one property may move others."""
        owner = find()
        if owner.as_pointer() not in self._owners:
            self._owners[owner.as_pointer()] = (find, dump(owner))
        if name == "body" and hasattr(owner, "body_format"):
            before = styles(owner)
            self.afterwards(lambda: restyle(find(), before))
        self._entries.append(_Entry(find, name, plain(_read(owner, name))))
        _write(owner, name, value)

    def afterwards(self, step: Callable[[], None]) -> None:
        """Run `step` at the end, after the properties are back; the last one first."""
        self._steps.append(step)

    def reopen(self) -> None:
        """Have the file opened again afterwards: something is changed that reaches further than can be seen from here."""
        self.exact = False

    def undo(self) -> None:
        """Put everything back; never raises, but `exact` tells."""
        for entry in reversed(self._entries):
            try:
                owner = entry.find()
                if plain(_read(owner, entry.name)) != entry.value:
                    _write(owner, entry.name, entry.value)
                    if plain(_read(owner, entry.name)) != entry.value:
                        self._failed(f"{entry.name} reads {_read(owner, entry.name)!r} instead of {entry.value!r}")
            except Exception:  # Whatever Blender objects to: the file is opened again, which cures everything.
                self._failed(f"{entry.name}: {traceback.format_exc(limit=1)}")
        for step in reversed(self._steps):
            try:
                step()
            except Exception:  # As above.
                self._failed(traceback.format_exc(limit=1))
        for find, before in self._owners.values():
            try:
                after = dump(find())
            except Exception:  # As above.
                self._failed(traceback.format_exc(limit=1))
                continue
            moved = sorted(name for name, value in before.items() if after.get(name) != value)
            if moved:
                self._failed(f"{', '.join(moved)} moved as well")

    def _failed(self, reason: str) -> None:
        self.exact = False
        print(f"blender: not put back exactly, the file will be opened again: {reason}", flush=True)

    def __enter__(self) -> "Changes":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], raised: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.undo()


def plain(value: Any) -> Any:
    """A copy that stays what it is when Blender's value changes, and that can be compared and set again."""
    if value is None or isinstance(value, (str, bytes, bool, int, float)):
        return value
    if isinstance(value, (set, frozenset)):
        return set(value)
    if hasattr(value, "bl_rna"):
        return value  # A data block; it compares by identity.
    return tuple(plain(part) for part in value)


def dump(owner: Any) -> Dict[str, Any]:
    """All plain values of a struct by name; without collections, other structs, and long arrays such as an image's pixels."""
    values: Dict[str, Any] = {}
    derived = _DERIVED | _DERIVED_TEXTURE_SPACE if getattr(owner, "use_auto_texspace", False) else _DERIVED
    for prop in owner.bl_rna.properties:
        bulk = prop.type in ("POINTER", "COLLECTION") or getattr(prop, "array_length", 0) > _LONG_ARRAY or prop.identifier == "pixels"
        if not bulk and prop.identifier not in derived:
            values[prop.identifier] = repr(plain(getattr(owner, prop.identifier)))  # repr: NaN is equal to itself.
    return values


def _finder(owner: Any) -> Callable[[], Any]:
    """Finds a struct again by its path: a reference may go stale when Blender moves its memory."""
    block = owner.id_data
    if block is None or block == owner:
        return lambda: owner
    try:
        path = owner.path_from_id()
        block.path_resolve(path)
    except (ValueError, AttributeError):
        return lambda: owner  # Some structs have no path, or a wrong one. They are parts that Blender does not move.
    return lambda: block.path_resolve(path)


def _read(owner: Any, name: str) -> Any:
    return owner[name[2:-2]] if name.startswith('["') else getattr(owner, name)


def _write(owner: Any, name: str, value: Any) -> None:
    if name.startswith('["'):
        owner[name[2:-2]] = value
        owner.id_data.update_tag()  # A custom property does not tell by itself that it changed.
    else:
        setattr(owner, name, value)
