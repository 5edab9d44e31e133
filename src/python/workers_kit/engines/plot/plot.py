"""The function `plot`: lines, points and a heat map, from numbers in the call or in files."""

from __future__ import annotations

from typing import Annotated, Any, Dict, List, Literal, Optional

from ... import Asset, Doc, InvalidInput, Length, function
from .inputs import (MOST_LINES, Column, Dpi, Format, HeatMap, Height, Limits, Line, Points, Scale, Text, Width)


@function(picture=True, cacheable=True, file_types=["csv", "npy"])
def plot(
    file: Annotated[Optional[Asset], Doc("a table: .csv, or .npy of plain numbers")] = None,
    kind: Annotated[Literal["line", "scatter", "image"], Doc("how the file's columns are drawn")] = "line",
    x: Annotated[Optional[Column], Doc("the file's column for x; otherwise the first one where there are several")] = None,
    y: Annotated[Optional[List[Column]], Length(1, MOST_LINES), Doc("the file's columns to draw; otherwise all but x")] = None,
    series: Annotated[Optional[List[Line]], Length(0, MOST_LINES)] = None,
    scatter: Annotated[Optional[List[Points]], Length(0, MOST_LINES)] = None,
    image: Annotated[Optional[HeatMap], Doc("a heat map; without values, of the file")] = None,
    title: Text = "",
    x_label: Text = "",
    y_label: Text = "",
    x_scale: Scale = "linear",
    y_scale: Scale = "linear",
    x_range: Annotated[Optional[Limits], Doc("otherwise what the numbers need")] = None,
    y_range: Annotated[Optional[Limits], Doc("otherwise what the numbers need")] = None,
    aspect: Annotated[Literal["auto", "equal"], Doc("equal: x and y have the same unit")] = "auto",
    grid: bool = False,
    legend: Annotated[Optional[bool], Doc("otherwise where something has a label")] = None,
    width: Width = 640,
    height: Height = 480,
    dpi: Dpi = 100,
    format: Format = "png",
    transparent: bool = False,
) -> Dict[str, Any]:
    """Draw lines, points and a heat map. The same input always gives the same bytes."""
    from . import drawing, figures, styles
    from .values import Numbers

    figures.check_size(width, height)
    for text, name in ((title, "title"), (x_label, "xLabel"), (y_label, "yLabel")):
        styles.check_text(text, f"/{name}")
    numbers = Numbers(format)
    with styles.warnings_told():
        figure = figures.new_figure(width, height, dpi)
        canvas = drawing.Drawing(figure, numbers)
        if image is not None or kind == "image":
            file = canvas.heat_map(image or HeatMap(), file, "/image")
        if file is not None:
            canvas.table(file, kind, x, y)
        canvas.lines(series or [])
        canvas.points(scatter or [])
        if canvas.is_empty:
            raise InvalidInput("there is nothing to draw: give a file, series, scatter or image")
        canvas.finish(title, x_label, y_label, legend, grid, aspect)
        canvas.axis("x", x_scale, x_range)
        canvas.axis("y", y_scale, y_range)
        figures.save(figure, format, transparent)
    numbers.tell_gaps()
    return {"width": width, "height": height, "numbers": numbers.count}
