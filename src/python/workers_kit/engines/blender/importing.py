"""Importing what is no .blend into Blender's own empty scene."""

from __future__ import annotations

import contextlib
import re
from typing import Any, Callable, Dict, Iterator, List, Tuple

import bpy
from bpy_extras import image_utils

from ... import InvalidInput
from ..model_files import collada, fbx, gltf, stl, wavefront
from ..model_files.bundle import Bundle

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]

# The first that this Blender has: newer versions replaced the older importers by others.
_OPERATORS: Dict[str, Tuple[str, ...]] = {
    "glb": ("import_scene.gltf",),
    "gltf": ("import_scene.gltf",),
    "obj": ("wm.obj_import", "import_scene.obj"),
    "stl": ("wm.stl_import", "import_mesh.stl"),
    "ply": ("wm.ply_import", "import_mesh.ply"),
    "fbx": ("import_scene.fbx", "wm.fbx_import"),
    "dae": ("wm.collada_import",),
}
_PATH = re.compile(r"(?:/[^\s'\"/:]+)+/([^\s'\"/:]+)")
_NEED_NUMPY = frozenset({"import_scene.gltf", "import_mesh.stl"})
_SETTLE: Dict[str, Callable[[Bundle], None]] = {
    "glb": gltf.settle, "gltf": gltf.settle, "obj": wavefront.settle, "dae": collada.settle, "stl": stl.settle,
    "fbx": fbx.settle,
}
# Names that numpy had until 1.24 and that some importers still use.
_NUMPY_NAMES = {"bool": bool, "object": object, "int": int, "float": float}


def importable() -> List[str]:
    """The kinds of files that this build of Blender imports."""
    return [kind for kind in _OPERATORS if _operator(kind) is not None]


def import_file(bundle: Bundle) -> None:
    """Import the bundle's main file into the open scene, which must be empty. Raises InvalidInput when that fails."""
    operator = _operator(bundle.kind)
    if operator is None:
        raise InvalidInput(f"This Blender ({bpy.app.version_string}) does not import .{bundle.kind} files.", "/file")
    settle = _SETTLE.get(bundle.kind)
    if settle is not None:
        settle(bundle)
    mend_numpy()
    try:
        with _pictures_of(bundle):
            done = operator(filepath=str(bundle.main))
    except RuntimeError as error:
        raise InvalidInput(unreadable(bundle, str(error)), "/file") from None
    if "FINISHED" not in done:
        raise InvalidInput(unreadable(bundle, "the importer gave up; its reason is in the attempt's log"), "/file")
    if not bpy.data.objects:
        raise InvalidInput(unreadable(bundle, "it holds no objects"), "/file")


def unreadable(bundle: Bundle, reason: str) -> str:
    """Why a file could not be opened, without paths of the server."""
    lines = [line.strip() for line in reason.splitlines() if line.strip() and not line.lstrip().startswith(("File ", "Location:", "^"))]
    last = re.sub(r"^(Error:\s*)+", "", lines[-1] if lines else "no reason was given")
    last = _PATH.sub(r"\1", last)
    return (f"{bundle.name} cannot be opened as a .{bundle.kind} by Blender {bpy.app.version_string}: {last.rstrip('.')}. "
            "Check that it was transferred completely.")


def _operator(kind: str) -> Any:
    for name in _OPERATORS[kind]:
        group, _, own = name.partition(".")
        operator = getattr(getattr(bpy.ops, group), own)
        if name in _NEED_NUMPY and numpy is None:
            continue
        try:
            operator.get_rna_type()
        except KeyError:
            continue
        return operator
    return None


def has_numpy() -> bool:
    """Whether Blender's Python has what glTF is read and written with."""
    return numpy is not None


def mend_numpy() -> None:
    """Give numpy back the names that glTF's add-on looks for, where it has dropped them."""
    for name, kind in _NUMPY_NAMES.items():
        if numpy is not None and name not in vars(numpy):
            setattr(numpy, name, kind)


@contextlib.contextmanager
def _pictures_of(bundle: Bundle) -> Iterator[None]:
    """Importers written in Python find pictures through one function of Blender's: here it finds those of the call only."""
    original = image_utils.load_image

    def load_image(imagepath: str, dirname: str = "", place_holder: bool = False, **_: Any) -> Any:
        inside = imagepath[len(dirname):] if dirname and imagepath.startswith(dirname) else imagepath
        taken = bundle.take(inside.lstrip("/") if inside != imagepath else inside)
        if taken is not None:
            with contextlib.suppress(RuntimeError):
                return bpy.data.images.load(str(bundle.path(taken)), check_existing=True)
        if not place_holder:
            return None
        image = bpy.data.images.new(imagepath.replace("\\", "/").split("/")[-1] or "missing", 128, 128)
        image.filepath = "//" + image.name
        image.source = "FILE"
        return image

    image_utils.load_image = load_image
    try:
        yield
    finally:
        image_utils.load_image = original
