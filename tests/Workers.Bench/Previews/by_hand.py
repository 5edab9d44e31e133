"""A preview as one would make it by hand, inside a Blender that does nothing else: blender -b --factory-startup --python by_hand.py -- FILE PNG."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

SIZE, SAMPLES, BOUNCES = 256, 5, 4

file, picture = sys.argv[sys.argv.index("--") + 1:]
ending = Path(file).suffix
if ending == ".blend":
    bpy.ops.wm.open_mainfile(filepath=file, load_ui=False, use_scripts=False)
else:
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    {".glb": bpy.ops.import_scene.gltf, ".gltf": bpy.ops.import_scene.gltf, ".fbx": bpy.ops.import_scene.fbx, ".dae": bpy.ops.wm.collada_import,
     ".obj": bpy.ops.wm.obj_import, ".stl": bpy.ops.import_mesh.stl, ".ply": bpy.ops.import_mesh.ply}[ending](filepath=file)

scene = bpy.context.scene
if scene.camera is None:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.rotation_euler = (1.1, 0, 0.8)
    scene.collection.objects.link(camera)
    scene.camera = camera
    bpy.ops.object.select_all(action="SELECT")
    bpy.ops.view3d.camera_to_view_selected()
if ending == ".blend":
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.max_bounces, scene.cycles.use_denoising = SAMPLES, BOUNCES, False
    scene.cycles.use_adaptive_sampling = False
else:
    scene.render.engine = "BLENDER_WORKBENCH"
scene.render.resolution_x = scene.render.resolution_y = SIZE
scene.render.resolution_percentage = 100
scene.render.image_settings.file_format = "PNG"
scene.render.filepath = picture
bpy.ops.render.render(write_still=True)
