"""The Engine object: the warm-up, and what is put back after each call."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List

from ... import Call, Engine, Unavailable

_CALLS_BETWEEN_COLLECTIONS = 16

# Before anybody imports matplotlib, a user function's file included: no screen, and no settings file but ours.
os.environ["MPLBACKEND"] = "Agg"
os.environ["MATPLOTLIBRC"] = os.devnull

_restore: List[Callable[[], None]] = []
_calls = 0


def _version() -> str:
    try:
        return importlib.metadata.version("matplotlib")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def allows_pickle() -> bool:
    """Whether the node's configuration allows pickled plotters, which are code."""
    return os.environ.get("WORKERS_ALLOW_PICKLE") == "1"


def _warm_up(folder: Path) -> Dict[str, Any]:
    """Draw in every format, because the first of everything is slow; remember how things are before the first call."""
    try:
        import matplotlib
        import numpy
        import matplotlib.layout_engine  # Since 3.6
    except ImportError as error:
        raise Unavailable(
            f"matplotlib 3.6 or later is not installed for {sys.executable} ({error}): install python3-matplotlib and python3-numpy, or set "
            "engines.plot.command to a Python that has them.") from None
    from . import figures

    matplotlib.rcdefaults()
    matplotlib.rcParams.update(figures.SETTINGS)
    for name in figures.FORMATS:
        figure = figures.new_figure()
        figure.add_subplot().plot([0, 1], label="warm")
        figure.legend()
        figures.write(figure, folder / f"warm.{name}", name)
    _remember(matplotlib, numpy)
    gc.collect()
    gc.freeze()  # What is there now stays: collecting after calls need not look through it again.
    return {
        "formats": list(figures.FORMATS), "matplotlib": matplotlib.__version__, "numpy": numpy.__version__,
        "python": ".".join(map(str, sys.version_info[:3])), "pickle": allows_pickle(),
    }


def _remember(matplotlib: Any, numpy: Any) -> None:
    settings, errors, printing = dict(matplotlib.rcParams), numpy.geterr(), numpy.get_printoptions()
    # Past the checks of RcParams: these values were checked when they were set first.
    _restore[:] = [lambda: dict.update(matplotlib.rcParams, settings), lambda: numpy.seterr(**errors),
                   lambda: numpy.set_printoptions(**printing)]


def _after_call(call: Call) -> None:
    """Close every figure and put the settings back, whatever the call was and however it ended."""
    global _calls
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
    for restore in _restore:
        restore()
    _calls += 1
    if _calls % _CALLS_BETWEEN_COLLECTIONS == 0:
        gc.collect()  # Figures refer to themselves in circles, and may be large.


ENGINE = Engine(name="plot", version=_version, warmup=_warm_up, after_call=_after_call)
