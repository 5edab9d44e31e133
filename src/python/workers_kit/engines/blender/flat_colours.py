"""Gives an imported model's materials the plain colours that Workbench shows: the texture behind a surface's colour, or the colour.

Called while a model is made ready, so that it is part of the file as it is open; nothing that Cycles shows depends on it.
"""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Tuple

import bpy

_MOST_STEPS = 200
_COLOURS = ("Base Color", "Color", "Diffuse")
_WORST = ("EMISSION", "BACKGROUND", "HOLDOUT", "BSDF_TRANSPARENT")  # Looked into only where nothing else gives a surface its colour.
_SEE_THROUGH = 0.35


class _Look(NamedTuple):
    colour: Tuple[float, float, float, float]
    texture: Optional[Any]
    metallic: float
    roughness: float


def apply() -> None:
    """For every material with nodes."""
    for material in bpy.data.materials:
        tree = material.node_tree
        look = _look(tree) if material.use_nodes and tree is not None else None
        if look is not None:
            material.diffuse_color, material.metallic, material.roughness = look.colour, look.metallic, look.roughness
            # Workbench shows the picture of the active node; where there is none of the colour, it must not find that of a bump.
            tree.nodes.active = look.texture or tree.nodes.new("ShaderNodeTexImage")


def _look(tree: bpy.types.NodeTree) -> Optional[_Look]:
    output = tree.get_output_node("ALL") or next((node for node in tree.nodes if node.type == "OUTPUT_MATERIAL"), None)
    if output is None:
        return None
    shaders = [node for node in _upstream(output.inputs["Surface"]) if any(name in node.inputs for name in _COLOURS)
               and any(socket.type == "SHADER" for socket in node.outputs)]
    shaders.sort(key=lambda node: node.type in _WORST)
    if not shaders:
        return None
    shader = shaders[0]
    socket = next(shader.inputs[name] for name in _COLOURS if name in shader.inputs)
    colour, texture = _colour(socket)
    alpha = min(_plain(shader, "Alpha", 1.0), _SEE_THROUGH if _is_glass(shader) else 1.0)
    return _Look((*colour, alpha), texture, _plain(shader, "Metallic", 0.0), _plain(shader, "Roughness", 0.4))


def _colour(socket: Any) -> "Tuple[Tuple[float, float, float], Optional[Any]]":
    """A socket's colour: that of the nearest node behind it that has one of its own, or a texture."""
    if not socket.is_linked:
        return _rgb(socket.default_value), None
    found: List[Tuple[float, float, float]] = []
    for node in _upstream(socket):
        if node.type == "TEX_IMAGE" and node.image is not None and node.id_data == socket.id_data:
            return (1.0, 1.0, 1.0), node
        if node.type == "RGB":
            found.append(_rgb(node.outputs[0].default_value))
        elif node.type == "VALTORGB":
            found.append(_mean([_rgb(element.color) for element in node.color_ramp.elements]))
        else:
            found += [_rgb(entry.default_value) for entry in node.inputs if entry.type == "RGBA" and not entry.is_linked and entry.enabled][:2]
    return (_mean(found) if found else _rgb(socket.default_value)), None


def _upstream(socket: Any) -> List[Any]:
    """The nodes behind an input, nearest first; groups are looked through from inside."""
    nodes: List[Any] = []
    waiting, seen = [socket], set()
    while waiting and len(seen) < _MOST_STEPS:
        for link in waiting.pop(0).links:
            node = link.from_node
            if node.as_pointer() in seen:
                continue
            seen.add(node.as_pointer())
            nodes.append(node)
            waiting.extend(entry for entry in node.inputs if entry.is_linked)
            if node.type == "GROUP" and node.node_tree is not None:
                inner = next((part for part in node.node_tree.nodes if part.type == "GROUP_OUTPUT"), None)
                waiting.extend(inner.inputs if inner is not None else ())
    return nodes


def _is_glass(shader: Any) -> bool:
    return shader.type in ("BSDF_GLASS", "BSDF_REFRACTION") or max(
        _plain(shader, "Transmission", 0.0), _plain(shader, "Transmission Weight", 0.0)) > 0.5


def _plain(shader: Any, name: str, otherwise: float) -> float:
    socket = shader.inputs.get(name)
    return float(socket.default_value) if socket is not None and not socket.is_linked else otherwise


def _rgb(value: Any) -> Tuple[float, float, float]:
    return float(value[0]), float(value[1]), float(value[2])


def _mean(colours: List[Tuple[float, float, float]]) -> Tuple[float, float, float]:
    if not colours:
        return 0.8, 0.8, 0.8
    red, green, blue = (sum(colour[i] for colour in colours) / len(colours) for i in range(3))
    return red, green, blue
