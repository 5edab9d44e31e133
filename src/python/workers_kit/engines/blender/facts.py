"""What this build of Blender can do; looked up, never assumed from the version."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import bpy

from . import formats, mean, scenes
from .stopping import can_break

try:
    import _cycles
except ImportError:
    _cycles = None


def denoiser() -> bool:
    """Whether Cycles can denoise."""
    return bool(getattr(_cycles, "with_openimagedenoise", False))


def detect(folder: Path) -> Dict[str, Any]:
    """The facts shown at /v1/engines, when a render result is there to be saved in every format."""
    scene = bpy.context.scene
    return {
        "version": bpy.app.version_string,
        "python": ".".join(map(str, __import__("sys").version_info[:3])),
        "denoiser": denoiser(),
        "formats": [name for name in formats.FORMATS if _saves(scene, name, folder)],
        "renderers": scenes.available_renderers(scene),
        "devices": _devices(),
        "threads": scene.render.threads,
        "numpy": mean.numpy is not None,
        "cancel": "at once" if can_break() else "between chunks",
    }


def _saves(scene: bpy.types.Scene, name: str, folder: Path) -> bool:
    form = formats.FORMATS[name]
    path = folder / f"format.{form.extension}"
    try:
        formats.set_output(scene, form, "16" if name == "exr" else "8", "RGB")
        formats.render_result().save_render(str(path), scene=scene)
        return path.stat().st_size > 0
    except (RuntimeError, TypeError, OSError):
        return False
    finally:
        path.unlink(missing_ok=True)


def _devices() -> List[Dict[str, str]]:
    """The devices Cycles could use; what a render uses is what the file and the preferences choose."""
    find = getattr(_cycles, "available_devices", None)
    return [{"name": entry[0], "type": entry[1]} for entry in find("NONE")] if find is not None else []
