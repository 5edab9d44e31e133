"""Running Blender's render so that a cancel stops it and the process lives on.

In the background Blender stops a render for SIGINT, but exits at the second one in its life. Its handler counts only that very
signal: called with another number it sets the break flag and nothing else, from any thread, as often as one likes.
"""

from __future__ import annotations

import ctypes
from typing import Any, Callable, List, Optional

import bpy
from bpy.app.handlers import persistent

from ... import Call

_SIGINT = 2
_NO_HANDLERS = (None, 0, 1)  # SIG_DFL and SIG_IGN


def _find_breaker() -> Optional[Callable[[int], None]]:
    """Blender's own handler of SIGINT; None where the system has no sigaction or Blender did not install one."""
    try:
        sigaction = ctypes.CDLL(None).sigaction
    except (OSError, AttributeError, TypeError):
        return None
    # The handler is the structure's first field on every system that has one; the rest is not looked at.
    structure = (ctypes.c_void_p * 64)()
    if sigaction(_SIGINT, None, ctypes.byref(structure)) != 0 or structure[0] in _NO_HANDLERS:
        return None
    return ctypes.CFUNCTYPE(None, ctypes.c_int)(structure[0])


_break = _find_breaker()
_calls: List[Call] = []  # The call that renders now, if any.
_stopped = False


def can_break() -> bool:
    """Whether a cancel stops a render in its middle; else only between two of them."""
    return _break is not None


def break_render() -> None:
    """Ask the running render to stop. Harmless when none runs."""
    if _break is not None:
        _break(0)


@persistent
def _on_pre(*_: Any) -> None:
    # The operator clears the flag when it begins: what was canceled just before is canceled again here.
    if _calls and _calls[-1].canceled:
        break_render()


@persistent
def _on_cancel(*_: Any) -> None:
    global _stopped
    _stopped = True


bpy.app.handlers.render_pre.append(_on_pre)
bpy.app.handlers.render_cancel.append(_on_cancel)


def render_scene(call: Call, scene: bpy.types.Scene) -> None:
    """Run the render operator once. Raises Canceled or DeadlineOver, or RuntimeError with Blender's reason."""
    global _stopped
    call.check_canceled()
    _stopped = False
    _calls.append(call)
    try:
        bpy.ops.render.render(scene=scene.name)
    except RuntimeError as error:
        raise RuntimeError(str(error).strip().replace("Error: ", "")) from None
    finally:
        _calls.clear()
    # The operator answers FINISHED after a break as well; only the handler knows.
    if _stopped:
        call.check_canceled()
        raise RuntimeError("Blender stopped the render by itself; its reason is in the attempt's log.")
