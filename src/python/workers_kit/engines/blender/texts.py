"""The input `texts`: what text objects say."""

from __future__ import annotations

from typing import Annotated, Dict

import bpy

from ... import InvalidInput, Length
from .animated import is_animated
from .changes import Changes
from .names import pointer, unknown
from .notices import Notices
from .text_style import restyle, styles

Texts = Dict[str, Annotated[str, Length(0, 2000)]]


def apply(notices: Notices, changes: Changes, texts: Texts) -> None:
    """Write them, in the style of their first letter."""
    for name, body in texts.items():
        where = pointer("texts", name)
        curve = _text(name, where)
        if is_animated(curve, "body"):
            notices.warn("text_without_effect", f"The text {name!r} is animated or driven, which overwrites it at every frame.", where)
        style = styles(curve)[:1]
        changes.set_found(lambda name=name, where=where: _text(name, where), "body", body)
        restyle(curve, style * len(curve.body_format))


def _text(name: str, where: str) -> bpy.types.TextCurve:
    """What the text object says, or the text itself where no object has that name."""
    thing = bpy.data.objects.get(name)
    if thing is not None and thing.type != "FONT":
        raise InvalidInput(f"The object {name!r} is no text but a {thing.type}. Texts that were turned into meshes cannot be written anew.", where)
    curve = thing.data if thing is not None else bpy.data.curves.get(name)
    if not isinstance(curve, bpy.types.TextCurve):
        raise unknown("text object", name, (known.name for known in bpy.data.objects if known.type == "FONT"), where)
    return curve
