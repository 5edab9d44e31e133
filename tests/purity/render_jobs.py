"""Families of `render`: the product as a shop configures it and as a photographer lights it, the wall of samples, files that move and simulate, and any property at all."""

from __future__ import annotations

import random
import re
from typing import Any, Dict, List, Mapping

from contents import Contents
from jobs import Job
from values import another, colour

_SIZES: List[Dict[str, Any]] = [{"width": 48}, {"width": 64, "height": 32}, {"height": 40}, {"percentage": 5}, {"width": 49, "height": 37}]
_FORMATS: List[Dict[str, Any]] = [
    {}, {}, {"format": "png"}, {"format": "jpeg", "quality": 40}, {"format": "webp"}, {"format": "exr"}, {"format": "tiff"},
    {"outputs": [{"format": "png"}, {"format": "jpeg"}, {"format": "png", "name": "thumb", "width": 16}]}]
_TREE = 'materials["{}"].node_tree.nodes["Principled BSDF"].inputs["{}"].default_value'
_LIGHT = r'lights\[[^]]*\]\.(energy|color|shadow_soft_size|size|size_y|spot_size|spot_blend)'
_LENS = r'cameras\[[^]]*\]\.(lens|ortho_scale|shift_x|shift_y|clip_start|clip_end|dof\.(use_dof|focus_distance|aperture_fstop))'
_PLACE = r'objects\["(Hero|Detail|Camera|Key|Rim|Fill|Light|Sun)[^]]*\]\.(location|rotation_euler|hide_render|scale)'
_STUDIO = re.compile(f"{_LIGHT}|{_LENS}|{_PLACE}|worlds\\[.*default_value")
MOVING = ("rich.blend", "rig.blend", "cloth.blend", "sparks.blend", "hair.blend", "compositor.blend", "scatter.blend", "lines.blend", "fog.blend")
STILL = ("no_camera.blend", "missing.blend", "file_output.blend", "hostile_driver.blend", "hostile_text.blend", "hostile_style.blend")


def view(chance: random.Random, percentage: bool = True) -> Dict[str, Any]:
    """Size, samples and format of a quick picture."""
    size = chance.choice(_SIZES if percentage else _SIZES[:3])
    return {**size, "samples": chance.randint(1, 4), **chance.choice(_FORMATS)}


def product(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """The chair in several configurations of one view: the way in which what was prepared for one picture serves the next."""
    base = {**view(chance), "camera": chance.choice(["Hero", "Detail"])}
    if chance.random() < 0.15:
        base["renderer"] = "workbench"
    if chance.random() < 0.2:
        base["transparent"] = chance.random() < 0.5 and base.get("format") != "jpeg" and "outputs" not in base
    return [_configured(chance, base) for _ in range(chance.randint(3, 6))]


def _configured(chance: random.Random, base: Mapping[str, Any]) -> Job:
    input: Dict[str, Any] = dict(base)
    images: Dict[str, str] = {}
    for part in chance.sample(["materials", "materials", "images", "hide", "texts", "set", "set", "samples", "frame"], chance.randint(0, 3)):
        if part == "materials":
            names = chance.sample(["Fabric", "Pillow", "Wood", "Brass", "Studio"], chance.randint(1, 2))
            input["materials"] = {name: _surface(chance) for name in names}
        elif part == "images":
            images = {chance.choice(["Weave", "Grain", "Fabric", "Wood"]): chance.choice(["red.png", "Weave.png", "picture.exr", "picture.jpg"])}
        elif part == "hide":
            input["hide"] = chance.sample(["Armrest", "Pillow", "Plate", "Key", "Rim", "Chair", "Studio"], chance.randint(1, 2))
        elif part == "texts":
            input["texts"] = {"Engraving": chance.choice(["Anna", "", "LOUNGE 47", "Ärmel 9", "x" * 40])}
        elif part == "set":
            input["set"] = {**input.get("set", {}), **_known_property(chance)}
        elif part == "samples":
            input["samples"] = chance.randint(1, 6)
        else:
            input["frame"] = chance.randint(1, 20)
    return Job("render", "product.blend", input, images=images)


def studio(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """One view after the other of the same thing: cameras and lights that move and change, for which what was prepared is kept."""
    file = chance.choice(("product.blend", "product.blend", "shop.blend", "rich.blend"))
    inside, base = contents[file], view(chance, percentage=False)
    near = [found for found in inside["properties"] if _STUDIO.fullmatch(found["path"])]
    companions = {"Weave.png": "Weave.png"} if file == "shop.blend" else {}
    made = []
    for _ in range(chance.randint(4, 7)):
        input = dict(base)
        if chance.random() < 0.4:
            input["camera"] = chance.choice(inside["cameras"])
        if chance.random() < 0.8:
            input["set"] = {found["path"]: another(chance, found) for found in chance.sample(near, min(len(near), chance.randint(1, 3)))}
        if chance.random() < 0.2:
            input["materials"] = {chance.choice(inside["materials"]): {"baseColor": colour(chance)}}
        made.append(Job("render", file, input, companions=companions))
    return made


def _surface(chance: random.Random) -> Dict[str, Any]:
    made: Dict[str, Any] = {"baseColor": colour(chance)} if chance.random() < 0.8 else {}
    for name, low, high in (("roughness", 0, 1), ("metallic", 0, 1), ("alpha", 0, 1), ("transmission", 0, 1), ("emissionStrength", 0, 3),
                            ("sheen", 0, 1), ("clearcoat", 0, 1), ("ior", 1, 2)):
        if chance.random() < 0.15:
            made[name] = round(chance.uniform(low, high), 3)
    if chance.random() < 0.15:
        made["emission"] = colour(chance)
    return made


def _known_property(chance: random.Random) -> Dict[str, Any]:
    part = chance.random
    return chance.choice([
        {_TREE.format("Fabric", "Base Color"): [part(), part(), part(), 1]}, {_TREE.format("Brass", "Roughness"): part()},
        {_TREE.format("Wood", "Base Color") + "[0]": part()}, {'lights["Key"].energy': 300 * part()}, {'lights["Key"].size': 0.2 + part()},
        {'objects["Armrest"].hide_render': True}, {'objects["Pillow"].location[2]': part()},
        {'objects["Pillow"].rotation_euler': [0, part(), part()]},
        {'objects["Pillow"].rotation_mode': chance.choice(["QUATERNION", "ZYX", "AXIS_ANGLE"])}, {'cameras["Hero"].lens': 40 + 40 * part()},
        {'scenes["Product"].view_settings.exposure': part()}, {'scenes["Product"].view_settings.view_transform': "Standard"},
        {'scenes["Product"].cycles.seed': chance.randint(0, 9)}, {'scenes["Product"].cycles.max_bounces': chance.randint(0, 4)},
        {'worlds["Studio"].node_tree.nodes["Background"].inputs["Strength"].default_value': 2 * part()},
        {'objects["Engraving"].data.body': chance.choice(["ANNA", "A\nB"])}, {'materials["Wood"].use_nodes': False},
        {'objects["Seat"].data.use_auto_smooth': True}, {'scenes["Product"].cycles.use_adaptive_sampling': True},
        {'scenes["Product"].render.use_persistent_data': True}, {'scenes["Product"].render.use_simplify': True},
        {'scenes["Product"].cycles.pixel_filter_type': "BOX"}, {'images["Weave"].colorspace_settings.name': "sRGB"},
    ])


def shop(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """The wall of samples: linked sockets, node groups, hidden parts, letters with a style."""
    base = {**view(chance, percentage=False)}
    return [_sampled(chance, base) for _ in range(chance.randint(3, 6))]


def _sampled(chance: random.Random, base: Mapping[str, Any]) -> Job:
    input: Dict[str, Any] = dict(base)
    images: Dict[str, str] = {}
    for part in chance.sample(["materials", "materials", "images", "show", "hide", "texts"], chance.randint(0, 4)):
        if part == "materials":
            names = chance.sample(["Paint", "Plated", "Plated Too", "Flat", "Linen", "Moving", "Unused", "Glow", "Two"], chance.randint(1, 3))
            input["materials"] = {name: {**_surface(chance), **({"node": "Coat"} if name == "Two" else {})} for name in names}
        elif part == "images":
            images = {name: chance.choice(["red.png", "picture.webp", "picture.hdr", "picture.tiff"])
                      for name in chance.sample(["Logo", "Weave", "Linen", "Paint"], chance.randint(1, 2))}
        elif part in ("show", "hide"):
            input[part] = chance.sample(["Spare", "Extras", "Extra", "Silent"] if part == "show" else ["Paint", "Part", "Name", "Linen"],
                                        chance.randint(1, 2))
        else:
            input["texts"] = {"Name": chance.choice(["Anna", "", "ABC", "Zoë"])}
    if chance.random() < 0.1:
        input["strict"] = True
    return Job("render", "shop.blend", input, companions={"Weave.png": "Weave.png"}, images=images)


def scenes(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """Files that move, simulate, scatter and compose: scenes, view layers, cameras, frames forth and back."""
    file = chance.choice((*MOVING, *MOVING, *STILL))
    inside, base = contents[file], view(chance)
    if chance.random() < 0.15:
        base["renderer"] = chance.choice(["workbench", "cycles"])
    made = []
    for _ in range(chance.randint(2, 5)):
        input = dict(base)
        for part in chance.sample(["frame", "frame", "camera", "viewLayer", "scene", "set", "hide"], chance.randint(0, 3)):
            if part == "frame":
                input["frame"] = chance.randint(1, 12)
            elif part == "set":
                input["set"] = any_property(chance, inside)
            elif part == "hide":
                input["hide"] = [chance.choice(inside["objects"])]
            else:
                input[part] = chance.choice([*inside[{"camera": "cameras", "viewLayer": "layers", "scene": "scenes"}[part]], "Nobody"])
        made.append(Job("render", file, input))
    return made


def anything(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """Any property that Blender knows of, set to another value, one to three at a time."""
    file = chance.choice(("product.blend", "product.blend", "shop.blend", *MOVING))
    inside, base = contents[file], view(chance, percentage=file != "product.blend")
    companions = {"Weave.png": "Weave.png"} if file == "shop.blend" else {}
    made = [Job("render", file, base, companions=companions)]
    for _ in range(chance.randint(2, 5)):
        values: Dict[str, Any] = {}
        for _ in range(chance.randint(1, 3)):
            values.update(any_property(chance, inside))
        made.append(Job("render", file, {**base, "set": values}, companions=companions))
    return made


def eevee(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """The renderer that draws with OpenGL, on the untouched factory scene; slow to start where there is no graphics card."""
    return [Job("render", "default.blend", {"width": 32, "height": 32, "samples": 2, "renderer": "eevee", **({"materials": {"Material": {
        "baseColor": colour(chance)}}} if chance.random() < 0.7 else {})}) for _ in range(2)]


def any_property(chance: random.Random, inside: Contents) -> Dict[str, Any]:
    """One property of the file with another value."""
    found = chance.choice(inside["properties"])
    return {found["path"]: another(chance, found)}
