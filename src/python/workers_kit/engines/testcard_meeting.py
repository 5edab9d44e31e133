"""A function that ends only where several calls run side by side: for tests, imported only where WORKERS_FAULTS is 1."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated, Any, Dict, List

from .. import Doc, Range, current_call, function, log

_present: Dict[str, List[str]] = {}
_said: Dict[str, List[str]] = {}


@function
async def meet(
    room: Annotated[str, Doc("where to meet; a room is good for one meeting")],
    name: Annotated[str, Doc("who comes; each name once")],
    parties: Annotated[int, Range(1, 32), Doc("how many must be there before anybody speaks")] = 2,
    turns: Annotated[int, Range(0, 1000), Doc("how often each speaks, one after the other")] = 3,
) -> Any:
    """Wait for the others in the same process, then take turns with them. Tells the process and who spoke when."""
    present, said = _present.setdefault(room, []), _said.setdefault(room, [])
    present.append(name)
    current_call().progress(None, "waiting")
    try:
        while len(present) < parties:
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        present.remove(name)
        raise
    place = sorted(present).index(name)
    for turn in range(turns):
        while len(said) < turn * parties + place:
            await asyncio.sleep(0)
        said.append(name)
        log(f"meet {name} {turn}")
    while len(said) < turns * parties:
        await asyncio.sleep(0)
    return {"pid": os.getpid(), "said": list(said)}
