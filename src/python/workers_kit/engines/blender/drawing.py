"""Whether this machine can draw with OpenGL. Asked beforehand: where it cannot, Workbench does not fail, it ends the process."""

from __future__ import annotations

import ctypes
import sys
from typing import Optional

_SURFACELESS = 0x31DD  # EGL_PLATFORM_SURFACELESS_MESA: what Blender uses without a window.

_known: Optional[bool] = None


def can_draw() -> bool:
    """Looked up once."""
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
