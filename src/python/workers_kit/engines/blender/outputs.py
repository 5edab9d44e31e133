"""The pictures that one render is written as: its format, quality and size, and further ones by the input `outputs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, List, Literal, NamedTuple, Optional, Tuple

import bpy

from ... import Call, Doc, InvalidInput, Length, Pattern, Range
from .changes import Changes
from .file_text import strip_text
from .formats import Writing, choose as choose_writing, keep, set_writing, write_floats
from .names import pointer
from .notices import Notices

FormatName = Literal["png", "jpeg", "webp", "exr", "tiff"]
Quality = Annotated[Optional[int], Range(1, 100), Doc("percent, for jpeg and webp")]
Size = Tuple[int, int]
_Edge = Annotated[Optional[int], Range(4, 16384), Doc("pixels, at most the render's; alone, the other edge follows")]


@dataclass
class OutputWish:
    """One picture to write. What is left out is as without `outputs`."""

    name: Annotated[Optional[str], Length(1, 64), Pattern(r"^[A-Za-z0-9][A-Za-z0-9_-]*$"), Doc("the artifact's, without extension")] = None
    format: Optional[FormatName] = None
    quality: Quality = None
    width: _Edge = None
    height: _Edge = None


Outputs = Annotated[List[OutputWish], Length(0, 16)]


class Picture(NamedTuple):
    """A picture to write: the artifact's name, how, and its size in pixels."""

    name: str
    writing: Writing
    size: Size


def choose_film(changes: Changes, scene: bpy.types.Scene, transparent: Optional[bool]) -> None:
    """With or without the world behind the objects."""
    if transparent is not None:
        changes.set(scene.render, "film_transparent", transparent)


def choose(
    notices: Notices, changes: Changes, scene: bpy.types.Scene, size: Size, wishes: List[OutputWish], plain: OutputWish, transparent: bool
) -> List[Picture]:
    """What will be written, the main picture first; `plain` is what the input asks for without `outputs`.

    Raises InvalidInput where a format has no transparency, a size is no reduction of the picture, or a name is there twice.
    """
    keep(changes, scene)
    pictures: List[Picture] = []
    for index, wish in enumerate(wishes or [plain]):
        where = pointer("outputs", str(index)) if wishes else ""
        writing = choose_writing(notices, scene, wish.format or plain.format, wish.quality or plain.quality)
        if transparent and not writing.form.alpha:
            raise InvalidInput(f"{writing.form.blender} has no transparency; choose png, webp, exr or tiff.",
                               where + "/format" if where and wish.format else "/transparent")
        stem = wish.name or ("image" if index == 0 else f"image-{index + 1}")
        name = f"{stem}.{writing.form.extension}"
        if any(name == other.name for other in pictures):
            raise InvalidInput(f"There are two outputs {name!r}; give one another name.", where + "/name")
        pictures.append(Picture(name, writing, _reduced(size, wish, where)))
    set_writing(scene, pictures[0].writing)
    return pictures


def _reduced(size: Size, wish: OutputWish, where: str) -> Size:
    """The size of an output, in the picture's aspect."""
    if not where or (wish.width is None and wish.height is None):
        return size
    by = wish.width / size[0] if wish.width is not None else (wish.height or 1) / size[1]
    reduced = (wish.width or max(1, round(size[0] * by)), wish.height or max(1, round(size[1] * by)))
    if reduced[0] > size[0] or reduced[1] > size[1]:
        raise InvalidInput(f"{reduced[0]} × {reduced[1]} pixels are more than the {size[0]} × {size[1]} that are rendered.",
                           where + ("/width" if reduced[0] > size[0] and wish.width else "/height"))
    if abs(reduced[1] - size[1] * by) > 1:
        raise InvalidInput(f"{reduced[0]} × {reduced[1]} pixels are of another shape than the {size[0]} × {size[1]} that are rendered; "
                           "leave one of width and height out.", where + "/height")
    return reduced


def save(call: Call, image: bpy.types.Image, scene: bpy.types.Scene, pictures: List[Picture], size: Size) -> None:
    """Write them all into the call's folder, the main one first. `image` is the render, of that size."""
    for picture in pictures:
        path = call.output(picture.name, picture.writing.form.media_type, *picture.size)
        if picture.size == size:
            set_writing(scene, picture.writing)
            image.save_render(str(path), scene=scene)
        else:
            _save_reduced(call, image, scene, picture)
        if not path.is_file():
            raise RuntimeError(f"Blender wrote no {picture.writing.form.blender}; its reason is in the attempt's log.")
        strip_text(path, picture.writing.form.blender)


def _save_reduced(call: Call, image: bpy.types.Image, scene: bpy.types.Scene, picture: Picture) -> None:
    """Reduced in linear light, as the renderer would have it, and only then given its tones."""
    file = call.folder / "full.exr"
    write_floats(image, file, scene)
    whole = bpy.data.images.load(str(file), check_existing=False)
    try:
        whole.scale(*picture.size)
        set_writing(scene, picture.writing)
        whole.save_render(str(call.folder / picture.name), scene=scene)
    finally:
        bpy.data.images.remove(whole)
        file.unlink(missing_ok=True)
