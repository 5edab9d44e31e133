"""A call's warnings, which a strict call takes as refusals."""

from __future__ import annotations

from ... import Call, InvalidInput


class Notices:
    """`warn` adds a warning to the job; where the call is strict it raises InvalidInput instead, before rendering where it can be known."""

    def __init__(self, call: Call, strict: bool) -> None:
        self._call = call
        self._strict = strict

    def warn(self, code: str, detail: str, pointer: str = "") -> None:
        """`pointer` is the place of the input it is about, where there is one (JSON Pointer)."""
        if self._strict:
            raise InvalidInput(f"{code}: {detail} (The call is strict, so that this is an error.)", pointer)
        self._call.warn(code, detail)
