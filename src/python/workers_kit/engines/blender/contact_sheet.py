"""The function `contactSheet`: pictures that are there already, small, in rows, each with its name below."""

from __future__ import annotations

import math
from array import array
from typing import Annotated, Any, Dict, List, Literal, Optional

import bpy

from ... import Asset, Call, Doc, InvalidInput, Length, Range, current_call, function, timed
from ..font5x7 import HEIGHT, WIDTH, glyph
from ..model_files import kinds
from . import formats, sprite_sheet
from .names import pointer
from .outputs import Picture, save
from .pictures import own_scene, picture_of

MOST_PICTURES = 400
MOST_PIXELS = 1 << 24
"""Of the whole sheet."""

_INK = array("f", (0.5, 0.5, 0.5, 1.0))  # Seen on white and on black.
_LARGE_CELL = 192
_PADDING = 2


@function(picture=True, cacheable=True)
def contact_sheet(
    pictures: Annotated[List[Asset], Length(1, MOST_PICTURES), Doc("pictures of any kind, from the left and from the top")],
    names: Annotated[Optional[List[str]], Length(0, MOST_PICTURES), Doc("what stands below each, in capitals; as many as pictures, or none")] = None,
    size: Annotated[int, Range(32, 512), Doc("edge in pixels of the square that each fits in")] = 128,
    columns: Annotated[Optional[int], Range(1, MOST_PICTURES), Doc("in a row; otherwise so that the sheet is about as wide as high")] = None,
    format: Literal["png", "jpeg", "webp"] = "png",
) -> Dict[str, Any]:
    """Show many pictures on one: each as large as fits, none larger than it is."""
    call = current_call()
    if names and len(names) != len(pictures):
        raise InvalidInput(f"There are {len(pictures)} pictures and {len(names)} names; give as many, or none.", "/names")
    sheet = _Sheet(len(pictures), size, columns, bool(names))
    if sheet.width * sheet.height > MOST_PIXELS:
        raise InvalidInput(f"The sheet would have {sheet.width} × {sheet.height} pixels, more than {MOST_PIXELS >> 20} million; make the size smaller.",
                           "/size")
    sheet.begin()
    for number, picture in enumerate(pictures):
        call.check_canceled()
        call.progress(number / len(pictures), f"picture {number + 1}/{len(pictures)}")
        at = pointer("pictures", str(number))
        kind = kinds.kind_of(picture.path, picture.name)
        if kind not in kinds.PICTURES:
            raise InvalidInput(f"{picture.name or 'The file'} is no picture; make a preview of it first.", at)
        with picture_of(picture, str(kind), at) as (image, _):
            sheet.put(number, image)
        if names:
            sheet.write(number, names[number])
    _save(call, sheet, formats.FORMATS[format])
    return {"pictures": len(pictures), "columns": sheet.columns, "rows": sheet.rows, "width": sheet.width, "height": sheet.height}


def _save(call: Call, sheet: "_Sheet", chosen: formats.Format) -> None:
    writing = formats.Writing(chosen, "8", "RGBA" if chosen.alpha else "RGB", formats.QUALITY, "ZIP")
    image = bpy.data.images.new("workers sheet", sheet.width, sheet.height, alpha=True)
    try:
        image.pixels.foreach_set(sheet.pixels)
        size = (sheet.width, sheet.height)
        with timed("encode"), own_scene() as scene:
            save(call, image, scene, [Picture(f"sheet.{chosen.extension}", writing, size)], size)
    finally:
        bpy.data.images.remove(image)


class _Sheet:
    """Pixels of the whole, four floats each, rows from below as Blender counts them."""

    def __init__(self, count: int, size: int, columns: Optional[int], named: bool) -> None:
        self.columns = min(columns or sprite_sheet.columns(count), count)
        self.rows = math.ceil(count / self.columns)
        self._size = size
        self._scale = 2 if size >= _LARGE_CELL else 1
        self._strip = (HEIGHT + 2 * _PADDING) * self._scale if named else 0
        self.width = self.columns * size
        self.height = self.rows * (size + self._strip)

    def begin(self) -> None:
        """All of it clear."""
        self.pixels = array("f", bytes(16 * self.width * self.height))

    def put(self, number: int, image: bpy.types.Image) -> None:
        """A picture into the middle of its cell; the image is made smaller where it does not fit."""
        width, height = image.size
        scale = min(1.0, self._size / max(width, height))
        if scale < 1.0:
            width, height = max(1, round(width * scale)), max(1, round(height * scale))
            image.scale(width, height)
        part = array("f", bytes(16 * width * height))
        image.pixels.foreach_get(part)
        left, bottom = self._cell(number)
        left, bottom = left + (self._size - width) // 2, bottom + self._strip + (self._size - height) // 2
        for line in range(height):
            start = ((bottom + line) * self.width + left) * 4
            self.pixels[start:start + width * 4] = part[line * width * 4:(line + 1) * width * 4]

    def write(self, number: int, name: str) -> None:
        """A name below its picture, cut where it is too long."""
        step = (WIDTH + 1) * self._scale
        fits = (self._size - 2 * _PADDING * self._scale) // step
        text = name if len(name) <= fits else name[:max(0, fits - 1)] + "~"
        left, bottom = self._cell(number)
        left += (self._size - len(text) * step) // 2
        top = bottom + (_PADDING + HEIGHT) * self._scale - 1
        for index, sign in enumerate(text):
            for row, bits in enumerate(glyph(sign)):
                for column in range(WIDTH):
                    if bits >> (WIDTH - 1 - column) & 1:
                        self._dot(left + index * step + column * self._scale, top - row * self._scale)

    def _dot(self, x: int, y: int) -> None:
        for line in range(self._scale):
            start = ((y - line) * self.width + x) * 4
            self.pixels[start:start + 4 * self._scale] = _INK * self._scale

    def _cell(self, number: int) -> "tuple[int, int]":
        row = self.rows - 1 - number // self.columns
        return number % self.columns * self._size, row * (self._size + self._strip)
