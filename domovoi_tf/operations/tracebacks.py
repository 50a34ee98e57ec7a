"""Shortens tracebacks of deployed handlers to the part that begins in the app's code."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: A frame of this package, of the import system, or of the event loop that runs a handler.
_TOOL_FRAME = re.compile(r'\s*File "(?:[^"]*/(?:domovoi_tf|importlib|asyncio)/|<frozen importlib)')
#: A traceback in a message of Lambda's runtime: its heading, and its frames of one or more lines each.
_TRACEBACK = re.compile(r"(\[ERROR\] .*?\nTraceback \(most recent call last\):\n)(.+)", re.DOTALL)
_FRAME = re.compile(r'^(?=[^\S\n]*File ")', re.MULTILINE)


def select_own_frames(frames: Sequence[str]) -> Sequence[str]:
    """Returns the frames from the app's code on; all if there is none.

    Those above are of this package, and of what it calls.

    Args:
        frames: the frames, the outermost first.
    """
    first = next((number for number, frame in enumerate(frames) if not _TOOL_FRAME.match(frame)), 0)
    return frames[first:]


def shorten_traceback(text: str) -> str:
    """Returns a message of Lambda's runtime whose traceback begins in the app's code.

    Args:
        text: the message. Any other is returned as it is.
    """
    match = _TRACEBACK.match(text)
    if not match:
        return text
    frames = [frame for frame in _FRAME.split(match[2]) if frame]
    return match[1] + "".join(select_own_frames(frames))
