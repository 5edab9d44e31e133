"""Reading zstd, which Blender compresses with: by Python where it can (3.14), else by the library that Blender itself is linked to."""

from __future__ import annotations

import ctypes
import ctypes.util
import io
from pathlib import Path
from typing import Any, BinaryIO, Optional

MAGIC = b"\x28\xb5\x2f\xfd"

_PACKED, _UNPACKED = 1 << 17, 1 << 18

try:
    from compression import zstd as _python  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    _python = None


class _Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer have the same shape."""

    _fields_ = [("address", ctypes.c_void_p), ("size", ctypes.c_size_t), ("at", ctypes.c_size_t)]


def _find_library() -> Optional[Any]:
    for name in ("libzstd.so.1", ctypes.util.find_library("zstd")):
        try:
            library = ctypes.CDLL(name) if name else None
            if library is not None:
                library.ZSTD_createDStream.restype = ctypes.c_void_p
                library.ZSTD_freeDStream.argtypes = [ctypes.c_void_p]
                library.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Buffer), ctypes.POINTER(_Buffer)]
                library.ZSTD_decompressStream.restype = ctypes.c_size_t
                return library
        except (OSError, AttributeError):
            continue
    return None


_library = _find_library() if _python is None else None


def can_read() -> bool:
    """Whether this interpreter finds anything that reads zstd."""
    return _python is not None or _library is not None


def open_zstd(path: Path) -> BinaryIO:
    """The unpacked bytes, from the beginning. Raises NotImplementedError where nothing reads zstd; reading raises OSError for noise."""
    if _python is not None:
        return _python.open(path, "rb")  # type: ignore[no-any-return,unused-ignore]
    if _library is None:
        raise NotImplementedError("this Python reads no zstd")
    return io.BufferedReader(_Stream(path), _UNPACKED)  # type: ignore[return-value]


class _Stream(io.RawIOBase):
    """One frame after the other, as Blender writes them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = open(path, "rb")
        self._packed = ctypes.create_string_buffer(_PACKED)
        self._in = _Buffer(ctypes.cast(self._packed, ctypes.c_void_p), 0, 0)
        self._stream = _library.ZSTD_createDStream() if _library is not None else None

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        """Fill the buffer; 0 at the end of the file, also where it ends too early."""
        assert _library is not None
        address = (ctypes.c_char * len(target)).from_buffer(target)
        out = _Buffer(ctypes.cast(address, ctypes.c_void_p), len(target), 0)
        while out.at == 0:
            if self._in.at == self._in.size:
                self._in.size, self._in.at = self._file.readinto(self._packed), 0
                if self._in.size == 0:
                    return 0
            code = _library.ZSTD_decompressStream(self._stream, ctypes.byref(out), ctypes.byref(self._in))
            if code > (1 << 63):  # Errors are negative numbers, as a size.
                raise OSError("the zstd data is broken")
        return int(out.at)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
            if _library is not None:
                _library.ZSTD_freeDStream(self._stream)
        super().close()
