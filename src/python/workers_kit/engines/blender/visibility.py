"""The inputs `show` and `hide`: objects and collections, by name, in renders."""

from __future__ import annotations

from typing import Any, List

import bpy

from ... import InvalidInput
from .animated import is_animated
from .changes import Changes
from .names import pointer, unknown
from .notices import Notices


def apply(notices: Notices, changes: Changes, show: List[str], hide: List[str]) -> None:
    """Show and hide them. An empty that stands for its children, as parts come from other programs, takes them along."""
    both = set(show) & set(hide)
    if both:
        name = min(both)
        raise InvalidInput(f"{name!r} is to be shown and hidden.", pointer("hide", str(hide.index(name))))
    for field, names, hidden in (("show", show, False), ("hide", hide, True)):
        for index, name in enumerate(names):
            for thing in named(name, pointer(field, str(index))):
                if is_animated(thing, "hide_render"):
                    notices.warn(f"{field}_without_effect", f"Whether {name!r} is shown is animated or driven, which overwrites this at every "
                                 "frame.", pointer(field, str(index)))
                changes.set(thing, "hide_render", hidden)


def named(name: str, where: str) -> List[Any]:
    """The object and the collection of that name, whichever there is."""
    found: List[Any] = []
    thing, collection = bpy.data.objects.get(name), bpy.data.collections.get(name)
    if thing is not None:
        found.append(thing)
        if thing.type == "EMPTY" and thing.instance_collection is None:
            found.extend(thing.children_recursive)
    if collection is not None:
        found.append(collection)
    if not found:
        raise unknown("object or collection", name, [*bpy.data.objects.keys(), *bpy.data.collections.keys()], where)
    return found


def objects_of(things: List[Any]) -> List[bpy.types.Object]:
    """The objects among them, and those of the collections among them."""
    collections = [thing for thing in things if isinstance(thing, bpy.types.Collection)]
    return [*(thing for thing in things if isinstance(thing, bpy.types.Object)),
            *(thing for collection in collections for thing in collection.all_objects)]
