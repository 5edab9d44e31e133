"""The layout of figures: matplotlib's constrained one, without what it leaves behind.

Its grids refer to each other through NumPy arrays, which Python's collector does not look into: some 30 KB of every figure would stay.
"""

from __future__ import annotations

from typing import Any

from matplotlib.layout_engine import ConstrainedLayoutEngine


class Layout(ConstrainedLayoutEngine):
    """Makes room for labels, and lets go of its grids."""

    def execute(self, fig: Any) -> None:
        grids = super().execute(fig)
        for grid in (grids or {}).values():
            children = getattr(grid, "children", None)
            if children is not None:
                children.fill(None)


def adopt(figure: Any) -> None:
    """Give a figure that somebody else made with the constrained layout this one, with the same settings."""
    engine = figure.get_layout_engine()
    if type(engine) is ConstrainedLayoutEngine:
        adopted = Layout(**engine.get())
        adopted._compress = engine._compress
        figure.set_layout_engine(adopted)
