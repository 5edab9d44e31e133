"""Pictures that are already there: decoded, made smaller, and saved, beside whatever file is open and without touching it."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Iterator, List, Tuple

import bpy

from ... import Asset, Call, InvalidInput, timed
from ..model_files import exr
from ..model_files.blend import Thumbnail
from . import formats, texture_size
from .outputs import Picture, save
from .picture_header import PictureHeader, read_header


def preview_picture(call: Call, file: Asset, kind: str, size: int, chosen: formats.Format) -> Dict[str, Any]:
    """Save a picture so that its longer edge has at most `size` pixels. Raises InvalidInput where it cannot be read."""
    with picture_of(file, kind, "/file") as (image, header):
        width, height = _save_smaller(call, image, size, chosen)
    return {"kind": kind, "width": width, "height": height, "source": "picture", "originalWidth": header.width, "originalHeight": header.height}


@contextlib.contextmanager
def picture_of(file: Asset, kind: str, at: str) -> Iterator[Tuple[bpy.types.Image, PictureHeader]]:
    """The decoded picture, for as long as it is needed. Raises InvalidInput where it cannot be read, or would take too much memory."""
    name = file.name or "The picture"
    header = read_header(file.path)
    if header is None:
        raise InvalidInput(f"{name} cannot be opened: it is a {kind} that ends before its size is told.", at)
    size_decoded = texture_size.decoded(header)
    if size_decoded > texture_size.MOST_BYTES:
        raise InvalidInput(f"{name} has {header.width} × {header.height} pixels and would take {size_decoded >> 20} MB decoded, more than "
                           f"{texture_size.MOST_BYTES >> 20}; make it smaller.", at)
    if kind == "exr" and not exr.is_whole(file.path):
        raise InvalidInput(f"{name} cannot be opened: a part of it is missing. Check that it was transferred completely.", at)
    with timed("load"):
        image = bpy.data.images.load(str(file.path), check_existing=False)
    try:
        if image.size[0] == 0:  # Looking decodes it.
            raise InvalidInput(f"{name} cannot be opened: Blender cannot read it as {kind}. Check that it was transferred completely.", at)
        yield image, header
    finally:
        bpy.data.images.remove(image)


def preview_thumbnail(call: Call, stored: Thumbnail, size: int, chosen: formats.Format) -> Dict[str, Any]:
    """Save the thumbnail that a .blend carries."""
    image = bpy.data.images.new("workers thumbnail", stored.width, stored.height, alpha=True)
    try:
        image.pixels.foreach_set([value / 255 for value in stored.pixels])
        width, height = _save_smaller(call, image, size, chosen)
    finally:
        bpy.data.images.remove(image)
    return {"kind": "blend", "width": width, "height": height, "source": "thumbnail"}


def main_picture(chosen: formats.Format, alpha: bool, size: Tuple[int, int]) -> List[Picture]:
    """The one picture of a preview, eight bits a channel."""
    writing = formats.Writing(chosen, "8", "RGBA" if alpha and chosen.alpha else "RGB", formats.QUALITY, "ZIP")
    return [Picture(f"image.{chosen.extension}", writing, size)]


def _save_smaller(call: Call, image: bpy.types.Image, size: int, chosen: formats.Format) -> Tuple[int, int]:
    width, height = image.size
    scale = min(1.0, size / max(width, height))
    if scale < 1.0:
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
        image.scale(width, height)
    with timed("encode"), own_scene() as scene:
        # What Blender calls the depth of an image counts all its channels: three of 8 or of 32 bits have none for alpha.
        pictures = main_picture(chosen, image.depth in (32, 64, 128), (width, height))
        save(call, image, scene, pictures, (width, height))
    return width, height


@contextlib.contextmanager
def own_scene() -> Iterator[bpy.types.Scene]:
    """A scene for saving with plain colours, whatever the open file's scenes say."""
    scene = bpy.data.scenes.new("workers picture")
    try:
        scene.view_settings.view_transform = "Standard"
        yield scene
    finally:
        bpy.data.scenes.remove(scene)
