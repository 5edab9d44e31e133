"""Warns of what a call asked for that cannot show in its picture: on something that is not rendered, or that this renderer does not look at."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, NamedTuple, Optional

import bpy

from .animated import is_animated
from .materials import Materials
from .names import pointer
from .notices import Notices
from .overrides import Override
from .rendered import Rendered
from .visibility import named, objects_of

# Which renderer reads a group of settings.
_READERS = {
    "SceneEEVEE": "eevee", "SceneDisplay": "workbench", "View3DShading": "workbench", "CyclesRenderSettings": "cycles",
    "CyclesObjectSettings": "cycles", "CyclesCameraSettings": "cycles", "CyclesMaterialSettings": "cycles", "CyclesLightSettings": "cycles",
    "CyclesWorldSettings": "cycles", "CyclesVisibilitySettings": "cycles", "CyclesRenderLayerSettings": "cycles",
}


class Asked(NamedTuple):
    """What a call changed, as far as it may not show. `images` are the new ones by the names in the input."""

    overrides: List[Override]
    materials: Materials
    images: Dict[str, bpy.types.Image]
    texts: Iterable[str]
    show: List[str]
    hide: List[str]


def check(notices: Notices, scene: bpy.types.Scene, layers: List[bpy.types.ViewLayer], renderer: str, asked: Asked) -> None:
    """Call it when everything is changed and nothing is rendered."""
    if not any(asked):
        return
    rendered = Rendered(scene, layers)
    for override in asked.overrides:
        reason = _why_override(override, renderer, rendered)
        if reason is not None:
            notices.warn("set_without_effect", f"{override.path}: {reason}.", pointer("set", override.path))
    for name in asked.materials:
        if not rendered.uses_material(bpy.data.materials[name]):
            notices.warn("material_without_effect", f"Nothing that is rendered has the material {name!r}.", pointer("materials", name))
        elif renderer == "workbench" and scene.display.shading.color_type != "MATERIAL":
            notices.warn("material_without_effect", f"The file has Workbench colour by {scene.display.shading.color_type}, not by MATERIAL.",
                         pointer("materials", name))
    for name, image in asked.images.items():
        _check_image(notices, scene, renderer, rendered, name, image)
    for name in asked.texts:
        thing = bpy.data.objects.get(name)
        if not (rendered.uses(thing) if thing is not None else rendered.uses_data(bpy.data.curves[name])):
            notices.warn("text_without_effect", f"The text {name!r} is not rendered: it is hidden, or not in the scene.", pointer("texts", name))
    _check_visibility(notices, scene, rendered, asked)


def _check_image(notices: Notices, scene: bpy.types.Scene, renderer: str, rendered: Rendered, name: str, image: bpy.types.Image) -> None:
    if renderer == "workbench" and scene.display.shading.color_type != "TEXTURE":
        reason = f"the file has Workbench colour by {scene.display.shading.color_type}, not by TEXTURE"
    elif not rendered.uses_image(image):
        reason = "no material of what is rendered shows it"
    else:
        return
    notices.warn("image_without_effect", f"The image of {name!r}: {reason}.", pointer("images", name))


def _check_visibility(notices: Notices, scene: bpy.types.Scene, rendered: Rendered, asked: Asked) -> None:
    for index, name in enumerate(asked.show):
        if not any(rendered.shows(thing) for thing in objects_of(named(name, ""))):
            notices.warn("show_without_effect", f"{name!r} is shown, but still not rendered: it is empty, the collection that it is in is hidden "
                         "or excluded, or it is not in the scene.", pointer("show", str(index)))
    for index, name in enumerate(asked.hide):
        if not any(_is_in(scene, thing) for thing in objects_of(named(name, ""))):
            notices.warn("hide_without_effect", f"{name!r} is not in the scene {scene.name!r}.", pointer("hide", str(index)))


def _is_in(scene: bpy.types.Scene, thing: bpy.types.Object) -> bool:
    return thing.name in scene.objects or any(
        other.instance_collection is not None and thing.name in other.instance_collection.all_objects for other in scene.objects)


def _why_override(override: Override, renderer: str, rendered: Rendered) -> Optional[str]:
    owner, name = override.find(), override.name
    if isinstance(owner, bpy.types.NodeSocket) and name == "default_value" and owner.is_linked:
        return "the socket is linked, so its own value is not used"
    if is_animated(owner, name):
        return "it is animated or driven, which overwrites it at every frame"
    reader = _READERS.get(owner.bl_rna.identifier, renderer)
    if reader != renderer:
        return f"only {reader} looks at it, and the picture is by {renderer}"
    if renderer == "workbench" and override.root in ("lights", "worlds"):
        return "Workbench has a light of its own"
    if override.root == "materials":
        return _why_material(owner, name, renderer, rendered)
    return None


def _why_material(owner: Any, name: str, renderer: str, rendered: Rendered) -> Optional[str]:
    block = owner.id_data
    material = block if isinstance(block, bpy.types.Material) else next((one for one in bpy.data.materials if one.node_tree == block), None)
    if material is not None and not rendered.uses_material(material):
        return f"nothing that is rendered has the material {material.name!r}"
    if renderer == "workbench":
        return "Workbench does not look at nodes; set diffuse_color" if block != material else None
    if owner == material and name == "diffuse_color" and material.use_nodes:
        return ('it only colours the viewport and Workbench; set the "Base Color" input of the material\'s shader node, '
                "or baseColor with materials")
    return None
