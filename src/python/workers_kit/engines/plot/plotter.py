"""The function `plotter`: draws a pickled object. Unpickling runs code, so it is off unless the node's configuration allows it."""

from __future__ import annotations

from typing import Annotated, Any, Optional

from ... import Asset, Doc, InvalidInput, function, timed
from .engine import allows_pickle
from .inputs import Dpi, Format, Height, Width


@function(picture=True, file_types=["pkl", "pickle"])
def plotter(
    file: Annotated[Asset, Doc("a pickled Figure, a callable that takes a Figure, or an object with a method plot(figure)")],
    width: Annotated[Optional[Width], Doc("otherwise the figure's own, else 640")] = None,
    height: Annotated[Optional[Height], Doc("otherwise the figure's own, else 480")] = None,
    dpi: Annotated[Optional[Dpi], Doc("otherwise the figure's own, else 100")] = None,
    format: Format = "png",
    transparent: bool = False,
) -> None:
    """Draw a pickled plotter. It runs as code: only where the operator allows it (`allowPickle`)."""
    if not allows_pickle():
        raise InvalidInput(
            "Pickled plotters run as code, which this server does not allow. Its operator may: engines.plot.allowPickle. "
            "Numbers can be drawn with plot.", "/file")
    from . import figures, styles

    with styles.warnings_told():
        with timed("load"):
            loaded = _load(file)
        figure = _figure(loaded, width, height, dpi)
        figures.check_size(*figures.size_of(figure))
        figures.save(figure, format, transparent)


def _load(file: Asset) -> Any:
    import pickle

    try:
        with open(file.path, "rb") as opened:
            return pickle.load(opened)
    except Exception as error:  # A pickle may raise anything: most often a class that cannot be imported here.
        raise InvalidInput(
            f"The file {file.name or file.ref} cannot be unpickled ({type(error).__name__}: {error}). The classes in it must be importable "
            "by the worker: engines.plot.environment.PYTHONPATH.", "/file") from error


def _figure(loaded: Any, width: Optional[int], height: Optional[int], dpi: Optional[int]) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from . import figures

    if isinstance(loaded, Figure):
        own_width, own_height = figures.size_of(loaded)
        FigureCanvasAgg(loaded)
        loaded.set_dpi(dpi or loaded.dpi)
        loaded.set_size_inches(figures.inches(width or own_width, height or own_height, loaded.dpi))
        return loaded
    draw = getattr(loaded, "plot", None) or loaded
    if not callable(draw):
        raise InvalidInput(
            f"a {type(loaded).__name__} is no plotter: that is a Figure, a callable that takes a Figure, or an object with a method "
            "plot(figure)", "/file")
    figures.check_size(width or figures.WIDTH, height or figures.HEIGHT)
    figure = figures.new_figure(width or figures.WIDTH, height or figures.HEIGHT, dpi or figures.DPI)
    draw(figure)
    return figure
