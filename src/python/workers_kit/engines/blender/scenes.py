"""Finding and choosing what a call names inside the open file: scene, view layer, camera, frame, renderer, size."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import bpy

from ... import InvalidInput
from .changes import Changes
from .drawing import leave_out_faceless
from .names import listed, unknown
from .notices import Notices

MAX_PIXELS = 64 * 1024 * 1024
"""Most pixels of one picture."""

LEAST_EDGE = 4
"""Blender's own least width and height of a picture in pixels."""

RENDERERS: Dict[str, Tuple[str, ...]] = {
    "cycles": ("CYCLES",),
    "eevee": ("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"),  # Blender 4.2 to 4.5 call it NEXT.
    "workbench": ("BLENDER_WORKBENCH",),
}
"""Our words for renderers, and Blender's."""

# What Blender would write into the picture's file: the server's paths and name, and times, which make equal pictures differ.
_STAMPS = ("use_stamp_filename", "use_stamp_hostname", "use_stamp_date", "use_stamp_render_time", "use_stamp_memory")

# With one of them on, Cycles adds times of its own; they may stay where the file wants them to be seen in the picture.
_SEEN_STAMPS = ("use_stamp_time", "use_stamp_frame", "use_stamp_camera", "use_stamp_lens", "use_stamp_scene", "use_stamp_note",
                "use_stamp_marker", "use_stamp_sequencer_strip", "use_stamp_frame_range")

_AA = (("OFF", 1), ("5", 5), ("8", 8), ("11", 11), ("16", 16), ("32", 32))


def find_scene(name: Optional[str]) -> bpy.types.Scene:
    """The named scene, or the one the file was saved in."""
    if name is None:
        return bpy.context.scene
    scene = bpy.data.scenes.get(name)
    if scene is None:
        raise unknown("scene", name, (known.name for known in bpy.data.scenes), "/scene")
    return scene


def choose_camera(changes: Changes, scene: bpy.types.Scene, name: Optional[str]) -> str:
    """Make the named camera the scene's; answers the name of the camera that is used."""
    cameras = [thing for thing in scene.objects if thing.type == "CAMERA"]
    if name is not None:
        found = next((camera for camera in cameras if camera.name == name), None)
        if found is None:
            raise unknown("camera", name, (camera.name for camera in cameras), "/camera", f"the scene {scene.name!r}")
        if scene.camera != found:
            changes.keep(scene, "camera")
            scene.camera = found
    elif scene.camera is None:
        raise InvalidInput(f"The scene {scene.name!r} has no active camera. Name one: {listed(camera.name for camera in cameras)}.",
                           "/camera")
    return str(scene.camera.name)


def choose_layers(changes: Changes, scene: bpy.types.Scene, name: Optional[str]) -> List[bpy.types.ViewLayer]:
    """The view layers that will be rendered: the named one, or those the file renders."""
    if name is not None:
        if name not in scene.view_layers:
            raise unknown("view layer", name, (layer.name for layer in scene.view_layers), "/viewLayer", f"the scene {scene.name!r}")
        for layer in scene.view_layers:
            changes.set(layer, "use", layer.name == name)
    if scene.render.use_single_layer:
        changes.set(scene.render, "use_single_layer", False)
    return [layer for layer in scene.view_layers if layer.use]


def choose_renderer(changes: Changes, scene: bpy.types.Scene, name: Optional[str]) -> str:
    """Switch to the named renderer; answers our word for the one that is used."""
    used = next((ours for ours, theirs in RENDERERS.items() if scene.render.engine in theirs), None)
    if name is None and used is None:
        raise InvalidInput(f"The scene asks for the renderer {scene.render.engine!r}, which is not here. "
                           f"Choose one of {', '.join(RENDERERS)}.", "/renderer")
    chosen = name or str(used)
    if chosen != used:
        changes.keep(scene.render, "engine")
        if not any(_try_engine(scene, engine) for engine in RENDERERS[chosen]):
            raise InvalidInput(f"This Blender has no renderer {chosen}.", "/renderer")
    if chosen != "cycles":
        leave_out_faceless(changes, scene)
    return chosen


def _try_engine(scene: bpy.types.Scene, engine: str) -> bool:
    try:
        scene.render.engine = engine
    except TypeError:
        return False
    return True


def available_renderers(scene: bpy.types.Scene) -> List[str]:
    """Our words for the renderers this Blender has. Leaves the scene as it was."""
    before = scene.render.engine
    try:
        return [name for name, engines in RENDERERS.items() if any(_try_engine(scene, engine) for engine in engines)]
    finally:
        scene.render.engine = before


def choose_frame(changes: Changes, scene: bpy.types.Scene, frame: Optional[int]) -> int:
    """Go to the frame; afterwards back to the one the file was saved at."""
    if frame is not None and (frame != scene.frame_current or scene.frame_subframe != 0.0):
        before, part = scene.frame_current, scene.frame_subframe
        changes.afterwards(lambda: scene.frame_set(before, subframe=part))
        scene.frame_set(frame)
    return int(scene.frame_current)


def choose_size(
    changes: Changes, scene: bpy.types.Scene, width: Optional[int], height: Optional[int], percentage: Optional[int]
) -> Tuple[int, int]:
    """Set the size; answers the picture's width and height in pixels.

    One of width and height alone keeps the file's aspect. The file's percentage counts only if neither is given.
    """
    settings = scene.render
    if width is not None or height is not None:
        aspect = settings.resolution_x / settings.resolution_y
        x = width if width is not None else max(LEAST_EDGE, round((height or 1) * aspect))
        y = height if height is not None else max(LEAST_EDGE, round(x / aspect))
        _require_pixels(x, y)
        changes.set(settings, "resolution_x", x)
        changes.set(settings, "resolution_y", y)
        changes.set(settings, "resolution_percentage", percentage or 100)
    elif percentage is not None:
        changes.set(settings, "resolution_percentage", percentage)
    return picture_size(scene)


def picture_size(scene: bpy.types.Scene) -> Tuple[int, int]:
    """The size of the picture that the scene's settings give, in pixels. Raises InvalidInput if there are too many."""
    settings = scene.render
    x = settings.resolution_x * settings.resolution_percentage // 100
    y = settings.resolution_y * settings.resolution_percentage // 100
    _require_pixels(x, y)
    if settings.use_border and settings.use_crop_to_border:
        x = int(settings.border_max_x * x) - int(settings.border_min_x * x)
        y = int(settings.border_max_y * y) - int(settings.border_min_y * y)
    return max(1, x), max(1, y)


def _require_pixels(x: int, y: int) -> None:
    if x * y > MAX_PIXELS:
        raise InvalidInput(f"{x} × {y} pixels are more than {MAX_PIXELS}; make the picture smaller.", "/width")


def choose_samples(changes: Changes, scene: bpy.types.Scene, renderer: str, samples: Optional[int]) -> int:
    """Set the samples a pixel; answers how many will be taken. Workbench takes the next lower number it knows."""
    if renderer == "cycles":
        if samples is not None:
            changes.set(scene.cycles, "samples", samples)
            changes.set(scene.cycles, "use_layer_samples", "IGNORE")
        return int(scene.cycles.samples)
    if renderer == "eevee":
        if samples is not None:
            changes.set(scene.eevee, "taa_render_samples", samples)
        return int(scene.eevee.taa_render_samples)
    if samples is not None:
        changes.set(scene.display, "render_aa", max((count, name) for name, count in _AA if count <= samples)[1])
    return dict(_AA).get(scene.display.render_aa, 1)


def choose_time_limit(notices: Notices, changes: Changes, scene: bpy.types.Scene, renderer: str, seconds: Optional[float]) -> None:
    """Stop taking samples after so many seconds."""
    if seconds is None:
        return
    if renderer == "cycles":
        changes.set(scene.cycles, "time_limit", seconds)
    else:
        notices.warn("time_limit_without_effect", f"Only cycles has a time limit, and the picture is by {renderer}.", "/timeLimitSeconds")


def prepare(notices: Notices, changes: Changes, scene: bpy.types.Scene, denoiser: bool) -> None:
    """Switch off what this worker must not do, or what this build cannot."""
    settings = scene.render
    for stamp in (*_STAMPS, *(() if settings.use_stamp else _SEEN_STAMPS)):
        changes.set(settings, stamp, False)
    changes.set(settings, "use_multiview", False)
    if composites(scene):
        _silence_file_outputs(notices, changes, scene.node_tree, set())
    if settings.engine == "CYCLES" and not denoiser:
        layers = [layer for layer in scene.view_layers if getattr(layer.cycles, "use_denoising", False)]
        if scene.cycles.use_denoising:
            changes.set(scene.cycles, "use_denoising", False)
            if layers:
                notices.warn("denoiser_missing", "The file asks for denoising, which this build of Blender does not have; "
                          "the picture was rendered without. More samples make it smoother.")


def composites(scene: bpy.types.Scene) -> bool:
    """Whether compositor nodes work on the picture."""
    return bool(scene.render.use_compositing and scene.use_nodes and getattr(scene, "node_tree", None) is not None)


def _silence_file_outputs(notices: Notices, changes: Changes, tree: bpy.types.NodeTree, seen: "set[str]") -> None:
    """A compositor may write files wherever the process may; a job's pictures belong into its own folder only."""
    if tree.name in seen:
        return
    seen.add(tree.name)
    for node in tree.nodes:
        if node.type == "OUTPUT_FILE" and not node.mute:
            changes.set(node, "mute", True)
            notices.warn("file_outputs_skipped", f"The compositor's node {node.name!r} writes files; it was switched off.")
        elif node.type == "GROUP" and node.node_tree is not None:
            _silence_file_outputs(notices, changes, node.node_tree, seen)
