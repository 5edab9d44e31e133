"""The weighted mean of pictures as floats: with numpy, or without it with Blender's own vectors (Debian's Blender has none)."""

from __future__ import annotations

from array import array
from typing import Any, List

from mathutils import Vector

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]

_BAND = 1 << 20
"""Floats added at a time without numpy: each is a Python object for a moment."""


class Mean:
    """`add` pictures of `count` floats with their weights (numbers of samples), read the mean so far with `values`."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._weight = 0
        self._sum: Any = None
        self._bands: List[Vector] = []

    def add(self, image: Any, weight: int) -> None:
        """Add a Blender image of `count` floats."""
        self._weight += weight
        if numpy is not None:
            floats = numpy.empty(self._count, numpy.float32)
            image.pixels.foreach_get(floats)
            floats *= weight
            self._sum = floats if self._sum is None else self._sum + floats
            return
        values = array("f", bytes(4 * self._count))
        image.pixels.foreach_get(values)
        for index, start in enumerate(range(0, self._count, _BAND)):
            band = Vector(values[start:start + _BAND]) * weight
            if index < len(self._bands):
                self._bands[index] += band
            else:
                self._bands.append(band)

    def values(self) -> Any:
        """A buffer of floats for `pixels.foreach_set`."""
        if numpy is not None:
            return self._sum / numpy.float32(self._weight)
        values = array("f")
        for band in self._bands:
            values.extend(band * (1.0 / self._weight))
        return values
