"""The worker's two threads: a reader that answers at once, and the main thread that runs engine slices and the asyncio loop.

The main thread alternates: the loop runs async functions until a sync call (an engine slice) is waiting; the slice has the main
thread to itself; then the loop goes on. Until the first async call there is nothing for a loop to do, and stopping one and
starting it again costs more than a small slice: the main thread then just waits for slices. The reader hands work over and
touches no engine.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
import queue
import sys
import threading
import time
import traceback
from typing import Any, Callable, Dict, List, NoReturn, Optional

from . import replies, sources
from .call import Call, running
from .connection import FRAME_BYTES, Connection, FrameTooLong, NotJson
from .engine import Engine
from .functions import Function, Registry, registry
from .leave import BROKEN, REFUSED, flush_output, leave
from .loader import load_user_functions
from .loop import LoopTimes, new_loop

KIT = "workers-kit-python/1.0"
ASYNC_CALLS = 64
FACTS_BYTES = 64 * 1024
STATUS_INTERVAL_SECONDS = 1.0


def run(engine: Engine) -> NoReturn:
    """Be a worker until the node says shutdown or goes away; then end the process. Call it on the main thread.

    Reads WORKERS_CONNECT, WORKERS_TOKEN and WORKERS_FUNCTIONS from the environment, and neither arguments nor `__main__`, so
    that it works inside any host. Exit status: 0, or 3 when the node refused us or cannot be reached, or 70 for a fault of ours.
    """
    try:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(line_buffering=True)  # Lines reach the attempt's log when they are printed.
        folders = os.environ.get("WORKERS_FUNCTIONS", "")
        source = sources.digest(engine.file, folders)
        problems = load_user_functions(folders, registry)
        if source != sources.digest(engine.file, folders):
            source = None  # Changed while it was read: what runs here is known to nobody.
        token = os.environ.pop("WORKERS_TOKEN", "")  # Nobody started from here needs it.
        try:
            connection = Connection.open(os.environ.get("WORKERS_CONNECT", ""))
        except (OSError, ValueError) as error:
            print(f"workers_kit: cannot reach the node: {error}", file=sys.stderr)
            leave(REFUSED)
        Server(engine, registry, connection, problems, source).serve(token)
        leave(0)
    except BaseException:  # Anything here is the kit's or the engine module's fault: say so and let the node start another.
        traceback.print_exc()
        leave(BROKEN)


class Server:
    """One connection's life, from `hello` to the end."""

    def __init__(
        self, engine: Engine, functions: Registry, connection: Connection, problems: List[str], source: Optional[str] = None
    ) -> None:
        self._engine = engine
        self._source = source
        self._functions = functions
        self._connection = connection
        self._problems = problems
        self._times = LoopTimes()
        self._loop = new_loop(self._times)
        self._lock = threading.Lock()
        self._calls: Dict[Any, Call] = {}
        self._exclusive = False
        self._stopping = False
        self._handed: "queue.SimpleQueue[Callable[[], None]]" = queue.SimpleQueue()  # To the main thread, while it has no loop to run.
        self._has_loop = False
        self._slice: Optional[Callable[[], None]] = None
        self._tasks: "set[asyncio.Task[None]]" = set()
        self._side_by_side = 0
        self._telling: Optional[asyncio.TimerHandle] = None
        self._told_file: Optional[str] = None
        self._told_at = 0.0

    def serve(self, token: str) -> None:
        """Returns after `shutdown`, when the last call has been answered. Leaves the process by itself when the node is gone."""
        self._shake_hands(token)
        threading.Thread(target=self._read, name="workers-kit-reader", daemon=True).start()
        while not self._is_over():
            if not self._has_loop:
                self._handed.get()()
                continue
            self._loop.run_forever()
            self._times.leave()  # The loop stopped without waiting: what follows is not its time.
            waiting, self._slice = self._slice, None
            if waiting is not None:
                waiting()

    def _shake_hands(self, token: str) -> None:
        low, high = self._engine.protocol
        self._connection.send({"jsonrpc": "2.0", "id": 1, "method": "hello", "params": {
            "token": token, "protocol": {"min": low, "max": high}, "kit": KIT, "pid": os.getpid(),
            "engine": {"name": self._engine.name, "version": self._engine.version_text()}, "concurrency": ASYNC_CALLS,
            "functions": self._functions.describe(), **({} if self._source is None else {"source": self._source}),
        }})
        answer = self._connection.receive()
        if answer is None or "error" in answer:
            reason = "it closed the connection" if answer is None else answer["error"].get("message")
            print(f"workers_kit: the node refused the handshake: {reason}", file=sys.stderr)
            leave(REFUSED)

    # -- the reader thread --------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            while True:
                try:
                    frame = self._connection.receive()
                except NotJson as error:
                    self._connection.send(replies.error(None, replies.PARSE_ERROR, f"Not a JSON object: {error}"))
                    continue
                if frame is None:
                    leave(0)
                self._dispatch(frame)
        except OSError:
            leave(0)  # The node is gone, or will never read again.
        except BaseException:  # Without this thread the worker is deaf: better to end and be replaced.
            traceback.print_exc()
            leave(BROKEN)

    def _dispatch(self, frame: Dict[str, Any]) -> None:
        method, id, params = frame.get("method"), frame.get("id"), frame.get("params", {})
        if not isinstance(method, str) or not isinstance(params, dict) or not isinstance(id, (int, str, type(None))):
            if "id" in frame and "result" not in frame and "error" not in frame:
                self._connection.send(replies.error(id, replies.INVALID_REQUEST, "A request has a method, an id and an object of params."))
        elif "id" not in frame:
            if method == "shutdown":
                with self._lock:
                    self._stopping = True  # At once: a call behind it is refused.
                self._hand_over(self._stop_if_idle)
        elif method == "ping":
            self._connection.send(replies.result(id, {}))
        elif method == "cancel":
            self._cancel(id, params)
        elif method in ("call", "warmup"):
            self._accept(method, id, params)
        else:
            self._connection.send(replies.error(id, replies.METHOD_NOT_FOUND, f"Unknown method {method!r}."))

    def _cancel(self, id: Any, params: Dict[str, Any]) -> None:
        target = params.get("call")
        with self._lock:
            call = self._calls.get(target) if isinstance(target, (int, str)) else None
            if call is not None:
                call.cancel()
        self._connection.send(replies.result(id, {"acknowledged": call is not None}))
        if call is not None:
            call.run_cancel_hooks()

    def _accept(self, method: str, id: Any, params: Dict[str, Any]) -> None:
        """Register the call here, so that a cancel right behind it finds it, and hand it to the main thread."""
        function = self._functions.get(params.get("function")) if method == "call" else None
        if method == "call" and function is None:
            known = ", ".join(self._functions.names()) or "none"
            message = f"Unknown function {params.get('function')!r}; known are {known}."
            self._connection.send(replies.error(id, replies.INVALID_PARAMS, message))
            return
        try:
            call = Call(id, params, self._connection, silent=method == "warmup")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._connection.send(replies.error(id, replies.INVALID_PARAMS, f"The params of {method} are wrong: {error!r}."))
            return
        exclusive = function is None or not function.is_async
        with self._lock:
            refused = self._stopping or self._exclusive or len(self._calls) >= (1 if exclusive else ASYNC_CALLS) or id in self._calls
            if not refused:
                self._calls[id] = call
                self._exclusive = exclusive
        if refused:
            self._connection.send(replies.error(id, replies.BUSY, "Another call runs, or the worker is stopping."))
        else:
            self._hand_over(lambda: self._begin(call, function))

    def _hand_over(self, work: Callable[[], None]) -> None:
        """Have the main thread do it."""
        self._handed.put(work)
        if self._has_loop:  # Looked at behind the put: where the loop begins to run just now, one of the two finds it.
            self._loop.call_soon_threadsafe(self._take_over)

    # -- the main thread ----------------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        return self._stopping and not self._calls

    def _stop_if_idle(self) -> None:
        if self._is_over():
            self._loop.stop()

    def _run_the_loop(self) -> None:
        """From now on, and for good: what async functions leave behind them, a task or a timer, goes on between calls."""
        self._has_loop = True
        self._loop.call_soon(self._take_over)

    def _take_over(self) -> None:
        while not self._handed.empty():
            self._handed.get()()

    def _begin(self, call: Call, function: Optional[Function]) -> None:
        if function is not None and function.is_async:
            if not self._has_loop:
                self._run_the_loop()
            context = contextvars.copy_context()
            task = context.run(self._loop.create_task, self._run_async(call, function))
            self._tasks.add(task)  # The loop itself holds its tasks only weakly.
            task.add_done_callback(self._tasks.discard)
            self._keep_telling()
        else:
            if not self._has_loop:
                self._run_slice(call, function)
                return
            self._slice = lambda: self._run_slice(call, function)
            self._loop.stop()

    def _run_slice(self, call: Call, function: Optional[Function]) -> None:
        with running(call):
            try:
                call.check_canceled()
                reply = self._warm_up(call) if function is None else self._run_sync(call, function)
            except BaseException as raised:  # Also SystemExit: a function must not end the worker, or look like a success.
                reply = self._failure(call, raised)
        self._finish(call, reply)

    def _warm_up(self, call: Call) -> Dict[str, Any]:
        call.begin()
        facts = dict((self._engine.warmup(call.folder) if self._engine.warmup is not None else None) or {})
        if self._problems:
            facts["functionProblems"] = self._problems
        size = len(json.dumps(facts))
        if size > FACTS_BYTES:
            raise ValueError(f"warmup answered facts of {size} bytes; the limit is {FACTS_BYTES}")
        return replies.result(call.id, {"facts": facts})

    def _run_sync(self, call: Call, function: Function) -> Dict[str, Any]:
        call.begin()
        arguments = function.bind(call.input, call.assets)
        if self._engine.before_call is not None:
            self._engine.before_call(call)
        try:
            output = function.body(**arguments)
        finally:
            if self._engine.after_call is not None:
                self._engine.after_call(call)
        return replies.result(call.id, call.result(output))

    async def _run_async(self, call: Call, function: Function) -> None:
        with running(call):
            try:
                task = asyncio.current_task()
                assert task is not None
                # Only in here: a task canceled before its first step would never reach the reply below.
                call.on_cancel(lambda: self._loop.call_soon_threadsafe(task.cancel))
                call.check_canceled()
                call.begin()
                self._side_by_side += 1
                try:
                    output = await function.body(**function.bind(call.input, call.assets))
                finally:
                    self._leave_side_by_side(call)
                reply = replies.result(call.id, call.result(output))
            except BaseException as raised:  # As above; a SystemExit would otherwise stop the loop.
                reply = self._failure(call, raised)
        self._finish(call, reply)
        self._stop_if_idle()

    def _leave_side_by_side(self, call: Call) -> None:
        """What the engine puts back is shared by all that run side by side: it is done behind the last of them."""
        self._side_by_side -= 1
        if self._side_by_side == 0 and self._engine.after_call is not None:
            self._engine.after_call(call)

    def _failure(self, call: Call, raised: BaseException) -> Dict[str, Any]:
        reply = replies.call_failed(call, raised)
        if reply["error"]["data"]["kind"] == "engine_error":
            traceback.print_exception(type(raised), raised, raised.__traceback__)
        return reply

    def _finish(self, call: Call, reply: Dict[str, Any]) -> None:
        """Everything of the call is sent before its reply; the worker is free before the node can read the reply."""
        call.end()
        flush_output()
        self._tell_status()
        with self._lock:
            del self._calls[call.id]
            self._exclusive = False
        try:
            try:
                self._connection.send(reply)
            except FrameTooLong:
                message = f"The result is larger than a frame of {FRAME_BYTES} bytes; write it to an output() file instead."
                self._connection.send(self._failure(call, ValueError(message)))
            except (TypeError, ValueError, RecursionError) as error:
                self._connection.send(self._failure(call, ValueError(f"The result is not JSON: {error}")))
        except OSError:
            leave(0)

    def _keep_telling(self) -> None:
        """Tell the status once a second while async functions run, which may be for long."""
        if self._telling is None:
            self._telling = self._loop.call_later(STATUS_INTERVAL_SECONDS, self._tell_again)

    def _tell_again(self) -> None:
        self._telling = None
        if self._tasks:
            self._tell_status()
            self._keep_telling()

    def _tell_status(self) -> None:
        file, now = self._engine.open_file, time.monotonic()
        if file != self._told_file or now - self._told_at >= STATUS_INTERVAL_SECONDS:
            self._told_file, self._told_at = file, now
            status: Dict[str, Any] = {"file": file, "loop": self._times.describe()}
            resident = _resident_bytes()
            if resident is not None:
                status["residentBytes"] = resident
            self._connection.notify("status", status)


def _resident_bytes() -> Optional[int]:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError, IndexError):
        return None  # Only Linux tells it this way; the node measures by itself anyway.
