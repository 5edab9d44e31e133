"""Blender as a warm worker.

    blender -b --factory-startup --python …/workers_kit/launch.py -- workers_kit.engines.blender

The way of one call: `render.py` reads the input → `opening.py` finds the file open, or lays it out (`../model_files/`) and opens it,
or imports it (`importing.py`) and gives it what it lacks for a picture (`staging.py`, `framing.py`) → `scenes.py`, `overrides.py`,
`materials.py`, `images.py`, `visibility.py` and `texts.py` apply what was asked for, every change written into the ledger of `changes.py`
→ `effects.py` warns of what will not show → `plan.py` chooses how to render → `passes.py` or `chunks.py` renders through `stopping.py`,
which hears cancels → `outputs.py` writes the pictures → the ledger puts everything back.

Blender differs from version to version, and so do builds: what is there is looked up, never assumed.
"""

from . import contact_sheet, export, inspect, preload, preview, render, turntable
from .engine import ENGINE
from .warmup import warm_up

ENGINE.warmup = warm_up

__all__ = ["ENGINE", "contact_sheet", "export", "inspect", "preload", "preview", "render", "turntable"]
