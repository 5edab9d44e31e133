"""Estimates how much Blender has to prepare for every render of a view layer, without evaluating it."""

from __future__ import annotations

from typing import NamedTuple, Optional

import bpy

LIMIT = 1_000_000
"""Faces from which on counting stops: nothing depends on how much heavier a scene is."""

_DEEP = 4
_SMALL = ("CURVE", "SURFACE", "FONT", "META", "CURVES", "POINTCLOUD", "GPENCIL")
_SMALL_FACES = 2000.0


class Weight(NamedTuple):
    """`faces` is an estimate, or LIMIT for "many or unknown". `catcher`: some object of the file catches shadows."""

    faces: int
    catcher: bool


def weigh(layer: bpy.types.ViewLayer) -> Weight:
    faces = sum(_faces(thing, 0) for thing in layer.objects if not thing.hide_render)
    # Lights carry the same flag, with another meaning.
    catcher = any(getattr(thing, "is_shadow_catcher", False) for thing in bpy.data.objects if thing.type in ("MESH", *_SMALL))
    return Weight(min(LIMIT, faces), catcher)


def _faces(thing: bpy.types.Object, depth: int) -> int:
    if thing.type == "VOLUME" or thing.instance_type in ("VERTS", "FACES") or depth > _DEEP:
        return LIMIT
    if thing.instance_type == "COLLECTION" and thing.instance_collection is not None:
        total = 0
        for part in thing.instance_collection.all_objects:
            total += _faces(part, depth + 1)
            if total >= LIMIT:
                break
        return min(LIMIT, total)
    if thing.type == "MESH":
        faces = float(len(thing.data.polygons))
    elif thing.type in _SMALL:
        faces = _SMALL_FACES
    else:
        return 0
    for modifier in thing.modifiers:
        factor = _factor(modifier) if modifier.show_render else 1.0
        if factor is None:
            return LIMIT
        faces = min(faces * factor, float(LIMIT))
    for system in thing.particle_systems:
        faces += system.settings.count * max(1, system.settings.rendered_child_count) * 10
    return int(min(faces, LIMIT))


def _factor(modifier: bpy.types.Modifier) -> Optional[float]:
    """By how much a modifier multiplies the faces; None for any number."""
    if modifier.type in ("SUBSURF", "MULTIRES"):
        return float(4 ** min(modifier.render_levels, 12))
    if modifier.type == "ARRAY":
        return float(modifier.count) if modifier.fit_type == "FIXED_COUNT" else 20.0
    if modifier.type in ("NODES", "OCEAN", "REMESH", "SKIN", "FLUID"):
        return None
    return {"MIRROR": 2.0, "SOLIDIFY": 2.2, "BEVEL": 5.0, "SCREW": 32.0, "WIREFRAME": 4.0}.get(modifier.type, 1.0)
