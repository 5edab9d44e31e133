"""The input `materials`: a material's values by the names a shop would use, wherever its nodes keep them."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Annotated, Any, Dict, Iterator, List, Optional, Tuple

import bpy

from ... import Doc, InvalidInput, Length, Range
from ...schema import wire_name
from .animated import is_animated
from .changes import Changes, plain
from .colours import Colour, linear
from .names import listed, pointer, unknown
from .notices import Notices
from .shader_graph import Shader, deciding_socket, principled, unlink

_Part = Annotated[Optional[float], Range(0, 1)]
_TARGETS = {"cycles": "CYCLES", "eevee": "EEVEE"}

# Blender 4 renamed some of them.
_SOCKETS: Dict[str, Tuple[str, ...]] = {
    "base_color": ("Base Color",), "metallic": ("Metallic",), "roughness": ("Roughness",), "ior": ("IOR",), "alpha": ("Alpha",),
    "specular": ("Specular IOR Level", "Specular"), "transmission": ("Transmission Weight", "Transmission"),
    "clearcoat": ("Coat Weight", "Clearcoat"), "clearcoat_roughness": ("Coat Roughness", "Clearcoat Roughness"),
    "sheen": ("Sheen Weight", "Sheen"), "emission": ("Emission Color", "Emission"), "emission_strength": ("Emission Strength",),
}

# What a material without nodes is drawn with, and every material by Workbench.
_PLAIN = {"base_color": "diffuse_color", "alpha": "diffuse_color", "metallic": "metallic", "roughness": "roughness",
          "specular": "specular_intensity"}
_SHOWN_PLAIN = {"cycles": ("base_color",), "eevee": ("base_color", "metallic", "roughness", "specular"),
                "workbench": ("base_color", "alpha", "metallic", "roughness")}


@dataclass
class MaterialValues:
    """What may be set of a material; what is left out stays."""

    base_color: Optional[Colour] = None
    metallic: _Part = None
    roughness: _Part = None
    specular: _Part = None
    ior: Annotated[Optional[float], Range(1, 10)] = None
    transmission: _Part = None
    clearcoat: _Part = None
    clearcoat_roughness: _Part = None
    sheen: _Part = None
    alpha: _Part = None
    emission: Optional[Colour] = None
    emission_strength: Annotated[Optional[float], Range(0, 1_000_000)] = None
    node: Annotated[Optional[str], Length(1, 1000), Doc("the Principled node, where the material has several")] = None

    def given(self) -> Iterator[Tuple[str, Any]]:
        """The values that are set, by field."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and field.name != "node":
                yield field.name, value


Materials = Dict[str, MaterialValues]


def apply(notices: Notices, changes: Changes, renderer: str, materials: Materials) -> bool:
    """Set them all. True when nothing but values changed: no node has another link than before."""
    return all([_apply(notices, changes, renderer, name, values) for name, values in materials.items()])


def _apply(notices: Notices, changes: Changes, renderer: str, name: str, values: MaterialValues) -> bool:
    material = bpy.data.materials.get(name)
    if material is None:
        raise unknown("material", name, (known.name for known in bpy.data.materials), pointer("materials", name))
    if renderer == "workbench" or not (material.use_nodes and material.node_tree):
        _set_plain(notices, changes, renderer, material, values)
        return True
    shader = _shader(material, _TARGETS[renderer], values.node)
    linked = [_set_socket(notices, changes, material, shader, field, value) for field, value in values.given()]
    _let_show(changes, renderer, material, shader, values)
    return not any(linked)


def _shader(material: bpy.types.Material, target: str, node: Optional[str]) -> Shader:
    shaders = principled(material, target)
    where = pointer("materials", material.name)
    if not shaders:
        raise InvalidInput(f"The material {material.name!r} has no Principled node in its surface, so that it is not known where its values "
                           "are. Set its nodes' values by their data paths, with set.", where)
    if node is not None:
        found = next((shader for shader in shaders if shader.label == node), None)
        if found is None:
            raise unknown("Principled node", node, (shader.label for shader in shaders), where + "/node", f"the material {material.name!r}")
        return found
    if len(shaders) > 1:
        raise InvalidInput(f"The material {material.name!r} has several Principled nodes; name one as \"node\": "
                           f"{listed(shader.label for shader in shaders)}.", where)
    return shaders[0]


def _set_socket(notices: Notices, changes: Changes, material: bpy.types.Material, shader: Shader, field: str, value: Any) -> bool:
    """Answers whether links had to go for it."""
    where = pointer("materials", material.name, wire_name(field))
    socket = deciding_socket(shader, _SOCKETS[field])
    if socket is None:
        raise InvalidInput(f"The Principled node of this Blender has no {_SOCKETS[field][0]}.", where)
    tree = socket.id_data
    if tree != material.node_tree and tree.users > 1:
        notices.warn("shared_node_group", f"The material {material.name!r} keeps {wire_name(field)} in the node group {tree.name!r}, which is used "
                     "elsewhere too: it changes there as well.", where)
    if is_animated(socket, "default_value"):
        notices.warn("material_without_effect", f"{wire_name(field)} of the material {material.name!r} is animated or driven, which overwrites it "
                     "at every frame.", where)
    linked = socket.is_linked
    if linked:
        unlink(changes, socket)
    _set(changes, socket, "default_value", _fitting(value, socket), where)
    return linked


def _fitting(value: Any, socket: Any) -> Any:
    """A colour has a fourth part, which shaders do not look at."""
    if socket.type != "RGBA":
        return float(value)
    return (*linear(value), socket.default_value[3])


def _set(changes: Changes, owner: Any, name: str, value: Any, where: str) -> None:
    changes.set(owner, name, value)
    now, wanted = plain(getattr(owner, name)), plain(value)
    pairs = zip(now, wanted) if isinstance(wanted, tuple) else [(now, wanted)]
    if not all(math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-6) for a, b in pairs):
        raise InvalidInput(f"Blender takes {now!r} instead; the file keeps this value within limits of its own.", where)


def _let_show(changes: Changes, renderer: str, material: bpy.types.Material, shader: Shader, values: MaterialValues) -> None:
    """What belongs to a value in Blender's own interface, too."""
    if renderer == "eevee" and values.alpha is not None and values.alpha < 1 and getattr(material, "blend_method", "") == "OPAQUE":
        changes.set(material, "blend_method", "HASHED")
    if values.emission is not None and values.emission_strength is None:
        strength = deciding_socket(shader, _SOCKETS["emission_strength"])
        if strength is not None and not strength.is_linked and strength.default_value == 0:
            changes.set(strength, "default_value", 1.0)  # The default since Blender 4: a colour alone would not glow.


def _set_plain(notices: Notices, changes: Changes, renderer: str, material: bpy.types.Material, values: MaterialValues) -> None:
    shown: List[str] = list(_SHOWN_PLAIN[renderer])
    for field, value in values.given():
        where = pointer("materials", material.name, wire_name(field))
        if field not in shown:
            why = "Workbench does not show it" if renderer == "workbench" else f"it has no nodes, of which {renderer} could show it"
            notices.warn("material_without_effect", f"{wire_name(field)} of the material {material.name!r}: {why}.", where)
        elif _PLAIN[field] == "diffuse_color":
            old = tuple(material.diffuse_color)
            _set(changes, material, "diffuse_color", (*old[:3], value) if field == "alpha" else (*linear(value), old[3]), where)
        else:
            _set(changes, material, _PLAIN[field], float(value), where)
