"""What of the file comes into the picture, to warn of changes that cannot show. Where that is not sure, it is taken to be shown."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Dict, Iterator, List, Set

import bpy

from .images import image_nodes
from .scenes import composites


class Rendered:
    """Found out once, at the first question, after everything was changed. Names are those of objects, materials and images."""

    def __init__(self, scene: bpy.types.Scene, layers: List[bpy.types.ViewLayer]) -> None:
        self._scene = scene
        self._layers = layers

    @cached_property
    def _found(self) -> "_Found":
        found = _Found()
        for layer in self._layers:
            found.add_all(_visible(layer.layer_collection))
        return found

    def shows(self, thing: bpy.types.Object) -> bool:
        """Whether the object is rendered."""
        return thing in self._found.objects

    def uses(self, thing: bpy.types.Object) -> bool:
        """Whether the object is rendered, or may shape another one that is."""
        found = self._found
        return found.unsure or thing in found.objects or thing in found.referenced

    def uses_data(self, data: bpy.types.ID) -> bool:
        """The same of an object's data."""
        found = self._found
        return found.unsure or any(thing.data == data for thing in (*found.objects, *found.referenced))

    def uses_material(self, material: bpy.types.Material) -> bool:
        """Whether something that is rendered has the material."""
        return self._found.unsure or material in self._materials

    def uses_image(self, image: bpy.types.Image) -> bool:
        """Whether a material that is used, the world, a light, the compositor or any texture shows the image."""
        blocks: List[Any] = [*self._materials, self._scene.world, *(thing.data for thing in self._found.objects if thing.type == "LIGHT")]
        trees = [block.node_tree for block in blocks if block is not None]
        if composites(self._scene):
            trees.append(self._scene.node_tree)
        return (self._found.unsure or any(node.image == image for tree in trees for node in image_nodes(tree))
                or any(getattr(texture, "image", None) == image for texture in bpy.data.textures))

    @cached_property
    def _materials(self) -> Set[bpy.types.Material]:
        overrides = [layer.material_override for layer in self._layers]
        overriding = {material for material in overrides if material is not None}
        if None not in overrides:
            return overriding
        return overriding | {slot.material for thing in self._found.objects for slot in thing.material_slots if slot.material is not None}


class _Found:
    """What the walk through the layers finds: rendered objects, those that shape others, and whether there may be more."""

    def __init__(self) -> None:
        self.objects: Set[bpy.types.Object] = set()
        self.referenced: Set[bpy.types.Object] = set()
        self.unsure = False
        self._pointers: Dict[str, List[str]] = {}

    def add_all(self, things: Iterator[bpy.types.Object]) -> None:
        waiting = list(things)
        while waiting:
            thing = waiting.pop()
            if thing in self.objects or thing.hide_render:
                continue
            self.objects.add(thing)
            if thing.instance_type == "COLLECTION" and thing.instance_collection is not None:
                waiting.extend(thing.instance_collection.all_objects)
            for system in thing.particle_systems:
                waiting.extend(_of_particles(system.settings))
            for modifier in thing.modifiers:
                self._look_at(modifier)

    def _look_at(self, modifier: bpy.types.Modifier) -> None:
        if modifier.type == "NODES":
            self.unsure = True  # Geometry nodes may bring any object and any material.
        pointers = self._pointers.get(modifier.type)
        if pointers is None:
            pointers = self._pointers[modifier.type] = [prop.identifier for prop in modifier.bl_rna.properties if prop.type == "POINTER"]
        for name in pointers:
            value = getattr(modifier, name)
            if isinstance(value, bpy.types.Object):
                self.referenced.add(value)
            elif isinstance(value, bpy.types.Collection):
                self.referenced.update(value.all_objects)


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
