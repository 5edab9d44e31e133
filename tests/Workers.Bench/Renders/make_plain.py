"""Makes the scene that the floors of warm against cold were set on: `blender -b --factory-startup --python make_plain.py -- plain.blend`.

A subdivided monkey of one material on a textured ground of another, an area light, two cameras; in Cycles. The monkey's material is called Fabric and
the camera Hero, as in the product, so that both are asked for alike.
"""

import sys

import bpy


def material(name, colour):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    made.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = colour
    return made


def checked_ground():
    bpy.ops.mesh.primitive_plane_add(size=12, location=(0, 0, -1))
    ground = material("Ground", (0.5, 0.5, 0.5, 1))
    image = bpy.data.images.new("Checker", 512, 512)
    image.generated_type = "COLOR_GRID"
    image.pack()
    texture = ground.node_tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    ground.node_tree.links.new(texture.outputs["Color"], ground.node_tree.nodes["Principled BSDF"].inputs["Base Color"])
    bpy.context.object.data.materials.append(ground)


def main(path):
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    bpy.ops.mesh.primitive_monkey_add()
    monkey = bpy.context.object
    monkey.modifiers.new("Subdivision", "SUBSURF").render_levels = 2
    monkey.data.materials.append(material("Fabric", (0.8, 0.2, 0.1, 1)))
    checked_ground()
    bpy.ops.object.light_add(type="AREA", location=(3, -3, 5), rotation=(0.6, 0.3, 0.8))
    bpy.context.object.data.energy, bpy.context.object.data.size = 500, 2
    bpy.ops.object.camera_add(location=(0, -4.5, 1.2), rotation=(1.35, 0, 0))
    bpy.context.object.name = "Hero"
    bpy.context.scene.camera = bpy.context.object
    bpy.ops.object.camera_add(location=(4, -3, 2), rotation=(1.2, 0, 0.95))
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.use_denoising = False
    bpy.ops.wm.save_as_mainfile(filepath=path)


main(sys.argv[sys.argv.index("--") + 1])
