"""Connects a child process to the debugger of an editor, before it imports the app."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

#: The environment variable that describes the hub, for a child process alone.
VARIABLE = "_DOMOVOI_TF_DEBUGGER"
_VALIDATION = "PYDEVD_DISABLE_FILE_VALIDATION"


def connect(on_begin: Callable[[], object]) -> bool:
    """Connects to the hub, and waits until an editor that is attached has set its breakpoints.

    If no editor is attached, it does not wait, and one that attaches later finds this process.

    Args:
        on_begin: called before it waits.

    Returns:
        Whether there is a hub.
    """
    description = os.environ.pop(VARIABLE, "")
    if not description:
        return False
    on_begin()
    hub = json.loads(description)
    os.environ[_VALIDATION] = "1"  # otherwise pydevd warns of modules of the standard library
    sys.path.insert(0, hub["folder"])
    try:
        import debugpy
    finally:
        sys.path.remove(hub["folder"])
    debugpy.connect(("127.0.0.1", hub["port"]), parent_session_pid=hub["pid"])
    os.environ.pop(_VALIDATION, None)
    return True
