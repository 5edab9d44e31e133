"""The one Engine object of this process; a module of its own, because the others tell it which file is open."""

from __future__ import annotations

import bpy

from ... import Engine

ENGINE = Engine(name="blender", version=bpy.app.version_string)
