"""Opening .blend files, and knowing which one is open. Scripts inside a file never run."""

from __future__ import annotations

import os
import re
from typing import Dict, List, Optional, Tuple

import bpy

from ... import Asset, Call, InvalidInput, timed
from .engine import ENGINE
from .keeping import release
from .scripts import disarm
from .weight import Weight, weigh

_SIMULATING = frozenset({"CLOTH", "SOFT_BODY", "FLUID", "DYNAMIC_PAINT", "PARTICLE_SYSTEM", "COLLISION", "EXPLODE"})
_NAMED = 5


class OpenFile:
    """What is known about the file that is open. Computed once, told to every call that uses the file."""

    def __init__(self, asset: Asset) -> None:
        self.id = asset.id
        self.name = asset.name or asset.path.name
        self.warnings: List[Tuple[str, str]] = [*_missing_files(), *_newer(), *_style_modules()]
        self.simulates = _simulates()
        self._told_scripts = False
        self._weights: Dict[Tuple[str, str], Weight] = {}

    def weight(self, scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> Weight:
        """How heavy a view layer is, as saved: what a call sets does not count, so that the answer stays the same."""
        key = (scene.name, layer.name)
        if key not in self._weights:
            self._weights[key] = weigh(layer)
        return self._weights[key]

    def tell(self, call: Call) -> None:
        """Warn of what is wrong with the file. A blocked driver shows only when the scene is evaluated: tell after rendering."""
        if bpy.app.autoexec_fail and not self._told_scripts:
            self._told_scripts = True
            self.warnings.append(("scripts_blocked", (
                f"{self.name} contains a script or a scripted driver ({bpy.app.autoexec_fail_message}); it did not run. "
                "What it would have changed is not in the picture.")))
        for code, detail in self.warnings:
            call.warn(code, detail)


_open: Optional[OpenFile] = None


def open_file(call: Call, asset: Asset) -> OpenFile:
    """The asset as the open file: at once if it is open already. Raises InvalidInput when it cannot be opened.

    After a failure nothing is open: Blender keeps the former scene, which must never be rendered for this call.
    """
    global _open
    if _open is not None and _open.id == asset.id:
        call.warm = "file"
        return _open
    with timed("load"):
        forget()
        try:
            bpy.ops.wm.open_mainfile(filepath=str(asset.path), load_ui=False, use_scripts=False)
        except RuntimeError as error:
            load_nothing()
            raise InvalidInput(_unreadable(asset, str(error)), "/file") from None
        if os.path.abspath(bpy.data.filepath) != os.path.abspath(asset.path) or not bpy.data.scenes:
            load_nothing()
            raise InvalidInput(_unreadable(asset, "nothing was loaded"), "/file")
        release()  # A file may have it switched on.
        _open = OpenFile(asset)
        ENGINE.open_file = asset.id
    return _open


def forget() -> None:
    """Regard no file as open: the next call opens its file, whatever is loaded now."""
    global _open
    _open = None
    release()
    ENGINE.open_file = None


def load_nothing() -> None:
    """Replace whatever is loaded by Blender's own empty scene."""
    forget()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)


def _unreadable(asset: Asset, reason: str) -> str:
    name = asset.name or "the file"
    reason = re.sub(r"^Error:\s*", "", reason.strip()).replace(str(asset.path), name)
    return (f"{name} cannot be opened as a .blend by Blender {bpy.app.version_string}: {reason}. "
            "Check that it was saved by this version or an older one and was transferred completely.")


def _missing_files() -> List[Tuple[str, str]]:
    missing = []
    for named, found in zip(bpy.utils.blend_paths(absolute=False), bpy.utils.blend_paths(absolute=True)):
        if not os.path.exists(found.replace("<UDIM>", "1001")):
            # A path out of the file's own folder would tell about the machine it was made on.
            inside = named.startswith("//") and ".." not in named
            missing.append(named if inside else re.split(r"[\\/]", named)[-1])
    if not missing:
        return []
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return [("missing_files", f"These files of the scene are missing: {', '.join(missing[:_NAMED])}{more}. "
             "Pack them into the .blend, or send them along.")]


def _newer() -> List[Tuple[str, str]]:
    made, here = tuple(bpy.data.version)[:2], tuple(bpy.app.version)[:2]
    if made <= here:
        return []
    return [("newer_file", f"The file was saved by Blender {made[0]}.{made[1]}; Blender {here[0]}.{here[1]} may not show all of it.")]


def _style_modules() -> List[Tuple[str, str]]:
    layers = disarm()
    if not layers:
        return []
    return [("scripts_blocked", f"Freestyle's style modules of {', '.join(layers[:_NAMED])} are Python; they did not run, and their lines "
             "are not in the picture.")]


def _simulates() -> bool:
    """True when a frame depends on the frames computed before it in this process."""
    return (any(scene.rigidbody_world is not None for scene in bpy.data.scenes)
            or any(modifier.type in _SIMULATING for thing in bpy.data.objects for modifier in thing.modifiers))
