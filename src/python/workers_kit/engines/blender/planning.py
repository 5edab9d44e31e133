"""Chooses the plan of a render from the open file and the input, and what is kept of it for the next one."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import bpy

from . import keeping, scenes
from .opening import OpenFile
from .outputs import Size
from .plan import Plan, choose
from .weight import Weight, weigh

Layers = List[bpy.types.ViewLayer]
_REPEATABLE_PATTERNS = frozenset({"SOBOL", "PROGRESSIVE_MULTI_JITTER", "SOBOL_BURLEY", "TABULATED_SOBOL"})


def plan_for(opened: OpenFile, scene: bpy.types.Scene, layers: Layers, renderer: str, size: Size, samples: int, shown: bool) -> Plan:
    """`shown` tells that the call shows objects which are hidden in the file."""
    limit = float(getattr(scene.cycles, "time_limit", 0)) if renderer == "cycles" else 0.0
    plan = choose(renderer, *size, samples, 0, None, limit)
    if plan.mode != "chunks":
        return plan  # Small ones need no look at the scene's weight.
    weights = _weights(opened, scene, layers, shown)
    obstacle = _obstacle(scene, layers) or ("shadow catcher" if any(weight.catcher for weight in weights) else None)
    return choose(renderer, *size, samples, sum(weight.faces for weight in weights), obstacle, limit)


def keep(opened: OpenFile, scene: bpy.types.Scene, layers: Layers, plan: Plan, input: Dict[str, Any], only_values: bool) -> None:
    """Small pictures of one view come again and again; long renders would only hold the memory.

    `only_values` tells that the call changes nothing that Blender could fail to notice in what it keeps.
    """
    if plan.mode == "plain" and scene.render.engine == "CYCLES":
        faces = sum(weight.faces for weight in _weights(opened, scene, layers, False))
        keeping.keep(scene, keeping.view_key(opened.key, scene, input) if only_values else None, faces)
    else:
        keeping.release()


def _weights(opened: OpenFile, scene: bpy.types.Scene, layers: Layers, shown: bool) -> List[Weight]:
    return [weigh(layer) if shown else opened.weight(scene, layer) for layer in layers]


def _obstacle(scene: bpy.types.Scene, layers: Layers) -> Optional[str]:
    """Why the mean of several passes would not be the picture of one pass; None if it is."""
    cycles, settings = scene.cycles, scene.render
    found = [reason for reason, is_so in (
        ("several view layers", len(layers) != 1),
        ("adaptive sampling", cycles.use_adaptive_sampling),
        ("denoising", cycles.use_denoising),
        ("compositor", scenes.composites(scene)),
        ("sequencer", settings.use_sequencer and bool(getattr(scene.sequence_editor, "sequences_all", ()))),
        ("freestyle", settings.use_freestyle),
        ("render border", settings.use_border),
        ("path guiding", getattr(cycles, "use_guiding", False)),
        ("sampling pattern", getattr(cycles, "sampling_pattern", "") not in _REPEATABLE_PATTERNS),
        ("no sample offset", not hasattr(cycles, "sample_offset")),
        ("samples set by the view layer", any(layer.samples for layer in layers) and cycles.use_layer_samples != "IGNORE"),
    ) if is_so]
    return found[0] if found else None
