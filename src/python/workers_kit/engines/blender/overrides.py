"""The input `set`: any plain property by its data path, checked before Blender sees it, undone after the call."""

from __future__ import annotations

import math
import re
import struct
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import bpy

from ... import InvalidInput
from .changes import Changes, plain
from .names import pointer
from .paths import Target, parse

LIMIT = 1000
"""Most properties one call may set."""

_CLOSED_ROOTS = frozenset({"texts", "libraries", "window_managers", "workspaces", "screens", "brushes", "sounds", "cache_files"})
_CLOSED_SUBTYPES = frozenset({"FILE_PATH", "DIR_PATH", "FILE_NAME", "BYTE_STRING"})
# Not every version has all of them.
_CLOSED_OWNERS = tuple(getattr(bpy.types, name) for name in (
    "Text", "Library", "Driver", "DriverVariable", "DriverTarget", "ShaderNodeScript", "CompositorNodeOutputFile",
    "NodeOutputFileSlotFile", "NodeOutputFileSlotLayer", "FreestyleSettings", "FreestyleModuleSettings") if hasattr(bpy.types, name))
_CLOSED = {
    ("Scene", "frame_current"): "use the input frame", ("Scene", "frame_subframe"): "use the input frame",
    ("Scene", "frame_float"): "use the input frame", ("CyclesRenderSettings", "shading_system"): "scripts of shaders may read any file",
    ("Image", "pixels"): "send a picture, as one of images",
}
# They reach further than their owner: the file is opened again afterwards.
_FAR_REACHING = frozenset({"use_nodes", "exclude"})
_TYPES = {"BOOLEAN": "true or false", "INT": "an integer", "FLOAT": "a number", "STRING": "a text", "ENUM": "a name"}
_LARGEST = 3.4e38  # Single precision.
_PREFIX = re.compile(r"^bpy_struct: item\.attr = val: ")


class Override(NamedTuple):
    """A property that was set: how the client called it, and where it is."""

    path: str
    find: Callable[[], Any]
    name: str
    root: str


def apply(changes: Changes, values: Dict[str, Any]) -> List[Override]:
    """Set all of them, in order. Raises InvalidInput whose pointer names the path that is wrong."""
    if len(values) > LIMIT:
        raise InvalidInput(f"{len(values)} properties are more than {LIMIT}", "/set")
    done = []
    for path, value in values.items():
        try:
            done.append(_set(changes, path, value))
        except ValueError as error:
            raise InvalidInput(f"{path}: {error}", pointer("set", path)) from None
    return done


def _set(changes: Changes, path: str, value: Any) -> Override:
    target = parse(path)
    if target.root in _CLOSED_ROOTS:
        raise ValueError(f"{target.root} cannot be set")
    find = _finder(target)
    owner = find()
    if isinstance(owner, _CLOSED_OWNERS):
        raise ValueError(f"a {owner.bl_rna.name} cannot be set, because it names files or code")
    if isinstance(owner, bpy.types.Depsgraph) or getattr(owner.id_data, "is_evaluated", False):
        raise ValueError("what Blender computes cannot be set; set the data it is computed from")
    closed = _CLOSED.get((owner.bl_rna.identifier, target.name))
    if closed is not None:
        raise ValueError(f"{target.name} cannot be set; {closed}")
    check = _custom(owner, target) if target.name.startswith("[") else _declared(owner, target)
    new = check(value)
    if target.name in _FAR_REACHING or isinstance(owner.id_data, bpy.types.Image):
        changes.reopen()
    try:
        changes.set_found(find, target.name, new)
    except (TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise ValueError(f"Blender refused {_shown(value)}: {_PREFIX.sub('', str(error))}") from None
    return Override(path, find, target.name, target.root)


def _finder(target: Target) -> Callable[[], Any]:
    def find() -> Any:
        try:
            owner = bpy.data.path_resolve(target.owner)
        except (ValueError, KeyError, IndexError, TypeError):
            raise ValueError(f"there is no {target.owner} in the file") from None
        if not hasattr(owner, "bl_rna"):
            raise ValueError(f"{target.owner} is not something that has properties")
        return owner

    return find


def _declared(owner: Any, target: Target) -> Callable[[Any], Any]:
    prop = owner.bl_rna.properties.get(target.name)
    if prop is None or target.name == "rna_type":
        raise ValueError(f"a {owner.bl_rna.name} has no property {target.name}")
    if prop.type not in _TYPES:
        raise ValueError(f"{target.name} holds other data; set the properties inside it")
    if prop.is_readonly or not owner.is_property_readonly(target.name) is False:
        raise ValueError(f"{target.name} is read only")
    if prop.subtype in _CLOSED_SUBTYPES:
        raise ValueError(f"{target.name} names a file; files come as assets only")
    if owner.id_data == owner and target.name == "name":
        raise ValueError("names cannot be set, because everything is found by them")
    if not getattr(prop, "is_array", False):
        if target.index is not None:
            raise ValueError(f"{target.name} is one value, without an index")
        return lambda value: _scalar(prop, value)
    if len([size for size in prop.array_dimensions if size > 1]) > 1:
        raise ValueError(f"{target.name} is a matrix; set location, rotation_euler and scale")
    return _array(lambda value: _scalar(prop, value), plain(getattr(owner, target.name)), target)


def _custom(owner: Any, target: Target) -> Callable[[Any], Any]:
    key = target.name[2:-2]
    known = list(owner.keys()) if hasattr(owner, "keys") else []
    if key not in known or key.startswith("_") or key == "cycles":
        raise ValueError(f"there is no custom property {key!r} here")
    old = plain(owner[key]) if not hasattr(owner[key], "keys") else None
    entry = old[0] if isinstance(old, tuple) and old else old
    if not isinstance(entry, (bool, int, float, str)):
        raise ValueError(f"the custom property {key!r} is no number, text or list of numbers")
    try:
        limits = owner.id_properties_ui(key).as_dict()
    except TypeError:
        limits = {}  # Blender keeps limits for numbers only.
    low, high = limits.get("min", -_LARGEST), limits.get("max", _LARGEST)

    def scalar(value: Any) -> Any:
        kind = {bool: "BOOLEAN", int: "INT", float: "FLOAT", str: "STRING"}[type(entry)]
        new = _typed(kind, value)
        if kind in ("INT", "FLOAT"):
            _in_range(new, low, high)
        return new

    if isinstance(old, tuple):
        return _array(scalar, old, target)
    if target.index is not None:
        raise ValueError(f"{key!r} is one value, without an index")
    return scalar


def _array(scalar: Callable[[Any], Any], old: Sequence[Any], target: Target) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if target.index is not None:
            if target.index >= len(old):
                raise ValueError(f"it has {len(old)} entries, counted from 0")
            return (*old[:target.index], scalar(value), *old[target.index + 1:])
        if not isinstance(value, list) or len(value) != len(old):
            raise ValueError(f"expected a list of {len(old)} values, got {_shown(value)}")
        return tuple(scalar(entry) for entry in value)

    return check


def _scalar(prop: Any, value: Any) -> Any:
    if prop.type == "ENUM":
        return _enum(prop, value)
    new = _typed(prop.type, value)
    if prop.type in ("INT", "FLOAT"):
        _in_range(new, prop.hard_min, prop.hard_max)
    if prop.type == "STRING" and prop.length_max and len(new.encode()) >= prop.length_max:
        raise ValueError(f"the text has more than {prop.length_max - 1} bytes")
    return new


def _typed(kind: str, value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "INT" and number and float(value).is_integer():
        return int(value)
    if kind == "FLOAT" and number and math.isfinite(value):
        return float(value)
    if (kind == "BOOLEAN" and isinstance(value, bool)) or (kind == "STRING" and isinstance(value, str)):
        return value
    raise ValueError(f"expected {_TYPES[kind]}, got {_shown(value)}")


def _in_range(value: float, low: float, high: float) -> None:
    """Blender clamps silently, so out of range is found here. Its limits are single precision: 0.1 there is not 0.1 here."""
    try:
        single = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        single = math.copysign(math.inf, value)
    if not (low <= value <= high or low <= single <= high):
        raise ValueError(f"{value} is not between {low:g} and {high:g}")


def _enum(prop: Any, value: Any) -> Any:
    # Which names there are may depend on the owner, and only Blender can tell: it is asked by setting.
    values = value if prop.is_enum_flag and isinstance(value, list) else [value]
    for entry in values:
        if not isinstance(entry, str):
            raise ValueError(f"expected {_TYPES['ENUM']}, got {_shown(entry)}")
    return set(values) if prop.is_enum_flag else value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
