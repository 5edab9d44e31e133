"""Merging of progress: at most ten messages a second leave, the newest always does, and the fraction never falls."""

from __future__ import annotations

import math
import threading
import time
from typing import Any, Callable, Dict, Optional

INTERVAL_SECONDS = 0.1
MESSAGE_CHARACTERS = 500


class Progress:
    """The progress of one call. Usable from any thread."""

    def __init__(self, call_id: int, send: Callable[[Dict[str, Any]], None]) -> None:
        self._call_id = call_id
        self._send = send
        self._lock = threading.Lock()
        self._fraction: Optional[float] = None
        self._waiting: Optional[Dict[str, Any]] = None
        self._next_at = 0.0
        self._timer: Optional[threading.Timer] = None
        self._closed = False

    def report(self, fraction: Optional[float], message: str, eta_seconds: Optional[float]) -> None:
        """Send now if the last one is long enough ago, else replace the one that waits."""
        with self._lock:
            if self._closed:
                return
            self._waiting = self._params(fraction, message, eta_seconds)
            delay = self._next_at - time.monotonic()
            if delay <= 0:
                self._flush()
            elif self._timer is None:
                self._timer = threading.Timer(delay, self._due)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Send the one that waits, and nothing after it: the reply follows."""
        with self._lock:
            self._closed = True
            self._flush()
            if self._timer is not None:
                self._timer.cancel()

    def _due(self) -> None:
        with self._lock:
            self._timer = None
            self._flush()

    def _flush(self) -> None:
        if self._waiting is not None:
            params, self._waiting = self._waiting, None
            self._next_at = time.monotonic() + INTERVAL_SECONDS
            self._send(params)

    def _params(self, fraction: Optional[float], message: str, eta_seconds: Optional[float]) -> Dict[str, Any]:
        if fraction is not None and math.isfinite(fraction):
            self._fraction = max(self._fraction or 0.0, min(1.0, max(0.0, float(fraction))))
            fraction = self._fraction
        else:
            fraction = None
        params: Dict[str, Any] = {"call": self._call_id, "fraction": fraction, "message": str(message)[:MESSAGE_CHARACTERS]}
        if eta_seconds is not None and math.isfinite(eta_seconds):
            params["etaSeconds"] = max(0.0, float(eta_seconds))
        return params
