"""Saves the open file several times, each a little different: blender -b FILE --python make_variants.py -- FOLDER COUNT."""

from __future__ import annotations

import sys

import bpy

folder, count = sys.argv[sys.argv.index("--") + 1:]
for number in range(int(count)):
    bpy.data.objects["Hero"].location.x += 0.01
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/variant-{number}.blend", copy=True, compress=False)
