"""What of the file comes into the picture, to warn of changes that cannot show. Where that is not sure, it is taken to be shown."""

from __future__ import annotations

from typing import Any, Iterator, List, Set

import bpy

from .images import image_nodes
from .scenes import composites


class Rendered:
    """Found out once, after everything was changed. Names are those of objects, materials and images."""

    def __init__(self, scene: bpy.types.Scene, layers: List[bpy.types.ViewLayer]) -> None:
        self._scene = scene
        self._objects: Set[bpy.types.Object] = set()
        self._referenced: Set[bpy.types.Object] = set()
        self._unsure = False
        for layer in layers:
            self._add_all(_visible(layer.layer_collection))
        self._overrides = [layer.material_override for layer in layers]

    def _add_all(self, things: Iterator[bpy.types.Object]) -> None:
        waiting = list(things)
        while waiting:
            thing = waiting.pop()
            if thing in self._objects or thing.hide_render:
                continue
            self._objects.add(thing)
            if thing.instance_type == "COLLECTION" and thing.instance_collection is not None:
                waiting.extend(thing.instance_collection.all_objects)
            for system in thing.particle_systems:
                waiting.extend(_of_particles(system.settings))
            for modifier in thing.modifiers:
                self._look_at(modifier)

    def _look_at(self, modifier: bpy.types.Modifier) -> None:
        if modifier.type == "NODES":
            self._unsure = True  # Geometry nodes may bring any object and any material.
        for prop in modifier.bl_rna.properties:
            value = getattr(modifier, prop.identifier) if prop.type == "POINTER" else None
            if isinstance(value, bpy.types.Object):
                self._referenced.add(value)
            elif isinstance(value, bpy.types.Collection):
                self._referenced.update(value.all_objects)

    def shows(self, thing: bpy.types.Object) -> bool:
        """Whether the object is rendered."""
        return thing in self._objects

    def uses(self, thing: bpy.types.Object) -> bool:
        """Whether the object is rendered, or may shape another one that is."""
        return self._unsure or thing in self._objects or thing in self._referenced

    def uses_data(self, data: bpy.types.ID) -> bool:
        """The same of an object's data."""
        return self._unsure or any(thing.data == data for thing in (*self._objects, *self._referenced))

    def uses_material(self, material: bpy.types.Material) -> bool:
        """Whether something that is rendered has the material."""
        return self._unsure or material in self._materials()

    def uses_image(self, image: bpy.types.Image) -> bool:
        """Whether a material that is used, the world, a light, the compositor or any texture shows the image."""
        blocks: List[Any] = [*self._materials(), self._scene.world, *(thing.data for thing in self._objects if thing.type == "LIGHT")]
        trees = [block.node_tree for block in blocks if block is not None]
        if composites(self._scene):
            trees.append(self._scene.node_tree)
        return (self._unsure or any(node.image == image for tree in trees for node in image_nodes(tree))
                or any(getattr(texture, "image", None) == image for texture in bpy.data.textures))

    def _materials(self) -> Set[bpy.types.Material]:
        own = {slot.material for thing in self._objects for slot in thing.material_slots if slot.material is not None}
        overriding = {material for material in self._overrides if material is not None}
        return overriding | own if None in self._overrides else overriding


def _visible(top: bpy.types.LayerCollection) -> Iterator[bpy.types.Object]:
    waiting = [top]
    while waiting:
        one = waiting.pop()
        if one.collection.hide_render:
            continue  # With everything inside.
        waiting.extend(one.children)
        if not one.exclude:
            yield from one.collection.objects


def _of_particles(settings: bpy.types.ParticleSettings) -> List[bpy.types.Object]:
    if settings.render_type == "OBJECT" and settings.instance_object is not None:
        return [settings.instance_object]
    if settings.render_type == "COLLECTION" and settings.instance_collection is not None:
        return list(settings.instance_collection.all_objects)
    return []
