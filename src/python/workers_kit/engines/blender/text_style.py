"""The style of a text's letters, which Blender forgets whenever the text is written anew."""

from __future__ import annotations

from typing import Any, List, Tuple

_PARTS = ("use_bold", "use_italic", "use_underline", "use_small_caps", "material_index", "kerning")

Style = Tuple[Any, ...]


def styles(curve: Any) -> List[Style]:
    """The style of each letter."""
    return [tuple(getattr(letter, part) for part in _PARTS) for letter in curve.body_format]


def restyle(curve: Any, wanted: List[Style]) -> None:
    """Give the letters these styles, one each."""
    for letter, style in zip(curve.body_format, wanted):
        for part, value in zip(_PARTS, style):
            if getattr(letter, part) != value:
                setattr(letter, part, value)
