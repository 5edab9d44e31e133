"""The files that an open .blend names: found among those of the call, or made unreachable before anything reads them.

Pictures, fonts, sounds, volumes and caches are read when a picture needs them, so that it is early enough to settle them here.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Tuple

import bpy

from ... import InvalidInput
from ..model_files import names
from ..model_files.bundle import Bundle

_BLOCKS = ("images", "fonts", "sounds", "movieclips", "volumes", "cache_files")
_BUILT_IN = "<builtin>"
_PATHS = frozenset({"FILE_PATH", "DIR_PATH"})
_OUTPUTS = frozenset({"CompositorNodeOutputFile"})
_NAMED = 5


def settle(bundle: Bundle) -> List[Tuple[str, str]]:
    """Point every path at a file of the call. Answers warnings; raises InvalidInput where that cannot be done."""
    for owner, name in _places():
        written = getattr(owner, name)
        if not written or written == _BUILT_IN or bundle.owns(_absolute(owner, written)):
            continue
        taken = bundle.take(written) if bundle.kind == "blend" else None
        # What is missing keeps a name beside the file, where nothing is.
        setattr(owner, name, str(bundle.path(taken)) if taken is not None else "//" + (bundle.shown(written) or "missing"))
    outside = [path for path in bpy.utils.blend_paths(absolute=True) if os.path.exists(path) and not bundle.owns(path)]
    if outside:
        listed = ", ".join(dict.fromkeys(names.shown(path) for path in outside[:_NAMED]))
        raise InvalidInput(f"{bundle.name} refers to files outside of the call ({listed}); send them in `files`, or pack them.", "/file")
    if bundle.is_in_root:
        _look_around(bundle)
    return _without_own_shading()


def _look_around(bundle: Bundle) -> None:
    """Note every file in the root that a picture may depend on, and what cannot be noted file by file."""
    around = bundle.around
    named = [_absolute(owner, getattr(owner, name)) for owner, name in _places() if getattr(owner, name) not in ("", _BUILT_IN)]
    for path in dict.fromkeys([*named, *bpy.utils.blend_paths(absolute=True)]):
        if os.path.isdir(path):
            around.unsteady = "a folder"
        else:
            around.reads(path)
    strips = [strip for scene in bpy.data.scenes for strip in getattr(scene.sequence_editor, "sequences_all", ())]
    if (any(block.source in ("SEQUENCE", "TILED") for kind in ("images", "movieclips") for block in getattr(bpy.data, kind))
            or any(block.is_sequence for kind in ("volumes", "cache_files") for block in getattr(bpy.data, kind))
            or any(len(getattr(strip, "elements", ())) > 1 for strip in strips)):
        around.unsteady = "a sequence of files"


def _places() -> Iterator[Tuple[Any, str]]:
    """Every property that holds a path which Blender may read from."""
    for kind in _BLOCKS:
        for block in getattr(bpy.data, kind, ()):
            if not getattr(block, "packed_file", None) and not getattr(block, "packed_files", None) and block.filepath:
                yield block, "filepath"
    for thing in bpy.data.objects:
        for modifier in thing.modifiers:
            yield from _paths_of(modifier)
            if hasattr(modifier, "point_cache"):
                yield from _paths_of(modifier.point_cache)
        for system in thing.particle_systems:
            yield from _paths_of(system.point_cache)
    for tree in _trees():
        for node in tree.nodes:
            if node.bl_idname not in _OUTPUTS:
                yield from _paths_of(node)
    for scene in bpy.data.scenes:
        for strip in getattr(scene.sequence_editor, "sequences_all", ()):
            yield from _paths_of(strip)


def _trees() -> Iterator[Any]:
    for kind in ("materials", "worlds", "lights", "scenes", "textures", "linestyles"):
        yield from (block.node_tree for block in getattr(bpy.data, kind) if block.node_tree is not None)
    yield from bpy.data.node_groups


_known: Dict[type, Tuple[str, ...]] = {}


def _paths_of(owner: Any) -> Iterator[Tuple[Any, str]]:
    kind = type(owner)
    if kind not in _known:
        _known[kind] = tuple(prop.identifier for prop in owner.bl_rna.properties
                             if prop.type == "STRING" and prop.subtype in _PATHS and not prop.is_readonly)
    return ((owner, name) for name in _known[kind])


def _absolute(owner: Any, path: str) -> str:
    return bpy.path.abspath(path, library=owner.id_data.library if owner.id_data is not None else None)


def _without_own_shading() -> List[Tuple[str, str]]:
    """Shaders in OSL may read any file, so they are switched off."""
    scenes = [scene for scene in bpy.data.scenes if getattr(getattr(scene, "cycles", None), "shading_system", False)]
    for scene in scenes:
        scene.cycles.shading_system = False
    if not scenes:
        return []
    return [("scripts_blocked", f"{', '.join(scene.name for scene in scenes[:_NAMED])}: Open Shading Language is switched off; shaders written "
             "in it are not in the picture.")]
