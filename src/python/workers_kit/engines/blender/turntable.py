"""The function `turntable`: pictures of a file from all around, and all of them on one sheet."""

from __future__ import annotations

import math
from typing import Annotated, Any, Dict, List, Literal, Optional

import bpy

from ... import Call, Doc, Length, Range, current_call, function, timed
from . import facts, formats, framing, keeping, scenes
from .changes import Changes
from .file_text import strip_text
from .notices import Notices
from .only import show_only
from .opening import FILE_TYPES, Companions, Entry, MainFile, OpenFile, forget, open_file
from .outputs import Picture, save
from .pictures import own_scene
from .preview import choose_quick_renderer, leave_out, one_layer, see_all
from .sprite_sheet import columns, sheet_of
from .stopping import break_render, render_scene


@function(picture=True, cacheable=True, file_types=FILE_TYPES)
def turntable(
    file: MainFile,
    files: Companions = None,
    entry: Entry = None,
    frames: Annotated[int, Range(2, 72), Doc("pictures around it, evenly")] = 12,
    size: Annotated[int, Range(16, 512), Doc("edge of each in pixels")] = 128,
    objects: Annotated[Optional[List[Annotated[str, Length(1, 63)]]], Length(1, 1000), Doc("only these objects and collections, as large as they fit")] = None,
    format: Literal["png", "jpeg", "webp"] = "png",
) -> Dict[str, Any]:
    """Show a scene from all around: the sheet of all pictures first, from the left and from the top, then each picture.

    The camera is one that sees all of it from every side, whatever cameras the file has.
    """
    call = current_call()
    call.on_cancel(break_render)
    opened = open_file(call, file, files, entry)
    call.check_canceled()
    changes, notices = Changes(), Notices(call, strict=False)
    keeping.release()
    try:
        with changes:
            if objects:
                show_only(notices, changes, objects)
            used = _turn(call, opened, changes, notices, frames, size, formats.FORMATS[format])
            opened.tell(notices)
    finally:
        if not changes.exact or (opened.simulates and objects):
            forget()
    across = columns(frames)
    return {"kind": opened.kind, "frames": frames, "width": size, "height": size, "columns": across, "rows": math.ceil(frames / across),
            "renderer": used}


def _turn(
    call: Call, opened: OpenFile, changes: Changes, notices: Notices, frames: int, size: int, chosen: formats.Format
) -> str:
    scene = scenes.find_scene(None)
    layer = one_layer(changes, scene)
    for name in opened.added:  # The ground would be larger than all that stands on it.
        if bpy.data.objects[name].type == "MESH":
            changes.set(bpy.data.objects[name], "hide_render", True)
    layer.update()
    extent = see_all(call, changes, scene, layer)
    leave_out(changes, scene)
    scenes.choose_size(changes, scene, size, size, None)
    used = choose_quick_renderer(changes, scene, layer, opened)
    scenes.prepare(notices, changes, scene, facts.denoiser())
    formats.keep(changes, scene)
    writing = formats.Writing(chosen, "8", "RGBA" if scene.render.film_transparent and chosen.alpha else "RGB", formats.QUALITY, "ZIP")
    distance = max(framing.distance_at(extent, _angle(number, frames)) for number in range(frames))
    written: List[str] = []
    for number in range(frames):
        call.progress(number / frames, f"picture {number + 1}/{frames}")
        framing.stand(scene.camera, extent, _angle(number, frames), distance)
        render_scene(call, scene)
        with timed("encode"):
            formats.set_writing(scene, writing)
            name = f"frame-{number + 1:03}.{chosen.extension}"
            formats.render_result().save_render(str(call.folder / f"{name}.part"), scene=scene)
            strip_text(call.folder / f"{name}.part", chosen.blender)
            written.append(name)
    with timed("encode"):
        parts = [call.folder / f"{name}.part" for name in written]
        with sheet_of(parts, size, size) as (sheet, whole), own_scene() as plain:
            save(call, sheet, plain, [Picture(f"sheet.{chosen.extension}", writing, whole)], whole)
        for name, part in zip(written, parts):
            part.rename(call.output(name, chosen.media_type, size, size))
    return used


def _angle(number: int, frames: int) -> float:
    return 2 * math.pi * number / frames
