"""Renders a picture as the mean of several passes, each with the next samples of the same sequence.

What one pass of all samples gives, to the last bits of a float, but with progress after every chunk and pictures so far.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Optional

import bpy

from ... import Call
from .changes import Changes
from .formats import FORMATS, Output, render_result, set_output
from .mean import Mean
from .plan import Plan
from .stopping import render_scene

SNAPSHOT_EDGE = 512
_SNAPSHOT_QUALITY = 80
_SNAPSHOT_SECONDS = 0.5
_SNAPSHOT_SHARE = 10
"""Snapshots may take one part in so many of the time."""


def render_chunks(call: Call, changes: Changes, scene: bpy.types.Scene, plan: Plan) -> bpy.types.Image:
    """The finished picture as a float image, linear and with premultiplied alpha; the ledger removes it."""
    cycles, output = scene.cycles, Output(scene)
    changes.keep(cycles, "samples", "sample_offset")
    first_offset, total = cycles.sample_offset, sum(count for _, count in plan.parts)
    snapshots = _Snapshots(call, scene)
    began = time.monotonic()
    picture: Optional[_Picture] = None
    for first, count in plan.parts:
        cycles.samples, cycles.sample_offset = count, first_offset + first
        render_scene(call, scene)
        part = _read_back(call.folder / "chunk.exr", scene)
        if picture is None:
            picture = _Picture(part.size[0], part.size[1])
            changes.afterwards(picture.remove)
        picture.mean.add(part, count)
        bpy.data.images.remove(part)
        done = first + count
        elapsed = time.monotonic() - began
        call.progress(min(0.99, done / total), f"sample {done}/{total}", elapsed / done * (total - done))
        if done < total:
            snapshots.show(picture)
    assert picture is not None  # A plan in chunks has at least one.
    output.restore()
    return picture.finish()


def _read_back(path: Path, scene: bpy.types.Scene) -> bpy.types.Image:
    """The render result as a float image. Blender gives its pixels to Python only by way of a file."""
    set_output(scene, FORMATS["exr"], "32", "RGBA")
    scene.render.image_settings.exr_codec = "NONE"
    render_result().save_render(str(path), scene=scene)
    image = bpy.data.images.load(str(path))
    image.pixels[0]  # Reads the file now, so that it can go.
    os.unlink(path)
    return image


class _Picture:
    """The mean so far and an image to show it in."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.mean = Mean(width * height * 4)
        self._image: Optional[bpy.types.Image] = None

    def finish(self) -> bpy.types.Image:
        self._image = self.image("workers picture")
        return self._image

    def image(self, name: str) -> bpy.types.Image:
        image = bpy.data.images.new(name, self.width, self.height, alpha=True, float_buffer=True)
        image.alpha_mode = "PREMUL"
        image.pixels.foreach_set(self.mean.values())
        return image

    def remove(self) -> None:
        if self._image is not None:
            bpy.data.images.remove(self._image)
            self._image = None


class _Snapshots:
    """Shows the picture so far, small, and not so often that it would slow the render down."""

    def __init__(self, call: Call, scene: bpy.types.Scene) -> None:
        self._call = call
        self._scene = scene
        self._next_at = 0.0

    def show(self, picture: _Picture) -> None:
        began = time.monotonic()
        if began < self._next_at:
            return
        path = self._call.folder / "so-far.jpg"
        image = picture.image("workers snapshot")
        try:
            scale = min(1.0, SNAPSHOT_EDGE / max(picture.width, picture.height))
            width, height = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
            if scale < 1.0:
                image.scale(width, height)
            set_output(self._scene, FORMATS["jpeg"], "8", "RGB")
            self._scene.render.image_settings.quality = _SNAPSHOT_QUALITY
            image.save_render(str(path), scene=self._scene)
        finally:
            bpy.data.images.remove(image)
        self._call.snapshot(path.read_bytes(), "image/jpeg", width, height)
        os.unlink(path)
        took = time.monotonic() - began
        self._next_at = began + max(_SNAPSHOT_SECONDS, took * _SNAPSHOT_SHARE)
