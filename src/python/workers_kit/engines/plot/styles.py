"""Checks of what matplotlib would only notice while it draws — colours, colormaps, formulas — and its warnings as the job's."""

from __future__ import annotations

import contextlib
import unicodedata
import warnings
from typing import Iterator, Optional

from ... import InvalidInput, current_call

MARKERS = {"none": "None", "point": ".", "circle": "o", "square": "s", "diamond": "D", "triangle": "^", "plus": "+", "cross": "x"}
LINES = {"solid": "-", "dashed": "--", "dotted": ":", "dashdot": "-.", "none": "None"}


def check_color(color: Optional[str], pointer: str) -> None:
    """Raises InvalidInput for what is no colour."""
    from matplotlib.colors import is_color_like

    if color is not None and not is_color_like(color):
        raise InvalidInput(f"{color!r} is no colour: give a name, #rrggbb, or C0 to C9", pointer)


def check_colormap(name: str, pointer: str) -> None:
    """Raises InvalidInput for a colormap that is not there."""
    import matplotlib

    if name not in matplotlib.colormaps:
        raise InvalidInput(f"there is no colormap {name!r}; some are viridis, magma, coolwarm, gray", pointer)


def check_text(text: str, pointer: str) -> None:
    """Raises InvalidInput for control characters and for formulas ($…$) that cannot be set."""
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n" for sign in text):
        raise InvalidInput("the text has control characters", pointer)
    from matplotlib.cbook import is_math_text

    if not is_math_text(text):
        return
    from matplotlib.mathtext import MathTextParser

    for line in text.split("\n"):
        try:
            if is_math_text(line):
                MathTextParser("path").parse(line)
        except (ValueError, RecursionError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
            raise InvalidInput(f"the formula between $ cannot be set (a lone dollar is written \\$): {reason}", pointer) from None


@contextlib.contextmanager
def warnings_told() -> Iterator[None]:
    """What matplotlib and numpy warn of inside becomes warnings of the job."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        current_call().warn("matplotlib", str(warning.message))
