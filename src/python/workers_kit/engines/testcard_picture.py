"""The testcard itself: colour bars, a checkered band, stripes of a file's digest and a line of text, as PNG bytes.

The same arguments always give the same bytes. Rows are made once and repeated, because a small picture must cost next to nothing:
what the platform itself costs is measured with it.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import List, Optional, Tuple

from ..png import palette_png
from .font5x7 import HEIGHT, WIDTH, glyph

_BARS = 8
_PLATE, _INK = 16, 17
_MAX_SCALE = 16


def testcard(width: int, height: int, seed: int = 0, text: str = "", digest: Optional[bytes] = None) -> bytes:
    """Draw the card. `digest` is the file's SHA-256, whose half-bytes become stripes at the bottom."""
    bars, checker, inverse, plain = _templates(width)
    band = height // 8
    rows: List[bytes] = [bars] * (height - 2 * band)
    rows += [checker if row // 4 % 2 else inverse for row in range(band)]
    rows += [plain if digest is None else _stripes(width, digest)] * band
    if text:
        _write(rows, width, (height - 2 * band) // 2, text)
    return palette_png(width, height, _palette(seed), rows)


@lru_cache(maxsize=64)
def _palette(seed: int) -> bytes:
    """Sixteen colours from the seed, then the plate behind the text, and its ink."""
    noise = hashlib.sha512(b"testcard %d" % seed).digest()
    return noise[:48] + b"\x10\x10\x10" + b"\xf0\xf0\xf0"


@lru_cache(maxsize=64)
def _templates(width: int) -> Tuple[bytes, bytes, bytes, bytes]:
    """Rows of this width: bars, the two of the checkered band, and the plain one."""
    bars = bytes(column * _BARS // width for column in range(width))
    checker = bytes(_BARS + column // 4 % 2 for column in range(width))
    inverse = bytes(_BARS + 1 - column // 4 % 2 for column in range(width))
    return bars, checker, inverse, bytes([_BARS + 2]) * width


@lru_cache(maxsize=64)
def _stripes(width: int, digest: bytes) -> bytes:
    halves = [half for byte in digest for half in (byte >> 4, byte & 15)]
    return bytes(halves[column * len(halves) // width] for column in range(width))


def _write(rows: List[bytes], width: int, middle: int, text: str) -> None:
    """Write one line over the rows around `middle`, as large as fits; what does not fit is cut off."""
    scale = max(1, min(_MAX_SCALE, width // ((WIDTH + 1) * len(text) + 1), len(rows) // (2 * HEIGHT)))
    text = text[: max(0, (width // scale - 1) // (WIDTH + 1))]
    used = ((WIDTH + 1) * len(text) + 1) * scale
    top, left = middle - HEIGHT * scale // 2, (width - used) // 2
    if not text or top < 0:
        return
    for line in range(HEIGHT):
        pixels = [_PLATE]
        for sign in text:
            bits = glyph(sign)[line]
            pixels += [_INK if bits >> (WIDTH - 1 - column) & 1 else _PLATE for column in range(WIDTH)]
            pixels.append(_PLATE)
        drawn = b"".join(bytes([pixel]) * scale for pixel in pixels)
        for row in range(top + line * scale, top + (line + 1) * scale):
            rows[row] = rows[row][:left] + drawn + rows[row][left + used:]
