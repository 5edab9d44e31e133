"""Reading .csv files: comma, semicolon or tab between columns, one line of names or none, numbers, and nothing else."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Iterator, List, NamedTuple, Optional

from ... import check_canceled

if TYPE_CHECKING:
    import numpy

_BYTES = 1 << 26
_FIELD_CHARACTERS = 1000
_COLUMNS = 10_000
_ROWS_BETWEEN_LOOKS = 10_000


class TableError(ValueError):
    """The file is not a table of numbers; the message says where."""


class Table(NamedTuple):
    """Rows by columns; names where the file has them."""

    values: "numpy.ndarray"
    names: Optional[List[str]]


def read_csv(path: Path, most: int) -> Table:
    """The table; empty fields are NaN. Raises TableError, also when it has more than `most` numbers; OSError."""
    import numpy

    if path.stat().st_size > _BYTES:
        raise TableError(f"it is larger than {_BYTES >> 20} MB")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            names, flat, columns = _read(file, most)
    except UnicodeDecodeError as error:
        raise TableError(f"it is no text in UTF-8 (byte {error.start})") from None
    except csv.Error as error:
        raise TableError(str(error)) from None
    return Table(numpy.array(flat, dtype=numpy.float64).reshape(-1, columns), names)


def _read(file: Iterable[str], most: int) -> "tuple[Optional[List[str]], List[float], int]":
    lines = iter(file)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise TableError("it is empty")
    # Whichever occurs most often in the first line, and the comma where none does.
    delimiter = max(",;\t", key=first.count)
    previous = csv.field_size_limit(_FIELD_CHARACTERS)
    try:
        rows = csv.reader(_chain(first, lines), delimiter=delimiter)
        names = next(rows)
        columns, flat = len(names), []  # type: int, List[float]
        if columns > _COLUMNS:
            raise TableError(f"it has {columns} columns; at most {_COLUMNS} are read")
        if all(_is_number(field) for field in names):
            flat, names = [_number(field, 1, column) for column, field in enumerate(names, 1)], []
        for count, row in enumerate(rows, 1):
            if not row:
                continue
            if len(row) != columns:
                raise TableError(f"line {rows.line_num} has {len(row)} columns, the first has {columns}")
            flat.extend([_number(field, rows.line_num, column) for column, field in enumerate(row, 1)])
            if len(flat) > most:
                raise TableError(f"it has more than {most} numbers, which is as many as are drawn")
            if count % _ROWS_BETWEEN_LOOKS == 0:
                check_canceled()
    finally:
        csv.field_size_limit(previous)
    if not flat:
        raise TableError("it has no numbers")
    return names or None, flat, columns


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _is_number(field: str) -> bool:
    try:
        _number(field, 0, 0)
    except TableError:
        return False
    return True


def _number(field: str, line: int, column: int) -> float:
    try:
        return float(field)
    except ValueError:
        if not field.strip():
            return float("nan")
        shown = field.strip()[:40]
        raise TableError(f"line {line}, column {column}: {shown!r} is not a number") from None
