"""Opening files, and knowing which one is open. Scripts inside a file never run."""

from __future__ import annotations

import json
import os
from typing import Annotated, Dict, FrozenSet, List, Mapping, Optional, Tuple

import bpy

from ... import Asset, Call, Doc, InvalidInput, Length, timed
from ..model_files import blend_links, kinds
from ..model_files.bundle import Bundle, lay_out
from ..model_files.names import LONGEST
from . import externals, framing, staging, texture_size
from .changes import Changes
from .engine import ENGINE
from .importing import import_file, importable, unreadable
from .keeping import release
from .notices import Notices
from .scripts import disarm
from .weight import Weight, weigh

FILE_TYPES = ["blend", *importable(), "zip"]
"""Extensions of the files with scenes in them that functions of this engine open."""

ALL_FILE_TYPES = [*FILE_TYPES, "png", "jpg", "jpeg", "webp", "exr", "hdr", "tif", "tiff"]
"""Those, and pictures."""

MainFile = Annotated[Asset, Doc("the file to open: a .blend, a model, or a .zip with one in it")]
Companions = Annotated[Optional[Dict[str, Asset]], Doc(
    'what the file refers to, by its path beside it: {"textures/wood.png": "sha256:…"}')]
Entry = Annotated[Optional[str], Length(1, LONGEST), Doc("the file to open inside a .zip; may be left out where there is only one")]

_SIMULATING = frozenset({"CLOTH", "SOFT_BODY", "FLUID", "DYNAMIC_PAINT", "PARTICLE_SYSTEM", "COLLISION", "EXPLODE"})
_NAMED = 5
_MISSING = "companion_missing"


class OpenFile:
    """What is known about the file that is open. Computed once, told to every call that uses the file.

    `key` stands for the file and its companions. `added` are the names of the objects that are not the file's own, but ours:
    camera, light and ground of a model that has none; `camera` is that camera's name.
    """

    def __init__(self, asset: Asset, key: str, bundle: Bundle, added: "staging.Added") -> None:
        self.id = asset.id
        self.key = key
        self.bundle = bundle
        self.name = bundle.name
        self.kind = bundle.kind
        self.added: FrozenSet[str] = frozenset(added.objects)
        self.camera = added.camera
        self.warnings: List[Tuple[str, str]] = [*added.warnings, *_missing_files(bundle), *_newer(bundle.kind), *_style_modules()]
        self.simulates = _simulates()
        self.generates = _generates()
        self.too_large = texture_size.too_large()
        self._told_scripts = False
        self._weights: Dict[Tuple[str, str], Weight] = {}

    def weight(self, scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> Weight:
        """How heavy a view layer is, as saved: what a call sets does not count, so that the answer stays the same."""
        key = (scene.name, layer.name)
        if key not in self._weights:
            self._weights[key] = weigh(layer)
        return self._weights[key]

    def fit_camera(self, changes: Changes, scene: bpy.types.Scene, size: "tuple[int, int]") -> None:
        """Let the camera that was added see all of the model in a picture of that size, too."""
        if self.camera is not None and scene.camera is not None and scene.camera.name == self.camera:
            changes.set(scene.camera.data, "sensor_fit", framing.fit(*size))

    def tell(self, notices: Notices) -> None:
        """Warn of what is wrong with the file. A blocked driver shows only when the scene is evaluated: tell after rendering."""
        if bpy.app.autoexec_fail and not self._told_scripts:
            self._told_scripts = True
            self.warnings.append(("scripts_blocked", (
                f"{self.name} contains a script or a scripted driver ({bpy.app.autoexec_fail_message}); it did not run. "
                "What it would have changed is not in the picture.")))
        for code, detail in self.warnings:
            notices.warn(code, detail)


_open: Optional[OpenFile] = None


def open_file(
    call: Call, asset: Asset, files: Optional[Mapping[str, Asset]] = None, entry: Optional[str] = None, draw: bool = True
) -> OpenFile:
    """The asset as the open file: at once if it is open already. Raises InvalidInput when it cannot be opened.

    `files` are its companions by name, `entry` the main file inside a .zip. Without `draw` its textures may be larger than what is
    decoded here. After a failure nothing is open: Blender keeps the former scene, which must never be rendered for this call.
    """
    opened = _opened(call, asset, files, entry)
    opened.bundle.around.tell(call)
    if opened.simulates and opened.bundle.is_in_root:
        call.uncacheable("it depends on a simulation's cache")
    if any(code == _MISSING for code, _ in opened.warnings):
        call.uncacheable("a file that it names is missing")
    if draw and opened.too_large is not None:
        raise InvalidInput(f"{opened.name} cannot be shown: {opened.too_large}.", "/file")
    return opened


def _opened(call: Call, asset: Asset, files: Optional[Mapping[str, Asset]], entry: Optional[str]) -> OpenFile:
    global _open
    key = json.dumps([asset.id, asset.name, entry, sorted((name, file.id) for name, file in (files or {}).items())])
    if _open is not None and _open.key == key and _open.bundle.around.are_as_read():
        call.warm = "file"
        return _open
    with timed("load"):
        forget()
        bundle = lay_out(asset, files, entry, call.check_canceled)
        try:
            added = _load(bundle)
            added.warnings += externals.settle(bundle)
            release()  # A file may have it switched on.
            _open = OpenFile(asset, key, bundle, added)
        except BaseException:
            bundle.remove()
            load_nothing()
            raise
        ENGINE.open_file = asset.id
    return _open


def forget() -> None:
    """Regard no file as open: the next call opens its file, whatever is loaded now."""
    global _open
    if _open is not None:
        _open.bundle.remove()
    _open = None
    release()
    ENGINE.open_file = None


def load_nothing() -> None:
    """Replace whatever is loaded by Blender's own empty scene."""
    forget()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)


def _load(bundle: Bundle) -> "staging.Added":
    if bundle.kind in kinds.PICTURES:
        raise InvalidInput(f"{bundle.name} cannot be opened as a scene: it is a picture. `preview` shows pictures.", "/file")
    if bundle.kind == "blend":
        _open_blend(bundle)
        return staging.Added()
    load_nothing()
    import_file(bundle)
    return staging.stage(bpy.context.scene)


def _open_blend(bundle: Bundle) -> None:
    blend_links.settle(bundle)
    try:
        bpy.ops.wm.open_mainfile(filepath=str(bundle.main), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise InvalidInput(unreadable(bundle, str(error)), "/file") from None
    if os.path.abspath(bpy.data.filepath) != os.path.abspath(bundle.main) or not bpy.data.scenes:
        raise InvalidInput(unreadable(bundle, "nothing was loaded"), "/file")


def missing_files(bundle: Bundle) -> List[str]:
    """Files that the open one names and that are not there, as it names them."""
    named = zip(bpy.utils.blend_paths(absolute=False), bpy.utils.blend_paths(absolute=True))
    lost = [bundle.shown(name) for name, path in named if not os.path.exists(path.replace("<UDIM>", "1001"))]
    return list(dict.fromkeys([*bundle.missing, *filter(None, lost)]))


def _missing_files(bundle: Bundle) -> List[Tuple[str, str]]:
    missing = missing_files(bundle)
    if not missing:
        return []
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return [(_MISSING, f"These files that {bundle.name} names did not come along: {', '.join(missing[:_NAMED])}{more}. "
             "Send them in `files`, or all of it as a .zip, or pack them into the file.")]


def _newer(kind: str) -> List[Tuple[str, str]]:
    made, here = tuple(bpy.data.version)[:2], tuple(bpy.app.version)[:2]
    if kind != "blend" or made <= here:
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


def _generates() -> bool:
    """True when geometry nodes place what is seen. Drawn with OpenGL a second time, Blender 3.4 leaves it out now and then."""
    return any(modifier.type == "NODES" for thing in bpy.data.objects for modifier in thing.modifiers)
