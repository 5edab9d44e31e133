"""The function `export`: the file, or named objects of it, as one .glb."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any, Dict, Iterator, List, Optional

import bpy

from ... import Doc, Length, current_call, function, timed
from .importing import has_numpy, mend_numpy
from .names import pointer, unknown
from .notices import Notices
from .opening import FILE_TYPES, Companions, Entry, MainFile, OpenFile, forget, open_file

MOST_OBJECTS = 10_000
"""Most names in one call."""


@function(cacheable=True, file_types=FILE_TYPES)
def export(
    file: MainFile,
    files: Companions = None,
    entry: Entry = None,
    objects: Annotated[Optional[List[str]], Length(1, MOST_OBJECTS), Doc("names of objects; each with what is parented to it. Otherwise all")] = None,
) -> Dict[str, Any]:
    """Give out the scene the file was saved in, or parts of it, as glTF in one binary file: modifiers applied, textures inside."""
    call = current_call()
    if not has_numpy():
        raise RuntimeError("Exporting glTF needs numpy in Blender's Python; install it (python3-numpy), or use a build that brings it.")
    opened = open_file(call, file, files, entry)
    wanted = _wanted(opened, objects)
    # The exporter goes through the frames of an animation and does not always come back.
    moves = bool(bpy.data.actions or bpy.data.armatures or bpy.data.shape_keys)
    path = call.output("model.glb", "model/gltf-binary")
    finished = False
    try:
        with _only(wanted), timed("encode"):
            mend_numpy()
            bpy.ops.export_scene.gltf(
                filepath=str(path), export_format="GLB", use_active_scene=True, export_apply=True, export_cameras=True, export_lights=True,
                export_animations=moves, export_extras=False)
        finished = True
    finally:
        if moves or not finished:
            forget()
    opened.tell(Notices(call, strict=False))
    return {"objects": len(wanted), "bytes": path.stat().st_size}


def _wanted(opened: OpenFile, names: Optional[List[str]]) -> List[bpy.types.Object]:
    own = {thing.name: thing for thing in bpy.context.scene.objects if thing.name not in opened.added}
    if names is None:
        return list(own.values())
    for index, name in enumerate(names):
        if name not in own:
            raise unknown("object", name, own, pointer("objects", str(index)))
    chosen = {name: own[name] for name in names}
    for name in names:
        chosen.update((child.name, child) for child in own[name].children_recursive if child.name in own)
    return list(chosen.values())


@contextlib.contextmanager
def _only(objects: List[bpy.types.Object]) -> Iterator[None]:
    """A scene with nothing but these objects, shown whether they are hidden in theirs or not."""
    window = bpy.context.window
    before = window.scene
    scene = bpy.data.scenes.new("workers export")
    hidden = [thing for thing in objects if thing.hide_viewport]
    try:
        for thing in objects:
            scene.collection.objects.link(thing)
        for thing in hidden:
            thing.hide_viewport = False
        scene.frame_start, scene.frame_end = before.frame_start, before.frame_end
        scene.frame_set(before.frame_current)
        window.scene = scene
        yield
    finally:
        window.scene = before
        for thing in hidden:
            thing.hide_viewport = True
        bpy.data.scenes.remove(scene)
