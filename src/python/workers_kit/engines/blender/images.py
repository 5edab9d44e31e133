"""The input `images`: another picture in a texture's place, by the name of the image, or of a material that has just one."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Tuple

import bpy

from ... import Asset, InvalidInput
from . import texture_size
from .changes import Changes
from .names import listed, pointer, unknown
from .notices import Notices
from .picture_header import read_header

Images = Dict[str, Asset]


def apply(notices: Notices, changes: Changes, images: Images) -> Dict[str, bpy.types.Image]:
    """Swap them; answers the new ones by name. They are read in the colour space of the old ones, where that can be meant for them."""
    done = {}
    for name, asset in images.items():
        where = pointer("images", name)
        old, users = _places(notices, name, where)
        new = _load(changes, old, asset, where)
        for owner in users:
            changes.set(owner, "image", new)
        done[name] = new
    return done


def _places(notices: Notices, name: str, where: str) -> Tuple[bpy.types.Image, List[Any]]:
    """The image that goes, and what shows it: everywhere, or in the named material alone."""
    image = bpy.data.images.get(name)
    if image is not None and image.type == "IMAGE":
        return image, [owner for owner in _owners() if owner.image == image]
    material = bpy.data.materials.get(name)
    if material is None:
        pictures = [known.name for known in bpy.data.images if known.type == "IMAGE"]
        raise unknown("image or material", name, [*pictures, *(known.name for known in bpy.data.materials)], where)
    nodes = list(image_nodes(material.node_tree)) if material.use_nodes else []
    found = {node.image.name: node.image for node in nodes if node.image is not None}
    if len(found) != 1:
        raise InvalidInput(f"The material {name!r} has {len(found) or 'no'} images"
                           + (f"; name one of them instead: {listed(found)}." if found else "."), where)
    (image,) = found.values()
    users = [node for node in nodes if node.image == image]
    shared = {node.id_data.name for node in users if node.id_data != material.node_tree and node.id_data.users > 1}
    if shared:
        notices.warn("shared_node_group", f"The material {name!r} shows its image in the node group {listed(shared)}, which is used elsewhere "
                     "too: it changes there as well.", where)
    return image, users


def _owners() -> Iterator[Any]:
    """Everything in the file that may show an image in a render."""
    blocks = [*bpy.data.materials, *bpy.data.worlds, *bpy.data.lights]
    trees = [block.node_tree for block in blocks if block.node_tree is not None]
    trees += bpy.data.node_groups
    trees += [scene.node_tree for scene in bpy.data.scenes if scene.node_tree is not None]
    for tree in trees:
        yield from (node for node in tree.nodes if _shows_image(node))
    yield from (texture for texture in bpy.data.textures if texture.type == "IMAGE")


def image_nodes(tree: Any) -> Iterator[Any]:
    """The nodes of a tree, and of the groups in it, that show an image; None for a tree gives none."""
    waiting, seen = [tree], set()
    while waiting:
        one = waiting.pop()
        if one is None or one.as_pointer() in seen:
            continue
        seen.add(one.as_pointer())
        for node in one.nodes:
            if node.type == "GROUP":
                waiting.append(node.node_tree)
            elif _shows_image(node):
                yield node


def _shows_image(node: Any) -> bool:
    return node.type in ("TEX_IMAGE", "TEX_ENVIRONMENT", "IMAGE")


def _load(changes: Changes, old: bpy.types.Image, asset: Asset, where: str) -> bpy.types.Image:
    name = asset.name or "the asset"
    header = read_header(asset.path)
    if header is None:
        raise InvalidInput(f"{name} is no picture that can be a texture; send png, jpeg, webp, tiff, exr or hdr.", where)
    size = texture_size.decoded(header)
    if size > texture_size.MOST_BYTES:
        raise InvalidInput(f"{name} has {header.width} × {header.height} pixels and would take {size >> 20} MB decoded, more than "
                           f"{texture_size.MOST_BYTES >> 20}; make it smaller.", where)
    new = bpy.data.images.load(str(asset.path), check_existing=False)
    changes.afterwards(lambda: bpy.data.images.remove(new))
    if new.size[0] == 0:  # Looking decodes it.
        raise InvalidInput(f"{name} cannot be read as a picture ({header.kind}). Check that it was transferred completely.", where)
    if old.colorspace_settings.is_data or old.is_float == new.is_float:
        new.colorspace_settings.name = old.colorspace_settings.name
        new.alpha_mode = old.alpha_mode
    return new
