"""Picture formats: which there are, and setting the scene so that Blender writes them as asked."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, NamedTuple, Optional

import bpy

from .changes import Changes
from .notices import Notices
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


class Writing(NamedTuple):
    """How a picture is written: `depth` in bits a channel, `mode` as Blender calls its channels, `quality` in percent."""

    form: Format
    depth: str
    mode: str
    quality: int
    exr_codec: str


def choose(notices: Notices, scene: bpy.types.Scene, name: Optional[str], quality: Optional[int]) -> Writing:
    """Without a name the file's own format counts, or PNG where we do not offer that. Call it when the film is chosen."""
    settings = scene.render.image_settings
    theirs = settings.file_format
    own = name is None or FORMATS[name].blender == theirs
    form = FORMATS[name] if name is not None else next((known for known in FORMATS.values() if known.blender == theirs), None)
    if form is None:
        form, own = FORMATS["exr" if theirs == "OPEN_EXR_MULTILAYER" else "png"], False
        notices.warn("format_replaced", f"The file's format {theirs} is not offered; the picture is {form.blender}.")
    composited = composites(scene) and settings.color_mode == "RGBA"
    gray = own and settings.color_mode == "BW"
    alpha = form.alpha and (scene.render.film_transparent or composited)
    return Writing(
        form,
        depth=settings.color_depth if own else ("16" if form.blender == "OPEN_EXR" else "8"),
        mode="BW" if gray else "RGBA" if alpha else "RGB",
        quality=quality if quality is not None else settings.quality if own else QUALITY,
        exr_codec=settings.exr_codec if own else "ZIP")


def set_writing(scene: bpy.types.Scene, writing: Writing) -> None:
    """Make the scene write pictures like this; `keep` the settings before."""
    settings = scene.render.image_settings
    set_output(scene, writing.form, writing.depth, writing.mode)
    settings.quality = writing.quality
    if writing.form.blender == "OPEN_EXR":
        settings.exr_codec = writing.exr_codec


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


def write_floats(image: bpy.types.Image, file: Path, scene: bpy.types.Scene) -> None:
    """Linear and exact. Blender gives the pixels of a render to Python only by way of a file."""
    set_output(scene, FORMATS["exr"], "32", "RGBA")
    scene.render.image_settings.exr_codec = "NONE"
    image.save_render(str(file), scene=scene)


def render_result() -> bpy.types.Image:
    """What the last render gave. Raises RuntimeError when there was none."""
    for image in bpy.data.images:
        if image.type == "RENDER_RESULT":
            return image
    raise RuntimeError("Blender kept no picture of the render.")
