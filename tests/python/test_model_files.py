"""The files of a call before a renderer sees them: their kinds, archives, and what they name. Nothing outside the call is ever found."""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import tempfile
import unittest
import zipfile
import zlib
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Union
from unittest import mock

import fake_node  # noqa: F401  It puts the kit on the path.
from workers_kit import Asset, Canceled, InvalidInput
from workers_kit.engines.model_files import collada, fbx, gltf, kinds, names, stl, unzip, wavefront
from workers_kit.engines.model_files.bundle import Bundle, lay_out

GLTF = {"asset": {"version": "2.0"}, "scene": 0}
DAE = '<?xml version="1.0" encoding="utf-8"?>\n<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">{}</COLLADA>'


class FilesTest(unittest.TestCase):
    """A folder for files, and bundles that go again."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wk-files-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.secret = self.write("outside/secret.png", b"\x89PNG\r\n\x1a\nsecret")

    def write(self, name: str, content: Union[bytes, str]) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def asset(self, name: str, content: Union[bytes, str]) -> Asset:
        path = self.write(f"assets/{len(list(self.folder.rglob('*')))}", content)  # Like a blob: its path tells nothing.
        return Asset("sha256:" + path.name, path, "sha256:" + path.name, name)

    def bundle(
        self, name: str, content: Union[bytes, str], files: Optional[Dict[str, Union[bytes, str]]] = None, entry: Optional[str] = None,
        check: Callable[[], None] = lambda: None,
    ) -> Bundle:
        made = lay_out(self.asset(name, content), {key: self.asset(key, value) for key, value in (files or {}).items()}, entry, check)
        self.addCleanup(made.remove)
        return made

    def refused(self, pointer: str, words: str, *arguments: Any, **named: Any) -> None:
        before = set(Path(tempfile.gettempdir()).glob("workers-file-*"))
        with self.assertRaises(InvalidInput) as caught:
            self.bundle(*arguments, **named)
        self.assertEqual(caught.exception.pointer, pointer)
        self.assertIn(words, str(caught.exception))
        self.assertNotIn(str(self.folder), str(caught.exception))
        self.assertLessEqual(set(Path(tempfile.gettempdir()).glob("workers-file-*")), before, "something was left behind")


class KindTests(FilesTest):
    def test_content_first_name_second(self) -> None:
        text_stl = b"solid x\nfacet normal 0 0 1\n"
        for expected, name, content in (
            ("blend", "a.glb", b"BLENDER-v304"), ("blend", "a", b"\x28\xb5\x2f\xfdxx"),
            ("blend", "a", b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + _deflated(b"BLENDER-v")),
            (None, "a.blend", b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + _deflated(b"something")), (None, "a.blend", b"garbage"), (None, "a.glb", b"garbage"),
            ("glb", "a.obj", b"glTF\x02\0\0\0"), ("gltf", "x", b' {"asset": {"version": "2.0"}}'), ("gltf", "x.gltf", b"garbage"),
            (None, "x", b'{"a": 1}'),
            ("fbx", "x", b"Kaydara FBX Binary  \0"), ("ply", "x.stl", b"ply\nformat ascii 1.0\n"), ("zip", "x.blend", b"PK\x03\x04"),
            ("stl", "x.obj", text_stl), ("stl", "x", bytes(80) + struct.pack("<I", 1) + bytes(50)), ("stl", "x.stl", b"noise"), (None, "x", b"noise"),
            ("obj", "x.stl", b"# by hand\nv 0 0 0\n"), ("obj", "x.stl", b"mtllib a.mtl\n"), ("dae", "x", b"\xef\xbb\xbf" + DAE.encode()),
            (None, "x.obj", b""),
            ("png", "x.jpg", b"\x89PNG\r\n\x1a\n"), ("jpeg", "x", b"\xff\xd8\xff\xe0"), ("webp", "x", b"RIFF\0\0\0\0WEBP"),
            ("exr", "x", b"\x76\x2f\x31\x01"),
            ("hdr", "x", b"#?RADIANCE\n"), ("tiff", "x", b"II*\0"), (None, "x.txt", b"hello"),
        ):
            with self.subTest(name=name, content=content[:20]):
                self.assertEqual(kinds.kind_of(self.write("file", content), name), expected)

    def test_names(self) -> None:
        for name in ("a.png", "textures/a.png", "a/./b//c", "back\\slash.png", "sp ace/ü.png"):
            self.assertNotIn("..", names.plain(name))
        for name in ("", "/etc/passwd", "../a", "a/../../b", "a/..", "C:\\a", "c:a", "\\\\host\\share", "a\0b", "a\nb", "x" * 1001,
                     "y" * 300 + "/a", ".", "/"):
            with self.subTest(name=name[:20]), self.assertRaises(ValueError):
                names.plain(name)

    def test_an_stl_is_as_long_as_it_says(self) -> None:
        whole = bytes(80) + struct.pack("<I", 3) + bytes(150)
        for content in (whole, b"solid" + whole[5:], whole + b"more", b"solid a\n facet normal 0 0 1"):
            stl.settle(self.bundle("a.stl", content))
        for content in (whole[:-1], b"noise" * 100, bytes(84), b"solid"):
            with self.assertRaises(InvalidInput):
                stl.settle(self.bundle("a.stl", content))

    def test_an_fbx_may_not_unpack_to_more_than_any_model_needs(self) -> None:
        fbx.settle(self.bundle("a.fbx", _fbx(_array(zlib.compress(bytes(1 << 20)), 1 << 20))))
        with mock.patch.object(fbx, "MOST_UNPACKED", 8 << 20):
            fbx.settle(self.bundle("a.fbx", _fbx(_array(zlib.compress(bytes(7 << 20)), 7 << 20), nested=3)))
            for content in (
                _fbx(_array(zlib.compress(bytes(9 << 20)), 9 << 20)),  # says so
                _fbx(_array(zlib.compress(bytes(9 << 20)), 12)),  # lies
                _fbx(_array(zlib.compress(bytes(5 << 20)), 5 << 20) * 2),  # together
                _fbx(_array(zlib.compress(bytes(9 << 20)), 12), nested=3), _fbx(b"", nested=200),
                _fbx(_array(zlib.compress(bytes(9 << 20)), 12), end=30),  # ends before it begins: the importer would still unpack it
            ):
                with self.assertRaises(InvalidInput) as caught:
                    fbx.settle(self.bundle("a.fbx", content))
                self.assertEqual(caught.exception.pointer, "/file")

    def test_a_broken_fbx_is_left_to_the_importer(self) -> None:
        whole = _fbx(_array(zlib.compress(bytes(100)), 100), nested=2)
        for content in (b"noise", whole, whole[:40], whole[:-20], whole[:27] + bytes(13)):
            fbx.settle(self.bundle("a.fbx", content))


def _array(packed: bytes, announced: int) -> bytes:
    return b"d" + struct.pack("<III", announced // 8, 1, len(packed)) + packed


def _fbx(properties: bytes, nested: int = 0, end: int = 0) -> bytes:
    """A file with one record with these properties, inside of others."""
    head = b"Kaydara FBX Binary  \0\x1a\0" + struct.pack("<I", 7400)
    start = len(head) + nested * 14
    own = struct.pack("<IIIB", end or start + 14 + len(properties), _count(properties), len(properties), 1)
    inner = own + b"a" + properties
    outer = b"".join(struct.pack("<IIIB", start + len(inner), 0, 0, 1) + b"b" for _ in range(nested))
    return head + outer + inner + bytes(13)


def _count(properties: bytes) -> int:
    """How many arrays are there, one behind the other."""
    count = at = 0
    while at < len(properties):
        at += 13 + struct.unpack_from("<I", properties, at + 9)[0]
        count += 1
    return count


class BundleTests(FilesTest):
    def test_companions_lie_beside_the_main_file(self) -> None:
        made = self.bundle("chair.obj", "v 0 0 0\n", {"textures/wood.png": b"wood", "chair.mtl": b"m"})
        self.assertEqual((made.kind, made.main.name, (made.main.parent / "textures" / "wood.png").read_bytes()), ("obj", "chair.obj", b"wood"))
        for reference in ("textures/wood.png", "./textures//wood.png", "textures\\wood.png", "/home/x/wood.png", "C:\\x\\WOOD.PNG", "../../wood.png",
                          "//textures/wood.png", "somewhere/else/textures/wood.png"):
            self.assertEqual(made.take(reference), "textures/wood.png", reference)
        self.assertEqual(made.missing, [])

    def test_nothing_outside_is_found(self) -> None:
        made = self.bundle("chair.obj", "v 0 0 0\n", {"a/x.png": b"1", "b/x.png": b"2"})
        outside = os.path.relpath(self.secret, made.folder)
        for reference in (str(self.secret), outside, "//" + outside, f"a/../../{outside}", "file://" + str(self.secret), "/etc/passwd", "..", "",
                          "/", "x.png",
                          "a", "\0", "C:secret.png"):
            self.assertIsNone(made.take(reference), reference)
        self.assertNotIn(str(self.folder), " ".join(made.missing))
        for path in (str(self.secret), str(made.folder / outside), "/etc/passwd", "", str(made.folder)):
            self.assertFalse(made.owns(path), path)
        self.assertTrue(made.owns(str(made.folder / "a" / "x.png")))

    def test_names_that_cannot_be(self) -> None:
        for name, words in (("/etc/x", "absolute"), ("../x", "leads out"), ("a\0", "control"), ("chair.obj", "another file"),
                            ("chair.obj/x", "another file")):
            self.refused("/files/" + name.replace("/", "~1"), words, "chair.obj", "v 0 0 0\n", {name: b"x"})
        self.refused("/files/a", "another file", "chair.obj", "v 0 0 0\n", {"a/b": b"x", "a": b"y"})
        self.refused("/files", "more than", "chair.obj", "v 0 0 0\n", {f"f{i}": b"" for i in range(1001)})
        self.refused("/entry", "no .zip", "chair.obj", "v 0 0 0\n", entry="x")
        self.refused("/file", "it is empty", "chair.obj", b"")
        self.refused("/file", "none of", "chair.xyz", b"hello")

    def test_a_file_under_a_root_finds_what_lies_around_it(self) -> None:
        main = self.write("root/models/chair.obj", "v 0 0 0\n")
        self.write("root/models/textures/wood.png", b"wood")
        self.write("root/shared/metal.png", b"metal")
        os.symlink(self.secret, self.folder / "root" / "models" / "link.png")
        made = lay_out(Asset("root:main/models/chair.obj", main, "x", "chair.obj"), None, None, lambda: None)
        self.addCleanup(made.remove)
        self.assertEqual(made.take("textures/wood.png"), "textures/wood.png")
        self.assertEqual(made.take("../shared/metal.png"), "shared/metal.png")
        self.assertEqual([(made.main.parent / name).read_bytes() for name in ("textures/wood.png", "shared/metal.png")], [b"wood", b"metal"])
        for reference in ("link.png", "../../outside/secret.png", str(self.secret), str(main), "wood.png"):
            self.assertIsNone(made.take(reference), reference)
        sent = lay_out(Asset("root:main/models/chair.obj", main, "x", "chair.obj"), {"a.png": self.asset("a.png", b"a")}, None, lambda: None)
        self.addCleanup(sent.remove)
        self.assertIsNone(sent.take("textures/wood.png"), "companions that are named are all there is")


class ZipTests(FilesTest):
    def test_the_entry(self) -> None:
        made = self.bundle("a.zip", _zip({"x/chair.obj": b"v 0 0 0\n", "x/t.png": b"t", "y/t.png": b"other"}))
        self.assertEqual((made.kind, made.name, made.take("t.png"), made.take("../y/t.png")), ("obj", "chair.obj", "t.png", "../y/t.png"))
        self.refused("/entry", "chair.obj, stool.obj", "a.zip", _zip({"chair.obj": b"v 0 0 0\n", "stool.obj": b"v 0 0 0\n"}))
        self.refused("/entry", "no scene", "a.zip", _zip({"readme.txt": b"hello"}))
        self.refused("/entry", "no 'b.obj'", "a.zip", _zip({"a.obj": b"v 0 0 0\n"}), entry="b.obj")
        self.refused("/files", "inside it", "a.zip", _zip({"a.obj": b"v 0 0 0\n"}), {"x": b"y"})
        self.refused("/entry", "it is empty", "a.zip", _zip({"a.obj": b""}))

    def test_slips_links_and_other_things(self) -> None:
        good = {"a.obj": b"v 0 0 0\n"}
        for name, words in (("../evil.png", "leads out"), ("/etc/evil", "absolute"), ("x/../../evil", "leads out"), ("C:\\evil", "absolute"),
                            ("..\\evil", "leads out"), ("x\ny", "control")):
            self.refused("/file", words, "a.zip", _zip({**good, name: b"x"}))
        for mode in (stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644, stat.S_IFBLK, stat.S_IFSOCK):
            self.refused("/file", "link or a special file", "a.zip", _zip({**good, "evil": b"/etc/passwd"}, modes={"evil": mode}))
        self.refused("/file", "twice", "a.zip", _zip_list([("a.obj", b"v 0 0 0\n"), ("x", b"1"), ("x", b"2")]))
        self.refused("/file", "same name", "a.zip", _zip_list([("a.obj", b"v 0 0 0\n"), ("x", b"1"), ("x/y", b"2")]))
        self.refused("/file", "another way", "a.zip", _zip(good, method=zipfile.ZIP_LZMA))
        encrypted = bytearray(_zip(good))
        encrypted[6] |= 1
        encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
        self.refused("/file", "encrypted", "a.zip", bytes(encrypted))
        self.refused("/file", "cannot be read", "a.zip", _zip(good)[:-30])
        self.refused("/file", "cannot be read", "a.zip", b"PK\x03\x04" + b"x" * 500)
        early = bytearray(_zip(good))
        struct.pack_into("<I", early, early.rindex(b"PK\x05\x06") + 16, 1000)
        self.refused("/file", "before the beginning", "a.zip", bytes(early))
        self.assertEqual([path.name for path in self.folder.iterdir() if "evil" in path.name], [])

    def test_bombs(self) -> None:
        self.refused("/file", "times its size", "a.zip", _zip({"a.obj": b"v 0 0 0\n", "zeros": bytes(unzip.FREE_BYTES)}))
        self.refused("/file", "entries", "a.zip", _zip({f"{i}": b"" for i in range(unzip.MOST_ENTRIES + 1)}))
        announced = bytearray(_zip({"a.obj": b"v 0 0 0\n"}))
        struct.pack_into("<I", announced, announced.index(b"PK\x01\x02") + 24, unzip.MOST_BYTES + 1)
        self.refused("/file", "the limit is", "a.zip", bytes(announced))
        # One that says it is small, but is not: no more is read than it says.
        lying = bytearray(_zip({"a.obj": b"v 0 0 0\n" + b" " * (1 << 20)}))
        struct.pack_into("<I", lying, lying.index(b"PK\x01\x02") + 24, 10)
        self.refused("/file", "cannot be read", "a.zip", bytes(lying))

    def test_unpacking_hears_a_cancel(self) -> None:
        def check() -> None:
            raise Canceled("now")

        with self.assertRaises(Canceled):
            self.bundle("a.zip", _zip({"a.obj": b"v 0 0 0\n"}), check=check)


class ReferenceTests(FilesTest):
    def test_gltf(self) -> None:
        document = {**GLTF, "buffers": [{"uri": "my%20data.bin"}, {"uri": "data:application/octet-stream;base64,AA=="}, {}],
                    "images": [{"uri": str(self.secret)}, {"uri": "../../textures/wood.png"}, {"uri": "%2Fetc%2Fpasswd"},
                               {"uri": "textures/gone.png"}]}
        for name, content in (("a.gltf", json.dumps(document).encode()), ("a.glb", _glb(document))):
            made = self.bundle(name, content, {"my data.bin": b"d", "textures/wood.png": b"w"})
            gltf.settle(made)
            raw = made.main.read_bytes()
            if name == "a.glb":
                length = struct.unpack_from("<I", raw, 12)[0]
                self.assertEqual((struct.unpack_from("<I", raw, 8)[0], length % 4, raw[20 + length:]), (len(raw), 0, _BIN))
                raw = raw[20:20 + length]
            settled = json.loads(raw)
            self.assertEqual([thing["uri"] for thing in settled["images"]], ["secret.png", "textures/wood.png", "passwd", "gone.png"])
            self.assertEqual(settled["buffers"], document["buffers"])
            self.assertEqual(made.missing, ["secret.png", "passwd", "textures/gone.png"])
        for words, content in (
            ("needs evil.bin", json.dumps({**GLTF, "buffers": [{"uri": "/etc/evil.bin"}]})), ("cannot be read", "{"), ("no object", "[1]"),
            ("cannot be read", "[" * 100_000), ("10000000", json.dumps({**GLTF, "accessors": [{"count": 10**10, "type": "SCALAR"}]})),
            ("longer than it says", _glb(GLTF)[:-4]), ("ends in its header", b"glTF\x02\0"),
            ("glTF 1", b"glTF" + struct.pack("<II", 1, 20) + bytes(8)),
        ):
            with self.subTest(words=words), self.assertRaises(InvalidInput) as caught:
                gltf.settle(self.bundle("a.gltf", content))
            self.assertIn(words, str(caught.exception))

    def test_wavefront(self) -> None:
        outside = str(self.secret)
        library = (f"newmtl A\nKd 1 0 0\nmap_Kd -o 1 2 3 -s 1 -bm 0.5 textures/my wood.png\nmap_Bump {outside}\n"
                   f"bump -bm 1 ../../..{outside}\nrefl -type sphere {outside}\n"
                   f"map_Ks \\\n {outside}\nmap_Kd -clamp on \"wood.png\"\nmap_d -x {outside}\nd 0.5\n")
        for ends in ("\n", "\r\n"):
            model = ends.join(("# x", "mtllib m/a.mtl", "v 0 0 0", f"mtllib ../..{outside}", "  mtllib gone.mtl other.mtl", "mtllib \\",
                               f"{outside}", "# mtllib x", "f 1"))
            made = self.bundle("chair.obj", model, {"m/a.mtl": library, "m/textures/my wood.png": b"w", "wood.png": b"x", "other.mtl": b"newmtl B"})
            wavefront.settle(made)
            lines = made.main.read_text().split("\n")
            self.assertEqual([line.strip() for line in lines if "mtllib" in line], ["mtllib m/a.mtl", "mtllib other.mtl", "# mtllib x"])
            self.assertEqual([line.strip() for line in lines if line[:1] in "vf"], ["v 0 0 0", "f 1"])
            settled = (made.folder / "m" / "a.mtl").read_text()
            self.assertNotIn(str(self.folder), settled)
            self.assertEqual([line for line in settled.split("\n") if line.startswith(("map", "bump", "refl"))],
                             ["map_Kd -o 1 2 3 -s 1 -bm 0.5 ./textures/my wood.png", "map_Kd -clamp on ./../wood.png"])
            self.assertIn("Kd 1 0 0", settled)
            self.assertIn("secret.png", made.missing)
        self.assertEqual((self.folder / "outside" / "secret.png").read_bytes()[-6:], b"secret")
        for long in ("x" * 300, "\0" * 300, "d/" * 3000):
            named = self.bundle("long.obj", f"mtllib {long}\nv 0 0 0\n")
            wavefront.settle(named)
            self.assertNotIn("mtllib", named.main.read_text())
        plain = self.bundle("plain.obj", "v 0 0 0\n" * 10)
        wavefront.settle(plain)
        self.assertTrue(plain.main.is_symlink(), "nothing to change")

    def test_collada(self) -> None:
        body = ('<library_images><image id="i"><init_from>{}</init_from></image><image id="j"><init_from>textures/wood.png</init_from></image>'
                '<image id="k"><init_from>file:///home/x/wood.png</init_from></image></library_images>'
                '<library_effects><surface><init_from>i</init_from></surface>'
                '</library_effects><instance_geometry url="file:///etc/other.dae#mesh"/><input source="#fine"/><channel target="node/transform"/>')
        for written in (str(self.secret), "<![CDATA[" + str(self.secret) + "]]>", "".join(f"&#{ord(letter)};" for letter in str(self.secret)),
                        "<x/>" + str(self.secret), "<!-- -->" + str(self.secret), "FILE://localhost" + str(self.secret)):
            made = self.bundle("a.dae", DAE.format(body.format(written)), {"textures/wood.png": b"w"})
            collada.settle(made)
            text = made.main.read_text()
            self.assertNotIn(str(self.folder), text)
            self.assertNotIn("/etc/", text)
            self.assertEqual(text.count("<init_from>textures/wood.png</init_from>"), 2)
            for kept in ("<init_from>i</init_from>", 'url="#mesh"', 'source="#fine"', 'target="node/transform"', '<COLLADA xmlns="http'):
                self.assertIn(kept, text)
        untouched = self.bundle("b.dae", DAE.format("<asset/>"))
        collada.settle(untouched)
        self.assertTrue(untouched.main.is_symlink())
        entity = '<?xml version="1.0"?><!DOCTYPE COLLADA [<!ENTITY e SYSTEM "file:///etc/passwd">]><COLLADA>&e;</COLLADA>'
        for content in (entity, "<?xml version='1.0' encoding='utf-16'?><COLLADA/>", DAE.format("<a>"),
                        "\ufeff".encode("utf-16") + "<COLLADA/>".encode("utf-16"), "no",
                        "<?xml version='1.0' encoding='utf-7'?><COLLADA/>"):
            with self.subTest(content=content[:60]), self.assertRaises(InvalidInput):
                collada.settle(self.bundle("a.dae", content))


_BIN = struct.pack("<I4s", 4, b"BIN\0") + b"data"


def _glb(document: Dict[str, Any]) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text) + len(_BIN), len(text), b"JSON") + text + _BIN


def _deflated(content: bytes) -> bytes:
    import zlib

    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def _zip(entries: Dict[str, bytes], modes: Optional[Dict[str, int]] = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return _zip_list(list(entries.items()), modes, method)


def _zip_list(entries: "List[tuple[str, bytes]]", modes: Optional[Dict[str, int]] = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    import io
    import warnings

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # About a name that is there twice.
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.external_attr = (modes or {}).get(name, stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return packed.getvalue()


if __name__ == "__main__":
    unittest.main()
