"""Reading .npy files (NumPy format 1 to 3) that anybody may have made: plain numbers only, nothing unpickled, nothing larger than announced.

numpy.load would do, but for its faith in the header: a length of 4 GB, a dtype of objects, a shape that is not there.
"""

from __future__ import annotations

import ast
import math
import os
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Tuple

if TYPE_CHECKING:
    import numpy

_MAGIC = b"\x93NUMPY"
_HEADER_BYTES = 4096
_DIMENSIONS = 8
_NUMBERS = re.compile(r"[<>|=]?[biuf](1|2|4|8)\Z")


class NpyError(ValueError):
    """The file is not one that is read here; the message says why."""


def read_npy(path: Path, most: int) -> "numpy.ndarray":
    """The array as float64. Raises NpyError, also when it has more than `most` numbers; OSError."""
    import numpy

    with open(path, "rb") as file:
        dtype, by_columns, shape = _read_header(file)
        count, kind = math.prod(shape), numpy.dtype(dtype)
        if count > most:
            raise NpyError(f"it has {count} numbers; at most {most} are drawn")
        rest = os.fstat(file.fileno()).st_size - file.tell()
        if rest < count * kind.itemsize:
            raise NpyError(f"it is cut off: its header says {count * kind.itemsize} bytes, {rest} are there")
        flat = numpy.fromfile(file, dtype=kind, count=count)
    return flat.reshape(shape, order="F" if by_columns else "C").astype(numpy.float64)


def _read_header(file: BinaryIO) -> Tuple[str, bool, Tuple[int, ...]]:
    start = file.read(8)
    if start[:6] != _MAGIC or len(start) < 8:
        raise NpyError("it is no .npy file")
    if start[6] not in (1, 2, 3):
        raise NpyError(f"its format version {start[6]} is not known here")
    size_format = "<H" if start[6] == 1 else "<I"
    size_bytes = file.read(struct.calcsize(size_format))
    if len(size_bytes) < struct.calcsize(size_format):
        raise NpyError("it is cut off in its header")
    (size,) = struct.unpack(size_format, size_bytes)
    if size > _HEADER_BYTES:
        raise NpyError(f"its header has {size} bytes; that of an array of plain numbers has a hundred")
    text = file.read(size)
    if len(text) < size:
        raise NpyError("it is cut off in its header")
    return _check_header(_parse(text))


def _parse(text: bytes) -> Any:
    try:
        return ast.literal_eval(text.decode("latin-1").strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise NpyError("its header cannot be read") from None


def _check_header(header: Any) -> Tuple[str, bool, Tuple[int, ...]]:
    if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
        raise NpyError("its header cannot be read")
    dtype, by_columns, shape = header["descr"], header["fortran_order"], header["shape"]
    if not isinstance(dtype, str) or not _NUMBERS.match(dtype) or dtype[-2:] in ("b2", "b4", "b8", "f1"):
        raise NpyError(f"its numbers are of type {str(dtype)[:60]!r}; plain integers, floats and booleans are drawn, never objects")
    if (not isinstance(by_columns, bool) or not isinstance(shape, tuple) or len(shape) > _DIMENSIONS
            or not all(type(length) is int and 0 <= length < 1 << 63 for length in shape)):
        raise NpyError("its header cannot be read")
    return dtype, by_columns, shape
