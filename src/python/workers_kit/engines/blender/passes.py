"""Renders a picture in one pass, in tiles where it takes long."""

from __future__ import annotations

import bpy

from ... import Call
from .changes import Changes
from .formats import render_result
from .output_watch import OutputWatch, PassProgress
from .plan import Plan
from .stopping import render_scene


def render_pass(call: Call, changes: Changes, scene: bpy.types.Scene, plan: Plan, layers: int) -> bpy.types.Image:
    """Answers Blender's render result."""
    if plan.time_limit:
        changes.set(scene.cycles, "use_auto_tile", False)
    if plan.tile:
        changes.set(scene.cycles, "use_auto_tile", True)
        changes.set(scene.cycles, "tile_size", plan.tile)
    if plan.mode == "plain":
        render_scene(call, scene)
    else:
        with OutputWatch(PassProgress(call, layers)):
            render_scene(call, scene)
    return render_result()
