"""Makes a scene of two million triangles: `blender -b --factory-startup --python make_heavy.py -- heavy.blend`.

Spheres of their own meshes, so that nothing is shared, over a plane, in Cycles; the camera is called Hero, as in the product.
"""

import sys

import bpy

SPHERES, SUBDIVISIONS = 7, 8  # 7 × 20 × 4⁷ = 2,293,760 triangles.


def main(path):
    for thing in list(bpy.data.objects):
        if thing.type == "MESH":
            bpy.data.objects.remove(thing)
    for number in range(SPHERES):
        bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=SUBDIVISIONS, radius=0.8, location=(number % 3 * 1.8 - 1.8, number // 3 * 1.8 - 1.8, 0.8))
        material = bpy.data.materials.new("Ball %d" % number)
        material.use_nodes = True
        material.node_tree.nodes["Principled BSDF"].inputs["Roughness"].default_value = 0.1 + number * 0.1
        bpy.context.object.data.materials.append(material)
    bpy.ops.mesh.primitive_plane_add(size=20)
    scene = bpy.context.scene
    scene.camera.name = "Hero"
    scene.render.engine = "CYCLES"
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    bpy.ops.wm.save_as_mainfile(filepath=path)
    print("heavy: %d faces" % sum(len(mesh.polygons) for mesh in bpy.data.meshes))


main(sys.argv[sys.argv.index("--") + 1])
