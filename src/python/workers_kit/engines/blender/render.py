"""The function `render`: one picture of one frame of a file."""

from __future__ import annotations

from typing import Annotated, Any, Dict, List, Literal, Optional

import bpy

from ... import Call, Doc, Length, Range, current_call, function, timed
from . import facts, formats, keeping, overrides, scenes
from .changes import Changes
from .chunks import render_chunks
from .opening import FILE_TYPES, Companions, Entry, MainFile, OpenFile, forget, open_file
from .passes import render_pass
from .plan import Plan, choose
from .png_text import strip_text
from .stopping import break_render

_Name = Annotated[str, Length(1, 63)]  # Blender's own limit is 63 bytes.
_REPEATABLE_PATTERNS = frozenset({"SOBOL", "PROGRESSIVE_MULTI_JITTER", "SOBOL_BURLEY", "TABULATED_SOBOL"})


@function(picture=True, cacheable=True, file_types=FILE_TYPES)
def render(
    file: MainFile,
    files: Companions = None,
    entry: Entry = None,
    scene: Annotated[Optional[_Name], Doc("a scene's name; otherwise the one the file was saved in")] = None,
    view_layer: Annotated[Optional[_Name], Doc("render this view layer only")] = None,
    camera: Annotated[Optional[_Name], Doc("a camera's name; otherwise the scene's active one")] = None,
    frame: Annotated[Optional[int], Range(-1048574, 1048574), Doc("otherwise the one the file was saved at")] = None,
    width: Annotated[Optional[int], Range(4, 16384), Doc("pixels; alone, the height follows the file's aspect")] = None,
    height: Annotated[Optional[int], Range(4, 16384), Doc("pixels; alone, the width follows the file's aspect")] = None,
    percentage: Annotated[Optional[int], Range(1, 1000), Doc("of the size; 100 where width or height is given")] = None,
    samples: Annotated[Optional[int], Range(1, 65536), Doc("samples a pixel")] = None,
    renderer: Annotated[Optional[Literal["cycles", "eevee", "workbench"]], Doc("otherwise the file's")] = None,
    format: Annotated[Optional[Literal["png", "jpeg", "webp", "exr", "tiff"]], Doc("otherwise the file's")] = None,
    quality: Annotated[Optional[int], Range(1, 100), Doc("percent, for jpeg and webp")] = None,
    transparent: Annotated[Optional[bool], Doc("without the world behind the objects; otherwise as in the file")] = None,
    set_: Annotated[Optional[Dict[str, Any]], Doc('properties by data path: {"objects[\\"Lamp\\"].location": [0, 0, 2]}')] = None,
) -> Dict[str, Any]:
    """Render one picture. What is left out comes from the file. Nothing a call changes is seen by the next one."""
    call = current_call()
    call.on_cancel(break_render)
    opened = open_file(call, file, files, entry)
    call.check_canceled()
    changes, finished = Changes(), False
    try:
        with changes:
            target = scenes.find_scene(scene)
            number = scenes.choose_frame(changes, target, frame)
            overrides.apply(call, changes, set_ or {})
            layers = scenes.choose_layers(changes, target, view_layer)
            used_renderer = scenes.choose_renderer(changes, target, renderer)
            used_camera = scenes.choose_camera(changes, target, camera)
            size = scenes.choose_size(changes, target, width, height, percentage)
            opened.fit_camera(changes, target, size)
            used_samples = scenes.choose_samples(changes, target, used_renderer, samples)
            scenes.prepare(call, changes, target, facts.denoiser())
            chosen = formats.choose(call, changes, target, format, quality, transparent)
            plan = _plan(opened, target, layers, used_renderer, size, used_samples)
            _keep(call, opened, target, layers, plan)
            if plan.mode == "chunks":
                image = render_chunks(call, changes, target, plan)
            else:
                image = render_pass(call, changes, target, plan, len(layers))
            with timed("encode"):
                _save(call, image, target, chosen, size)
            opened.tell(call)
        finished = True
    finally:
        if not finished:
            keeping.release()
        if not changes.exact or (opened.simulates and frame is not None):
            forget()
    return {
        "width": size[0], "height": size[1], "frame": number, "scene": target.name, "viewLayers": [layer.name for layer in layers],
        "camera": used_camera, "renderer": used_renderer, "samples": used_samples, "plan": plan.describe(),
    }


def _save(call: Call, image: bpy.types.Image, scene: bpy.types.Scene, chosen: formats.Format, size: "tuple[int, int]") -> None:
    path = call.output(f"image.{chosen.extension}", chosen.media_type, size[0], size[1])
    image.save_render(str(path), scene=scene)
    if not path.is_file():
        raise RuntimeError(f"Blender wrote no {chosen.blender}; its reason is in the attempt's log.")
    if chosen.blender == "PNG":
        strip_text(path)


def _plan(
    opened: OpenFile, scene: bpy.types.Scene, layers: List[bpy.types.ViewLayer], renderer: str, size: "tuple[int, int]", samples: int
) -> Plan:
    plan = choose(renderer, size[0], size[1], samples, 0, None)
    if plan.mode != "chunks":
        return plan  # Small ones need no look at the scene's weight.
    weights = [opened.weight(scene, layer) for layer in layers]
    obstacle = _obstacle(scene, layers) or ("shadow catcher" if any(weight.catcher for weight in weights) else None)
    return choose(renderer, size[0], size[1], samples, sum(weight.faces for weight in weights), obstacle)


def _keep(call: Call, opened: OpenFile, scene: bpy.types.Scene, layers: List[bpy.types.ViewLayer], plan: Plan) -> None:
    """Small pictures of one view come again and again; long renders would only hold the memory."""
    if plan.mode == "plain" and scene.render.engine == "CYCLES":
        faces = sum(opened.weight(scene, layer).faces for layer in layers)
        keeping.keep(scene, keeping.view_key(opened.id, call.input), faces)
    else:
        keeping.release()


def _obstacle(scene: bpy.types.Scene, layers: List[bpy.types.ViewLayer]) -> Optional[str]:
    """Why the mean of several passes would not be the picture of one pass; None if it is."""
    cycles, settings = scene.cycles, scene.render
    found = [reason for reason, is_so in (
        ("several view layers", len(layers) != 1),
        ("adaptive sampling", cycles.use_adaptive_sampling),
        ("denoising", cycles.use_denoising),
        ("time limit", getattr(cycles, "time_limit", 0) > 0),
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
