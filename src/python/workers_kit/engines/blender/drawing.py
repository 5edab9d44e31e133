"""Drawing with OpenGL, as Workbench and EEVEE do: whether this machine can, and what must not be drawn."""

from __future__ import annotations

import ctypes
import sys
from typing import Optional

import bpy

from .changes import Changes

_SURFACELESS = 0x31DD  # EGL_PLATFORM_SURFACELESS_MESA: what Blender uses without a window.

_known: Optional[bool] = None


def leave_out_faceless(changes: Changes, scene: bpy.types.Scene) -> None:
    """Hide meshes without faces, which show nothing.

    Drawing one leaves something behind in Blender 3.4: now and then a mesh of the next file is then not drawn.
    """
    for thing in scene.objects:
        if thing.type == "MESH" and not (thing.data.polygons or thing.modifiers or thing.particle_systems or thing.instance_type != "NONE"):
            changes.set(thing, "hide_render", True)


def can_draw() -> bool:
    """Whether Workbench works. Looked up once, and before it is tried: where it does not, it ends the process instead of failing."""
    global _known
    if _known is None:
        _known = _egl_works() if sys.platform.startswith("linux") else True
    return _known


def _egl_works() -> bool:
    try:
        egl = ctypes.CDLL("libEGL.so.1")
        find, start = egl.eglGetPlatformDisplay, egl.eglInitialize
    except (OSError, AttributeError):
        return False
    find.restype, find.argtypes = ctypes.c_void_p, [ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p]
    start.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    display = find(_SURFACELESS, None, None)
    # Not ended again: a process has one such display, and Blender may be drawing with it already.
    return bool(display and start(display, None, None))
