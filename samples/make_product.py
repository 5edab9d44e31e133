"""Makes samples/product.blend: a lounge chair in a photo studio, as a web shop would have it.

    blender -b --factory-startup --python samples/make_product.py

Everything is computed here and in the two modules beside it from a fixed seed, pictures of the fabric and the wood included, so
the scene can be made again at any time. Lengths are metres; the chair looks along -Y. README.md beside this file lists the names
a request may set.
"""
import math
import os
import sys

import bpy
from mathutils import Matrix, Vector

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)  # Blender does not look for modules beside a script.

from product_materials import SEED, make_materials
from product_shapes import ball, bar, cushion, object_from, piping, plate

# --- the chair ------------------------------------------------------------------------------------

SEAT_SIZE, SEAT_TILT = (0.585, 0.62, 0.125), math.radians(6)
BACK_SIZE, BACK_TILT = (0.575, 0.115, 0.53), math.radians(-17)


def make_frame(materials, collection):
    wood = materials["Wood"]
    object_from("Front Legs", bar([
        (0.335, -0.345, 0.000, 0.0135, 0.0135), (0.325, -0.325, 0.13, 0.0175, 0.0185),
        (0.318, -0.310, 0.25, 0.0215, 0.0240), (0.316, -0.305, 0.325, 0.0215, 0.0240)],
        (1, 0, 0), 2.6, mirror=True), wood, collection)
    object_from("Back Legs", bar([
        (0.325, 0.435, 0.000, 0.0135, 0.0135), (0.316, 0.345, 0.150, 0.0175, 0.0190),
        (0.308, 0.285, 0.275, 0.0200, 0.0270), (0.304, 0.315, 0.420, 0.0190, 0.0240),
        (0.298, 0.375, 0.600, 0.0170, 0.0200), (0.292, 0.455, 0.830, 0.0135, 0.0150)],
        (1, 0, 0), 2.6, mirror=True), wood, collection)
    object_from("Seat Rails", bar([
        (0.316, -0.305, 0.292, 0.013, 0.030), (0.312, 0.0, 0.262, 0.013, 0.029), (0.308, 0.285, 0.232, 0.013, 0.026)],
        (1, 0, 0), 4, mirror=True), wood, collection)
    object_from("Front Rail", bar([
        (-0.316, -0.310, 0.290, 0.013, 0.032), (0.0, -0.316, 0.290, 0.013, 0.032), (0.316, -0.310, 0.290, 0.013, 0.032)],
        (0, 1, 0), 4), wood, collection)
    object_from("Back Rails", lambda bm, uv: [build(bm, uv) for build in (
        bar([(-0.30, 0.285, 0.236, 0.012, 0.024), (0.0, 0.285, 0.236, 0.012, 0.024), (0.30, 0.285, 0.236, 0.012, 0.024)], (0, 1, 0), 4),
        bar([(-0.293, 0.440, 0.785, 0.010, 0.022), (0.0, 0.462, 0.790, 0.010, 0.030), (0.293, 0.440, 0.785, 0.010, 0.022)], (0, 1, 0), 3.5),
        bar([(-0.30, 0.340, 0.490, 0.009, 0.018), (0.0, 0.360, 0.490, 0.009, 0.022), (0.30, 0.340, 0.490, 0.009, 0.018)], (0, 1, 0), 3.5))],
        wood, collection)
    object_from("Armrest", bar([
        (0.326, -0.215, 0.280, 0.0150, 0.0190), (0.352, -0.265, 0.390, 0.0155, 0.0190),
        (0.366, -0.288, 0.485, 0.0190, 0.0175), (0.370, -0.262, 0.542, 0.0265, 0.0145),
        (0.371, -0.200, 0.560, 0.0310, 0.0130), (0.368, -0.050, 0.562, 0.0300, 0.0125),
        (0.350, 0.150, 0.553, 0.0230, 0.0125), (0.312, 0.352, 0.540, 0.0150, 0.0130)],
        (1, 0, 0), 2.7, steps=14, mirror=True), wood, collection)
    for name, x, y in (("Left Front", -0.335, -0.345), ("Right Front", 0.335, -0.345),
                       ("Left Back", -0.325, 0.435), ("Right Back", 0.325, 0.435)):
        object_from("Glide " + name, plate((0.024, 0.024, 0.008), 0.0035), materials["Glides"], collection, (x, y, 0.003))


def make_upholstery(materials, collection):
    fabric = materials["Fabric"]
    seat_at, seat_puff = (0, -0.022, 0.341), (0.006, 0.010, 0.030)
    object_from("Seat", cushion(SEAT_SIZE, 0.034, seat_puff), fabric, collection, seat_at, -SEAT_TILT)
    for name, height in (("Seat Piping Top", 0.042), ("Seat Piping Bottom", -0.042)):
        object_from(name, piping(SEAT_SIZE, 0.034, seat_puff, height), fabric, collection, seat_at, -SEAT_TILT)
    dimples = [(x, z) for z in (0.115, -0.055) for x in (-0.165, 0.0, 0.165)]
    back_at = (0, 0.318, 0.655)
    object_from("Back", cushion(BACK_SIZE, 0.040, (0.006, 0.028, 0.010), 44, dimples), fabric, collection, back_at, BACK_TILT)
    turn = Matrix.Rotation(BACK_TILT, 4, "X")
    for i, (x, z) in enumerate(dimples):
        spot = turn @ Vector((x, -0.050, z))
        object_from("Button %d" % (i + 1), ball(0.0125, 0.55), fabric, collection, spot + Vector(back_at), BACK_TILT)
    pillow = object_from("Pillow", cushion((0.42, 0.034, 0.29), 0.014, (-0.016, 0.062, -0.016), 30), materials["Pillow"],
                         collection, (0.03, 0.180, 0.535), math.radians(-24))
    pillow.rotation_euler[1] = math.radians(4)


def make_plate(materials, collection):
    at = Vector((0, -0.3315, 0.290))
    object_from("Plate", plate((0.118, 0.0035, 0.034), 0.0016), materials["Brass"], collection, at)
    for name, x in (("Screw Left", -0.052), ("Screw Right", 0.052)):
        object_from(name, ball(0.0028, 0.5), materials["Brass"], collection, at + Vector((x, -0.0018, 0)))
    text = bpy.data.curves.new("Engraving", "FONT")
    text.body, text.size, text.extrude = "LOUNGE 47", 0.0155, 0.0003
    text.align_x, text.align_y = "CENTER", "CENTER"
    text.materials.append(materials["Engraving"])
    engraving = bpy.data.objects.new("Engraving", text)
    engraving.location = at + Vector((0, -0.0019, 0))
    engraving.rotation_euler = (math.pi / 2, 0, 0)
    collection.objects.link(engraving)


# --- the studio -----------------------------------------------------------------------------------

def cyclorama(bm, uv):
    profile = [(-4.0, 0.0)] + [(1.6 + 1.4 * math.sin(a), 1.4 - 1.4 * math.cos(a))
                               for a in (math.pi / 48 * i for i in range(25))] + [(3.0, 5.0)]
    rows = [(bm.verts.new((-6, y, z)), bm.verts.new((6, y, z))) for y, z in profile]
    for (a, b), (d, c) in zip(rows, rows[1:]):
        bm.faces.new((a, b, c, d))


def softbox(name, collection, location, target, size, watts, color=(1, 1, 1)):
    light = bpy.data.lights.new(name, "AREA")
    light.shape, light.size, light.size_y = "RECTANGLE", size[0], size[1]
    light.energy, light.color = watts, color
    aim(name, light, collection, location, target)


def camera(name, collection, location, target, lens, f_stop=None):
    data = bpy.data.cameras.new(name)
    data.lens, data.clip_start = lens, 0.02
    if f_stop:
        data.dof.use_dof = True
        data.dof.focus_distance = (Vector(target) - Vector(location)).length
        data.dof.aperture_fstop = f_stop
    return aim(name, data, collection, location, target)


def aim(name, data, collection, location, target):
    thing = bpy.data.objects.new(name, data)
    thing.location = location
    thing.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    collection.objects.link(thing)
    return thing


def make_studio(materials, collection):
    object_from("Cyclorama", cyclorama, materials["Studio"], collection)
    softbox("Key", collection, (-1.8, -2.0, 2.5), (0, 0, 0.4), (1.8, 1.8), 105, (1.0, 0.965, 0.92))
    softbox("Rim", collection, (2.1, 0.9, 2.4), (0, 0.1, 0.5), (1.4, 1.4), 75, (0.95, 0.97, 1.0))
    world = bpy.context.scene.world
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.82, 0.86, 0.90, 1)
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.42


def scene_settings(scene):
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 64
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces, scene.cycles.diffuse_bounces, scene.cycles.glossy_bounces = 3, 2, 2
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.cycles.sample_clamp_indirect = 4.0
    scene.cycles.seed = SEED
    scene.render.resolution_x = scene.render.resolution_y = 1024
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    scene.frame_start, scene.frame_end = 1, 48


def main():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.name = "Product"
    scene.view_layers[0].name = "View Layer"
    scene.world = bpy.data.worlds.new("Studio")
    chair, studio = bpy.data.collections.new("Chair"), bpy.data.collections.new("Studio")
    scene.collection.children.link(chair)
    scene.collection.children.link(studio)
    materials = make_materials()
    make_frame(materials, chair)
    make_upholstery(materials, chair)
    make_plate(materials, chair)
    make_studio(materials, studio)
    scene.camera = camera("Hero", studio, (-1.72, -2.55, 1.18), (0.0, 0.02, 0.415), 71)
    camera("Detail", studio, (-0.42, -0.98, 0.62), (0.02, -0.26, 0.37), 55, f_stop=4.0)
    scene_settings(scene)
    bpy.context.preferences.filepaths.save_version = 0
    path = os.path.join(HERE, "product.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=True)
    graph = bpy.context.evaluated_depsgraph_get()
    faces = sum(len(i.object.data.polygons) for i in graph.object_instances if i.object.type == "MESH")
    print("product.blend: %d faces, %d bytes" % (faces, os.path.getsize(path)))


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # Blender would print it and exit 0.
        sys.exit("make_product.py failed: %r" % error)
