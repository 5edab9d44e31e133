"""More than a hundred files of every format: right, unusual, broken and hostile ones.

`make_corpus` fills a folder; what belongs beside a file is in its `files`. `fine` says whether a picture must come of it (True), must not
(False), or either will do (None).
"""

from __future__ import annotations

import gzip
import json
import stat
import struct
import subprocess
import zipfile
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from blender_worker import PRODUCT, need_blender
from fake_node import FIXTURES
from models import Models

_LIMIT_SECONDS = 300
_HEAVY: Tuple[str, ...] = ("heavy-faces.blend", "heavy-faces.obj", "heavy-faces.stl", "heavy-objects.blend")


class File(NamedTuple):
    path: Path
    files: Optional[Dict[str, Path]]
    fine: Optional[bool]
    input: Dict[str, Any]


class Corpus:
    """`files` by name, in the order in which they were made."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.files: Dict[str, File] = {}

    def add(self, name: str, content: bytes, fine: Optional[bool], files: Optional[Dict[str, Path]] = None, **input: Any) -> None:
        self.files[name] = File(self.models.file(f"corpus/{name}", content), files, fine, input)

    def text(self, name: str, content: str, fine: Optional[bool], files: Optional[Dict[str, Path]] = None) -> None:
        self.add(name, content.encode(), fine, files)


def make_corpus(models: Models) -> Corpus:
    """All but the heavy ones."""
    corpus = Corpus(models)
    _add_made_by_blender(corpus, "odd-*.blend")
    for add in (_add_models, _add_cut, _add_blends, _add_gltf, _add_obj, _add_stl, _add_ply, _add_dae_and_fbx, _add_pictures, _add_zips):
        add(corpus)
    return corpus


def make_heavy(models: Models) -> Corpus:
    """Two million faces in three formats, a hundred thousand objects."""
    corpus = Corpus(models)
    _add_made_by_blender(corpus, "heavy-*", "heavy")
    assert set(_HEAVY) == set(corpus.files), list(corpus.files)
    return corpus


def _add_made_by_blender(corpus: Corpus, pattern: str, *wishes: str) -> None:
    folder = corpus.models.folder / "made"
    folder.mkdir(exist_ok=True)
    made = subprocess.run(
        [need_blender(), "-b", "--factory-startup", "--python-exit-code", "1", "--python", str(FIXTURES / "make_odd_blends.py"), "--", str(folder),
         *wishes],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_LIMIT_SECONDS, check=False)
    assert made.returncode == 0, made.stdout.decode(errors="replace")
    for path in sorted(folder.glob(pattern)):
        corpus.files[path.name] = File(path, None, True, {})


def _add_models(corpus: Corpus) -> None:
    for name in ("model.glb", "model.gltf", "model.obj", "model.fbx", "model.dae", "model.stl", "text.stl", "model.ply", "text.ply", "scene.glb",
                 "scene.fbx", "scene.dae"):
        files = corpus.models.companions(name) if name.split(".")[1] in ("gltf", "obj", "fbx", "dae") else None
        corpus.add(f"good-{name}", corpus.models[name].read_bytes(), True, files)
        if files:
            # A .gltf without its buffer is nothing; the others show what is there.
            corpus.add(f"alone-{name}", corpus.models[name].read_bytes(), not name.endswith("gltf"))
    glb = corpus.models["model.glb"].read_bytes()
    for wrong in ("glb-as.obj", "glb-as.blend", "glb-as.png", "glb-as.txt", "glb-without-a-name"):
        corpus.add(wrong, glb, True)
    corpus.add("obj-as.stl", corpus.models["model.obj"].read_bytes(), True)
    corpus.add("name with spaces \u00e4\u00f6\u4e2d.glb", glb, True)
    corpus.add("-o --python evil.py.glb", glb, True)


def _add_cut(corpus: Corpus) -> None:
    """Of every format: nothing, noise, and the first part of a good one."""
    noise = bytes(index * 7919 % 251 for index in range(20_000))
    for ending, name in (("blend", "scene.blend"), ("glb", "model.glb"), ("gltf", "model.gltf"), ("obj", "model.obj"), ("stl", "model.stl"),
                         ("ply", "model.ply"), ("fbx", "model.fbx"), ("dae", "model.dae"), ("png", "picture.png"), ("exr", "picture.exr"),
                         ("hdr", "picture.hdr"), ("jpg", "picture.jpg"), ("tiff", "picture.tiff"), ("webp", "picture.webp")):
        whole = corpus.models[name].read_bytes()
        files = corpus.models.companions(name) if ending in ("gltf", "obj") else None
        corpus.add(f"nothing.{ending}", b"", False)
        corpus.add(f"noise.{ending}", noise, False)
        corpus.add(f"half.{ending}", whole[:len(whole) // 2], None if ending in ("obj", "ply", "jpg", "png", "exr", "hdr", "tiff",
                                                                                 "webp") else False, files)
        corpus.add(f"almost.{ending}", whole[:-3], False if ending == "exr" else None, files)
        corpus.add(f"noise-behind.{ending}", whole[:len(whole) // 3] + noise, None, files)


def _add_blends(corpus: Corpus) -> None:
    plain = (corpus.models.folder / "made" / "odd-plain.blend").read_bytes()
    corpus.add("gzip.blend", gzip.compress(plain), None)
    for version, fine in ((b"401", None), (b"999", None), (b"279", None), (b"100", None), (b"000", None)):
        corpus.add(f"version-{version.decode()}.blend", plain[:9] + version + plain[12:], fine)
    corpus.add("big-endian.blend", plain[:8] + b"V" + plain[9:], None)
    corpus.add("short-pointers.blend", plain[:7] + b"_" + plain[8:], None)
    at = plain.index(b"DNA1")
    corpus.add("no-dna.blend", plain[:at] + b"ENDB" + bytes(20), False)
    corpus.add("block-of-2-gigabytes.blend", plain[:plain.index(b"GLOB") + 4] + struct.pack("<i", 0x7FFFFFFF) + plain[plain.index(b"GLOB") + 8:],
               None)
    corpus.add("block-of-less-than-nothing.blend", plain[:plain.index(b"GLOB") + 4] + struct.pack("<i", -5) + plain[plain.index(b"GLOB") + 8:], None)
    flipped = bytearray(plain)
    for index in range(5000, len(flipped), 4999):
        flipped[index] ^= 0xFF
    corpus.add("bits-flipped.blend", bytes(flipped), None)
    corpus.add("product.blend", PRODUCT.read_bytes(), True)
    corpus.add("gzip-bomb.blend", gzip.compress(b"BLENDER-v304" + bytes(200 << 20)), False)


_TRIANGLE = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)


def _gltf(data: bytes = _TRIANGLE, count: int = 3, **changes: Any) -> str:
    document = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": "Triangle"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": len(data)}],
        "buffers": [{"byteLength": len(data), "uri": "data:application/octet-stream;base64," + b64encode(data).decode()}], **changes}
    return json.dumps({key: value for key, value in document.items() if value is not None})


def _add_gltf(corpus: Corpus) -> None:
    floats: Callable[..., bytes] = lambda *values: struct.pack(f"<{len(values)}f", *values)
    inf, nan = float("inf"), float("nan")
    for name, text, fine in (
        ("plain", _gltf(), True), ("nan", _gltf(floats(nan, 0, 0, 1, 0, 0, 0, 1, 0)), None),
        ("infinite", _gltf(floats(inf, 0, 0, 1, 0, 0, 0, 1, 0)), None),
        ("zero-size", _gltf(bytes(36)), True), ("huge", _gltf(floats(3e38, 0, 0, -3e38, 0, 0, 0, 1, 0)), None),
        ("count-too-large", _gltf(count=300), None),
        ("count-of-billions", _gltf(accessors=[{"componentType": 5126, "count": 2**31, "type": "VEC3"}]), False),
        ("count-negative", _gltf(count=-3), None), ("no-scene", _gltf(scenes=None, scene=None), None), ("no-nodes", _gltf(nodes=None), None),
        ("no-meshes", _gltf(meshes=None, nodes=[{"name": "Empty"}]), None), ("version-1", _gltf(asset={"version": "1.0"}), False),
        ("no-asset", _gltf(asset=None), False), ("circle", _gltf(nodes=[{"mesh": 0, "children": [1]}, {"children": [0]}]), None),
        ("own-child", _gltf(nodes=[{"mesh": 0, "children": [0]}]), None), ("missing-mesh", _gltf(nodes=[{"mesh": 7}]), None),
        ("unknown-extension", _gltf(extensionsUsed=["X"], extensionsRequired=["X"]), False), ("draco", _gltf(
            extensionsUsed=["KHR_draco_mesh_compression"], extensionsRequired=["KHR_draco_mesh_compression"],
            meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "extensions": {"KHR_draco_mesh_compression": {
                "bufferView": 0, "attributes": {"POSITION": 0}}}}]}]), None),
        ("names", _gltf(nodes=[{"mesh": 0, "name": "\u4e2d\n\0" * 200}]), None), ("wrong-types", _gltf(nodes={"a": 1}, scenes="x"), None),
        ("camera-and-light", _gltf(nodes=[{"mesh": 0}, {"camera": 0, "translation": [0, 0, 5]}], scenes=[{"nodes": [0, 1]}],
                                   cameras=[{"type": "perspective", "perspective": {"yfov": 0.8, "znear": 0.1}}]), True),
        ("matrix-of-noughts", _gltf(nodes=[{"mesh": 0, "matrix": [0] * 16}]), None),
        ("scale-1e30", _gltf(nodes=[{"mesh": 0, "scale": [1e30] * 3}]), None),
        ("deep", _gltf(nodes=[{"mesh": 0, "children": [1]}, *({"children": [index + 1]} for index in range(1, 900)), {}]), None),
        ("broken-base64", _gltf(buffers=[{"byteLength": 36, "uri": "data:application/octet-stream;base64,!!"}]), None),
        ("nested-json", '{"asset":{"version":"2.0"},"x":' + "[" * 50_000, False), ("points", _gltf(meshes=[{"primitives": [
            {"attributes": {"POSITION": 0}, "mode": 0}]}]), None),
        ("outside", _gltf(buffers=[{"byteLength": 36, "uri": "../../../../etc/passwd"}]), False),
        ("picture-outside", _gltf(images=[{"uri": "/etc/passwd"}], textures=[{"source": 0}], materials=[
            {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]), True),
    ):
        corpus.text(f"odd-{name}.gltf", text, fine)


def _add_obj(corpus: Corpus) -> None:
    square = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0.2\n"
    for name, text, fine in (
        ("plain", square + "f 1 2 3 4\n", True), ("negative", square + "f -4 -3 -2 -1\n", True), ("no-faces", square, None),
        ("lines", square + "l 1 2 3\n", None),
        ("face-of-nobody", square + "f 1 2 99\n", None), ("face-0", square + "f 0 1 2\n", None), ("face-negative", square + "f -9 1 2\n", None),
        ("two-corners", square + "f 1 2\n", None), ("same-corners", square + "f 1 1 1\n", None),
        ("nan", "v nan 0 0\n" + square + "f 1 2 3 4\n", None), ("infinite", "v inf -inf 0\n" + square + "f 1 2 3 4\n", None),
        ("huge", "v 1e38 0 0\nv 0 1e38 0\nv 0 0 1e38\nf 1 2 3\n", None), ("tiny", "v 1e-38 0 0\nv 0 1e-38 0\nv 0 0 0\nf 1 2 3\n", None),
        ("zero-size", "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n", True), ("windows", square.replace("\n", "\r\n") + "f 1 2 3 4\r\n", True),
        ("old-mac", square.replace("\n", "\r") + "f 1 2 3\r", None), ("continued", square + "f 1 \\\n2 \\\n3\n", True),
        ("colours", "v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 0 1 0 0 0 1\nf 1 2 3\n", True), ("long-line", square + "f " + "1 2 3 " * 30_000 + "\n", None),
        ("long-comment", square + "#" + "x" * 3_000_000 + "\nf 1 2 3\n", True),
        ("words", square + "v a b c\nf x/y/z\nusemtl \nmtllib\ng\no\ns off\nf 1 2 3\n", None),
        ("curve", square + "cstype bezier\ndeg 3\ncurv 0 1 1 2 3 4\nparm u 0 1\nend\n", None), ("one-vertex", "v 1 2 3\n", None),
        ("many-groups", "".join(f"o G{i}\nv {i} 0 0\nv {i} 1 0\nv {i} 0 1\nf -1 -2 -3\n" for i in range(1500)), True),
        ("many-faces", "".join(f"v {i % 200} {i // 200} {i % 7}\n" for i in range(40_000))
         + "".join(f"f {i + 1} {i + 2} {i + 202}\n" for i in range(39_000)), True),
        ("numbers-without-end", "v " + "9" * 5000 + " 0 0\n" + square + "f 2 3 4\n", None),
        ("mtl-outside", "mtllib /etc/passwd ../../x\n" + square + "f 1 2 3\n", True),
    ):
        corpus.text(f"odd-{name}.obj", text, fine)


def _add_stl(corpus: Corpus) -> None:
    face = struct.pack("<12fH", 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0)
    binary: Callable[[int, bytes], bytes] = lambda count, data: bytes(80) + struct.pack("<I", count) + data
    text = "facet normal 0 0 1\n outer loop\n  vertex 0 0 0\n  vertex 1 0 0\n  vertex 0 1 0\n endloop\nendfacet\n"
    nan = struct.pack("<12fH", 0, 0, 1, float("nan"), 0, 0, 1, 0, 0, 0, 1, 0, 0)
    for name, content, fine in (
        ("one", binary(1, face), True), ("none", binary(0, b""), False), ("fewer", binary(5, face), False), ("more", binary(1, face * 3), True),
        ("billions", binary(0xFFFFFFFF, face), False), ("nan", binary(1, nan), None), ("degenerate", binary(2, bytes(100)), True),
        ("solid-binary", b"solid by a strange program".ljust(80) + struct.pack("<I", 1) + face, True),
        ("text", ("solid x\n" + text + "endsolid x\n").encode(), True), ("capitals", ("SOLID X\n" + text.upper() + "ENDSOLID X\n").encode(), None),
        ("text-nan", ("solid x\n" + text.replace("vertex 1", "vertex nan") + "endsolid x\n").encode(), None),
        ("text-cut", ("solid x\n" + text[:60]).encode(), None), ("text-without-end", ("solid\n" + text).encode(), True),
        ("nothing-in-it", b"solid x\nendsolid x\n", None),
    ):
        corpus.add(f"odd-{name}.stl", content, fine)


def _add_ply(corpus: Corpus) -> None:
    header: Callable[..., str] = lambda form, points, faces, more="": (
        f"ply\nformat {form} 1.0\nelement vertex {points}\nproperty float x\nproperty float y\nproperty float z\n{more}"
        f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n")
    points, face = "0 0 0\n1 0 0\n0 1 0\n", "3 0 1 2\n"
    colours = "property uchar red\nproperty uchar green\nproperty uchar blue\n"
    big = struct.pack(">9f", 0, 0, 0, 1, 0, 0, 0, 1, 0) + struct.pack(">B3i", 3, 0, 1, 2)
    for name, content, fine in (
        ("text", header("ascii", 3, 1) + points + face, True),
        ("colours", header("ascii", 3, 1, colours) + "0 0 0 255 0 0\n1 0 0 0 255 0\n0 1 0 0 0 255\n" + face, True),
        ("points", header("ascii", 3, 0) + points, None), ("billions", header("ascii", 4_000_000_000, 1) + points, None),
        ("negative", header("ascii", -3, 1) + points, None),
        ("face-of-nobody", header("ascii", 3, 1) + points + "3 0 1 99\n", None),
        ("nan", header("ascii", 3, 1) + "nan 0 0\n1 0 0\n0 1 0\n" + face, None),
        ("strange-type", header("ascii", 3, 1).replace("float x", "quad x") + points + face, None),
        ("no-end", "ply\nformat ascii 1.0\nelement vertex 3\n", None),
        ("strange-format", header("morse", 3, 1) + points + face, None), ("only-magic", "ply\n", None),
        ("same-corners", header("ascii", 3, 1) + points + "3 0 0 0\n", None),
    ):
        corpus.text(f"odd-{name}.ply", content, fine)
    corpus.add("odd-big-endian.ply", header("binary_big_endian", 3, 1).encode() + big, True)
    corpus.add("odd-binary-billions.ply", header("binary_little_endian", 4_000_000_000, 4_000_000_000).encode() + big, None)


def _add_dae_and_fbx(corpus: Corpus) -> None:
    dae = corpus.models["model.dae"].read_text()
    for name, text, fine in (
        ("nothing-in-it", '<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"></COLLADA>', False),
        ("no-scene", dae.split("<scene>")[0] + "</COLLADA>", None), ("version-9", dae.replace('version="1.4.1"', 'version="9"'), None),
        ("entities", '<?xml version="1.0"?><!DOCTYPE COLLADA [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><COLLADA>&b;</COLLADA>', False),
        ("nan", dae.replace("<p>", "<p>99999 ", 1), None),
        ("words-for-numbers", dae.replace('_array">', '_array">word ', 1) if '_array">' in dae else dae, None),
        ("count", dae.replace('count="', 'count="99999', 3), None), ("negative-count", dae.replace('count="', 'count="-', 3), None),
        ("outside", dae.replace('url="#', 'url="file:///etc/passwd#'), None),
        ("picture-outside", dae.replace("<init_from>", "<init_from>/etc/", 5), None),
    ):
        corpus.text(f"odd-{name}.dae", text, fine)
    fbx = corpus.models["model.fbx"].read_bytes()
    corpus.text("odd-text.fbx", "; FBX 7.3.0 project file\nFBXHeaderExtension:  {\n}\n", False)
    corpus.add("odd-version-6100.fbx", fbx[:23] + struct.pack("<I", 6100) + fbx[27:], None)
    corpus.add("odd-version-9999.fbx", fbx[:23] + struct.pack("<I", 9999) + fbx[27:], None)
    corpus.add("odd-node-without-end.fbx", fbx[:27] + struct.pack("<III", 0xFFFFFFFF, 1, 1) + fbx[39:], None)
    at = fbx.index(b"Vertices")
    corpus.add("odd-array-of-billions.fbx", fbx[:at + 9] + struct.pack("<III", 0xFFFFFFF0, 1, 0xFFFFFFF0) + fbx[at + 21:], None)
    corpus.add("odd-bits-flipped.fbx", bytes(byte ^ (0x55 if index > 200 and index % 997 == 0 else 0) for index, byte in enumerate(fbx)), None)


def png(width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0, rows: Optional[bytes] = None) -> bytes:
    """A PNG of noughts, or with these rows."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    stride = 1 + (width * channels * depth + 7) // 8

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    palette = chunk(b"PLTE", bytes(range(6))) if colour == 3 else b""
    packed = zlib.compress(rows if rows is not None else bytes(stride * height), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)) + palette
            + chunk(b"IDAT", packed) + chunk(b"IEND", b""))


def _add_pictures(corpus: Corpus) -> None:
    for ending in ("png", "jpg", "webp", "exr", "hdr", "tiff"):
        corpus.add(f"good-picture.{ending}", corpus.models[f"picture.{ending}"].read_bytes(), True)
    for name, content, fine in (
        ("one-pixel", png(1, 1), True), ("line", png(4000, 1), True), ("column", png(1, 4000), True), ("gray-1-bit", png(33, 33, 1, 0), True),
        ("16-bit", png(9, 9, 16), True),
        ("palette", png(5, 5, 8, 3), True), ("alpha", png(5, 5, 8, 6), True), ("gray-alpha", png(5, 5, 8, 4), True), ("no-size", png(0, 0), False),
        ("gigapixels", png(40_000, 40_000, 1, 0, rows=bytes(100)), False), ("large", png(4000, 4000), True),
        ("too-little-in-it", png(500, 500, rows=bytes(50)), None),
        ("strange-depth", png(5, 5, 3, 0), None), ("interlaced", png(8, 8, interlace=1), None),
    ):
        corpus.add(f"odd-{name}.png", content, fine)


def _add_zips(corpus: Corpus) -> None:
    models = corpus.models
    good = {"a/model.gltf": models["model.gltf"], "a/model.bin": models["model.bin"], "a/textures/wood.png": models.wood}

    def add(name: str, entries: Dict[str, Any], fine: Optional[bool], **input: Any) -> None:
        corpus.files[name] = File(models.zip(f"corpus/{name}", entries), None, fine, input)

    add("good.zip", good, True)
    add("good-entry.zip", {**good, "b.stl": models["model.stl"]}, True, entry="b.stl")
    add("which.zip", {**good, "b.stl": models["model.stl"]}, False)
    add("nothing-in-it.zip", {}, False)
    add("nested.zip", {"inner.zip": models.zip("inner.zip", good)}, False)
    add("slip.zip", {**good, "../../evil.txt": b"x"}, False)
    add("bomb.zip", {**good, "zeros.bin": bytes(80 << 20)}, False)
    add("broken-model.zip", {"model.glb": models["model.glb"].read_bytes()[:500]}, False)
    add("cut.zip", good, False)
    cut = corpus.files["cut.zip"].path
    cut.write_bytes(cut.read_bytes()[:-40])
    link = models.folder / "corpus" / "link.zip"
    with zipfile.ZipFile(link, "w") as archive:
        archive.writestr("model.glb", models["model.glb"].read_bytes())
        entry = zipfile.ZipInfo("wood.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    corpus.files["link.zip"] = File(link, None, False, {})


