"""Replies and errors of JSON-RPC 2.0, and which error an exception becomes."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, Optional

from .call import Call
from .errors import Canceled, DeadlineOver, InvalidInput, Retryable, Unavailable

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
CALL_FAILED = -32000
BUSY = -32003

MESSAGE_CHARACTERS = 4000


def result(id: Any, value: Any) -> Dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "result": value}


def error(id: Any, code: int, message: str, data: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
    body: Dict[str, Any] = {"code": code, "message": message[:MESSAGE_CHARACTERS]}
    if data is not None:
        body["data"] = data
    return {"jsonrpc": "2.0", "id": id, "error": body}


def call_failed(call: Call, raised: BaseException) -> Dict[str, Any]:
    """The error reply of a call that ended with an exception."""
    if isinstance(raised, InvalidInput):
        return _failed(call, str(raised), kind="invalid_input", retryable=False, pointer=raised.pointer)
    if isinstance(raised, DeadlineOver):
        return _failed(call, str(raised), kind="deadline", retryable=False)
    if isinstance(raised, Canceled) or (isinstance(raised, asyncio.CancelledError) and call.canceled):
        return _failed(call, str(raised) or "The call was canceled.", kind="canceled", retryable=False)
    if isinstance(raised, Unavailable):
        return _failed(call, str(raised), kind="unavailable", retryable=False)
    if isinstance(raised, Retryable):
        return _failed(call, str(raised) or "Retryable", kind="engine_error", retryable=True)
    if isinstance(raised, (SystemExit, KeyboardInterrupt)):
        message = f"The function tried to end the process: {type(raised).__name__}: {raised}"
        return _failed(call, message, kind="engine_error", retryable=False)
    message = f"{type(raised).__name__}: {raised}" if str(raised) else type(raised).__name__
    # Memory is the one plain exception whose cause may be gone at the next try.
    return _failed(call, message, kind="engine_error", retryable=isinstance(raised, MemoryError))


def _failed(call: Call, message: str, **data: Any) -> Dict[str, Any]:
    return error(call.id, CALL_FAILED, message, data)
