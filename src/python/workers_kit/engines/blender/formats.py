"""Picture formats: which there are, and setting the scene so that Blender writes them as asked."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional

import bpy

from ... import Call, InvalidInput
from .changes import Changes
from .scenes import composites

PNG_COMPRESSION = 15
"""Percent. 90 takes eight times as long for a file hardly smaller."""

QUALITY = 90
"""Percent, for JPEG and WebP, if nothing else is asked for."""


class Format(NamedTuple):
    """Blender's name, the file's extension, its media type, and whether it has an alpha channel."""

    blender: str
    extension: str
    media_type: str
    alpha: bool


FORMATS: Dict[str, Format] = {
    "png": Format("PNG", "png", "image/png", True),
    "jpeg": Format("JPEG", "jpg", "image/jpeg", False),
    "webp": Format("WEBP", "webp", "image/webp", True),
    "exr": Format("OPEN_EXR", "exr", "image/x-exr", True),
    "tiff": Format("TIFF", "tiff", "image/tiff", True),
}

_SETTINGS = ("color_depth", "color_mode", "compression", "quality", "exr_codec", "tiff_codec")


def choose(
    call: Call, changes: Changes, scene: bpy.types.Scene, name: Optional[str], quality: Optional[int], transparent: Optional[bool]
) -> Format:
    """Set the scene's output; without a name the file's own format counts, or PNG where we do not offer that."""
    settings = scene.render.image_settings
    theirs = settings.file_format
    keep(changes, scene)
    own = name is None or FORMATS[name].blender == theirs
    chosen = FORMATS[name] if name is not None else next((known for known in FORMATS.values() if known.blender == theirs), None)
    if chosen is None:
        chosen, own = FORMATS["exr" if theirs == "OPEN_EXR_MULTILAYER" else "png"], False
        call.warn("format_replaced", f"The file's format {theirs} is not offered; the picture is {chosen.blender}.")
    if transparent and not chosen.alpha:
        raise InvalidInput(f"{chosen.blender} has no transparency; choose png, webp, exr or tiff.", "/transparent")
    if transparent is not None:
        changes.set(scene.render, "film_transparent", transparent)
    composited = composites(scene) and settings.color_mode == "RGBA"
    gray = own and settings.color_mode == "BW"
    depth = settings.color_depth if own else ("16" if chosen.blender == "OPEN_EXR" else "8")
    alpha = chosen.alpha and (scene.render.film_transparent or composited)
    set_output(scene, chosen, depth, "BW" if gray else "RGBA" if alpha else "RGB")
    if quality is not None or not own:
        settings.quality = quality if quality is not None else QUALITY
    if not own and chosen.blender == "OPEN_EXR":
        settings.exr_codec = "ZIP"
    return chosen


def keep(changes: Changes, scene: bpy.types.Scene) -> None:
    # What a format allows depends on it, so the format is recorded last and put back first.
    changes.keep(scene.render.image_settings, *_SETTINGS, "file_format")


def set_output(scene: bpy.types.Scene, target: Format, depth: str, mode: str) -> None:
    settings = scene.render.image_settings
    settings.file_format = target.blender
    settings.color_mode = mode
    if target.blender != "JPEG" and target.blender != "WEBP":  # They know one depth only.
        settings.color_depth = depth
    settings.compression = PNG_COMPRESSION


class Output:
    """The scene's output settings as they are now, to be set again after something else was written in between."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        settings = scene.render.image_settings
        self._settings = settings
        self._values = [(name, getattr(settings, name)) for name in ("file_format", *_SETTINGS)]

    def restore(self) -> None:
        for name, value in self._values:
            if getattr(self._settings, name) != value:
                setattr(self._settings, name, value)


def render_result() -> bpy.types.Image:
    """What the last render gave. Raises RuntimeError when there was none."""
    for image in bpy.data.images:
        if image.type == "RENDER_RESULT":
            return image
    raise RuntimeError("Blender kept no picture of the render.")
