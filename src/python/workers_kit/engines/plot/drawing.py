"""Draws a call's lines, points and heat map on one pair of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

from ... import Asset, InvalidInput, check_canceled
from . import styles
from .figures import size_of
from .inputs import MOST_LINES, HeatMap, Line, Points
from .values import Numbers, shown_shape

if TYPE_CHECKING:
    import numpy
    from matplotlib.figure import Figure

_FEW_CELLS = 1 << 16
_MOST_SMOOTHED = 1 << 26
_SEARCHED_POINTS = 10_000  # For the emptiest corner to put the legend in; with more that takes longer than the drawing.


class Drawing:
    """One plot while it is made."""

    def __init__(self, figure: "Figure", numbers: Numbers) -> None:
        self._figure = figure
        self._axes = figure.add_subplot()
        self._numbers = numbers
        self._x_name = ""
        self.is_empty = True

    def heat_map(self, image: HeatMap, file: Optional[Asset], pointer: str) -> Optional[Asset]:
        """Draw rows of numbers as colours: its own, else the file's. Answers the file where it is still to be drawn."""
        styles.check_colormap(image.colormap, f"{pointer}/colormap")
        styles.check_text(image.label, f"{pointer}/label")
        for limits, name in ((image.range, "range"), (image.x_range, "xRange"), (image.y_range, "yRange")):
            _check_limits(limits, f"{pointer}/{name}")
        if image.values is None and file is None:
            raise InvalidInput("the heat map has neither values nor a file", f"{pointer}/values")
        if image.values is None:
            matrix, file = self._numbers.matrix(file, "/file"), None
        else:
            matrix = self._numbers.matrix(image.values, f"{pointer}/values")
        rows, columns = matrix.shape
        low, high = sorted(image.range) if image.range else (None, None)
        left, right = image.x_range or (-0.5, columns - 0.5)
        bottom, top = image.y_range or ((rows - 0.5, -0.5) if image.origin == "upper" else (-0.5, rows - 0.5))
        drawn = self._axes.imshow(
            matrix, cmap=image.colormap, vmin=low, vmax=high, origin=image.origin, extent=(left, right, bottom, top),
            aspect="auto", interpolation="antialiased" if self._should_smooth(rows, columns) else "nearest")
        if image.bar:
            self._figure.colorbar(drawn, ax=self._axes, label=image.label)
        self.is_empty = False
        return file

    def table(self, file: Asset, kind: str, x: Optional[str], y: Optional[List[str]]) -> None:
        """Draw a file's columns over one of them."""
        table = self._numbers.read(file, "/file")
        values = table.values.reshape(-1, 1) if table.values.ndim == 1 else table.values
        if values.ndim != 2 or 0 in values.shape:
            raise InvalidInput(f"rows and columns of numbers are needed, this is {shown_shape(values)}", "/file")
        chosen = self._find(table.names, values.shape[1], x, "/x") if x is not None else 0 if values.shape[1] > 1 else None
        if y is not None:
            drawn = [self._find(table.names, values.shape[1], name, f"/y/{index}") for index, name in enumerate(y)]
        else:
            drawn = [column for column in range(values.shape[1]) if column != chosen]
        if not 0 < len(drawn) <= MOST_LINES:
            raise InvalidInput(f"That would be {len(drawn)} lines; draw 1 to {MOST_LINES}: choose with y, or draw it with kind=image.", "/y")
        along = None if chosen is None else self._numbers.checked(values[:, chosen], "/x")
        self._x_name = table.names[chosen] if table.names and chosen is not None else ""
        for column in drawn:
            label = _shown(table.names[column]) if table.names else f"column {column + 1}" if len(drawn) > 1 else ""
            self._draw(kind, along, self._numbers.checked(values[:, column], "/file"), label)

    def lines(self, series: List[Line]) -> None:
        """Draw lines."""
        for index, line in enumerate(series):
            check_canceled()
            pointer = f"/series/{index}"
            styles.check_color(line.color, f"{pointer}/color")
            styles.check_text(line.label, f"{pointer}/label")
            y = self._numbers.vector(line.y, f"{pointer}/y")
            x = self._along(line.x, y, pointer)
            self._axes.plot(
                *(() if x is None else (x,)), y, label=line.label or None, color=line.color, linestyle=styles.LINES[line.style],
                marker=styles.MARKERS[line.marker], linewidth=line.width)
            self.is_empty = False

    def points(self, scatter: List[Points]) -> None:
        """Draw points."""
        for index, points in enumerate(scatter):
            check_canceled()
            pointer = f"/scatter/{index}"
            styles.check_color(points.color, f"{pointer}/color")
            styles.check_text(points.label, f"{pointer}/label")
            styles.check_colormap(points.colormap, f"{pointer}/colormap")
            y = self._numbers.vector(points.y, f"{pointer}/y")
            x = self._along(points.x, y, pointer)
            values = self._along(points.values, y, pointer, "values")
            colors = {"color": points.color} if values is None else {"c": values, "cmap": points.colormap}
            drawn = self._axes.scatter(x, y, s=points.size, label=points.label or None, **colors)
            if values is not None:
                self._figure.colorbar(drawn, ax=self._axes)
            self.is_empty = False

    def finish(self, title: str, x_label: str, y_label: str, legend: Optional[bool], grid: bool, aspect: str) -> None:
        """What stands around the drawing."""
        self._axes.set_title(title)
        self._axes.set_xlabel(x_label or _shown(self._x_name))
        self._axes.set_ylabel(y_label)
        self._axes.grid(grid)
        if aspect == "equal":
            self._axes.set_aspect("equal", adjustable="datalim" if not self._axes.images else "box")
        if legend is not False and self._axes.get_legend_handles_labels()[1]:
            self._axes.legend(loc="best" if self._numbers.count <= _SEARCHED_POINTS else "upper right")

    def axis(self, name: str, scale: str, limits: Optional[List[float]]) -> None:
        """Scale and limits of the axis x or y."""
        _check_limits(limits, f"/{name}Range")
        if limits and scale == "log" and min(limits) <= 0:
            raise InvalidInput("a logarithmic axis shows positive numbers only", f"/{name}Range")
        if scale != "linear":
            self._axes.set(**{f"{name}scale": scale})
        if limits:
            self._axes.set(**{f"{name}lim": limits})

    def _should_smooth(self, rows: int, columns: int) -> bool:
        """Whether rows and columns closer than pixels are averaged: not where there are few, nor where it would take minutes."""
        width, height = size_of(self._figure)
        return rows * columns > _FEW_CELLS and max(rows, height) * max(columns, width) <= _MOST_SMOOTHED

    def _draw(self, kind: str, x: "Optional[numpy.ndarray]", y: "numpy.ndarray", label: str) -> None:
        check_canceled()
        if kind == "scatter":
            self._axes.scatter(range(len(y)) if x is None else x, y, s=20.0, label=label or None)
        else:
            self._axes.plot(*(() if x is None else (x,)), y, label=label or None)
        self.is_empty = False

    def _along(self, values: object, y: "numpy.ndarray", pointer: str, name: str = "x") -> "Optional[numpy.ndarray]":
        if values is None:
            return None
        array = self._numbers.vector(values, f"{pointer}/{name}")
        if len(array) != len(y):
            raise InvalidInput(f"{name} has {len(array)} numbers, y has {len(y)}", f"{pointer}/{name}")
        return array

    @staticmethod
    def _find(names: Optional[List[str]], count: int, wanted: str, pointer: str) -> int:
        if names and wanted in names:
            return names.index(wanted)
        if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= count:
            return int(wanted) - 1
        known = f"there are {', '.join(names[:20])}" if names else f"there are {count}, without names"
        raise InvalidInput(f"The file has no column {wanted!r}; {known}.", pointer)


def _shown(name: str) -> str:
    """A column's name as a text: no formula, no control characters, whatever stands in the file."""
    return "".join(sign if sign.isprintable() else " " for sign in name.strip()[:200]).replace("$", r"\$")


def _check_limits(limits: Optional[List[float]], pointer: str) -> None:
    if limits is not None and (limits[0] == limits[1] or max(map(abs, limits)) > 1e150):
        raise InvalidInput("from and to must differ and lie within ±1e150", pointer)
