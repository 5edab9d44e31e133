"""Workers kit: turn a Python interpreter — plain, or inside Blender, pvpython, any host — into a Workers worker.

Python ≥ 3.9, standard library only. The protocol is in PROTOCOL.md.

An engine file, complete (say `hello.py`; start it with `python3 …/workers_kit/launch.py /path/hello.py`, or inside a host,
`blender -b --factory-startup --python …/workers_kit/launch.py -- /path/hello.py`):

    from typing import Annotated, Optional
    from workers_kit import Asset, Engine, Range, current_call, function, output, progress, timed

    def warmup(folder):
        '''Do one real, throw-away piece of work: the first of everything is slow.'''
        return {"formats": ["txt"]}

    ENGINE = Engine(name="hello", version="1.0", warmup=warmup)

    @function(picture=False, cacheable=True, file_types=["txt"])
    def greet(file: Optional[Asset] = None, name: str = "you", times: Annotated[int, Range(1, 100)] = 1):
        '''Greet somebody, from a file's text if there is one.'''
        call, greeting = current_call(), "Hello"
        if file is not None:
            call.warm = "file" if ENGINE.open_file == file.id else "process"
            with timed("load"):
                greeting = file.path.read_text()
            ENGINE.open_file = file.id
        with open(output("greeting.txt"), "w") as target:      # the first artifact is the main one
            for number in range(times):
                progress(number / times, f"greeting {number + 1}/{times}")   # merged to ten a second
                call.check_canceled()                          # raises Canceled; let it pass
                target.write(f"{greeting}, {name}!\\n")
        return {"lines": times}                                # the job's JSON output

A user function is the same without ENGINE: a file in one of the folders of `WORKERS_FUNCTIONS`, with `@function` in it.

    from workers_kit import function

    @function
    async def add(a: float, b: float) -> float:
        '''Add two numbers. Async functions run beside each other on one worker, and never beside a sync one.'''
        return a + b

Parameters in snake_case are camelCase in JSON (`view_layer` → `viewLayer`; `set_` → `set`). Sync functions and `warmup` run on
the main thread, one at a time; cancels are heard by the reader thread, which sets the flag and runs `on_cancel` hooks. What
is printed becomes the attempt's log. Any exception fails the call with `engine_error`; `Retryable`, `InvalidInput`, `Canceled`
say something else. A `cacheable` function calls `reads(path)` before it reads a file that its input does not name, and
`uncacheable(reason)` where the same input may give something else next time. In `warmup` the functions below work too; progress and snapshots are then dropped.
"""

from .assets import Asset
from .call import (
    Call, check_canceled, current_call, log, on_cancel, output, progress, reads, sleep, snapshot, timed, uncacheable, warn)
from .engine import Engine
from .errors import Canceled, DeadlineOver, InvalidInput, Retryable, Unavailable, WorkersError
from .functions import function
from .markers import Doc, Length, Pattern, Range
from .schema import UnsupportedHint
from .server import run

__all__ = [
    "Asset", "Call", "Canceled", "DeadlineOver", "Doc", "Engine", "InvalidInput", "Length", "Pattern", "Range", "Retryable",
    "Unavailable", "UnsupportedHint", "WorkersError", "check_canceled", "current_call", "function", "log", "on_cancel", "output",
    "progress", "reads", "run", "sleep", "snapshot", "timed", "uncacheable", "warn",
]

__version__ = "1.0"
