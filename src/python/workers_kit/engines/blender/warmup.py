"""The warm-up: a real render of Blender's own scene, because the first of everything in a process is slow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import bpy

from ... import current_call
from . import facts
from .opening import load_nothing
from .stopping import render_scene

_EDGE = 64


def warm_up(folder: Path) -> Dict[str, Any]:
    """Render a few pixels with Cycles, or with what there is, save them in every format, and tell what was found."""
    call = current_call()
    bpy.ops.wm.read_homefile(use_factory_startup=True, load_ui=False)
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = _EDGE
    scene.render.resolution_percentage = 100
    try:
        scene.render.engine = "CYCLES"
        scene.cycles.samples = 1
        scene.cycles.use_denoising = False
    except TypeError:
        pass  # A build without Cycles: its own default renderer has to do.
    render_scene(call, scene)
    found = facts.detect(folder)
    load_nothing()
    return found
