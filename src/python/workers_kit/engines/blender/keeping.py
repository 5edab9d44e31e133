"""Keeps what Blender prepared for a small picture, so that the same scene in another colour, light or view is there several times sooner.

Blender calls it persistent data. It does not notice every change (Cycles' samples, a light shown again), so it is used only
where a call differs from the one before in nothing but what Cycles follows in the viewport all the time: values of material,
light and world nodes, which camera it is, and where cameras and lights are and what they are like. Everything else begins
afresh, and the tests compare the pictures with those of fresh processes.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional

import bpy

from .paths import Target, parse
from .plan import MOST_FACES

_WITHOUT_INFLUENCE = frozenset({"format", "quality", "outputs", "strict", "set", "materials"})
_SOCKETS = frozenset({"materials", "lights", "worlds"})
_PLACES = frozenset({"location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle"})
_LENSES = frozenset({"lens", "angle", "ortho_scale", "shift_x", "shift_y", "clip_start", "clip_end", "focus_distance", "aperture_fstop"})
_LAMPS = frozenset({"energy", "color", "shadow_soft_size", "size", "size_y", "spot_size", "spot_blend"})
_MOVED = frozenset({"CAMERA", "LIGHT"})

_key: Optional[str] = None


def view_key(file: str, scene: bpy.types.Scene, input: Dict[str, Any]) -> Optional[str]:
    """What must be equal in two calls so that the second may use what the first prepared; None if nothing can be kept."""
    paths = [parse(path) for path in input.get("set") or {}]
    by_camera = _is_made_for_camera(scene)
    if not all(_is_followed(path, by_camera) for path in paths):
        return None
    if _moving(paths) and not _stand_alone():
        return None
    without = _WITHOUT_INFLUENCE if by_camera else _WITHOUT_INFLUENCE | {"camera"}
    view = {name: value for name, value in input.items() if name not in without and value is not None}
    return json.dumps([file, view], sort_keys=True)


def _is_followed(path: Target, by_camera: bool) -> bool:
    owner = bpy.data.path_resolve(path.owner)
    if isinstance(owner, bpy.types.NodeSocket):
        return path.root in _SOCKETS
    if isinstance(owner, bpy.types.Light):
        return path.name in _LAMPS
    if isinstance(owner, bpy.types.Object):
        return path.name in _PLACES and (owner.type == "LIGHT" or (owner.type == "CAMERA" and not by_camera))
    return isinstance(owner, (bpy.types.Camera, bpy.types.CameraDOFSettings)) and path.name in _LENSES and not by_camera


def _is_made_for_camera(scene: bpy.types.Scene) -> bool:
    """Whether what is kept was made for one view: diced for it, without what it does not see, or blurred by its motion."""
    return bool(scene.render.use_motion_blur or scene.render.use_simplify or getattr(scene.cycles, "feature_set", "") == "EXPERIMENTAL")


def _moving(paths: List[Target]) -> bool:
    return any(path.name in _PLACES for path in paths)


def _stand_alone() -> bool:
    """Whether nothing hangs on cameras and lights, or may: what they would move is not among what is known to be followed."""
    return not any(
        thing.constraints or (thing.parent is not None and thing.parent.type in _MOVED)
        or (thing.animation_data is not None and thing.animation_data.drivers)
        for thing in bpy.data.objects)


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
