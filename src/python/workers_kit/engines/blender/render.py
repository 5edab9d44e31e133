"""The function `render`: one picture of one frame of a file."""

from __future__ import annotations

from typing import Annotated, Any, Dict, List, Literal, Optional

from ... import Doc, Length, Range, current_call, function, timed
from . import effects, facts, keeping, overrides, planning, scenes, visibility
from .changes import Changes
from .chunks import render_chunks
from .images import Images, apply as apply_images
from .materials import Materials, apply as apply_materials
from .notices import Notices
from .opening import FILE_TYPES, Companions, Entry, MainFile, forget, open_file
from .outputs import FormatName, Outputs, OutputWish, Quality, choose as choose_outputs, choose_film, save
from .passes import render_pass
from .stopping import break_render
from .texts import Texts, apply as apply_texts

_Name = Annotated[str, Length(1, 63)]  # Blender's own limit is 63 bytes.
_Names = Annotated[Optional[List[_Name]], Length(0, 1000)]


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
    time_limit_seconds: Annotated[Optional[float], Range(0.1, 86400), Doc("take no further samples after it; cycles only")] = None,
    renderer: Annotated[Optional[Literal["cycles", "eevee", "workbench"]], Doc("otherwise the file's")] = None,
    format: Annotated[Optional[FormatName], Doc("otherwise the file's")] = None,
    quality: Quality = None,
    transparent: Annotated[Optional[bool], Doc("without the world behind the objects; otherwise as in the file")] = None,
    outputs: Annotated[Optional[Outputs], Doc("several pictures of the one render; the first is the main one")] = None,
    materials: Annotated[Optional[Materials], Doc('{"Paint": {"baseColor": "#cc1a1a", "roughness": 0.4}}')] = None,
    images: Annotated[Optional[Images], Doc("pictures in the place of a texture's, by the image's or the material's name")] = None,
    show: Annotated[_Names, Doc("objects and collections that are hidden in the file")] = None,
    hide: Annotated[_Names, Doc("objects and collections to leave out")] = None,
    texts: Annotated[Optional[Texts], Doc('what text objects say: {"Engraving": "Anna"}')] = None,
    set_: Annotated[Optional[Dict[str, Any]], Doc('properties by data path: {"objects[\\"Lamp\\"].location": [0, 0, 2]}')] = None,
    strict: Annotated[bool, Doc("every warning is an error")] = False,
) -> Dict[str, Any]:
    """Render one picture. What is left out comes from the file. Nothing a call changes is seen by the next one."""
    call = current_call()
    call.on_cancel(break_render)
    notices = Notices(call, strict)
    opened = open_file(call, file, files, entry)
    call.check_canceled()
    changes, finished, drawn = Changes(), False, False
    try:
        with changes:
            opened.tell(notices)
            target = scenes.find_scene(scene)
            number = scenes.choose_frame(changes, target, frame)
            done = overrides.apply(changes, set_ or {})
            layers = scenes.choose_layers(changes, target, view_layer)
            used_renderer = scenes.choose_renderer(changes, target, renderer)
            drawn = used_renderer != "cycles"
            used_camera = scenes.choose_camera(changes, target, camera)
            size = scenes.choose_size(changes, target, width, height, percentage)
            opened.fit_camera(changes, target, size)
            used_samples = scenes.choose_samples(changes, target, used_renderer, samples)
            scenes.choose_time_limit(notices, changes, target, used_renderer, time_limit_seconds)
            scenes.prepare(notices, changes, target, facts.denoiser())
            visibility.apply(notices, changes, show or [], hide or [])
            only_values = apply_materials(notices, changes, used_renderer, materials or {})
            swapped = apply_images(notices, changes, images or {})
            apply_texts(notices, changes, texts or {})
            asked = effects.Asked(done, materials or {}, swapped, texts or {}, show or [], hide or [])
            effects.check(notices, target, layers, used_renderer, asked)
            choose_film(changes, target, transparent)
            plain = OutputWish(format=format, quality=quality)
            pictures = choose_outputs(notices, changes, target, size, outputs or [], plain, bool(transparent))
            plan = planning.plan_for(opened, target, layers, used_renderer, size, used_samples, bool(show))
            if plan.time_limit:
                call.uncacheable("a time limit")
            planning.keep(opened, target, layers, plan, call.input, only_values and not (images or texts or show or hide))
            if plan.mode == "chunks":
                image = render_chunks(call, changes, target, plan)
            else:
                image = render_pass(call, changes, target, plan, len(layers))
            with timed("encode"):
                save(call, image, target, pictures, size)
            opened.tell(notices)
        finished = True
    finally:
        if not finished:
            keeping.release()
        disturbed = frame is not None or set_ or show or hide or texts
        if not changes.exact or (opened.simulates and disturbed) or (opened.generates and drawn):
            forget()
    return {
        "width": size[0], "height": size[1], "frame": number, "scene": target.name, "viewLayers": [layer.name for layer in layers],
        "camera": used_camera, "renderer": used_renderer, "samples": used_samples, "plan": plan.describe(),
    }
