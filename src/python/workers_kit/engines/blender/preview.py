"""The function `preview`: a small, quick picture of any file that is known here."""

from __future__ import annotations

from typing import Annotated, Any, Dict, Literal, Optional

import bpy

from ... import Asset, Call, Doc, Range, current_call, function, timed
from ..model_files import blend, kinds
from . import drawing, facts, formats, framing, keeping, scenes
from .changes import Changes
from .notices import Notices
from .opening import ALL_FILE_TYPES, Companions, Entry, MainFile, OpenFile, forget, open_file
from .outputs import save
from .pictures import main_picture, preview_picture, preview_thumbnail
from .stopping import break_render, render_scene

SAMPLES = 5
"""A pixel: enough to see what it is."""

MOST_DRAWN_FACES = 200_000
"""Of a model, up to which Workbench is quicker than Cycles in software."""

_BOUNCES = 4
_SUBDIVISIONS = 2
_TEXTURE_EDGE = "2048"
_STUDIO, _EXPOSURE, _BACKGROUND = "outdoor.sl", 0.3, (0.6, 0.6, 0.62)


@function(picture=True, cacheable=True, file_types=ALL_FILE_TYPES)
def preview(
    file: MainFile,
    files: Companions = None,
    entry: Entry = None,
    size: Annotated[int, Range(16, 2048), Doc("the longer edge in pixels; a picture that is smaller stays so")] = 256,
    format: Literal["png", "jpeg", "webp"] = "png",
    quick: Annotated[bool, Doc("of a .blend, the thumbnail that is stored in it, without opening it")] = False,
) -> Dict[str, Any]:
    """Show what is in a file: a scene by its own camera, or by one that sees all of it; a picture or a texture, smaller."""
    call = current_call()
    call.on_cancel(break_render)
    chosen = formats.FORMATS[format]
    kind = kinds.kind_of(file.path, file.name) if file.path.is_file() else None
    if kind in kinds.PICTURES and not files:
        return preview_picture(call, file, str(kind), size, chosen)
    if quick:
        shown = _stored(call, file, kind, size, chosen)
        if shown is not None:
            return shown
    opened = open_file(call, file, files, entry)
    call.check_canceled()
    return _render(call, opened, size, chosen)


def _stored(call: Call, file: Asset, kind: Optional[str], size: int, chosen: formats.Format) -> Optional[Dict[str, Any]]:
    reason = "only a .blend has one"
    if kind == "blend":
        try:
            stored = blend.thumbnail(file.path)
            if stored is not None:
                return preview_thumbnail(call, stored, size, chosen)
            reason = "the file was saved without one"
        except NotImplementedError as error:
            reason = str(error)
    call.warn("thumbnail_missing", f"There is no stored thumbnail to show ({reason}); the picture was rendered.")
    return None


def _render(call: Call, opened: OpenFile, size: int, chosen: formats.Format) -> Dict[str, Any]:
    changes, notices = Changes(), Notices(call, strict=False)
    keeping.release()
    try:
        with changes:
            scene = scenes.find_scene(None)
            layer = one_layer(changes, scene)
            framed = opened.camera is not None and scene.camera.name == opened.camera
            if scene.camera is None:
                see_all(call, changes, scene, layer)
                framed = True
            width, height = (size, size) if framed else _aspect(scene, size)
            leave_out(changes, scene)
            scenes.choose_size(changes, scene, width, height, None)
            used = choose_quick_renderer(changes, scene, layer, opened)
            scenes.prepare(notices, changes, scene, facts.denoiser())
            formats.keep(changes, scene)
            render_scene(call, scene)
            with timed("encode"):
                pictures = main_picture(chosen, scene.render.film_transparent, (width, height))
                save(call, formats.render_result(), scene, pictures, (width, height))
            opened.tell(notices)
    finally:
        if not changes.exact:
            forget()
    return {"kind": opened.kind, "width": width, "height": height, "source": "render", "renderer": used, "framed": framed}


def one_layer(changes: Changes, scene: bpy.types.Scene) -> bpy.types.ViewLayer:
    """Render the first view layer that the file renders, and no other."""
    layer = next((layer for layer in scene.view_layers if layer.use), scene.view_layers[0])
    for other in scene.view_layers:
        changes.set(other, "use", other == layer)
        changes.set(other, "use_freestyle", False)
    return layer


def _aspect(scene: bpy.types.Scene, size: int) -> "tuple[int, int]":
    settings = scene.render
    ratio = settings.resolution_x * settings.pixel_aspect_x / (settings.resolution_y * settings.pixel_aspect_y)
    least = scenes.LEAST_EDGE
    return (size, max(least, round(size / ratio))) if ratio >= 1 else (max(least, round(size * ratio)), size)


def leave_out(changes: Changes, scene: bpy.types.Scene) -> None:
    """What takes time and that a small picture does not need."""
    settings = scene.render
    for name, value in (
        ("use_compositing", False), ("use_sequencer", False), ("use_border", False), ("use_motion_blur", False), ("use_single_layer", False),
        ("pixel_aspect_x", 1.0), ("pixel_aspect_y", 1.0), ("use_simplify", True),
        ("simplify_subdivision_render", min(_SUBDIVISIONS, settings.simplify_subdivision_render)),
    ):
        changes.set(settings, name, value)


def choose_quick_renderer(changes: Changes, scene: bpy.types.Scene, layer: bpy.types.ViewLayer, opened: OpenFile) -> str:
    """Models as Workbench draws them, several times quicker than Cycles; a .blend in its own light, which Workbench does not know."""
    available = scenes.available_renderers(scene)
    drawn = opened.kind != "blend" and 0 < opened.weight(scene, layer).faces <= MOST_DRAWN_FACES
    if "workbench" in available and drawing.can_draw() and (drawn or "cycles" not in available):
        used = scenes.choose_renderer(changes, scene, "workbench")
        _light_studio(changes, scene, opened)
    else:
        used = scenes.choose_renderer(changes, scene, "cycles")
        _shorten_paths(changes, scene.cycles)
    scenes.choose_samples(changes, scene, used, SAMPLES)
    return used


def _light_studio(changes: Changes, scene: bpy.types.Scene, opened: OpenFile) -> None:
    shading = scene.display.shading
    for name, value in (
        ("light", "STUDIO"), ("studio_light", _STUDIO), ("color_type", "VERTEX" if _is_painted() else "TEXTURE"), ("show_shadows", False),
        ("show_cavity", False), ("show_xray", False), ("show_object_outline", False), ("show_specular_highlight", True),
    ):
        try:
            changes.set(shading, name, value)
        except TypeError:
            continue  # A build without that studio light keeps its first one.
    changes.set(scene.view_settings, "exposure", _EXPOSURE)
    changes.set(scene.render, "film_transparent", False)
    if scene.world is not None:
        changes.set(scene.world, "color", _BACKGROUND)
    for name in opened.added:
        changes.set(bpy.data.objects[name], "hide_render", name != opened.camera)


def _is_painted() -> bool:
    """Whether the model's colours are in its points, and in no material."""
    return (not any(material.users and not material.name.startswith(framing.NAME) for material in bpy.data.materials)
            and any(len(getattr(mesh, "color_attributes", ())) for mesh in bpy.data.meshes))


def _shorten_paths(changes: Changes, cycles: Any) -> None:
    for name in ("max_bounces", "diffuse_bounces", "glossy_bounces", "transmission_bounces"):
        changes.set(cycles, name, min(_BOUNCES, getattr(cycles, name)))
    for name, value in (
        ("use_adaptive_sampling", False), ("use_denoising", False), ("caustics_reflective", False), ("caustics_refractive", False),
        ("time_limit", 0.0), ("sample_offset", 0), ("use_auto_tile", False), ("texture_limit_render", _TEXTURE_EDGE),
    ):
        changes.set(cycles, name, value)


def see_all(call: Call, changes: Changes, scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> framing.Extent:
    """See all of a scene by a camera of ours, for this call only; answers what there is to see."""
    extent = framing.measure(layer)
    if extent is None:
        call.warn("nothing_to_see", "The file has nothing in it that shows in a picture.")
    before = set(bpy.data.objects)
    world = scene.world
    changes.keep(scene, "camera", "world")
    extent = extent or framing.NOWHERE
    framing.add_camera(scene, extent)
    if not any(thing.type == "LIGHT" for thing in scene.objects):
        framing.add_light(scene)
    added = [thing for thing in bpy.data.objects if thing not in before]
    sky = scene.world if scene.world != world else None

    def remove() -> None:
        for thing in added:
            data = thing.data
            bpy.data.objects.remove(thing)
            (bpy.data.cameras if isinstance(data, bpy.types.Camera) else bpy.data.lights).remove(data)
        if sky is not None:
            bpy.data.worlds.remove(sky)

    changes.afterwards(remove)
    return extent
