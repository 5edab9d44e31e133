"""What `plot` takes, as type hints: they are the JSON Schema. Nothing here needs numpy or matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, List, Literal, Optional, Union

from ... import Asset, Doc, Length, Range

MOST_LINES = 100
MOST_IN_JSON = 100_000

Text = Annotated[str, Length(0, 200)]
_Numbers = Annotated[List[Optional[float]], Length(1, MOST_IN_JSON)]
_Rows = Annotated[List[Annotated[List[Optional[float]], Length(1, MOST_IN_JSON)]], Length(1, MOST_IN_JSON)]
Values = Annotated[Union[Asset, _Numbers], Doc("numbers, null for a gap; or a .npy or .csv with one column")]
Color = Annotated[str, Length(1, 64), Doc("a name, #rrggbb, or C0 to C9")]
Colormap = Annotated[str, Length(1, 64), Doc("a colormap of matplotlib")]
Limits = Annotated[List[float], Length(2, 2), Doc("[from, to]")]

Width = Annotated[int, Range(16, 16384), Doc("pixels")]
Height = Annotated[int, Range(16, 16384), Doc("pixels")]
Dpi = Annotated[int, Range(10, 1200), Doc("pixels an inch: larger texts and lines for the same size in pixels")]
Format = Literal["png", "svg", "pdf"]
Scale = Literal["linear", "log", "symlog"]
Column = Annotated[str, Length(1, 200), Doc("a column's name, or its number from 1")]


@dataclass
class Line:
    """A line through points."""

    y: Values
    x: Optional[Values] = None
    label: Text = ""
    color: Optional[Color] = None
    style: Literal["solid", "dashed", "dotted", "dashdot", "none"] = "solid"
    marker: Literal["none", "point", "circle", "square", "diamond", "triangle", "plus", "cross"] = "none"
    width: Annotated[float, Range(0.1, 50), Doc("points (1/72 inch)")] = 1.5


@dataclass
class Points:
    """Points of one size, in one colour or coloured by values."""

    x: Values
    y: Values
    label: Text = ""
    color: Optional[Color] = None
    values: Annotated[Optional[Values], Doc("a number for each point, shown as its colour")] = None
    colormap: Colormap = "viridis"
    size: Annotated[float, Range(0.1, 10000), Doc("area in square points")] = 20.0


@dataclass
class HeatMap:
    """Rows of numbers as colours."""

    values: Annotated[Optional[Union[Asset, _Rows]], Doc("rows of numbers, null for a hole; or a .npy or .csv; otherwise `file`")] = None
    colormap: Colormap = "viridis"
    range: Annotated[Optional[Limits], Doc("values of the first and the last colour; otherwise those that occur")] = None
    x_range: Annotated[Optional[Limits], Doc("x of the left and the right edge; otherwise column numbers")] = None
    y_range: Annotated[Optional[Limits], Doc("y of the bottom and the top edge; otherwise row numbers")] = None
    origin: Annotated[Literal["upper", "lower"], Doc("where the first row is")] = "upper"
    bar: Annotated[bool, Doc("show the colours beside the picture")] = True
    label: Annotated[str, Length(0, 200), Doc("written beside the colours")] = ""
