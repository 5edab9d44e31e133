"""Type hints to JSON Schema, and JSON values to what functions get."""

from __future__ import annotations

import unittest
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Dict, List, Literal, Optional, Tuple, TypedDict, Union

import fake_node  # noqa: F401 (puts the kit on the path)
from workers_kit import Asset, Doc, InvalidInput, Length, Pattern, Range, UnsupportedHint
from workers_kit.functions import Registry, _function_of
from workers_kit.schema import shape_of, wire_name

ASSETS = {"sha256:a": {"path": "/data/a", "id": "sha256:a", "name": "chair.blend", "mediaType": "application/x-blender"}}
NULL = {"type": "null"}


@dataclass
class Material:
    base_color: Annotated[str, Pattern("^#[0-9a-f]{6}$")]
    roughness: Annotated[float, Range(0, 1)] = 0.5
    tags: List[str] = field(default_factory=list)


@dataclass
class Recursive:
    inner: "Optional[Recursive]" = None


class Size(TypedDict):
    width: int


class Area(Size, total=False):
    unit: str


def declare(body: Any, **options: Any) -> Any:
    options = {"name": None, "picture": False, "cacheable": False, "file_types": (), **options}
    return _function_of(body, **options)


class SchemaTests(unittest.TestCase):
    def test_each_hint_has_its_schema(self) -> None:
        text = {"type": "string"}
        for hint, schema in [
            (int, {"type": "integer"}), (float, {"type": "number"}), (bool, {"type": "boolean"}), (str, text), (Any, {}),
            (Optional[int], {"type": ["integer", "null"]}),
            (Optional[Annotated[Optional[int], Range(1)]], {"type": ["integer", "null"], "minimum": 1}),
            (Union[int, str, None], {"type": ["integer", "string", "null"]}),
            (Union[List[int], List[str]], {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": text}]}),
            (Literal["png", "jpeg"], {"type": "string", "enum": ["png", "jpeg"]}),
            (Literal[1, "auto"], {"type": ["integer", "string"], "enum": [1, "auto"]}),
            (Optional[Literal["a"]], {"type": ["string", "null"], "enum": ["a", None]}),
            (Union[Literal["a"], int], {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "integer"}]}),
            (List[float], {"type": "array", "items": {"type": "number"}}),
            (Tuple[float, float, float], {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}),
            (Tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
            (Dict[str, Any], {"type": "object", "additionalProperties": True}),
            (Dict[str, Asset], {"type": "object", "additionalProperties": {"type": "string", "format": "asset"}}),
            (Optional[Asset], {"type": ["string", "null"], "format": "asset"}),
            (Annotated[int, Range(1, 16384), Doc("pixels")], {"type": "integer", "minimum": 1, "maximum": 16384, "description": "pixels"}),
            (Annotated[Optional[str], Length(1, 64), "of another library"], {"type": ["string", "null"], "minLength": 1, "maxLength": 64}),
            (Annotated[List[int], Length(maximum=2)], {"type": "array", "items": {"type": "integer"}, "maxItems": 2}),
            (Size, {"type": "object", "properties": {"width": {"type": "integer"}}, "additionalProperties": False, "required": ["width"]}),
            (Area, {"type": "object", "properties": {"width": {"type": "integer"}, "unit": text}, "additionalProperties": False,
                    "required": ["width"]}),
            (Material, {"type": "object", "additionalProperties": False, "required": ["baseColor"], "properties": {
                "baseColor": {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
                "roughness": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
                "tags": {"type": "array", "items": text, "default": []}}}),
        ]:
            with self.subTest(hint=hint):
                self.assertEqual(shape_of(hint, "x").schema, schema)

    def test_values_become_what_the_hint_says(self) -> None:
        for hint, value, expected in [
            (int, 512.0, 512), (float, 3, 3.0), (Optional[int], None, None), (Union[int, str], "a", "a"), (Any, {"x": [1]}, {"x": [1]}),
            (Tuple[float, float], [1, 2.5], (1.0, 2.5)), (List[int], [], []), (Literal[1, "1"], "1", "1"),
            (Area, {"width": 1}, {"width": 1}), (Area, {"width": 1, "unit": "m"}, {"width": 1, "unit": "m"}),
            (Dict[str, Material], {"Paint": {"baseColor": "#cc1a1a"}}, {"Paint": Material("#cc1a1a", 0.5, [])}),
            (Asset, "sha256:a", Asset("sha256:a", Path("/data/a"), "sha256:a", "chair.blend", "application/x-blender")),
        ]:
            with self.subTest(hint=hint, value=value):
                converted = shape_of(hint, "x").convert(value, "", ASSETS)
                self.assertEqual(converted, expected)
                self.assertIs(type(converted), type(expected))

    def test_what_does_not_fit_is_refused_with_its_place(self) -> None:
        for hint, value, pointer, words in [
            (int, True, "", "expected integer, got boolean"), (int, 1.5, "", "expected integer"), (int, "1", "", "got string"),
            (float, 10**400, "", "too large"), (float, False, "", "got boolean"), (str, None, "", "got null"), (bool, 1, "", "got integer"),
            (Optional[int], "a", "", "expected integer"), (Union[int, bool, None], "a", "", "expected boolean or integer or null"),
            (Union[str, Annotated[List[int], Length(1)]], [], "", "0 entries are fewer"), (Union[str, List[int]], ["a"], "/0", "expected integer"),
            (Literal[1], True, "", "is not one of 1"), (List[int], {"0": 1}, "", "expected array"), (List[int], [0, "a"], "/1", "expected integer"),
            (Tuple[int, int], [1], "", "expected 2 entries"), (Annotated[int, Range(1, 5)], 0, "", "less than 1"),
            (Annotated[Optional[float], Range(maximum=5)], 6, "", "more than 5"), (Annotated[str, Length(1, 2)], "", "", "fewer than 1"),
            (Annotated[str, Length(1, 2)], "abc", "", "more than 2"), (Annotated[List[int], Length(maximum=1)], [1, 2], "", "more than 1"),
            (Dict[str, Material], {"a/b~c": {"baseColor": "red"}}, "/a~1b~0c/baseColor", "does not match"),
            (Optional[Material], {"baseColor": "#000000", "shine": 1}, "/shine", "unknown field 'shine'"),
            (Material, {}, "", "'baseColor' is missing"), (Material, [], "", "expected object"), (Area, {"unit": "m"}, "", "'width' is missing"),
            (Asset, "sha256:b", "", "did not come with the call"), (Asset, 7, "", "name of an asset"),
        ]:
            with self.subTest(hint=hint, value=value), self.assertRaisesRegex(InvalidInput, words) as caught:
                shape_of(hint, "x").convert(value, "", ASSETS)
            self.assertEqual(caught.exception.pointer, pointer)

    def test_hints_without_a_schema_fail_when_declared(self) -> None:
        for hint, words in [
            (bytes, "no JSON Schema"), (list, "no JSON Schema"), (Path, "no JSON Schema"), (Dict[int, str], "keys of a dict"),
            (Tuple[int, str], "same type"), (Annotated[str, Range(1)], "does not suit string"), (Annotated[int, Pattern("a")], "does not suit"),
            (Annotated[str, Pattern("(")], "no regular expression"), (Recursive, "contains itself"), (List[bytes], r"x\[\]: .*bytes"),
        ]:
            with self.subTest(hint=hint), self.assertRaisesRegex(UnsupportedHint, words):
                shape_of(hint, "x")


class DeclarationTests(unittest.TestCase):
    def test_a_declaration_says_everything_hello_needs(self) -> None:
        def render_frame(file: Asset, view_layer: Optional[str] = None, set_: Dict[str, Any] = {}, material: Material = Material("#000000")) -> None:
            """Render.

            One frame.
            """

        declared = declare(render_frame, picture=True, cacheable=True, file_types=("blend",))
        described = declared.describe()
        schema = described.pop("input")
        self.assertEqual(described, {"name": "renderFrame", "description": "Render.\n\nOne frame.", "fileTypes": ["blend"], "picture": True,
                                     "cacheable": True, "async": False})
        self.assertEqual(list(schema["properties"]), ["file", "viewLayer", "set", "material"])
        self.assertEqual(schema["required"], ["file"])
        self.assertEqual(schema["properties"]["material"]["default"], {"baseColor": "#000000", "roughness": 0.5, "tags": []})
        bound = declared.bind({"file": "sha256:a", "set": {"a": 1}}, ASSETS)
        self.assertEqual((bound["view_layer"], bound["set_"], bound["material"]), (None, {"a": 1}, Material("#000000")))

    def test_a_default_is_never_shared_between_calls(self) -> None:
        def collect(items: List[int] = []) -> None: ...

        declared = declare(collect)
        declared.bind({}, {})["items"].append(1)
        self.assertEqual(declared.bind({}, {})["items"], [])

    def test_declarations_that_cannot_be_announced_fail_naming_the_place(self) -> None:
        def untyped(a): ...
        def many(*a: int): ...
        def wrong(a: int = "x"): ...  # type: ignore[assignment]
        def nested(a: List[bytes]): ...

        for body, words in [(untyped, "untyped, parameter a: it needs a type hint"), (many, "only named parameters"),
                            (wrong, "wrong, parameter a: the default 'x'"), (nested, "nested, parameter a")]:
            with self.subTest(body=body.__name__), self.assertRaisesRegex(UnsupportedHint, words):
                declare(body)
        with self.assertRaisesRegex(ValueError, "needs a parameter `file`"):
            declare(lambda: None, file_types=("blend",))

    def test_a_name_is_taken_once(self) -> None:
        def paint() -> None: ...

        functions = Registry()
        functions.add(declare(paint))
        with self.assertRaisesRegex(ValueError, "already a function 'paint'"):
            functions.add(declare(paint))
        self.assertIsNone(functions.get(["paint"]))

    def test_names_on_the_wire(self) -> None:
        self.assertEqual([wire_name(name) for name in ("file", "view_layer", "set_", "eta_in_seconds")], ["file", "viewLayer", "set", "etaInSeconds"])


class SurfaceTests(unittest.TestCase):
    def test_the_public_surface_is_pinned(self) -> None:
        import workers_kit

        self.assertEqual(sorted(workers_kit.__all__), [
            "Asset", "Call", "Canceled", "DeadlineOver", "Doc", "Engine", "InvalidInput", "Length", "Pattern", "Range", "Retryable",
            "Unavailable",
            "UnsupportedHint", "WorkersError", "check_canceled", "current_call", "function", "log", "on_cancel", "output", "progress", "reads",
            "run", "sleep", "snapshot", "timed", "uncacheable", "warn"])
        for name in workers_kit.__all__:
            self.assertTrue(getattr(workers_kit, name).__doc__, name)

    def test_outside_of_a_call_the_kit_says_so(self) -> None:
        from workers_kit import progress

        with self.assertRaisesRegex(RuntimeError, "no call is running here"):
            progress(0.5)


if __name__ == "__main__":
    unittest.main()
