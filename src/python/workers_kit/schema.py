"""Type hints to shapes: a shape is a JSON Schema and the conversion of a JSON value that fits it.

Both come from the same hint, so that what is announced and what is accepted cannot drift apart.
"""

from __future__ import annotations

import dataclasses
import math
import re
import sys
import typing
from typing import Any, Callable, Dict, FrozenSet, List, Literal, Mapping, NamedTuple, Tuple, Union, get_args, get_origin

from .assets import Asset
from .errors import InvalidInput
from .markers import Doc, Length, Pattern, Range

_UNIONS = (Union,) if sys.version_info < (3, 10) else (Union, __import__("types").UnionType)
_MARKERS = (Range, Length, Pattern, Doc)

Assets = Mapping[str, Mapping[str, Any]]
Convert = Callable[[Any, str, Assets], Any]

MISSING: Any = object()
"""Stands for "no default": the member is required."""

ABSENT: Any = object()
"""Stands for "may be left out, and then stays out": an optional key of a TypedDict."""


class UnsupportedHint(TypeError):
    """A type hint that has no JSON Schema here. Raised when a function is declared, never during a call."""


class Shape(NamedTuple):
    """`schema` is the JSON Schema; `convert(value, pointer, assets)` builds the Python value or raises InvalidInput."""

    schema: Dict[str, Any]
    convert: Convert


class Member(NamedTuple):
    """One property of an object: its name on the wire, in Python, its shape and its default (or MISSING, ABSENT)."""

    wire: str
    python: str
    shape: Shape
    default: Any


def wire_name(name: str) -> str:
    """The JSON name of a Python name: view_layer → viewLayer, set_ → set."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def shape_of(hint: Any, where: str, outer: Tuple[type, ...] = ()) -> Shape:
    """The shape of a type hint. `where` names the place for errors; `outer` are the classes this hint stands inside."""
    if hint is Any:
        return Shape({}, lambda value, pointer, assets: value)
    if hint is Asset:
        return Shape({"type": "string", "format": "asset"}, _convert_asset)
    if hint is None or hint is type(None):
        return Shape({"type": "null"}, _expect("null", lambda value: value is None))
    if hint in _PRIMITIVES:
        return _PRIMITIVES[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is typing.Annotated:
        return _annotated(shape_of(arguments[0], where, outer), arguments[1:], where)
    if origin in _UNIONS:
        return _union([shape_of(argument, where, outer) for argument in arguments])
    if origin is Literal:
        return _literal(arguments)
    if origin is list and arguments:
        return _list(shape_of(arguments[0], where + "[]", outer), {}, list)
    if origin is tuple and arguments:
        return _tuple(arguments, where, outer)
    if origin is dict and arguments:
        if arguments[0] is not str:
            raise UnsupportedHint(f"{where}: the keys of a dict must be str, because they are JSON names")
        return _dict(shape_of(arguments[1], where + "[…]", outer))
    if isinstance(hint, type) and (dataclasses.is_dataclass(hint) or hasattr(hint, "__required_keys__")):
        return _class(hint, where, outer)
    raise UnsupportedHint(
        f"{where}: the type hint {hint!r} has no JSON Schema here; use int, float, str, bool, Any, Optional, Union, Literal, "
        "list[X], tuple[X, ...], dict[str, X], a dataclass, a TypedDict or Asset")


def object_shape(members: List[Member], build: Callable[[Dict[str, Any]], Any]) -> Shape:
    """A JSON object with exactly these members; `build` gets the converted values by Python name, defaults filled in."""
    properties: Dict[str, Any] = {}
    for member in members:
        properties[member.wire] = dict(member.shape.schema)
        if member.default is not MISSING and member.default is not ABSENT:
            properties[member.wire]["default"] = member.default
    schema: Dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    required = [member.wire for member in members if member.default is MISSING]
    if required:
        schema["required"] = required
    known = frozenset(properties)
    steps = [(member, _at("", member.wire)) for member in members]  # How far each member's pointer goes on from the object's.

    def convert(value: Any, pointer: str, assets: Assets) -> Any:
        if not isinstance(value, dict):
            raise InvalidInput(f"expected object, got {_kind(value)}", pointer)
        for name in value:
            if name not in known:
                raise InvalidInput(f"unknown field {name!r}; known are {', '.join(sorted(known)) or 'none'}", _at(pointer, name))
        values: Dict[str, Any] = {}
        for member, step in steps:
            if member.wire in value:
                values[member.python] = member.shape.convert(value[member.wire], pointer + step, assets)
            elif member.default is MISSING:
                raise InvalidInput(f"the field {member.wire!r} is missing", pointer)
            elif member.default is not ABSENT:
                values[member.python] = member.shape.convert(member.default, pointer + step, assets)
        return build(values)

    return Shape(schema, convert)


def member_of(name: str, hint: Any, default: Any, where: str, outer: Tuple[type, ...] = ()) -> Member:
    """A member from a parameter or a field. The default is checked here, so that a wrong one fails at load."""
    where = f"{where}{name}"
    shape = shape_of(hint, where, outer)
    if default is not MISSING:
        if dataclasses.is_dataclass(default) and not isinstance(default, type):
            default = {wire_name(key): value for key, value in dataclasses.asdict(default).items()}
        elif isinstance(default, tuple):
            default = list(default)
        try:
            shape.convert(default, "", {})
        except InvalidInput as error:
            raise UnsupportedHint(f"{where}: the default {default!r} does not fit its type hint: {error}") from None
    return Member(wire_name(name), name, shape, default)


def _expect(kind: str, test: Callable[[Any], bool]) -> Convert:
    def convert(value: Any, pointer: str, assets: Assets) -> Any:
        if not test(value):
            raise InvalidInput(f"expected {kind}, got {_kind(value)}", pointer)
        return value

    return convert


def _convert_int(value: Any, pointer: str, assets: Assets) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)  # JSON has one kind of number: 512.0 is an integer, as in JSON Schema.
    raise InvalidInput(f"expected integer, got {_kind(value)}", pointer)


def _convert_float(value: Any, pointer: str, assets: Assets) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidInput(f"expected number, got {_kind(value)}", pointer)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidInput("the number is too large", pointer)
    return number


def _convert_asset(value: Any, pointer: str, assets: Assets) -> Asset:
    if not isinstance(value, str):
        raise InvalidInput(f"expected the name of an asset, got {_kind(value)}", pointer)
    entry = assets.get(value)
    if not isinstance(entry, Mapping) or not entry.get("path"):
        raise InvalidInput(f"the asset {value!r} did not come with the call", pointer)
    return Asset.from_wire(value, entry)


_PRIMITIVES: Dict[Any, Shape] = {
    int: Shape({"type": "integer"}, _convert_int),
    float: Shape({"type": "number"}, _convert_float),
    str: Shape({"type": "string"}, _expect("string", lambda value: isinstance(value, str))),
    bool: Shape({"type": "boolean"}, _expect("boolean", lambda value: isinstance(value, bool))),
}


def _annotated(base: Shape, markers: Tuple[Any, ...], where: str) -> Shape:
    schema, types = dict(base.schema), _types(base.schema)
    used = [marker for marker in markers if isinstance(marker, _MARKERS)]  # Others belong to other libraries.
    for marker in used:
        if marker.suits is not None and not marker.suits & types:
            raise UnsupportedHint(f"{where}: {marker} does not suit {', '.join(sorted(types)) or 'any value'}")
        if isinstance(marker, Pattern):
            try:
                re.compile(marker.regex)
            except re.error as error:
                raise UnsupportedHint(f"{where}: {marker.regex!r} is no regular expression: {error}") from None
        schema.update(marker.words(types))
    checks = [marker.fault for marker in used if marker.suits is not None]
    if not checks:
        return Shape(schema, base.convert)

    def convert(value: Any, pointer: str, assets: Assets) -> Any:
        converted = base.convert(value, pointer, assets)
        for check in checks:
            fault = check(value)
            if fault is not None:
                raise InvalidInput(fault, pointer)
        return converted

    return Shape(schema, convert)


def _union(branches: List[Shape]) -> Shape:
    others = [branch for branch in branches if branch.schema != {"type": "null"}]
    if len(others) == 1 and "null" in _types(others[0].schema):
        return others[0]  # Before 3.11 a default of None puts a second Optional around Annotated[Optional[…], …].
    nullable = len(others) < len(branches)

    def convert(value: Any, pointer: str, assets: Assets) -> Any:
        if value is None and nullable:
            return None  # What is left out, mostly: no branch before it need refuse it.
        nearest, kind = None, _kind(value)
        for branch in branches:
            try:
                return branch.convert(value, pointer, assets)
            except InvalidInput as error:
                # A branch that this kind of value fits, or inside which the fault is, tells more than the others.
                if (kind in _types(branch.schema) or len(error.pointer) > len(pointer)) and (
                        nearest is None or len(error.pointer) > len(nearest.pointer)):
                    nearest = error
        if nearest is not None:
            raise nearest
        raise InvalidInput(f"expected {' or '.join(sorted(_types(schema))) or 'another value'}, got {kind}", pointer)

    schema = _union_schema([branch.schema for branch in branches])
    return Shape(schema, convert)


def _union_schema(schemas: List[Dict[str, Any]]) -> Dict[str, Any]:
    """One schema with a list of types where that says the same, else `anyOf`."""
    merged: Dict[str, Any] = {}
    types: List[str] = []
    for schema in schemas:
        kinds = schema.get("type")
        words = {word: value for word, value in schema.items() if word not in ("type", "enum")}
        nullable_enum = "enum" in schema and {"type": "null"} in schemas and len(schemas) == 2
        if not isinstance(kinds, str) or kinds in types or set(words) & set(merged) or ("enum" in schema and not nullable_enum):
            return {"anyOf": schemas}
        if nullable_enum:
            words["enum"] = [*schema["enum"], None]
        types.append(kinds)
        merged.update(words)
    return {"type": types, **merged}


def _literal(values: Tuple[Any, ...]) -> Shape:
    allowed = list(values)
    kinds = sorted({_kind(value) for value in allowed})
    schema: Dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": allowed}

    def convert(value: Any, pointer: str, assets: Assets) -> Any:
        for candidate in allowed:
            if type(candidate) is type(value) and candidate == value:
                return candidate
        raise InvalidInput(f"{value!r} is not one of {', '.join(map(str, allowed))}", pointer)

    return Shape(schema, convert)


def _list(item: Shape, limits: Dict[str, int], build: Callable[[Any], Any]) -> Shape:
    low, high = limits.get("minItems", 0), limits.get("maxItems", math.inf)

    def convert(value: Any, pointer: str, assets: Assets) -> Any:
        if not isinstance(value, list):
            raise InvalidInput(f"expected array, got {_kind(value)}", pointer)
        if not low <= len(value) <= high:
            raise InvalidInput(f"expected {low} entries, got {len(value)}", pointer)
        return build([item.convert(entry, f"{pointer}/{index}", assets) for index, entry in enumerate(value)])

    return Shape({"type": "array", "items": item.schema, **limits}, convert)


def _tuple(arguments: Tuple[Any, ...], where: str, outer: Tuple[type, ...]) -> Shape:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return _list(shape_of(arguments[0], where + "[]", outer), {}, tuple)
    if any(argument != arguments[0] for argument in arguments):
        raise UnsupportedHint(f"{where}: all entries of a tuple must have the same type")
    limits = {"minItems": len(arguments), "maxItems": len(arguments)}
    return _list(shape_of(arguments[0], where + "[]", outer), limits, tuple)


def _dict(item: Shape) -> Shape:
    def convert(value: Any, pointer: str, assets: Assets) -> Any:
        if not isinstance(value, dict):
            raise InvalidInput(f"expected object, got {_kind(value)}", pointer)
        return {key: item.convert(entry, _at(pointer, key), assets) for key, entry in value.items()}

    return Shape({"type": "object", "additionalProperties": item.schema or True}, convert)


def _class(cls: Any, where: str, outer: Tuple[type, ...]) -> Shape:
    """A dataclass or a TypedDict as an object, inline."""
    if cls in outer:
        raise UnsupportedHint(f"{where}: {cls.__name__} contains itself; recursive types are not supported")
    hints = typing.get_type_hints(cls, include_extras=True)
    inside = (*outer, cls)
    members: List[Member] = []
    if dataclasses.is_dataclass(cls):
        for field in dataclasses.fields(cls):
            if field.init:
                members.append(member_of(field.name, hints[field.name], _field_default(field), where + ".", inside))
        return object_shape(members, lambda values: cls(**values))
    for name, hint in hints.items():  # The keys of a TypedDict are JSON names already.
        shape = shape_of(_without_required(hint), f"{where}.{name}", inside)
        members.append(Member(name, name, shape, MISSING if name in cls.__required_keys__ else ABSENT))
    return object_shape(members, dict)


def _without_required(hint: Any) -> Any:
    name = getattr(get_origin(hint), "_name", None)
    return get_args(hint)[0] if name in ("Required", "NotRequired") else hint


def _field_default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return MISSING


def _types(schema: Mapping[str, Any]) -> FrozenSet[str]:
    if "anyOf" in schema:
        return frozenset().union(*(_types(branch) for branch in schema["anyOf"]))
    kinds = schema.get("type", [])
    return frozenset([kinds] if isinstance(kinds, str) else kinds)


def _kind(value: Any) -> str:
    """The JSON name of a value's type."""
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "null" if value is None else type(value).__name__


def _at(pointer: str, name: str) -> str:
    """A JSON Pointer one step further (RFC 6901 escapes ~ and /)."""
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
