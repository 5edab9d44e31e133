"""Code in a file that Blender runs although scripts are switched off: Freestyle's style modules, which are texts run as Python."""

from __future__ import annotations

from typing import List

import bpy


def disarm() -> List[str]:
    """Take the style modules out of the open file; answers the view layers that had any, as `scene/layer`."""
    return [f"{scene.name}/{layer.name}" for scene in bpy.data.scenes for layer in scene.view_layers if _disarm(layer)]


def _disarm(layer: bpy.types.ViewLayer) -> bool:
    settings = getattr(layer, "freestyle_settings", None)
    if settings is None:  # A build without Freestyle.
        return False
    armed = settings.mode == "SCRIPT" or len(settings.modules) > 0
    if settings.mode == "SCRIPT":
        layer.use_freestyle = False  # Its other mode would draw lines that nobody asked for.
        settings.mode = "EDITOR"
    for module in list(settings.modules):
        settings.modules.remove(module)
    return armed
