"""Colours as clients write them: `#cc1a1a` as in a browser, or linear light as Blender counts it."""

from __future__ import annotations

from typing import Annotated, List, Sequence, Tuple, Union

from ... import Doc, Length, Pattern, Range

Colour = Annotated[
    Union[Annotated[str, Pattern("^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")], Annotated[List[Annotated[float, Range(0, 1)]], Length(3, 3)]],
    Doc('"#rrggbb" or "#rgb" as in a browser (sRGB), or [r, g, b] in linear light'),
]


def linear(colour: Union[str, Sequence[float]]) -> Tuple[float, float, float]:
    """Red, green and blue in linear light, 0…1."""
    if not isinstance(colour, str):
        red, green, blue = colour
        return float(red), float(green), float(blue)
    digits = colour[1:]
    pairs = [2 * digit for digit in digits] if len(digits) == 3 else [digits[i:i + 2] for i in (0, 2, 4)]
    red, green, blue = (_linear(int(pair, 16) / 255) for pair in pairs)
    return red, green, blue


def _linear(value: float) -> float:
    """The inverse of sRGB's transfer function (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
