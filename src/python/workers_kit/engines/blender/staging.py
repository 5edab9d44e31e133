"""Makes an imported model a scene that can be rendered: settings, and whatever of camera, light and ground it does not bring."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import List, Optional, Tuple

import bpy

from . import flat_colours, framing, mean
from .scenes import RENDERERS

_EDGE = 1024
_SAMPLES = 64
_DIM = 0.1
_NAMED = 5


@dataclass
class Added:
    """What a file got that was not in it: names of objects, the camera among them, and warnings to tell."""

    objects: List[str] = field(default_factory=list)
    camera: Optional[str] = None
    warnings: List[Tuple[str, str]] = field(default_factory=list)


def stage(scene: bpy.types.Scene) -> Added:
    """Called once, right after the import."""
    _settings(scene)
    added = Added()
    _repair(added)
    flat_colours.apply()
    cameras = sorted((thing for thing in scene.objects if thing.type == "CAMERA"), key=lambda thing: str(thing.name))
    lights = [thing for thing in scene.objects if thing.type == "LIGHT"]
    extent = framing.measure(bpy.context.view_layer)
    if extent is None or not _shows():
        added.warnings.append(("nothing_to_see", "The file has nothing in it that shows in a picture."))
    if cameras:
        scene.camera = scene.camera or cameras[0]
    else:
        camera = framing.add_camera(scene, extent or framing.NOWHERE)
        added.camera = str(camera.name)
        added.objects.append(added.camera)
    if lights:
        framing.add_sky(scene, _DIM)
    else:
        added.objects += [str(light.name) for light in framing.add_light(scene)]
    if extent is not None and not cameras and not lights:
        added.objects.append(str(framing.add_ground(scene, extent).name))
    return added


def _shows() -> bool:
    """Whether there is anything with a surface: points and edges alone do not show."""
    return any(len(mesh.polygons) > 0 for mesh in bpy.data.meshes) or any(
        thing.type not in ("MESH", "EMPTY", "CAMERA", "LIGHT", "ARMATURE") for thing in bpy.data.objects)


def _settings(scene: bpy.types.Scene) -> None:
    for engine in RENDERERS["cycles"]:
        try:
            scene.render.engine = engine
        except TypeError:
            continue  # A build without Cycles keeps what it has.
        scene.cycles.samples = _SAMPLES
        scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = _EDGE
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"  # The colours that the model's author chose.


def _repair(added: Added) -> None:
    """Importers pass numbers on that no renderer can place."""
    broken = [mesh for mesh in bpy.data.meshes if not _finite(mesh)]
    for mesh in broken:
        mesh.validate()
        mesh.update()
    if broken:
        names = ", ".join(mesh.name for mesh in broken[:_NAMED])
        added.warnings.append(("geometry_repaired", f"{len(broken)} meshes have points that are no numbers ({names}); they were moved "
                               "to the origin."))


def _finite(mesh: bpy.types.Mesh) -> bool:
    points = array("f", bytes(12 * len(mesh.vertices)))
    mesh.vertices.foreach_get("co", points)
    if mean.numpy is not None:
        return bool(mean.numpy.isfinite(mean.numpy.frombuffer(points, mean.numpy.float32)).all())
    return math.isfinite(sum(points))
