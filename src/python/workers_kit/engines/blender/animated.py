"""Whether a property is animated or driven, so that a value that is set does not last."""

from __future__ import annotations

from typing import Any


def is_animated(owner: Any, name: str) -> bool:
    """True when a curve or a driver of the file writes this property of a struct."""
    animation = getattr(owner.id_data, "animation_data", None)
    if animation is None:
        return False
    try:
        full = name if owner.id_data == owner else f"{owner.path_from_id()}.{name}"
    except (ValueError, AttributeError):
        return False
    curves = [*animation.drivers, *(animation.action.fcurves if animation.action is not None else ())]
    return any(curve.data_path == full for curve in curves)
