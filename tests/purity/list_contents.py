"""Lists what there is to name and to set in .blend files: `blender -b --factory-startup --python list_contents.py -- OUT.json FILE…`.

The properties are whatever Blender's own description of its data holds, so that a run also sets what nobody thought of.
"""

import json
import os
import sys

import bpy

MOST_PROPERTIES = 6000
_ROOTS = ("objects", "materials", "lights", "cameras", "worlds", "scenes", "curves", "node_groups", "collections", "particles", "images",
          "armatures", "linestyles", "meshes", "shape_keys")
# Bulk data, and what belongs to Blender's windows.
_CLOSED = {"rna_type", "name", "bl_rna", "vertices", "edges", "loops", "polygons", "loop_triangles", "pixels", "animation_data", "asset_data",
           "body_format", "original", "id_data", "view_center", "bookmarks", "preview", "keying_sets", "timeline_markers", "tool_settings",
           "depsgraph", "layer_collection"}
_WITHOUT_PICTURE = ("show_expanded", "show_preview", "show_options", "show_texture", "select", "lock_", "use_audio", "link_limit",
                    "display_shape")
_ENTRIES, _DEPTH, _LONG = 6, 5, 8


def contents(path):
    bpy.ops.wm.open_mainfile(filepath=path, load_ui=False, use_scripts=False)
    properties, seen = [], set()
    for root in _ROOTS:
        for block in getattr(bpy.data, root, ()):
            walk(block, "%s[%s]" % (root, json.dumps(block.name)), 0, properties, seen)
    return {
        "scenes": [scene.name for scene in bpy.data.scenes], "layers": [layer.name for layer in bpy.context.scene.view_layers],
        "cameras": [thing.name for thing in bpy.context.scene.objects if thing.type == "CAMERA"],
        "objects": [thing.name for thing in bpy.context.scene.objects], "collections": [one.name for one in bpy.data.collections],
        "materials": [one.name for one in bpy.data.materials], "images": [one.name for one in bpy.data.images if one.type == "IMAGE"],
        "texts": [thing.name for thing in bpy.context.scene.objects if thing.type == "FONT"], "properties": properties,
    }


def walk(owner, path, depth, found, seen):
    key = (owner.as_pointer(), owner.bl_rna.identifier)
    if key in seen:
        return
    seen.add(key)
    for prop in owner.bl_rna.properties:
        if prop.identifier in _CLOSED or prop.identifier.startswith(_WITHOUT_PICTURE) or len(found) >= MOST_PROPERTIES:
            continue
        try:
            value = getattr(owner, prop.identifier)
        except (AttributeError, RuntimeError, TypeError):
            continue
        here = "%s.%s" % (path, prop.identifier)
        if prop.type == "POINTER":
            if value is not None and depth < _DEPTH and belongs(value, owner):
                walk(value, here, depth + 1, found, seen)
        elif prop.type == "COLLECTION":
            if depth < _DEPTH:
                for index, entry in enumerate(value[:_ENTRIES]):
                    if entry is not None and belongs(entry, owner):
                        walk(entry, "%s[%d]" % (here, index), depth + 1, found, seen)
        elif not prop.is_readonly and not owner.is_property_readonly(prop.identifier):
            described = describe(prop, value)
            if described is not None:
                found.append({"path": here, **described})


def belongs(value, owner):
    """Parts of the same data block, and node trees, which live inside of one."""
    return value.id_data == owner.id_data or isinstance(value, bpy.types.NodeTree) and value.is_embedded_data


def describe(prop, value):
    if prop.type == "ENUM":
        return None if prop.is_enum_flag else {"type": "ENUM", "value": value, "items": [item.identifier for item in prop.enum_items][:40]}
    if prop.type == "STRING":
        return {"type": "STRING", "value": value} if prop.subtype == "NONE" else None
    length = getattr(prop, "array_length", 0)
    if length > _LONG:
        return None
    limits = {"low": prop.soft_min, "high": prop.soft_max} if prop.type in ("INT", "FLOAT") else {}
    plain = list(value) if getattr(prop, "is_array", False) else value
    return {"type": prop.type, "value": plain, **limits} if not length or isinstance(plain[0], (bool, int, float)) else None


def main(out, *paths):
    with open(out, "w") as file:
        json.dump({os.path.basename(path): contents(path) for path in paths}, file)


try:
    main(*sys.argv[sys.argv.index("--") + 1:])
except Exception as error:  # Blender would print it and go on, and exit 0.
    sys.exit("list_contents: %r" % error)
