"""Plots by matplotlib (Agg: no screen) as a warm worker.

    python3 …/workers_kit/launch.py workers_kit.engines.plot

The way of one call: `plot.py` takes the input, whose types are in `inputs.py` → `values.py`, `npy.py` and `tables.py` turn JSON, .npy and .csv
into arrays → `drawing.py` draws them on a figure → `figures.py` makes and saves figures, always to the same bytes. After each call
`engine.py` closes what was left open and puts matplotlib's settings back.

A user function on this engine draws as it likes and saves with `save`:

    from workers_kit import function
    from workers_kit.engines.plot import new_figure, save

    @function(picture=True)
    def spiral(turns: int = 3):
        '''Draw a spiral.'''
        figure = new_figure()
        figure.add_subplot(projection="polar").plot(range(100 * turns), range(100 * turns))
        save(figure)

matplotlib and numpy are imported by the warm-up and by what runs after it: without them the engine still says what it would do, and why not.
"""

from . import plot, plotter
from .engine import ENGINE
from .figures import new_figure, save

__all__ = ["ENGINE", "new_figure", "plot", "plotter", "save"]
