"""Makes .blend files in which a call has much to leave behind: `blender -b --factory-startup --python make_files.py -- FOLDER`.

Simulations, particles, compositors, generated geometry, rigs, drivers and drawn lines; all small and quick.
"""

import math
import os
import sys

import bpy

FOLDER = sys.argv[sys.argv.index("--") + 1]


def fresh(samples=2):
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.cycles.samples = samples
    scene.render.resolution_x, scene.render.resolution_y = 96, 54
    scene.frame_start, scene.frame_end = 1, 12
    return scene


def save(name):
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(FOLDER, name + ".blend"), copy=True)


def cloth():
    scene = fresh()
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=8, y_subdivisions=8, size=3, location=(0, 0, 1.6))
    bpy.context.object.name = "Sheet"
    bpy.context.object.modifiers.new("Cloth", "CLOTH")
    bpy.data.objects["Cube"].modifiers.new("Collision", "COLLISION")
    scene.frame_set(1)


def hair():
    fresh()
    cube = bpy.data.objects["Cube"]
    settings = cube.modifiers.new("Hair", "PARTICLE_SYSTEM").particle_system.settings
    settings.type, settings.count, settings.hair_length = "HAIR", 60, 1.5
    bpy.ops.mesh.primitive_ico_sphere_add(radius=0.2, location=(9, 9, 9))
    bpy.context.object.name = "Crumb"
    settings.render_type, settings.instance_object, settings.particle_size = "OBJECT", bpy.context.object, 0.4


def sparks():
    scene = fresh()
    settings = bpy.data.objects["Cube"].modifiers.new("Sparks", "PARTICLE_SYSTEM").particle_system.settings
    settings.count, settings.frame_start, settings.frame_end, settings.lifetime = 80, 1, 8, 10
    scene.frame_set(1)


def compositor():
    scene = fresh()
    scene.view_layers.new("Second").samples = 1
    scene.use_nodes = True
    nodes, links = scene.node_tree.nodes, scene.node_tree.links
    glare, balance = nodes.new("CompositorNodeGlare"), nodes.new("CompositorNodeHueSat")
    balance.inputs["Saturation"].default_value = 1.6
    links.new(nodes["Render Layers"].outputs["Image"], glare.inputs["Image"])
    links.new(glare.outputs["Image"], balance.inputs["Image"])
    links.new(balance.outputs["Image"], nodes["Composite"].inputs["Image"])


def scatter():
    fresh()
    cube = bpy.data.objects["Cube"]
    group = bpy.data.node_groups.new("Scatter", "GeometryNodeTree")
    group.inputs.new("NodeSocketGeometry", "Geometry")
    group.inputs.new("NodeSocketInt", "Seed")
    group.outputs.new("NodeSocketGeometry", "Geometry")
    start, end, points, cubes, ball = (group.nodes.new(kind) for kind in (
        "NodeGroupInput", "NodeGroupOutput", "GeometryNodeDistributePointsOnFaces", "GeometryNodeInstanceOnPoints", "GeometryNodeMeshIcoSphere"))
    ball.inputs["Radius"].default_value = 0.15
    points.inputs["Density"].default_value = 4
    for source, target in ((start.outputs[0], points.inputs["Mesh"]), (start.outputs[1], points.inputs["Seed"]),
                           (points.outputs["Points"], cubes.inputs["Points"]), (ball.outputs["Mesh"], cubes.inputs["Instance"]),
                           (cubes.outputs["Instances"], end.inputs[0])):
        group.links.new(source, target)
    cube.modifiers.new("Scatter", "NODES").node_group = group


def rig():
    """An armature, a shape key, a driver without a script, keyed visibility, subdivision and mirrored parts."""
    scene = fresh()
    cube = bpy.data.objects["Cube"]
    cube.modifiers.new("Subdivision", "SUBSURF").render_levels = 2
    cube.modifiers.new("Array", "ARRAY").count = 2
    cube.shape_key_add(name="Basis")
    key = cube.shape_key_add(name="Wide")
    for point in key.data:
        point.co.x *= 1.6
    for frame, value in ((1, 0.0), (12, 1.0)):
        key.value = value
        key.keyframe_insert("value", frame=frame)
    bpy.ops.object.armature_add(location=(2, 0, 0))
    frame = bpy.context.object
    frame.name = "Frame"
    bpy.ops.mesh.primitive_cone_add(location=(2, 0, 1))
    cone = bpy.context.object
    cone.name, cone.parent, cone.parent_type, cone.parent_bone = "Cone", frame, "BONE", "Bone"
    driver = cone.driver_add("scale", 0).driver
    variable = driver.variables.new()
    driver.type, variable.targets[0].id, variable.targets[0].data_path = "SUM", cube, "scale.x"
    cone.rotation_euler = (0, 0, math.radians(30))
    for frame, hidden in ((1, False), (6, True)):
        bpy.data.objects["Light"].hide_render = hidden
        bpy.data.objects["Light"].keyframe_insert("hide_render", frame=frame)
    scene.render.use_motion_blur = True
    scene.frame_set(1)


def lines():
    scene = fresh()
    scene.render.use_freestyle = True
    layer = scene.view_layers[0]
    layer.use_freestyle = True
    if not layer.freestyle_settings.linesets:
        layer.freestyle_settings.linesets.new("Lines")


def fog():
    """A volume in the world, several kinds of lights, depth of field."""
    scene = fresh(4)
    nodes, links = scene.world.node_tree.nodes, scene.world.node_tree.links
    volume = nodes.new("ShaderNodeVolumeScatter")
    volume.inputs["Density"].default_value = 0.02
    links.new(volume.outputs["Volume"], nodes["World Output"].inputs["Volume"])
    for kind, x in (("SUN", -2), ("SPOT", 0), ("AREA", 2)):
        light = bpy.data.objects.new(kind.title(), bpy.data.lights.new(kind.title(), kind))
        light.location = (x, 0, 4)
        scene.collection.objects.link(light)
    scene.camera.data.dof.use_dof = True
    scene.camera.data.dof.focus_distance = 6


for make in (cloth, hair, sparks, compositor, scatter, rig, lines, fog):
    try:
        make()
        save(make.__name__)
    except Exception as error:  # Blender would print it and go on, and exit 0.
        sys.exit("%s: %r" % (make.__name__, error))
