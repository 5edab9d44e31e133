"""One picture of several equal ones, in rows; made beside whatever file is open and without touching it."""

from __future__ import annotations

import contextlib
import math
from array import array
from pathlib import Path
from typing import Iterator, Sequence, Tuple

import bpy


def columns(count: int) -> int:
    """How many stand in a row, so that the sheet is about as wide as high."""
    return math.ceil(math.sqrt(count))


@contextlib.contextmanager
def sheet_of(pictures: Sequence[Path], width: int, height: int) -> Iterator[Tuple[bpy.types.Image, Tuple[int, int]]]:
    """An image of these files, each of that size, the first at the top left; what is left over is clear."""
    across = columns(len(pictures))
    down = math.ceil(len(pictures) / across)
    wide, row = across * width, width * 4
    pixels = array("f", bytes(4 * 4 * wide * down * height))
    part = array("f", bytes(4 * row * height))
    for number, picture in enumerate(pictures):
        image = bpy.data.images.load(str(picture), check_existing=False)
        try:
            image.pixels.foreach_get(part)
        finally:
            bpy.data.images.remove(image)
        # Blender counts rows from below.
        left, bottom = number % across * row, (down - 1 - number // across) * height
        for line in range(height):
            start = (bottom + line) * wide * 4 + left
            pixels[start:start + row] = part[line * row:(line + 1) * row]
    sheet = bpy.data.images.new("workers sheet", wide, down * height, alpha=True)
    try:
        sheet.pixels.foreach_set(pixels)
        yield sheet, (wide, down * height)
    finally:
        bpy.data.images.remove(sheet)
