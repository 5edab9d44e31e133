"""Keeps what Blender prepared for a small picture, so that the same view in another colour is there several times sooner.

Blender calls it persistent data. It does not notice every change (Cycles' samples, a light shown again), so it is used only
where a call differs from the one before in nothing but values of material nodes, which Cycles follows in the viewport all the
time. Everything else begins afresh, and the tests compare the pictures with those of fresh processes.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

import bpy

from .paths import parse
from .plan import MOST_FACES

_WITHOUT_INFLUENCE = frozenset({"format", "quality", "outputs", "strict", "set", "materials"})

_key: Optional[str] = None


def view_key(file: str, input: Dict[str, Any]) -> Optional[str]:
    """What must be equal in two calls so that the second may use what the first prepared; None if nothing can be kept."""
    for path in input.get("set") or {}:
        target = parse(path)
        if target.root != "materials" or not isinstance(bpy.data.path_resolve(target.owner), bpy.types.NodeSocket):
            return None
    view = {name: value for name, value in input.items() if name not in _WITHOUT_INFLUENCE and value is not None}
    return json.dumps([file, view], sort_keys=True)


def keep(scene: bpy.types.Scene, key: Optional[str], faces: int) -> None:
    """Before a small render: go on with what is kept for this key, or begin afresh. Heavy scenes would take too much memory."""
    global _key
    if key is None or key != _key:
        release()
    if key is not None and faces <= MOST_FACES:
        scene.render.use_persistent_data = True
        _key = key


def release() -> None:
    """Free what is kept."""
    global _key
    _key = None
    for scene in bpy.data.scenes:
        scene.render.use_persistent_data = False  # Setting it frees the data at once.
