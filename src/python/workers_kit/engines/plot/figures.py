"""Making figures and saving them: the same figure always gives the same bytes."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional, Tuple

from ... import InvalidInput, current_call, timed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 640, 480, 100
MOST_PIXELS = 1 << 25
_LARGE_PIXELS = 1 << 22
_HAIR = 0.001  # Matplotlib cuts pixels off: 641 / 100 * 100 must not be 640.


_CLIPPED = re.compile(r"\bp[0-9a-f]{10}\b")
_CLIP = re.compile(rf'<clipPath id="({_CLIPPED.pattern})">')


class Format(NamedTuple):
    """How a format is saved: without the date and the program's version, which would make each file another one."""

    media_type: str
    metadata: Dict[str, Any]


FORMATS = {
    "png": Format("image/png", {"Software": None}),
    "svg": Format("image/svg+xml", {"Date": None, "Creator": None}),
    "pdf": Format("application/pdf", {"CreationDate": None, "Creator": None, "Producer": None}),
}

SETTINGS: Dict[str, Any] = {
    "svg.hashsalt": "workers",  # The names inside an SVG are random without it.
    "agg.path.chunksize": 20000,  # Without it a long noisy line is too much for Agg.
}


def new_figure(width: int = WIDTH, height: int = HEIGHT, dpi: int = DPI) -> "Figure":
    """An empty figure of that many pixels, which makes room for its labels by itself. (In SVG and PDF a pixel is 1/dpi inch.)"""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from .layout import Layout

    figure = Figure(figsize=inches(width, height, dpi), dpi=dpi, layout=Layout())
    FigureCanvasAgg(figure)
    return figure


def inches(width: int, height: int, dpi: float) -> Tuple[float, float]:
    """The size of a figure of that many pixels."""
    return (width + _HAIR) / dpi, (height + _HAIR) / dpi


def check_size(width: int, height: int) -> None:
    """Raises InvalidInput for a picture that is too large to be held in memory."""
    if width * height > MOST_PIXELS:
        raise InvalidInput(f"{width} × {height} are {width * height} pixels; at most {MOST_PIXELS} are drawn", "/width")


def size_of(figure: "Figure") -> Tuple[int, int]:
    """Width and height in pixels."""
    width, height = (int(length * figure.dpi) for length in figure.get_size_inches())
    return width, height


def save(figure: "Figure", format: str = "png", transparent: bool = False, name: Optional[str] = None) -> None:
    """Save the figure as an artifact of the call, `image.png` unless named, and clear it. ValueError for an unknown format."""
    if format not in FORMATS:
        raise ValueError(f"the format {format!r} is not one of {', '.join(FORMATS)}")
    from .layout import adopt

    adopt(figure)
    width, height = size_of(figure)
    path = current_call().output(name or f"image.{format}", FORMATS[format].media_type, width, height)
    with timed("encode"):
        write(figure, path, format, transparent)
    figure.clear()
    if width * height >= _LARGE_PIXELS:
        figure.canvas.renderer = None
        gc.collect()


def write(figure: "Figure", path: Path, format: str, transparent: bool = False) -> None:
    """Write the file: same figure, same bytes."""
    extra: Dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if format == "png" else {}
    figure.savefig(path, format=format, dpi=figure.dpi, transparent=transparent, metadata=FORMATS[format].metadata, **extra)
    if format == "svg":
        _number_clips(path)


def _number_clips(path: Path) -> None:
    """Name the clip paths of an SVG by their order: matplotlib makes some of their names from addresses in memory."""
    text = path.read_text(encoding="utf-8")
    names = {name: f"clip{number}" for number, name in enumerate(_CLIP.findall(text), 1)}
    path.write_text(_CLIPPED.sub(lambda found: names.get(found[0], found[0]), text), encoding="utf-8")
