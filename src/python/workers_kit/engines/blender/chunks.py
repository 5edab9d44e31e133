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
from .formats import FORMATS, Output, render_result, set_output, write_floats
from .mean import Mean
from .plan import Plan
from .result_loader import load_result
from .stopping import render_scene

SNAPSHOT_EDGE = 512
_SNAPSHOT_QUALITY = 80
_SNAPSHOT_SECONDS = 0.5
_SNAPSHOT_SHARE = 10
"""Snapshots may take one part in so many of the time."""


def render_chunks(call: Call, changes: Changes, scene: bpy.types.Scene, plan: Plan) -> bpy.types.Image:
    """Answers Blender's render result, in which the mean is."""
    cycles, output, file = scene.cycles, Output(scene), call.folder / "chunk.exr"
    changes.keep(cycles, "samples", "sample_offset")
    first_offset, total = cycles.sample_offset, sum(count for _, count in plan.parts)
    snapshots = _Snapshots(call, scene)
    began = time.monotonic()
    picture: Optional[_Picture] = None
    try:
        for first, count in plan.parts:
            cycles.samples, cycles.sample_offset = count, first_offset + first
            render_scene(call, scene)
            write_floats(render_result(), file, scene)
            picture = _add(picture, file, count)
            done, elapsed = first + count, time.monotonic() - began
            call.progress(min(0.99, done / total), f"sample {done}/{total}", elapsed / done * (total - done))
            if done < total:
                snapshots.show(picture)
        assert picture is not None  # A plan in chunks has at least one.
        picture.write(file, scene)
        load_result(call, scene, file, picture.width, picture.height)
    finally:
        output.restore()
        file.unlink(missing_ok=True)
    return render_result()


class _Picture:
    """The mean so far."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.mean = Mean(width * height * 4)

    def image(self) -> bpy.types.Image:
        """A float image of it; the caller removes it."""
        image = bpy.data.images.new("workers mean", self.width, self.height, alpha=True, float_buffer=True)
        image.alpha_mode = "PREMUL"
        image.pixels.foreach_set(self.mean.values())
        return image

    def write(self, file: Path, scene: bpy.types.Scene) -> None:
        image = self.image()
        try:
            write_floats(image, file, scene)
        finally:
            bpy.data.images.remove(image)


def _add(picture: Optional[_Picture], file: Path, weight: int) -> _Picture:
    image = bpy.data.images.load(str(file))
    try:
        picture = picture or _Picture(image.size[0], image.size[1])
        picture.mean.add(image, weight)
        return picture
    finally:
        bpy.data.images.remove(image)


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
        image = picture.image()
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
