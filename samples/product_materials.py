"""The materials of the product sample and the pictures on them, computed from a seeded generator.

Plain Python, because not every Blender has numpy.
"""
import math
import random

import bpy

SEED = 4711
TEXTURE_SIZE = 512


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
