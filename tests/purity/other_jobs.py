"""Families of the other functions and files: models, broken files, previews, contents, exports."""

from __future__ import annotations

import random
from typing import Any, Dict, List

from contents import Contents
from jobs import Job

_COMPANIONS = {"model.obj": {"model.mtl": "model.mtl"}, "scene.obj": {"scene.mtl": "scene.mtl"}, "model.gltf": {"model.bin": "model.bin"},
               "scene.gltf": {"scene.bin": "scene.bin"}}
_MODELS = ("model.glb", "scene.glb", "model.gltf", "scene.gltf", "model.obj", "scene.obj", "model.stl", "text.stl", "model.ply", "model.fbx",
           "scene.fbx", "model.dae", "scene.dae")
_PICTURES = ("picture.png", "picture.jpg", "picture.webp", "picture.tiff", "picture.exr", "picture.hdr")
_BLENDS = ("product.blend", "shop.blend", "rich.blend", "no_camera.blend", "rig.blend", "scatter.blend", "hostile_text.blend")
_PARTS = {"product.blend": ["Armrest", "Pillow", "Plate", "Chair"]}


def _file(name: str) -> Dict[str, Any]:
    companions = {**_COMPANIONS.get(name, {}), **({"textures/wood.png": "wood.png"} if name in _MODELS else {})}
    return {"file": name, "companions": {"Weave.png": "Weave.png"} if name == "shop.blend" else companions}


def models(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """Other formats than .blend, and what can be changed in them."""
    file = chance.choice(_MODELS)
    changes: List[Dict[str, Any]] = [
        {}, {"materials": {"Paint": {"baseColor": "#1020c0"}}}, {"hide": ["Ball"]}, {"height": 24}, {"renderer": "workbench"},
        {"materials": {"Wood": {"roughness": 0.1}}}]
    return [Job("render", input={"width": 40, "samples": 2, **change}, **_file(file)) for change in chance.sample(changes, 3)]


def broken(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """Files that cannot be opened and input that is refused, half-way through what it changes, too."""
    return [Job("render", chance.choice(["half.blend", "garbage.blend", "red.png"]), {"width": 32}),
            Job("render", "product.blend", {"width": 32, "samples": 1, "hide": ["Pillow"], "materials": {"Fabric": {"baseColor": "#ff0000"}},
                                            "set": {'lights["Key"].energy': 1}, "texts": {"Seat": "x"}}),
            Job("render", "product.blend", {"width": 32, "set": {'lights["Key"].energy': 900, 'objects["Nobody"].location': [0, 0, 0]}}),
            Job("render", "product.blend", {"width": 32, "outputs": [{"format": "png"}, {"width": 64}], "camera": "Detail", "frame": 7})]


def previews(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """Small pictures of anything."""
    size = chance.choice([32, 48])
    files = chance.sample((*_BLENDS, *_MODELS, *_PICTURES), 3)
    return [Job("preview", input={"size": size, "format": chance.choice(["png", "jpeg"])}, **_file(file)) for file in files]


def turntables(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """A file from all around, and the same file as its own camera sees it."""
    file = chance.choice((*_BLENDS[:3], "model.glb", "model.obj"))
    turned = [Job("turntable", input={"frames": chance.choice([2, 3]), "size": 24}, **_file(file))]
    if file in _PARTS:
        turned.append(Job("turntable", input={"frames": 2, "size": 24, "objects": chance.sample(_PARTS[file], 1)}, **_file(file)))
    return [*turned, Job("preview", input={"size": 32}, **_file(file))]


def sheets(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """Many pictures on one, and one of them for itself."""
    pictures = tuple(chance.sample(_PICTURES, 3))
    return [Job("contactSheet", None, {"size": chance.choice([32, 48]), "names": ["one", "2", "Grün"]}, pictures=pictures),
            Job("contactSheet", None, {"size": 32, "columns": 1, "format": "webp"}, pictures=pictures[:2]),
            Job("preview", input={"size": 32}, **_file(pictures[0]))]


def inspections(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """What is in a file, which must be what is saved in it and not what a call made of it."""
    return [Job("inspect", **_file(file)) for file in chance.sample((*_BLENDS, *_PICTURES, "model.glb"), 2)]


def exports(chance: random.Random, contents: Dict[str, Contents]) -> List[Job]:
    """A file, or parts of it, as .glb."""
    other = chance.choice(["rich.blend", "model.obj"])
    return [Job("export", **_file("product.blend"), input={"objects": ["Pillow"]}), Job("export", **_file(other))]
