"""Makes samples/product.blend: a lounge chair in a photo studio, as a web shop would have it.

    blender -b --factory-startup --python samples/make_product.py

Everything is computed here from a fixed seed, pictures of the fabric and the wood included, so the
scene can be made again at any time. Lengths are metres; the chair looks along -Y. README.md beside
this file lists the names a request may set.
"""
import math
import os
import random
import sys

import bmesh
import bpy
from mathutils import Matrix, Vector

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 4711
TEXTURE_SIZE = 512


# --- textures: plain Python, because not every Blender has numpy -------------------------------------

def blurred_line(line, width):
    """A box blur of a line that closes on itself."""
    n, half = len(line), width // 2
    total, out = sum(line[i % n] for i in range(-half, half + 1)), []
    for i in range(n):
        out.append(total)
        total += line[(i + half + 1) % n] - line[(i - half) % n]
    return out


def smooth_noise(rng, across, along):
    """Noise in 0…1 that repeats at its edges; `across` and `along` are the spot size in pixels."""
    rows = [[rng.random() for _ in range(TEXTURE_SIZE)] for _ in range(TEXTURE_SIZE)]
    for _ in range(2):
        if across > 1:
            rows = [blurred_line(row, across) for row in rows]
        columns = [blurred_line(column, along) for column in zip(*rows)] if along > 1 else zip(*rows)
        rows = [list(row) for row in zip(*columns)]
    values = [value for row in rows for value in row]
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [[clamp(0.5 + (value - mean) / spread / 5) for value in row] for row in rows]


def clamp(value):
    return max(0.0, min(1.0, value))


def weave_picture(rng):
    """A panama weave of 40 × 40 heathered threads; bright where a thread lies on top."""
    n, threads = TEXTURE_SIZE, 40
    warp_shade = [rng.uniform(0.70, 1.0) for _ in range(threads)]
    weft_shade = [rng.uniform(0.70, 1.0) for _ in range(threads)]
    fluff = smooth_noise(rng, 5, 3)

    def hump(t):
        return math.sin(math.pi * (t % 1)) ** 0.7

    def value(row, column):
        x, y = column / n * threads, row / n * threads
        over = (int(x) // 2 + int(y) // 2) % 2
        if over:
            height, shade = hump(x) * (0.55 + 0.45 * hump(y / 2)), warp_shade[int(x)]
        else:
            height, shade = hump(y) * (0.55 + 0.45 * hump(x / 2)), weft_shade[int(y)]
        return clamp((0.35 + 0.65 * height) * shade * (0.80 + 0.35 * fluff[row][column]))

    return [[value(row, column) for column in range(n)] for row in range(n)]


def grain_picture(rng):
    """Oak, its grain running along the picture's height."""
    n = TEXTURE_SIZE
    bend, waver = smooth_noise(rng, 81, 241), smooth_noise(rng, 15, 121)
    fibres, pores, tone = smooth_noise(rng, 1, 41), smooth_noise(rng, 1, 15), smooth_noise(rng, 41, 161)

    def value(row, column):
        ring = 7 * column / n + bend[row][column] * 1.6 + waver[row][column] * 0.25
        ring = (0.5 + 0.5 * math.sin(2 * math.pi * ring)) ** 2.2
        pore = clamp((pores[row][column] - 0.72) * 6)
        return clamp(1.12 - 0.34 * ring - 0.30 * (1 - fibres[row][column]) - 0.30 * pore
                     - 0.22 * (1 - tone[row][column]))

    return [[value(row, column) for column in range(n)] for row in range(n)]


def packed_image(name, rows):
    image = bpy.data.images.new(name, TEXTURE_SIZE, TEXTURE_SIZE, is_data=True)
    image.pixels.foreach_set([part for row in rows for value in row for part in (value, value, value, 1.0)])
    image.file_format = "PNG"
    image.pack()
    return image


# --- materials ------------------------------------------------------------------------------------

def principled(name, color, **inputs):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    material.diffuse_color = (*color, 1)
    node = material.node_tree.nodes["Principled BSDF"]
    node.inputs["Base Color"].default_value = (*color, 1)
    for key, value in inputs.items():
        node.inputs[key.replace("_", " ")].default_value = value
    return material


def texture_over(material, image, darkest, bump_metres):
    """Darkens a material by a picture and lets the picture stand out as bumps.

    The picture is multiplied in *behind* the Principled node (a Mix Shader with nothing in its first
    socket), so "Base Color" stays unlinked: setting that one value recolours the material.
    """
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader, output = nodes["Principled BSDF"], nodes["Material Output"]
    picture = nodes.new("ShaderNodeTexImage")
    picture.name, picture.image = "Texture", image
    light = nodes.new("ShaderNodeMapRange")
    light.name = "Contrast"
    light.inputs["To Min"].default_value = darkest
    mix = nodes.new("ShaderNodeMixShader")
    mix.name = "Multiply"
    bump = nodes.new("ShaderNodeBump")
    bump.name = "Bump"
    bump.inputs["Distance"].default_value = bump_metres
    links.new(picture.outputs["Color"], light.inputs["Value"])
    links.new(light.outputs["Result"], mix.inputs[0])
    links.new(shader.outputs["BSDF"], mix.inputs[2])
    links.new(mix.outputs["Shader"], output.inputs["Surface"])
    links.new(picture.outputs["Color"], bump.inputs["Height"])
    links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    for column, node in enumerate((picture, light, bump, shader, mix, output)):
        node.location = (column * 240 - 700, 0)


def make_materials():
    rng = random.Random(SEED)
    weave = packed_image("Weave", weave_picture(rng))
    grain = packed_image("Grain", grain_picture(rng))
    fabric = principled("Fabric", (0.055, 0.20, 0.21), Roughness=0.85, Sheen=0.6, Specular=0.2)
    texture_over(fabric, weave, 0.15, 0.0022)
    pillow = principled("Pillow", (0.75, 0.36, 0.09), Roughness=0.9, Sheen=0.5, Specular=0.15)
    texture_over(pillow, weave, 0.3, 0.0018)
    wood = principled("Wood", (0.50, 0.25, 0.095), Roughness=0.38, Specular=0.45)
    texture_over(wood, grain, 0.12, 0.0004)
    return {
        "Fabric": fabric, "Pillow": pillow, "Wood": wood,
        "Brass": principled("Brass", (0.83, 0.56, 0.20), Metallic=1.0, Roughness=0.24),
        "Engraving": principled("Engraving", (0.02, 0.014, 0.01), Roughness=0.6),
        "Glides": principled("Glides", (0.02, 0.02, 0.02), Roughness=0.5),
        "Studio": principled("Studio", (0.72, 0.71, 0.69), Roughness=1.0, Specular=0.0),
    }


# --- shapes ---------------------------------------------------------------------------------------

def object_from(name, mesh_builder, material, collection, location=(0, 0, 0), tilt=0.0):
    mesh = bpy.data.meshes.new(name)
    bm = bmesh.new()
    uv = bm.loops.layers.uv.new("UVMap")
    mesh_builder(bm, uv)
    for face in bm.faces:
        face.smooth = True
    bm.normal_update()
    bm.to_mesh(mesh)
    bm.free()
    mesh.materials.append(material)
    thing = bpy.data.objects.new(name, mesh)
    thing.location = location
    thing.rotation_euler = (tilt, 0, 0)
    collection.objects.link(thing)
    return thing


def spline(points, steps):
    """Catmull-Rom through rows of numbers: `steps` pieces between two neighbours."""
    def beyond(end, inner):
        return [2 * a - b for a, b in zip(end, inner)]

    rows = [beyond(points[0], points[1]), *points, beyond(points[-1], points[-2])]
    out = []
    for i in range(1, len(rows) - 2):
        for t in (step / steps for step in range(steps)):
            out.append([0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                               + (3 * b - a - 3 * c + d) * t ** 3)
                        for a, b, c, d in zip(*rows[i - 1:i + 3])])
    return out + [list(points[-1])]


def bar(points, side, squareness=3.2, steps=10, around=28, mirror=False):
    """Builder of a wooden bar. Each point: x, y, z, half width along `side`, half thickness across it.

    The section is a superellipse: 2 is an oval, 4 nearly a box. The grain runs along the bar.
    """
    def build(bm, uv):
        for sign in ((1, -1) if mirror else (1,)):
            rows = spline(points, steps)
            centres = [Vector((row[0] * sign, row[1], row[2])) for row in rows]
            offset = 0.37 * sign + float(abs(rows[0][1])) * 3
            rings, lengths, length = [], [], 0.0
            for i, row in enumerate(rows):
                ahead, behind = centres[min(i + 1, len(rows) - 1)], centres[max(i - 1, 0)]
                along = (ahead - behind).normalized()
                u = (Vector(side) - along * along.dot(Vector(side))).normalized()
                v = along.cross(u)
                ring = []
                for k in range(around):
                    angle = 2 * math.pi * k / around
                    c, s = math.cos(angle), math.sin(angle)
                    ring.append(bm.verts.new(
                        centres[i] + u * math.copysign(abs(c) ** (2 / squareness), c) * row[3]
                        + v * math.copysign(abs(s) ** (2 / squareness), s) * row[4]))
                length += (centres[i] - centres[max(i - 1, 0)]).length
                rings.append(ring)
                lengths.append(length)
            for i in range(len(rings) - 1):
                for k in range(around):
                    n = (k + 1) % around
                    face = bm.faces.new((rings[i][k], rings[i][n], rings[i + 1][n], rings[i + 1][k]))
                    corners = ((k, i), (k + 1, i), (k + 1, i + 1), (k, i + 1))
                    for loop, (a, b) in zip(face.loops, corners):
                        loop[uv].uv = (a / around * 0.6 + offset, lengths[b] / 0.45 + offset)
            for ring in (rings[0][::-1], rings[-1]):
                bm.faces.new(ring)
    return build


def cushion(size, radius, puff, cuts=34, dimples=(), weave_metres=0.17):
    """Builder of an upholstered box: rounded edges, puffed faces, dimples (x, z) where buttons sit."""
    half = Vector(size) / 2

    def build(bm, uv):
        bmesh.ops.create_cube(bm, size=2.0)
        bmesh.ops.subdivide_edges(bm, edges=bm.edges[:], cuts=cuts, use_grid_fill=True)
        for face in bm.faces:
            normal = face.calc_center_median()
            axis = max(range(3), key=lambda i: abs(normal[i]))
            first, second = [i for i in range(3) if i != axis]
            for loop in face.loops:
                co = loop.vert.co
                loop[uv].uv = (co[first] * half[first] / weave_metres + axis * 0.31,
                               co[second] * half[second] / weave_metres + axis * 0.17)
        for vert in bm.verts:
            vert.co = place(vert.co)

    def place(unit):
        # Spread the grid towards the edges, where the rounding needs it.
        co = Vector([math.sin(u * math.pi / 2) * 0.35 + u * 0.65 for u in unit])
        box = Vector([co[i] * half[i] for i in range(3)])
        core = Vector([max(-(half[i] - radius), min(half[i] - radius, box[i])) for i in range(3)])
        out = box - core
        rounded = core + (out.normalized() * radius if out.length > 1e-9 else out)
        bulge = Vector((0, 0, 0))
        for axis in range(3):
            others = [co[i] for i in range(3) if i != axis]
            bulge[axis] = co[axis] * puff[axis] * (1 - others[0] ** 2) * (1 - others[1] ** 2)
        rounded += bulge
        for x, z in dimples:
            near = math.exp(-((rounded.x - x) ** 2 + (rounded.z - z) ** 2) / 0.0024)
            sharp = math.exp(-((rounded.x - x) ** 2 + (rounded.z - z) ** 2) / 0.0003)
            if co.y < 0:
                rounded.y += 0.020 * near + 0.010 * sharp
        return rounded

    return build


def piping(size, radius, puff, height, thickness=0.0055, around=8, corner=10):
    """Builder of the piped seam around a cushion, at `height` over its middle."""
    def build(bm, uv):
        hx, hy = size[0] / 2, size[1] / 2
        path = []
        for quarter in range(4):
            cx = (hx - radius) * (1, -1, -1, 1)[quarter]
            cy = (hy - radius) * (1, 1, -1, -1)[quarter]
            for step in range(corner):
                angle = math.pi / 2 * (quarter + step / (corner - 1))
                path.append((cx + radius * math.cos(angle), cy + radius * math.sin(angle)))
        dense = []
        for (ax, ay), (bx, by) in zip(path, path[1:] + path[:1]):
            pieces = max(1, int(math.hypot(bx - ax, by - ay) / 0.02))
            dense += [(ax + (bx - ax) * i / pieces, ay + (by - ay) * i / pieces) for i in range(pieces)]
        rings = []
        for i, (x, y) in enumerate(dense):
            nx, ny = dense[(i + 1) % len(dense)]
            px, py = dense[i - 1]
            out = Vector((ny - py, px - nx, 0)).normalized()
            swell = puff[0] * (1 - (y / hy) ** 2) * abs(x / hx) + puff[1] * (1 - (x / hx) ** 2) * abs(y / hy)
            centre = Vector((x, y, height)) + out * (swell * (1 - (2 * height / size[2]) ** 2) - 0.001)
            rings.append([bm.verts.new(centre + out * thickness * math.cos(a) + Vector((0, 0, thickness * math.sin(a))))
                          for a in (2 * math.pi * k / around for k in range(around))])
        for i, ring in enumerate(rings):
            after = rings[(i + 1) % len(rings)]
            for k in range(around):
                n = (k + 1) % around
                face = bm.faces.new((ring[k], ring[n], after[n], after[k]))
                for loop, (a, b) in zip(face.loops, ((k, i), (k + 1, i), (k + 1, i + 1), (k, i + 1))):
                    loop[uv].uv = (b * 0.12, a / around * 0.2)
    return build


def ball(radius, flat):
    def build(bm, uv):
        bmesh.ops.create_uvsphere(bm, u_segments=20, v_segments=12, radius=radius, matrix=Matrix.Diagonal((1, flat, 1, 1)))
    return build


def plate(size, bevel):
    def build(bm, uv):
        bmesh.ops.create_cube(bm, size=1.0, matrix=Matrix.Diagonal((*size, 1)))
        bmesh.ops.bevel(bm, geom=bm.edges[:], offset=bevel, segments=3, affect="EDGES", profile=0.5)
    return build


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
