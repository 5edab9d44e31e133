"""From what a call names — numbers in its JSON, .npy and .csv files — to arrays that can be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Union

from ... import Asset, InvalidInput, current_call, timed
from .npy import NpyError, read_npy
from .tables import Table, TableError, read_csv

if TYPE_CHECKING:
    import numpy

MOST_POINTS = 2_000_000
MOST_IN_VECTORS = 200_000
_LARGEST = 1e150  # Axes square differences.


class Numbers:
    """Reads a call's numbers and counts them: more than the limit, over all of its series, is refused."""

    def __init__(self, format: str) -> None:
        self.most = MOST_POINTS if format == "png" else MOST_IN_VECTORS
        self.count = 0
        self._format = format
        self._gaps = 0

    def vector(self, values: Union[Asset, List[Optional[float]]], pointer: str) -> "numpy.ndarray":
        """One dimension; an asset may have one column."""
        array = self.read(values, pointer).values if isinstance(values, Asset) else _of_list(values)
        if array.ndim == 2 and 1 in array.shape:
            array = array.reshape(-1)
        if array.ndim != 1:
            raise InvalidInput(f"one column of numbers is needed, this is {shown_shape(array)}", pointer)
        return self.checked(array, pointer)

    def matrix(self, values: Union[Asset, List[List[Optional[float]]]], pointer: str) -> "numpy.ndarray":
        """Two dimensions: rows by columns."""
        if isinstance(values, Asset):
            array = self.read(values, pointer).values
        else:
            for row, numbers in enumerate(values):
                if len(numbers) != len(values[0]):
                    raise InvalidInput(f"this row has {len(numbers)} numbers, the first has {len(values[0])}", f"{pointer}/{row}")
            array = _of_list(values)
        if array.ndim != 2:
            raise InvalidInput(f"rows of numbers are needed, this is {shown_shape(array)}", pointer)
        return self.checked(array, pointer)

    def read(self, file: Asset, pointer: str) -> Table:
        """A file's table. A .npy of one dimension is one column."""
        with timed("load"):
            try:
                if _is_npy(file):
                    return Table(read_npy(file.path, self.most), None)
                return read_csv(file.path, self.most)
            except (NpyError, TableError) as error:
                raise InvalidInput(f"The file {file.name or file.ref} cannot be used: {error}.", pointer) from None

    def checked(self, array: "numpy.ndarray", pointer: str) -> "numpy.ndarray":
        """The array, counted, with NaN for what is not finite; refused when nothing is left."""
        import numpy

        self.count += array.size
        if self.count > self.most:
            reason = "" if self._format == "png" else f" in {self._format}; png takes {MOST_POINTS}"
            raise InvalidInput(f"these are more than {self.most} numbers, which is as many as are drawn{reason}: thin them out", pointer)
        finite = numpy.isfinite(array)
        if not finite.any():
            raise InvalidInput("there is no finite number in it, so there is nothing to draw", pointer)
        if numpy.abs(array, where=finite, out=numpy.zeros_like(array)).max() > _LARGEST:
            raise InvalidInput(f"a number in it is beyond ±{_LARGEST:g}, which no axis shows", pointer)
        self._gaps += array.size - int(finite.sum())
        return numpy.where(finite, array, numpy.nan)

    def tell_gaps(self) -> None:
        """Warn of what was left out."""
        if self._gaps:
            current_call().warn("not_finite", f"{self._gaps} of {self.count} numbers are missing, NaN or infinite and were left out.")


def _is_npy(file: Asset) -> bool:
    with open(file.path, "rb") as opened:
        return opened.read(6) == b"\x93NUMPY" or file.name.lower().endswith(".npy")


def _of_list(values: Any) -> "numpy.ndarray":
    import numpy

    return numpy.array(values, dtype=numpy.float64)  # None becomes NaN.


def shown_shape(array: "numpy.ndarray") -> str:
    return " × ".join(map(str, array.shape)) if array.ndim else "a single number"
