"""Faults to order: everything a broken engine can do to a node, for tests. Imported only where WORKERS_FAULTS is 1."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Annotated, Any, Callable, Dict, List, Literal, NoReturn, Optional

from .. import Call, Doc, Engine, Range, Retryable, Unavailable, current_call, function, log
from ..connection import FRAME_BYTES
from .testcard_work import Height, Seconds, Seed, Width, draw, work

LONG_SECONDS = 3600.0
KILL_SECONDS = 60.0

Kind = Literal[
    "exception", "retryable", "crash", "exit", "early_exit_zero", "hang", "deaf", "garbage", "oversized", "unknown_reply",
    "huge_output", "big_json", "symlink_output", "missing_output", "escape_output", "fifo_output", "memory", "flood",
]


@function(picture=True)
def fault(
    kind: Kind,
    amount: Annotated[int, Range(0, 2**40), Doc(
        "bytes for huge_output, KB for big_json, MB for memory, messages for flood")] = 1000,
    on_attempts: Annotated[Optional[List[int]], Doc("misbehave only at these attempts; null means at all")] = None,
    seconds: Seconds = 0.0,
    width: Width = 64,
    height: Height = 64,
    seed: Seed = 0,
) -> Any:
    """Work for `seconds`, then misbehave; at other attempts draw a testcard as `render` does."""
    call = current_call()
    work(seconds, 0)
    if on_attempts is None or call.attempt in on_attempts:
        log(f"testcard: fault {kind}")
        return _FAULTS[kind](call, amount)
    draw(width, height, seed, "")
    return None


def at_start(engine: Engine) -> None:
    """Misbehave at the start, as WORKERS_FAULT_START says: exit, hang, badtoken, badversion, warmup_error or unavailable."""
    kind = os.environ.get("WORKERS_FAULT_START", "")
    if kind == "exit":
        log("testcard: fault at start: exit")
        os._exit(7)
    elif kind == "hang":
        time.sleep(LONG_SECONDS)
    elif kind == "badtoken":
        os.environ["WORKERS_TOKEN"] = "0" * 32
    elif kind == "badversion":
        engine.protocol = (98, 99)
    elif kind == "warmup_error":
        engine.warmup = _warmup_error
    elif kind == "unavailable":
        engine.warmup = _unavailable
    elif kind:
        raise ValueError(f"WORKERS_FAULT_START is {kind!r}; expected exit, hang, badtoken, badversion, warmup_error or unavailable")


def _warmup_error(folder: Path) -> NoReturn:
    raise RuntimeError("The testcard was asked to fail its warm-up.")


def _unavailable(folder: Path) -> NoReturn:
    raise Unavailable("The testcard was asked to miss something: install it.")


def _exception(call: Call, amount: int) -> NoReturn:
    raise RuntimeError("The testcard was asked to fail.")


def _retryable(call: Call, amount: int) -> NoReturn:
    raise Retryable("The testcard was asked to fail; another try may succeed.")


def _crash(call: Call, amount: int) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(KILL_SECONDS)


def _exit(call: Call, amount: int) -> NoReturn:
    os._exit(7)


def _early_exit_zero(call: Call, amount: int) -> NoReturn:
    os._exit(0)


def _hang(call: Call, amount: int) -> None:
    call.sleep(LONG_SECONDS)


def _deaf(call: Call, amount: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    call.progress(None, "deaf")
    time.sleep(LONG_SECONDS)


def _garbage(call: Call, amount: int) -> None:
    call.connection.send_bytes(b"\x00\xff this is no frame\n")
    time.sleep(KILL_SECONDS)  # The node is to kill us; a reply now would hide it if it did not.


def _oversized(call: Call, amount: int) -> None:
    head, tail = b'{"jsonrpc":"2.0","method":"progress","params":{"call":%d,"message":"' % call.id, b'"}}\n'
    call.connection.send_bytes(head + b"x" * (FRAME_BYTES + 1) + tail)
    time.sleep(KILL_SECONDS)


def _unknown_reply(call: Call, amount: int) -> None:
    call.connection.send({"jsonrpc": "2.0", "id": call.id + 1_000_000, "result": {}})
    time.sleep(KILL_SECONDS)


def _huge_output(call: Call, amount: int) -> None:
    with open(call.output("huge.bin"), "wb") as target:
        target.truncate(amount)  # Sparse: the size counts, not the disk.


def _big_json(call: Call, amount: int) -> Dict[str, str]:
    return {"text": "x" * (amount * 1024)}


def _symlink_output(call: Call, amount: int) -> None:
    os.symlink("/etc/passwd", call.output("image.png"))


def _missing_output(call: Call, amount: int) -> None:
    call.output("image.png")


def _escape_output(call: Call, amount: int) -> None:
    name = f"../escape-{call.id}.png"
    (call.folder / name).write_bytes(b"outside")
    call.artifacts.append({"name": "image.png", "path": name, "mediaType": "image/png"})  # output() would refuse the name.


def _fifo_output(call: Call, amount: int) -> None:
    os.mkfifo(call.output("image.png"))


_kept: List[bytes] = []


def _memory(call: Call, amount: int) -> None:
    _kept.append(b"\x01" * (amount << 20))
    draw(64, 64, 0, "")


def _flood(call: Call, amount: int) -> None:
    for number in range(amount):  # Past the kit's merging, which a foreign worker may not have.
        params = {"call": call.id, "fraction": number / amount, "message": f"message {number}"}
        call.connection.notify("progress", params)
    draw(64, 64, 0, "")


_FAULTS: Dict[str, Callable[[Call, int], Any]] = {
    "exception": _exception, "retryable": _retryable, "crash": _crash, "exit": _exit, "early_exit_zero": _early_exit_zero,
    "hang": _hang, "deaf": _deaf, "garbage": _garbage, "oversized": _oversized, "unknown_reply": _unknown_reply,
    "huge_output": _huge_output, "big_json": _big_json, "symlink_output": _symlink_output, "missing_output": _missing_output,
    "escape_output": _escape_output, "fifo_output": _fifo_output, "memory": _memory, "flood": _flood,
}
