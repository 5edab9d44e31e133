"""Puts a picture of ours where a renderer's would be, so that everything behind a renderer treats it the same.

View transform, dither, alpha and encoders then work on it as on a picture of one pass, to the last bit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import bpy

from ... import Call
from .stopping import render_scene


class LoadedPicture(bpy.types.RenderEngine):
    """A renderer that reads its picture from a file."""

    bl_idname = "WORKERS_LOADED_PICTURE"
    bl_label = "Loaded picture"

    source: Optional[Path] = None
    size = (0, 0)

    def render(self, depsgraph: Any) -> None:
        """Called by Blender in place of a renderer."""
        result = self.begin_result(0, 0, *self.size)
        result.layers[0].load_from_file(str(self.source))
        self.end_result(result)


bpy.utils.register_class(LoadedPicture)


def load_result(call: Call, scene: bpy.types.Scene, source: Path, width: int, height: int) -> None:
    """Make the file (OpenEXR, linear, premultiplied alpha) the scene's render result."""
    LoadedPicture.source, LoadedPicture.size = source, (width, height)
    renderer = scene.render.engine
    scene.render.engine = LoadedPicture.bl_idname
    try:
        render_scene(call, scene)
    finally:
        scene.render.engine = renderer
