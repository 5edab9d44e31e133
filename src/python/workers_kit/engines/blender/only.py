"""The input `objects`: of all that could be shown, only these."""

from __future__ import annotations

from typing import List

import bpy

from .animated import is_animated
from .changes import Changes
from .names import pointer
from .notices import Notices
from .visibility import named, objects_of

_NEVER_SHOWN = frozenset({"CAMERA", "LIGHT", "LIGHT_PROBE", "SPEAKER"})


def show_only(notices: Notices, changes: Changes, names: List[str]) -> None:
    """Show these objects, collections and what stands under empties of these names, and nothing else; light stays as it is."""
    shown = set()
    for index, name in enumerate(names):
        shown.update(objects_of(named(name, pointer("objects", str(index)))))
    for thing in bpy.data.objects:
        if thing.type in _NEVER_SHOWN or thing.hide_render == (thing not in shown):
            continue
        if is_animated(thing, "hide_render"):
            notices.warn("objects_without_effect", f"Whether {thing.name!r} is shown is animated or driven, which overwrites this at every frame.",
                         "/objects")
        changes.set(thing, "hide_render", thing not in shown)
