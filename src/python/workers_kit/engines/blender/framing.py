"""What a model without a scene around it needs for a picture: a camera that sees all of it, light, and a ground."""

from __future__ import annotations

import math
from itertools import islice
from typing import Iterator, List, NamedTuple, Optional, Tuple

import bpy
from mathutils import Matrix, Vector

MOST_PARTS = 50_000
"""Most objects and instances that are looked at."""

_SHOWN = frozenset({"MESH", "CURVE", "SURFACE", "FONT", "META", "CURVES", "POINTCLOUD", "VOLUME", "GPENCIL"})
_FROM = Vector((0.62, -1.0, 0.52)).normalized()  # From the front, the right, and above.
_LENS, _SENSOR = 50.0, 36.0
_MARGIN = 1.06
_LARGEST = 1e12  # Metres. Beyond that, single precision shows nothing any more.
_GROUND_SIZE = 30.0
NAME = "Workers"
"""What the names of everything that is added begin with."""



class Extent(NamedTuple):
    """The corners of all that is shown, in the world, and the box around them."""

    corners: List[Vector]
    low: Vector
    high: Vector

    @property
    def centre(self) -> Vector:
        return (self.low + self.high) / 2

    @property
    def radius(self) -> float:
        """Half of the box's diagonal; never 0."""
        return max(float((self.high - self.low).length) / 2, 1e-6)


NOWHERE = Extent([Vector((-1, -1, -1)), Vector((1, 1, 1))], Vector((-1, -1, -1)), Vector((1, 1, 1)))
"""To look at where there is nothing to see."""


def measure(layer: bpy.types.ViewLayer) -> Optional[Extent]:
    """The extent of what a picture of the view layer shows; None when there is nothing, or nothing in finite places."""
    corners = [corner for corner in _corners(layer) if all(abs(value) <= _LARGEST for value in corner)]  # False for NaN, too.
    if not corners:
        return None
    low = Vector(min(corner[axis] for corner in corners) for axis in range(3))
    high = Vector(max(corner[axis] for corner in corners) for axis in range(3))
    return Extent(corners, low, high)


def _corners(layer: bpy.types.ViewLayer) -> Iterator[Vector]:
    graph = bpy.context.evaluated_depsgraph_get() if layer == bpy.context.view_layer else layer.depsgraph
    if graph is None:
        return
    for part in islice(graph.object_instances, MOST_PARTS):
        if part.object.type in _SHOWN and part.show_self and not part.object.hide_render and not (part.parent and part.parent.hide_render):
            place = part.matrix_world.copy()
            box = part.object.bound_box
            if any(any(corner) for corner in box):
                yield from (place @ Vector(corner) for corner in box)
            else:
                yield place.translation


def add_camera(scene: bpy.types.Scene, extent: Extent) -> bpy.types.Object:
    """Add a camera that sees all of the extent in a square picture, and in every other one by `fit`."""
    data = bpy.data.cameras.new(f"{NAME} Camera")
    data.lens, data.sensor_width, data.sensor_height = _LENS, _SENSOR, _SENSOR
    camera = bpy.data.objects.new(data.name, data)
    camera.rotation_euler = _FROM.to_track_quat("Z", "Y").to_euler()
    distance, depth = _distance(extent, camera.rotation_euler.to_matrix())
    camera.location = extent.centre + _FROM * distance
    data.clip_start = max(distance - depth * 1.5, distance * 1e-3)
    data.clip_end = (distance + depth) * 100
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera


def _looking(angle: float) -> Tuple[Vector, Matrix]:
    """From where a camera looks that was turned around the upright by an angle, and how it is turned."""
    place = Matrix.Rotation(angle, 3, "Z") @ _FROM
    return place, place.to_track_quat("Z", "Y").to_matrix()


def distance_at(extent: Extent, angle: float) -> float:
    """How far from the centre a camera at that angle sees all of it."""
    return _distance(extent, _looking(angle)[1])[0]


def stand(camera: bpy.types.Object, extent: Extent, angle: float, distance: float) -> None:
    """Put an added camera at an angle, turned around the upright from where `add_camera` puts it."""
    place, rotation = _looking(angle)
    camera.rotation_euler = rotation.to_euler()
    camera.location = extent.centre + place * distance
    camera.data.clip_start = max(distance - _distance(extent, rotation)[1] * 1.5, distance * 1e-3)
    camera.data.clip_end = (distance + extent.radius) * 100


def _distance(extent: Extent, rotation: Matrix) -> Tuple[float, float]:
    """How far from the centre the camera stands so that it sees every corner, and how deep the extent is."""
    slope = _SENSOR / 2 / _LENS / _MARGIN
    into_camera = rotation.transposed()
    distance = depth = 0.0
    for corner in extent.corners:
        x, y, z = into_camera @ (corner - extent.centre)
        distance = max(distance, z + abs(x) / slope, z + abs(y) / slope)
        depth = max(depth, abs(z))
    return max(distance, extent.radius * 1.2), max(depth, extent.radius)


def add_light(scene: bpy.types.Scene) -> List[bpy.types.Object]:
    """Add a sun, and a bright sky."""
    data = bpy.data.lights.new(f"{NAME} Sun", "SUN")
    data.energy, data.angle = 2.0, math.radians(12)
    sun = bpy.data.objects.new(data.name, data)
    sun.rotation_euler = Vector((0.25, -0.55, 1.0)).to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(sun)
    add_sky(scene, 0.35)
    return [sun]


def add_sky(scene: bpy.types.Scene, strength: float) -> None:
    """Light from everywhere, where the scene has no world of its own."""
    if scene.world is None:
        scene.world = bpy.data.worlds.new(f"{NAME} Sky")
        scene.world.use_nodes = True
        background = next(node for node in scene.world.node_tree.nodes if node.type == "BACKGROUND")
        background.inputs["Color"].default_value = (0.92, 0.95, 1.0, 1.0)
        background.inputs["Strength"].default_value = strength


def add_ground(scene: bpy.types.Scene, extent: Extent) -> bpy.types.Object:
    """Add a plane just below the extent."""
    half = extent.radius * _GROUND_SIZE
    mesh = bpy.data.meshes.new(f"{NAME} Ground")
    mesh.from_pydata([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new(mesh.name)
    material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (0.6, 0.6, 0.6, 1.0)
    shader.inputs["Roughness"].default_value = 0.9
    mesh.materials.append(material)
    ground = bpy.data.objects.new(mesh.name, mesh)
    centre = extent.centre
    ground.location = (centre.x, centre.y, extent.low.z - extent.radius * 1e-3)
    scene.collection.objects.link(ground)
    return ground


def fit(width: int, height: int) -> str:
    """The `sensor_fit` with which an added camera sees as much in a picture of that size as in a square one."""
    return "VERTICAL" if width > height else "HORIZONTAL"
