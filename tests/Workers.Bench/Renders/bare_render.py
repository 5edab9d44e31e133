"""The best that one could do by hand: Blender kept open, the product loaded once, one render a line.

Reads a JSON object a line from stdin ({"width", "samples", "colour", "persistent", "path"}) and answers a line each with the seconds that
setting, rendering and saving took. Blender's own chatter goes nowhere.

    blender -b --factory-startup --python bare_render.py -- product.blend
"""

import json
import os
import sys
import time

import bpy

FABRIC = 'materials["Fabric"].node_tree.nodes["Principled BSDF"].inputs["Base Color"]'
kept = []


def prepare(path):
    bpy.ops.wm.open_mainfile(filepath=path, load_ui=False, use_scripts=False)
    scene = bpy.context.scene
    scene.camera = bpy.data.objects["Hero"]
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.image_settings.color_depth = "8"
    scene.render.image_settings.compression = 15
    scene.cycles.use_denoising = False
    return scene


def render(scene, job):
    began = time.perf_counter()
    scene.render.resolution_x = scene.render.resolution_y = job["width"]
    scene.cycles.samples = job["samples"]
    if kept != [job["width"], job["samples"]]:
        scene.render.use_persistent_data = False  # Cycles does not notice another number of samples: what is kept must go.
        kept[:] = job["width"], job["samples"]
    scene.render.use_persistent_data = job["persistent"]
    if job["colour"]:
        bpy.data.path_resolve(FABRIC, False).default_value = job["colour"]
    scene.render.filepath = job["path"]
    bpy.ops.render.render(write_still=True)
    return time.perf_counter() - began


def main():
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    scene = prepare(sys.argv[sys.argv.index("--") + 1])
    print("ready", file=replies)
    for line in sys.stdin:
        print(render(scene, json.loads(line)), file=replies)


main()
