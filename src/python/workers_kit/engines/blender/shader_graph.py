"""Finding one's way in a material's nodes: which Principled node makes its surface, and which socket decides a value of it.

Mix and Add Shader nodes, reroutes and node groups are looked through. Chains may be as long as a file likes: nothing here recurses.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import bpy

from .changes import Changes

_MOST_STEPS = 10_000
Groups = Tuple[Any, ...]
"""The group nodes that a node stands inside, the outermost first."""


class Shader(NamedTuple):
    """A Principled node and the groups it stands inside."""

    node: Any
    groups: Groups

    @property
    def label(self) -> str:
        """What a client calls it: the names of the groups and its own."""
        return "/".join(node.name for node in (*self.groups, self.node))


class Links:
    """The links of node trees by the input they lead to. Blender itself walks through all of a tree's links for each socket."""

    def __init__(self) -> None:
        self._trees: Dict[int, Dict[int, List[Any]]] = {}

    def of(self, socket: Any) -> List[Any]:
        """The links that lead to an input and count."""
        tree = socket.id_data
        if tree.as_pointer() not in self._trees:
            known = self._trees[tree.as_pointer()] = {}
            for link in tree.links:
                if not link.is_muted:
                    known.setdefault(link.to_socket.as_pointer(), []).append(link)
        return self._trees[tree.as_pointer()].get(socket.as_pointer(), [])


def principled(material: bpy.types.Material, target: str) -> List[Shader]:
    """The Principled nodes that the surface is made of, nearest to the output first. `target` is CYCLES or EEVEE."""
    output = material.node_tree.get_output_node(target)
    if output is None:
        return []
    found: List[Shader] = []
    seen = set()
    links = Links()
    waiting: List[Tuple[Any, Groups]] = [(output.inputs["Surface"], ())]
    while waiting and len(seen) < _MOST_STEPS:
        socket, groups = waiting.pop(0)
        for link in links.of(socket):
            node, source = link.from_node, link.from_socket
            key = (source.as_pointer(), tuple(group.as_pointer() for group in groups))
            if key in seen:
                continue
            seen.add(key)
            if node.type == "BSDF_PRINCIPLED" and not node.mute:
                found.append(Shader(node, groups))
            else:
                waiting.extend(_behind(node, source, groups))
    return found


def _behind(node: Any, source: Any, groups: Groups) -> Iterator[Tuple[Any, Groups]]:
    """The sockets from which a node's output gets its shaders."""
    if node.type == "GROUP_INPUT":
        outer = _twin(groups[-1].inputs, source) if groups else None
        if outer is not None:
            yield outer, groups[:-1]
    elif node.mute:
        for link in node.internal_links:
            if link.to_socket == source:
                yield link.from_socket, groups
    elif node.type == "GROUP":
        inner = _group_output(node.node_tree, source)
        if inner is not None:
            yield inner, (*groups, node)
    elif node.type == "REROUTE":
        yield node.inputs[0], groups
    else:
        for socket in node.inputs:
            if socket.type == "SHADER" and socket.enabled:
                yield socket, groups


def _group_output(tree: Any, source: Any) -> Optional[Any]:
    if tree is None:
        return None
    output = next((node for node in tree.nodes if node.type == "GROUP_OUTPUT" and node.is_active_output), None)
    return _twin(output.inputs, source) if output is not None else None


def _twin(sockets: Sequence[Any], socket: Any) -> Optional[Any]:
    """The socket of a group node that stands for one inside, or the other way round."""
    return next((twin for twin in sockets if twin.identifier == socket.identifier), None)


def deciding_socket(shader: Shader, names: Sequence[str]) -> Optional[Any]:
    """The socket whose own value decides that input of the shader, once nothing is linked to it any more.

    An input that a group hands on from outside is decided outside. None where this Blender's node has no such input.
    """
    socket = next((shader.node.inputs[name] for name in names if name in shader.node.inputs), None)
    groups, links = shader.groups, Links()
    while socket is not None and groups:
        outer = _outside(links, socket, groups)
        if outer is None:
            break
        socket, groups = outer, groups[:-1]
    return socket


def _outside(links: Links, socket: Any, groups: Groups) -> Optional[Any]:
    """The socket of the surrounding group node that is linked straight to this one, by reroutes at most."""
    at = socket
    for _ in range(_MOST_STEPS):
        link = next(iter(links.of(at)), None)
        if link is None:
            return None
        if link.from_node.type == "GROUP_INPUT":
            outer = _twin(groups[-1].inputs, link.from_socket)
            return outer if outer is not None and outer.type == socket.type else None
        if link.from_node.type != "REROUTE":
            return None
        at = link.from_node.inputs[0]
    return None


def unlink(changes: Changes, socket: Any) -> None:
    """Take the links off an input, so that its own value counts; the same links are there again afterwards."""
    tree = socket.id_data
    for link in [link for link in tree.links if link.to_socket == socket]:
        ends = (link.from_node.name, link.from_socket.identifier, link.to_node.name, socket.identifier, link.is_muted)
        tree.links.remove(link)
        changes.afterwards(lambda ends=ends: _link(tree, *ends))


def _link(tree: Any, from_node: str, source: str, to_node: str, target: str, muted: bool) -> None:
    start = next(socket for socket in tree.nodes[from_node].outputs if socket.identifier == source)
    end = next(socket for socket in tree.nodes[to_node].inputs if socket.identifier == target)
    link = tree.links.new(start, end, verify_limits=False)
    link.is_muted = muted
    if not any(one.from_socket == start for one in end.links):
        raise RuntimeError(f"the link from {from_node} to {to_node} did not come back")
