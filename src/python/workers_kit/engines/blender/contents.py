"""Lists what the open file holds, as JSON: plain facts, by the names that `render` takes."""

from __future__ import annotations

import math
import os
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

import bpy
from mathutils import Vector

from . import texture_size
from .opening import OpenFile
from .scenes import RENDERERS

LISTED = 5000
"""Most entries of a list."""

_TEXT = 200
_WITH_BOUNDS = frozenset({"MESH", "CURVE", "SURFACE", "FONT", "META", "CURVES", "POINTCLOUD", "VOLUME", "LATTICE", "GPENCIL", "ARMATURE"})
_CAMERAS = {"PERSP": "perspective", "ORTHO": "orthographic", "PANO": "panoramic"}
_EMBEDDED = ("node_tree", "shape_keys")


def listed(opened: OpenFile) -> Dict[str, Any]:
    """Scenes, cameras, objects, materials, images, libraries, scripts, and how many there are of each."""
    objects = [thing for thing in bpy.data.objects if thing.name not in opened.added]
    ours = {slot.material for thing in bpy.data.objects if thing.name in opened.added for slot in thing.material_slots}
    materials = [material for material in bpy.data.materials if material not in ours]
    images = [image for image in bpy.data.images if image.type == "IMAGE"]
    drivers = list(_drivers())
    lists: Dict[str, Tuple[Sequence[Any], Callable[[Any], Dict[str, Any]]]] = {
        "scenes": (list(bpy.data.scenes), lambda scene: _scene(scene, opened)),
        "cameras": ([thing for thing in objects if thing.type == "CAMERA"], _camera),
        "objects": (objects, _object),
        "materials": (materials, _material),
        "images": (images, lambda image: _image(image, opened)),
        "libraries": (list(bpy.data.libraries), lambda library: _library(library, opened)),
    }
    meshes = [thing.data for thing in objects if thing.type == "MESH"]
    return {
        **{name: [describe(thing) for thing in things[:LISTED]] for name, (things, describe) in lists.items()},
        "scripts": _scripts(drivers),
        "counts": {
            **{name: len(things) for name, (things, _) in lists.items()}, "texts": len(bpy.data.texts), "drivers": len(drivers),
            "actions": len(bpy.data.actions), "vertices": sum(len(mesh.vertices) for mesh in meshes),
            "faces": sum(len(mesh.polygons) for mesh in meshes),
        },
    }


def _scene(scene: bpy.types.Scene, opened: OpenFile) -> Dict[str, Any]:
    settings = scene.render
    camera = scene.camera.name if scene.camera is not None and scene.camera.name not in opened.added else None
    return {
        "name": scene.name, "camera": camera, "viewLayers": [{"name": layer.name, "use": layer.use} for layer in scene.view_layers],
        "objects": sum(1 for thing in scene.objects if thing.name not in opened.added),
        "renderer": next((ours for ours, theirs in RENDERERS.items() if settings.engine in theirs), settings.engine.lower()),
        "width": settings.resolution_x, "height": settings.resolution_y, "percentage": settings.resolution_percentage,
        "frameStart": scene.frame_start, "frameEnd": scene.frame_end, "frameStep": scene.frame_step, "frame": scene.frame_current,
        "framesPerSecond": _number(settings.fps / settings.fps_base),
    }


def _camera(thing: bpy.types.Object) -> Dict[str, Any]:
    camera = thing.data
    return {"name": thing.name, "type": _CAMERAS.get(camera.type, camera.type.lower()), "lens": _number(camera.lens),
            "orthographicScale": _number(camera.ortho_scale),
            "location": _numbers(thing.matrix_world.translation)}


def _object(thing: bpy.types.Object) -> Dict[str, Any]:
    found: Dict[str, Any] = {
        "name": thing.name, "type": thing.type.lower(), "parent": thing.parent.name if thing.parent is not None else None,
        "hidden": thing.hide_render, "materials": [slot.material.name for slot in thing.material_slots if slot.material is not None],
    }
    if thing.type == "MESH":
        found.update(vertices=len(thing.data.vertices), faces=len(thing.data.polygons))
    if thing.type in _WITH_BOUNDS:
        found["bounds"] = _bounds(thing)
    return found


def _bounds(thing: bpy.types.Object) -> Optional[Dict[str, Any]]:
    """The box around the object in the world; None where it has no finite one."""
    corners = [thing.matrix_world @ Vector(corner) for corner in thing.bound_box]
    if not all(math.isfinite(value) for corner in corners for value in corner):
        return None
    return {"min": _numbers(min(corner[axis] for corner in corners) for axis in range(3)),
            "max": _numbers(max(corner[axis] for corner in corners) for axis in range(3))}


def _material(material: bpy.types.Material) -> Dict[str, Any]:
    tree = material.node_tree if material.use_nodes else None
    images = [node.image.name for node in tree.nodes if getattr(node, "image", None) is not None] if tree is not None else []
    return {"name": material.name, "nodes": tree is not None, "images": list(dict.fromkeys(images)), "users": material.users}


def _image(image: bpy.types.Image, opened: OpenFile) -> Dict[str, Any]:
    size = texture_size.size_of(image)
    packed = bool(image.packed_files)
    path, missing = _path(image, opened) if image.source != "GENERATED" else (None, False)
    return {"name": image.name, "source": image.source.lower(), "path": path, "packed": packed, "missing": missing and not packed,
            "width": size[0] if size else None, "height": size[1] if size else None, "users": image.users}


def _library(library: bpy.types.Library, opened: OpenFile) -> Dict[str, Any]:
    path, missing = _path(library, opened)
    return {"name": library.name, "path": path, "missing": missing}


def _path(block: Any, opened: OpenFile) -> Tuple[Optional[str], bool]:
    """Where it was looked for, relative to the file, and whether it is not there."""
    path = bpy.path.abspath(block.filepath, library=block.library)
    missing = not os.path.isfile(path.replace("<UDIM>", "1001"))
    inside = os.path.relpath(path, opened.bundle.main.parent).replace(os.sep, "/") if opened.bundle.owns(path) else block.filepath
    return opened.bundle.shown(inside) or None, missing


def _scripts(drivers: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Code in the file. None of it ran: neither texts, nor drivers whose expression is more than arithmetic."""
    return {
        "texts": [{"name": text.name, "lines": len(text.lines), "autorun": text.use_module} for text in bpy.data.texts][:LISTED],
        "drivers": drivers[:LISTED],
        "blocked": sum(1 for driver in drivers if driver["blocked"]) + sum(1 for text in bpy.data.texts if text.use_module),
    }


def _drivers() -> Iterator[Dict[str, Any]]:
    """The scripted ones."""
    for block in _blocks():
        animation = getattr(block, "animation_data", None)
        for curve in animation.drivers if animation is not None else ():
            if curve.driver.type == "SCRIPTED":
                yield {"owner": block.name, "path": curve.data_path, "expression": curve.driver.expression[:_TEXT],
                       "blocked": not curve.driver.is_simple_expression}


def _blocks() -> Iterator[Any]:
    for prop in bpy.data.bl_rna.properties:
        if prop.type == "COLLECTION":
            for block in getattr(bpy.data, prop.identifier):
                yield block
                yield from (part for part in (getattr(block, name, None) for name in _EMBEDDED) if part is not None)


def _number(value: float) -> Optional[float]:
    return round(float(value), 6) if math.isfinite(value) else None


def _numbers(values: Iterable[float]) -> List[Optional[float]]:
    return [_number(value) for value in values]
